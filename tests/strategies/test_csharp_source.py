from datetime import date
from decimal import Decimal

import pytest

from leanboard.strategies.csharp_source import algorithm_class, read_facts, summary
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
        ("fast", None, "str"),
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
    assert algorithm_class(TEXT, "Main.cs") == ("Holder", 9)
    assert summary(TEXT, 9) == "Holds SPY.\nData: SPY, daily bars"
    assert summary("class A : QCAlgorithm", 1) == ""


def test_no_class_and_two() -> None:
    with pytest.raises(BrokenSource, match=r"no class in Main\.cs derives"):
        algorithm_class("// class A : QCAlgorithm", "Main.cs")
    with pytest.raises(BrokenSource, match=r"A \(line 1\), B \(line 2\)") as caught:
        algorithm_class("class A : QCAlgorithm {}\nclass B : QuantConnect.Algorithm.QCAlgorithm {}", "Main.cs")
    assert caught.value.line == 2


def test_impossible_date_is_no_date() -> None:
    assert read_facts("SetStartDate(2013, 2, 31);", {}).start_date is None
