from pathlib import Path

import pytest

from leanboard.strategies.project_config import ProjectConfig, read_config


def config(folder: Path, text: str) -> ProjectConfig:
    path = folder / "config.json"
    path.write_text(text, encoding="utf-8")
    return read_config(path)


def test_everything(tmp_path: Path) -> None:
    found = config(
        tmp_path,
        '{"algorithm-language": "Python", "algorithm-type-name": "A", "description": "d", "local-id": 1,'
        ' "parameters": {"text": "x", "whole": 10, "broken": 10.50, "flag": true}}',
    )
    assert (found.language, found.class_name, found.description, found.problems) == ("Python", "A", "d", ())
    assert found.parameters == {"text": "x", "whole": "10", "broken": "10.5", "flag": "true"}


def test_missing_is_empty(tmp_path: Path) -> None:
    assert read_config(tmp_path / "config.json") == ProjectConfig()


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ('{\n "parameters": {,}\n}', 2, "config.json is not JSON"),
        ("", None, "config.json is empty"),
        ("[]", None, "must hold an object"),
        ("[" * 100_000, None, "not usable JSON"),
        ('{"a": ' + "9" * 5000 + "}", None, "not usable JSON"),
        ('{"parameters": []}', None, "parameters must be an object"),
        ('{"parameters": {"a": {"b": 1}}}', None, "parameter 'a' must be text"),
        ('{"parameters": {"a": null}}', None, "parameter 'a' must be text"),
    ],
)
def test_problems(tmp_path: Path, text: str, line: int | None, part: str) -> None:
    problem = config(tmp_path, text).problems[0]
    assert part in problem.reason
    assert problem.line == line


def test_good_parameters_stay_beside_a_bad_one(tmp_path: Path) -> None:
    assert config(tmp_path, '{"parameters": {"a": [], "b": "1"}}').parameters == {"b": "1"}


def test_dangling_link_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "config.json").symlink_to("nowhere")
    assert "cannot be read" in read_config(tmp_path / "config.json").problems[0].reason
