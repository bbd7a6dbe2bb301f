"""Consolidators by time span, bar count or calendar."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Self

from minilean import times
from minilean.consolidators.base import DataConsolidator
from minilean.consolidators.calendar import CalendarFunction, CalendarInfo, calendar_of
from minilean.data.bars import Bar, BaseData, QuoteBar, TradeBar, quote_bar, trade_bar
from minilean.data.subscription_data_config import INCREMENTS
from minilean.dotnet_errors import ArgumentException
from minilean.enums import Resolution
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.symbol import Symbol
from minilean.statistics import time_span
from minilean.surface import no_method_matches
from minilean.times import DAY, HOUR

_ZERO = Decimal(0)
_LONG_AGO = -(1 << 62)
_YEAR_ONE = times.YEAR_ONE


class PeriodConsolidator(DataConsolidator):
    """Gathers bars until a time span, a number of bars or a stretch of a calendar is over."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:  # noqa: ANN401 - LEAN's overloads
        """Take a number of bars, a time span, both, a time span with the time of its start, or a calendar function.

        Raises:
            TypeError: The arguments fit no overload.
            ValueError: The calendar function does not fit.
        """
        super().__init__()
        self._period: int | None = None
        self._calendar: CalendarFunction | None = None
        self._max_count: int | None = None
        self._start_time: int | None = None
        self._configure(list(arguments), keywords)
        self._count = 0
        self._last_emit: int | None = None
        self._working: BaseData | None = None
        self._symbol: Symbol | None = None

    def _configure(self, parts: list[Any], keywords: dict[str, Any]) -> None:
        names = ("max_count", "period", "start_time")
        counts = bool(parts) and isinstance(parts[0], int) and not isinstance(parts[0], (bool, Resolution))
        given = {**dict(zip(names[0 if counts else 1 :], parts, strict=False)), **keywords}
        count, period, start = (given.pop(name, None) for name in names)
        count = given.pop("maxCount", count)
        if given or len(parts) > 2 or (count is None and period is None):
            raise no_method_matches(type(self).__name__, *parts, *keywords)
        self._max_count = count
        if isinstance(period, timedelta):
            self._period = times.from_timedelta(period)
        elif callable(period) and not isinstance(period, type):
            self._calendar = calendar_of(period)
        elif period is not None:
            raise no_method_matches(type(self).__name__, *parts)
        if start is not None:
            self._start_time = times.from_timedelta(start)

    @classmethod
    def from_resolution(cls, resolution: Resolution) -> Self:
        """Make a consolidator of a resolution's bars."""
        return cls(timedelta(microseconds=INCREMENTS[resolution]))

    @property
    def period(self) -> timedelta | None:
        """Length of the bars."""
        return None if self._period is None else timedelta(microseconds=self._period)

    @property
    def working_data(self) -> BaseData | None:
        """The unfinished bar."""
        return self._working

    @property
    def working_bar(self) -> BaseData | None:
        """The unfinished bar."""
        return self._working

    def _rounded(self, local: int) -> int:
        """Return the start of the bar that a time belongs to."""
        if self._calendar is not None:
            calendar = self._calendar(local)
            if self._working is None:
                self._period = calendar.period
            return int(calendar.start)
        if self._period is None or self._max_count is not None:
            return local
        if self._start_time is not None:
            first = self._first_start(local)
            return first + (local - first) // self._period * self._period
        if self._period > DAY:
            return local
        return local - (local - _YEAR_ONE) % self._period

    def _first_start(self, local: int) -> int:
        """Return when the bars of a day begin, those of a week or more on the first day of the month."""
        day = local - local % DAY
        if self._period is not None and self._period >= 7 * DAY:
            day = times.from_date(times.to_date(local).replace(day=1))
        return day + (self._start_time or 0)

    def _bar_start(self, data: BaseData) -> int:
        start = self._rounded(data.time_local)
        if self._period is not None and start + self._period < data.end_local:
            if data.period_us == HOUR and start // DAY < data.time_local // DAY:
                return self._rounded(data.end_local)
            return data.time_local
        return start

    def update(self, data: Any) -> None:  # noqa: ANN401 - a bar
        """Take a bar; finished ones are announced before it is added, or after it when counting.

        Raises:
            ValueError: The bar is longer than the consolidator's, or of another symbol.
        """
        self._check(data)
        counting = self._max_count is not None
        fires = self._counts_up()
        if self._last_emit is None:
            self._last_emit = data.time_local if counting else _LONG_AGO
        if self._period is not None and self._working is not None:
            over = data.time_local - self._working.time_local >= self._period
            fires = fires or (over and self._bar_start(data) > self._last_emit)
        if counting and data.time_local >= self._last_emit:
            self._aggregate(data)
            if self._working is not None:
                self._working.end_local = data.end_local
        if fires and self._working is not None:
            self._finish(data, counting=counting)
        if not counting and data.time_local >= self._last_emit:
            self._aggregate(data)

    def _counts_up(self) -> bool:
        """Count an input; True when the number of bars is reached."""
        if self._max_count is None:
            return False
        self._count = (self._count + 1) % self._max_count
        return self._count == 0

    def _check(self, data: BaseData) -> None:
        if self._symbol is None:
            self._symbol = data.symbol
            if self._calendar is None and self._period is not None and data.period_us > self._period:
                span, own = (
                    time_span.text(data.period_us * time_span.TICKS_PER_MICROSECOND),
                    time_span.text(self._period * time_span.TICKS_PER_MICROSECOND),
                )
                raise ArgumentException(
                    f"For Symbol {data.symbol} can not consolidate bars of period: {own}, "
                    f"using data of the same or higher period: {span}"
                )
        elif data.symbol != self._symbol:
            raise ValueError(
                "Consolidators can only be used with a single symbol. The previous consolidated SecurityIdentifier "
                f"({self._symbol.sid}) is not the same as in the current data ({data.symbol.sid})."
            )

    def _finish(self, data: BaseData, *, counting: bool) -> None:
        working = self._working
        if working is None:
            return
        if self._period is not None and isinstance(working, TradeBar):
            working.end_local = working.time_local + self._period
        self._last_emit = data.time_local if counting else working.end_local
        self._emit_working(working)

    def _emit_working(self, working: BaseData) -> None:
        self.emit(working)
        self._working = None

    def scan(self, local_now: int) -> None:
        """Finish the bar whose time is over."""
        working = self._working
        if working is None or self._period is None or self._last_emit is None:
            return
        if local_now - working.time_local >= self._period and self._rounded(local_now) > self._last_emit:
            self._last_emit = working.end_local
            self._emit_working(working)

    def _aggregate(self, data: BaseData) -> None:
        raise NotImplementedError

    def _new_span(self, data: BaseData) -> tuple[int, int, int]:
        start = self._bar_start(data)
        period = self._period if self._period is not None else data.period_us
        return start, start + period, data.end_utc

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        self._count = 0
        self._last_emit = None
        self._working = None
        self._symbol = None


