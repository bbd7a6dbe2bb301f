"""Brokerages of crypto currencies: Coinbase, Binance, Bybit, Bitfinex and Kraken."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from minilean import numbers, times
from minilean.brokerages import rules
from minilean.brokerages.default import ACCEPTED, DefaultBrokerageModel, Verdict, verdict
from minilean.brokerages.message import BrokerageMessageEvent, not_supported
from minilean.dotnet_errors import ArgumentException, ArgumentOutOfRangeException
from minilean.enums import AccountType, BrokerageName, OrderStatus, OrderType, SecurityType
from minilean.fees.fee_model import FeeModel
from minilean.fees.pair_fees import BinanceFeeModel, BitfinexFeeModel, BybitFeeModel, CoinbaseFeeModel, KrakenFeeModel
from minilean.orders.order import LimitOrder, StopLimitOrder
from minilean.securities.cash_buying_power import CashBuyingPowerModel

if TYPE_CHECKING:
    from minilean.orders.order import Order
    from minilean.orders.requests import UpdateOrderRequest
    from minilean.securities.security import Security

ONE = Decimal(1)
_CRYPTO = frozenset({SecurityType.CRYPTO})
_CRYPTO_AND_BASE = frozenset({SecurityType.CRYPTO, SecurityType.BASE})
_KRAKEN_LEVERAGES = {
    "BTC": 5, "ETH": 5, "USDT": 2, "XMR": 2, "REP": 2, "XRP": 3, "BCH": 2, "XTZ": 2, "LTC": 3, "ADA": 3, "EOS": 3,
    "DASH": 3, "TRX": 3, "LINK": 3, "USDC": 3,
}  # fmt: skip
_KRAKEN_FIATS = ("USD", "EUR")
_KRAKEN_PAIRINGS = (
    (("BTC", "USDT", "USDC"), _KRAKEN_FIATS),
    (("REP", "XTZ", "ADA", "EOS", "TRX", "LINK"), ("BTC", "ETH", *_KRAKEN_FIATS)),
    (tuple(_KRAKEN_LEVERAGES), ("BTC", *_KRAKEN_FIATS)),
)
"""What can be bought on margin against which quotes, in the order in which LEAN looks."""
_NO_UPDATES = "Brokerage does not support update. You must cancel and re-create instead."
_NO_DATA = (
    "There is no data for this symbol yet, please check the security.HasData flag to ensure there is at least one data "
    "point."
)
_STOP_MARKET_END = times.parse_date("20190323") + times.HOUR
_FOUR_TYPES = (OrderType.STOP_MARKET, OrderType.STOP_LIMIT, OrderType.MARKET, OrderType.LIMIT)
_OPEN = frozenset({
    OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.SUBMITTED, OrderStatus.UPDATE_SUBMITTED,
})  # fmt: skip


def _markets(**changed: str) -> Mapping[SecurityType, str]:
    own = {SecurityType[name.upper()]: market for name, market in changed.items()}
    return MappingProxyType({**DefaultBrokerageModel.default_markets, **own})


class CryptoBrokerageModel(DefaultBrokerageModel):
    """What brokerages of crypto currencies share: cash accounts by default, a year of 365 days."""

    benchmark_type: ClassVar[SecurityType] = SecurityType.CRYPTO
    trading_days_per_year: ClassVar[int] = 365

    def __init__(self, account_type: AccountType = AccountType.CASH) -> None:
        super().__init__(account_type)

    def refuses_size_(self, security: "Security", quantity: Decimal) -> BrokerageMessageEvent | None:
        """Tell why an order is too small, None when it is not."""
        minimum = security.properties.minimum_order_size_
        if minimum is None or abs(quantity) >= minimum:
            return None
        return not_supported(
            f"The minimum order size (in quote currency) for {security.symbol.value} is {minimum:f}. "
            f"Order quantity was {numbers.decimal_text(quantity)}."
        )


class CoinbaseBrokerageModel(CryptoBrokerageModel):
    """Coinbase: cash accounts only; stop market orders until March 2019."""

    brokerage: ClassVar[BrokerageName] = BrokerageName.COINBASE
    benchmark: ClassVar[str | None] = "BTCUSD"
    benchmark_market: ClassVar[str] = "coinbase"
    default_markets = _markets(crypto="coinbase")
    order_types_ = (OrderType.LIMIT, OrderType.MARKET, OrderType.STOP_LIMIT, OrderType.STOP_MARKET)

    def __init__(self, account_type: AccountType = AccountType.CASH) -> None:
        if account_type is AccountType.MARGIN:
            raise ArgumentException(
                "The Coinbase brokerage does not currently support Margin trading.",
                "accountType",
                "QuantConnect.Brokerages.CoinbaseBrokerageModel..ctor(AccountType accountType)",
            )
        super().__init__(account_type)

    def can_submit_order(self, security: "Security", order: "Order", message: object = None) -> Verdict:  # noqa: ARG002
        """Check size, asset and order type."""
        if order.broker_id:
            return verdict(not_supported(_NO_UPDATES, "0"))
        refusal = self.refuses_size_(security, order.quantity_)
        refusal = refusal or rules.security_type(self.label, security, _CRYPTO)
        refusal = refusal or rules.order_type(self.label, order, self.order_types_)
        if refusal is None and order.type is OrderType.STOP_MARKET and order.time_utc >= _STOP_MARKET_END:
            refusal = not_supported("Stop Market orders are no longer supported since 03/23/2019 01:00:00.")
        return verdict(refusal)

    def can_update_order(
        self,
        security: "Security",
        order: "Order",
        request: "UpdateOrderRequest",
        message: object = None,  # noqa: ARG002
    ) -> Verdict:
        """Take changes of open limit orders that are good until canceled."""
        if order.type is not OrderType.LIMIT:
            return verdict(not_supported(f"Order with type {order.type.label} can't be modified, only LIMIT."))
        if type(order.time_in_force).__name__ != "GoodTilCanceledTimeInForce":
            text = "Order's parameter 'TimeInForce' is not instance of Good Til Cancelled class."
            return verdict(not_supported(text))
        if order.status not in _OPEN:
            return verdict(not_supported(f"Order with status {order.status.label} can't be modified"))
        if request.quantity_ is not None:
            return verdict(self.refuses_size_(security, request.quantity_))
        return ACCEPTED

    def get_leverage(self, security: "Security") -> Any:  # noqa: ANN401, ARG002
        """Return one."""
        return ONE

    def get_fee_model(self, security: "Security") -> FeeModel:  # noqa: ARG002
        """Return Coinbase's schedule."""
        return CoinbaseFeeModel()

    def get_buying_power_model(self, security: "Security") -> Any:  # noqa: ANN401, ARG002
        """Return that of cash."""
        return CashBuyingPowerModel()


