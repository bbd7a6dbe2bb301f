"""Brokerages of forex and crypto: what they refuse, what they charge, and how long orders live there."""

from decimal import Decimal

import pytest

from minilean.brokerages.crypto import (
    BinanceBrokerageModel,
    BinanceUSBrokerageModel,
    BybitBrokerageModel,
    CoinbaseBrokerageModel,
    KrakenBrokerageModel,
)
from minilean.brokerages.default import DefaultBrokerageModel
from minilean.brokerages.forex import FxcmBrokerageModel, OandaBrokerageModel
from minilean.brokerages.verdicts import refusal_to_submit, refusal_to_update
from minilean.dotnet_errors import ArgumentException, InvalidOperationException
from minilean.enums import AccountType, SecurityType
from minilean.fees.fee_model import FeeModel, OrderFeeParameters
from minilean.fees.pair_fees import (
    BinanceFeeModel,
    BitfinexFeeModel,
    CoinbaseFeeModel,
    FxcmFeeModel,
    KrakenFeeModel,
)
from minilean.orders.brokerage_properties import BitfinexOrderProperties, KrakenOrderProperties
from minilean.orders.order import LimitOrder, Order, StopLimitOrder, StopMarketOrder, TrailingStopOrder
from minilean.orders.requests import UpdateOrderFields, UpdateOrderRequest
from minilean.orders.time_in_force import DayTimeInForce, GoodTilDateTimeInForce
from minilean.results.json_text import dumps
from minilean.results.order_json import order_json
from minilean.securities.security import Security
from minilean.times import DAY, HOUR, parse_date
from pair_builders import PairAccount

D = Decimal
FOREX = SecurityType.FOREX


@pytest.fixture
def account() -> PairAccount:
    return PairAccount()


def limit(account: PairAccount, security: Security, quantity: str, price: str) -> LimitOrder:
    return LimitOrder(security.symbol, D(quantity), D(price), account.clock.utc)


def fee(model: FeeModel, security: Security, order: Order) -> tuple[D, str]:
    value = model.get_order_fee(OrderFeeParameters(security, order)).value
    return value.amount_, value.currency


# Orders ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def eurusd(account: PairAccount) -> Security:
    security = account.add("EUR", "USD", kind=FOREX, market="fxcm", lot="1000", step="0.00001")
    account.quote(security, "1.2", "1.2")
    return security


@pytest.mark.parametrize(
    ("quantity", "price", "text"),
    [
        ("1000", "1.1", None),
        ("1000", "1.3", "Limit Buy orders and Stop Sell orders must be below market"),
        ("-1000", "1.1", "Limit Buy orders and Stop Sell orders must be below market"),
        ("1000", "0.5", "The Limit Buy order price (0.5) is too far from the current market price (1.2)."),
        ("1500", "1.1", "The order quantity must be a multiple of lot_size: [1000]."),
    ],
)
def test_fxcm_takes_limits_on_the_right_side_and_not_too_far(
    account: PairAccount, eurusd: Security, quantity: str, price: str, text: str | None
) -> None:
    refusal = refusal_to_submit(FxcmBrokerageModel(), eurusd, limit(account, eurusd, quantity, price))
    assert refusal is None if text is None else text in (refusal or "")


def test_fxcm_knows_no_stop_limits_and_checks_stops(account: PairAccount, eurusd: Security) -> None:
    now = account.clock.utc
    stop_limit = StopLimitOrder(eurusd.symbol, D(1000), D("1.3"), D("1.31"), now)
    assert "Only supports [Limit,Market,StopMarket]" in (
        refusal_to_submit(FxcmBrokerageModel(), eurusd, stop_limit) or ""
    )
    assert (
        refusal_to_submit(FxcmBrokerageModel(), eurusd, StopMarketOrder(eurusd.symbol, D(1000), D("1.3"), now)) is None
    )
    below = StopMarketOrder(eurusd.symbol, D(1000), D("1.1"), now)
    assert "must be below market" in (refusal_to_submit(FxcmBrokerageModel(), eurusd, below) or "")


def test_oanda_takes_orders_until_canceled_on_margin(account: PairAccount, eurusd: Security) -> None:
    order = limit(account, eurusd, "1000", "1.1")
    assert refusal_to_submit(OandaBrokerageModel(), eurusd, order) is None
    order.time_in_force = DayTimeInForce()
    assert "does not support DayTimeInForce time in force" in (
        refusal_to_submit(OandaBrokerageModel(), eurusd, order) or ""
    )
    with pytest.raises(InvalidOperationException, match="Oanda brokerage can only be used with a Margin account type"):
        OandaBrokerageModel(AccountType.CASH)


