"""Charts and their series: what strategies build, what is sampled, and the JSON of both."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from minilean import times
from minilean.enums import ScatterMarkerSymbol, SeriesType
from minilean.numbers import ZERO, net_round, smart_rounding
from minilean.results.json_text import JsonValue, Raw, dumps, number
from minilean.statistics.series import TimeSeries
from minilean.surface import Surface, double_argument, no_method_matches

STRATEGY_EQUITY = "Strategy Equity"
EQUITY = "Equity"
RETURN = "Return"
BENCHMARK = "Benchmark"
_SECOND = 1_000_000
_EQUITY_PLACES = 4

Values = tuple[Decimal | None, ...]
"""One value, or open, high, low and close; None shows as a gap."""


class BaseSeries(Surface):
    """Points in order of time; values are rounded as LEAN stores them."""

    __slots__ = ("_exact", "index", "index_name", "name", "points", "series_type", "times", "tooltip", "unit")

    def __init__(self, name: str, series_type: SeriesType, index: int, unit: str) -> None:
        self.name = name
        self.series_type = series_type
        self.index = index
        self.unit = unit
        self.index_name: str | None = None
        self.tooltip: str | None = None
        self.times: list[int] = []
        self.points: list[Values] = []
        self._exact: Decimal | None = None

    def __len__(self) -> int:
        return len(self.times)

    def append(self, time: int, values: Values) -> None:
        """Add a point; one of the same time as the last replaces it.

        Args:
            time: Microseconds UTC.
            values: The value, or open, high, low and close.
        """
        exact = values[-1]
        rounded: Values
        if exact is not None and exact is self._exact and self.points and len(values) == len(self.points[-1]) == 1:
            rounded = self.points[-1]  # the very number of the last point: no trade, or the market was closed
        else:
            rounded = tuple([None if value is None else smart_rounding(value) for value in values])
        self._exact = exact
        if self.times and self.times[-1] == time:
            self.points[-1] = rounded
        else:
            self.times.append(time)
            self.points.append(rounded)

    def append_later(self, time: int, values: Values) -> None:
        """Add a point only if it is later than the last."""
        if not self.times or time > self.times[-1]:
            self.append(time, values)

    def extend(self, other: "BaseSeries") -> None:
        """Add the points of another series as they are."""
        self.times.extend(other.times)
        self.points.extend(other.points)
        self._exact = None

    def clear(self) -> None:
        """Drop all points."""
        self.times.clear()
        self.points.clear()

    def last_values(self) -> TimeSeries[Decimal]:
        """Return the value (of candles the close) of every point that is no gap."""
        pairs = zip(self.times, self.points, strict=True)
        return TimeSeries.of((time, values[-1]) for time, values in pairs if values[-1] is not None)

    def empty_copy(self) -> "BaseSeries":
        """Return a series of the same look without points."""
        raise NotImplementedError

    def _looks(self) -> dict[str, JsonValue]:
        return {}

    def _value_texts(self) -> Iterator[str]:
        for time, values in zip(self.times, self.points, strict=True):
            texts = ",".join(["null" if value is None else number(value) for value in values])
            yield f"[{time // _SECOND},{texts}]"

    def to_json(self) -> Raw:
        """Return the series as LEAN writes it: on one line."""
        head: dict[str, JsonValue] = {
            "name": self.name,
            "unit": self.unit,
            "index": self.index,
            "seriesType": int(self.series_type),
        }
        if self.index_name is not None:
            head["indexName"] = self.index_name
        if self.tooltip is not None:
            head["tooltip"] = self.tooltip
        return Raw(dumps({**head, "values": Raw(f"[{','.join(self._value_texts())}]"), **self._looks()}))


def _series_arguments(arguments: tuple[object, ...]) -> tuple[int, str]:
    match arguments:
        case ():
            return 0, "$"
        case (int(index),):
            return index, "$"
        case (str(unit),):
            return 0, unit
        case (int(index), str(unit)):
            return index, unit
        case _:
            raise no_method_matches("Series", *arguments)


class Series(BaseSeries):
    """A line, scatter, bar or other series of single values."""

    __slots__ = ("color", "scatter_marker_symbol")

    def __init__(
        self,
        name: str,
        series_type: SeriesType = SeriesType.LINE,
        *arguments: object,
        index: int | None = None,
        unit: str | None = None,
        color: object = None,
        symbol: ScatterMarkerSymbol = ScatterMarkerSymbol.NONE,
    ) -> None:
        """Describe a series in any of LEAN's ways: ``(name, type[, index][, unit][, color][, symbol])``.

        Raises:
            TypeError: Further positional arguments fit none of them.
        """
        rest = arguments
        if rest and isinstance(rest[-1], ScatterMarkerSymbol):
            symbol, rest = rest[-1], rest[:-1]
        if rest and not isinstance(rest[-1], (int, str)):
            color, rest = rest[-1], rest[:-1]
        first_index, first_unit = _series_arguments(rest)
        super().__init__(
            name, series_type, first_index if index is None else index, first_unit if unit is None else unit
        )
        self.color = color_text(color)
        self.scatter_marker_symbol = symbol

    def add_point(self, time: datetime, value: float) -> None:
        """Add a value at a UTC time."""
        self.append(times.from_datetime(time), (double_argument(value, "AddPoint"),))

    def empty_copy(self) -> "Series":
        """Return a series of the same look without points."""
        copy = Series(self.name, self.series_type, index=self.index, unit=self.unit, symbol=self.scatter_marker_symbol)
        copy.color, copy.index_name, copy.tooltip = self.color, self.index_name, self.tooltip
        return copy

    def _value_texts(self) -> Iterator[str]:
        if self.series_type is not SeriesType.SCATTER:
            yield from super()._value_texts()
            return
        for time, values in zip(self.times, self.points, strict=True):
            yield dumps({"x": time // _SECOND, "y": values[0]})

    def _looks(self) -> dict[str, JsonValue]:
        return {"color": self.color, "scatterMarkerSymbol": _marker_text(self.scatter_marker_symbol)}


class CandlestickSeries(BaseSeries):
    """A series of candles."""

    __slots__ = ()

    def __init__(self, name: str, *arguments: object, index: int | None = None, unit: str | None = None) -> None:
        """Describe a series: ``(name[, index][, unit])``.

        Raises:
            TypeError: Further positional arguments fit none of LEAN's ways.
        """
        first_index, first_unit = _series_arguments(arguments)
        super().__init__(
            name, SeriesType.CANDLE, first_index if index is None else index, first_unit if unit is None else unit
        )

    def empty_copy(self) -> "CandlestickSeries":
        """Return a series of the same look without points."""
        return CandlestickSeries(self.name, index=self.index, unit=self.unit)


def color_text(color: object) -> str:
    """Return ``#RRGGBB`` of a color (its text or its red, green and blue parts), "" for none."""
    if color is None:
        return ""
    if isinstance(color, str):
        return color
    red, green, blue = (int(getattr(color, part)) for part in "rgb")
    return f"#{red:02X}{green:02X}{blue:02X}"


