"""``self.schedule``: registers events."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from minilean.scheduling.real_time_handler import RealTimeHandler
from minilean.scheduling.rules import DateRule, TimeRule
from minilean.scheduling.scheduled_event import ScheduledEvent
from minilean.spellings import refusing
from minilean.surface import Surface, arranged, no_method_matches
from minilean.time_keeper import TimeKeeper
from minilean.times import DAY, parse_date

_END_OF_TIME = parse_date("20501231")


@refusing(frozenset({"event", "training", "training_now"}), "schedule.")
class ScheduleManager(Surface):
    """Makes scheduled events of rules and callbacks."""

    def __init__(
        self,
        handler: RealTimeHandler,
        clock: TimeKeeper,
        trace: Callable[[str], None],
        guard: Callable[[str, Callable[[], object], int], None],
    ) -> None:
        """Take the handler, the clock, the engine's log, and what runs a callback and reports its errors."""
        self._handler = handler
        self._clock = clock
        self._trace = trace
        self._guard = guard

    def on(self, *arguments: Any, **named: Any) -> ScheduledEvent:  # noqa: ANN401 - LEAN's overloads
        """Call back at the times of a date rule and a time rule; a name may come first.

        Raises:
            TypeError: The arguments fit no overload.
        """
        first = ("name",) if "name" in named or (arguments and isinstance(arguments[0], str)) else ()
        parts = arranged("On", arguments, named, *first, "date_rule", "time_rule", "callback")
        name = parts.pop(0) if parts and isinstance(parts[0], str) else None
        if len(parts) != 3 or not isinstance(parts[0], DateRule) or not isinstance(parts[1], TimeRule):
            raise no_method_matches("On", *arguments)
        dates, moments, callback = parts
        return self.register(name or f"{dates.name}: {moments.name}", dates, moments, callback)

    def register(self, name: str, dates: DateRule, moments: TimeRule, callback: Any) -> ScheduledEvent:  # noqa: ANN401 - any callable
        """Add an event and log it."""
        call = _adapted(name, callback)
        event = ScheduledEvent(
            name, moments.instants(self._days(dates)), lambda utc: self._guard(name, lambda: call(utc), utc)
        )
        self._handler.add(event)
        self._trace(f'Event Name "{name}", scheduled to run.')
        return event

    def _days(self, dates: DateRule) -> Iterator[int]:
        """Begin a day early, so that no event is missed for the difference of zones; the handler skips the past."""
        yield from dates.days(self._clock.utc - self._clock.utc % DAY - DAY, _END_OF_TIME)

    def remove(self, scheduled_event: ScheduledEvent) -> None:
        """Drop an event."""
        self._handler.remove(scheduled_event)


def _adapted(name: str, callback: Any) -> Callable[[int], object]:  # noqa: ANN401 - any callable
    """Fit callbacks that take nothing, and those that take name and time."""
    from minilean.times import to_datetime  # noqa: PLC0415 - used by the rare form only

    try:
        count = sum(
            1
            for p in inspect.signature(callback).parameters.values()
            if p.default is p.empty and p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}
        )
    except (TypeError, ValueError):
        count = 0
    if count == 2:
        return lambda utc: callback(name, to_datetime(utc))
    return lambda _utc: callback()
