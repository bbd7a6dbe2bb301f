"""Lets data frames be indexed by tickers as well as by symbols, as LEAN's do.

LEAN replaces pandas' look-up functions for the whole process; this does the same, when the first frame is made.
"""

import functools
import importlib
from collections.abc import Callable
from typing import Any

from minilean.securities.symbol import Symbol

FindSymbol = Callable[[str], Symbol | None]
_RAISING = (
    ("pandas.core.indexing", "_LocationIndexer", "__getitem__"),
    ("pandas.core.indexing", "_ScalarAccessIndexer", "__getitem__"),
    ("pandas.core.indexes.base", "Index", "get_loc"),
    ("pandas.core.frame", "DataFrame", "__getitem__"),
)


class PandasMapper:
    """Turns the tickers in the keys of look-ups into symbols."""

    def __init__(self, find: FindSymbol) -> None:
        """Take what finds the symbol of a ticker that the strategy knows."""
        self._find = find

    def install(self) -> None:
        """Replace pandas' look-up functions; those of a mapper before this one are replaced, too."""
        for module, owner, method in _RAISING:
            self._wrap(module, owner, method, self._raising)
        self._wrap("pandas.core.indexes.base", "Index", "__contains__", self._telling)

    def _wrap(self, module: str, owner: str, method: str, wrapper: Callable[[Any], Any]) -> None:
        cls = getattr(importlib.import_module(module), owner)
        current = getattr(cls, method)
        setattr(cls, method, wrapper(getattr(current, "without_symbols", current)))

    def map(self, key: Any) -> Any:  # noqa: ANN401 - any key of pandas
        """Return a key with the tickers in it replaced by symbols."""
        if type(key) is str:
            found = self._find(key)
            return key if found is None else found
        if type(key) is tuple:
            return tuple(self.map(part) for part in key)
        if type(key) is list:
            return [self.map(part) for part in key]
        return key

    def _raising(self, method: Any) -> Any:  # noqa: ANN401 - pandas' methods
        """Look up the mapped key, and the key as it was given when there is none."""

        @functools.wraps(method)
        def look_up(owner: Any, *arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401
            mapped = self.map(arguments)
            if not _changed(mapped, arguments):
                return method(owner, *arguments, **keywords)
            try:
                return method(owner, *mapped, **keywords)
            except (KeyError, TypeError):
                pass
            try:
                return method(owner, *arguments, **keywords)
            except KeyError:
                raise KeyError(
                    "No key found for either mapped or original key. "
                    f"Mapped Key: {_texts(mapped)}; Original Key: {_texts(arguments)}"
                ) from None

        look_up.without_symbols = method  # type: ignore[attr-defined]
        return look_up

    def _telling(self, method: Any) -> Any:  # noqa: ANN401
        """Tell whether the key is there as it was given or mapped."""

        @functools.wraps(method)
        def tell(owner: Any, key: Any) -> bool:  # noqa: ANN401
            if method(owner, key):
                return True
            mapped = self.map(key)
            return bool(mapped is not key and method(owner, mapped))

        tell.without_symbols = method  # type: ignore[attr-defined]
        return tell


def _changed(mapped: Any, original: Any) -> bool:  # noqa: ANN401
    """Tell whether mapping found a ticker; comparing by value would not, since symbols equal their tickers."""
    if isinstance(mapped, (tuple, list)):
        return any(_changed(new, old) for new, old in zip(mapped, original, strict=True))
    return mapped is not original


def _texts(key: tuple[Any, ...]) -> list[str]:
    return [str(part) for part in key if isinstance(part, (str, Symbol))]
