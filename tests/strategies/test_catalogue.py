import os
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from leanboard.errors import NotFound
from leanboard.models.strategies import StrategyInfo, StrategyLanguage, UnsupportedFeature
from leanboard.strategies.catalogue import SETTLING_NS, StrategyCatalogue
from strategies.projects import CSPROJ, GOOD, SHARP, library, write


def listed(*folders: Path) -> dict[str, StrategyInfo]:
    return {info.name: info for info in StrategyCatalogue(folders).strategies()}


def reasons(info: StrategyInfo) -> str:
    return "; ".join(problem.reason for problem in info.problems)


def later() -> int:
    """A clock for which every file is old enough to be remembered."""
    return time.time_ns() + 10 * SETTLING_NS


def test_both_layouts_and_csharp(tmp_path: Path) -> None:
    write(tmp_path, {"one/main.py": GOOD, "one/config.json": "{}", "two.py": GOOD, "three/main.py": GOOD})
    write(tmp_path, {"sharp/Main.cs": SHARP, "sharp/Sharp.csproj": CSPROJ})
    found = listed(tmp_path)
    assert [(name, info.path, info.valid) for name, info in found.items()] == [
        ("one", "one/main.py", True),
        ("sharp", "sharp/Main.cs", True),
        ("three", "three/main.py", True),
        ("two", "two.py", True),
    ]
    assert found["sharp"].language is StrategyLanguage.CSHARP
    assert found["sharp"].class_name == "Sharp"
    assert found["sharp"].embedded.supported is False
    assert found["sharp"].embedded.unsupported[0].name == "CSharp"
    assert found["one"].embedded.supported is None
    assert (found["one"].description, found["one"].data_need) == ("Does nothing.", "SPY, daily bars")


def test_csharp_without_a_project_file_with_the_class_elsewhere(tmp_path: Path) -> None:
    main = "class Helper { }"
    text = '/// <summary>Holds SPY.</summary>\npublic class Deep : QCAlgorithm { [Parameter("n")] public int N = 3; }'
    write(tmp_path, {"sharp/Main.cs": main, "sharp/lib/Deep.cs": text, "sharp/obj/Old.cs": SHARP})
    info = StrategyCatalogue([tmp_path]).detail("sharp")
    assert (info.path, info.source, info.class_name) == ("sharp/lib/Deep.cs", text, "Deep")
    assert (info.valid, info.description) == (True, "Holds SPY.")
    assert [(parameter.name, parameter.default) for parameter in info.parameters] == [("n", 3)]


def test_libraries(tmp_path: Path) -> None:
    config = '{"algorithm-type-name": "Demo.Algo", "algorithm-language": "CSharp", "parameters": {"n": "5"}}'
    write(tmp_path, {"one.dll": library(), "two/two.dll": library(), "two/Other.dll": library()})
    write(tmp_path, {"two/config.json": config, "three/Any.dll": library()})
    found = listed(tmp_path)
    assert [(info.path, info.valid, info.class_name) for info in found.values()] == [
        ("one.dll", True, None),
        ("three/Any.dll", True, None),
        ("two/two.dll", True, "Demo.Algo"),
    ]
    assert {info.language for info in found.values()} == {StrategyLanguage.CSHARP}
    assert {info.embedded.supported for info in found.values()} == {False}
    assert [(parameter.name, parameter.default) for parameter in found["two"].parameters] == [("n", 5)]


def test_source_only_in_the_detail(tmp_path: Path) -> None:
    write(tmp_path, {"one.py": GOOD})
    catalogue = StrategyCatalogue([tmp_path])
    assert catalogue.strategies()[0].source is None
    assert catalogue.detail("one").source == GOOD
    assert catalogue.detail("one").evolve(source=None) == catalogue.strategies()[0]


