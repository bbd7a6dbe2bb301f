"""How numbers, times and strangers' texts are written on a page. Pure."""

import math
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_NOISE = 1e-9  # of a step: less is not a digit
_MOST_DIGITS = 15
_SHORT = ((1e12, "T"), (1e9, "B"), (1e6, "M"))


def visible(text: str) -> str:
    """Return a text without what would change how others are read: control characters and direction marks."""
    return _HIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def percent(rate: float | None, digits: int = 2) -> str:
    """Write a fraction: ``1.69%``."""
    return NOTHING if rate is None else f"{_signed(rate * 100, digits)}%"


def money(amount: float | Decimal | None, digits: int = 2) -> str:
    """Write an amount with thousands separators, without currency."""
    return NOTHING if amount is None else _signed(amount, digits)


def price(amount: Decimal | None) -> str:
    """Write a price with the digits that it has, two at least and six at most."""
    if amount is None:
        return NOTHING
    exponent = amount.normalize().as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    return _signed(amount, min(max(places, 2), 6))


def quantity(amount: Decimal | None) -> str:
    """Write a number of shares or units with the digits that it has."""
    if amount is None:
        return NOTHING
    exponent = amount.normalize().as_tuple().exponent
    return _signed(amount, min(max(-exponent if isinstance(exponent, int) else 0, 0), 8))


def _signed(value: float | Decimal, digits: int) -> str:
    text = f"{abs(value):,.{digits}f}"
    is_zero = not text.strip("0.,")
    return text if value >= 0 or is_zero else MINUS + text


def axis(value: float, step: float) -> str:
    """Write a value on an axis whose lines are ``step`` apart: ``102,500``, ``1.25M``, ``0.5``."""
    for size, letter in _SHORT:
        if abs(value) >= size:
            return f"{_signed(value / size, places(step / size))}{letter}"
    return _signed(value, places(step))


def places(step: float) -> int:
    """Return how many digits after the point the lines of an axis need: 1 for 2.5, none for 25."""
    if step <= 0:
        return 0
    digits = min(max(0, -math.floor(math.log10(step) + _NOISE)), _MOST_DIGITS)
    shown = step * 10.0**digits
    return digits if math.isclose(shown, round(shown), rel_tol=_NOISE) else digits + 1


def moment(at: datetime | None) -> str:
    """Write a time to the minute, UTC."""
    return NOTHING if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def duration(seconds: float | None) -> str:
    """Write a length of time in its two largest units: ``3 d 4 h``."""
    if seconds is None:
        return NOTHING
    left = round(seconds)
    units = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
    parts = []
    for name, size in units:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


def took(length: timedelta | None) -> str:
    """Write how long something took on the wall clock."""
    if length is None:
        return NOTHING
    seconds = length.total_seconds()
    return f"{seconds:.1f} s" if seconds < 60 else duration(seconds)
