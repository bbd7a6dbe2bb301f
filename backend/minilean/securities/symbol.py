"""Symbols and security identifiers: the name a security keeps through ticker changes."""

from datetime import datetime
from typing import Any

from minilean import times
from minilean.enums import SecurityType
from minilean.run_context import CONTEXT
from minilean.securities.market import USA, market_code, market_name
from minilean.surface import Surface, no_method_matches

__all__ = ["DEFAULT_DATE", "NO_DATE", "USA", "SecurityIdentifier", "Symbol"]

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OA_EPOCH_DAYS = 25569  # from 1899-12-30 to 1970-01-01
DEFAULT_DATE = times.parse_date("19980102")
"""First date of equities that have no map file."""
NO_DATE = -_OA_EPOCH_DAYS * times.DAY
"""First date of securities that have none: pairs of currencies."""


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"


class SecurityIdentifier(Surface):
    """LEAN's SID: first ticker, first date, market and kind of a security, printed as ``SPY R735QTJ8XC9X``."""

    __slots__ = ("_text", "first_utc", "market", "security_type", "symbol")

    def __init__(self, ticker: str, first_date: int, security_type: SecurityType, market: str) -> None:
        self.symbol = ticker
        self.first_utc = first_date
        self.security_type = security_type
        self.market = market
        days = first_date // times.DAY + _OA_EPOCH_DAYS
        number = days * 10**14 + market_code(market) * 100 + int(security_type)
        self._text = f"{ticker} {_base36(number)}"

    @staticmethod
    def parse(text: str) -> "SecurityIdentifier | None":
        """Return the identifier of its text, None when the text is none of a kind and market that are known."""
        parts = text.split()
        if len(parts) != 2 or not set(parts[1]) <= set(_DIGITS):
            return None
        number = int(parts[1], 36)
        market = market_name(number // 100 % 1000)
        kind = number % 100
        if market is None or kind not in set(SecurityType):
            return None
        first = (number // 10**14 - _OA_EPOCH_DAYS) * times.DAY
        return SecurityIdentifier(parts[0], first, SecurityType(kind), market)

    @staticmethod
    def generate_constituent_identifier(symbol: str, security_type: SecurityType, market: str) -> "SecurityIdentifier":
        """Return the identifier of a universe of constituents."""
        return SecurityIdentifier(symbol, DEFAULT_DATE, security_type, market)

    @staticmethod
    def generate_equity(ticker: str, market: str) -> "SecurityIdentifier":
        """Return the identifier of an equity by its ticker of today."""
        return Symbol.create(ticker, SecurityType.EQUITY, market).id

    Parse = parse
    GenerateConstituentIdentifier = generate_constituent_identifier
    GenerateEquity = generate_equity

    @property
    def date(self) -> datetime:
        """First date of the security."""
        return times.to_datetime(self.first_utc)

    def __str__(self) -> str:
        return self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecurityIdentifier) and other._text == self._text


class Symbol(Surface):
    """A security identifier with today's ticker; equal to another of the same identifier, and to its own ticker.

    Attributes:
        sid: Text of the identifier, LEAN's sorting key.
        value: The ticker as the strategy wrote it or as it is mapped now.
        permtick: First ticker of the security, under which map and factor files lie.
    """

    __slots__ = ("_hash", "id", "market", "permtick", "security_type", "sid", "value")

    def __init__(self, identifier: SecurityIdentifier, value: str) -> None:
        self.id = identifier
        self.sid = str(identifier)
        self.value = value
        self.permtick = identifier.symbol
        self.market = identifier.market
        self.security_type = identifier.security_type
        self._hash = hash(self.sid)

    @staticmethod
    def create(ticker: str, security_type: SecurityType, market: str, alias: str | None = None) -> "Symbol":
        """Return the symbol of a ticker as it is used today, without adding anything.

        Raises:
            NotSupportedError: A kind of asset that this engine does not have.
            TypeError: The arguments fit no overload.
        """
        if not (isinstance(ticker, str) and isinstance(security_type, SecurityType) and isinstance(market, str)):
            raise no_method_matches("Create", ticker, security_type, market)
        made: Symbol = CONTEXT.get().create_symbol(ticker, security_type, market, alias)
        return made

    Create = create

    @property
    def canonical(self) -> None:
        """Equities have no canonical symbol."""
        return

    @property
    def has_underlying(self) -> bool:
        """Whether this is a derivative: never in this engine."""
        return False

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        if isinstance(other, Symbol):
            return other.sid == self.sid
        if isinstance(other, str):
            if self.security_type is SecurityType.BASE:
                return self._is_named(other)
            return other.upper() in {self.value.upper(), self.sid.upper()}
        return False

    def _is_named(self, text: str) -> bool:
        """Tell whether a text means this custom data: its name, or the ticker in it when nothing else has that."""
        if text.upper() in {self.sid.upper(), self.permtick.upper()}:
            return True
        found = CONTEXT.get().find_symbol(text) if text.upper() == self.value.upper() else None
        return found is not None and found.sid == self.sid

    def __lt__(self, other: Any) -> bool:  # noqa: ANN401 - a symbol or a ticker
        return self.value < (other.value if isinstance(other, Symbol) else str(other))

    def __gt__(self, other: Any) -> bool:  # noqa: ANN401 - a symbol or a ticker
        return self.value > (other.value if isinstance(other, Symbol) else str(other))

    def __str__(self) -> str:
        return self.permtick if self.security_type is SecurityType.BASE else self.value

    def __repr__(self) -> str:
        return str(self)
