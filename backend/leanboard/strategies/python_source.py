"""From Python text to the class that LEAN will run. Nothing is imported or executed.

The rule, the same that the guest applies to the loaded module: a candidate is a class at the top level of the file with
QCAlgorithm, or another candidate, among its bases, and no candidate derives from it. One must be left.
"""

import ast
import threading
import warnings
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from leanboard.strategies.source_text import BrokenSource, clean

ROOT_CLASS = "QCAlgorithm"

ModuleLookup = Callable[[str], ast.Module | None]
"""Finds the parsed text of a module beside the main file by its import name; None if there is none, or it is broken."""

_parse_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class AlgorithmClass:
    """The chosen class.

    Attributes:
        node: Its definition.
        lineage: The class and those of its bases that the same file defines, nearest first.
        complete: Whether every base is QCAlgorithm or in ``lineage``.
    """

    node: ast.ClassDef
    lineage: tuple[ast.ClassDef, ...]
    complete: bool


def parse(text: str, name: str) -> ast.Module:
    """Return the syntax tree.

    Args:
        text: Python source.
        name: The file's name, for the error.

    Raises:
        BrokenSource: It is not Python; the line is the one that Python names.
    """
    try:
        # catch_warnings swaps process-wide state: one thread at a time. Doubtful escapes are none of our business.
        with _parse_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise BrokenSource(f"{name}: {clean(error.msg)}", error.lineno or None) from error
    except (RecursionError, MemoryError) as error:
        raise BrokenSource(f"{name} is nested too deeply") from error
    except ValueError as error:
        raise BrokenSource(f"{name}: {clean(str(error))}") from error


def choose_class(tree: ast.Module, lookup: ModuleLookup, wanted: str | None = None) -> AlgorithmClass:
    """Return the class that will run.

    Args:
        tree: The main file.
        lookup: Finds modules beside it, so that a base class in a sibling file counts.
        wanted: config.json's ``algorithm-type-name``: decides when several candidates are left.

    Raises:
        BrokenSource: No candidate, several, or one that LEAN refuses.
    """
    classes, _ = _candidates(tree, lookup)
    leaves = _leaves(classes)
    named = [node for node in leaves if node.name == wanted]
    if len(named) == 1:
        leaves = named
    if not leaves:
        raise BrokenSource(f"no class derives from {ROOT_CLASS}")
    if len(leaves) > 1:
        listed = ", ".join(f"{clean(node.name)} (line {node.lineno})" for node in leaves)
        raise BrokenSource(
            f"several classes could be the algorithm: {listed}; keep one, or give algorithm-type-name in config.json",
            leaves[-1].lineno,
        )
    return _checked(leaves[0], classes)


def dotted(node: ast.expr) -> str:
    """Return ``a.b.c`` for names and attributes of names, else ""."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))


def _candidates(tree: ast.Module, lookup: ModuleLookup) -> tuple[dict[str, ast.ClassDef], set[str]]:
    """Return the candidates by name, and the names by which algorithm classes of elsewhere are known here."""
    classes: dict[str, ast.ClassDef] = {}
    foreign = {ROOT_CLASS}
    for node in _top_level(tree):
        if isinstance(node, ast.ClassDef):
            classes.pop(node.name, None)
            if any(_is_algorithm(base, classes, foreign) for base in node.bases):
                classes[node.name] = node
        elif isinstance(node, ast.ImportFrom | ast.Import):
            foreign |= _imported(node, lookup)
        elif isinstance(node, ast.Assign) and _is_algorithm(node.value, classes, foreign):
            foreign |= {target.id for target in node.targets if isinstance(target, ast.Name)} - classes.keys()
    return classes, foreign


def _is_algorithm(base: ast.expr, classes: Collection[str], foreign: Collection[str]) -> bool:
    name = dotted(base)
    return name in classes or name in foreign or name.endswith(f".{ROOT_CLASS}")


def _imported(node: ast.ImportFrom | ast.Import, lookup: ModuleLookup) -> set[str]:
    """Names that this import binds to algorithm classes."""
    if isinstance(node, ast.Import):
        return {
            f"{alias.asname or alias.name}.{name}" for alias in node.names for name in _classes_of(lookup(alias.name))
        }
    known = _classes_of(lookup(node.module or "")) | {ROOT_CLASS}
    names = {alias.asname or alias.name for alias in node.names if alias.name in known}
    return names | (known if any(alias.name == "*" for alias in node.names) else set())


def _classes_of(tree: ast.Module | None) -> set[str]:
    # One level only: a sibling's own imports are not followed, which also ends circles.
    return set() if tree is None else set(_candidates(tree, lambda _: None)[0])


def _top_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements that run at import, those inside ``if`` and ``try`` included, in the order of the source."""
    stack = list(reversed(tree.body))
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
            handlers = node.handlers if isinstance(node, ast.Try) else []
            stack.extend(reversed(inner + [child for handler in handlers for child in handler.body]))


def _leaves(classes: dict[str, ast.ClassDef]) -> list[ast.ClassDef]:
    parents = {dotted(base) for node in classes.values() for base in node.bases}
    return [node for name, node in classes.items() if name not in parents]


def _checked(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> AlgorithmClass:
    lineage = [node]
    complete = True
    while True:
        current = lineage[-1]
        if len(current.bases) > 1:
            raise BrokenSource(
                f"class {clean(current.name)} has several bases: LEAN refuses them beside {ROOT_CLASS}", current.lineno
            )
        parent = classes.get(dotted(current.bases[0]))
        if parent is None or parent in lineage:
            complete = dotted(current.bases[0]).rpartition(".")[2] == ROOT_CLASS
            break
        lineage.append(parent)
    if complete and not any(_has_initialize(member) for member in lineage):
        raise BrokenSource(f"class {clean(node.name)} has no initialize method", node.lineno)
    return AlgorithmClass(node, tuple(lineage), complete)


def _has_initialize(node: ast.ClassDef) -> bool:
    bound = {child.id for child in ast.walk(node) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)}
    defined = {child.name for child in ast.walk(node) if isinstance(child, ast.FunctionDef)}
    return bool({"initialize", "Initialize"} & (bound | defined))
