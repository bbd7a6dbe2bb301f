"""Looking things up in JSON that LEAN wrote in one of its many versions; nothing here raises."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

MAX_TEXT = 1_000_000  # characters of one text that are kept
LAST_SECOND = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
_TIME_SPAN = re.compile(r"(-?)(?:(\d{1,8})\.)?(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d{1,7})?)")
_MAX_DIGITS = 64
_MAX_EXPONENT = 400  # written out, 1e-999999999 would fill the memory


def lookup(mapping: Mapping[str, object], key: str) -> object:
    """Return ``mapping[key]`` with the first letter in either case (files before May 2024 use PascalCase)."""
    value = mapping.get(key)
    if value is None and key:
        value = mapping.get(key[0].swapcase() + key[1:])
    return value


def section(mapping: Mapping[str, object], key: str) -> dict[str, object]:
    """Return an object inside an object; empty when it is absent or something else."""
    value = lookup(mapping, key)
    return value if isinstance(value, dict) else {}


def text(mapping: Mapping[str, object], key: str) -> str:
    """Return a text; "" when it is absent or no text. Halves of surrogate pairs are replaced."""
    value = lookup(mapping, key)
    return clean(value) if isinstance(value, str) else ""


def texts(mapping: Mapping[str, object]) -> dict[str, str]:
    """Return the entries whose values are texts or numbers, as texts, in their order."""
    return {
        clean(key): clean(value if isinstance(value, str) else str(value))
        for key, value in mapping.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def clean(value: str) -> str:
    """Return a text that can be encoded, of bounded length."""
    return value[:MAX_TEXT].encode("utf-8", "replace").decode()


def moment(value: str) -> datetime | None:
    """Parse LEAN's ``2026-11-21T00:28:26Z``; None when it is something else."""
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    try:
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except OverflowError:
        return None


def day(value: str) -> date | None:
    """Parse the date of ``2013-10-07T00:00:00Z``, whose Z is a formatting artefact of LEAN's."""
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def integer(value: str | None) -> int | None:
    """Parse a count, with or without thousands separators; None when it is something else."""
    digits = (value or "").replace(",", "").strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        return None
    return int(digits)


def number(raw: object) -> float | None:
    """Return a finite number, which some versions write as text; None when it is something else."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        value = float(raw)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def exact(raw: object) -> Decimal | None:
    """Return a finite number with the digits that JSON's number has; None when it is something else."""
    if number(raw) is None:
        return None
    digits = str(raw).strip()
    if len(digits) > _MAX_DIGITS or "_" in digits:
        return None
    value = Decimal(digits)
    return value if abs(value.adjusted()) <= _MAX_EXPONENT else None


def unix_time(raw: object) -> datetime | None:
    """Return the moment of unix seconds; None when there is none."""
    at = number(raw)
    return datetime.fromtimestamp(at, UTC) if at is not None and 0 <= at < LAST_SECOND else None


def time_span(value: str) -> float | None:
    """Parse .NET's ``1.02:03:04.5`` (days, hours, minutes, seconds) to seconds; None when it is something else."""
    match = _TIME_SPAN.fullmatch(value)
    if match is None:
        return None
    days, hours, minutes, seconds = int(match[2] or 0), int(match[3]), int(match[4]), float(match[5])
    length = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return -length if match[1] else length
