"""What brokerage models accept, and when the money of sales reaches the account."""

from decimal import Decimal
from pathlib import Path

import pytest

from engine_builders import DataFolder, local
from minilean import numbers
from minilean.brokerages.catalogue import MODELS, create_model, is_supported
from minilean.brokerages.default import DefaultBrokerageModel
from minilean.brokerages.initializer import BrokerageModelSecurityInitializer
from minilean.brokerages.interactive_brokers import InteractiveBrokersBrokerageModel
from minilean.brokerages.message import BrokerageMessageEvent, BrokerageMessageType
from minilean.brokerages.verdicts import refusal_to_submit, refusal_to_update
from minilean.data.bars import trade_bar
from minilean.enums import AccountType, BrokerageName, OrderStatus, SecurityType
from minilean.fills.equity_fill_model import EquityFillModel
from minilean.fills.slippage import VolumeShareSlippageModel, slippage_of
from minilean.orders.order import MarketOnOpenOrder, MarketOrder, Order
from minilean.orders.order_event import OrderEvent
from minilean.orders.requests import UpdateOrderRequest
from minilean.securities.portfolio import SecurityPortfolioManager
from minilean.securities.security import Security
from minilean.securities.security_manager import SecurityManager
from minilean.securities.settlement import DelayedSettlementModel
from minilean.securities.symbol import USA, SecurityIdentifier, Symbol
from minilean.securities.symbol_properties import SymbolProperties
from minilean.surface import NotSupportedError, model_method
from minilean.time_keeper import TimeKeeper
from minilean.times import MINUTE, parse_date

SYMBOL = Symbol(SecurityIdentifier("SPY", parse_date("19980102"), SecurityType.EQUITY, USA), "SPY")


class Account:
    """A portfolio with one security of a brokerage."""

    def __init__(self, folder: Path, model: DefaultBrokerageModel) -> None:
        numbers.install_context()
        self.clock = TimeKeeper()
        hours = DataFolder(folder).hours()
        self.zone = hours.time_zone
        properties = SymbolProperties("USD", Decimal("0.01"), Decimal(1))
        self.security = Security(SYMBOL, hours, properties, self.clock)
        BrokerageModelSecurityInitializer(model).initialize(self.security)
        securities = SecurityManager()
        securities.add_security(self.security)
        self.portfolio = SecurityPortfolioManager(securities)
        self.portfolio.set_cash_(Decimal(1000))

    def at(self, text: str) -> int:
        self.clock.utc = self.zone.to_utc(local(text))
        return self.clock.utc

    def fill(self, text: str, quantity: int, price: str) -> None:
        utc = self.at(text)
        event = OrderEvent(MarketOrder(SYMBOL, Decimal(quantity), utc), utc, OrderStatus.FILLED)
        event.fill_price_, event.fill_quantity_ = Decimal(price), Decimal(quantity)
        self.portfolio.process_fill(event)
        self.security.cache.price_ = Decimal(price)
        self.portfolio.invalidate_total_portfolio_value()


@pytest.fixture
def cash_account(tmp_path: Path) -> Account:
    return Account(tmp_path, InteractiveBrokersBrokerageModel(AccountType.CASH))


@pytest.fixture
def margin_account(tmp_path: Path) -> Account:
    return Account(tmp_path, DefaultBrokerageModel())


def test_sales_of_a_cash_account_settle_on_the_next_trading_day_at_six(cash_account: Account) -> None:
    portfolio = cash_account.portfolio
    cash_account.fill("20131004 10:00", 5, "100")  # a Friday
    cash_account.fill("20131004 11:00", -5, "110")
    assert (portfolio.cash_, portfolio.unsettled_, portfolio.total_) == (500, 550, 1050)
    assert portfolio.margin_left_ == 500  # unsettled money buys nothing
    portfolio.settle(cash_account.at("20131007 05:59"))
    assert portfolio.cash_ == 500
    portfolio.settle(cash_account.at("20131007 06:00"))
    assert (portfolio.cash_, portfolio.unsettled_) == (1050, 0)


def test_sales_of_a_margin_account_settle_at_once(margin_account: Account) -> None:
    margin_account.fill("20131004 10:00", -5, "110")
    assert (margin_account.portfolio.cash_, margin_account.portfolio.unsettled_) == (1550, 0)


def test_settlement_counts_trading_days_only(cash_account: Account) -> None:
    cash_account.security.settlement_model = DelayedSettlementModel(2, 6)
    cash_account.fill("20131004 10:00", -1, "10")
    portfolio = cash_account.portfolio
    portfolio.settle(cash_account.at("20131007 23:00"))
    assert portfolio.unsettled_ == 10
    portfolio.settle(cash_account.at("20131008 06:00"))
    assert portfolio.unsettled_ == 0


@pytest.mark.parametrize(("account_type", "leverage"), [(AccountType.MARGIN, 2), (AccountType.CASH, 1)])
def test_leverage_follows_the_kind_of_account(tmp_path: Path, account_type: AccountType, leverage: int) -> None:
    account = Account(tmp_path, DefaultBrokerageModel(account_type))
    assert account.security.leverage_ == leverage