def test_coinbase_is_for_cash_and_had_stop_orders_until_march_2019(account: PairAccount) -> None:
    btc = account.add("BTC", "USD", minimum="0.001")
    account.clock.utc = parse_date("20190323")
    model = CoinbaseBrokerageModel()
    order = StopMarketOrder(btc.symbol, D(1), D(90), account.clock.utc)
    assert refusal_to_submit(model, btc, order) is None
    order.time_utc += HOUR
    assert "no longer supported since 03/23/2019 01:00:00" in (refusal_to_submit(model, btc, order) or "")
    small = limit(account, btc, "0.0009", "100")
    assert "The minimum order size (in quote currency) for BTCUSD is 0.001. Order quantity was 0.0009." in (
        refusal_to_submit(model, btc, small) or ""
    )
    with pytest.raises(ArgumentException, match="does not currently support Margin trading"):
        CoinbaseBrokerageModel(AccountType.MARGIN)
    with pytest.raises(ArgumentException, match=r"Binance\.US brokerage does not currently support Margin"):
        BinanceUSBrokerageModel(AccountType.MARGIN)


def test_binance_wants_more_than_a_value_at_both_prices_of_a_stop_limit(account: PairAccount) -> None:
    btc = account.add("BTC", "USDT", market="binance", minimum="10")
    model = BinanceBrokerageModel()
    assert refusal_to_submit(model, btc, limit(account, btc, "0.11", "100")) is None
    assert "Order size was 10.0" in (refusal_to_submit(model, btc, limit(account, btc, "0.1", "100")) or "")
    stop_limit = StopLimitOrder(btc.symbol, D("0.1"), D(99), D(101), account.clock.utc)
    assert "Order size was 9.9" in (refusal_to_submit(model, btc, stop_limit) or "")
    stop = StopMarketOrder(btc.symbol, D(1), D(99), account.clock.utc)
    assert "StopMarket orders are not supported for this symbol. Please check 'https://api.binance.com/api/v3/" in (
        refusal_to_submit(model, btc, stop) or ""
    )
    assert "There is no data for this symbol yet" in (refusal_to_submit(model, btc, account.market(btc, "1")) or "")


def test_bybit_takes_trailing_stops_as_stops(account: PairAccount) -> None:
    btc = account.add("BTC", "USDT", market="bybit")
    order = TrailingStopOrder(
        btc.symbol, D(1), D(99), account.clock.utc, trailing_amount=D(1), trailing_as_percentage=False
    )
    assert refusal_to_submit(BybitBrokerageModel(), btc, order) is None
    assert "does not support TrailingStop order type" in (refusal_to_submit(KrakenBrokerageModel(), btc, order) or "")


@pytest.mark.parametrize("model", [BinanceBrokerageModel(), BybitBrokerageModel(), KrakenBrokerageModel()])
def test_some_brokerages_change_no_orders(account: PairAccount, model: DefaultBrokerageModel) -> None:
    btc = account.add("BTC", "USDT")
    order = limit(account, btc, "1", "100")
    request = UpdateOrderRequest(account.clock.utc, 1, UpdateOrderFields())
    assert "Brokerage does not support update" in (refusal_to_update(model, btc, order, request) or "")


@pytest.mark.parametrize(
    ("base", "quote", "leverage"),
    [
        ("BTC", "USD", 5),
        ("USDT", "EUR", 2),
        ("LINK", "ETH", 3),
        ("XMR", "BTC", 2),
        ("XMR", "ETH", 1),
        ("DOGE", "USD", 1),
    ],
)
def test_krakens_leverage_is_by_coin_and_quote(account: PairAccount, base: str, quote: str, leverage: int) -> None:
    security = account.add(base, quote, market="kraken")
    assert KrakenBrokerageModel(AccountType.MARGIN).get_leverage(security) == leverage
    assert KrakenBrokerageModel().get_leverage(security) == 1


# Fees --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "maker", "taker"),
    [("20190322", "0", "0.3"), ("20190324", "0.15", "0.25"), ("20191009", "0.6", "0.8")],
)
def test_coinbases_schedule_is_that_of_the_orders_date(account: PairAccount, date: str, maker: str, taker: str) -> None:
    btc = account.add("BTC", "USD")
    account.clock.utc = parse_date(date)
    account.quote(btc, "100", "100")
    model = CoinbaseFeeModel()
    assert fee(model, btc, account.market(btc, "-1")) == (D(taker), "USD")
    resting = limit(account, btc, "1", "90")
    assert fee(model, btc, resting) == (D(maker), "USD")


