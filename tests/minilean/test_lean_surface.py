"""LEAN's own spellings and overloads, and models of the strategy's own, in whole runs over a few made-up days."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from engine_builders import DataFolder, run_strategy
from minilean import times
from minilean.circular_queue import CircularQueue
from minilean.consolidators.calendar import CalendarInfo, calendar_of
from minilean.data.map_files import MapFile
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.enums import OrderType, Resolution, SecurityType, TickType
from minilean.framework.helpers import Extensions
from minilean.indicators.base import IndicatorDataPoint
from minilean.indicators.python_indicator import PythonIndicator
from minilean.orders.requests import SubmitOrderRequest
from minilean.securities.symbol import USA, SecurityIdentifier, Symbol
from minilean.surface import arranged, decimal_argument, double_argument

HEAD = """
from AlgorithmImports import *

class Case(QCAlgorithm):
    def initialize(self):
        self.set_start_date(year=2013, month=10, day=7)
        self.set_end_date(2013, 10, 9)
        self.set_cash(starting_cash=100000)
        self.spy = self.add_equity("SPY", Resolution.MINUTE)
        self.seen = []
        self.prepare()

    def prepare(self):
        pass

    def on_end_of_algorithm(self):
        self.set_runtime_statistic("seen", "|".join(str(item) for item in self.seen))
"""


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.spy_week()
    return folder


def _seen(tmp_path: Path, data: DataFolder, body: str, before: str = "") -> list[str]:
    """Run a strategy that collects what it sees, and return that."""
    source = HEAD + "\n".join("    " + line for line in body.strip("\n").split("\n")) + "\n" + before
    done = run_strategy(tmp_path / "run", data, source)
    assert done.state["RuntimeError"] == ""
    assert done.result is not None
    return str(done.result["runtimeStatistics"]["seen"]).split("|")  # type: ignore[index]


def test_named_arguments_come_after_those_by_place() -> None:
    assert arranged("M", (1,), {"c": 3, "b": 2}, "a", "b", "c") == [1, 2, 3]
    with pytest.raises(TypeError, match="No method matches"):
        arranged("M", (1,), {"z": 3}, "a", "b")
    with pytest.raises(TypeError, match="No method matches"):
        arranged("M", (1, 2), {"a": 3}, "a", "b")


def test_floats_of_numpy_are_numbers_whatever_their_repr() -> None:
    assert decimal_argument(np.float64(0.1) + np.float64(0.2), "M") == Decimal("0.30000000000000004")
    assert decimal_argument(np.float32(0.1), "M") == Decimal("0.1")  # its text, not that of its double
    assert decimal_argument(np.int64(7), "M") == 7
    assert double_argument(np.float64(0.1) + np.float64(0.2), "M") == Decimal("0.3")


def test_a_calendar_may_be_given_in_dates() -> None:
    calendar = calendar_of(lambda moment: CalendarInfo(moment.date().replace(day=1), timedelta(days=30)))
    found = calendar(times.from_datetime(datetime(2013, 10, 7, 12)))  # noqa: DTZ001 - a wall clock
    assert (found.start, found.period) == (times.from_date(date(2013, 10, 1)), 30 * times.DAY)


def test_a_request_takes_leans_overloads() -> None:
    moment = datetime(2013, 10, 7, 12, tzinfo=UTC)
    plain = SubmitOrderRequest(OrderType.LIMIT, SecurityType.EQUITY, "SPY", 3, 0, 1.5, 0, moment, "tag")  # type: ignore[arg-type]
    assert (plain.quantity_, plain.limit_price_, plain.tag, plain.asynchronous) == (3, Decimal("1.5"), "tag", False)
    assert plain.utc == times.parse_date("20131007") + 12 * times.HOUR
    trail = SubmitOrderRequest(
        OrderType.TRAILING_STOP, SecurityType.EQUITY, "SPY", 1, 9, 0, 0, 0.1, True, moment, "t", asynchronous=True  # type: ignore[arg-type]
    )  # fmt: skip
    assert (trail.trailing_amount_, trail.trailing_as_percentage, trail.asynchronous) == (Decimal("0.1"), True, True)
    with pytest.raises(TypeError, match="No method matches"):
        SubmitOrderRequest(OrderType.MARKET, SecurityType.EQUITY, "SPY", 1, 0, 0, 0, "tag")  # type: ignore[arg-type]


def test_times_are_rounded_and_moved_between_zones() -> None:
    noon = datetime(2013, 10, 7, 12, 7)  # noqa: DTZ001 - a wall clock
    five = timedelta(minutes=5)
    assert Extensions.round_down(noon, five).minute == 5
    assert Extensions.round_up(noon, five).minute == 10
    assert Extensions.convert_from_utc(noon, "America/New_York").hour == 8
    assert Extensions.convert_to_utc(noon, "America/New_York").hour == 16
    assert Extensions.round_to_significant_digits(123.456, 4) == 123.5


def test_rules_take_leans_names_and_tickers_that_are_not_added(tmp_path, data):
    seen = _seen(
        tmp_path,
        data,
        """
