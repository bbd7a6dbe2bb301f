"""Charts and statistics of the strategy's own."""

from decimal import Decimal
from typing import Any

from minilean.algorithm.logging import text_of
from minilean.algorithm.surface import AlgorithmPart
from minilean.data.bars import TradeBar
from minilean.enums import SeriesType
from minilean.indicators.base import IndicatorBase
from minilean.securities.symbol import Symbol
from minilean.surface import double_argument, no_method_matches

_MAIN_CHART = "Strategy Equity"
_PLOT_NAMES = ("chart", "series", "value", "open", "high", "low", "close", "bar", "first", "second", "third", "fourth")


class ChartingPart(AlgorithmPart):
    """``plot``, ``add_chart``, ``set_runtime_statistic`` and ``set_summary_statistic``."""

    def plot(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - LEAN's overloads
        """Add a point: chart and series and a value, four prices or a bar; the chart may be left out.

        Raises:
            TypeError: The arguments fit no overload.
        """
        names: list[str] = []
        rest = [*arguments, *(named.pop(name) for name in _PLOT_NAMES if name in named)]
        if named:
            raise no_method_matches("Plot", *arguments, *named.values())
        while rest and isinstance(rest[0], (str, Symbol)) and len(names) < 2:
            names.append(str(rest.pop(0)))
        if len(names) == 1 and rest and all(isinstance(item, IndicatorBase) for item in rest):
            for indicator in rest:
                self._add_point(names[0], indicator.name, [indicator.current.value_])
            return
        chart, series = names if len(names) == 2 else (_MAIN_CHART, names[0] if names else "")
        if not names:
            raise no_method_matches("Plot", *arguments)
        self._add_point(chart, series, _values(rest, arguments))

    def _add_point(self, chart: str, series: str, values: list[Decimal]) -> None:
        self._context.results.charts.plot(chart, series, self._context.clock.utc, values)

    def plot_indicator(self, chart: str, *indicators: Any) -> None:  # noqa: ANN401 - perhaps a flag first
        """Plot indicators whenever they change."""
        items = list(indicators)
        wait = bool(items.pop(0)) if items and isinstance(items[0], bool) else False
        for indicator in items:
            indicator.updated += self._plotter(chart, indicator, wait=wait)

    def _plotter(self, chart: str, indicator: IndicatorBase, *, wait: bool) -> Any:  # noqa: ANN401 - a handler
        def handle(_sender: object, _point: object) -> None:
            if not wait or indicator.is_ready:
                self.plot(chart, indicator)

        return handle

    def record(self, series: str, value: object) -> None:
        """Add a point to the main chart."""
        self.plot(series, value)

    def add_chart(self, chart: Any) -> None:  # noqa: ANN401 - results' chart
        """Add a chart made before."""
        self._context.results.charts.add_chart(chart)

    def add_series(self, chart: str, series: str, series_type: SeriesType, unit: str = "$") -> None:
        """Add a series to a chart."""
        self._context.results.charts.add_series(chart, series, series_type, unit)

    def set_runtime_statistic(self, name: str, value: object) -> None:
        """Show a figure while the run goes on."""
        self._context.results.set_runtime_statistic(name, text_of(value))

    def set_summary_statistic(self, name: str, value: object) -> None:
        """Add a figure to the statistics.

        Raises:
            ValueError: Names that are numbers from 0 to 100 are reserved.
        """
        if name.strip().isdigit() and 0 <= int(name) <= 100:
            raise ValueError(f"'{name}' is a reserved statistic name.")
        self._context.results.set_summary_statistic(name, text_of(value))


def _values(rest: list[Any], arguments: tuple[Any, ...]) -> list[Decimal]:
    if len(rest) == 1 and isinstance(rest[0], TradeBar):
        bar = rest[0]
        return [bar.open_, bar.high_, bar.low_, bar.close_]
    if len(rest) == 1 and isinstance(rest[0], IndicatorBase):
        return [rest[0].current.value_]
    if len(rest) not in {1, 4}:
        raise no_method_matches("Plot", *arguments)
    return [double_argument(value, "Plot") for value in rest]
