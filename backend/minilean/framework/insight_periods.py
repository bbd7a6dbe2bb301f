"""How long an insight holds: rules that turn its time of making into its time of closing."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from minilean import times
from minilean.data.subscription_data_config import INCREMENTS
from minilean.enums import Resolution
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.times import DAY, MINUTE, SECOND

if TYPE_CHECKING:
    from minilean.framework.insight import Insight

END_OF_TIME = times.parse_date("20501231")
"""LEAN's end of time, in microseconds."""

INVALID_PERIOD = "Insight period must be greater than or equal to 1 second. (Parameter 'period')"
INVALID_BAR_COUNT = "Insight barCount must be greater than zero. (Parameter 'barCount')"


class PeriodSpecification(Protocol):
    """Sets period and closing time of an insight whose time of making is known."""

    def apply(self, insight: "Insight", hours: SecurityExchangeHours) -> None:
        """Set both; the hours are those of the insight's exchange."""


def bars_end(hours: SecurityExchangeHours, start_utc: int, resolution: Resolution, count: int) -> int:
    """Return the instant at which a number of bars after a start ends; closed stretches do not count.

    Raises:
        ValueError: There are no bars.
    """
    if count < 1:
        raise ValueError(INVALID_BAR_COUNT)
    if resolution is Resolution.HOUR:
        resolution, count = Resolution.MINUTE, count * 60
    size = INCREMENTS[Resolution.SECOND if resolution is Resolution.TICK else resolution]
    current = hours.time_zone.to_local(start_utc)
    if size == DAY:
        while count > 0:
            current += DAY
            count -= hours.is_date_open(current)
    else:
        current = _step(hours, current, size, count)
    return hours.time_zone.to_utc(current)


def _step(hours: SecurityExchangeHours, current: int, size: int, count: int) -> int:
    """Go forward by steps of which a number overlap open hours: by whole stretches, open and closed in turn."""
    while count > 0:
        end = hours.open_span(current, extended=False)[1]
        if end:
            steps = min(count, -((current - end) // size))
            current += steps * size
            count -= steps
            continue
        opens = hours.next_market_open(current, extended=False)
        current += (opens - current) // size * size
        if current < opens:
            current += size
            count -= 1
    return current


def _coarsest(period: int) -> Resolution:
    """Return the coarsest resolution that fits into a period, minutes instead of hours, seconds instead of ticks."""
    if period < MINUTE:
        return Resolution.SECOND
    return Resolution.MINUTE if period < DAY else Resolution.DAILY


def period_end(hours: SecurityExchangeHours, start_utc: int, period: int) -> int:
    """Return the instant at which a period of open market after a start ends.

    Raises:
        ValueError: The period is shorter than a second.
    """
    if period < SECOND:
        raise ValueError(INVALID_PERIOD)
    resolution = _coarsest(period)
    size = INCREMENTS[resolution]
    end = bars_end(hours, start_utc, resolution, period // size)
    if end == start_utc:
        return bars_end(hours, start_utc, Resolution.SECOND, 1)
    rest = period % size
    if resolution is Resolution.DAILY:
        rest = round(hours.regular_duration * (rest / DAY))
    if rest >= MINUTE:
        end = bars_end(hours, end, Resolution.MINUTE, rest // MINUTE)
    return end


def _into_open_hours(hours: SecurityExchangeHours, local: int) -> int:
    """Move a closing time to the next opening when the exchange is closed then."""
    if hours.is_open(local, extended=False):
        return local
    return hours.next_market_open(local, extended=False)


class TimeSpanPeriod:
    """A span of open market."""

    def __init__(self, period: int) -> None:
        self.period = period or SECOND

    def apply(self, insight: "Insight", hours: SecurityExchangeHours) -> None:
        """Set period and closing time."""
        insight.period_us = self.period
        insight.close_utc = period_end(hours, insight.generated_utc, self.period)


class BarCountPeriod:
    """A number of bars."""

    def __init__(self, resolution: Resolution, count: int) -> None:
        self._resolution = resolution
        self._count = count

    def apply(self, insight: "Insight", hours: SecurityExchangeHours) -> None:
        """Set period and closing time."""
        insight.close_utc = bars_end(hours, insight.generated_utc, self._resolution, self._count)
        insight.period_us = insight.close_utc - insight.generated_utc


class CloseTimePeriod:
    """A time of the exchange's clock at which the insight closes."""

    def __init__(self, close_local: int) -> None:
        self._close_local = close_local

    def apply(self, insight: "Insight", hours: SecurityExchangeHours) -> None:
        """Set period and closing time.

        Raises:
            ValueError: The time is over.
        """
        insight.close_utc = hours.time_zone.to_utc(_into_open_hours(hours, self._close_local))
        if insight.generated_utc > insight.close_utc:
            raise ValueError("Insight closeTimeLocal must not be in the past. (Parameter 'closeTimeLocal')")
        insight.period_us = insight.close_utc - insight.generated_utc


class FunctionPeriod:
    """A function from the time of making, by the exchange's clock, to the time of closing."""

    def __init__(self, expiry: Callable[[datetime], datetime]) -> None:
        self._expiry = expiry

    def apply(self, insight: "Insight", hours: SecurityExchangeHours) -> None:
        """Set period and closing time."""
        made = times.to_datetime(hours.time_zone.to_local(insight.generated_utc))
        close = times.from_datetime(self._expiry(made).replace(tzinfo=None))
        insight.close_utc = hours.time_zone.to_utc(_into_open_hours(hours, close))
        insight.period_us = insight.close_utc - insight.generated_utc


class EndlessPeriod:
    """Until the end of time."""

    def apply(self, insight: "Insight", hours: SecurityExchangeHours) -> None:  # noqa: ARG002 - needs no hours
        """Set period and closing time."""
        insight.period_us = END_OF_TIME
        insight.close_utc = END_OF_TIME
