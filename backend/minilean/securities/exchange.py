"""The exchange of a security, as strategies ask for it."""

from datetime import datetime, timedelta
from typing import Any

from minilean import times
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.surface import Surface
from minilean.time_keeper import TimeKeeper


class ExchangeHoursView(Surface):
    """Opening hours as strategies ask for them: naive datetimes of the exchange's zone."""

    __slots__ = ("_hours",)

    def __init__(self, hours: SecurityExchangeHours) -> None:
        self._hours = hours

    @property
    def time_zone(self) -> str:
        """Name of the exchange's zone."""
        return self._hours.time_zone.name

    @property
    def is_market_always_open(self) -> bool:
        """Whether the exchange never closes."""
        return self._hours.is_always_open

    @property
    def regular_market_duration(self) -> timedelta:
        """Most frequent length of a trading day."""
        return timedelta(microseconds=self._hours.regular_duration)

    def is_open(self, moment: datetime, *rest: Any) -> bool:  # noqa: ANN401 - LEAN's overloads
        """Tell whether the exchange is open at a time, or in any part of a span; the last argument is the extension."""
        start = times.from_datetime(moment)
        if len(rest) == 2:
            return self._hours.is_open_during(start, times.from_datetime(rest[0]), extended=bool(rest[1]))
        return self._hours.is_open(start, extended=bool(rest[0]) if rest else False)

    def is_date_open(self, moment: datetime, extended: bool = False) -> bool:  # noqa: FBT001, FBT002 - LEAN's
        """Tell whether the exchange trades on a date."""
        return self._hours.is_date_open(times.from_datetime(moment), extended=extended)

    def get_next_market_open(self, moment: datetime, extended: bool = False) -> datetime:  # noqa: FBT001, FBT002
        """Return the next opening."""
        return times.to_datetime(self._hours.next_market_open(times.from_datetime(moment), extended=extended))

    def get_next_market_close(self, moment: datetime, extended: bool = False) -> datetime:  # noqa: FBT001, FBT002
        """Return the next closing."""
        return times.to_datetime(self._hours.next_market_close(times.from_datetime(moment), extended=extended))

    def get_next_trading_day(self, moment: datetime) -> datetime:
        """Return the next date on which the exchange trades."""
        day = times.midnight(times.from_datetime(moment)) + times.DAY
        return times.to_datetime(next(iter(self._hours.tradable_days(day, day + 30 * times.DAY))))


class SecurityExchange(Surface):
    """The exchange of a security at the current time."""

    __slots__ = ("_clock", "hours", "market_hours")

    def __init__(self, hours: SecurityExchangeHours, clock: TimeKeeper) -> None:
        self.market_hours = hours
        self.hours = ExchangeHoursView(hours)
        self._clock = clock

    @property
    def local_now(self) -> int:
        """Wall clock of the exchange."""
        return self.market_hours.time_zone.to_local(self._clock.utc)

    @property
    def exchange_open(self) -> bool:
        """Whether regular trading goes on."""
        return self.market_hours.is_open(self.local_now, extended=False)

    @property
    def local_time(self) -> datetime:
        """Wall clock of the exchange as a naive datetime."""
        return times.to_datetime(self.local_now)

    @property
    def time_zone(self) -> str:
        """Name of the exchange's zone."""
        return self.market_hours.time_zone.name

    def date_is_open(self, moment: datetime) -> bool:
        """Tell whether the exchange trades on a date."""
        return self.market_hours.is_date_open(times.from_datetime(moment))

    def date_time_is_open(self, moment: datetime) -> bool:
        """Tell whether regular trading goes on at a local time."""
        return self.market_hours.is_open(times.from_datetime(moment), extended=False)

    def is_open_during_bar(self, start: datetime, end: datetime, extended: bool) -> bool:  # noqa: FBT001 - LEAN's
        """Tell whether the exchange is open in a part of a span."""
        return self.market_hours.is_open_during(times.from_datetime(start), times.from_datetime(end), extended=extended)