class TradeBarConsolidator(PeriodConsolidator):
    """Makes trade bars of trade bars."""

    input_type = output_type = TradeBar

    def _aggregate(self, data: BaseData) -> None:
        if not isinstance(data, (TradeBar, QuoteBar)):
            raise TypeError(f"{type(data).__name__} cannot be consolidated to trade bars")
        working = self._working
        volume = data.volume_ if isinstance(data, TradeBar) else Decimal(0)
        if not isinstance(working, TradeBar):
            prices = (data.open_, data.high_, data.low_, data.close_)
            self._working = trade_bar(data.symbol, self._new_span(data), prices, volume)
            return
        working.close_ = data.close_
        working.volume_ += volume
        if self._period is None:
            working.end_local = data.end_local
        working.low_ = min(working.low_, data.low_)
        working.high_ = max(working.high_, data.high_)


class QuoteBarConsolidator(PeriodConsolidator):
    """Makes quote bars of quote bars."""

    input_type = output_type = QuoteBar

    def _aggregate(self, data: BaseData) -> None:
        if not isinstance(data, QuoteBar):
            raise TypeError(f"{type(data).__name__} cannot be consolidated to quote bars")
        working = self._working
        if not isinstance(working, QuoteBar):
            self._working = working = self._begun(data)
        if data.bid is not None:
            working.bid = _merge(working.bid, data.bid)
            working.last_bid_size_ = data.last_bid_size_
        if data.ask is not None:
            working.ask = _merge(working.ask, data.ask)
            working.last_ask_size_ = data.last_ask_size_

    def _begun(self, data: QuoteBar) -> QuoteBar:
        """Begin a bar; each side opens where the bar before closed."""
        bid = ask = None
        sizes = (_ZERO, _ZERO)
        before = self.consolidated
        if isinstance(before, QuoteBar):
            bid, ask = _level(before.bid), _level(before.ask)
            sizes = (before.last_bid_size_, before.last_ask_size_)
        return quote_bar(data.symbol, self._new_span(data), bid, ask, sizes)


def _level(bar: Bar | None) -> Bar | None:
    """Return a side that stands where another one closed."""
    if bar is None or not bar.close_:
        return None
    return Bar(bar.close_, bar.close_, bar.close_, bar.close_)


def _merge(working: Bar | None, new: Bar) -> Bar:
    if working is None:
        return Bar(new.open_, new.high_, new.low_, new.close_)
    return Bar(working.open_, max(working.high_, new.high_), min(working.low_, new.low_), new.close_)


class MarketHourAwareConsolidator(DataConsolidator):
    """Daily bars of regular trading only, which end at the close."""

    def __init__(
        self,
        inner: type[PeriodConsolidator],
        hours: SecurityExchangeHours,
        period: int,
        *,
        strict: bool,
        extended: bool,
    ) -> None:
        super().__init__()
        self._hours = hours
        self._period = period
        self._strict = strict
        self._extended = extended
        self._inner = inner(timedelta(microseconds=period))
        self.input_type, self.output_type = inner.input_type, inner.output_type
        if period == DAY:
            self._inner._calendar = self._daily  # noqa: SLF001 - the same module
        self._inner.data_consolidated += lambda _sender, bar: self.emit(bar)

    def _daily(self, local: int) -> CalendarInfo:
        if not self._strict or self._hours.is_always_open:
            return CalendarInfo(local - local % DAY, DAY)
        calendar = self._hours.daily_calendar(local)
        return CalendarInfo(calendar.start, calendar.end - calendar.start)

    @property
    def working_data(self) -> BaseData | None:
        """The unfinished bar."""
        return self._inner.working_data

    def update(self, data: Any) -> None:  # noqa: ANN401 - a bar
        """Take a bar of regular trading; others are dropped."""
        hours = self._hours
        long = self._period == DAY and data.period_us >= HOUR
        if (
            self._extended
            or hours.is_open(data.time_local, extended=False)
            or (long and hours.is_open_during(data.time_local, data.end_local, extended=False))
        ):
            self._inner.update(data)

    def scan(self, local_now: int) -> None:
        """Finish the bar whose time is over."""
        self._inner.scan(local_now)

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        self._inner.reset()
