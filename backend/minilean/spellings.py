"""Both spellings of LEAN's names: pythonnet's snake_case, which this engine's own names are in, and PascalCase.

PascalCase names are made once for a class. A ``__getattr__`` that resolved them would be shorter, but it keeps CPython
from specializing the reads of every other attribute, and engine objects are read many times for each bar.
"""

import functools
import opcode
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from types import FunctionType
from typing import Any, ClassVar, TypeVar

_STORE_ATTR = opcode.opmap["STORE_ATTR"]
_METHODS = (FunctionType, staticmethod, classmethod)
_SHORT = 4
_BEGINNINGS = frozenset({"__init__", "_begin", "begin_", "clear", "prepare", "setup"})
"""Methods that give objects their attributes."""
_Class = TypeVar("_Class", bound=type)


class NotSupportedError(NotImplementedError):
    """A name of LEAN's API that this engine does not have; the message names it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"`{name}` is not supported by the embedded engine; run with engine=docker")
        self.name = name


@functools.cache
def snake_case(name: str) -> str:
    """Turn LEAN's PascalCase into the snake_case that pythonnet offers (``SetWarmUp`` becomes ``set_warm_up``)."""
    parts: list[str] = []
    for index, char in enumerate(name):
        before = name[index - 1] if index else ""
        after = name[index + 1] if index + 1 < len(name) else ""
        starts = char.isupper() and (before.islower() or before.isdigit() or (before.isupper() and after.islower()))
        if starts and parts and before != "_":
            parts.append("_")
        parts.append(char.lower())
    return "".join(parts)


@functools.cache
def pascal_case(name: str) -> str:
    """Turn snake_case into PascalCase (``set_warm_up`` becomes ``SetWarmUp``)."""
    return "".join([part.capitalize() for part in name.split("_")])


class Refused:
    """A member that this engine does not have; objects may be given an attribute of its name."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> "Refused":
        if instance is None:
            return self
        raise NotSupportedError(self._name)


def refusing(names: frozenset[str], prefix: str = "") -> Callable[[_Class], _Class]:
    """Let a class refuse members by name, in both spellings."""

    def refuse(cls: _Class) -> _Class:
        for name in names:
            for spelling in (name, pascal_case(name)):
                if spelling not in cls.__dict__:
                    setattr(cls, spelling, Refused(prefix + name))
        return cls

    return refuse


class Spelled:
    """Gives classes derived from it LEAN's PascalCase beside their own names.

    Methods get a second name, so that ``super().MarketFill`` finds that of the base. Everything else is looked up anew
    by its snake_case name. Classes of strategies get a second name of the methods that they override.

    Attributes:
        looked_up_: PascalCase names of what is looked up.
    """

    __slots__ = ()

    looked_up_: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **keywords: Any) -> None:  # noqa: ANN401 - of any base
        super().__init_subclass__(**keywords)
        own = dict(cls.__dict__)
        ours = cls.__module__.startswith("minilean.")
        values = {*own, *cls.__annotations__} if ours else set()
        for name, member in own.items():
            if ours and name in _BEGINNINGS and isinstance(member, FunctionType):
                values.update(_assigned(member))
            if isinstance(member, _METHODS):
                values.discard(name)
                for spelling in _spellings(name):
                    if spelling not in own and (ours or hasattr(cls, spelling)):
                        setattr(cls, spelling, member)
        if values:
            _look_up(cls, own, values)


def _look_up(cls: type[Spelled], own: Mapping[str, object], names: Iterable[str]) -> None:
    """Give a class PascalCase names of what its bases do not have."""
    known = frozenset().union(*(base.looked_up_ for base in cls.__bases__ if issubclass(base, Spelled)))
    wanted = {spelling: name for name in names for spelling in _spellings(name)}
    new = wanted.keys() - known - own.keys()
    for spelling in new:
        setattr(cls, spelling, _alias(wanted[spelling]))
    cls.looked_up_ = known | new


@functools.cache
def _spellings(name: str) -> tuple[str, ...]:
    """Return the PascalCase of a name, and its capitals, as in ``ID``, when it is a short one.

    Names that are private, exact or in PascalCase have no other spelling.
    """
    if not name[0].islower() or name[-1] == "_":
        return ()
    if len(name) <= _SHORT and "_" not in name:
        return pascal_case(name), name.upper()
    return (pascal_case(name),)


@functools.cache
def _alias(name: str) -> property:
    def write(instance: object, value: object) -> None:
        setattr(instance, name, value)

    return property(attrgetter(name), write)


def _assigned(function: FunctionType) -> list[str]:
    """Return the names of the attributes that a function assigns, of `self` or of others: those come to nothing.

    They are read from its bytecode, pairs of an operation and an argument, which for this operation is a name's place.
    """
    names, known, code = [], function.__code__.co_names, function.__code__.co_code
    operations = code[::2]
    place = operations.find(_STORE_ATTR)
    while place >= 0:
        names.append(known[code[2 * place + 1]])
        place = operations.find(_STORE_ATTR, place + 1)
    return names