class GDAXBrokerageModel(CoinbaseBrokerageModel):
    """LEAN's older name of Coinbase."""

    brokerage: ClassVar[BrokerageName] = BrokerageName.GDAX


class BinanceBrokerageModel(CryptoBrokerageModel):
    """Binance: orders of at least a value in the quote currency, no changes, no stop market orders."""

    brokerage: ClassVar[BrokerageName] = BrokerageName.BINANCE
    benchmark: ClassVar[str | None] = "BTCUSDC"
    benchmark_market: ClassVar[str] = "binance"
    default_markets = _markets(crypto="binance")
    leverage_: ClassVar[Decimal] = Decimal(3)
    endpoint_: ClassVar[str] = "https://api.binance.com/api/v3"

    def can_submit_order(self, security: "Security", order: "Order", message: object = None) -> Verdict:  # noqa: ARG002
        """Check order type, value and asset."""
        if order.type not in {OrderType.LIMIT, OrderType.MARKET, OrderType.STOP_LIMIT}:
            return verdict(self.refused_type_(security, order))
        if order.type is OrderType.MARKET and not security.has_data:
            return verdict(not_supported(_NO_DATA))
        minimum = security.properties.minimum_order_size_
        for price in _value_prices(security, order):
            if minimum is not None and abs(order.quantity_) * price <= minimum:
                return verdict(
                    not_supported(
                        f"The minimum order size (in quote currency) for {security.symbol.value} is {minimum:f}. "
                        f"Order size was {numbers.decimal_text(order.quantity_ * price)}."
                    )
                )
        return verdict(rules.security_type(self.label, security, _CRYPTO))

    def refused_type_(self, security: "Security", order: "Order") -> BrokerageMessageEvent | None:
        """Tell why an order's type is refused, None when it is not."""
        if order.type in {OrderType.STOP_MARKET, OrderType.TRAILING_STOP}:
            ticker = security.properties.market_ticker
            return not_supported(
                f"{order.type.label} orders are not supported for this symbol. Please check "
                f"'{self.endpoint_}/exchangeInfo?symbol={ticker}' to see supported order types."
            )
        return rules.order_type(self.label, order, _FOUR_TYPES)

    def can_update_order(
        self,
        security: "Security",  # noqa: ARG002
        order: "Order",  # noqa: ARG002
        request: "UpdateOrderRequest",  # noqa: ARG002
        message: object = None,  # noqa: ARG002
    ) -> Verdict:
        """Take none."""
        return verdict(not_supported(_NO_UPDATES, "0"))

    def get_leverage(self, security: "Security") -> Any:  # noqa: ANN401
        """Return three on margin."""
        plain = self.account_type is AccountType.CASH or security.type is SecurityType.BASE
        return ONE if plain or security.is_internal else self.leverage_

    def get_fee_model(self, security: "Security") -> FeeModel:  # noqa: ARG002
        """Return Binance's fees."""
        return BinanceFeeModel()


