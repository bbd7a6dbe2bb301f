"""Sampling: the equity candle of every few minutes, and the daily points of LEAN's own charts."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from minilean.enums import SeriesType
from minilean.numbers import ONE, ZERO, divide, net_round, round_to_significant_digits, smart_rounding
from minilean.results.charts import (
    BENCHMARK,
    EQUITY,
    RETURN,
    STRATEGY_EQUITY,
    BaseSeries,
    CandlestickSeries,
    Chart,
    EquityCandle,
    Series,
    UserCharts,
)
from minilean.results.views import SampledHolding

_HUNDRED = Decimal(100)
_SALES_VOLUME_SERIES = 30
_MARGIN_SERIES = 10
_MINUTE = 60_000_000
_CHART_ORDER = (
    "Drawdown",
    "Portfolio Turnover",
    "Exposure",
    STRATEGY_EQUITY,
    "Capacity",
    "Assets Sales Volume",
    "Portfolio Margin",
    BENCHMARK,
)


def sample_period(total_minutes: int) -> int:
    """Return microseconds between equity samples: about 4000 per run, never closer than four minutes."""
    return 4 * _MINUTE if total_minutes < 16_000 else total_minutes * _MINUTE // 4000


class Sampler:
    """Owns the charts of the result and the state between daily samples."""

    def __init__(self, starting_value: Decimal, start_utc: int, currency_symbol: str) -> None:
        """Start sampling.

        Args:
            starting_value: Portfolio value before the first step.
            start_utc: The algorithm's start (midnight of its zone), microseconds UTC.
            currency_symbol: Unit of amounts.
        """
        self._start_utc = start_utc
        self._unit = currency_symbol
        self._daily_value = starting_value
        self._maximum = starting_value
        self._candle: EquityCandle | None = None
        self._sales: tuple[Decimal, Decimal] = (ZERO, ZERO)
        self._last_turnover: int | None = None
        self._charts: dict[str, Chart] = {}
        strategy = self._charts[STRATEGY_EQUITY] = Chart(STRATEGY_EQUITY)
        self.equity = CandlestickSeries(EQUITY, unit=currency_symbol)
        self.performance = Series(RETURN, SeriesType.BAR, index=1, unit="%")
        strategy.add_series(self.equity)
        strategy.add_series(self.performance)
        self.benchmark = Series(BENCHMARK, unit=currency_symbol)
        self.turnover = Series("Portfolio Turnover", unit="%")

    @property
    def charts(self) -> dict[str, Chart]:
        """All charts, LEAN's own first and in the order in which it writes them."""
        own = {name: self._charts[name] for name in _CHART_ORDER if name in self._charts}
        return own | self._charts

    def restart(self, starting_value: Decimal) -> None:
        """Take a new starting value, after warm-up."""
        self._daily_value = starting_value

    def update_equity(self, portfolio_value: Decimal) -> None:
        """Follow the portfolio value between samples."""
        candle = self._candle
        if candle is None:
            candle = self._candle = EquityCandle()
        if portfolio_value is not candle.close:
            candle.update(portfolio_value)

    def sample_equity(self, time: int, *, keep: bool = True) -> None:
        """Close the candle and begin a new one; it counts if it is later than the last (and is to be kept)."""
        if self._candle is not None and keep:
            self.equity.append_later(time, self._candle.values())
        self._candle = None

    def take_user_charts(self, charts: UserCharts) -> None:
        """Take over what the strategy plotted."""
        charts.move_to(self._charts)

    def sample_day(
        self, time: int, value: Decimal, benchmark: Decimal, capacity: Decimal, holdings: Sequence[SampledHolding]
    ) -> None:
        """Add the points of a day.

        Args:
            time: Microseconds UTC.
            value: Total portfolio value.
            benchmark: Value of the benchmark.
            capacity: Estimated capacity.
            holdings: All securities of the portfolio.
        """
        daily = self._daily_value
        performance = net_round(divide((value - daily) * _HUNDRED, daily), 10) if daily else ZERO
        self._maximum = max(self._maximum, value)
        self.update_equity(value)
        self.sample_equity(time)
        self._chart(BENCHMARK).series.setdefault(BENCHMARK, self.benchmark)
        self.benchmark.append_later(time, (smart_rounding(benchmark),))
        self.performance.append_later(time, (performance,))
        if self._maximum:
            drawdown = net_round((value / self._maximum - ONE) * _HUNDRED, 2)
            self._add("Drawdown", "Equity Drawdown", time, drawdown, unit="%")
        self._sample_sales_volume(time, holdings)
        self._sample_exposure(time, value, holdings)
        self._add("Capacity", "Strategy Capacity", time, capacity, unit=self._unit)
        self._sample_turnover(time, value, holdings)
        self._sample_margin(time, value, holdings)
        self._daily_value = value

    def _chart(self, name: str) -> Chart:
        chart = self._charts.get(name)
        if chart is None:
            chart = self._charts[name] = Chart(name)
        return chart

    def _add(
        self, chart: str, name: str, time: int, value: Decimal, *, unit: str, kind: SeriesType = SeriesType.LINE
    ) -> None:
        series = self._chart(chart).series
        found = series.get(name)
        if found is None:
            found = series[name] = Series(name, kind, unit=unit)
        found.append_later(time, (value,))

    def _sample_sales_volume(self, time: int, holdings: Iterable[SampledHolding]) -> None:
        traded = sorted((each for each in holdings if each.sale_volume), key=lambda each: -each.sale_volume)
        for holding in traded[:_SALES_VOLUME_SERIES]:
            self._add(
                "Assets Sales Volume",
                holding.ticker,
                time,
                holding.sale_volume,
                unit=self._unit,
                kind=SeriesType.TREEMAP,
            )

    def _sample_exposure(self, time: int, value: Decimal, holdings: Iterable[SampledHolding]) -> None:
        if not value:
            return
        long: dict[str, Decimal] = {}
        short: dict[str, Decimal] = {}
        for holding in holdings:
            long.setdefault(holding.security_type, ZERO)
            short.setdefault(holding.security_type, ZERO)
            side = long if holding.holdings_value > 0 else short
            side[holding.security_type] += holding.holdings_value
        for side, label in ((long, "Long"), (short, "Short")):
            for kind, amount in side.items():
                ratio = net_round(amount / value, 4) if amount else ZERO
                self._add("Exposure", f"{kind} - {label} Ratio", time, ratio, unit="")

    def _sample_turnover(self, time: int, value: Decimal, holdings: Iterable[SampledHolding]) -> None:
        if not value or time == self._start_utc:
            return
        volume = sum((holding.sale_volume for holding in holdings), ZERO)
        newest, before = self._sales
        same_time = self._last_turnover == time
        share = (volume - (before if same_time else newest)) / value
        self._sales = (volume, newest)
        self._last_turnover = time
        self._chart("Portfolio Turnover").series.setdefault(self.turnover.name, self.turnover)
        self.turnover.append(time, (share,))

    def _sample_margin(self, time: int, value: Decimal, holdings: Iterable[SampledHolding]) -> None:
        shares = {
            holding.ticker: round_to_significant_digits(holding.margin_used / value, 4)
            for holding in holdings
            if holding.invested and value
        }
        chart = self._chart("Portfolio Margin")
        chart.legend_disabled = True
        if not shares:
            return
        top = sorted(shares, key=lambda ticker: -shares[ticker])[:_MARGIN_SERIES]
        others = sum((share for ticker, share in shares.items() if ticker not in top), ZERO)
        for ticker in top:
            self._margin_series(chart, ticker, "").append_later(time, (shares[ticker] * _HUNDRED,))
        if len(shares) > len(top):
            self._margin_series(chart, "OTHERS", "#808080").append_later(time, (others * _HUNDRED,))
        for series in chart.series.values():
            if series.times[-1] != time and series.points[-1] != (None,):
                series.append(time, (None,))

    @staticmethod
    def _margin_series(chart: Chart, name: str, color: str) -> BaseSeries:
        found = chart.series.get(name)
        if found is not None:
            return found
        pattern = Series(name, SeriesType.BAR, unit="%", color=color)
        pattern.index_name, pattern.tooltip = "Margin Used (%)", "{SERIES_NAME}: {VALUE}%"
        chart.series[name] = pattern
        return pattern
