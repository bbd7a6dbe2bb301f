"""The strategies that come with Leanboard, and strategies that real LEAN ran."""

import ast
import json
from datetime import date
from pathlib import Path

import pytest

from leanboard.models.strategies import StrategyInfo, StrategyLanguage
from leanboard.strategies.catalogue import StrategyCatalogue
from leanboard.strategies.folder_scan import Project
from leanboard.strategies.project_reader import read_project

EXPECTED = {
    "main",
    "buy_and_hold",
    "moving_average_cross",
    "rsi_reversion",
    "bollinger_reversion",
    "momentum_rotation",
    "opening_range_breakout",
}
MINUTE = {"main", "opening_range_breakout"}


@pytest.fixture(name="examples")
def found_examples(project: Path) -> list[StrategyInfo]:
    return StrategyCatalogue([project / "lean_strategies"]).strategies()


def test_all_are_there_and_valid(examples: list[StrategyInfo]) -> None:
    assert {info.name for info in examples} == EXPECTED
    assert [info for info in examples if info.problems or not info.valid] == []


def test_both_layouts_are_shown(examples: list[StrategyInfo]) -> None:
    paths = {info.path for info in examples}
    assert "buy_and_hold.py" in paths
    assert "main/main.py" in paths


def test_each_says_what_it_does_and_needs(examples: list[StrategyInfo]) -> None:
    for info in examples:
        assert info.description.endswith("."), info.name
        assert info.data_need.endswith("."), info.name
        assert {parameter.name for parameter in info.parameters} >= {"symbols"}, info.name
        assert all(parameter.default is not None for parameter in info.parameters), info.name
        assert all(symbol in info.data_need for symbol in info.symbols), info.name
        assert info.initial_cash == 100_000, info.name


def test_periods_lie_within_the_demonstration_data(examples: list[StrategyInfo]) -> None:
    for info in examples:
        assert info.start_date is not None, info.name
        assert info.end_date is not None, info.name
        if info.name in MINUTE:
            assert (info.start_date, info.end_date) == (date(2013, 10, 7), date(2013, 10, 11))
            assert [resolution.value for resolution in info.resolutions] == ["minute"]
        else:
            assert date(2005, 1, 1) <= info.start_date < info.end_date <= date(2012, 12, 31)
            assert [resolution.value for resolution in info.resolutions] == ["daily"]
        assert set(info.symbols) <= {"AAPL", "IBM", "SPY"}


def test_config_gives_the_defaults_of_the_source(project: Path) -> None:
    """Otherwise a run outside of lean-cli, which reads config.json, would be another run."""
    for config in (project / "lean_strategies").glob("*/config.json"):
        document = json.loads(config.read_text())
        assert document["algorithm-language"] == StrategyLanguage.PYTHON.value
        folder = config.parent
        alone = read_project(Project(folder.name, folder, folder / "main.py")).info
        texts = {parameter.name: str(parameter.default) for parameter in alone.parameters}
        assert document["parameters"] == texts


def test_attributes_do_not_hide_members_of_lean(project: Path) -> None:
    """In LEAN a public name such as self.sma or self.universe belongs to the engine; ours begin with an underscore."""
    for path in (project / "lean_strategies").rglob("*.py"):
        tree = ast.parse(path.read_text())
        algorithms = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.bases]
        stored = {
            node.attr
            for algorithm in algorithms
            for node in ast.walk(algorithm)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"
        }
        assert stored
        assert {name for name in stored if not name.startswith("_")} == set(), path


@pytest.mark.shared
def test_strategies_of_the_goldens_are_read(shared: Path) -> None:
    cases = sorted((shared / "lean-goldens" / "cases").iterdir())
    assert len(cases) > 100
    for case in cases:
        info = read_project(Project(case.name, case, case / "strategy.py")).info
        assert info.valid, (case.name, info.problems)
        assert info.class_name, case.name
        assert info.docstring, case.name


@pytest.mark.shared
@pytest.mark.parametrize(
    ("recording", "line", "part"),
    [
        ("two-classes", None, "several classes could be the algorithm"),
        ("no-algorithm-class", None, "no class derives from QCAlgorithm"),
        ("syntax-error", 5, "main.py: expected"),
        ("ok-minute", None, ""),
        ("ok-parameters", None, ""),
        ("runtime-error-python", None, ""),
    ],
)
def test_projects_of_the_recordings(shared: Path, recording: str, line: int | None, part: str) -> None:
    folder = shared / "lean-recordings" / recording / "project"
    info = read_project(Project(recording, folder, folder / "main.py", folder)).info
    assert info.valid is (part == "")
    assert part in "; ".join(problem.reason for problem in info.problems)
    assert line is None or info.problems[0].line == line
