"""Oanda and FXCM."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from minilean.brokerages import rules
from minilean.brokerages.default import DefaultBrokerageModel, Verdict, verdict
from minilean.brokerages.message import BrokerageMessageEvent, not_supported
from minilean.dotnet_errors import InvalidOperationException
from minilean.enums import AccountType, BrokerageName, OrderType, SecurityType
from minilean.fees.fee_model import ConstantFeeModel, FeeModel
from minilean.fees.pair_fees import FxcmFeeModel
from minilean.orders.order import LimitOrder, StopMarketOrder

if TYPE_CHECKING:
    from minilean.orders.order import Order
    from minilean.orders.requests import UpdateOrderRequest
    from minilean.securities.security import Security

_ASSETS = frozenset({SecurityType.FOREX, SecurityType.CFD})
_GOOD_TIL_CANCELED = frozenset({"GoodTilCanceledTimeInForce"})
_MOST_PIPS = Decimal(15000)
_WRONG_SIDE = (
    "Limit Buy orders and Stop Sell orders must be below market, Limit Sell orders and Stop Buy orders must be above "
    "market."
)


def _markets(market: str) -> Mapping[SecurityType, str]:
    return MappingProxyType(
        {
            SecurityType.BASE: "usa",
            SecurityType.EQUITY: "usa",
            SecurityType.OPTION: "usa",
            SecurityType.FOREX: market,
            SecurityType.CFD: market,
        }
    )


class OandaBrokerageModel(DefaultBrokerageModel):
    """Oanda: forex on margin, no fees."""

    brokerage: ClassVar[BrokerageName] = BrokerageName.OANDA_BROKERAGE
    benchmark: ClassVar[str | None] = "EURUSD"
    benchmark_type: ClassVar[SecurityType] = SecurityType.FOREX
    benchmark_market: ClassVar[str] = "oanda"
    default_markets = _markets("oanda")
    order_types_ = (OrderType.LIMIT, OrderType.MARKET, OrderType.STOP_MARKET, OrderType.STOP_LIMIT)

    def __init__(self, account_type: AccountType = AccountType.MARGIN) -> None:
        if account_type is AccountType.CASH:
            raise InvalidOperationException("Oanda brokerage can only be used with a Margin account type")
        super().__init__(account_type)

    def can_submit_order(self, security: "Security", order: "Order", message: object = None) -> Verdict:  # noqa: ARG002
        """Check asset, order type and time in force."""
        refusal = rules.security_type(self.label, security, _ASSETS)
        refusal = refusal or rules.order_type(self.label, order, self.order_types_)
        return verdict(refusal or rules.time_in_force(self.label, order, _GOOD_TIL_CANCELED))

    def get_fee_model(self, security: "Security") -> FeeModel:  # noqa: ARG002
        """Return that nothing is charged."""
        return ConstantFeeModel(0)


class FxcmBrokerageModel(DefaultBrokerageModel):
    """FXCM: forex in lots of a thousand, limits and stops on the right side of the market and not too far."""

    brokerage: ClassVar[BrokerageName] = BrokerageName.FXCM_BROKERAGE
    benchmark: ClassVar[str | None] = "EURUSD"
    benchmark_type: ClassVar[SecurityType] = SecurityType.FOREX
    benchmark_market: ClassVar[str] = "fxcm"
    default_markets = _markets("fxcm")
    order_types_ = (OrderType.LIMIT, OrderType.MARKET, OrderType.STOP_MARKET)

    def can_submit_order(self, security: "Security", order: "Order", message: object = None) -> Verdict:  # noqa: ARG002
        """Check asset, order type, lots, prices, and time in force of market orders."""
        refusal = rules.security_type(self.label, security, _ASSETS)
        refusal = refusal or rules.order_type(self.label, order, self.order_types_)
        refusal = refusal or _lots(security, order.quantity_)
        if refusal is not None:
            return verdict(refusal)
        price = security.price_
        if isinstance(order, LimitOrder):
            return verdict(_prices(security, order.type, order.quantity_, price, order.limit_price_))
        if isinstance(order, StopMarketOrder):
            return verdict(_prices(security, order.type, order.quantity_, order.stop_price_, price))
        return verdict(rules.time_in_force(self.label, order, _GOOD_TIL_CANCELED))

    def can_update_order(
        self,
        security: "Security",
        order: "Order",
        request: "UpdateOrderRequest",
        message: object = None,  # noqa: ARG002
    ) -> Verdict:
        """Check lots and prices of the changed order."""
        if request.quantity_ is not None:
            refusal = _lots(security, request.quantity_)
            if refusal is not None:
                return verdict(refusal)
        quantity = order.quantity_ if request.quantity_ is None else request.quantity_
        stop = security.price_ if request.stop_price_ is None else request.stop_price_
        limit = security.price_ if request.limit_price_ is None else request.limit_price_
        return verdict(_prices(security, order.type, quantity, stop, limit))

    def get_fee_model(self, security: "Security") -> FeeModel:  # noqa: ARG002
        """Return FXCM's commission."""
        return FxcmFeeModel()


def _lots(security: "Security", quantity: Decimal) -> BrokerageMessageEvent | None:
    lot = security.properties.lot_size_
    if quantity % lot == 0:
        return None
    return not_supported(f"The order quantity must be a multiple of lot_size: [{lot:f}].")


def _prices(
    security: "Security", kind: OrderType, quantity: Decimal, stop: Decimal, limit: Decimal
) -> BrokerageMessageEvent | None:
    """Refuse prices on the wrong side of the market, and those further away than FXCM allows."""
    market, buys = security.price_, quantity > 0
    limits, stops = kind is OrderType.LIMIT, kind is OrderType.STOP_MARKET
    wrong_limit = limits and (limit > market if buys else limit < market)
    wrong_stop = stops and (stop < market if buys else stop > market)
    if wrong_limit or wrong_stop:
        return not_supported(_WRONG_SIDE)
    reach = min(security.properties.minimum_price_variation_ * 10 * _MOST_PIPS, market / 2)
    low, high = market - reach, market + reach
    far_limit = limits and (limit < low if buys else limit > high)
    far_stop = stops and (stop > high if buys else stop < low)
    if far_limit or far_stop:
        price = limit if limits else stop
        side = "Buy" if buys else "Sell"
        return not_supported(
            f"The {kind.label} {side} order price ({price:f}) is too far from the current market price ({market:f})."
        )
    return None
