"""When each order type is filled and at which price (one bar after the order), and how orders are sized."""

from decimal import Decimal
from pathlib import Path

import pytest

from engine_builders import DataFolder, local
from minilean import numbers
from minilean.data.bars import Bar, quote_bar, trade_bar
from minilean.data.map_files import MapFile
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.enums import OrderStatus, Resolution, SecurityType, TickType
from minilean.fills.parameters import FillModelParameters
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
from minilean.orders.order_event import CashAmount, OrderEvent, OrderFee
from minilean.securities.portfolio import SecurityPortfolioManager
from minilean.securities.security import Security
from minilean.securities.security_manager import SecurityManager
from minilean.securities.symbol import USA, SecurityIdentifier, Symbol
from minilean.securities.symbol_properties import SymbolProperties
from minilean.time_keeper import TimeKeeper
from minilean.times import HOUR, MINUTE, parse_date

BUY, SELL = Decimal(10), Decimal(-10)
SYMBOL = Symbol(SecurityIdentifier("SPY", parse_date("19980102"), SecurityType.EQUITY, USA), "SPY")


def D(text: str) -> Decimal:  # noqa: N802 - short for a table
    return Decimal(text)


class Market:
    """A security with a minute bar that has just ended."""

    def __init__(self, data: DataFolder, resolution: Resolution = Resolution.MINUTE, *, quotes: bool = False) -> None:
        numbers.install_context()
        self.clock = TimeKeeper()
        self.hours = data.hours()
        self.security = Security(SYMBOL, self.hours, SymbolProperties("USD", D("0.01"), D("1")), self.clock)
        sides = [TickType.TRADE, TickType.QUOTE] if quotes else [TickType.TRADE]
        for side in sides:
            config = SubscriptionDataConfig(SYMBOL, resolution, side, self.hours, MapFile("SPY", ()))
            self.security.configs.append(config)

    def utc(self, text: str) -> int:
        return self.hours.time_zone.to_utc(local(text))

    def bar(self, start: str, prices: tuple[str, str, str, str], span: int = MINUTE) -> None:
        begin = local(start)
        end = self.hours.time_zone.to_utc(begin + span)
        self.clock.utc = end
        self.security.update(trade_bar(SYMBOL, (begin, begin + span, end), [D(p) for p in prices], D("100")))

    def quote(self, start: str, bid: str, ask: str) -> None:
        begin = local(start)
        end = self.hours.time_zone.to_utc(begin + MINUTE)
        self.clock.utc = end
        sides = [Bar(*[D(price)] * 4) for price in (bid, ask)]
        self.security.update(quote_bar(SYMBOL, (begin, begin + MINUTE, end), *sides, (D("1"), D("1"))))

    def fill(self, order: Order) -> Decimal | None:
        event: OrderEvent
        (event,) = self.security.fill_model.fill(FillModelParameters(self.security, order, HOUR))
        return event.fill_price_ if event.status is OrderStatus.FILLED else None


@pytest.fixture
def market(tmp_path: Path) -> Market:
    return Market(DataFolder(tmp_path))


@pytest.mark.parametrize(
    ("kind", "quantity", "price", "bar", "expected"),
    [
        (LimitOrder, BUY, "100", ("101", "102", "99.9", "101"), "100"),
        (LimitOrder, BUY, "100", ("101", "102", "100", "101"), None),  # touching is not enough
        (LimitOrder, BUY, "100", ("99", "102", "98", "101"), "99"),  # the open is better
        (LimitOrder, SELL, "100", ("99", "100.1", "98", "99"), "100"),
        (LimitOrder, SELL, "100", ("99", "100", "98", "99"), None),
        (LimitOrder, SELL, "100", ("103", "104", "98", "99"), "103"),
        (StopMarketOrder, BUY, "100", ("99", "100", "98", "99"), "100"),  # touching is enough
        (StopMarketOrder, BUY, "100", ("101", "103", "100", "102"), "101"),  # gapped through
        (StopMarketOrder, BUY, "100", ("98", "99.9", "97", "98"), None),
        (StopMarketOrder, SELL, "100", ("101", "102", "100", "101"), "100"),
        (StopMarketOrder, SELL, "100", ("97", "98", "96", "97"), "97"),
        (StopMarketOrder, SELL, "100", ("101", "102", "100.1", "101"), None),
    ],
)
def test_limit_and_stop_market_orders(market, kind, quantity, price, bar, expected):  # noqa: PLR0917 - a table
    order = kind(SYMBOL, quantity, D(price), market.utc("20131007 10:00"))
    market.bar("20131007 10:00", bar)
    assert market.fill(order) == (None if expected is None else D(expected))