def _marker_text(symbol: ScatterMarkerSymbol) -> str:
    return symbol.name.lower().replace("_", "-")


def _drawing_order(series: BaseSeries) -> tuple[int, int, Decimal]:
    """LEAN writes the series of a chart by index, count of points and sum of their values."""
    total = sum((values[-1] for values in series.points if values[-1] is not None), ZERO)
    return series.index, len(series.times), total


class Chart(Surface):
    """Series under a name."""

    __slots__ = ("legend_disabled", "name", "series")

    def __init__(self, name: str) -> None:
        self.name = name
        self.series: dict[str, BaseSeries] = {}
        self.legend_disabled = False

    def add_series(self, series: BaseSeries) -> None:
        """Add a series.

        Raises:
            ValueError: The chart has one of that name.
        """
        if series.name in self.series:
            raise ValueError("Chart series name already exists")
        self.series[series.name] = series

    def get_or_add(self, pattern: BaseSeries) -> BaseSeries:
        """Return the series of the pattern's name; there is none yet: an empty one that looks like it."""
        series = self.series.get(pattern.name)
        if series is None:
            series = self.series[pattern.name] = pattern.empty_copy()
        return series

    def to_json(self) -> dict[str, JsonValue]:
        """Return the chart as LEAN writes it."""
        result: dict[str, JsonValue] = {
            "name": self.name,
            "chartType": 0,
            "series": {series.name: series.to_json() for series in sorted(self.series.values(), key=_drawing_order)},
        }
        if self.legend_disabled:
            result["legendDisabled"] = True
        return result