def prepare(self):
    rules = self.time_rules
    day = self.date_rules.on(year=2013, month=10, day=8)
    self.schedule.on(day, rules.at(hour=11, minute=5), lambda: self.note("at"))
    self.schedule.on(
        date_rule=self.date_rules.today, time_rule=rules.before_market_close("XYZ", minutes_before_close=3),
        callback=lambda: self.note("close"),
    )
    self.schedule.on("named", self.date_rules.today, rules.after_market_open("ZYX", 1), lambda: self.note("open"))

def note(self, text):
    self.seen.append(f"{text} {self.time:%d %H:%M}")
""",
    )
    assert seen == ["open 07 09:31", "close 07 15:57", "at 08 11:05"]


def test_consolidators_show_the_bar_that_is_announced(tmp_path, data):
    seen = _seen(
        tmp_path,
        data,
        """
def prepare(self):
    self.bars = TradeBarConsolidator(timedelta(hours=3))
    self.bars.data_consolidated += self.take
    self.subscription_manager.add_consolidator("SPY", self.bars)
    self.ranges = RangeConsolidator(100)
    self.ranges.data_consolidated += lambda _sender, bar: self.seen.append(round(bar.high - bar.low, 2))
    self.subscription_manager.add_consolidator("SPY", self.ranges)

def take(self, sender, bar):
    before = self.bars.previous
    self.seen.append((self.bars.current is bar, before is None or before.time < bar.time))
""",
    )
    assert seen[:1] == ["(True, True)"]
    assert "(False" not in "".join(seen)
    assert "1.0" in seen  # a hundred steps of a cent


def test_securities_keep_values_of_the_strategy(tmp_path, data):
    seen = _seen(
        tmp_path,
        data,
        """
def prepare(self):
    self.spy.add("one", 1)
    self.spy["two"] = 2
    self.spy.three = 3
    self.seen += [self.spy.one, self.spy.get("two"), self.spy.get[int]("three"), self.spy.resolution.name]
    config = self.subscription_manager.subscriptions[0]
    self.seen += [config.market, config.exchange_time_zone, config.fill_data_forward]
    self.plot(self.spy.symbol, "price", 1.5)
    self.plot(chart="own", series="line", value=2)
""",
    )
    assert seen == ["1", "2", "3", "MINUTE", "usa", "America/New_York", "True"]


def test_the_last_moment_for_orders_at_the_close_is_the_strategys(tmp_path, data):
    seen = _seen(
        tmp_path,
        data,
        """
def prepare(self):
    self.minutes = {(49): None, (51): None}
    MarketOnCloseOrder.submission_time_buffer = timedelta(minutes=10)

def on_data(self, data):
    if self.time.hour == 15 and self.time.day == 7 and self.time.minute in self.minutes:
        self.seen.append(self.market_on_close_order("SPY", 2, asynchronous=True).status.name)
        self.seen.append(self.transactions.get_order_tickets()[-1].submit_request.asynchronous)
    if MarketOnCloseOrder.DEFAULT_SUBMISSION_TIME_BUFFER != timedelta(minutes=15, seconds=30):
        raise ValueError
""",
    )
    assert seen == ["SUBMITTED", "True", "INVALID", "True"]


MODELS = """
class Own:
    def __init__(self, log):
        self.log = log
        self.waiting = 0
    def apply_funds(self, parameters):
        self.waiting += parameters.cash_amount.amount
        self.log.append(f"apply {parameters.cash_amount.currency} {parameters.security.symbol}")
    def scan(self, parameters):
        if self.waiting:
            parameters.portfolio.cash_book["USD"].add_amount(self.waiting)
            self.log.append(f"scan {parameters.utc_time:%H:%M}")
            self.waiting = 0
    def get_unsettled_cash(self):
        return None
