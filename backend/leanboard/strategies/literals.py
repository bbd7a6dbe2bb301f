"""Which values an expression of a strategy may have, as far as its text tells.

A small abstract interpreter for the idioms that strategies are written in: constants, names, attributes of self,
``get_parameter`` with its default, splitting and trimming of text, look-ups in literal dictionaries, dates, helper
functions of the same module. A list stands for its elements. Loops and branches are not followed: the answer is every
value that the text allows, and nothing where it does not tell.
"""

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from leanboard.models.requests import Resolution
from leanboard.models.strategies import ParameterDefault
from leanboard.strategies.bindings import Bindings, Unit
from leanboard.strategies.parameters import convert, type_of

Value = str | int | float | date | Resolution
Values = tuple[Value, ...]

MAX_DEPTH = 24
MAX_STEPS = 100_000  # for all expressions of a module together
MAX_VALUES = 500
MAX_TEXT = 10_000

_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_TEXT_METHODS: Mapping[str, Callable[[str], str]] = {
    "strip": str.strip,
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
}
_ARGUMENTS = frozenset(
    {"list", "tuple", "set", "sorted", "reversed", "enumerate", "frozenset", "iter", "next", "fromkeys", "zip", "map"}
)
_CONVERSIONS: Mapping[str, Callable[[Any], Value]] = {"int": int, "float": float, "str": str, "Decimal": float}


@dataclass(frozen=True, slots=True)
class Frame:
    """Where an expression is read: its unit, and what the unit's arguments are known to be."""

    unit: Unit
    arguments: Mapping[str, Values] = field(default_factory=dict)
    depth: int = 0


def constant(node: ast.expr | None) -> ParameterDefault:
    """Return a literal's value: text, a number with or without sign, a boolean; None for all else."""
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node, sign = node.operand, -1
    if not isinstance(node, ast.Constant):
        return None
    value = node.value
    if isinstance(value, bool | str):
        return value if sign == 1 else None
    if isinstance(value, int | float):
        return sign * value
    return None


