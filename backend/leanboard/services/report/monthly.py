"""Returns by month and year. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from leanboard.services.comparison.curves import Curve, daily, day_of

K = TypeVar("K")
STEPS = 5  # shades of a colour
_SHADED = 0.9  # of the months are told apart by their shade


@dataclass(frozen=True, slots=True)
class MonthlyReturns:
    """A table of a row a year.

    Attributes:
        months: Year and month to the return as a fraction; months that were not traded are not there.
        years: Likewise, the months compounded.
    """

    months: Mapping[tuple[int, int], float]
    years: Mapping[int, float]


def strongest(rates: Iterable[float]) -> float:
    """Return the size of a return that gets the strongest shade: a single wild month must not pale all others."""
    sizes = sorted(abs(rate) for rate in rates if rate)
    return sizes[int((len(sizes) - 1) * _SHADED)] if sizes else 0.0


def monthly_returns(curve: Curve) -> MonthlyReturns:
    """Return what each month and year brought, from the last value of the one before it.

    The curve's first value is what the first month begins with: LEAN takes it at the midnight before the first day. A
    month is left out where the value before it is not above 0.
    """
    if not len(curve):
        return MonthlyReturns({}, {})
    closes = daily(Curve(curve.times[1:], curve.values[1:]))
    ends: dict[tuple[int, int], float] = {}
    for day, value in zip(closes.days.tolist(), closes.values.tolist(), strict=True):
        at = day_of(day)
        ends[at.year, at.month] = value
    first = float(curve.values[0])
    return MonthlyReturns(_returns(ends, first), _returns({year: value for (year, _), value in ends.items()}, first))


def _returns(ends: Mapping[K, float], before: float) -> dict[K, float]:
    found = {}
    for key in ends:
        if before > 0:
            found[key] = ends[key] / before - 1
        before = ends[key]
    return found


def shade(rate: float | None, strong: float) -> str:
    """Return the CSS class of a return: ``gain1`` to ``gain5``, ``loss1`` to ``loss5``, or none.

    Args:
        rate: A fraction.
        strong: From which size on it is 5.
    """
    if rate is None or not rate or not strong:
        return ""
    step = min(STEPS, 1 + int(abs(rate) / strong * (STEPS - 1)))
    return f"{'gain' if rate > 0 else 'loss'}{step}"
