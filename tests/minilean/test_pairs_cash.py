"""Cash in several currencies: conversions, what fills of pairs do to it, and what a cash account can buy."""

from decimal import Decimal

import pytest

from minilean.data.bars import Bar, QuoteBar
from minilean.dotnet_errors import InvalidOperationException
from minilean.enums import SecurityType
from minilean.fees.pair_fees import BinanceFeeModel
from minilean.orders.order import LimitOrder, StopMarketOrder
from minilean.orders.order_event import CashAmount, ModifiedFillQuantityOrderFee, OrderFee
from minilean.securities.cash_buying_power import CashBuyingPowerModel
from minilean.securities.currencies import currency_sign, is_stable_coin_pair
from minilean.securities.currency_conversion import Match, compare, search
from minilean.securities.symbol_properties import CurrencyPair
from pair_builders import PairAccount

D = Decimal
FOREX = SecurityType.FOREX


@pytest.fixture
def account() -> PairAccount:
    return PairAccount()


def pair(base: str, quote: str, market: str = "oanda") -> CurrencyPair:
    return CurrencyPair(base + quote, FOREX, market, base, quote)


# Conversions -------------------------------------------------------------------------------------------------------


def test_a_rate_follows_the_middle_of_the_quotes_of_its_pair(account: PairAccount) -> None:
    eurusd = account.add("EUR", "USD", kind=FOREX, market="oanda", lot="1")
    account.convert("EUR", eurusd)
    assert account.portfolio.cash_book["EUR"].rate_ == 0
    account.quote(eurusd, "1.1", "1.3")
    assert account.portfolio.cash_book["EUR"].rate_ == D("1.2")
    account.quote(eurusd, "1.3", "1.5")
    assert account.portfolio.cash_book["EUR"].rate_ == D("1.4")


def test_a_pair_that_quotes_the_currency_is_inverted(account: PairAccount) -> None:
    usdjpy = account.add("USD", "JPY", kind=FOREX, market="oanda", lot="1")
    account.convert("JPY", usdjpy)
    account.quote(usdjpy, "100", "100")
    assert account.portfolio.cash_book["JPY"].rate_ == D("0.01")


def test_two_pairs_convert_where_none_does_directly(account: PairAccount) -> None:
    eurgbp = account.add("EUR", "GBP", kind=FOREX, market="oanda", lot="1")
    gbpusd = account.add("GBP", "USD", kind=FOREX, market="oanda", lot="1")
    account.convert("EUR", eurgbp, gbpusd)
    account.quote(eurgbp, "0.8", "0.8")
    assert account.portfolio.cash_book["EUR"].rate_ == 0  # the second pair has no price yet
    account.quote(gbpusd, "1.5", "1.5")
    assert account.portfolio.cash_book["EUR"].rate_ == D("1.2")


def test_a_direct_pair_is_preferred_wherever_it_stands() -> None:
    asked: list[str] = []
    known = [pair("EUR", "GBP"), pair("GBP", "USD"), pair("EUR", "USD")]
    with pytest.raises(LookupError):
        search("EUR", "USD", known, lambda each: asked.append(each.ticker) or _unknown(), D(0))  # type: ignore[func-returns-value]
    assert asked == ["EURUSD"]


def _unknown() -> None:
    raise LookupError


def test_a_currency_without_a_way_to_the_accounts_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"No conversion path found between source currency CHF and .* USD"):
        search("CHF", "USD", [pair("EUR", "USD")], lambda _: _unknown(), D(0))  # type: ignore[arg-type,return-value]


def test_stable_coins_of_a_market_count_as_what_they_follow() -> None:
    assert is_stable_coin_pair("USDTUSD", "binance")
    assert not is_stable_coin_pair("USDTUSD", "coinbase")
    btc = CurrencyPair("BTCUSDT", SecurityType.CRYPTO, "binance", "BTC", "USDT")
    assert compare(btc, "BTC", "USD") is Match.EXACT
    assert compare(btc, "USD", "BTC") is Match.INVERSE
    elsewhere = CurrencyPair("BTCUSDT", SecurityType.CRYPTO, "coinbase", "BTC", "USDT")
    assert compare(elsewhere, "BTC", "USD") is Match.NONE