def test_nothing_but_market_orders_fills_on_a_bar_that_ended_when_it_was_placed(market):
    market.bar("20131007 09:59", ("100", "200", "1", "100"))
    order = LimitOrder(SYMBOL, BUY, D("150"), market.utc("20131007 10:00"))
    assert market.fill(order) is None
    assert market.fill(MarketOrder(SYMBOL, BUY, market.utc("20131007 10:00"))) == 100


def test_market_orders_trade_against_the_other_side_of_a_recent_quote(tmp_path):
    market = Market(DataFolder(tmp_path), quotes=True)
    market.bar("20131007 09:59", ("100", "100", "100", "100"))
    market.quote("20131007 09:59", "99.5", "100.5")
    now = market.utc("20131007 10:00")
    assert market.fill(MarketOrder(SYMBOL, BUY, now)) == D("100.5")
    assert market.fill(MarketOrder(SYMBOL, SELL, now)) == D("99.5")


def test_a_market_order_waits_when_all_it_has_is_yesterdays_price(market):
    market.bar("20131004 15:59", ("100", "100", "100", "100"))
    market.clock.utc = market.utc("20131007 09:30")
    order = MarketOrder(SYMBOL, BUY, market.clock.utc)
    assert market.fill(order) is None
    market.bar("20131007 09:30", ("105", "106", "104", "105.5"))
    assert market.fill(order) == D("105.5")


def test_the_last_bar_of_the_day_still_fills_at_the_close(market):
    order = StopMarketOrder(SYMBOL, SELL, D("100"), market.utc("20131007 15:30"))
    market.bar("20131007 15:59", ("101", "101", "99", "100"))
    assert not market.security.exchange.exchange_open
    assert market.fill(order) == 100


def test_stop_limit_arms_at_the_stop_and_fills_later_at_the_limit(market):
    order = StopLimitOrder(SYMBOL, BUY, D("100"), D("100.5"), market.utc("20131007 10:00"))
    market.bar("20131007 10:00", ("99", "101", "99", "100.8"))
    assert market.fill(order) is None
    assert order.stop_triggered
    market.bar("20131007 10:01", ("100", "100.3", "99", "100.2"))
    assert market.fill(order) == D("100.3")


def test_limit_if_touched_arms_and_fills_at_the_market(market):
    order = LimitIfTouchedOrder(SYMBOL, BUY, D("98"), D("99"), market.utc("20131007 10:00"))
    market.bar("20131007 10:00", ("100", "100", "97.9", "99.5"))
    assert market.fill(order) is None
    market.bar("20131007 10:01", ("99", "99", "98.5", "98.7"))
    assert market.fill(order) == D("98.7")


def test_a_trailing_stop_follows_and_fills_at_the_worse_price(market):
    order = TrailingStopOrder(
        SYMBOL, SELL, D("98"), market.utc("20131007 10:00"), trailing_amount=D("2"), trailing_as_percentage=False
    )
    market.bar("20131007 10:00", ("100", "105", "99", "104"))
    assert market.fill(order) is None
    assert order.stop_price_ == 103
    market.bar("20131007 10:01", ("104", "104", "101", "102"))
    assert market.fill(order) == 102
    order.price_currency = "GBP"
    assert order.default_tag() == "Trailing Amount: ₤2"


def test_market_on_open_needs_a_bar_of_another_session(market):
    order = MarketOnOpenOrder(SYMBOL, BUY, market.utc("20131004 16:30"))
    market.bar("20131007 08:00", ("90", "90", "90", "90"))
    assert market.fill(order) is None
    market.bar("20131007 09:30", ("105", "106", "104", "105.5"))
    assert market.fill(order) == 105


