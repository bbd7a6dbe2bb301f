"""What a Python strategy says about itself: parameters, symbols, resolutions, dates, cash."""

import ast
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from leanboard.models.requests import Resolution
from leanboard.models.strategies import ParameterDefault, ParameterType, StrategyParameter, StrategyProblem
from leanboard.strategies.bindings import Bindings, Unit
from leanboard.strategies.facts import StrategyFacts
from leanboard.strategies.literals import Literals, Value, called_name, constant, parameter_arguments
from leanboard.strategies.parameters import convert, guess_type, portable, type_of
from leanboard.strategies.source_text import clean

MAX_CASH = 10**28

_ADD_METHODS: Mapping[str, int] = {
    # position of the ticker; the resolution follows it
    "addequity": 0,
    "addforex": 0,
    "addcrypto": 0,
    "addcryptofuture": 0,
    "addcfd": 0,
    "addindex": 0,
    "addoption": 0,
    "addfuture": 0,
    "addindexoption": 0,
    "addsecurity": 1,
    "adddata": 1,
}


def read_facts(tree: ast.Module, configured: Mapping[str, str]) -> StrategyFacts:
    """Read what the calls of the whole file tell.

    Args:
        tree: The main file.
        configured: config.json's parameters; they take the place of the defaults in the source.
    """
    bindings = Bindings(tree)
    calls = list(bindings.calls())
    literals = Literals(bindings, configured)
    parameters, problems = read_parameters(tree, calls, literals, configured)
    return StrategyFacts(
        parameters=parameters,
        problems=problems,
        symbols=tuple(dict.fromkeys(_symbols(calls, literals))),
        resolutions=_resolutions(calls, literals, bindings, parameters),
        start_date=_last_date(calls, literals, "setstartdate"),
        end_date=_last_date(calls, literals, "setenddate"),
        initial_cash=_last_cash(calls, literals),
    )


def read_parameters(
    tree: ast.Module, calls: list[tuple[ast.Call, Unit]], literals: Literals, configured: Mapping[str, str]
) -> tuple[tuple[StrategyParameter, ...], tuple[StrategyProblem, ...]]:
    """Return every parameter, and what LEAN would silently not take from config.json.

    Args:
        tree: The main file.
        calls: Its calls, in the order of the source.
        literals: Reads defaults that are names of constants.
        configured: config.json's parameters.
    """
    around = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found: dict[str, ParameterDefault] = {}
    kinds: dict[str, ParameterType] = {}
    for call, unit in calls:
        name = _parameter_name(call)
        if name is not None and found.get(name) is None:
            found[name], kinds[name] = _default(call, unit, around, literals)
    problems = []
    for name, text in configured.items():
        kind = kinds.get(name, guess_type(text))
        value = convert(text, kind)
        if value is None:
            problems.append(_unfit(name, text, kind, found.get(name)))
        else:
            found[name], kinds[name] = value, kind
    return tuple(StrategyParameter(name=n, default=found[n], type=kinds[n]) for n in found), tuple(problems)


def _parameter_name(call: ast.Call) -> str | None:
    if called_name(call) not in ("get_parameter", "GetParameter"):
        return None
    name = constant(parameter_arguments(call)[0])
    return clean(name) if isinstance(name, str) else None


def _default(
    call: ast.Call, unit: Unit, around: Mapping[int, ast.AST], literals: Literals
) -> tuple[ParameterDefault, ParameterType]:
    """Default and type: the literal's own, or those of ``int(...)`` and ``... or 5`` around a call without default."""
    _, node = parameter_arguments(call)
    parent = around.get(id(call))
    if node is None and isinstance(parent, ast.BoolOp) and isinstance(parent.op, ast.Or):
        node, parent = parent.values[-1], around.get(id(parent))
    value = portable(constant(node))
    if value is None and node is not None:
        resolved = literals.values(node, unit)
        value = portable(resolved[0]) if len(resolved) == 1 else None
    kind = type_of(value)
    wrapper = called_name(parent) if isinstance(parent, ast.Call) else ""
    if kind is ParameterType.TEXT and wrapper in ("int", "float"):
        kind = ParameterType(wrapper)
        value = convert(value, kind) if isinstance(value, str) else None
    return value, kind


