"""Makes orders from requests."""

from minilean.enums import OrderType
from minilean.orders.order import (
    LimitIfTouchedOrder,
    LimitOrder,
    MarketOnCloseOrder,
    MarketOnOpenOrder,
    MarketOrder,
    Order,
    StopLimitOrder,
    StopMarketOrder,
    TrailingStopOrder,
)
from minilean.orders.requests import SubmitOrderRequest


def create_order(request: SubmitOrderRequest) -> Order:
    """Make the order that a request asks for."""
    order = _new_order(request)
    order.id = request.order_id
    order.properties = request.order_properties
    order.time_in_force = request.order_properties.time_in_force
    return order


def _new_order(request: SubmitOrderRequest) -> Order:
    symbol, quantity, utc, tag = request.symbol, request.quantity_, request.utc, request.tag or ""
    stop, limit = request.stop_price_, request.limit_price_
    match request.order_type:
        case OrderType.LIMIT:
            return LimitOrder(symbol, quantity, limit, utc, tag)
        case OrderType.STOP_MARKET:
            return StopMarketOrder(symbol, quantity, stop, utc, tag)
        case OrderType.STOP_LIMIT:
            return StopLimitOrder(symbol, quantity, stop, limit, utc, tag)
        case OrderType.LIMIT_IF_TOUCHED:
            return LimitIfTouchedOrder(symbol, quantity, request.trigger_price_, limit, utc, tag)
        case OrderType.TRAILING_STOP:
            return TrailingStopOrder(
                symbol, quantity, stop, utc, tag,
                trailing_amount=request.trailing_amount_, trailing_as_percentage=request.trailing_as_percentage,
            )  # fmt: skip
    kinds = {OrderType.MARKET_ON_OPEN: MarketOnOpenOrder, OrderType.MARKET_ON_CLOSE: MarketOnCloseOrder}
    return kinds.get(request.order_type, MarketOrder)(symbol, quantity, utc, tag)