@pytest.mark.parametrize(
    ("files", "name", "line", "reason"),
    [
        ({"a.py": "class A(QCAlgorithm)\n"}, "a", 1, "a.py: expected ':'"),
        ({"a/main.py": "x = 1\n\nif x\n"}, "a", 3, "main.py: expected ':'"),
        ({"a.py": "x = 1"}, "a", None, "no class derives from QCAlgorithm"),
        ({"a.py": ""}, "a", None, "a.py is empty"),
        ({"a.py": b"# \xff"}, "a", 1, "a.py is not UTF-8"),
        ({"a.py": "#" * 1_048_577}, "a", None, "larger than 1 MB"),
        ({"a/config.json": "{}"}, "a", None, "the folder has no main.py"),
        ({"a/strategy.py": GOOD}, "a", None, "the folder has no main.py"),
        ({"a/main.py/x": ""}, "a", None, "cannot be read: Is a directory"),
        ({"a/main.py": GOOD, "a/config.json": "{"}, "a", 1, "config.json is not JSON"),
        (
            {"a/main.py": GOOD, "a/config.json": '{"algorithm-language": "CSharp"}'},
            "a",
            None,
            "says algorithm-language",
        ),
        ({"a b.py": GOOD}, "a b", None, "the name must begin"),
        ({"_a.py": GOOD}, "_a", None, "the name must begin"),
        ({"a" * 101 + ".py": GOOD}, "a" * 101, None, "the name must begin"),
        ({"sharp/Main.cs": "class A {}", "sharp/a.csproj": CSPROJ}, "sharp", None, "no class in Main.cs"),
        ({"sharp/Main.cs": SHARP, "sharp/a.csproj": "<Project>\n<"}, "sharp", 2, "a.csproj is not XML"),
        ({"sharp/Main.cs": SHARP, "sharp/a.csproj": "<a/>"}, "sharp", None, "its outermost element is 'a'"),
        ({"sharp/Main.cs": SHARP, "sharp/a.csproj": "<Project/>"}, "sharp", None, "a.csproj names no SDK"),
        (
            {"sharp/Main.cs": SHARP, "sharp/a.csproj": '<!DOCTYPE a [<!ENTITY b "c">]><Project Sdk="&b;"/>'},
            "sharp",
            None,
            "declares a document type",
        ),
        ({"sharp/Main.cs": SHARP, "sharp/a.csproj": CSPROJ, "sharp/b.csproj": CSPROJ}, "sharp", None, "keep one"),
        ({"sharp/a.csproj": CSPROJ}, "sharp", None, "no .cs file beside a.csproj"),
        ({"sharp/Main.cs": SHARP, "sharp/config.json": '{"algorithm-language": "Python"}'}, "sharp", None, "says algo"),
        ({"a.dll": b"MZ"}, "a", None, "a.dll is no .NET library"),
        ({"a.dll": library(dotnet=False)}, "a", None, "a.dll is no .NET library"),
        ({"a/one.dll": library(), "a/two.dll": library()}, "a", None, "Name that one a.dll"),
    ],
)
def test_broken_ones_are_listed_with_line_and_reason(
    tmp_path: Path, files: dict[str, str | bytes], name: str, line: int | None, reason: str
) -> None:
    info = listed(write(tmp_path, files))[name]
    assert not info.valid
    assert reason in reasons(info)
    assert info.problems[0].line == line
    assert info.embedded.supported is None


def test_source_of_a_broken_one_is_shown(tmp_path: Path) -> None:
    text = "class A(QCAlgorithm)\n"
    assert StrategyCatalogue([write(tmp_path, {"a.py": text})]).detail("a").source == text


def test_a_parameter_that_lean_drops_is_a_problem_but_no_reason_to_refuse(tmp_path: Path) -> None:
    write(tmp_path, {"a/main.py": GOOD, "a/config.json": '{"parameters": {"cash": "1.5"}}'})
    info = listed(tmp_path)["a"]
    assert info.valid
    assert "'cash' is '1.5'" in reasons(info)


