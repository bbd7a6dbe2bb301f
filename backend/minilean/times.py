"""Clock arithmetic of the engine: integers of microseconds, and the zones that turn them into dates.

Instants are microseconds since 1970-01-01 UTC. A *local* time is the same count for the wall clock of a zone, without
a zone attached, as LEAN's ``DateTime`` values are. Only the boundary to the strategy makes ``datetime`` objects.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
YEAR_ONE = -62135596800 * SECOND
""".NET's first moment, which stands for times that were never set."""
_BUCKET = 15 * MINUTE
_SPAN = 4 * DAY
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the origin of local times
_EPOCH_ORDINAL = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)


def from_datetime(moment: datetime) -> int:
    """Count the microseconds from the epoch to a naive datetime (no zone is applied)."""
    return (moment - _EPOCH) // _MICROSECOND


def to_datetime(count: int) -> datetime:
    """Make the naive datetime of a count of microseconds."""
    return _EPOCH + timedelta(microseconds=count)


def to_utc_datetime(count: int) -> datetime:
    """Make the datetime, aware of UTC, of a count of microseconds."""
    return to_datetime(count).replace(tzinfo=UTC)


def from_date(day: date) -> int:
    """Return midnight of a date."""
    return (day.toordinal() - _EPOCH_ORDINAL) * DAY


def to_date(count: int) -> date:
    """Return the date that a time lies in."""
    return date.fromordinal(count // DAY + _EPOCH_ORDINAL)


def midnight(count: int) -> int:
    """Return the midnight that starts the day of a time."""
    return count - count % DAY


def weekday(count: int) -> int:
    """Return the day of the week, Monday 0 to Sunday 6."""
    return (count // DAY + 3) % 7


def from_timedelta(span: timedelta) -> int:
    """Count the microseconds of a time span."""
    return span // _MICROSECOND


def parse_date(text: str) -> int:
    """Read ``yyyyMMdd`` as midnight of that date."""
    return from_date(date(int(text[:4]), int(text[4:6]), int(text[6:8])))


def iso_text(count: int) -> str:
    """Write ``yyyy-MM-dd HH:mm:ss``, the form of LEAN's messages to the user."""
    return to_datetime(count).strftime("%Y-%m-%d %H:%M:%S")


def invariant_text(count: int) -> str:
    """Write ``MM/dd/yyyy HH:mm:ss``, .NET's invariant form of a DateTime."""
    return to_datetime(count).strftime("%m/%d/%Y %H:%M:%S")


def _zone_info(name: str) -> tzinfo:
    """Return a zone of the tz database, or of a fixed offset as LEAN names it: ``UTC-05``."""
    if name in {"UTC", "Etc/UTC"}:
        return UTC
    if name[:3] == "UTC" and name[3:4] in {"+", "-"}:
        hours, _, minutes = name[4:].partition(":")
        span = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-span if name[3] == "-" else span)
    return ZoneInfo(name)


class TimeZone:
    """A zone of the tz database.

    Offsets are remembered for spans of days without a change, and per quarter of an hour in those with one.
    """

    __slots__ = ("_from_local", "_from_utc", "_local_spans", "_utc_spans", "name", "tzinfo")

    def __init__(self, name: str) -> None:
        self.name = name
        self.tzinfo: tzinfo = _zone_info(name)
        self._from_utc: dict[int, int] = {}
        self._from_local: dict[int, int] = {}
        self._utc_spans: dict[int, int | None] = {}
        self._local_spans: dict[int, int | None] = {}

    def to_local(self, instant: int) -> int:
        """Return the wall clock of this zone at an instant."""
        offset = self._utc_spans.get(instant // _SPAN)
        if offset is None:
            offset = _remembered(instant, self._utc_spans, self._from_utc, self._utc_offset)
        return instant + offset

    def to_utc(self, local: int) -> int:
        """Return the instant of a wall clock time; a skipped hour moves forward, a doubled one is its first."""
        offset = self._local_spans.get(local // _SPAN)
        if offset is None:
            offset = _remembered(local, self._local_spans, self._from_local, self._local_offset)
        return local - offset

    def _local_offset(self, local: int) -> int:
        moment = to_datetime(local).replace(tzinfo=self.tzinfo)
        return (moment.utcoffset() or timedelta()) // _MICROSECOND

    def _utc_offset(self, instant: int) -> int:
        moment = (_EPOCH + timedelta(microseconds=instant)).replace(tzinfo=UTC).astimezone(self.tzinfo)
        return (moment.utcoffset() or timedelta()) // _MICROSECOND


def _remembered(
    time: int, spans: dict[int, int | None], buckets: dict[int, int], offset_at: Callable[[int], int]
) -> int:
    """Return the offset at a time, and note it for its span when it is the same at both ends of that."""
    span, bucket = time // _SPAN, time // _BUCKET
    if span not in spans:
        first, last = offset_at(span * _SPAN), offset_at((span + 1) * _SPAN)
        spans[span] = first if first == last else None
        if first == last:
            return first
    offset = buckets.get(bucket)
    if offset is None:
        offset = buckets[bucket] = offset_at(bucket * _BUCKET)
    return offset


class TimeZones:
    """The zones of one run, one object each, so that comparing them is comparing objects."""

    def __init__(self) -> None:
        self._zones: dict[str, TimeZone] = {}

    def get(self, name: str) -> TimeZone:
        """Return the zone of a tz database name.

        Raises:
            zoneinfo.ZoneInfoNotFoundError: There is no such zone.
        """
        zone = self._zones.get(name)
        if zone is None:
            zone = self._zones[name] = TimeZone(name)
        return zone


def now_utc() -> int:
    """Return the real time."""
    return time.time_ns() // 1000
