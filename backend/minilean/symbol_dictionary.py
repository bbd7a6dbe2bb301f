"""Dictionaries by symbol as pythonnet shows them: indexed by symbol or ticker, iterated as key-value pairs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from minilean.securities.symbol import Symbol
from minilean.spellings import Spelled

V = TypeVar("V")


class KeyValuePair(NamedTuple):
    """One entry of a dictionary."""

    key: Symbol
    value: Any

    @property
    def Key(self) -> Symbol:  # noqa: N802 - LEAN's name
        """The key."""
        return self.key

    @property
    def Value(self) -> Any:  # noqa: ANN401, N802 - LEAN's name
        """The value."""
        return self.value


class SymbolDictionary(dict[Symbol, V], Spelled, Generic[V]):
    """A dictionary by symbol that also finds tickers; iterating it gives pairs, as in .NET."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __getitem__(self, key: Symbol | str, /) -> V: ...

    def find(self, key: object) -> Symbol | None:
        """Return the symbol that a symbol, SID or ticker means here, None if it is not there."""
        if isinstance(key, Symbol):
            return key if dict.__contains__(self, key) else None
        if isinstance(key, str):
            return next((symbol for symbol in dict.keys(self) if symbol == key), None)
        return None

    def __missing__(self, key: object) -> V:
        symbol = self.find(key)
        if symbol is None:
            raise KeyError(self._missing_text(key))
        return dict.__getitem__(self, symbol)

    def _missing_text(self, key: object) -> str:
        return str(key)

    def __contains__(self, key: object) -> bool:
        if isinstance(key, Symbol):
            return dict.__contains__(self, key)
        return self.find(key) is not None

    def __iter__(self) -> Iterator[KeyValuePair]:  # type: ignore[override]
        for key, value in dict.items(self):
            yield KeyValuePair(key, value)

    def get(self, key: object, default: Any = None) -> Any:  # noqa: ANN401
        """Return the value of a symbol or ticker, or a default."""
        symbol = self.find(key)
        return default if symbol is None else dict.__getitem__(self, symbol)

    def contains_key(self, key: object) -> bool:
        """Tell whether a symbol or ticker is there."""
        return key in self

    def try_get_value(self, key: object) -> tuple[bool, V | None]:
        """Return whether a symbol is there, and its value."""
        symbol = self.find(key)
        return (False, None) if symbol is None else (True, dict.__getitem__(self, symbol))

    def get_value(self, key: object) -> V | None:
        """Return the value of a symbol or None."""
        symbol = self.find(key)
        return None if symbol is None else dict.__getitem__(self, symbol)

    @property
    def count(self) -> int:
        """Number of entries."""
        return len(self)

    @property
    def Keys(self) -> list[Symbol]:  # noqa: N802 - LEAN's name
        """The symbols."""
        return list(dict.keys(self))

    @property
    def Values(self) -> list[V]:  # noqa: N802 - LEAN's name
        """The values."""
        return list(dict.values(self))