class Literals:
    """Reads the expressions of one module.

    Args:
        bindings: The module's names.
        parameters: Effective defaults by parameter name, where config.json gives one.
    """

    def __init__(self, bindings: Bindings, parameters: Mapping[str, str]) -> None:
        self._bindings = bindings
        self._parameters = parameters
        self._steps = 0
        self._readers: Mapping[type[ast.expr], Callable[[Any, Frame], Values]] = {
            ast.Constant: self._constant,
            ast.UnaryOp: self._negative,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.List: self._elements,
            ast.Tuple: self._elements,
            ast.Set: self._elements,
            ast.Starred: self._starred,
            ast.Dict: self._keys,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.DictComp: self._dict_comprehension,
            ast.IfExp: self._either,
            ast.BoolOp: self._or,
            ast.BinOp: self._arithmetic,
            ast.Subscript: self._subscript,
            ast.Call: self._call,
        }
        self._callers: Mapping[str, Callable[[ast.Call, Frame], Values]] = {
            **dict.fromkeys(("get_parameter", "GetParameter"), self._parameter),
            **dict.fromkeys(_CONVERSIONS, self._conversion),
            **dict.fromkeys(_ARGUMENTS, self._arguments),
            **dict.fromkeys(_DATES, self._date),
        }

    def values(self, node: ast.expr | None, unit: Unit) -> Values:
        """Return every value the expression may have, in the order of the source, without repetition."""
        return self._values(node, Frame(unit))

    def _values(self, node: ast.expr | None, frame: Frame) -> Values:
        self._steps += 1
        if node is None or frame.depth > MAX_DEPTH or self._steps > MAX_STEPS:
            return ()
        deeper = Frame(frame.unit, frame.arguments, frame.depth + 1)
        reader = self._readers.get(type(node))
        return _distinct(reader(node, deeper)) if reader else ()

    def _union(self, nodes: Iterable[ast.expr | None], frame: Frame) -> Values:
        return _distinct(value for node in nodes for value in self._values(node, frame))

    def _constant(self, node: ast.expr, _: Frame) -> Values:
        value = constant(node)
        return () if value is None or isinstance(value, bool) else (value,)

    def _negative(self, node: ast.UnaryOp, frame: Frame) -> Values:
        if not isinstance(node.op, ast.USub):
            return ()
        return tuple(-value for value in self._values(node.operand, frame) if isinstance(value, int | float))

    def _name(self, node: ast.Name, frame: Frame) -> Values:
        if node.id in frame.arguments:
            return frame.arguments[node.id]
        inside = frame.unit.names.get(node.id)
        if inside is None and frame.unit is not self._bindings.outside:
            return self._union(
                self._bindings.outside.names.get(node.id, ()), Frame(self._bindings.outside, {}, frame.depth)
            )
        return self._union(inside or (), frame)

    def _attribute(self, node: ast.Attribute, frame: Frame) -> Values:
        if isinstance(node.value, ast.Name) and node.value.id == "Resolution":
            return tuple(member for member in Resolution if member.name == node.attr.upper())
        return self._union(self._bindings.attributes.get(node.attr, ()), frame)

    def _elements(self, node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> Values:
        return self._union(node.elts, frame)

    def _starred(self, node: ast.Starred, frame: Frame) -> Values:
        return self._values(node.value, frame)

    def _keys(self, node: ast.Dict, frame: Frame) -> Values:
        return self._union(node.keys, frame)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, frame: Frame) -> Values:
        return self._values(node.elt, frame)

    def _dict_comprehension(self, node: ast.DictComp, frame: Frame) -> Values:
        return self._values(node.key, frame)

    def _either(self, node: ast.IfExp, frame: Frame) -> Values:
        return self._union((node.body, node.orelse), frame)

    def _or(self, node: ast.BoolOp, frame: Frame) -> Values:
        return self._union(node.values, frame)

    def _arithmetic(self, node: ast.BinOp, frame: Frame) -> Values:
        if isinstance(node.left, ast.List | ast.Tuple) or isinstance(node.right, ast.List | ast.Tuple):
            return self._union((node.left, node.right), frame)
        compute = _ARITHMETIC.get(type(node.op))
        left, right = self._values(node.left, frame), self._values(node.right, frame)
        if compute is None or len(left) != 1 or len(right) != 1:
            return ()
        if not all(isinstance(value, int | float) and abs(value) < 1e15 for value in (left[0], right[0])):
            return ()
        try:
            return (compute(left[0], right[0]),)
        except (ArithmeticError, ValueError):
            return ()

    def _subscript(self, node: ast.Subscript, frame: Frame) -> Values:
        return self._looked_up(node.value, node.slice, None, frame)

    def _looked_up(self, holder: ast.expr, key: ast.expr, fallback: ast.expr | None, frame: Frame) -> Values:
        """Values of a literal dictionary under the keys that are possible, or everything that the holder holds."""
        keys = self._values(key, frame)
        found: list[ast.expr] = []
        for table in self._dictionaries(holder, frame):
            entries = list(zip(table.keys, table.values, strict=True))
            matching = [value for name, value in entries if name is not None and constant(name) in keys]
            found.extend(matching or ([] if keys else table.values))
        if found:
            return self._union(found, frame)
        return self._values(fallback, frame) if fallback is not None else self._values(holder, frame)

    def _dictionaries(self, holder: ast.expr, frame: Frame) -> list[ast.Dict]:
        if isinstance(holder, ast.Name):
            bound = frame.unit.names.get(holder.id) or self._bindings.outside.names.get(holder.id, [])
        elif isinstance(holder, ast.Attribute):
            bound = self._bindings.attributes.get(holder.attr, [])
        else:
            bound = [holder]
        return [node for node in bound if isinstance(node, ast.Dict)]

    def _call(self, node: ast.Call, frame: Frame) -> Values:
        name = called_name(node)
        if name in self._callers:
            return self._callers[name](node, frame)
        if name in self._bindings.functions:
            return self._helper(node, self._bindings.functions[name], frame)
        return self._method(node, name, frame)

    def _conversion(self, node: ast.Call, frame: Frame) -> Values:
        return _converted(self._union(node.args[:1], frame), _CONVERSIONS[called_name(node)])

    def _arguments(self, node: ast.Call, frame: Frame) -> Values:
        return self._union(node.args, frame)

    def _parameter(self, node: ast.Call, frame: Frame) -> Values:
        name, default = parameter_arguments(node)
        given = self._parameters.get(str(constant(name)))
        value = None if given is None else convert(given, type_of(constant(default)))
        return self._values(default, frame) if value is None or isinstance(value, bool) else (value,)

    def _method(self, node: ast.Call, name: str, frame: Frame) -> Values:
        if not isinstance(node.func, ast.Attribute):
            return ()
        holder = node.func.value
        if name == "get" and node.args:
            return self._looked_up(holder, node.args[0], node.args[1] if len(node.args) > 1 else None, frame)
        if name in ("keys", "copy"):
            return self._values(holder, frame)
        if name in ("items", "values"):
            return self._union([part for table in self._dictionaries(holder, frame) for part in _parts(table)], frame)
        texts = [value for value in self._values(holder, frame) if type(value) is str and len(value) <= MAX_TEXT]
        if name == "split":
            separators = self._values(node.args[0], frame) if node.args else (None,)
            return _split(texts, separators)
        change = _TEXT_METHODS.get(name)
        return tuple(change(text) for text in texts) if change else ()

    def _date(self, node: ast.Call, frame: Frame) -> Values:
        options = [self._values(argument, frame) for argument in node.args]
        if not options or any(len(option) != 1 for option in options):
            return ()
        try:
            return (_DATES[called_name(node)](*(option[0] for option in options)),)
        except (TypeError, ValueError, OverflowError):
            return ()

    def _helper(self, node: ast.Call, callee: Unit, frame: Frame) -> Values:
        """What a function of the module returns for these arguments."""
        given = dict(zip(callee.arguments, (self._values(argument, frame) for argument in node.args), strict=False))
        given |= {word.arg: self._values(word.value, frame) for word in node.keywords if word.arg}
        return self._union(callee.returns, Frame(callee, given, frame.depth))


