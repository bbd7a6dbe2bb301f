"""Calls ``on_end_of_day`` for each security ten minutes before the close."""

from collections.abc import Callable, Iterator
from typing import Any

from minilean.algorithm.context import AlgorithmContext
from minilean.data.time_slice import SecurityChanges
from minilean.scheduling.scheduled_event import ScheduledEvent
from minilean.securities.security import Security
from minilean.times import MINUTE

_BEFORE_CLOSE = 10 * MINUTE


class EndOfDayEvents:
    """One scheduled event per security, made only for strategies that define the method."""

    def __init__(
        self,
        context: AlgorithmContext,
        method: Any,  # noqa: ANN401 - the strategy's own
        guard: Callable[[str, Callable[[], object], int], None],
    ) -> None:
        self._context = context
        self._method = method
        self._guard = guard
        self._events: dict[str, ScheduledEvent] = {}

    def securities_changed(self, changes: SecurityChanges) -> None:
        """Follow securities that come and go."""
        if self._method is None:
            return
        for security in changes.added_securities:
            self._add(security)
        for security in changes.removed_securities:
            event = self._events.pop(security.symbol.sid, None)
            if event is not None:
                self._context.real_time.remove(event)

    def _add(self, security: Security) -> None:
        name = f"{security.symbol}.EndOfDay"
        method, symbol = self._method, security.symbol
        event = ScheduledEvent(
            name, self._instants(security), lambda utc: self._guard(name, lambda: method(symbol), utc)
        )
        self._events[symbol.sid] = event
        self._context.real_time.add(event)

    def _instants(self, security: Security) -> Iterator[int]:
        hours = security.exchange.market_hours
        now = self._context.clock.utc
        start = hours.time_zone.to_local(now)
        end = self._context.state.end_local
        for day in hours.tradable_days(start, end):
            close = hours.last_daily_market_close(day, extended=security.extended_market_hours)
            instant = hours.time_zone.to_utc(close - _BEFORE_CLOSE)
            if instant > now:
                yield instant
