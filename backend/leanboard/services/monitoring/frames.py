"""The guest's frames: one JSON object a line, written inside LEAN at most ten times a second."""

import json
import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leanboard.models.results import EquityPoint
from leanboard.services.monitoring.progress import Frame

_MAX_INTEGER = 10**15


class FrameReader:
    """Turns lines of frames.ndjson into frames and points of the equity curve.

    A frame's clock is the algorithm's, without zone. LEAN's algorithms live in New York unless they call
    ``set_time_zone``, and its log does not name the zone; so New York is taken, unless a frame says
    otherwise in an optional ``"zone"`` (an IANA name).
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._last: datetime | None = None

    def read(self, line: str) -> Frame | None:
        """Parse a line; None for one that is no frame (a torn one, or something a strategy wrote there)."""
        try:
            raw = json.loads(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(raw, dict):
            return None
        time, equity = _clock(raw.get("t")), _number(raw.get("equity"))
        if time is None or equity is None:
            return None
        self._take_zone(raw.get("zone"))
        return Frame(
            time=time,
            equity=equity,
            cash=_number(raw.get("cash")),
            holdings=_number(raw.get("holdings")),
            unrealised=_number(raw.get("unrealised")),
            orders=_count(raw.get("orders")),
            warming_up=raw.get("warming_up") is True,
            written_at=_moment(raw.get("w")),
        )

    def point(self, frame: Frame) -> EquityPoint | None:
        """Return the frame's point of the curve; None during warm-up and for a time that was there before."""
        if frame.warming_up or (self._last is not None and frame.time <= self._last):
            return None
        try:
            time = frame.time.replace(tzinfo=self._zone).astimezone(UTC)
        except OverflowError:
            return None
        self._last = frame.time
        return EquityPoint(time=time, value=frame.equity)

    def _take_zone(self, name: object) -> None:
        if not isinstance(name, str) or name == self._zone.key or len(name) > 64:
            return
        try:
            self._zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return


def _clock(raw: object) -> datetime | None:
    if not isinstance(raw, str) or len(raw) > 40:
        return None
    try:
        return datetime.fromisoformat(raw).replace(tzinfo=None, microsecond=0)
    except ValueError:
        return None


def _moment(raw: object) -> datetime | None:
    seconds = _number(raw)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _number(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    try:
        value = float(raw)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def _count(raw: object) -> int | None:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw < _MAX_INTEGER:
        return None
    return raw
