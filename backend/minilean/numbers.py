"""Arithmetic of .NET's ``decimal`` and ``double``, as far as LEAN's results show it.

LEAN keeps money, prices and indicator values in ``System.Decimal``: an integer times ``10**-scale``, whose scale
(the trailing zeros) is part of the value and appears in every text. ``decimal.Decimal`` in the context made here
follows it for add, subtract and multiply; what differs has a function here.
"""

import decimal
import math
from decimal import Decimal

PRECISION = 28
"""Significant digits that every decimal can have, and its largest scale."""

ZERO = Decimal(0)
ONE = Decimal(1)

_UNITS = tuple(Decimal(1).scaleb(-places) for places in range(PRECISION + 1))
_SMALLEST = _UNITS[PRECISION]
_THOUSAND = Decimal(1000)
_LARGEST_MANTISSA = 2**96 - 1
_SHORT = 18
_EXACT_TEXT = 16
_POWERS = tuple(10.0**places for places in range(64))


def context() -> decimal.Context:
    """Return a fresh arithmetic context: 29 digits, at most 28 decimals, half-even, errors as .NET's.

    The least exponent of 0 makes all numbers below 1 subnormal, which bounds their decimals. Results that begin with
    more than 7.92 at 29 digits have one digit more than in .NET; see `fit_96_bits`.
    """
    return decimal.Context(
        prec=PRECISION + 1,
        Emin=0,
        rounding=decimal.ROUND_HALF_EVEN,
        traps=[decimal.DivisionByZero, decimal.Overflow, decimal.InvalidOperation],
    )


def install_context() -> None:
    """Make the arithmetic context that of the calling thread; every thread that computes calls this once."""
    decimal.setcontext(context())


_SEVEN_DIGITS = decimal.Context(prec=7, rounding=decimal.ROUND_HALF_EVEN)
_WIDE = decimal.Context(prec=60, rounding=decimal.ROUND_HALF_EVEN)


def _exponent(value: Decimal) -> int:
    text = str(value)  # quicker than as_tuple, which makes an object of each digit
    if "E" in text:
        return int(value.as_tuple().exponent)
    point = text.find(".")
    return 0 if point < 0 else point + 1 - len(text)


def _fit(value: Decimal) -> Decimal:
    """Bring an exponent into LEAN's range of scales, 0 to 28, and drop the sign of a zero."""
    if not value.is_finite():
        raise ValueError(f"{value} has no decimal representation")
    exponent = _exponent(value)
    if exponent > 0:
        value = value.quantize(ONE, context=_WIDE)
    elif exponent < -PRECISION:
        value = value.quantize(_SMALLEST, context=_WIDE)
    return value or abs(value)


