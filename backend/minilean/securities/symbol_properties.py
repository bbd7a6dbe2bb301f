"""The symbol properties database of a LEAN data folder: trading rules of each symbol."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from minilean.enums import SecurityType
from minilean.securities.symbol import USA, Symbol
from minilean.surface import NotSupportedError, Surface, as_float, as_float_or_none

_KINDS = {"equity": SecurityType.EQUITY, "forex": SecurityType.FOREX, "crypto": SecurityType.CRYPTO,
          "cfd": SecurityType.CFD, "index": SecurityType.INDEX}  # fmt: skip
_PAIRS = frozenset({SecurityType.FOREX, SecurityType.CRYPTO, SecurityType.CFD})
_ANY = "[*]"


@dataclass(frozen=True)
class SymbolProperties(Surface):
    """Trading rules of a security.

    Attributes:
        quote_currency: Currency in which it is quoted.
        minimum_price_variation_: Smallest step of the price.
        lot_size_: Smallest quantity, and the step of quantities.
        minimum_order_size_: Smallest order where the market has one; what it counts is the brokerage's affair.
        description: Name of the security.
        market_ticker: Ticker in the brokerage's own words.
    """

    quote_currency: str
    minimum_price_variation_: Decimal
    lot_size_: Decimal
    minimum_order_size_: Decimal | None = None
    description: str = ""
    market_ticker: str = ""

    @staticmethod
    def default(quote_currency: str) -> "SymbolProperties":
        """Return the rules of symbols that the database does not have."""
        return SymbolProperties(quote_currency, Decimal("0.01"), Decimal(1))

    contract_multiplier = 1.0
    price_magnifier = 1.0
    strike_multiplier = 1.0
    lot_size = as_float("lot_size_")
    minimum_price_variation = as_float("minimum_price_variation_")
    minimum_order_size = as_float_or_none("minimum_order_size_")


@dataclass(frozen=True, slots=True)
class CurrencyPair:
    """A pair of the database that can convert one currency to another."""

    ticker: str
    kind: SecurityType
    market: str
    base: str
    quote: str


_EQUITY = SymbolProperties("USD", Decimal("0.01"), Decimal(1))


class SymbolPropertiesDatabase:
    """Symbol properties by market; a market's rows are decoded when they are first asked for."""

    def __init__(self, path: Path) -> None:
        """Take the file.

        Raises:
            FileNotFoundError: LEAN's text for a data folder without the database.
        """
        if not path.is_file():
            raise FileNotFoundError(f"Unable to locate symbol properties file: {path}")
        self._path = path
        self._markets: dict[str, dict[tuple[SecurityType, str], list[str]]] = {}

    def _rows(self, market: str) -> dict[tuple[SecurityType, str], list[str]]:
        rows = self._markets.get(market)
        if rows is None:
            rows = self._markets[market] = {}
            with self._path.open(encoding="utf-8") as lines:
                for line in lines:
                    if line.startswith(market) and line[len(market)] == ",":
                        fields = line.rstrip("\n").split(",")
                        kind = _KINDS.get(fields[2].lower())
                        if kind is not None:
                            rows[kind, fields[1].upper()] = fields
        return rows

    def equity(self, ticker: str) -> SymbolProperties:
        """Return the properties of a US equity."""
        rows = self._rows(USA)
        row = rows.get((SecurityType.EQUITY, ticker.upper())) or rows.get((SecurityType.EQUITY, _ANY))
        return _properties(row) if row else _EQUITY

    def of(self, symbol: Symbol) -> SymbolProperties | None:
        """Return the properties of a symbol, None when its market has neither a row of its own nor a general one."""
        if symbol.security_type is SecurityType.EQUITY:
            return self.equity(symbol.value)
        rows = self._rows(symbol.market)
        kind = symbol.security_type
        row = rows.get((kind, symbol.value.upper())) or rows.get((kind, _ANY))
        return _properties(row) if row else None

    def pairs(self, market: str, kind: SecurityType) -> Sequence[CurrencyPair]:
        """Return the pairs of a market in the order of the file."""
        found = []
        for (each, ticker), fields in self._rows(market).items():
            if each is kind and each in _PAIRS and ticker.endswith(fields[4]):
                base = ticker[: len(ticker) - len(fields[4])]
                found.append(CurrencyPair(ticker, kind, market, base, fields[4]))
        return found


def _properties(fields: list[str]) -> SymbolProperties:
    if Decimal(fields[5]) != 1:
        raise NotSupportedError(f"contract multiplier {fields[5]} of {fields[1]}")
    smallest = fields[9].strip() if len(fields) > 9 else ""
    return SymbolProperties(
        quote_currency=fields[4],
        minimum_price_variation_=Decimal(fields[6]),
        lot_size_=Decimal(fields[7]),
        minimum_order_size_=Decimal(smallest) if smallest else None,
        description=fields[3],
        market_ticker=fields[8] if len(fields) > 8 else "",
    )
