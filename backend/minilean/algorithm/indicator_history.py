"""Indicators on data of the past: ``warm_up_indicator`` and ``indicator_history``."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from minilean import times
from minilean.algorithm.consolidation import updater
from minilean.algorithm.history import Enumerable, HistoryPart
from minilean.consolidators.period import QuoteBarConsolidator
from minilean.data.history_provider import HistorySlice, bars_of
from minilean.data.slice import Slice
from minilean.data.subscription_data_config import INCREMENTS
from minilean.enums import Resolution, TickType
from minilean.indicators.base import IndicatorBase, IndicatorDataPoint
from minilean.indicators.field import Field
from minilean.securities.symbol import Symbol
from minilean.surface import NotSupportedError, OpenSurface, Surface, no_method_matches, snake_case

_FINEST_FIRST = (Resolution.DAILY, Resolution.HOUR, Resolution.MINUTE)


Indicator: TypeAlias = Any
"""An indicator, LEAN's or the strategy's."""


class IndicatorDataPoints(OpenSurface):
    """The values of an indicator and those inside it at one moment."""

    def __init__(self, values: dict[str, IndicatorDataPoint]) -> None:
        self._values = values
        self.current = values["current"]
        self.end_time = self.time = self.current.end_time
        self.value = self.current.value

    def __getitem__(self, name: str) -> IndicatorDataPoint | None:
        return self._values.get(_key(name))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - LEAN's names of the values
        found = self.__dict__.get("_values", {}).get(_key(name))
        return super().__getattr__(name) if found is None else found


class IndicatorHistory(Surface):
    """The values of an indicator over the past, oldest first.

    Attributes:
        current: The indicator's own values.
        count: Number of moments.
    """

    def __init__(self, moments: list[dict[str, IndicatorDataPoint]]) -> None:
        self._moments = moments
        self.count = len(moments)
        self.current = self["current"] or []

    def __getitem__(self, name: str) -> list[IndicatorDataPoint] | None:
        key = _key(name)
        if self._moments and key not in self._moments[0]:
            return None
        return [values[key] for values in self._moments]

    def __iter__(self) -> Iterator[IndicatorDataPoints]:
        return (IndicatorDataPoints(values) for values in self._moments)

    @property
    def data_frame(self) -> Any:  # noqa: ANN401 - LEAN's frame shows all .NET properties of the indicator
        """Not in this engine."""
        raise NotSupportedError("indicator_history(...).data_frame")


def _key(name: str) -> str:
    return snake_case(name).lower()


class _Recorder:
    """Notes the values of an indicator, and of the indicators inside it, at each moment from when it is ready."""

    def __init__(self, indicator: IndicatorBase) -> None:
        self._indicator = indicator
        self._last: int | None = None
        self.moments: list[dict[str, IndicatorDataPoint]] = []

    def note(self, _sender: object, point: IndicatorDataPoint) -> None:
        """Take the indicator's event; a second value of the same moment is not noted."""
        indicator = self._indicator
        if point.end_local == self._last or not indicator.is_ready:
            return
        self._last = point.end_local
        inner = {
            name: each.current
            for name, each in vars(indicator).items()
            if isinstance(each, IndicatorBase) and not name.startswith("_")
        }
        self.moments.append({**inner, "current": indicator.current})


