"""What a strategy calls, read from its text."""

import ast
from textwrap import dedent

import pytest

from leanboard.strategies.trading_calls import CallKind, csharp_calls, python_calls


def read(text, **parameters):
    text = dedent(text)
    return python_calls(ast.parse(text), text, "main.py", parameters)


@pytest.mark.parametrize("name", ["set_holdings", "SetHoldings", "market_order", "LimitOrder", "buy"])
def test_orders_in_both_spellings(name):
    [site] = read(f"class A:\n    def on_data(self, data):\n        self.{name}(self.spy, 1)\n").of(CallKind.ORDER)
    assert (site.name, site.file, site.line, site.text) == (name, "main.py", 3, f"self.{name}(self.spy, 1)")


def test_methods_of_the_strategy_itself_are_not_leans():
    assert not read("class A:\n    def buy(self): ...\n    def on_data(self, data):\n        self.buy()\n").sites


def test_closing_positions_opens_none():
    assert not read("self.liquidate()").of(CallKind.ORDER)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("self.add_equity('SPY')", CallKind.DATA),
        ("self.add_universe(self.select)", CallKind.UNIVERSE),
        ("self.set_warm_up(20)", CallKind.WARM_UP),
        ("self.emit_insights(x)", CallKind.INSIGHT),
        ("self.set_benchmark('SPY')", CallKind.BENCHMARK),
    ],
)
def test_kinds(line, kind):
    assert [site.kind for site in read(line).sites] == [kind]


def test_the_longest_indicator_with_the_runs_parameters():
    text = """
        class A:
            def initialize(self):
                slow = self.get_parameter("slow", 50)
                self.fast = self.sma(self.spy, 20, Resolution.DAILY)
                self.slow = self.ema(self.spy, slow)
                self.window = np.max(values, 900)
    """
    assert read(text).longest.period == 50
    longest = read(text, slow="200").longest
    assert (longest.period, longest.name, longest.line) == (200, "ema", 6)


def test_csharp_without_its_comments():
    lines = ("class A {", "// MarketOrder(spy, 1);", "void OnData() {", "SetHoldings(_spy, 1m);", "AddData<Rates>(x);")
    text = "\n".join(lines)
    calls = csharp_calls(text, "Main.cs")
    assert [(site.kind, site.line) for site in calls.sites] == [(CallKind.ORDER, 4), (CallKind.DATA, 5)]