# The cash book -----------------------------------------------------------------------------------------------------


def test_amounts_convert_through_the_accounts_currency(account: PairAccount) -> None:
    book = account.portfolio.cash_book
    book.put("EUR", D(10), D("1.2"))
    book.put("GBP", D(5), D("1.5"))
    book.put("CHF", D(0), D(0))
    assert book.convert_(D(10), "EUR", "GBP") == 8
    assert book.total_() == D("19.5")
    with pytest.raises(ValueError, match="The conversion rate for CHF is not available"):
        book.convert_(D(1), "CHF", "EUR")
    with pytest.raises(KeyError, match=r"This cash symbol \(XXX\) was not found in your cash book"):
        book["XXX"]


def test_the_account_changes_its_currency_and_keeps_the_amount(account: PairAccount) -> None:
    book = account.portfolio.cash_book
    book["USD"].set(D(100))
    book.set_account_currency("eur")
    assert (book.account_currency, book["EUR"].amount_, book["EUR"].rate_) == ("EUR", 100, 1)
    assert not book.contains_key("USD")


def test_a_cash_book_shows_signs_amounts_and_rates(account: PairAccount) -> None:
    book = account.portfolio.cash_book
    book["USD"].set(D(1000))
    book.put("BTC", D("0.5"), D("7000.123"))
    lines = str(book).split("\n")
    assert lines[1] == "USD: $        1000.00 @       1.00 = $1000"
    assert lines[2] == "BTC: ₿           0.50 @    7000.12 = $3500.06"
    assert lines[4] == "CashBook Total Value:                $4500.06"
    assert currency_sign("XYZ") == "XYZ"


# Fills of pairs ----------------------------------------------------------------------------------------------------


def test_a_bought_pair_moves_both_currencies_and_is_no_value_besides(account: PairAccount) -> None:
    btc = account.add("BTC", "USD")
    account.portfolio.set_cash_(D(10000))
    account.convert("BTC", btc)
    account.quote(btc, "100", "100")
    account.fill(btc, "3", "100")
    book = account.portfolio.cash_book
    assert (book["USD"].amount_, book["BTC"].amount_) == (9700, 3)
    account.quote(btc, "110", "110")
    assert account.portfolio.total_ == 10030
    assert btc.holdings.unrealized_profit_ == 30


def test_profits_are_booked_in_the_accounts_currency(account: PairAccount) -> None:
    eurgbp = account.add("EUR", "GBP", kind=FOREX, market="oanda", lot="1")
    gbpusd = account.add("GBP", "USD", kind=FOREX, market="oanda", lot="1")
    account.convert("GBP", gbpusd)
    account.convert("EUR", eurgbp, gbpusd)
    account.quote(gbpusd, "1.5", "1.5")
    account.quote(eurgbp, "0.8", "0.8")
    account.fill(eurgbp, "1000", "0.8")
    account.fill(eurgbp, "-1000", "0.9")
    assert account.portfolio.cash_book["GBP"].amount_ == 100
    assert eurgbp.holdings.profit_ == 150
    assert eurgbp.holdings.total_sale_volume_ == D("2550.0")


def test_a_fee_taken_from_the_quantity_is_paid_in_the_quote_currency(account: PairAccount) -> None:
    btc = account.add("BTC", "USD")
    account.portfolio.set_cash_(D(1000))
    fee = ModifiedFillQuantityOrderFee(CashAmount(D("0.001"), "BTC"), "USD")
    account.convert("BTC", btc)
    account.quote(btc, "100", "100")
    account.fill(btc, "0.999", "100", fee)
    book = account.portfolio.cash_book
    assert (book["BTC"].amount_, book["USD"].amount_) == (D("0.999"), D("900.000"))
    assert btc.holdings.total_fees_ == D("0.1")


