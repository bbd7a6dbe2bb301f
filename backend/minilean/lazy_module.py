"""Modules that are imported when they are first used: most strategies never touch numpy or pandas."""

import importlib
from types import ModuleType
from typing import Any


class LazyModule:
    """Stands for a module until one of its attributes is read."""

    def __init__(self, name: str) -> None:
        self.__dict__["_name"] = name

    def _load(self) -> ModuleType:
        return importlib.import_module(self.__dict__["_name"])

    def __getattr__(self, attribute: str) -> Any:  # noqa: ANN401 - whatever the module has
        value = getattr(self._load(), attribute)
        self.__dict__[attribute] = value
        return value

    def __setattr__(self, attribute: str, value: object) -> None:
        setattr(self._load(), attribute, value)

    def __dir__(self) -> list[str]:
        return dir(self._load())
