"""How orders, their events and tickets describe themselves, in LEAN's words."""

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from minilean import times
from minilean.enums import OrderType
from minilean.numbers import decimal_text, normalize, smart_rounding
from minilean.securities.currencies import currency_sign

if TYPE_CHECKING:
    from minilean.orders.order import Order
    from minilean.orders.order_event import OrderEvent
    from minilean.orders.order_ticket import OrderTicket

_PRICES = {
    OrderType.LIMIT: (("limit", "limit_price_"),),
    OrderType.STOP_MARKET: (("stop", "stop_price_"),),
    OrderType.STOP_LIMIT: (("stop", "stop_price_"), ("limit", "limit_price_")),
    OrderType.LIMIT_IF_TOUCHED: (("trigger", "trigger_price_"), ("limit", "limit_price_")),
    OrderType.TRAILING_STOP: (("stop", "stop_price_"),),
}


def trailing_text(amount: Decimal, sign: str, *, as_percentage: bool) -> str:
    """Return by how much a stop follows the market."""
    return f"{decimal_text(amount * 100)}%" if as_percentage else f"{sign}{decimal_text(amount)}"


def order_text(order: "Order") -> str:
    """Return id, state, type, quantity, symbol, tag and the type's own prices of an order."""
    unit = "unit" if order.quantity_ == 1 else "units"
    text = (
        f"OrderId: {order.id} (BrokerId: {','.join(order.broker_id)}) {order.status.label} {order.type.label} order "
        f"for {_plain(order.quantity_)} {unit} of {order.symbol}{f': {order.tag}' if order.tag else ''}"
    )
    prices = _PRICES.get(order.type, ())
    sign = currency_sign(order.price_currency)
    if prices:
        text += " at " + " ".join(f"{name} {sign}{_rounded(getattr(order, field))}" for name, field in prices)
    trailing: Decimal | None = getattr(order, "trailing_amount_", None)
    if trailing is not None:
        as_percentage = bool(getattr(order, "trailing_as_percentage", False))
        text += f". Trailing amount: {trailing_text(trailing, sign, as_percentage=as_percentage)}"
    return text


class _Words(NamedTuple):
    """How an event's parts begin, with the sign of the currency in place of ``{sign}``."""

    fill_quantity: str
    fill_price: str
    limit: str
    stop: str
    trailing: str
    trigger: str
    fee: str
    message: str


_LONG = _Words(
    " FillQuantity: ", " FillPrice: {sign}", " LimitPrice: {sign}", " StopPrice: {sign}", " TrailingAmount: ",
    " TriggerPrice: {sign}", " OrderFee: ", " Message: ",
)  # fmt: skip
_SHORT = _Words(" FQ:", " FP:{sign}", " LP:{sign}", " SP:{sign}", " TA: ", " TP:{sign}", " OF:{sign}", " M:")


def event_text(event: "OrderEvent") -> str:
    """Return what happened to an order, with fill, prices, fee and message where there are any."""
    head = (
        f"Time: {times.invariant_text(event.utc)} OrderID: {event.order_id} EventID: {event.id} "
        f"Symbol: {event.symbol.value} Status: {event.status.label} Quantity: {_plain(event.quantity_)}"
    )
    return head + _parts(event, _LONG)


def short_event_text(event: "OrderEvent") -> str:
    """Return the same in LEAN's short form."""
    head = (
        f"{times.invariant_text(event.utc)} OID:{event.order_id} {event.symbol.value} {event.status.label} "
        f"Q:{_plain(event.quantity_)}"
    )
    return head + _parts(event, _SHORT)


def _parts(event: "OrderEvent", words: _Words) -> str:
    """Return the parts of an event that there are, in LEAN's order."""
    sign = currency_sign(event.fill_price_currency)
    parts: list[tuple[str, str | None]] = []
    if event.fill_quantity_:
        parts += (words.fill_quantity, _plain(event.fill_quantity_)), (words.fill_price, _rounded(event.fill_price_))
    parts += (words.limit, _price(event.limit_price_)), (words.stop, _price(event.stop_price_))
    if event.trailing_amount_ is not None:
        as_percentage = bool(event.trailing_as_percentage)
        parts.append((words.trailing, trailing_text(event.trailing_amount_, sign, as_percentage=as_percentage)))
    parts.append((words.trigger, _price(event.trigger_price_)))
    if event.order_fee.value.amount_:
        parts.append((words.fee, str(event.order_fee)))
    parts.append((words.message, event.message or None))
    return "".join(word.replace("{sign}", sign) + text for word, text in parts if text is not None)


def ticket_text(ticket: "OrderTicket") -> str:
    """Return a ticket's order, with how often something was asked and answered."""
    requests = [ticket.submit_request, *ticket.update_requests]
    if ticket.cancel_request is not None:
        requests.append(ticket.cancel_request)
    counts = f"Request Count: {len(requests)} Response Count: {sum(each.is_answered for each in requests)}"
    return f"{ticket.order_id}: {ticket.order} {counts}" if ticket.order is not None else f"{ticket.order_id}: {counts}"


def warming_up_message(kind: str) -> str:
    """Return LEAN's text for a request that came too early."""
    return (
        f"This operation is not allowed in initialize or during warm up: OrderRequest.{kind.lower()}. "
        "Please move this code to the on_warmup_finished() method."
    )


def open_orders_tag(utc: int) -> str:
    """Return the tag of orders that `cancel_open_orders` cancels."""
    moment = times.to_datetime(utc)
    return f"Canceled by CancelOpenOrders() at {moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0Z"


def _plain(value: Decimal) -> str:
    return decimal_text(normalize(value))


def _rounded(value: Decimal) -> str:
    return decimal_text(smart_rounding(value))


def _price(price: Decimal | None) -> str | None:
    return None if price is None else _rounded(price)
