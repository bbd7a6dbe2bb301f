"""Parameters of indicators: how calls are bound to them, and how LEAN writes them into names."""

from decimal import Decimal
from typing import Any

from minilean import numbers
from minilean.enums import LeanEnum, MovingAverageType
from minilean.surface import decimal_argument, no_method_matches


def bind(owner: type, method: Any, arguments: list[Any], keywords: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    """Bind arguments to the parameters of a `setup` method, in LEAN's names and order.

    Raises:
        TypeError: They do not fit.
    """
    names, defaults = signature_of(method)
    values = dict(zip(names, arguments, strict=False))
    known = {name.replace("_", ""): name for name in names}
    for keyword, value in keywords.items():
        name = known.get(keyword.replace("_", "").lower())
        if name is None or name in values:
            raise no_method_matches(owner.__name__, *arguments, *keywords)
        values[name] = value
    for name, default in defaults.items():
        values.setdefault(name, default)
        if isinstance(default, MovingAverageType) and not isinstance(values[name], MovingAverageType):
            raise no_method_matches(owner.__name__, *arguments)
    if len(arguments) > len(names) or any(name not in values for name in names):
        raise no_method_matches(owner.__name__, *arguments)
    return values


def texts_of(values: dict[str, Any]) -> dict[str, str]:
    """Return parameters as LEAN writes them into names."""
    return {name: _text_of(value) for name, value in values.items()}


def _text_of(value: object) -> str:
    if isinstance(value, LeanEnum):
        return value.label
    if isinstance(value, (float, Decimal)):
        return numbers.decimal_text(decimal_argument(value, "name"))
    return "" if value is None else str(value)


def signature_of(method: Any) -> tuple[tuple[str, ...], dict[str, Any]]:  # noqa: ANN401 - any function
    """Return names and defaults of a function's parameters, ``self`` left out."""
    code = method.__code__
    names = code.co_varnames[1 : code.co_argcount]
    defaults = method.__defaults__ or ()
    return names, dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