"""


def test_settlement_may_be_the_strategys(tmp_path, data):
    seen = _seen(
        tmp_path, data,
        """
def prepare(self):
    self.spy.set_settlement_model(Own(self.seen))

def on_data(self, data):
    if not self.portfolio.invested:
        self.market_order("SPY", 10)
        self.seen.append(self.portfolio.cash == 99999)
""",
        MODELS,
    )  # fmt: skip
    assert seen == ["apply USD SPY", "True", "scan 14:00"]  # only the fee was taken at once


CALLS = """
def prepare(self):
    self.portfolio.margin_call_model = {model}
    self.spy.set_leverage(50)

def on_data(self, data):
    if self.time.day == 7 and self.time.hour == 10 and self.time.minute == 0:
        self.market_order("SPY", -40000)

def on_margin_call(self, requests):
    {answer}

def on_order_event(self, event):
    if event.status == OrderStatus.FILLED:
        self.seen.append(int(event.fill_quantity))
"""
_DEFAULT = "DefaultMarginCallModel(self.portfolio, self.default_order_properties, 0.01)"
_DOUBLE = (
    "return [SubmitOrderRequest(r.order_type, r.security_type, r.symbol, 7, r.stop_price, r.limit_price, 0,"
    " self.time, 'own') for r in requests][:1]"
)


def test_margin_calls_place_what_the_strategy_returns(tmp_path, data):
    seen = _seen(tmp_path, data, CALLS.format(model=_DEFAULT, answer=_DOUBLE))
    assert seen[0] == "-40000"
    assert set(seen[1:]) == {"7"}


def test_margin_calls_can_be_turned_off(tmp_path, data):
    assert _seen(tmp_path, data, CALLS.format(model="MarginCallModel.NULL", answer="return requests")) == ["-40000"]


def test_a_margin_call_without_an_answer_ends_the_run(tmp_path, data):
    body = CALLS.format(model=_DEFAULT, answer="pass")
    done = run_strategy(tmp_path / "run", data, HEAD + "\n".join("    " + line for line in body.split("\n")))
    assert "on_margin_call must return a non-empty list of SubmitOrderRequest" in done.state["RuntimeError"]


def test_what_belongs_to_initialize_is_refused_in_leans_words_later(tmp_path, data):
    seen = _seen(
        tmp_path,
        data,
        """
def on_data(self, data):
    if self.seen:
        return
    calls = (
        lambda: self.set_cash(1), lambda: self.set_start_date(2013, 1, 1), lambda: self.set_time_zone("UTC"),
        lambda: self.set_benchmark("SPY"), lambda: self.set_warm_up(3), lambda: self.set_account_currency("EUR"),
    )
    for call in calls:
        try:
            call()
        except Exception as error:
            self.seen.append(error)
""",
    )
    assert seen == [
        "self.set_cash(): Cannot change cash available after algorithm initialized.",
        "self.set_start_date(): Cannot change start date after algorithm initialized.",
        "self.set_time_zone(): Cannot change time zone after algorithm running.",
        "self.set_benchmark(): Cannot change Benchmark after algorithm initialized.",
        "self.set_warmup(): This method cannot be used after algorithm initialized",
        "self.set_account_currency(): Cannot change AccountCurrency after algorithm initialized.",
    ]


def test_quitting_in_initialize_ends_the_run_before_any_data(tmp_path, data):
    seen = _seen(
        tmp_path,
        data,
        """
def prepare(self):
    self.seen.append("prepared")
    self.quit("enough")

def on_data(self, data):
    self.seen.append("data")
""",
    )
    assert seen == ["prepared"]


def test_benchmarks_may_come_from_the_brokerage_model(tmp_path, data):
    models = """
class Flat:
    def evaluate(self, time):
        return 7

class Own(DefaultBrokerageModel):
    def get_benchmark(self, securities):
        return Flat()
"""
    body = """
def prepare(self):
    self.set_brokerage_model(Own())

def on_end_of_algorithm(self):
    self.set_runtime_statistic("seen", str(self.benchmark.evaluate(self.time)))
