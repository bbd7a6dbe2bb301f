"""What of LEAN's API a strategy uses that this engine does not have, read from its source without running it.

``python -m minilean.support FILE... --json`` prints an object: for each file a list of ``{name, line, message}``.
"""

import argparse
import ast
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from minilean.algorithm.lean_names import QC_ALGORITHM_NAMES, lean_type_names
from minilean.algorithm.qc_algorithm import REFUSED
from minilean.brokerages.catalogue import is_supported
from minilean.data.slice import REFUSED as REFUSED_OF_SLICE
from minilean.securities.security import REFUSED as REFUSED_OF_SECURITY
from minilean.surface import NotSupportedError, snake_case

_IMPORTS = Path(__file__).resolve().parent / "python" / "AlgorithmImports.py"
_MODEL_PACKAGES = frozenset({"Alphas", "Execution", "Portfolio", "Risk", "Selection"})
_REFUSED_RESOLUTIONS = frozenset({"TICK", "SECOND", "Tick", "Second"})
_REFUSED_MEMBERS = (REFUSED_OF_SLICE | REFUSED_OF_SECURITY) - {"session", "ticks", "data_filter"}


@dataclass(frozen=True, slots=True)
class Unsupported:
    """One use of something that is refused."""

    name: str
    line: int
    message: str


def supported_names() -> frozenset[str]:
    """Return the members of `QCAlgorithm` that this engine has, in snake_case."""
    return QC_ALGORITHM_NAMES - REFUSED


def refused_names() -> frozenset[str]:
    """Return the members of LEAN's `QCAlgorithm` that this engine refuses by name."""
    return REFUSED


def imported_names() -> frozenset[str]:
    """Return the names that this engine's `AlgorithmImports` brings."""
    sys.path.insert(0, str(_IMPORTS.parent))
    try:
        module = __import__(_IMPORTS.stem)
    finally:
        sys.path.pop(0)
    return frozenset(name for name in dir(module) if not name.startswith("_"))


def check_source(source: str, imported: frozenset[str] | None = None) -> list[Unsupported]:
    """Return what a source uses that is refused, by line; nothing for one that cannot be parsed."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    names = imported_names() if imported is None else imported
    found = {(use.name, use.line): use for use in _uses(tree, names)}
    return sorted(found.values(), key=lambda use: (use.line, use.name))


def _uses(tree: ast.Module, imported: frozenset[str]) -> Iterator[Unsupported]:
    own = _own_names(tree)
    refused = refused_names()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = _refused_attribute(node, own, refused)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            name = node.id if node.id in lean_type_names() - imported - own else None
        elif isinstance(node, ast.Call):
            name = _refused_call(node)
        elif isinstance(node, ast.ImportFrom):
            name = _refused_import(node, imported)
        else:
            name = None
        if name is not None and isinstance(node, (ast.Attribute, ast.Name, ast.Call, ast.ImportFrom)):
            yield Unsupported(name, node.lineno, str(NotSupportedError(name)))


def _own_names(tree: ast.Module) -> frozenset[str]:
    """Return what the file defines or imports itself: classes, functions, variables and attributes of ``self``."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return frozenset(names)


def _refused_attribute(node: ast.Attribute, own: frozenset[str], refused: frozenset[str]) -> str | None:
    name = node.attr
    if name in own or isinstance(node.ctx, ast.Store):
        return None
    if isinstance(node.value, ast.Name) and node.value.id == "Resolution" and name in _REFUSED_RESOLUTIONS:
        return f"Resolution.{name.upper()}"
    snake = name.lower() if name.isupper() else snake_case(name)
    if isinstance(node.value, ast.Name) and node.value.id == "self":
        return snake if snake in refused else None
    return snake if snake in _REFUSED_MEMBERS else None


def _refused_import(node: ast.ImportFrom, imported: frozenset[str]) -> str | None:
    """Tell a model of LEAN's that is imported by its module and that this engine does not have."""
    package, _, module = (node.module or "").partition(".")
    if package not in _MODEL_PACKAGES:
        return None
    return module if module in lean_type_names() - imported else None


def _refused_call(node: ast.Call) -> str | None:
    """Tell calls that are supported with some arguments only: brokerages without a model here."""
    if not isinstance(node.func, ast.Attribute) or snake_case(node.func.attr) != "set_brokerage_model":
        return None
    texts = [argument.attr for argument in node.args if isinstance(argument, ast.Attribute)]
    for argument in node.args:
        if isinstance(argument, ast.Attribute) and isinstance(argument.value, ast.Name):
            named = argument.value.id == "BrokerageName"
            if named and not is_supported(argument.attr):
                return f"set_brokerage_model({', '.join(texts)})"
    return None


def check_file(path: Path, imported: frozenset[str]) -> list[Unsupported]:
    """Return what a file uses that is refused.

    Raises:
        OSError: The file cannot be read.
    """
    return check_source(path.read_text(encoding="utf-8-sig", errors="replace"), imported)


def main(arguments: Sequence[str]) -> int:
    """Print the answer for each file; return 1 when something is refused and no JSON was asked for."""
    parser = argparse.ArgumentParser(prog="python -m minilean.support", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print a JSON object: file to list of uses")
    options = parser.parse_args(arguments)
    imported = imported_names()
    answers = {str(path): check_file(path, imported) for path in options.files}
    if options.json:
        json.dump({path: [asdict(use) for use in uses] for path, uses in answers.items()}, sys.stdout)
        sys.stdout.write("\n")
        return 0
    for path, uses in answers.items():
        sys.stdout.writelines(f"{path}:{use.line}: {use.message}\n" for use in uses)
    return 1 if any(answers.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