def _value_prices(security: "Security", order: "Order") -> tuple[Decimal, ...]:
    """Return the prices at which an order's value must be large enough, in the order they are checked."""
    if isinstance(order, LimitOrder):
        return (order.limit_price_,)
    if isinstance(order, StopLimitOrder):
        return order.limit_price_, order.stop_price_
    return (security.ask_price_ if order.quantity_ > 0 else security.bid_price_,)


class BinanceUSBrokerageModel(BinanceBrokerageModel):
    """Binance.US: cash accounts only."""

    brokerage: ClassVar[BrokerageName] = BrokerageName.BINANCE_US
    benchmark_market: ClassVar[str] = "binanceus"
    default_markets = _markets(crypto="binanceus")
    endpoint_: ClassVar[str] = "https://api.binance.us/api/v3"

    def __init__(self, account_type: AccountType = AccountType.CASH) -> None:
        if account_type is AccountType.MARGIN:
            raise ArgumentException("The Binance.US brokerage does not currently support Margin trading.")
        super().__init__(account_type)

    def get_leverage(self, security: "Security") -> Any:  # noqa: ANN401, ARG002
        """Return one."""
        return ONE


class BybitBrokerageModel(CryptoBrokerageModel):
    """Bybit: orders of at least a quantity, no changes."""

    brokerage: ClassVar[BrokerageName] = BrokerageName.BYBIT
    benchmark: ClassVar[str | None] = "BTCUSDC"
    benchmark_market: ClassVar[str] = "bybit"
    default_markets = _markets(crypto="bybit", crypto_future="bybit")
    leverage_: ClassVar[Decimal] = Decimal(10)

    def can_submit_order(self, security: "Security", order: "Order", message: object = None) -> Verdict:  # noqa: ARG002
        """Check asset, order type and size."""
        refusal = rules.security_type(self.label, security, _CRYPTO_AND_BASE)
        if refusal is None and order.type is not OrderType.TRAILING_STOP:
            refusal = rules.order_type(self.label, order, _FOUR_TYPES)
        return verdict(refusal or self.refuses_size_(security, order.quantity_))

    def can_update_order(
        self,
        security: "Security",  # noqa: ARG002
        order: "Order",  # noqa: ARG002
        request: "UpdateOrderRequest",  # noqa: ARG002
        message: object = None,  # noqa: ARG002
    ) -> Verdict:
        """Take none of spot orders."""
        return verdict(not_supported(_NO_UPDATES))

    def get_leverage(self, security: "Security") -> Any:  # noqa: ANN401
        """Return ten on margin."""
        plain = self.account_type is AccountType.CASH or security.type is SecurityType.BASE
        return ONE if plain or security.is_internal else self.leverage_

    def get_fee_model(self, security: "Security") -> FeeModel:
        """Return Bybit's fees.

        Raises:
            ArgumentOutOfRangeException: Another asset than crypto currencies.
        """
        if security.type is SecurityType.BASE:
            return super().get_fee_model(security)
        if security.type is not SecurityType.CRYPTO:
            raise ArgumentOutOfRangeException(
                f"Not supported security type {security.type.label}", "security", security
            )
        return BybitFeeModel()


