from datetime import date
from decimal import Decimal

import pytest

from leanboard.strategies.csharp_source import choose_class, read_facts, summary
from leanboard.strategies.source_text import BrokenSource

TEXT = """using QuantConnect.Algorithm;
/* class Old : QCAlgorithm { } */
namespace Demo
{
    /// <summary>
    /// Holds SPY.
    /// Data: SPY, daily bars
    /// </summary>
    public class Holder : QCAlgorithm
    {
        [Parameter("fast")]
        public int Fast = 10;

        public override void Initialize()
        {
            SetStartDate(2013, 10, 7); // SetStartDate(1999, 1, 1)
            SetEndDate(2013, 10, 11);
            SetCash(100_000m);
            var name = GetParameter("symbol", "SPY");
            var slow = GetParameter("slow", 1.5m);
            AddEquity("SPY", Resolution.Daily);
            Log("AddEquity(not a call)");
        }
    }
}
"""


def test_facts() -> None:
    facts = read_facts(TEXT, {"slow": "2"})
    assert [(p.name, p.default, p.type.value) for p in facts.parameters] == [
        ("fast", 10, "int"),
        ("symbol", "SPY", "str"),
        ("slow", 2, "int"),
    ]
    assert facts.symbols == ("SPY",)
    assert [resolution.value for resolution in facts.resolutions] == ["daily"]
    assert (facts.start_date, facts.end_date, facts.initial_cash) == (
        date(2013, 10, 7),
        date(2013, 10, 11),
        Decimal(100_000),
    )


def test_class_and_summary() -> None:
    found = choose_class({"Main.cs": TEXT})
    assert (found.name, found.file, found.line) == ("Holder", "Main.cs", 9)
    assert summary(TEXT, 9) == "Holds SPY.\nData: SPY, daily bars"
    assert summary("class A : QCAlgorithm", 1) == ""


def test_no_class_and_two() -> None:
    with pytest.raises(BrokenSource, match=r"no class in Main\.cs derives"):
        choose_class({"Main.cs": "// class A : QCAlgorithm"})
    two = {"Main.cs": "class A : QCAlgorithm {}\nclass B : QuantConnect.Algorithm.QCAlgorithm {}"}
    with pytest.raises(BrokenSource, match=r"A \(line 1\), B \(line 2\)") as caught:
        choose_class(two)
    assert caught.value.line == 2
    assert choose_class(two, "Demo.B").line == 2


def test_class_in_another_file_and_through_a_base() -> None:
    texts = {
        "Main.cs": "class Helper { }\nclass Late : Base { }",
        "lib/Base.cs": "\npublic abstract class Base : QCAlgorithm { }",
    }
    assert choose_class(texts).name == "Late"
    assert choose_class({"Main.cs": "class Helper { }", "b.cs": "\npartial class C : QCAlgorithm"}).file == "b.cs"
    with pytest.raises(BrokenSource, match=r"Late \(line 2\), C \(c\.cs, line 1\)"):
        choose_class({**texts, "c.cs": "class C : QCAlgorithm"})
    with pytest.raises(BrokenSource, match="no class in the project's files"):
        choose_class({"a.cs": "", "b.cs": "abstract class C : QCAlgorithm"})


def test_a_class_in_two_parts_is_one() -> None:
    assert (
        choose_class({"a.cs": "partial class C : QCAlgorithm", "b.cs": "partial class C : QCAlgorithm"}).file == "a.cs"
    )


@pytest.mark.parametrize(
    ("member", "default"),
    [
        ("public int Fast = 10;", 10),
        ("public decimal Fast { get; set; } = 1.5m;", 1.5),
        ('[Obsolete]\n private string _fast = "SPY" ;', "SPY"),
        ("public bool Fast = true;", True),
        ("public int Fast;", None),
        ("public int Fast { get; set; }\npublic int Other = 3;", None),
    ],
)
def test_defaults_of_attributes(member: str, default: object) -> None:
    found = read_facts(f'[Parameter("fast")]\n{member}', {}).parameters
    assert [(p.name, p.default) for p in found] == [("fast", default)]


def test_impossible_date_is_no_date() -> None:
    assert read_facts("SetStartDate(2013, 2, 31);", {}).start_date is None
