"""Which expressions a name may stand for, per function of a module; the order of statements is not looked at."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(eq=False, slots=True)
class Unit:
    """A function or method with all that it contains, or everything outside of functions.

    Attributes:
        function: None for what is outside of functions.
        nodes: Its nodes, in the order of the source.
        names: Expressions that each name is bound to: assigned, or iterated over.
        returns: What the function returns.
    """

    function: Function | None
    nodes: list[ast.AST] = field(default_factory=list)
    names: dict[str, list[ast.expr]] = field(default_factory=lambda: defaultdict(list))
    returns: list[ast.expr] = field(default_factory=list)

    @property
    def arguments(self) -> list[str]:
        """Names of the positional arguments, without self."""
        if self.function is None:
            return []
        names = [argument.arg for argument in (*self.function.args.posonlyargs, *self.function.args.args)]
        return names[1:] if names[:1] in (["self"], ["cls"]) else names


class Bindings:
    """All units of a module, and the attributes that they set.

    Attributes:
        outside: What is in no function; class bodies belong to it.
        functions: Every function that is not inside another, by name; a later one replaces an earlier one.
        attributes: Expressions that ``anything.name`` is bound to, class constants included.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.outside = Unit(None)
        self.functions: dict[str, Unit] = {}
        self.attributes: dict[str, list[ast.expr]] = defaultdict(list)
        self._units = [self.outside]
        self._collect(tree)
        for unit in self._units:
            for node in unit.nodes:
                self._bind(unit, node)
        for name, values in self.outside.names.items():
            self.attributes[name].extend(values)

    def calls(self) -> Iterator[tuple[ast.Call, Unit]]:
        """Yield every call with the unit it stands in, in the order of the source."""
        found = [(node, unit) for unit in self._units for node in unit.nodes if isinstance(node, ast.Call)]
        yield from sorted(found, key=lambda pair: (pair[0].lineno, pair[0].col_offset))

    def _collect(self, tree: ast.Module) -> None:
        stack: list[ast.AST] = [tree]
        while stack:
            node = stack.pop()
            if isinstance(node, Function):
                unit = Unit(node, nodes=list(ast.walk(node)))
                self._units.append(unit)
                self.functions[node.name] = unit
            else:
                self.outside.nodes.append(node)
                stack.extend(reversed(list(ast.iter_child_nodes(node))))

    def _bind(self, unit: Unit, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(unit, target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                self._assign(unit, target, value)
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                for element in value.elts if isinstance(value, ast.Tuple | ast.List | ast.Set) else [value]:
                    self._assign(unit, target, element)
            case ast.Return(value=ast.expr() as value):
                unit.returns.append(value)

    def _assign(self, unit: Unit, target: ast.expr, value: ast.expr) -> None:
        pairs = [(target, value)]
        while pairs:
            left, right = pairs.pop()
            if isinstance(left, ast.Name):
                unit.names[left.id].append(right)
            elif isinstance(left, ast.Attribute):
                self.attributes[left.attr].append(right)
            elif isinstance(left, ast.Starred):
                pairs.append((left.value, right))
            elif isinstance(left, ast.Tuple | ast.List):
                pairs.extend(_unpacked(left.elts, right))


def _unpacked(targets: list[ast.expr], value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """Pair targets with the values of a literal of the same length; else each may be any part of the value."""
    if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(targets):
        return list(zip(targets, value.elts, strict=True))
    return [(target, value) for target in targets]