class UserCharts:
    """The charts that a strategy plots to, until the result handler takes the points over."""

    RESERVED: ClassVar[frozenset[str]] = frozenset(
        {"Assets Sales Volume", "Exposure", "Portfolio Margin", "Capacity", "Drawdown", BENCHMARK, "Portfolio Turnover"}
    )
    MAXIMUM_SERIES = 30

    def __init__(self) -> None:
        self._charts: dict[str, Chart] = {}
        self.exceeded_series_limit = False

    @property
    def charts(self) -> Mapping[str, Chart]:
        """Charts by name."""
        return self._charts

    def add_chart(self, chart: Chart) -> None:
        """Add a chart that the strategy has described; one that is there stays."""
        self._charts.setdefault(chart.name, chart)

    def add_series(self, chart: str, series: str, series_type: SeriesType, unit: str = "$") -> None:
        """Add a series to a chart, which comes into being if need be; one that is there stays."""
        pattern = CandlestickSeries(series, unit=unit)
        single = Series(series, series_type, unit=unit)
        owner = self._charts.setdefault(chart, Chart(chart))
        owner.series.setdefault(series, pattern if series_type is SeriesType.CANDLE else single)

    def plot(self, chart: str, series: str, utc: int, values: Sequence[Decimal]) -> None:
        """Add a point; chart and (line) series come into being with their first point.

        Args:
            chart: Chart name.
            series: Series name.
            utc: Time of the algorithm, microseconds.
            values: One value, or open, high, low and close for a candle.

        Raises:
            ValueError: The name is one of the engine's own.
        """
        if chart in self.RESERVED or (chart == STRATEGY_EQUITY and series in {EQUITY, RETURN}):
            raise ValueError(f"Algorithm.Plot(): '{chart}' is a reserved chart name.")
        owner = self._charts.setdefault(chart, Chart(chart))
        known = owner.series.get(series)
        if known is None:
            if sum(len(each.series) for each in self._charts.values()) > self.MAXIMUM_SERIES:
                self.exceeded_series_limit = True
                return
            known = CandlestickSeries(series) if len(values) == 4 else Series(series)
            owner.series[series] = known
        known.append(utc, tuple(values))

    def move_to(self, charts: dict[str, Chart]) -> None:
        """Move all points into the charts of the result."""
        for name, chart in self._charts.items():
            filled = [series for series in chart.series.values() if series.times]
            if not filled:
                continue
            target = charts.setdefault(name, Chart(name))
            for series in filled:
                target.get_or_add(series).extend(series)
                series.clear()


class EquityCandle:
    """The equity bar between two samples, of values rounded to four decimals.

    Rounding keeps the order of numbers, so only the four that remain are rounded.
    """

    __slots__ = ("close", "high", "low", "open")

    def __init__(self) -> None:
        self.open = self.high = self.low = self.close = ZERO

    def update(self, value: Decimal) -> None:
        """Take in a portfolio value; the first one opens the candle."""
        if not self.open:
            self.open = self.high = self.low = net_round(value, _EQUITY_PLACES)
        elif value > self.high:
            self.high = value
        elif value < self.low:
            self.low = value
        self.close = value

    def values(self) -> Values:
        """Return open, high, low and close."""
        return tuple(net_round(each, _EQUITY_PLACES) for each in (self.open, self.high, self.low, self.close))
