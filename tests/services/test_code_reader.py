"""Copies of strategies are read once for each content, and never mistaken for one another."""

from pathlib import Path

import pytest

from leanboard.services.code_reader import CodeReader
from leanboard.services.strategy_service import StrategyService
from leanboard.storage.code_digests import code_digest
from leanboard.strategies.catalogue import StrategyCatalogue

CODE = """from AlgorithmImports import *


class One(QCAlgorithm):
    def initialize(self):
        self.fast = self.get_parameter("fast", 10)
"""


def copy_of(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, text in {"main.py": CODE, **{key.replace("_", "."): text for key, text in files.items()}}.items():
        (folder / name).write_text(text)
    return folder


def test_equal_copies_are_read_once(tmp_path: Path) -> None:
    reader = CodeReader()
    first = reader.prepared("one", copy_of(tmp_path / "a"))
    assert reader.prepared("one", copy_of(tmp_path / "b")) is first
    assert (first.class_name, first.readable) == ("One", frozenset({"fast"}))


@pytest.mark.parametrize(
    "files",
    [
        {"main_py": CODE.replace('"fast"', '"slow"')},
        {"config_json": '{"parameters": {"fast": "5"}}'},
        {"other_py": "value = 1\n"},
        {"requirements_txt": "tabulate==0.9.0\n"},
    ],
)
def test_a_copy_that_differs_in_any_file_is_read_anew(tmp_path: Path, files: dict[str, str]) -> None:
    reader = CodeReader()
    plain = reader.prepared("one", copy_of(tmp_path / "a"))
    other = reader.prepared("one", copy_of(tmp_path / "b", **files))
    assert other is not plain
    assert other == CodeReader().prepared("one", tmp_path / "b")


def test_what_is_known_of_a_copy_needs_no_look_at_it(tmp_path: Path) -> None:
    reader = CodeReader()
    code = copy_of(tmp_path / "a")
    digest = code_digest(code)
    assert digest is not None
    assert reader.known("one", digest) is None
    first = reader.prepared("one", code, digest)
    assert reader.known("one", digest) is first
    assert reader.prepared("one", copy_of(tmp_path / "b")) is first  # read anew, and the same
    assert reader.known("two", digest) is None


def test_the_name_counts(tmp_path: Path) -> None:
    reader = CodeReader()
    code = copy_of(tmp_path / "a")
    assert reader.prepared("one", code) is not reader.prepared("two", code)


async def test_what_was_edited_between_two_snapshots_is_what_the_second_run_executes(tmp_path: Path) -> None:
    strategies = tmp_path / "strategies"
    strategies.mkdir()
    (strategies / "one.py").write_text(CODE)
    service = StrategyService(StrategyCatalogue([strategies]))
    try:
        names = []
        for number, text in enumerate((CODE, CODE.replace("One", "Two"), CODE)):
            (strategies / "one.py").write_text(text)
            target = tmp_path / str(number)
            digest = service.snapshot("one")(target)
            names.append((await service.prepared("one", target, digest)).class_name)
        assert names == ["One", "Two", "One"]
    finally:
        service.close()
