"""What a strategy sees of an engine object, and how numbers cross that border.

Engine objects hold exact ``decimal.Decimal`` values in attributes whose name ends with an underscore (``close_``);
the name without it (``close``) is what LEAN's Python users read: a float. Times likewise: ``time_utc`` is the count
of microseconds, ``time`` the naive datetime. Names in LEAN's PascalCase reach the same attributes.

On classes that strategies derive from, all that LEAN does not have ends with an underscore, methods too: a strategy's
own attributes and methods, private ones among them, may have any other name.
"""

import functools
import operator
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol, TypeVar, cast

from minilean import numbers, times
from minilean.spellings import NotSupportedError, Spelled, pascal_case, snake_case

__all__ = ["NotSupportedError", "snake_case"]

_Algorithm = TypeVar("_Algorithm")
_Shown_co = TypeVar("_Shown_co", covariant=True)
CORE = "_QCAlgorithm__core"
"""Where a strategy's object keeps the engine's: a name that no strategy has."""


def core_of(algorithm: _Algorithm) -> _Algorithm:
    """Return the engine's side of an algorithm, which no attribute of the strategy covers."""
    core: _Algorithm = getattr(algorithm, CORE, algorithm)
    return core


class Attribute(Protocol[_Shown_co]):
    """A property, as editors and type checkers see it."""

    def __get__(self, instance: object, owner: type | None = None, /) -> _Shown_co: ...

    def __set__(self, instance: object, value: Any, /) -> None: ...  # noqa: ANN401 - LEAN converts numbers


class Surface(Spelled):
    """Base of everything a strategy touches: PascalCase names are served by the snake_case ones."""

    __slots__ = ()

    def to_string(self) -> str:
        """Return the text of the object, as every .NET object does."""
        return str(self)

    ToString = to_string


class OpenSurface(Surface):
    """Base of what has attributes that its class does not name; PascalCase is resolved when it is read."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the strategy's side is dynamic
        return other_spelling(self, name)


def other_spelling(instance: object, name: str) -> Any:  # noqa: ANN401 - any attribute
    """Return the attribute that a PascalCase name means.

    Raises:
        AttributeError: There is none, or the name is in snake_case.
    """
    if name[:1].isupper():
        return getattr(instance, snake_case(name))
    raise AttributeError(f"'{type(instance).__name__}' object has no attribute '{name}'")


class Model(Surface):
    """Base of models that strategies derive from."""


def as_float(name: str) -> Attribute[float]:
    """Offer the exact value of an attribute to the strategy as a float."""
    get = operator.attrgetter(name)

    def read(self: object) -> float:
        return numbers.to_double(get(self))

    return cast("Attribute[float]", property(read))


def as_decimal(name: str) -> Attribute[float]:
    """Offer an exact value to the strategy as a float that it may replace by a number."""
    get = operator.attrgetter(name)

    def read(self: object) -> float:
        return numbers.to_double(get(self))

    def write(self: object, value: object) -> None:
        setattr(self, name, decimal_argument(value, name))

    return cast("Attribute[float]", property(read, write))


def as_float_or_none(name: str) -> Attribute[float | None]:
    """Offer an exact value that may be absent as a float or None."""
    get = operator.attrgetter(name)

    def read(self: object) -> float | None:
        value = get(self)
        return None if value is None else numbers.to_double(value)

    return cast("Attribute[float | None]", property(read))


def as_datetime(name: str) -> Attribute[datetime]:
    """Offer a count of microseconds to the strategy as a naive datetime."""
    get = operator.attrgetter(name)

    def read(self: object) -> datetime | None:
        count = get(self)
        return None if count is None else times.to_datetime(count)

    return cast("Attribute[datetime]", property(read))


def as_utc_datetime(name: str) -> Attribute[datetime | None]:
    """Offer a count of microseconds to the strategy as a datetime aware of UTC."""
    get = operator.attrgetter(name)

    def read(self: object) -> datetime | None:
        count = get(self)
        return None if count is None else times.to_datetime(count).replace(tzinfo=UTC)

    return cast("Attribute[datetime | None]", property(read))


def as_timedelta(name: str) -> Attribute[timedelta]:
    """Offer a span in microseconds to the strategy as a timedelta."""
    get = operator.attrgetter(name)

    def read(self: object) -> timedelta:
        return timedelta(microseconds=get(self))

    return cast("Attribute[timedelta]", property(read))


def no_method_matches(method: str, *arguments: object) -> TypeError:
    """Build pythonnet's refusal of a call whose arguments fit no overload."""
    kinds = ", ".join(str(type(argument)) for argument in arguments)
    return TypeError(f"No method matches given arguments for {method}: ({kinds})")


def _number(value: object, from_float: Callable[[float], Decimal]) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(int(value))
    if isinstance(value, float):
        return from_float(value)
    item = getattr(value, "item", None)  # a numpy scalar
    if item is None:
        return None
    number = item()
    # A decimal is parsed from the scalar's own text, which for a 32-bit float is shorter than that of its double.
    as_text = isinstance(number, float) and from_float is numbers.from_repr
    return from_float(value) if as_text else _number(number, from_float)  # type: ignore[arg-type]


def arranged(method: str, arguments: Sequence[object], keywords: dict[str, object], *names: str) -> list[Any]:
    """Return positional arguments with those that were named after them, in the order of the overload's names.

    Raises:
        TypeError: A name is none of the overload's, or one before it is missing.
    """
    parts = list(arguments)
    for name in names[len(parts) :]:
        if name in keywords:
            parts.append(keywords.pop(name))
        elif keywords:
            break
    if keywords:
        raise no_method_matches(method, *arguments, *keywords.values())
    return parts


def decimal_argument(value: object, method: str) -> Decimal:
    """Convert an argument where LEAN has only a decimal overload: a float keeps its shortest repr.

    Raises:
        TypeError: The value is no number.
    """
    number = _number(value, numbers.from_repr)
    if number is None:
        raise no_method_matches(method, value)
    return number


def double_argument(value: object, method: str) -> Decimal:
    """Convert an argument where LEAN has a double overload: a float keeps 15 significant digits.

    Raises:
        TypeError: The value is no number.
    """
    number = _number(value, numbers.safe_decimal_cast)
    if number is None:
        raise no_method_matches(method, value)
    return number


@functools.cache
def _method_name(cls: Any, name: str) -> str:  # noqa: ANN401 - a class
    """Return the spelling of a method, snake_case or PascalCase, that the most derived class defines."""
    pascal = pascal_case(name)
    for base in cls.__mro__:
        for spelling in (name, pascal):
            if spelling in base.__dict__:
                return spelling
    return name


def model_method(model: Any, name: str) -> Any:  # noqa: ANN401 - a bound method of any model
    """Return a method of a model that the strategy may have written, in either of LEAN's spellings."""
    return getattr(model, _method_name(type(model), name))  # type: ignore[arg-type]  # classes are hashable