class IndicatorHistoryPart(HistoryPart):
    """Brings indicators up to date from history."""

    def warm_up_indicator(
        self,
        symbol: Any,  # noqa: ANN401 - a symbol or ticker, or several
        indicator: Indicator,
        resolution: Any = None,  # noqa: ANN401 - a resolution or a timedelta
        selector: Any = None,  # noqa: ANN401 - a function of the bar
        period: timedelta | None = None,
    ) -> None:
        """Feed an indicator with as many bars before now as it needs; those of a timedelta are consolidated.

        Raises:
            TypeError: The arguments fit no overload.
        """
        length = resolution if period is None else period
        symbols = self.history.symbols_of(symbol)
        needed = int(getattr(indicator, "warm_up_period", 0) or 0)
        if isinstance(length, timedelta):
            if needed:
                self._warm_up_by(symbols, indicator, length, needed, selector)
        elif length is None or isinstance(length, Resolution):
            indicator.reset()
            self._push(indicator, self.history.before(symbols, needed, length), selector)
        else:
            raise no_method_matches("WarmUpIndicator", symbol, indicator, resolution)

    def _warm_up_by(
        self,
        symbols: list[Symbol],
        indicator: Indicator,
        span: timedelta,
        needed: int,
        selector: Any,  # noqa: ANN401
    ) -> None:
        """Feed an indicator with bars of a time span, made of the longest bars that fit into it."""
        length = times.from_timedelta(span)
        resolution = next((each for each in _FINEST_FIRST if length >= INCREMENTS[each]), None)
        if resolution is None:
            raise NotSupportedError(f"warm_up_indicator(period={span})")
        slices = self.history.before(symbols, needed * (length // INCREMENTS[resolution]), resolution)
        take = updater(indicator, selector)
        consolidators = {}
        for symbol in symbols:
            consolidators[symbol] = consolidator = self.make_consolidator(symbol, span, None)
            consolidator.data_consolidated += take
        quoted = {
            symbol: isinstance(consolidator, QuoteBarConsolidator)
            or self.subscription_of(symbol).tick_type is TickType.QUOTE
            for symbol, consolidator in consolidators.items()
        }
        for found in slices:
            for symbol, consolidator in consolidators.items():
                bar = dict.get(found.quote_bars if quoted[symbol] else found.bars, symbol)
                if bar is not None:
                    consolidator.update(bar)
        for symbol, consolidator in consolidators.items():
            if consolidator.working_data is not None:
                zone = self.subscription_of(symbol).hours.time_zone
                consolidator.scan(self._context.clock.local(zone))

    def _push(self, indicator: Indicator, slices: Iterable[Slice], selector: Any) -> None:  # noqa: ANN401
        take = updater(indicator, selector)
        only_trades = selector is Field.volume or getattr(indicator, "takes_trade_bars", False)
        for found in slices:
            for bar in list(dict.values(found.bars)) if only_trades else bars_of(found):
                take(None, bar)

    def indicator_history(self, indicator: Indicator, *arguments: Any, **keywords: Any) -> IndicatorHistory:  # noqa: ANN401
        """Return the values an indicator would have had: over a number of bars, a timedelta, two times, or slices.

        Raises:
            TypeError: The arguments fit no overload.
        """
        parts, named = list(arguments), {snake_case(key): value for key, value in keywords.items()}
        subject = parts.pop(0) if parts else named.pop("symbol", named.pop("symbols", named.pop("history", None)))
        if isinstance(subject, Enumerable) or (isinstance(subject, list) and subject and _are_slices(subject)):
            slices: Iterable[Slice] = subject
        elif subject is None:
            raise no_method_matches("IndicatorHistory", indicator, *arguments)
        else:
            slices = self._slices_for(indicator, self.history.symbols_of(subject), parts, named)
        selector = parts.pop(0) if parts else named.pop("selector", None)
        if parts or named or not isinstance(indicator, IndicatorBase):
            raise no_method_matches("IndicatorHistory", indicator, *arguments)
        indicator.reset()
        recorder = _Recorder(indicator)
        indicator.updated += recorder.note
        self._push(indicator, slices, selector)
        indicator.updated -= recorder.note
        return IndicatorHistory(recorder.moments)

    def _slices_for(
        self,
        indicator: Indicator,
        symbols: list[Symbol],
        parts: list[Any],
        named: dict[str, Any],
    ) -> Iterator[HistorySlice]:
        length = parts.pop(0) if parts else named.pop("period", named.pop("span", named.pop("start", None)))
        end = None
        if isinstance(length, datetime):
            end = parts.pop(0) if parts else named.pop("end", None)
        resolution = parts.pop(0) if parts else named.pop("resolution", None)
        needed = int(getattr(indicator, "warm_up_period", 0) or 0)
        state, now = self._context.state, self._context.clock.utc
        if isinstance(length, int) and not isinstance(length, bool):
            return self.history.before(symbols, length + needed - (needed > 0 and length > 0), resolution)
        if isinstance(length, timedelta):
            start = state.zone.to_utc(self._context.local_now - times.from_timedelta(length))
            return self.history.between(symbols, (start, now), resolution, needed - 1)
        if isinstance(length, datetime) and isinstance(end, datetime):
            span = (state.zone.to_utc(times.from_datetime(length)), state.zone.to_utc(times.from_datetime(end)))
            return self.history.between(symbols, span, resolution, needed - 1)
        raise no_method_matches("IndicatorHistory", indicator, length, end)


def _are_slices(subject: Iterable[Any]) -> bool:
    return all(isinstance(each, Slice) for each in subject)