def test_a_fee_in_another_currency_leaves_that_currency(account: PairAccount) -> None:
    btc = account.add("BTC", "USD")
    account.portfolio.cash_book.put("EUR", D(10), D(2))
    account.fill(btc, "1", "100", OrderFee(CashAmount(3, "EUR")))
    assert account.portfolio.cash_book["EUR"].amount_ == 7
    assert btc.holdings.total_fees_ == 6


def test_quotes_without_a_side_keep_its_last_price(account: PairAccount) -> None:
    btc = account.add("BTC", "USD")
    account.quote(btc, "99", "101")
    bar = QuoteBar(None, btc.symbol, Bar(*[D(98)] * 4), 1, None, 0)
    bar.end_utc = account.clock.utc + 1
    btc.update(bar)
    assert (btc.bid_price_, btc.ask_price_) == (98, 101)


# Cash accounts -----------------------------------------------------------------------------------------------------


@pytest.fixture
def cash(account: PairAccount) -> PairAccount:
    btc = account.add("BTC", "USD")
    btc.buying_power_model = CashBuyingPowerModel()
    account.portfolio.set_cash_(D(1000))
    account.convert("BTC", btc)
    account.quote(btc, "100", "100")
    return account


def test_a_cash_account_sells_what_it_holds_and_no_more(cash: PairAccount) -> None:
    btc = next(iter(cash.securities.all_securities.values()))
    cash.fill(btc, "2", "100")
    model = btc.buying_power_model
    assert model.has_sufficient_buying_power(cash.portfolio, btc, cash.market(btc, "-2"), D(0)).is_sufficient
    refused = model.has_sufficient_buying_power(cash.portfolio, btc, cash.market(btc, "-2.01"), D(0))
    assert not refused.is_sufficient
    assert refused.reason.startswith("Your portfolio holds 2 BTC, 0 BTC of which are reserved for open orders")


def test_open_orders_reserve_what_they_need(cash: PairAccount) -> None:
    btc = next(iter(cash.securities.all_securities.values()))
    waiting = LimitOrder(btc.symbol, D(6), D(90), cash.clock.utc)
    waiting.id = 1
    stop = StopMarketOrder(btc.symbol, D(2), D(110), cash.clock.utc)
    stop.id = 2
    cash.portfolio.open_orders = lambda: [waiting, stop]
    model = btc.buying_power_model
    limit = LimitOrder(btc.symbol, D("2.4"), D(100), cash.clock.utc)
    limit.id = 3
    assert model.has_sufficient_buying_power(cash.portfolio, btc, limit, D(0)).is_sufficient
    limit.quantity_ = D("2.41")
    assert not model.has_sufficient_buying_power(cash.portfolio, btc, limit, D(0)).is_sufficient


def test_a_target_leaves_room_for_the_fee(cash: PairAccount) -> None:
    btc = next(iter(cash.securities.all_securities.values()))
    model = btc.buying_power_model
    assert model.quantity_for_target(cash.portfolio, btc, D("0.5"), D(0)).quantity == 5
    btc.fee_model = BinanceFeeModel()
    assert model.quantity_for_target(cash.portfolio, btc, D("0.5"), D(0)).quantity == D("4.99")
    assert model.quantity_for_target(cash.portfolio, btc, D("-0.1"), D(0)).reason == (
        "The cash model does not allow shorting."
    )


def test_a_target_of_nothing_sells_the_whole_amount_lots_or_not(cash: PairAccount) -> None:
    btc = next(iter(cash.securities.all_securities.values()))
    cash.portfolio.cash_book["BTC"].set(D("1.23456"))
    assert btc.buying_power_model.quantity_for_target(cash.portfolio, btc, D(0), D(0)).quantity == D("-1.23456")


def test_cash_has_no_leverage(cash: PairAccount) -> None:
    btc = next(iter(cash.securities.all_securities.values()))
    btc.set_leverage(1)
    with pytest.raises(InvalidOperationException, match="does not allow setting leverage"):
        btc.set_leverage(2)
