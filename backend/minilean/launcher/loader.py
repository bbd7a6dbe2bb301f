"""Imports the strategy's module and makes its algorithm."""

# ruff: noqa: G004 - records of LEAN's form, not of the module logging

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from minilean.algorithm.qc_algorithm import QCAlgorithm
from minilean.lazy_module import write_as_numpy_1
from minilean.log_handler import CompositeLogHandler

_PYTHON = Path(__file__).resolve().parents[1] / "python"


class NoAlgorithmError(RuntimeError):
    """The module defines no algorithm class."""


def configure_paths(location: Path, extra: Sequence[str], log: CompositeLogHandler) -> None:
    """Put the strategy's folder first on ``sys.path``, then the working directory, the shims and extra folders."""
    paths = [str(location.resolve().parent), str(Path.cwd()), str(_PYTHON)]
    for path in extra:
        if Path(path).is_dir():
            paths.append(path)
        else:
            log.error(f"PythonInitializer.ConfigurePythonPaths(): Unable to find python path: {path}. Skipping.")
    sys.path[:] = paths + [path for path in sys.path if path and path not in paths]


def import_surface() -> None:
    """Import what every strategy imports first, for processes that are to be copies of this one."""
    sys.path.insert(0, str(_PYTHON))
    try:
        importlib.import_module("AlgorithmImports")
    finally:
        sys.path.remove(str(_PYTHON))


def create_algorithm(location: Path, log: CompositeLogHandler) -> QCAlgorithm:
    """Import the module and make an instance of each algorithm class in it; the last by name is the one that runs.

    Raises:
        NoAlgorithmError: There is no such class.
        Exception: Whatever the strategy's code raises.
    """
    name = location.stem
    version = sys.version.replace("\n", "")
    log.trace(f"AlgorithmPythonWrapper(): Python version {version}: Importing python module {name}")
    module = importlib.import_module(name)
    write_as_numpy_1()
    log.trace(f"AlgorithmPythonWrapper(): {name} successfully imported.")
    algorithm: QCAlgorithm | None = None
    for attribute in dir(module):
        candidate = getattr(module, attribute)
        if not isinstance(candidate, type) or not issubclass(candidate, QCAlgorithm):
            continue
        if not candidate.__module__.startswith(name):
            continue
        log.trace("AlgorithmPythonWrapper(): Creating IAlgorithm instance.")
        algorithm = candidate()
    if algorithm is None:
        raise NoAlgorithmError("Please ensure that one class inherits from QCAlgorithm.")
    return algorithm
