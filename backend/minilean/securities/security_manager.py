"""The securities that an algorithm has added."""

from typing import Any

from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.symbol_dictionary import SymbolDictionary


def missing_symbol_text(key: object) -> str:
    """Return LEAN's text for a symbol that was never added."""
    return (
        f"This asset symbol ({key}) was not found in your security list. Please add this security before using it. "
        "To prevent the exception, use self.securities.get(symbol), which returns None when the symbol is not found, "
        "or guard the access with 'if symbol in self.securities:'."
    )


class SecurityManager(SymbolDictionary[Security]):
    """The securities of a run; those that left it stay known to the portfolio.

    They are listed in the order of a .NET dictionary: a new one takes the place that became free last.
    """

    __slots__ = ("_free", "_places", "all_securities", "positions")

    def __init__(self) -> None:
        super().__init__()
        self._places: list[Symbol | None] = []
        self._free: list[int] = []
        self.all_securities: dict[Symbol, Security] = {}
        self.positions: list[Security] = []

    def add_security(self, security: Security) -> None:
        """Take a security in."""
        symbol = security.symbol
        self.all_securities[symbol] = security
        if not dict.__contains__(self, symbol):
            self._take_place(symbol)
        self[symbol] = security
        if len(self._places) > len(self) or self._places[-1] != symbol:
            self._list_again()
        security.holdings.on_change = self._position_changed
        self._position_changed()

    def _position_changed(self) -> None:
        self.positions = [each for each in self.all_securities.values() if each.holdings.quantity_]

    def remove_security(self, symbol: Symbol) -> None:
        """Let a security go; it is still found by its symbol."""
        if dict.pop(self, symbol, None) is not None:
            place = self._places.index(symbol)
            self._places[place] = None
            self._free.append(place)

    def _take_place(self, symbol: Symbol) -> None:
        if self._free:
            self._places[self._free.pop()] = symbol
        else:
            self._places.append(symbol)

    def _list_again(self) -> None:
        """Bring the entries into the order of their places."""
        listed = {symbol: self.all_securities[symbol] for symbol in self._places if symbol is not None}
        dict.clear(self)
        dict.update(self, listed)

    def find(self, key: object) -> Symbol | None:
        """Return the symbol that a symbol, SID or ticker means, of securities that left as well."""
        found = super().find(key)
        if found is not None or len(self.all_securities) == len(self):
            return found
        if isinstance(key, Symbol):
            return key if key in self.all_securities else None
        return next((symbol for symbol in self.all_securities if symbol == key), None)

    def __missing__(self, key: object) -> Security:
        symbol = self.find(key)
        if symbol is None:
            raise KeyError(self._missing_text(key))
        return self.all_securities[symbol]

    def __contains__(self, key: object) -> bool:
        return self.find(key) is not None

    def get(self, key: object, default: Any = None) -> Any:  # noqa: ANN401
        """Return a security by symbol or ticker, or a default."""
        symbol = self.find(key)
        return default if symbol is None else self.all_securities[symbol]

    def try_get_value(self, key: object) -> tuple[bool, Security | None]:
        """Return whether a security is there, and the security."""
        found: Security | None = self.get(key)
        return found is not None, found

    def get_value(self, key: object) -> Security | None:
        """Return a security or None."""
        found: Security | None = self.get(key)
        return found

    def _missing_text(self, key: object) -> str:
        return missing_symbol_text(key)
