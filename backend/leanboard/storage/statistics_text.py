"""Typed twins of LEAN's statistics: its text is the truth, and what is not understood stays without a twin."""

import re
from dataclasses import dataclass
from decimal import Decimal

from leanboard.models.comparison import StatisticKind
from leanboard.models.results import BacktestStatistics
from leanboard.storage.lean_json import integer
from leanboard.storage.result_files import ResultState

_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_MAX_LENGTH = 64
_DECORATION = re.compile(r"^(?P<sign>-?)[^\d.\-]{0,12}(?P<body>-?[\d.].*)$")

_PERCENT = {
    "Average Win": "average_win",
    "Average Loss": "average_loss",
    "Compounding Annual Return": "compounding_annual_return",
    "Drawdown": "drawdown",
    "Net Profit": "net_profit",
    "Probabilistic Sharpe Ratio": "probabilistic_sharpe_ratio",
    "Loss Rate": "loss_rate",
    "Win Rate": "win_rate",
    "Portfolio Turnover": "portfolio_turnover",
}
_PLAIN = {
    "Expectancy": "expectancy",
    "Sharpe Ratio": "sharpe_ratio",
    "Sortino Ratio": "sortino_ratio",
    "Profit-Loss Ratio": "profit_loss_ratio",
    "Alpha": "alpha",
    "Beta": "beta",
    "Annual Standard Deviation": "annual_standard_deviation",
    "Annual Variance": "annual_variance",
    "Information Ratio": "information_ratio",
    "Tracking Error": "tracking_error",
    "Treynor Ratio": "treynor_ratio",
}
_MONEY = {
    "Start Equity": "start_equity",
    "End Equity": "end_equity",
    "Total Fees": "total_fees",
    "Estimated Strategy Capacity": "capacity",
}
_INTEGERS = {"Total Orders": StatisticKind.COUNT, "Drawdown Recovery": StatisticKind.DAYS}
_TEXTS = frozenset({"Lowest Capacity Asset", "OrderListHash"})

StatisticValue = float | Decimal | None
"""Money is Decimal, everything else a float; None where there is no number."""


@dataclass(frozen=True, slots=True)
class TypedStatistic:
    """What the text of a statistic says; rates as fractions."""

    kind: StatisticKind
    value: StatisticValue


def typed(name: str, text: str) -> TypedStatistic:
    """Return what a statistic's text says; of names that are not LEAN's own, what the text looks like."""
    kind = _kind(name, text)
    if kind is StatisticKind.RATE:
        return TypedStatistic(kind, percent(text))
    if kind is StatisticKind.MONEY:
        return TypedStatistic(kind, money(text))
    return TypedStatistic(kind, None if kind is StatisticKind.TEXT else plain(text))


def _kind(name: str, text: str) -> StatisticKind:
    if name in _TEXTS:
        return StatisticKind.TEXT
    if name in _INTEGERS:
        return _INTEGERS[name]
    if name in _MONEY:
        return StatisticKind.MONEY
    if name in _PERCENT or percent(text) is not None:
        return StatisticKind.RATE
    if name in _PLAIN or plain(text) is not None:
        return StatisticKind.NUMBER
    return StatisticKind.TEXT if money(text) is None or text[:1].isalpha() else StatisticKind.MONEY


def statistics(state: ResultState) -> BacktestStatistics:
    """Return LEAN's statistics with their typed twins; see :class:`BacktestStatistics` for units."""
    lean = dict(state.statistics)
    twins: dict[str, object] = {}
    twins |= {name: percent(lean[key]) for key, name in _PERCENT.items() if key in lean}
    twins |= {name: plain(lean[key]) for key, name in _PLAIN.items() if key in lean}
    twins |= {name: money(lean[key]) for key, name in _MONEY.items() if key in lean}
    return BacktestStatistics.model_validate(
        {
            "lean": lean,
            "runtime": dict(state.runtime),
            "total_orders": state.total_orders,
            "lowest_capacity_asset": lean.get("Lowest Capacity Asset") or None,
            "drawdown_recovery": integer(lean.get("Drawdown Recovery")),
            **twins,
        },
    )


def percent(text: str) -> float | None:
    """Parse ``"271.453%"`` (or LEAN's ``"1.69 %"``) to the fraction 2.71453, without binary noise."""
    body = text.strip()
    if not body.endswith("%"):
        return None
    number = _decimal(body[:-1])
    return None if number is None else _float(number / 100)


def plain(text: str) -> float | None:
    """Parse ``"8.854"``; "-0" is 0."""
    number = _decimal(text)
    return None if number is None else _float(number)


def money(text: str) -> Decimal | None:
    """Parse ``"$3.44"``, ``"-$3.44"``, ``"€1,000.50"`` or ``"100000"``; the currency is not kept."""
    match = _DECORATION.match(text.strip()) if len(text) <= _MAX_LENGTH else None
    if match is None:
        return None
    number = _decimal(match["body"])
    return -number if number is not None and match["sign"] and number else number


def _decimal(text: str) -> Decimal | None:
    """A number with a full stop as decimal sign, with or without thousands separators."""
    body = text.strip().replace(",", "")
    if len(body) > _MAX_LENGTH or not body.isascii() or not _NUMBER.fullmatch(body):
        return None
    number = Decimal(body)
    return number or Decimal(0)  # "-0" and "0.00" are LEAN's ways to say nothing


def _float(number: Decimal) -> float | None:
    value = float(number)
    return value if value not in (float("inf"), float("-inf")) else None
