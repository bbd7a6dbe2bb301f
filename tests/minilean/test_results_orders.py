"""JSON of every order type, of order events, and the order list hash."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

import golden_inputs
from minilean.enums import OrderStatus, SecurityType
from minilean.orders.order import (
    LimitIfTouchedOrder,
    LimitOrder,
    MarketOnCloseOrder,
    MarketOnOpenOrder,
    MarketOrder,
    Order,
    OrderSubmissionData,
    StopLimitOrder,
    StopMarketOrder,
    TrailingStopOrder,
)
from minilean.orders.order_event import CashAmount, OrderEvent, OrderFee
from minilean.orders.time_in_force import DayTimeInForce, GoodTilDateTimeInForce
from minilean.results.json_text import dumps, dumps_indented
from minilean.results.order_json import order_event_json, order_json, order_list_hash

SPY = golden_inputs.RecordedSymbol({"value": "SPY", "id": "SPY R735QTJ8XC9X", "permtick": "SPY"}, SecurityType.EQUITY)
NOON = golden_inputs.microseconds("2013-10-07T16:00:00Z")
TEN, PRICE, OTHER = Decimal(10), Decimal("144.50"), Decimal("145.2500")
TYPES = [
    (MarketOrder(SPY, TEN, NOON), '{"type":0,"id":7'),
    (MarketOnOpenOrder(SPY, TEN, NOON), '{"type":4,"id":7'),
    (MarketOnCloseOrder(SPY, TEN, NOON), '{"type":5,"id":7'),
    (LimitOrder(SPY, TEN, PRICE, NOON), '{"limitPrice":144.50,"type":1,"id":7'),
    (StopMarketOrder(SPY, TEN, PRICE, NOON), '{"stopPrice":144.50,"type":2,"id":7'),
    (
        StopLimitOrder(SPY, TEN, PRICE, OTHER, NOON),
        '{"stopPrice":144.50,"stopTriggered":false,"limitPrice":145.2500,"type":3,"id":7',
    ),
    (
        LimitIfTouchedOrder(SPY, TEN, PRICE, OTHER, NOON),
        '{"type":7,"triggerPrice":144.50,"limitPrice":145.2500,"triggerTouched":false,"id":7',
    ),
    (
        TrailingStopOrder(SPY, TEN, PRICE, NOON, trailing_amount=Decimal("0.05"), trailing_as_percentage=True),
        '{"trailingAmount":0.05,"trailingAsPercentage":true,"type":11,"stopPrice":144.50,"id":7',
    ),
]


def completed(order: Order) -> Order:
    order.id = 7
    order.broker_id = ["7"]
    order.price_currency = "USD"
    order.order_submission_data = OrderSubmissionData(Decimal("144.49000"), Decimal("144.51"), Decimal(144))
    return order


@pytest.mark.parametrize(("order", "beginning"), TYPES, ids=[type(order).__name__ for order, _ in TYPES])
def test_each_type_begins_with_its_own_members(order: Order, beginning: str):
    assert dumps(order_json(completed(order))).startswith(beginning + ',"contingentId":0,"brokerId":["7"],"symbol":')


def test_the_order_of_members_and_the_optional_times():
    order = completed(MarketOrder(SPY, Decimal("-10.00"), NOON, "bye"))
    order.price_, order.status = Decimal("144.120"), OrderStatus.FILLED
    order.last_fill_utc = NOON + 1_500_000
    assert dumps(order_json(order)).endswith(
        '"symbol":{"value":"SPY","id":"SPY R735QTJ8XC9X","permtick":"SPY"},"price":144.12,"priceCurrency":"USD",'
        '"time":"2013-10-07T16:00:00Z","createdTime":"2013-10-07T16:00:00Z","lastFillTime":"2013-10-07T16:00:01.5Z",'
        '"quantity":-10.0,"status":3,"tag":"bye","properties":{"timeInForce":{}},"securityType":1,"direction":1,'
        '"value":-1441.20,"orderSubmissionData":{"bidPrice":144.49000,"askPrice":144.51,"lastPrice":144.0},'
        '"isMarketable":true,"priceAdjustmentMode":1}'
    )


def test_lifetimes_are_named_with_their_net_type():
    order = completed(MarketOrder(SPY, TEN, NOON))
    order.time_in_force = DayTimeInForce()
    namespace = "QuantConnect.Orders.TimeInForces."
    assert order_json(order)["properties"] == {"timeInForce": {"$type": f"{namespace}DayTimeInForce"}}
    order.time_in_force = GoodTilDateTimeInForce(golden_inputs.microseconds("2013-10-08T00:00:00"))
    assert order_json(order)["properties"] == {
        "timeInForce": {"$type": f"{namespace}GoodTilDateTimeInForce", "Expiry": "2013-10-08T00:00:00"}
    }


@pytest.mark.parametrize(
    ("quantity", "limit", "marketable"), [("10", "144.51", True), ("10", "144.50", False), ("-10", "144.49", True)]
)
def test_a_limit_beyond_the_other_side_is_marketable(quantity: str, limit: str, *, marketable: bool):
    order = completed(LimitOrder(SPY, Decimal(quantity), Decimal(limit), NOON))
    assert order_json(order)["isMarketable"] is marketable


def test_the_hash_rounds_prices_and_reads_orders_by_id():
    first, second = completed(LimitOrder(SPY, TEN, Decimal("1.23456789"), NOON)), completed(MarketOrder(SPY, TEN, NOON))
    second.id = 8
    rounded = completed(LimitOrder(SPY, TEN, Decimal("1.234568"), NOON))
    assert order_list_hash([second, first]) == order_list_hash([rounded, second])
    assert order_list_hash([first]) != order_list_hash([second])
    assert order_list_hash([]) == "d41d8cd98f00b204e9800998ecf8427e"


def test_a_price_over_1000_loses_the_zeros_that_its_rounding_leaves():
    exact, rounded = completed(MarketOrder(SPY, TEN, NOON)), completed(MarketOrder(SPY, TEN, NOON))
    exact.price_, rounded.price_ = Decimal("1046.3199947801402"), Decimal("1046.32")
    assert order_list_hash([exact]) == order_list_hash([rounded])


def test_an_event_leaves_out_what_is_at_its_default():
    order = completed(StopLimitOrder(SPY, Decimal(-10), PRICE, OTHER, NOON))
    event = OrderEvent(order, NOON, OrderStatus.CANCEL_PENDING)
    event.id = 2
    assert dumps(order_event_json(event, "run")) == (
        '{"id":"run-7-2","algorithmId":"run","orderId":7,"orderEventId":2,"symbol":"SPY R735QTJ8XC9X",'
        '"symbolValue":"SPY","symbolPermtick":"SPY","time":1381161600.0,"status":"cancelPending","fillPrice":0.0,'
        '"fillPriceCurrency":"USD","fillQuantity":0.0,"direction":"sell","isAssignment":false,"quantity":-10.0}'
    )


def test_a_fill_event_carries_fee_message_and_prices():
    order = completed(StopLimitOrder(SPY, Decimal(10), PRICE, OTHER, NOON))
    event = OrderEvent(order, NOON + 250_000, OrderStatus.PARTIALLY_FILLED, "half")
    event.id, event.fill_price_, event.fill_quantity_ = 3, Decimal("144.10"), Decimal("5.0")
    event.stop_price_, event.limit_price_ = PRICE, OTHER
    event.order_fee = OrderFee(CashAmount(Decimal("2.500"), "USD"))
    assert dumps(order_event_json(event, "run")).endswith(
        '"time":1381161600.25,"status":"partiallyFilled","orderFeeAmount":2.5,"orderFeeCurrency":"USD",'
        '"fillPrice":144.1,"fillPriceCurrency":"USD","fillQuantity":5.0,"direction":"buy","message":"half",'
        '"isAssignment":false,"quantity":10.0,"stopPrice":144.5,"limitPrice":145.25}'
    )


@pytest.mark.shared
def test_orders_and_hash_of_recorded_containers(shared: Path):
    seen = 0
    for folder in sorted((shared / "lean-recordings").iterdir()):
        path = folder / "results" / f"{folder.name}.json"
        output = folder / "stdout.txt"
        wanted = re.search(r"OrderListHash (\w+)", output.read_text()) if output.is_file() else None
        if not path.is_file() or wanted is None:
            continue
        orders = [golden_inputs.order(each) for each in golden_inputs.load_json(path)["orders"].values()]
        assert order_list_hash(orders) == wanted[1], folder.name
        text = dumps_indented({"orders": {str(each.id): order_json(each) for each in orders}})
        assert text[1:-1].rstrip() in path.read_text(encoding="utf-8"), folder.name
        seen += len(orders)
    assert seen > 1000