def test_fees_of_what_is_received(account: PairAccount) -> None:
    btc = account.add("BTC", "USDT", market="binance")
    account.quote(btc, "100", "102")
    assert fee(BinanceFeeModel(), btc, account.market(btc, "2")) == (D("0.002"), "BTC")
    assert fee(BinanceFeeModel(), btc, account.market(btc, "-2")) == (D("0.2"), "USDT")
    assert fee(BinanceFeeModel(), btc, limit(account, btc, "-2", "110")) == (D("0.22"), "USDT")
    assert fee(BitfinexFeeModel(), btc, account.market(btc, "2")) == (D("0.004"), "BTC")


def test_hidden_orders_of_bitfinex_never_make_the_market(account: PairAccount) -> None:
    btc = account.add("BTC", "USD", market="bitfinex")
    order = limit(account, btc, "1", "90")
    assert fee(BitfinexFeeModel(), btc, order)[0] == D("0.001")
    order.properties = BitfinexOrderProperties()
    order.properties.hidden = True
    assert fee(BitfinexFeeModel(), btc, order)[0] == D("0.002")
    assert '"properties":{"postOnly":false,"hidden":true,"timeInForce":{}}' in dumps(
        order_json(order, lambda value: value)
    )


def test_kraken_charges_the_quote_currency_of_buys_unless_asked_otherwise(account: PairAccount) -> None:
    btc = account.add("BTC", "USD", market="kraken")
    account.quote(btc, "100", "100")
    order = account.market(btc, "1")
    assert fee(KrakenFeeModel(), btc, order) == (D("0.26"), "USD")
    assert fee(KrakenFeeModel(), btc, account.market(btc, "-1")) == (D("0.0026"), "BTC")
    order.properties = KrakenOrderProperties()
    order.properties.fee_in_base = True
    assert fee(KrakenFeeModel(), btc, order) == (D("0.0026"), "BTC")
    order.properties.FeeInQuote = True
    assert fee(KrakenFeeModel(), btc, order) == (D("0.26"), "USD")
    usdt = account.add("USDT", "EUR", market="kraken")
    account.quote(usdt, "1", "1")
    assert fee(KrakenFeeModel(), usdt, account.market(usdt, "100")) == (D("0.2"), "EUR")


def test_fxcm_charges_majors_less(account: PairAccount, eurusd: Security) -> None:
    nzdusd = account.add("NZD", "USD", kind=FOREX, market="fxcm", lot="1000")
    assert fee(FxcmFeeModel(), eurusd, account.market(eurusd, "-34000")) == (D("1.36"), "USD")
    assert fee(FxcmFeeModel(), nzdusd, account.market(nzdusd, "1000")) == (D("0.06"), "USD")


# Times in force ----------------------------------------------------------------------------------------------------


def test_a_day_of_crypto_ends_at_midnight(account: PairAccount) -> None:
    btc = account.add("BTC", "USD")
    hours = btc.exchange.market_hours
    order = account.market(btc, "1")
    day = parse_date("20190101")
    assert not DayTimeInForce().is_expired(order, day + DAY - 1, hours)
    assert DayTimeInForce().is_expired(order, day + DAY, hours)
    until = GoodTilDateTimeInForce.__new__(GoodTilDateTimeInForce)
    until.expiry_local = day + 5 * HOUR
    assert not until.is_expired(order, day + 23 * HOUR, hours)
    assert until.is_expired(order, day + DAY, hours)


def test_a_day_of_forex_ends_at_five_in_the_afternoon(account: PairAccount, eurusd: Security) -> None:
    hours = eurusd.exchange.market_hours
    day = parse_date("20190103")
    account.clock.utc = day + 9 * HOUR
    order = account.market(eurusd, "1000")
    assert not DayTimeInForce().is_expired(order, day + 17 * HOUR - 1, hours)
    assert DayTimeInForce().is_expired(order, day + 17 * HOUR, hours)
    account.clock.utc = day + 18 * HOUR
    late = account.market(eurusd, "1000")
    assert not DayTimeInForce().is_expired(late, day + 20 * HOUR, hours)
    assert DayTimeInForce().is_expired(late, day + DAY + 17 * HOUR, hours)


def test_an_order_is_valued_in_the_accounts_currency(account: PairAccount):
    usdjpy = account.add("USD", "JPY", kind=FOREX, market="oanda", lot="1")
    account.convert("JPY", usdjpy)
    account.quote(usdjpy, "100", "100")
    order = limit(account, usdjpy, "-300", "110")
    assert (order.value_at(D(100)), order.get_value(usdjpy)) == (D(-33000), -330.0)
