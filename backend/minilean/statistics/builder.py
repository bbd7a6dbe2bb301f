"""Performance of a whole run and of its rolling windows of 1, 3, 6 and 12 months."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from minilean.numbers import to_double
from minilean.statistics.interest_rate import InterestRates, utc_date
from minilean.statistics.portfolio_statistics import PeriodSamples, PortfolioStatistics, portfolio_statistics
from minilean.statistics.series import TimeSeries
from minilean.statistics.trade import Trade
from minilean.statistics.trade_statistics import TradeStatistics, trade_statistics

WINDOW_MONTHS = (1, 3, 6, 12)
_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400_000_000
_SKIPPED = 2
"""Daily points that LEAN leaves out of every period: its start, and the first day's return."""


@dataclass(frozen=True, slots=True)
class RunSamples:
    """What a run recorded.

    Attributes:
        equity: Closes of the equity candles.
        performance: Daily returns in percent.
        benchmark: Daily benchmark values.
        turnover: Daily portfolio turnover.
        profit_loss: Profit or loss of closing fills.
        trades: Closed trades in the order they closed.
        starting_capital: Portfolio value before the first step.
    """

    equity: TimeSeries[Decimal]
    performance: TimeSeries[Decimal]
    benchmark: TimeSeries[Decimal]
    turnover: TimeSeries[Decimal]
    profit_loss: TimeSeries[Decimal]
    trades: Sequence[Trade]
    starting_capital: Decimal


@dataclass(frozen=True, slots=True)
class AlgorithmPerformance:
    """Trade and portfolio statistics of a period, with the trades closed in it."""

    trade_statistics: TradeStatistics
    portfolio_statistics: PortfolioStatistics
    closed_trades: tuple[Trade, ...]

    @classmethod
    def empty(cls) -> "AlgorithmPerformance":
        """Return the performance of a period without samples: all zero."""
        return cls(TradeStatistics(), PortfolioStatistics(), ())


@dataclass(frozen=True, slots=True)
class StatisticsResults:
    """The total performance, and the rolling ones by key, ``M3_20131231`` (months, last day)."""

    total: AlgorithmPerformance
    rolling: Mapping[str, AlgorithmPerformance]


class StatisticsBuilder:
    """Computes performances from samples."""

    def __init__(self, interest_rates: InterestRates, trading_days_per_year: int = 252) -> None:
        self._interest_rates = interest_rates
        self._days = trading_days_per_year

    def total(self, samples: RunSamples) -> AlgorithmPerformance:
        """Compute the performance of the whole run (all zero without an equity sample)."""
        if not samples.equity:
            return AlgorithmPerformance.empty()
        first, last = _first_and_last_day(samples)
        return self._period(_Prepared.of(samples), first, last)

    def build(self, samples: RunSamples) -> StatisticsResults:
        """Compute the whole run and every rolling window."""
        if not samples.equity:
            return StatisticsResults(AlgorithmPerformance.empty(), {})
        first, last = _first_and_last_day(samples)
        prepared = _Prepared.of(samples)
        rolling = {
            f"M{months}_{end:%Y%m%d}": self._window(prepared, start, end)
            for months in WINDOW_MONTHS
            for start, end in period_ranges(months, first, last)
        }
        return StatisticsResults(self._period(prepared, first, last), rolling)

    def _window(self, prepared: "_Prepared", start: date, end: date) -> AlgorithmPerformance:
        return replace(self._period(prepared, start, end), closed_trades=())

    def _period(self, prepared: "_Prepared", start: date, end: date) -> AlgorithmPerformance:
        samples = prepared.samples
        begin, stop = _midnight(start), _midnight(end) + _DAY
        equity = samples.equity.between(begin, stop)
        if not equity:
            return AlgorithmPerformance.empty()
        performance = list(prepared.performance.between(begin, stop).values[_SKIPPED:])
        benchmark = list(prepared.benchmark.between(begin, stop).values[_SKIPPED:])
        length = max(len(performance), len(benchmark))
        period = PeriodSamples(
            profit_loss=samples.profit_loss.between(begin, stop).values,
            equity=equity,
            turnover=samples.turnover.between(begin, stop).values,
            performance=performance + [0.0] * (length - len(performance)),
            benchmark=benchmark + [0.0] * (length - len(benchmark)),
            starting_capital=samples.starting_capital if len(equity) == len(samples.equity) else equity.values[0],
        )
        trades = tuple(trade for trade in samples.trades if begin <= trade.exit_time < stop)
        figures = portfolio_statistics(period, self._interest_rates, self._days)
        return AlgorithmPerformance(trade_statistics(trades), figures, trades)


def _first_and_last_day(samples: RunSamples) -> tuple[date, date]:
    return utc_date(samples.equity.times[0]), utc_date(samples.equity.times[-1])


def _midnight(day: date) -> int:
    return (day.toordinal() - _EPOCH) * _DAY


def daily_returns(performance: TimeSeries[Decimal]) -> TimeSeries[float]:
    """Return daily returns as fractions."""
    return TimeSeries(performance.times, [to_double(value / 100) for value in performance.values])


def benchmark_returns(benchmark: TimeSeries[Decimal]) -> TimeSeries[float]:
    """Return each benchmark value's relative difference to the one before; 0 after a value of 0 and for the first."""
    changes = [
        to_double((value - previous) / previous) if previous else 0.0 for previous, value in pairwise(benchmark.values)
    ]
    return TimeSeries(benchmark.times, [0.0, *changes][: len(benchmark)])


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Samples with the daily returns that all periods share."""

    samples: RunSamples
    performance: TimeSeries[float]
    benchmark: TimeSeries[float]

    @classmethod
    def of(cls, samples: RunSamples) -> "_Prepared":
        return cls(samples, daily_returns(samples.performance), benchmark_returns(samples.benchmark))


def period_ranges(months: int, first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield windows that end at each month's last day (and at ``last``), up to ``months`` calendar months long.

    Args:
        months: Length of a window in calendar months.
        first: First day of the run; no window begins before.
        last: Last day of the run.
    """
    ends = [last]
    while (previous := ends[-1].replace(day=1) - timedelta(days=1)) >= first:
        ends.append(previous)
    for end in reversed(ends):
        yield max(first, _months_back(end, months - 1)), end


def _months_back(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1) if index >= 12 else date.min
