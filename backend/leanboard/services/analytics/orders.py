"""LEAN's orders with their events, in every casing. Pure.

Order objects name their kinds by number, order events by word; files before April 2024 have ``order-id`` for
``orderId``.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from leanboard.models.analytics import Order, OrderEvent
from leanboard.services.analytics.trades import is_symbol, symbol_id
from leanboard.storage.lean_json import exact, lookup, moment, number, section, text, unix_time
from leanboard.storage.result_document import ResultDocument

_TYPES = (
    *("market", "limit", "stop_market", "stop_limit", "market_on_open", "market_on_close", "option_exercise"),
    *("limit_if_touched", "combo_market", "combo_limit", "combo_leg_limit", "trailing_stop"),
)
_STATUSES = {
    0: "new",
    1: "submitted",
    2: "partially_filled",
    3: "filled",
    5: "canceled",
    6: "none",
    7: "invalid",
    8: "cancel_pending",
    9: "update_submitted",
}
_DIRECTIONS = {0: "buy", 1: "sell", 2: "hold"}
_KINDS = dict(enumerate(_TYPES))


def orders(document: ResultDocument, symbol: str | None = None) -> tuple[Order, ...]:
    """Return the orders by id, each with its events.

    Args:
        document: LEAN's result.
        symbol: Ticker or LEAN's symbol id; all when None.
    """
    events: defaultdict[int, list[OrderEvent]] = defaultdict(list)
    for event in order_events(document):
        events[event.order_id].append(event)
    entries = [entry for entry in section(document.root, "orders").values() if isinstance(entry, dict)]
    found = (
        _order(entry, events) for entry in entries if symbol is None or is_symbol(section(entry, "symbol"), symbol)
    )
    return tuple(sorted(found, key=lambda order: order.id))


def order_events(document: ResultDocument, symbol: str | None = None) -> tuple[OrderEvent, ...]:
    """Return the order events, oldest first; LEAN's files of a run that was cut short have them newest first."""
    found = [_event(_camel(raw)) for raw in document.order_events if symbol is None or _is_of(_camel(raw), symbol)]
    newest_first = len(found) > 1 and _is_before(found[-1], found[0])
    return tuple(reversed(found) if newest_first else found)


def _is_before(one: OrderEvent, other: OrderEvent) -> bool:
    if one.time is None or other.time is None or one.time == other.time:
        return (one.order_id, one.number or 0) < (other.order_id, other.number or 0)
    return one.time < other.time


def _is_of(raw: Mapping[str, object], symbol: str) -> bool:
    return symbol.upper() in {text(raw, "symbol").upper(), text(raw, "symbolValue").upper()}


def _camel(raw: Mapping[str, object]) -> Mapping[str, object]:
    if not any("-" in key for key in raw):
        return raw
    return {"".join([first, *map(str.capitalize, rest)]): raw[key] for key in raw for first, *rest in [key.split("-")]}


def _event(raw: Mapping[str, object]) -> OrderEvent:
    place = number(lookup(raw, "orderEventId"))
    return OrderEvent(
        order_id=_whole(lookup(raw, "orderId")),
        number=None if place is None else int(place),
        symbol=text(raw, "symbolValue") or text(raw, "symbol"),
        time=unix_time(lookup(raw, "time")),
        status=_word(lookup(raw, "status"), _STATUSES),
        direction=_word(lookup(raw, "direction"), _DIRECTIONS),
        quantity=exact(lookup(raw, "quantity")),
        fill_quantity=exact(lookup(raw, "fillQuantity")),
        fill_price=exact(lookup(raw, "fillPrice")),
        fee=exact(lookup(raw, "orderFeeAmount")),
        fee_currency=text(raw, "orderFeeCurrency"),
        limit_price=exact(lookup(raw, "limitPrice")),
        stop_price=exact(lookup(raw, "stopPrice")),
        message=text(raw, "message"),
    )


def _order(raw: Mapping[str, object], events: Mapping[int, list[OrderEvent]]) -> Order:
    symbol, own = section(raw, "symbol"), tuple(events.get(_whole(lookup(raw, "id")), ()))
    return Order(
        id=_whole(lookup(raw, "id")),
        symbol=text(symbol, "value"),
        symbol_id=symbol_id(symbol),
        type=_word(lookup(raw, "type"), _KINDS),
        direction=_word(lookup(raw, "direction"), _DIRECTIONS),
        status=_word(lookup(raw, "status"), _STATUSES),
        quantity=exact(lookup(raw, "quantity")),
        price=exact(lookup(raw, "price")),
        currency=text(raw, "priceCurrency"),
        value=exact(lookup(raw, "value")),
        limit_price=exact(lookup(raw, "limitPrice")),
        stop_price=exact(lookup(raw, "stopPrice")),
        trigger_price=exact(lookup(raw, "triggerPrice")),
        trailing_amount=exact(lookup(raw, "trailingAmount")),
        created_time=moment(text(raw, "createdTime") or text(raw, "time")),
        last_fill_time=moment(text(raw, "lastFillTime")),
        last_update_time=moment(text(raw, "lastUpdateTime")),
        canceled_time=moment(text(raw, "canceledTime")),
        filled=_sum(event.fill_quantity for event in own),
        fee=_sum(event.fee or Decimal(0) for event in own),  # LEAN leaves out a fee of 0
        fee_currency=next((event.fee_currency for event in own if event.fee_currency), ""),
        tag=text(raw, "tag"),
        events=own,
    )


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def _whole(raw: object) -> int:
    return int(number(raw) or 0)


def _word(raw: object, words: Mapping[int, str]) -> str:
    """LEAN's word in snake case, from its number or its own writing."""
    if isinstance(raw, str):
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in raw).lstrip("_")
    return words.get(raw, str(raw)) if isinstance(raw, int) else ""