"""
    assert _seen(tmp_path, data, body, models) == ["7.0"]


def test_floats_of_numpy_are_written_as_leans_numpy_does(tmp_path, data):
    seen = _seen(
        tmp_path,
        data,
        """
def prepare(self):
    self.seen += [[np.float64(1.5)], repr(np.mean([1, 2]))]
""",
    )
    assert seen == ["[1.5]", "1.5"]


def test_a_circular_queue_begins_again() -> None:
    queue = CircularQueue([1, 2])
    rounds: list[object] = []
    queue.circle_completed += lambda sender, _: rounds.append(sender)
    assert [queue.dequeue() for _ in range(5)] == [1, 2, 1, 2, 1]
    assert rounds == [queue, queue, queue]


def test_feeds_are_in_the_order_of_the_tickers_asked_for_not_of_their_identifiers(tmp_path: Path) -> None:
    hours = DataFolder(tmp_path).hours()

    def feed(ticker: str, first: str, side: TickType) -> SubscriptionDataConfig:
        identifier = SecurityIdentifier(first, times.parse_date("19980102"), SecurityType.EQUITY, USA)
        return SubscriptionDataConfig(Symbol(identifier, ticker), Resolution.MINUTE, side, hours, MapFile(ticker, ()))

    bank, quotes = feed("BAC", "NB", TickType.TRADE), feed("BAC", "NB", TickType.QUOTE)
    computers = feed("IBM", "IBM", TickType.TRADE)
    assert sorted([quotes, computers, bank], key=lambda each: each.sort_key) == [bank, computers, quotes]


def test_leans_namespaces_can_be_imported_from(tmp_path, data):
    source = (
        HEAD.replace(
            "from AlgorithmImports import *",
            """
import clr
clr.AddReference("QuantConnect.Common")
from clr import AddReference
from QuantConnect.Algorithm import *
from QuantConnect.Data.Consolidators import TradeBarConsolidator
from QuantConnect.Orders.Slippage import ConstantSlippageModel as Slip
from Orders.Slippage.VolumeShareSlippageModel import VolumeShareSlippageModel
from AlgorithmImports import *
""",
        )
        + """
    def prepare(self):
        self.seen.append(issubclass(Case, QCAlgorithm) and Slip is ConstantSlippageModel)
        self.spy.set_slippage_model(VolumeShareSlippageModel(0.5, 0.25))

    def on_data(self, data):
        if not self.portfolio.invested:
            self.market_order("SPY", 30)
            self.seen.append(round(self.portfolio["SPY"].average_price - self.spy.ask_price, 6))
"""
    )
    done = run_strategy(tmp_path / "run", data, source)
    assert done.state["RuntimeError"] == ""
    assert done.result is not None
    seen = str(done.result["runtimeStatistics"]["seen"]).split("|")
    assert seen[0] == "True"
    assert float(seen[1]) == pytest.approx((30 / 1000) ** 2 * 0.25 * 107, rel=1e-3)  # of 1,000 traded


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("from QuantConnect.Data import TiingoPrice", "`TiingoPrice` is not supported"),
        ("from QuantConnect.Data import Nonesuch", "cannot import name 'Nonesuch'"),
        ("import QuantConnect.Nonesuch", "No module named 'QuantConnect.Nonesuch'"),
    ],
)
def test_names_that_no_namespace_has_are_refused(tmp_path, data, line, text):
    done = run_strategy(tmp_path / "run", data, f"{line}\n{HEAD}")
    assert text in done.state["RuntimeError"]


def test_indicators_of_the_strategy_may_announce_values_themselves() -> None:
    class Own(PythonIndicator):
        value = 0.0

    own, told = Own(), []
    own.updated += lambda _sender, point: told.append(point)
    point = IndicatorDataPoint(None, 0, Decimal(3))
    own.on_updated(point)
    assert told == [point]


def test_what_a_model_needs_and_is_missing_is_refused_by_name(tmp_path, data):
    source = (
        HEAD
        + """
    def prepare(self):
        self.spy.set_fill_model(Own())

    def on_data(self, data):
        self.market_order("SPY", 1)

class Own(EquityFillModel):
    def fill(self, parameters):
        return parameters.security.cache.get_data(Tick)
"""
    )
    done = run_strategy(tmp_path / "run", data, source)
    assert "`Tick` is not supported by the embedded engine" in done.state["RuntimeError"]