def divide(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Divide as C# does: the result's scale is at least 0.

    Python's ideal exponent may be positive (``100 / 0.5 == 2.0E+2``), which would lose zeros in later products.
    """
    return _fit(numerator / denominator)


def fit_96_bits(exact: Decimal) -> Decimal:
    """Round half-even to what fits .NET's 96-bit mantissa: 29 digits where they are small enough, else 28.

    Running averages whose true value ends in a 5 round to the other side without the 29th digit.

    Args:
        exact: The exact result of an operation, or one with at least 40 digits.
    """
    text = str(exact)
    if len(text) <= PRECISION + 1 and "E" not in text:
        return exact or exact.copy_abs()  # at most 28 digits
    places = min(-_exponent(exact), PRECISION, PRECISION - exact.adjusted())
    if places <= 0:
        return _fit(exact)
    fitted = exact.quantize(_UNITS[places], context=_WIDE)
    if int(fitted.copy_abs().scaleb(places, context=_WIDE)) > _LARGEST_MANTISSA:
        fitted = exact.quantize(_UNITS[places - 1], context=_WIDE)
    return fitted or fitted.copy_abs()


def add_as_net(first: Decimal, second: Decimal) -> Decimal:
    """Add numbers of the same scale; a zero has the sign of the first, so a closed short leaves -0, as in .NET."""
    result = first + second
    return result or result.copy_sign(first)


def add_96_bits(first: Decimal, second: Decimal) -> Decimal:
    """Add with .NET's full precision; see `fit_96_bits`."""
    return fit_96_bits(_WIDE.add(first, second))


def multiply_96_bits(first: Decimal, second: Decimal) -> Decimal:
    """Multiply with .NET's full precision; see `fit_96_bits`."""
    return fit_96_bits(_WIDE.multiply(first, second))


def is_long(value: Decimal) -> bool:
    """Tell whether a number has so many decimals that sums and products with it may be rounded."""
    return _exponent(value) < -_SHORT


def divide_96_bits(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Divide with .NET's full precision; see `fit_96_bits`. Zeros at the end of a rounded quotient are dropped."""
    quotient = fit_96_bits(_WIDE.divide(numerator, denominator))
    return normalize(quotient) if _exponent(quotient) == -PRECISION else quotient


def normalize(value: Decimal) -> Decimal:
    """Strip trailing zeros behind the point (LEAN's ``Normalize``); the exponent never becomes positive."""
    return _fit(value.normalize())


def net_round(value: Decimal, places: int) -> Decimal:
    """Round half-even to ``places`` decimals; a value with fewer decimals is returned unchanged, not padded."""
    if _exponent(value) >= -places:
        return value
    return value.quantize(_UNITS[places], rounding=decimal.ROUND_HALF_EVEN, context=_WIDE)


def round_away(value: Decimal, places: int) -> Decimal:
    """Round half away from zero to exactly ``places`` decimals, as .NET's number formats do (pads with zeros)."""
    return value.quantize(_UNITS[places], rounding=decimal.ROUND_HALF_UP, context=_WIDE)


def round_to_significant_digits(value: Decimal, digits: int) -> Decimal:
    """Round to ``digits`` significant digits, half-even; the scale of the quotient survives the multiplication."""
    if not value:
        return ZERO
    scale = _fit(ONE.scaleb(math.floor(math.log10(abs(float(value)))) + 1))
    return _fit(scale * net_round(value / scale, digits))


def smart_rounding(value: Decimal) -> Decimal:
    """Round as LEAN stores chart points and hashes orders: above 1000 to 4 decimals, else to 7 digits."""
    if value > _THOUSAND:
        return net_round(normalize(value), 4)
    size = abs(float(value))
    if not size:
        return ZERO
    if math.floor(math.log10(size)) == value.adjusted():
        return _fit(_SEVEN_DIGITS.plus(value).normalize(_WIDE))
    return normalize(round_to_significant_digits(value, 7))


def discretely_round_by(value: Decimal, quanta: Decimal, rounding: str = decimal.ROUND_HALF_UP) -> Decimal:
    """Round to a multiple of ``quanta`` (by default halves away from zero); the scale of ``quanta`` stays.

    Args:
        value: The number to round.
        quanta: The step; zero returns ``value`` unchanged.
        rounding: A rounding mode of the module ``decimal`` for the count of steps.
    """
    if not quanta:
        return value
    return quanta * (value / quanta).quantize(ONE, rounding=rounding, context=_WIDE)


def safe_decimal_cast(value: float) -> Decimal:
    """Convert as C#'s ``(decimal)double``: 15 significant digits, no trailing zeros.

    Raises:
        ValueError: The number is not finite.
    """
    return _fit(Decimal(f"{value:.15g}"))


def from_repr(value: float) -> Decimal:
    """Convert a float that Python code passes where LEAN takes only a decimal: its shortest repr, up to 17 digits.

    The ``.0`` of a whole number is no part of it. Floats of numpy are converted as well; theirs is ``str``.

    Raises:
        ValueError: The number is not finite.
    """
    return normalize(Decimal(str(value)))


def to_double(value: Decimal) -> float:
    """Convert as C#'s ``(double)decimal``: mantissa over the power of ten, in floating point; -0 keeps its sign."""
    text = str(value)
    if len(text) <= _EXACT_TEXT and "E" not in text:
        return float(text)  # mantissa and power of ten are exact, so the quotient is the nearest double
    whole, point, places = text.partition(".")
    if not (point and value) or "E" in places:
        return _small_or_whole_to_double(value)
    mantissa = int(whole + places)
    if mantissa < 0:
        return -_double_of(-mantissa) / _POWERS[len(places)]
    return _double_of(mantissa) / _POWERS[len(places)]


def _small_or_whole_to_double(value: Decimal) -> float:
    """Convert a number without decimals, or one whose text has an exponent."""
    exponent = _exponent(value)
    if exponent >= 0 or not value:
        return float(value)
    mantissa = int(value.scaleb(-exponent, context=_WIDE))
    return math.copysign(_double_of(abs(mantissa)), mantissa) / _POWERS[-exponent]


def _double_of(size: int) -> float:
    """Convert a mantissa as .NET: when it has more than 53 bits, its upper 32 and its lower 64 ones apart."""
    return (size & 0xFFFFFFFFFFFFFFFF) + float(size >> 64) * 18446744073709551616.0


def net_round_double(value: float, places: int) -> float:
    """Round a double as .NET: scale, round half-even, scale back (not the decimal-correct ``round`` of Python)."""
    if not math.isfinite(value) or abs(value) >= 1e16:
        return value
    power: float = 10.0**places
    return float(math.copysign(round(value * power), value)) / power


def decimal_text(value: Decimal) -> str:
    """Write a decimal as C# does: plain digits with its scale, a zero without sign."""
    text = f"{value:f}"
    return text[1:] if not value and text[0] == "-" else text


def double_text(value: float) -> str:
    """Write a double as .NET's invariant ``ToString``: shortest round trip, ``1E-05`` and ``1E+15`` beyond bounds."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if not value:
        return "-0" if math.copysign(1.0, value) < 0 else "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    if not isinstance(exponent, int):
        raise TypeError(value)
    text = "".join(map(str, digits))
    return "-" * sign + _digits_text(text, len(text) + exponent)


def _digits_text(digits: str, point: int) -> str:
    if point > max(len(digits), 15) or point < -3:
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return f"{mantissa}E{point - 1:+03d}"
    if point <= 0:
        return "0." + "0" * -point + digits
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return digits[:point] + "." + digits[point:]


def group_thousands(value: Decimal, places: int) -> str:
    """Write with thousands separators and ``places`` decimals, halves away from zero (.NET's ``N2``)."""
    text = f"{round_away(value, places):,f}"
    return text[1:] if text[0] == "-" and not any(c in "123456789" for c in text) else text


def format_currency(value: Decimal, symbol: str = "$", places: int = 2) -> str:
    """Write an amount as .NET's ``C2`` of an en-US culture whose negative pattern is ``-$n``: ``-$1,234.50``."""
    text = group_thousands(value, places)
    return f"-{symbol}{text[1:]}" if text[0] == "-" else symbol + text
