"""Order properties of the brokerages of crypto currencies; their members are written in the order they stand in."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from minilean.orders.requests import OrderProperties
from minilean.surface import snake_case


class BinanceOrderProperties(OrderProperties):
    """Binance's: an order that shall only be posted to the book."""

    OWN: ClassVar[Mapping[str, bool | None]] = MappingProxyType({"post_only": False})


class BitfinexOrderProperties(OrderProperties):
    """Bitfinex's: an order that shall only be posted to the book, or be hidden in it."""

    OWN: ClassVar[Mapping[str, bool | None]] = MappingProxyType({"post_only": False, "hidden": False})


class BybitOrderProperties(OrderProperties):
    """Bybit's: an order that shall only be posted to the book, or only reduce a position."""

    OWN: ClassVar[Mapping[str, bool | None]] = MappingProxyType({"post_only": False, "reduce_only": None})


class CoinbaseOrderProperties(OrderProperties):
    """Coinbase's: an order that shall only be posted to the book, or not trade with the account's own."""

    OWN: ClassVar[Mapping[str, bool | None]] = MappingProxyType({"post_only": False, "self_trade_prevention_id": False})


class GDAXOrderProperties(CoinbaseOrderProperties):
    """LEAN's older name of Coinbase's."""


class KrakenOrderProperties(OrderProperties):
    """Kraken's: an order that shall only be posted to the book, and the currency of its fee."""

    OWN: ClassVar[Mapping[str, bool | None]] = MappingProxyType(
        {
            "post_only": False,
            "fee_in_base": False,
            "fee_in_quote": False,
            "no_market_price_protection": False,
            "conditional_order": None,
        }
    )

    def __setattr__(self, name: str, value: object) -> None:
        """Set a property; of the two currencies of the fee one can be chosen, but not taken back."""
        snake = snake_case(name) if name[:1].isupper() else name
        other = {"fee_in_base": "fee_in_quote", "fee_in_quote": "fee_in_base"}.get(snake)
        if other is not None:
            if not value:
                return
            super().__setattr__(other, value=False)
        super().__setattr__(snake, value)
