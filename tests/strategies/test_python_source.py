import ast
from collections.abc import Mapping

import pytest

from leanboard.strategies.python_source import AlgorithmClass, choose_class, parse
from leanboard.strategies.source_text import BrokenSource

BODY = "\n    def initialize(self): pass\n"


def choose(text: str, siblings: Mapping[str, str] | None = None, wanted: str | None = None) -> AlgorithmClass:
    modules = {name: ast.parse(source) for name, source in (siblings or {}).items()}
    return choose_class(parse(text, "main.py"), modules.get, wanted)


def refusal(text: str, wanted: str | None = None) -> BrokenSource:
    with pytest.raises(BrokenSource) as caught:
        choose(text, wanted=wanted)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class A(QCAlgorithm):" + BODY, "A"),
        ("class A(QuantConnect.Algorithm.QCAlgorithm):" + BODY, "A"),
        ("from AlgorithmImports import QCAlgorithm as Q\nclass A(Q):" + BODY, "A"),
        ("Base = QCAlgorithm\nclass A(Base):" + BODY, "A"),
        ("class Base(QCAlgorithm):" + BODY + "class A(Base): pass", "A"),
        ("class Base(QCAlgorithm): pass\nclass Mid(Base): pass\nclass A(Mid):" + BODY, "A"),
        ("class Helper: pass\nclass A(QCAlgorithm):" + BODY + "class Signal(PythonIndicator): pass", "A"),
        ("class A(QCAlgorithm):\n    def Initialize(self): pass", "A"),
        ("class A(QCAlgorithm):" + BODY + "class A(QCAlgorithm):" + BODY, "A"),
        ("if True:\n  class A(QCAlgorithm):\n    def initialize(self): pass", "A"),
        ("try:\n  import x\nexcept ImportError:\n  class A(QCAlgorithm):\n    def initialize(self): pass", "A"),
        ("def make():\n  class B(QCAlgorithm): pass\nclass A(QCAlgorithm):" + BODY, "A"),
        ("class A(QCAlgorithm):\n    initialize = setup", "A"),
    ],
)
def test_chosen(text: str, expected: str) -> None:
    assert choose(text).node.name == expected


def test_lineage_is_nearest_first() -> None:
    chosen = choose("class Base(QCAlgorithm):" + BODY + "class Mid(Base): pass\nclass A(Mid): pass")
    assert [node.name for node in chosen.lineage] == ["A", "Mid", "Base"]
    assert chosen.complete


@pytest.mark.parametrize(
    "text",
    [
        "from base import Common\nclass A(Common): pass",
        "from base import Common as C\nclass A(C): pass",
        "from base import *\nclass A(Common): pass",
        "import base\nclass A(base.Common): pass",
        "import base as b\nclass A(b.Common): pass",
    ],
)
def test_base_class_in_a_sibling_file(text: str) -> None:
    chosen = choose(text, {"base": "class Common(QCAlgorithm):" + BODY})
    assert (chosen.node.name, chosen.complete) == ("A", False)


def test_imported_class_is_no_candidate_itself() -> None:
    modules = {"base": ast.parse("class Common(QCAlgorithm):" + BODY)}
    with pytest.raises(BrokenSource, match="no class derives from QCAlgorithm"):
        choose_class(ast.parse("from base import Common"), modules.get)


def test_siblings_that_import_each_other() -> None:
    siblings = {"a": "from b import B\nclass A(QCAlgorithm): pass", "b": "from a import A\nclass B(A): pass"}
    assert choose("from a import A\nclass Mine(A): pass", siblings).node.name == "Mine"


def test_no_class() -> None:
    assert refusal("x = 1").reason == "no class derives from QCAlgorithm"
    assert refusal("class QCAlgorithmLike: pass").line is None


def test_two_classes_are_named_with_their_lines() -> None:
    text = "class Zeta(QCAlgorithm):" + BODY + "class Alpha(QCAlgorithm):" + BODY
    error = refusal(text)
    assert "Zeta (line 1), Alpha (line 3)" in error.reason
    assert error.line == 3


def test_type_name_of_config_decides() -> None:
    text = "class Zeta(QCAlgorithm):" + BODY + "class Alpha(QCAlgorithm):" + BODY
    assert choose(text, wanted="Zeta").node.name == "Zeta"
    assert "several classes" in refusal(text, wanted="Beta").reason


def test_several_bases_are_refused_as_by_lean() -> None:
    error = refusal("class Mixin: pass\nclass A(QCAlgorithm, Mixin):" + BODY)
    assert (error.line, "several bases" in error.reason) == (2, True)
    error = refusal("class Base(Mixin, QCAlgorithm):" + BODY + "class A(Base): pass")
    assert (error.line, "class Base" in error.reason) == (1, True)


def test_without_initialize() -> None:
    error = refusal("\nclass A(QCAlgorithm):\n    def on_data(self, data): pass")
    assert (error.reason, error.line) == ("class A has no initialize method", 2)


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("x = 1\ndef f(self)\n    pass", 2, "expected ':'"),
        ("if x:\npass", 2, "expected an indented block"),
        ("x = '\\N{no such}'", 1, "unicode error"),
        ("a\0b", None, "null bytes"),
        ("(" * 300, 1, "too many nested parentheses"),
        ("a" + "()" * 50_000, None, "nested too deeply"),
        ("-" * 100_000 + "1", None, "nested too deeply"),
        ("9" * 5000, None, "4300 digits"),
    ],
)
def test_syntax_errors(text: str, line: int | None, part: str) -> None:
    with pytest.raises(BrokenSource) as caught:
        parse(text, "main.py")
    assert part in caught.value.reason
    assert "main.py" in caught.value.reason
    assert line is None or caught.value.line == line


def test_doubtful_escapes_are_no_errors() -> None:
    assert parse("x = '\\d'", "main.py").body