def test_left_out(tmp_path: Path) -> None:
    write(tmp_path, {".hidden/main.py": GOOD, ".x.py": GOOD, "__pycache__/main.py": GOOD, "backtests/main.py": GOOD})
    write(tmp_path, {"__init__.py": "", "data/equity/spy.zip": b"", "notes.md": "", "a.cs": SHARP})
    assert listed(tmp_path) == {}
    assert listed(tmp_path / "not there") == {}


def test_links(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    write(outside, {"secret.py": GOOD, "project/main.py": GOOD})
    write(root, {"real/main.py": GOOD, "half/config.json": "{}"})
    (root / "out.py").symlink_to(outside / "secret.py")
    (root / "out").symlink_to(outside / "project")
    (root / "alias").symlink_to("real")
    (root / "gone.py").symlink_to("nowhere.py")
    (root / "circle.py").symlink_to("circle.py")
    (root / "half" / "main.py").symlink_to(outside / "secret.py")
    found = listed(root)
    assert sorted(found) == ["alias", "circle", "gone", "half", "real"]
    assert (found["alias"].valid, found["alias"].path) == (True, "real/main.py")
    assert "No such file" in reasons(found["gone"])
    assert not found["circle"].valid
    assert reasons(found["half"]) == "main.py is a symbolic link: put the file itself there"


def test_folder_of_strategies_may_be_a_link(tmp_path: Path) -> None:
    write(tmp_path / "real", {"a.py": GOOD})
    (tmp_path / "link").symlink_to("real")
    assert listed(tmp_path / "link")["a"].valid


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.py")).write_text(GOOD)
    info = listed(tmp_path)["\\udcff"]
    assert not info.valid
    assert info.model_dump_json()


def test_collisions(tmp_path: Path) -> None:
    write(tmp_path, {"x/a.py": GOOD, "x/a/main.py": GOOD, "y/b.py": GOOD, "x/b.py": GOOD, "y/c.py": GOOD})
    catalogue = StrategyCatalogue([tmp_path / "x", tmp_path / "y"])
    infos = catalogue.strategies()
    assert [(info.name, info.valid) for info in infos] == [
        ("a", False),
        ("a", False),
        ("b", False),
        ("b", False),
        ("c", True),
    ]
    assert reasons(infos[0]) == "the name is used by x/a.py and x/a/main.py: rename all but one"
    assert "x/b.py and y/b.py" in reasons(catalogue.detail("b"))


def test_folder_given_twice_is_no_collision(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": GOOD})
    assert listed(tmp_path, tmp_path)["a"].valid


def test_unknown_name(tmp_path: Path) -> None:
    catalogue = StrategyCatalogue([write(tmp_path, {"a.py": GOOD})])
    with pytest.raises(NotFound, match="known: a"):
        catalogue.detail("b")


def test_base_class_in_a_sibling_file(tmp_path: Path) -> None:
    write(tmp_path, {"a/main.py": "from lib.common import Base\nclass A(Base): pass", "a/lib/common.py": GOOD})
    write(tmp_path, {"b/main.py": "from common import Good\nclass B(Good): pass", "b/common.py": GOOD})
    write(tmp_path, {"c/main.py": "from common import Good\nclass C(Good): pass", "c/common.py": "class ("})
    found = listed(tmp_path)
    assert "no class" in reasons(found["a"])  # lib/common.py has no class named Base
    assert found["b"].class_name == "B"
    assert not found["c"].valid


def test_nothing_is_imported_or_executed(tmp_path: Path) -> None:
    marker = tmp_path / "executed"
    trap = f"open({str(marker)!r}, 'w').close()\n"
    root = tmp_path / "strategies"
    write(root, {"a.py": trap + GOOD, "b/main.py": trap + GOOD, "b/common.py": trap, "b/__init__.py": trap})
    write(root, {"c.py": GOOD.replace('"SPY"', f"open({str(marker)!r}, 'w').name")})
    catalogue = StrategyCatalogue([root])
    assert [info.valid for info in catalogue.strategies()] == [True, True, True]
    catalogue.detail("b")
    catalogue.snapshot("b", tmp_path / "code")
    assert not marker.exists()


class Recorder:
    """A support check that remembers what it was asked."""

    def __init__(self, refusals: Mapping[str, list[UnsupportedFeature]], unknown: str = "") -> None:
        self.refusals = refusals
        self.unknown = unknown
        self.asked: list[list[str]] = []

    def __call__(self, files: Sequence[Path]) -> Mapping[Path, Sequence[UnsupportedFeature]]:
        self.asked.append([f"{file.parent.name}/{file.name}" for file in files])
        return {file: self.refusals.get(file.name, []) for file in files if file.name != self.unknown}


OPTION = UnsupportedFeature(name="add_option", line=3, message="add_option is not supported")


def test_support_is_asked_once_for_all_valid_python(tmp_path: Path) -> None:
    write(tmp_path, {"a/main.py": GOOD, "a/helper.py": "x = 1", "b.py": GOOD, "broken.py": "x ="})
    write(tmp_path, {"sharp/Main.cs": SHARP, "sharp/Sharp.csproj": ""})
    check = Recorder({"helper.py": [OPTION]})
    found = {info.name: info.embedded for info in StrategyCatalogue([tmp_path], support=check).strategies()}
    assert check.asked == [["a/main.py", "a/helper.py", f"{tmp_path.name}/b.py"]]
    assert found["b"].supported is True
    assert found["broken"].supported is None
    assert found["a"].supported is False
    assert found["a"].unsupported[0].message == "helper.py, line 3: add_option is not supported"
    assert found["a"].unsupported[0].line is None


def test_support_names_lines_of_the_main_file(tmp_path: Path) -> None:
    catalogue = StrategyCatalogue([write(tmp_path, {"b.py": GOOD})], support=Recorder({"b.py": [OPTION]}))
    assert catalogue.detail("b").embedded.unsupported == (OPTION,)


def test_support_that_is_not_known_is_asked_for_again(tmp_path: Path) -> None:
    check = Recorder({}, unknown="b.py")
    catalogue = StrategyCatalogue([write(tmp_path, {"b.py": GOOD})], support=check, clock=later)
    assert catalogue.detail("b").embedded.supported is None
    check.unknown = ""
    assert catalogue.detail("b").embedded.supported is True
    assert catalogue.detail("b").embedded.supported is True
    assert len(check.asked) == 2


def test_edits_are_seen_at_once(tmp_path: Path) -> None:
    catalogue = StrategyCatalogue([write(tmp_path, {"a/main.py": GOOD})])
    for number in range(1000, 1040):
        write(tmp_path, {"a/main.py": GOOD.replace("1000", str(number))})
        assert catalogue.detail("a").parameters[0].default == number
    write(tmp_path, {"a/config.json": '{"parameters": {"cash": "77"}}'})
    assert catalogue.detail("a").parameters[0].default == 77
    (tmp_path / "a" / "main.py").unlink()
    assert not catalogue.detail("a").valid


def test_an_edit_that_restores_size_and_mtime_is_seen(tmp_path: Path) -> None:
    path = write(tmp_path, {"a.py": GOOD}) / "a.py"
    check = Recorder({})
    catalogue = StrategyCatalogue([tmp_path], support=check, clock=later)
    catalogue.strategies()
    catalogue.strategies()
    assert len(check.asked) == 1  # remembered
    before = path.stat()
    path.write_text(GOOD.replace("1000", "2000"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert catalogue.strategies()[0].parameters[0].default == 2000
    assert len(check.asked) == 2


def test_many_threads(tmp_path: Path) -> None:
    write(tmp_path, {f"s{number}.py": GOOD for number in range(20)})
    catalogue = StrategyCatalogue([tmp_path], support=Recorder({}), clock=later)
    results: list[int] = []

    def work() -> None:
        results.extend(sum(info.embedded.supported is True for info in catalogue.strategies()) for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [20] * 20
