"""Modules that are imported when they are first used: most strategies never touch numpy or pandas."""

import importlib
import sys
from types import ModuleType
from typing import Any


def write_as_numpy_1() -> None:
    """Let numpy, if it is loaded, write scalars as that of LEAN's image does: ``1.5``, not ``np.float64(1.5)``."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.set_printoptions(legacy="1.25")


class LazyModule:
    """Stands for a module until one of its attributes is read."""

    def __init__(self, name: str) -> None:
        self.__dict__["_name"] = name

    def _load(self) -> ModuleType:
        module = importlib.import_module(self.__dict__["_name"])
        write_as_numpy_1()
        return module

    def __getattr__(self, attribute: str) -> Any:  # noqa: ANN401 - whatever the module has
        value = getattr(self._load(), attribute)
        self.__dict__[attribute] = value
        return value

    def __setattr__(self, attribute: str, value: object) -> None:
        setattr(self._load(), attribute, value)

    def __dir__(self) -> list[str]:
        return dir(self._load())