class BitfinexBrokerageModel(CryptoBrokerageModel):
    """Bitfinex: margin by default, orders of at least a quantity."""

    brokerage: ClassVar[BrokerageName] = BrokerageName.BITFINEX
    benchmark: ClassVar[str | None] = "BTCUSD"
    benchmark_market: ClassVar[str] = "bitfinex"
    default_markets = _markets(crypto="bitfinex")
    leverage_: ClassVar[Decimal] = Decimal("3.3")
    order_types_ = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_MARKET, OrderType.STOP_LIMIT)

    def __init__(self, account_type: AccountType = AccountType.MARGIN) -> None:
        super().__init__(account_type)

    def can_submit_order(self, security: "Security", order: "Order", message: object = None) -> Verdict:  # noqa: ARG002
        """Check size, asset and order type."""
        refusal = self.refuses_size_(security, order.quantity_)
        refusal = refusal or rules.security_type(self.label, security, _CRYPTO)
        return verdict(refusal or rules.order_type(self.label, order, self.order_types_))

    def can_update_order(
        self,
        security: "Security",
        order: "Order",  # noqa: ARG002
        request: "UpdateOrderRequest",
        message: object = None,  # noqa: ARG002
    ) -> Verdict:
        """Check the new size."""
        return ACCEPTED if request.quantity_ is None else verdict(self.refuses_size_(security, request.quantity_))

    def get_leverage(self, security: "Security") -> Any:  # noqa: ANN401
        """Return 3.3 for crypto currencies on margin.

        Raises:
            ArgumentException: Another asset on margin.
        """
        plain = self.account_type is AccountType.CASH or security.type is SecurityType.BASE
        if plain or security.is_internal:
            return ONE
        if security.type is SecurityType.CRYPTO:
            return self.leverage_
        raise ArgumentException(f"Invalid security type: {security.type.label}", "security")

    def get_fee_model(self, security: "Security") -> FeeModel:  # noqa: ARG002
        """Return Bitfinex's fees."""
        return BitfinexFeeModel()


class KrakenBrokerageModel(CryptoBrokerageModel):
    """Kraken: orders of at least a quantity, no changes, leverage by coin."""

    brokerage: ClassVar[BrokerageName] = BrokerageName.KRAKEN
    benchmark: ClassVar[str | None] = "BTCUSD"
    benchmark_market: ClassVar[str] = "kraken"
    default_markets = _markets(crypto="kraken")
    order_types_ = (
        OrderType.LIMIT, OrderType.MARKET, OrderType.STOP_MARKET, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED,
    )  # fmt: skip

    def can_submit_order(self, security: "Security", order: "Order", message: object = None) -> Verdict:  # noqa: ARG002
        """Check size, asset and order type."""
        refusal = self.refuses_size_(security, order.quantity_)
        refusal = refusal or rules.security_type(self.label, security, _CRYPTO)
        return verdict(refusal or rules.order_type(self.label, order, self.order_types_))

    def can_update_order(
        self,
        security: "Security",  # noqa: ARG002
        order: "Order",  # noqa: ARG002
        request: "UpdateOrderRequest",  # noqa: ARG002
        message: object = None,  # noqa: ARG002
    ) -> Verdict:
        """Take none."""
        return verdict(not_supported(_NO_UPDATES, "0"))

    def get_leverage(self, security: "Security") -> Any:  # noqa: ANN401
        """Return that of the bought coin against the quote on margin, else one."""
        if self.account_type is AccountType.CASH:
            return ONE
        pair = security.symbol.value
        for coins, quotes in _KRAKEN_PAIRINGS:
            for coin in coins:
                if pair.startswith(coin) and pair.endswith(quotes):
                    return Decimal(_KRAKEN_LEVERAGES[coin])
        return ONE

    def get_fee_model(self, security: "Security") -> FeeModel:  # noqa: ARG002
        """Return Kraken's fees."""
        return KrakenFeeModel()