def _unfit(name: str, text: str, kind: ParameterType, default: ParameterDefault) -> StrategyProblem:
    wanted = {ParameterType.INTEGER: "a whole number", ParameterType.BOOLEAN: "true or false"}.get(kind, "a number")
    reason = (
        f"config.json: parameter {name!r} is {text[:80]!r}, not {wanted}; LEAN silently takes the default {default!r}"
    )
    return StrategyProblem(reason=reason)


def _key(call: ast.Call) -> str:
    """The called name without style: ``addequity`` for add_equity and AddEquity."""
    return called_name(call).replace("_", "").lower()


def _argument(call: ast.Call, position: int, *words: str) -> ast.expr | None:
    if position < len(call.args):
        return call.args[position]
    return next((word.value for word in call.keywords if word.arg in words), None)


def _symbols(calls: list[tuple[ast.Call, Unit]], literals: Literals) -> Iterator[str]:
    for call, unit in calls:
        position = _ADD_METHODS.get(_key(call))
        if position is None:
            continue
        for value in literals.values(_argument(call, position, "ticker", "symbol"), unit):
            if isinstance(value, str) and not isinstance(value, Resolution) and value.strip():
                yield clean(value.strip())


def _resolutions(
    calls: list[tuple[ast.Call, Unit]],
    literals: Literals,
    bindings: Bindings,
    parameters: tuple[StrategyParameter, ...],
) -> tuple[Resolution, ...]:
    """Resolutions of the add calls; the parameter ``resolution`` stands in for what the text does not tell."""
    found: set[Resolution] = set()
    for call, unit in calls:
        position = _ADD_METHODS.get(_key(call))
        if position is None:
            continue
        node = _argument(call, position + 1, "resolution")
        values = literals.values(node, unit) if node is not None else _universe_resolution(literals, bindings)
        found.update(value for value in values if isinstance(value, Resolution))
    if not found:
        wanted = {str(parameter.default).lower() for parameter in parameters if parameter.name == "resolution"}
        found = {member for member in Resolution if member.value in wanted}
    return tuple(member for member in Resolution if member in found)


def _universe_resolution(literals: Literals, bindings: Bindings) -> tuple[Value, ...]:
    """What an add call without resolution means: ``universe_settings.resolution``, LEAN's own default being minute."""
    for node in bindings.attributes.get("resolution", []) + bindings.attributes.get("Resolution", []):
        values = literals.values(node, bindings.outside)
        if values:
            return values
    return (Resolution.MINUTE,)


def _last_date(calls: list[tuple[ast.Call, Unit]], literals: Literals, key: str) -> date | None:
    found = None
    for call, unit in calls:
        if _key(call) == key:
            nodes = [*call.args, *(word.value for word in call.keywords)]
            found = _date([literals.values(node, unit) for node in nodes]) or found
    return found


def _date(options: list[tuple[Value, ...]]) -> date | None:
    if any(len(option) != 1 for option in options):
        return None
    values = [option[0] for option in options]
    if len(values) == 1 and isinstance(values[0], date):
        return values[0]
    if len(values) != 3 or not all(type(value) is int for value in values):
        return None
    try:
        return date(*(int(str(value)) for value in values))
    except (ValueError, OverflowError):
        return None


def _last_cash(calls: list[tuple[ast.Call, Unit]], literals: Literals) -> Decimal | None:
    found = None
    for call, unit in calls:
        # with two arguments it is an amount of another currency
        if _key(call) != "setcash" or len(call.args) + len(call.keywords) != 1:
            continue
        values = literals.values(_argument(call, 0, "starting_cash", "startingCash"), unit)
        found = (_money(values[0]) if len(values) == 1 else None) or found
    return found


def _money(value: Value) -> Decimal | None:
    try:
        amount = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return amount if amount.is_finite() and abs(amount) < MAX_CASH else None