def test_market_on_close_waits_for_the_close(market):
    order = MarketOnCloseOrder(SYMBOL, BUY, market.utc("20131007 10:00"))
    market.bar("20131007 15:58", ("100", "100", "100", "100"))
    assert market.fill(order) is None
    market.bar("20131007 15:59", ("101", "101", "101", "101.5"))
    assert market.fill(order) == D("101.5")


class TestSizing:
    """`set_holdings` and buying power."""

    @pytest.fixture
    def portfolio(self, market) -> SecurityPortfolioManager:
        securities = SecurityManager()
        securities.add_security(market.security)
        portfolio = SecurityPortfolioManager(securities)
        portfolio.set_cash_(D("100000"))
        market.bar("20131007 09:30", ("144", "145", "144", "144.7730779"))
        return portfolio

    def _quantity(self, market, portfolio, target: str, minimum: str = "0.001") -> Decimal:
        model = market.security.buying_power_model
        fraction = D(target) * D("0.9975") / model.leverage_
        return model.quantity_for_target(portfolio, market.security, fraction, D(minimum)).quantity

    def test_a_full_position_leaves_the_free_portfolio_value_and_the_fee(self, market, portfolio):
        assert self._quantity(market, portfolio, "1") == 688

    def test_fractions_of_a_share_are_cut_towards_zero_on_both_sides(self, market, portfolio):
        assert self._quantity(market, portfolio, "-0.5") == -344
        assert self._quantity(market, portfolio, "0.5") == 344

    def test_changes_below_a_thousandth_of_the_portfolio_are_ignored(self, market, portfolio):
        market.security.holdings.set_position(D("144.77"), D("688"))
        portfolio.set_cash_(D("400"))
        model = market.security.buying_power_model
        result = model.quantity_for_target(portfolio, market.security, D("0.4975"), D("0.001"))
        assert result.below_minimum
        assert result.quantity == 0

    def test_an_order_beyond_the_free_margin_is_refused_with_the_figures(self, market, portfolio):
        order = MarketOrder(SYMBOL, D("1400"), market.clock.utc)
        order.id = 3
        result = market.security.buying_power_model.has_sufficient_buying_power(
            portfolio, market.security, order, D("0")
        )
        assert not result.is_sufficient
        assert result.reason == "Id: 3, Initial Margin: 101348.15453, Free Margin: 100000"

    def test_reducing_a_position_needs_no_margin(self, market, portfolio):
        market.security.holdings.set_position(D("144"), D("5000"))
        order = MarketOrder(SYMBOL, D("-5000"), market.clock.utc)
        model = market.security.buying_power_model
        assert model.has_sufficient_buying_power(portfolio, market.security, order, D("0")).is_sufficient

    def test_the_fee_is_half_a_cent_a_share_at_least_a_dollar(self, market, portfolio):
        assert market.security.market_order_fee(D("688")) == D("3.440")
        assert market.security.market_order_fee(D("-10")) == 1

    def _book(self, market, portfolio, quantity: str, price: str, fee: str = "1") -> None:
        order = MarketOrder(SYMBOL, D(quantity), market.clock.utc)
        event = OrderEvent(order, market.clock.utc, OrderStatus.FILLED)
        event.fill_quantity_, event.fill_price_ = D(quantity), D(price)
        event.order_fee = OrderFee(CashAmount(D(fee), "USD"))
        portfolio.process_fill(event)

    def test_fills_move_cash_average_price_and_record_twice_the_fee(self, market, portfolio):
        self._book(market, portfolio, "100", "10")
        self._book(market, portfolio, "100", "20")
        holding = market.security.holdings
        assert (holding.average_price_, portfolio.cash_) == (15, D("96998"))
        self._book(market, portfolio, "-300", "16")
        assert (holding.quantity_, holding.average_price_) == (-100, 16)
        assert list(portfolio.transaction_record.values()) == [D("198")]
        assert portfolio.cash_ == D("101797")

    def test_records_of_one_moment_are_a_millisecond_apart(self, market, portfolio):
        for price in ("10", "11"):
            self._book(market, portfolio, "1", "10")
            self._book(market, portfolio, "-1", price)
        first, second = portfolio.transaction_record
        assert second - first == 1000
