"""Adding forex and crypto pairs, and other assets whose files are their market's."""

# ruff: noqa: PLR0917 - LEAN's signatures

from typing import Any

from minilean.algorithm.modeling import ModelingPart
from minilean.dotnet_errors import ArgumentException
from minilean.enums import DataNormalizationMode, Resolution, SecurityType, TickType
from minilean.securities.security import Security
from minilean.securities.symbol import NO_DATE, SecurityIdentifier, Symbol
from minilean.securities.symbol_properties import SymbolProperties
from minilean.surface import no_method_matches

_METHODS = {SecurityType.FOREX: "AddForex", SecurityType.CRYPTO: "AddCrypto", SecurityType.INDEX: "AddIndex"}
PAIR_SIDES = {
    SecurityType.FOREX: (TickType.QUOTE,),
    SecurityType.CRYPTO: (TickType.TRADE, TickType.QUOTE),
}
"""Feeds of a pair by its kind, the first one that of conversions and benchmarks."""


def pair_symbol(ticker: str, kind: SecurityType, market: str) -> Symbol:
    """Return the symbol of a pair."""
    name = ticker.upper()
    return Symbol(SecurityIdentifier(name, NO_DATE, kind, market), name)


class PairsPart(ModelingPart):
    """``add_forex`` and ``add_crypto``."""

    def add_feeds(
        self,
        symbol: Symbol,
        resolution: Resolution | None,
        fill_forward: bool,  # noqa: FBT001 - LEAN's order
        leverage: object,
        extended: bool,  # noqa: FBT001
        mode: DataNormalizationMode,
    ) -> Security:
        """Subscribe to a symbol.

        Raises:
            NotImplementedError: By the part that keeps the feeds.
        """
        raise NotImplementedError

    def add_forex(
        self,
        ticker: str,
        resolution: Resolution | None = None,
        market: str | None = None,
        fill_forward: bool = True,  # noqa: FBT001, FBT002 - LEAN's signature
        leverage: object = 0,
        extended_market_hours: bool = False,  # noqa: ARG002, FBT001, FBT002 - such markets have none
    ) -> Security:
        """Subscribe to a forex pair and return it."""
        return self.add_pair(SecurityType.FOREX, ticker, resolution, market, fill_forward, leverage)

    def add_crypto(
        self,
        ticker: str,
        resolution: Resolution | None = None,
        market: str | None = None,
        fill_forward: bool = True,  # noqa: FBT001, FBT002 - LEAN's signature
        leverage: object = 0,
        extended_market_hours: bool = False,  # noqa: ARG002, FBT001, FBT002 - such markets have none
    ) -> Security:
        """Subscribe to a pair of crypto currencies and return it."""
        return self.add_pair(SecurityType.CRYPTO, ticker, resolution, market, fill_forward, leverage)

    def add_pair(
        self,
        kind: SecurityType,
        ticker: Any,  # noqa: ANN401 - checked here
        resolution: Any,  # noqa: ANN401 - checked here
        market: str | None,
        fill_forward: bool,  # noqa: FBT001 - LEAN's order
        leverage: object,
    ) -> Security:
        """Subscribe to a pair, or to an index.

        Raises:
            TypeError: The arguments fit no overload.
        """
        if not isinstance(ticker, str) or not (resolution is None or isinstance(resolution, Resolution)):
            raise no_method_matches(_METHODS[kind], ticker, resolution)
        symbol = pair_symbol(ticker, kind, self.market_of(kind, market))
        return self.add_feeds(
            symbol, resolution, fill_forward, leverage, False, DataNormalizationMode.ADJUSTED  # noqa: FBT003
        )  # fmt: skip

    def market_of(self, kind: SecurityType, market: str | None) -> str:
        """Return a market by its name, the brokerage's for a kind of asset when it is not named.

        Raises:
            KeyError: The brokerage has none.
        """
        if market:
            return market.lower()
        found = self.brokerage_model.default_markets.get(kind)
        if found is None:
            raise KeyError(f"No default market set for security type: {kind.label}")
        return found

    def pair_properties(self, symbol: Symbol) -> tuple[SymbolProperties, str]:
        """Return the trading rules of a pair and its base currency.

        Raises:
            ArgumentException: LEAN does not know the pair.
        """
        properties = self._context.symbol_properties.of(symbol)
        if symbol.security_type is SecurityType.FOREX:
            if len(symbol.value) != 6:
                raise ArgumentException(f"Currency pairs must be exactly 6 characters: {symbol.value}")
            if properties is None:
                properties = SymbolProperties.default(symbol.value[3:])
            return properties, symbol.value[:3]
        if properties is None:
            raise ArgumentException(f"Symbol could not be found in the Symbol Properties Database: {symbol.value}")
        return properties, symbol.value.removesuffix(properties.quote_currency)
