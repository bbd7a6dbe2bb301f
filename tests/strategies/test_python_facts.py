import ast
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from leanboard.models.requests import Resolution
from leanboard.models.strategies import ParameterType
from leanboard.strategies.facts import StrategyFacts
from leanboard.strategies.python_facts import read_facts


def facts(body: str, configured: Mapping[str, str] | None = None, before: str = "", after: str = "") -> StrategyFacts:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    text = f"{before}\nclass A(QCAlgorithm):\n    def initialize(self):\n{lines}        pass\n{after}"
    return read_facts(ast.parse(text), configured or {})


def parameters(body: str, configured: Mapping[str, str] | None = None, before: str = "") -> list[tuple[object, ...]]:
    return [(p.name, p.default, p.type.value) for p in facts(body, configured, before).parameters]


@pytest.mark.parametrize(
    ("call", "default", "kind"),
    [
        ("self.get_parameter('p', 20)", 20, "int"),
        ("self.GetParameter('p', 20)", 20, "int"),
        ("self.get_parameter('p', -1.5)", -1.5, "float"),
        ("self.get_parameter('p', 100_000)", 100_000, "int"),
        ("self.get_parameter('p', 'SPY')", "SPY", "str"),
        ("self.get_parameter('p', True)", True, "bool"),
        ("self.get_parameter(name='p', default_value=3)", 3, "int"),
        ("algorithm.get_parameter('p', 1e-3)", 0.001, "float"),
        ("self.get_parameter('p')", None, "str"),
        ("int(self.get_parameter('p'))", None, "int"),
        ("int(self.get_parameter('p') or 5)", 5, "int"),
        ("float(self.get_parameter('p', '0.5'))", 0.5, "float"),
        ("self.get_parameter('p', PERIOD)", 14, "int"),
        ("self.get_parameter('p', self.LEVEL)", 2.5, "float"),
        ("self.get_parameter('p', 60 * 24)", 1440, "int"),
        ("self.get_parameter('p', None)", None, "str"),
        ("self.get_parameter('p', b'x')", None, "str"),
        ("self.get_parameter('p', 1e999)", None, "str"),
        ("self.get_parameter('p', 0x" + "f" * 40 + ")", None, "str"),
        ("self.get_parameter('p', '\\ud800')", "?", "str"),
    ],
)
def test_parameter(call: str, default: object, kind: str) -> None:
    found = parameters(f"x = {call}", before="PERIOD = 14\nclass Levels:\n    LEVEL = 2.5")
    assert found == [("p", default, kind)]
    assert type(found[0][1]) is type(default)


def test_parameters_come_in_the_order_of_the_source_and_once() -> None:
    body = "a = self.get_parameter('z')\nb = self.get_parameter('a', 1)\nc = self.get_parameter('z', 2)"
    assert parameters(body) == [("z", 2, "int"), ("a", 1, "int")]


def test_names_that_are_no_literals_are_left_out() -> None:
    assert parameters("a = self.get_parameter(name)\nb = self.get_parameter(3, 4)\nc = self.get_parameter()") == []


def test_config_overrides_defaults_with_their_types() -> None:
    body = "a = self.get_parameter('fast', 20)\nb = self.get_parameter('risk', 0.5)\nc = self.get_parameter('on')"
    configured = {"fast": "30", "risk": "1", "on": "7", "extra": "2.5", "flag": "true", "text": "x"}
    assert parameters(body, configured) == [
        ("fast", 30, "int"),
        ("risk", 1.0, "float"),
        ("on", "7", "str"),
        ("extra", 2.5, "float"),
        ("flag", True, "bool"),
        ("text", "x", "str"),
    ]


@pytest.mark.parametrize("text", ["30.0", "abc", "", "1_0", "3000000000", "١٢"])
def test_config_value_that_lean_would_silently_drop(text: str) -> None:
    found = facts("a = self.get_parameter('fast', 20)", {"fast": text})
    assert [(p.default, p.type) for p in found.parameters] == [(20, ParameterType.INTEGER)]
    assert "LEAN silently takes the default 20" in found.problems[0].reason


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("self.add_equity('SPY')", ("SPY",)),
        ("self.AddEquity('SPY', Resolution.Daily)", ("SPY",)),
        ("self.add_equity(ticker='SPY')", ("SPY",)),
        ("self.add_security(SecurityType.EQUITY, 'SPY')", ("SPY",)),
        ("self.add_data(Rates, 'RATE', Resolution.DAILY)", ("RATE",)),
        ("self.add_forex('EURUSD')\nself.add_crypto('BTCUSD')", ("EURUSD", "BTCUSD")),
        ("for t in ['SPY', 'IBM']:\n    self.add_equity(t)", ("SPY", "IBM")),
        ("for t, w in (('SPY', 0.6), ('IBM', 0.4)):\n    self.add_equity(t)", ("SPY", "IBM")),
        ("w = {'SPY': 0.6, 'IBM': 0.4}\nfor t in w:\n    self.add_equity(t)", ("SPY", "IBM")),
        ("for t in {'SPY': 1}.keys():\n    self.add_equity(t)", ("SPY",)),
        ("self.x = [self.add_equity(t).symbol for t in TICKERS]", ("AAA", "BBB")),
        ("x = [self.add_equity(t) for t in self.get_parameter('tickers', 'A, B').split(',')]", ("A", "B")),
        ("x = [self.add_equity(t.strip().upper()) for t in 'a b'.split()]", ("A", "B")),
        ("self.add_equity(self.get_parameter('symbol', 'SPY'))", ("SPY",)),
        ("t = 'SPY' if True else 'IBM'\nself.add_equity(t)", ("SPY", "IBM")),
        ("self.t = 'SPY'\nself.add_equity(self.t)", ("SPY",)),
        ("a, b = 'SPY', 'IBM'\nself.add_equity(b)", ("IBM",)),
        ("self.add_equity(self.pick('SPY'))", ("SPY",)),
        ("self.add_equity(unknown)\nself.add_equity('SPY')\nself.add_equity('SPY')", ("SPY",)),
        ("self.add_equity()\nself.add_equity(42)\nself.add_equity('')", ()),
        ("t = t\nself.add_equity(t)\nself.add_equity(self.loop())", ()),
    ],
)
def test_symbols(body: str, expected: tuple[str, ...]) -> None:
    after = "    def pick(self, name):\n        return name\n    def loop(self):\n        return self.loop()\n"
    assert facts(body, before="TICKERS = ('AAA', 'BBB')", after=after).symbols == expected


