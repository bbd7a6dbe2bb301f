"""The statistics as LEAN prints them: one text per name, in LEAN's order."""

from dataclasses import dataclass
from decimal import Decimal

from minilean.numbers import (
    decimal_text,
    double_text,
    net_round,
    net_round_double,
    round_away,
    round_to_significant_digits,
    to_double,
)
from minilean.statistics.portfolio_statistics import PortfolioStatistics

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class RunTotals:
    """Figures of the summary that do not come from samples.

    Attributes:
        orders: Count of all orders.
        fees: Sum of all fees.
        capacity: Estimated strategy capacity, a multiple of 1000.00 (``0`` while unknown).
        lowest_capacity_asset: Security identifier text, or "".
        currency_symbol: Sign of the account currency.
    """

    orders: int
    fees: Decimal
    capacity: Decimal
    lowest_capacity_asset: str
    currency_symbol: str


def summary(figures: PortfolioStatistics, totals: RunTotals) -> dict[str, str]:
    """Return the 27 statistics by their printed names."""
    return {
        "Total Orders": str(totals.orders),
        "Average Win": _percent(figures.average_win_rate, 2),
        "Average Loss": _percent(figures.average_loss_rate, 2),
        "Compounding Annual Return": _percent(figures.compounding_annual_return, 3),
        "Drawdown": _percent(figures.drawdown, 3),
        "Expectancy": _rounded(figures.expectancy, 3),
        "Start Equity": _rounded(figures.start_equity, 2),
        "End Equity": _rounded(figures.end_equity, 2),
        "Net Profit": _percent(figures.total_net_profit, 3),
        "Sharpe Ratio": _double(figures.sharpe_ratio),
        "Sortino Ratio": _double(figures.sortino_ratio),
        "Probabilistic Sharpe Ratio": _percent(figures.probabilistic_sharpe_ratio, 3),
        "Loss Rate": _percent(figures.loss_rate, 0),
        "Win Rate": _percent(figures.win_rate, 0),
        "Profit-Loss Ratio": _rounded(figures.profit_loss_ratio, 2),
        "Alpha": _double(figures.alpha),
        "Beta": _double(figures.beta),
        "Annual Standard Deviation": _double(figures.annual_standard_deviation),
        "Annual Variance": _double(figures.annual_variance),
        "Information Ratio": _double(figures.information_ratio),
        "Tracking Error": _double(figures.tracking_error),
        "Treynor Ratio": _double(figures.treynor_ratio),
        "Total Fees": totals.currency_symbol + decimal_text(round_away(totals.fees, 2)),
        "Estimated Strategy Capacity": totals.currency_symbol + _capacity(totals.capacity),
        "Lowest Capacity Asset": totals.lowest_capacity_asset,
        "Portfolio Turnover": _percent(figures.portfolio_turnover, 2),
        "Drawdown Recovery": str(figures.drawdown_recovery),
    }


def _rounded(value: Decimal, places: int) -> str:
    return decimal_text(net_round(value, places))


def _percent(value: Decimal, places: int) -> str:
    return _rounded(value * _HUNDRED, places) + "%"


def _double(value: Decimal) -> str:
    return double_text(net_round_double(to_double(value), 3))


def _capacity(value: Decimal) -> str:
    return decimal_text(round_to_significant_digits(value, 2))
