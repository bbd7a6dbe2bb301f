"""Durations as .NET's ``TimeSpan``: whole ticks of 100 ns, and their text."""

TICKS_PER_SECOND = 10_000_000
TICKS_PER_MICROSECOND = 10
_TICKS_PER_DAY = 86_400 * TICKS_PER_SECOND


def from_seconds(seconds: float) -> int:
    """Return ticks of a fractional number of seconds, cut off as ``TimeSpan.FromSeconds`` does."""
    return int(seconds * TICKS_PER_SECOND)


def total_seconds(ticks: int) -> float:
    """Return ticks as fractional seconds."""
    return ticks / TICKS_PER_SECOND


def text(ticks: int) -> str:
    """Write ticks in the constant format: ``[-][d.]hh:mm:ss[.fffffff]``."""
    days, rest = divmod(abs(ticks), _TICKS_PER_DAY)
    seconds, fraction = divmod(rest, TICKS_PER_SECOND)
    day_part = f"{days}." if days else ""
    fraction_part = f".{fraction:07d}" if fraction else ""
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{'-' if ticks < 0 else ''}{day_part}{clock}{fraction_part}"
