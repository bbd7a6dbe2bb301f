"""Text for terminals: nothing from outside may steer them."""

import re
from datetime import timedelta

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return the text with control characters and direction marks made visible; tabs and line ends stay.

    What a strategy logs is not ours: an escape sequence in it must not move the cursor or colour the screen.
    """
    return _CONTROL.sub(_visible, text.replace("\r\n", "\n"))


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"^{chr(code + 64)}" if code < 32 else f"<{code:02X}>"


def short_duration(seconds: float) -> str:
    """Return a length of time as people read it: ``0.84 s``, ``12 s``, ``3:05 min``, ``2:03:04 h``."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    whole = int(timedelta(seconds=seconds).total_seconds())
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d} h"


def clock(seconds: float) -> str:
    """Return a countdown of steady width: ``0:07``, ``12:34``, ``1:02:03``."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def file_size(size: int) -> str:
    """Return a number of bytes as people read it: ``812 B``, ``3.4 kB``, ``22.6 MB``."""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
