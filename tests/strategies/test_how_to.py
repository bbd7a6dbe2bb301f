"""The how-to page shows a strategy and a table; both have to stay true."""

import re
from pathlib import Path

from leanboard.strategies.catalogue import StrategyCatalogue


def page(project: Path) -> str:
    return (project / "docs" / "how-to" / "own-strategy.md").read_text(encoding="utf-8")


def block(text: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found
    return found[1]


def test_the_example_is_read_as_the_page_says(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my_idea"
    folder.mkdir()
    (folder / "main.py").write_text(block(page(project), "python"), encoding="utf-8")
    (folder / "config.json").write_text(block(page(project), "json"), encoding="utf-8")
    info = StrategyCatalogue([tmp_path]).detail("my_idea")
    assert info.valid
    assert info.problems == ()
    assert info.description == "Holds SPY while it is above its average."
    assert info.data_need == "SPY, daily bars, 2005-01-03 to 2012-12-31."
    assert {parameter.name: parameter.default for parameter in info.parameters} == {"period": 50, "symbols": "SPY"}


def test_the_csharp_example_is_read_as_the_page_says(project: Path, tmp_path: Path) -> None:
    (tmp_path / "my_idea").mkdir()
    (tmp_path / "my_idea" / "Main.cs").write_text(block(page(project), "csharp"), encoding="utf-8")
    info = StrategyCatalogue([tmp_path]).detail("my_idea")
    assert (info.valid, info.class_name, info.description, info.data_need) == (
        True,
        "MyIdea",
        "Holds SPY.",
        "SPY, daily bars",
    )
    assert {parameter.name: parameter.default for parameter in info.parameters} == {
        "period": 50,
        "start_date": "2005-01-03",
        "end_date": "2012-12-31",
        "initial_cash": 100000,
    }
    assert info.symbols == ("SPY",)


def test_the_table_names_every_example(project: Path) -> None:
    listed = re.findall(r"^\| `(\w+)` \|", page(project).partition("## Ready-made")[2], re.MULTILINE)
    names = [info.name for info in StrategyCatalogue([project / "lean_strategies"]).strategies()]
    assert sorted(listed) == names
