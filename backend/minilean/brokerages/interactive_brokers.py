"""Interactive Brokers."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from minilean.brokerages import rules
from minilean.brokerages.default import DefaultBrokerageModel, Verdict, verdict
from minilean.brokerages.message import BrokerageMessageEvent, not_supported
from minilean.enums import AccountType, BrokerageName, OrderType, SecurityType
from minilean.fees.fee_model import FeeModel, InteractiveBrokersFeeModel

if TYPE_CHECKING:
    from minilean.orders.order import Order
    from minilean.orders.requests import UpdateOrderRequest
    from minilean.securities.security import Security

_ORDER_TYPES = (
    OrderType.MARKET, OrderType.MARKET_ON_OPEN, OrderType.MARKET_ON_CLOSE, OrderType.LIMIT, OrderType.STOP_MARKET,
    OrderType.STOP_LIMIT, OrderType.TRAILING_STOP, OrderType.LIMIT_IF_TOUCHED, OrderType.COMBO_MARKET,
    OrderType.COMBO_LIMIT, OrderType.COMBO_LEG_LIMIT, OrderType.OPTION_EXERCISE,
)  # fmt: skip
_TIMES_IN_FORCE = frozenset({"GoodTilCanceledTimeInForce", "DayTimeInForce", "GoodTilDateTimeInForce"})
_ASSETS = frozenset({
    SecurityType.EQUITY, SecurityType.FOREX, SecurityType.OPTION, SecurityType.FUTURE, SecurityType.FUTURE_OPTION,
    SecurityType.INDEX, SecurityType.INDEX_OPTION, SecurityType.CFD,
})  # fmt: skip
_CLOSE_ASSETS = frozenset({SecurityType.FUTURE, SecurityType.EQUITY, SecurityType.CFD})
_OPEN_ASSETS = frozenset({
    SecurityType.CFD, SecurityType.EQUITY, SecurityType.OPTION, SecurityType.FUTURE_OPTION, SecurityType.INDEX_OPTION,
})  # fmt: skip
_MINUTES_BEFORE_OPEN = 2
# Smallest and largest order by base currency; a largest order of zero means that none is taken.
_FOREX_SIZES = {
    "USD": (25000, 7000000),
    "AUD": (25000, 6000000),
    "CAD": (25000, 6000000),
    "CHF": (25000, 6000000),
    "CNH": (150000, 40000000),
    "DKK": (150000, 35000000),
    "EUR": (20000, 6000000),
    "GBP": (20000, 5000000),
    "HKD": (200000, 50000000),
    "KRW": (0, 200000000),
    "JPY": (2500000, 550000000),
    "MXN": (300000, 70000000),
    "NOK": (150000, 35000000),
    "NZD": (35000, 8000000),
    "RUB": (750000, 30000000),
    "SEK": (175000, 40000000),
    "SGD": (35000, 8000000),
    "ZAR": (350000, 100000000),
}


class InteractiveBrokersBrokerageModel(DefaultBrokerageModel):
    """Interactive Brokers: most order types, orders for the open until two minutes before it, no benchmark."""

    brokerage: ClassVar[BrokerageName] = BrokerageName.INTERACTIVE_BROKERS_BROKERAGE
    benchmark: ClassVar[str | None] = None
    default_markets: Mapping[SecurityType, str] = MappingProxyType(
        {
            SecurityType.BASE: "usa",
            SecurityType.EQUITY: "usa",
            SecurityType.INDEX: "usa",
            SecurityType.OPTION: "usa",
            SecurityType.INDEX_OPTION: "usa",
            SecurityType.FUTURE: "cme",
            SecurityType.FUTURE_OPTION: "cme",
            SecurityType.FOREX: "oanda",
            SecurityType.CFD: "interactivebrokers",
        }
    )

    def can_submit_order(self, security: "Security", order: "Order", message: object = None) -> Verdict:  # noqa: ARG002
        """Check order type, market-on-close and market-on-open rules, asset, forex size and time in force."""
        refusal = rules.order_type(self.label, order, _ORDER_TYPES)
        refusal = refusal or _market_on_close(security, order)
        refusal = refusal or rules.market_on_open(security, order, _OPEN_ASSETS, _MINUTES_BEFORE_OPEN)
        refusal = refusal or rules.security_type(self.label, security, _ASSETS)
        if refusal is None and security.type is SecurityType.FOREX:
            refusal = _forex_size(order.symbol.value, abs(order.quantity_))
        return verdict(refusal or rules.time_in_force(self.label, order, _TIMES_IN_FORCE))

    def can_update_order(
        self,
        security: "Security",
        order: "Order",
        request: "UpdateOrderRequest",
        message: object = None,  # noqa: ARG002
    ) -> Verdict:
        """Check the new size of forex orders."""
        if security.type is SecurityType.FOREX and request.quantity_ is not None:
            return verdict(_forex_size(order.symbol.value, abs(request.quantity_)))
        return verdict(None)

    def can_execute_order(self, security: "Security", order: "Order") -> bool:  # noqa: ARG002
        """Execute everything but custom data."""
        return security.type is not SecurityType.BASE

    def get_leverage(self, security: "Security") -> Any:  # noqa: ANN401
        """Return the default's leverage; ten for contracts for difference on margin."""
        if security.type is SecurityType.CFD and self.account_type is not AccountType.CASH:
            return 10
        return super().get_leverage(security)

    def get_fee_model(self, security: "Security") -> FeeModel:  # noqa: ARG002
        """Return Interactive Brokers' schedule."""
        return InteractiveBrokersFeeModel()


def _market_on_close(security: "Security", order: "Order") -> BrokerageMessageEvent | None:
    if order.type is not OrderType.MARKET_ON_CLOSE or security.type in _CLOSE_ASSETS:
        return None
    return not_supported(
        "InteractiveBrokers does not support Market-on-Close orders for other security types different than Future "
        "and Equity.",
        f"Unsupported order type for {security.type.label} security type",
    )


def _forex_size(pair: str, quantity: Decimal) -> BrokerageMessageEvent | None:
    base = pair[:3]
    smallest, largest = _FOREX_SIZES.get(base, (0, 0))
    if quantity > 0 and smallest <= quantity <= largest:
        return None
    return not_supported(
        f"The minimum and maximum limits for the allowable order size are ({smallest}, {largest}){base}.",
        "OrderSizeLimit",
    )