@pytest.mark.parametrize(
    ("moment", "taken"),
    [
        ("20131007 16:00", True),  # the close belongs to the window
        ("20131007 15:59", False),
        ("20131008 09:27", True),
        ("20131008 09:28", False),  # two minutes before the open it ends
        ("20131006 12:00", True),  # a Sunday has no window
    ],
)
def test_interactive_brokers_takes_orders_for_the_open_until_two_minutes_before_it(
    cash_account: Account, moment: str, taken: bool
) -> None:
    order = MarketOnOpenOrder(SYMBOL, Decimal(1), cash_account.at(moment))
    order.id = 7
    refusal = refusal_to_submit(InteractiveBrokersBrokerageModel(), cash_account.security, order)
    assert (refusal is None) is taken
    if refusal is not None:
        assert refusal == (
            "BrokerageModel declared unable to submit order: [7] Warning - Code: NotSupported - MarketOnOpen "
            "submission time is invalid. Valid local times are  04:00\N{EN DASH} 09:28. "
            "Consider setting daily_precise_end_time = false or using self.schedule.on."
        )


class Picky(DefaultBrokerageModel):
    """A strategy's own model, in LEAN's older spelling."""

    def CanSubmitOrder(self, security: Security, order: Order, message: object) -> object:  # noqa: N802
        return False, BrokerageMessageEvent(BrokerageMessageType.INFORMATION, "", "not today")

    def can_update_order(self, security: Security, order: Order, request: object, message: object) -> bool:  # type: ignore[override]
        return False


def test_a_strategys_own_brokerage_model_is_asked(margin_account: Account) -> None:
    order = MarketOrder(SYMBOL, Decimal(1), margin_account.at("20131007 10:00"))
    order.id = 3
    refusal = refusal_to_submit(Picky(), margin_account.security, order)
    assert refusal == "BrokerageModel declared unable to submit order: [3] Information - Code:  - not today"
    request = UpdateOrderRequest.__new__(UpdateOrderRequest)
    assert refusal_to_update(Picky(), margin_account.security, order, request) == (
        "OrderID: 3 Warning - Code: InvalidRequest - BrokerageModel declared unable to update order: 3"
    )


def test_brokerages_without_a_model_are_refused_by_name() -> None:
    for name, model in MODELS.items():
        assert model.brokerage is name
    assert isinstance(create_model(BrokerageName.GDAX, AccountType.CASH), MODELS[BrokerageName.COINBASE])
    assert is_supported("InteractiveBrokersBrokerage")
    assert is_supported("INTERACTIVE_BROKERS_BROKERAGE")
    assert not is_supported("ZERODHA")
    with pytest.raises(NotSupportedError, match=r"set_brokerage_model\(ZERODHA, CASH\)"):
        create_model(BrokerageName.ZERODHA, AccountType.CASH)


@pytest.mark.parametrize(
    ("quantity", "volume", "expected"), [(5, 1000, "0.00025"), (900, 1000, "0.00625"), (1, 0, "0.00625")]
)
def test_volume_share_slippage_is_limited(margin_account: Account, quantity: int, volume: int, expected: str) -> None:
    begin = local("20131007 10:00")
    end = margin_account.zone.to_utc(begin + MINUTE)
    prices = [Decimal(100)] * 4
    margin_account.security.update(trade_bar(SYMBOL, (begin, begin + MINUTE, end), prices, Decimal(volume)))
    margin_account.security.slippage_model = VolumeShareSlippageModel()
    order = MarketOrder(SYMBOL, Decimal(quantity), end)
    assert slippage_of(margin_account.security, order) == Decimal(expected)


class HalfFill(EquityFillModel):
    """A strategy's own fill model that calls LEAN's by LEAN's older name."""

    def MarketFill(self, asset: Security, order: MarketOrder) -> OrderEvent:  # noqa: N802
        event = super().MarketFill(asset, order)  # type: ignore[misc]
        event.fill_quantity = event.fill_quantity / 2
        return event


def test_models_answer_to_both_spellings(margin_account: Account) -> None:
    begin = local("20131007 10:00")
    end = margin_account.zone.to_utc(begin + MINUTE)
    margin_account.clock.utc = end
    margin_account.security.update(trade_bar(SYMBOL, (begin, begin + MINUTE, end), [Decimal(9)] * 4, Decimal(1)))
    event = model_method(HalfFill(), "market_fill")(margin_account.security, MarketOrder(SYMBOL, Decimal(10), end))
    assert (event.fill_quantity_, event.fill_price_) == (5, 9)


def test_order_prices_are_rounded_only_where_the_security_was_added_raw(margin_account: Account) -> None:
    security = margin_account.security
    assert security.price_step(Decimal(5)) == 0
    security.rounds_prices = True
    assert security.price_step(Decimal(5)) == Decimal("0.01")
    assert security.price_step(Decimal("0.5")) == Decimal("0.0001")
