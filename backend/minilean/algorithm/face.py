"""Makes the face of an algorithm: LEAN's names, in both spellings, of what another object does.

The engine never works with the strategy's object, so no attribute or method of a strategy can get in its way. What
can be assigned to on LEAN's algorithm is a property here; methods, which are not, step back behind the strategy's own
attributes.
"""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from minilean.surface import CORE, NotSupportedError, snake_case

_CALLED_OBJECTS = frozenset({"history"})
"""Properties of the engine that are methods in LEAN."""
_SPELLINGS = {"composite_figi": "CompositeFIGI"}
"""Names whose spelling in LEAN does not follow from the snake_case."""


class _Method:
    """A method of the core, found again at each look."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> Any:  # noqa: ANN401 - a method of any kind
        if instance is None:
            return self._unbound
        return self._of(getattr(instance, CORE))

    def _of(self, core: Any) -> Any:  # noqa: ANN401
        return getattr(core, self._name)

    def _unbound(self, instance: Any, /, *arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401
        """Serve ``QCAlgorithm.set_cash(self, 1)``."""
        return self.__get__(instance, type(instance))(*arguments, **keywords)


class _CamelMethod(_Method):
    """A method by its PascalCase name, whose keywords may be camelCase."""

    __slots__ = ()

    def _of(self, core: Any) -> Any:  # noqa: ANN401
        method = super()._of(core)

        def call(*arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401
            return method(*arguments, **{snake_case(key): each for key, each in keywords.items()})

        return call


class _Helper(_Method):
    """A helper that makes an indicator."""

    __slots__ = ()

    def _of(self, core: Any) -> Any:  # noqa: ANN401
        return core.indicator_helper(self._name)


class _Refused(_Method):
    """A name of LEAN's that this engine does not have."""

    __slots__ = ()

    def _of(self, core: Any) -> Any:  # noqa: ANN401, ARG002
        raise NotSupportedError(self._name)


def _spellings(name: str, *, is_indicator: bool) -> Iterable[str]:
    """Yield LEAN's spellings of a name beside the snake_case one; indicators are mostly in capitals."""
    yield _SPELLINGS.get(name) or "".join(part.capitalize() for part in name.split("_"))
    if is_indicator and "_" not in name:
        yield name.upper()


def _property(member: property, name: str) -> property:
    def write(instance: Any, value: Any) -> None:  # noqa: ANN401
        setattr(getattr(instance, CORE), name, value)

    return property(attrgetter(f"{CORE}.{name}"), None if member.fset is None else write, doc=member.__doc__)


def show(face: type, core: type, names: frozenset[str], helpers: frozenset[str]) -> frozenset[str]:
    """Give a class LEAN's names; those that it defines itself stay.

    Args:
        face: The class that strategies derive from.
        core: The class whose members, and annotated attributes, serve the names.
        names: The names, in snake_case.
        helpers: Those that make indicators.

    Returns:
        The names that are refused.
    """
    refused = set()
    for name in names:
        if name in face.__dict__:
            plain = pascal = face.__dict__[name]
        else:
            plain, pascal = _members(core, name, is_helper=name in helpers)
            setattr(face, name, plain)
        if isinstance(plain, _Refused):
            refused.add(name)
        for spelling in _spellings(name, is_indicator=name in helpers | refused):
            setattr(face, spelling, pascal)
    return frozenset(refused)


def _members(core: type, name: str, *, is_helper: bool) -> tuple[Any, Any]:
    """Return what serves a name, and what serves its PascalCase."""
    if is_helper:
        return _Helper(name), _Helper(name)
    if name in core.__annotations__:
        served = property(attrgetter(f"{CORE}.{name}"))
        return served, served
    found = getattr(core, name, None)
    if isinstance(found, property) and name not in _CALLED_OBJECTS:
        served = _property(found, name)
        return served, served
    return (_Refused(name), _Refused(name)) if found is None else (_Method(name), _CamelMethod(name))