def called_name(node: ast.Call) -> str:
    """Return the last part of what is called: ``get`` for ``a.b.get(...)``; "" for what has no name."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def parameter_arguments(node: ast.Call) -> tuple[ast.expr | None, ast.expr | None]:
    """Return the name and the default of a ``get_parameter`` call, given by position or by keyword."""
    words = {word.arg: word.value for word in node.keywords}
    name = node.args[0] if node.args else words.get("name")
    default = node.args[1] if len(node.args) > 1 else words.get("default_value", words.get("defaultValue"))
    return name, default


def _converted(values: Values, convert: Callable[[Any], Value]) -> Values:
    result: list[Value] = []
    for value in values:
        try:
            result.append(convert(value))
        except (TypeError, ValueError, OverflowError):
            continue
    return tuple(result)


def _split(texts: Iterable[str], separators: Iterable[object]) -> Values:
    marks = [mark for mark in separators if mark is None or (type(mark) is str and mark)]
    return tuple(part for text in texts for mark in marks for part in text.split(mark))


def _parts(table: ast.Dict) -> list[ast.expr]:
    return [part for pair in zip(table.keys, table.values, strict=True) for part in pair if part is not None]


def _distinct(values: Iterable[Value]) -> Values:
    # 1, 1.0 and the enumeration member "daily" beside the text "daily" are different values here.
    seen: dict[tuple[type, Value], Value] = {}
    for value in values:
        if len(seen) >= MAX_VALUES:
            break
        seen.setdefault((type(value), value), value)
    return tuple(seen.values())


def _day(value: datetime | date) -> date:
    return value.date() if isinstance(value, datetime) else value


_DATES: Mapping[str, Callable[..., date]] = {
    "datetime": lambda *parts: _day(datetime(*parts)),  # noqa: DTZ001  # a calendar day of the exchange, no instant
    "DateTime": lambda *parts: _day(datetime(*parts)),  # noqa: DTZ001  # as above
    "date": date,
    "strptime": lambda text, form: _day(datetime.strptime(text, form)),  # noqa: DTZ007  # as above
    "fromisoformat": lambda text: _day(datetime.fromisoformat(text)),
}