def test_symbols_follow_config() -> None:
    body = "for t in self.get_parameter('symbols', 'SPY').split(','):\n    self.add_equity(t)"
    assert facts(body, {"symbols": "AAPL,IBM"}).symbols == ("AAPL", "IBM")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("self.add_equity('SPY')", ("minute",)),
        ("self.add_equity('SPY', Resolution.DAILY)", ("daily",)),
        ("self.add_equity('SPY', resolution=Resolution.Hour)", ("hour",)),
        ("self.add_equity('A', Resolution.DAILY)\nself.add_equity('B', Resolution.MINUTE)", ("minute", "daily")),
        ("self.universe_settings.resolution = Resolution.DAILY\nself.add_equity('SPY')", ("daily",)),
        ("r = Resolution.HOUR\nself.add_equity('SPY', r)", ("hour",)),
        ("self.add_equity('SPY', NAMES[self.get_parameter('resolution', 'daily')])", ("daily",)),
        ("self.add_equity('SPY', NAMES.get(self.get_parameter('r', 'hour'), Resolution.TICK))", ("hour",)),
        ("self.add_equity('SPY', choose(self.get_parameter('resolution', 'Hour')))", ("hour",)),
        ("self.add_equity('SPY', Resolution.WEEKLY)", ()),
        ("x = 1", ()),
    ],
)
def test_resolutions(body: str, expected: tuple[str, ...]) -> None:
    before = "NAMES = {'daily': Resolution.DAILY, 'hour': Resolution.HOUR}"
    found = facts(body, before=before).resolutions
    assert tuple(resolution.value for resolution in found) == expected
    assert all(isinstance(resolution, Resolution) for resolution in found)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("2013, 10, 7", date(2013, 10, 7)),
        ("datetime(2013, 10, 7)", date(2013, 10, 7)),
        ("datetime(2013, 10, 7, 9, 30)", date(2013, 10, 7)),
        ("date(2013, 10, 7)", date(2013, 10, 7)),
        ("datetime.strptime('2013-10-07', '%Y-%m-%d')", date(2013, 10, 7)),
        ("datetime.strptime(self.get_parameter('start', '2013-10-07'), '%Y-%m-%d')", date(2013, 10, 7)),
        ("datetime.fromisoformat('2013-10-07')", date(2013, 10, 7)),
        ("YEAR, 10, 7", date(2012, 10, 7)),
        ("year=2013, month=10, day=7", date(2013, 10, 7)),
        ("2013, 2, 30", None),
        ("2013, 2", None),
        ("2013.0, 2, 3", None),
        ("", None),
        ("self.start", None),
        ("10 ** 9, 1, 1", None),
        ("datetime(99999999999999999999, 1, 1)", None),
        ("datetime.strptime('2013', '%')", None),
    ],
)
def test_dates(arguments: str, expected: date | None) -> None:
    found = facts(f"self.set_start_date({arguments})\nself.SetEndDate({arguments})", before="YEAR = 2012")
    assert (found.start_date, found.end_date) == (expected, expected)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("self.set_cash(100_000)", Decimal(100_000)),
        ("self.SetCash(2500.5)", Decimal("2500.5")),
        ("self.set_cash(int(self.get_parameter('cash', 5000)))", Decimal(5000)),
        ("self.set_cash(100 * 1000)", Decimal(100_000)),
        ("self.set_cash('EUR', 1000)", None),
        ("self.set_cash(1000)\nself.set_cash('EUR', 5)", Decimal(1000)),
        ("self.set_cash(1e999)", None),
        ("self.set_cash(amount)", None),
    ],
)
def test_cash(call: str, expected: Decimal | None) -> None:
    assert facts(call).initial_cash == expected
