"""Evenly spaced numbers as texts: ``5``, ``7.5``, ``10``; counted before any of them is made.

Everything is computed in whole numbers of the finest decimal place, so nothing is ever rounded: Decimal's own
arithmetic keeps 28 digits.
"""

from collections.abc import Iterator
from decimal import Decimal

from leanboard.errors import InvalidInput
from leanboard.models.batch_requests import Range

MOST_WHOLE = 16  # digits before the point
MOST_PLACES = 10  # digits behind it


class RangeValues:
    """The values of a range, each made when it is asked for.

    Attributes:
        number: How many there are.

    Args:
        bounds: Of the range.
        field: Path of the range in what was asked for.

    Raises:
        InvalidInput: The step is 0 or leads away from max, or a bound has more digits than anybody means.
    """

    def __init__(self, bounds: Range, field: str) -> None:
        for name in ("min", "max", "step"):
            _check_digits(getattr(bounds, name), f"{field}.{name}")
        self._places = max(_places(number) for number in (bounds.min, bounds.max, bounds.step))
        self._first, last, self._step = (_scaled(n, self._places) for n in (bounds.min, bounds.max, bounds.step))
        if self._step == 0:
            raise InvalidInput("step is 0: give the distance between two values", field=f"{field}.step")
        if (last - self._first) * self._step < 0:
            msg = (
                f"step {number_text(bounds.step)} leads away from max: from {number_text(bounds.min)} to "
                f"{number_text(bounds.max)} it has to be {'below' if self._step > 0 else 'above'} 0"
            )
            raise InvalidInput(msg, field=f"{field}.step")
        self.number = (last - self._first) // self._step + 1

    def __iter__(self) -> Iterator[str]:
        """Yield them from min to max."""
        for index in range(self.number):
            value = self._first + index * self._step
            digits = tuple(int(digit) for digit in str(abs(value)))
            yield number_text(Decimal((int(value < 0), digits, -self._places)))


def number_text(number: Decimal) -> str:
    """Return a number as people write it: no exponent, no zeros at the end of its decimals, no ``-0``."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # the model takes only finite numbers
    return exponent


def _places(number: Decimal) -> int:
    return len(number_text(number).partition(".")[2])


def _scaled(number: Decimal, places: int) -> int:
    whole, _, rest = number_text(number).partition(".")
    return int(whole + rest.ljust(places, "0"))


def _check_digits(number: Decimal, field: str) -> None:
    # Looked at first: a number such as 1e999999 would be a million digits as a text.
    if abs(_exponent(number)) > 400 or number.adjusted() >= MOST_WHOLE or _places(number) > MOST_PLACES:
        msg = f"a number with at most {MOST_WHOLE} digits before and {MOST_PLACES} behind the point is expected"
        raise InvalidInput(msg, field=field)
