"""JSON of orders and order events, and the hash over all orders."""

import hashlib
from collections.abc import Callable, Iterable
from decimal import Decimal

from minilean.enums import OrderStatus
from minilean.numbers import normalize, smart_rounding
from minilean.orders.order import (
    LimitIfTouchedOrder,
    LimitOrder,
    Order,
    StopLimitOrder,
    StopMarketOrder,
    TrailingStopOrder,
)
from minilean.orders.order_event import OrderEvent
from minilean.orders.time_in_force import DayTimeInForce, GoodTilDateTimeInForce, TimeInForce
from minilean.results.json_text import JsonValue, dumps, iso_time
from minilean.securities.currencies import NULL_CURRENCY
from minilean.securities.symbol import Symbol

_NAMESPACE = "QuantConnect.Orders.TimeInForces."
_SECOND = 1_000_000
Rounding = Callable[[Decimal], Decimal]


def _unchanged(value: Decimal) -> Decimal:
    return value


def order_symbol_json(symbol: Symbol) -> dict[str, JsonValue]:
    """Return a symbol as results name it (LEAN writes its value as permtick, too)."""
    return {"value": symbol.value, "id": symbol.sid, "permtick": symbol.value}


def time_in_force_json(time_in_force: TimeInForce) -> dict[str, JsonValue]:
    """Return how long an order stays open; nothing for good-til-canceled."""
    if isinstance(time_in_force, GoodTilDateTimeInForce):
        expiry = iso_time(time_in_force.expiry_local).removesuffix("Z")
        return {"$type": f"{_NAMESPACE}GoodTilDateTimeInForce", "Expiry": expiry}
    if isinstance(time_in_force, DayTimeInForce):
        return {"$type": f"{_NAMESPACE}DayTimeInForce"}
    return {}


def _typed_fields(order: Order, rounded: Rounding) -> dict[str, JsonValue]:
    kind: dict[str, JsonValue] = {"type": int(order.type)}
    match order:
        case TrailingStopOrder():
            return {
                "trailingAmount": rounded(order.trailing_amount_),
                "trailingAsPercentage": order.trailing_as_percentage,
                **kind,
                "stopPrice": rounded(order.stop_price_),
            }
        case StopMarketOrder():
            return {"stopPrice": rounded(order.stop_price_), **kind}
        case StopLimitOrder():
            return {
                "stopPrice": rounded(order.stop_price_),
                "stopTriggered": order.stop_triggered,
                "limitPrice": rounded(order.limit_price_),
                **kind,
            }
        case LimitIfTouchedOrder():
            return {
                **kind,
                "triggerPrice": rounded(order.trigger_price_),
                "limitPrice": rounded(order.limit_price_),
                "triggerTouched": order.trigger_touched,
            }
        case LimitOrder():
            return {"limitPrice": rounded(order.limit_price_), **kind}
        case _:
            return kind


def _times(order: Order) -> dict[str, JsonValue]:
    optional = {
        "lastFillTime": order.last_fill_utc,
        "lastUpdateTime": order.last_update_utc,
        "canceledTime": order.canceled_utc,
    }
    present: dict[str, JsonValue] = {name: iso_time(time) for name, time in optional.items() if time is not None}
    return {"time": iso_time(order.time_utc), "createdTime": iso_time(order.created_utc), **present}


def order_json(order: Order, rounded: Rounding = _unchanged) -> dict[str, JsonValue]:
    """Return an order: the derived class's members first, as LEAN's serialiser puts them.

    Args:
        order: The order.
        rounded: How prices are written: as they are, or smart-rounded for the hash.
    """
    price, quantity = normalize(rounded(order.price_)), normalize(order.quantity_)
    data = order.order_submission_data
    prices: dict[str, JsonValue] | None = None
    if data is not None:
        prices = {"bidPrice": data.bid_price_, "askPrice": data.ask_price_, "lastPrice": data.last_price_}
    submission: dict[str, JsonValue] = {"orderSubmissionData": prices}
    return {
        **_typed_fields(order, rounded),
        "id": order.id,
        "contingentId": order.contingent_id,
        "brokerId": order.broker_id,
        "symbol": order_symbol_json(order.symbol),
        "price": price,
        "priceCurrency": order.price_currency,
        **_times(order),
        "quantity": quantity,
        "status": int(order.status),
        "tag": order.tag,
        "properties": {**_own_properties(order), "timeInForce": time_in_force_json(order.time_in_force)},
        "securityType": int(order.security_type),
        "direction": int(order.direction),
        "value": quantity * price,
        **submission,
        "isMarketable": order.is_marketable,
        "priceAdjustmentMode": int(order.price_adjustment_mode),
    }


def _own_properties(order: Order) -> dict[str, JsonValue]:
    """Return what a brokerage's properties add to those of every order."""
    found = order.properties
    return {_camel_case(name): getattr(found, name) for name in found.OWN} if found is not None else {}


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each.capitalize() for each in others)


def order_list_hash(orders: Iterable[Order]) -> str:
    """Return LEAN's fingerprint of all orders: MD5 over their JSON by id, prices smart-rounded."""
    texts = (dumps(order_json(order, smart_rounding)) for order in sorted(orders, key=lambda order: order.id))
    return hashlib.md5(",".join(texts).encode(), usedforsecurity=False).hexdigest()


def _camel_label(status: OrderStatus) -> str:
    return status.label[0].lower() + status.label[1:]


def order_event_json(event: OrderEvent, algorithm_id: str) -> dict[str, JsonValue]:
    """Return an event of ``{id}-order-events.json``; members at their defaults are left out as LEAN does."""
    fee = event.order_fee.value
    fees: dict[str, JsonValue] = {}
    if fee.currency != NULL_CURRENCY:
        fees = {"orderFeeAmount": normalize(fee.amount_), "orderFeeCurrency": fee.currency}
    own = {"stopPrice": event.stop_price_, "limitPrice": event.limit_price_}
    prices: dict[str, JsonValue] = {name: normalize(price) for name, price in own.items() if price is not None}
    message: dict[str, JsonValue] = {"message": event.message} if event.message else {}
    return {
        "id": f"{algorithm_id}-{event.order_id}-{event.id}",
        "algorithmId": algorithm_id,
        "orderId": event.order_id,
        "orderEventId": event.id,
        "symbol": event.symbol.sid,
        "symbolValue": event.symbol.value,
        "symbolPermtick": event.symbol.permtick,
        "time": event.utc / _SECOND,
        "status": _camel_label(event.status),
        **fees,
        "fillPrice": normalize(event.fill_price_),
        "fillPriceCurrency": event.fill_price_currency,
        "fillQuantity": normalize(event.fill_quantity_),
        "direction": event.direction.name.lower(),
        **message,
        "isAssignment": event.is_assignment,
        "quantity": normalize(event.quantity_),
        **prices,
    }
