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
        return self._period(samples, first, last)

    def build(self, samples: RunSamples) -> StatisticsResults:
        """Compute the whole run and every rolling window."""
        if not samples.equity:
            return StatisticsResults(AlgorithmPerformance.empty(), {})
        first, last = _first_and_last_day(samples)
        rolling = {
            f"M{months}_{end:%Y%m%d}": self._window(samples, start, end)
            for months in WINDOW_MONTHS
            for start, end in period_ranges(months, first, last)
        }
        return StatisticsResults(self._period(samples, first, last), rolling)

    def _window(self, samples: RunSamples, start: date, end: date) -> AlgorithmPerformance:
        return replace(self._period(samples, start, end), closed_trades=())

    def _period(self, samples: RunSamples, start: date, end: date) -> AlgorithmPerformance:
        begin, stop = _midnight(start), _midnight(end) + _DAY
        equity = samples.equity.between(begin, stop)
        if not equity:
            return AlgorithmPerformance.empty()
        performance = daily_returns(samples.performance.between(begin, stop).values)
        benchmark = benchmark_returns(samples.benchmark.between(begin, stop).values)
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


def daily_returns(performance: Sequence[Decimal]) -> list[float]:
    """Return daily returns as fractions, without the first two points (start and first midnight)."""
    return [to_double(value / 100) for value in performance[2:]]


def benchmark_returns(values: Sequence[Decimal]) -> list[float]:
    """Return relative differences of consecutive benchmark values, without the first; 0 after a value of 0."""
    pairs = pairwise(values[1:])
    return [to_double((value - previous) / previous) if previous else 0.0 for previous, value in pairs]


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
