"""The result handler on a small hand-driven run: when it samples, what it writes, what it prints."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

import golden_inputs
from minilean.enums import OrderStatus, SecurityType
from minilean.numbers import ZERO
from minilean.orders.order import MarketOrder
from minilean.orders.order_event import OrderEvent
from minilean.results.result_handler import ResultHandler
from minilean.results.views import BacktestJob, PortfolioTotals, SampledHolding
from minilean.statistics.capacity import CapacityBar
from minilean.statistics.trade_builder import Fill, TradedSymbol

MINUTE = 60_000_000
DAY = 1440 * MINUTE
LAUNCHED = 1_381_118_400.0
START = golden_inputs.microseconds("2013-10-07T04:00:00Z")
SPY = golden_inputs.RecordedSymbol({"value": "SPY", "id": "SPY R735QTJ8XC9X", "permtick": "SPY"}, SecurityType.EQUITY)


class Output:
    """Keeps records."""

    def __init__(self):
        self.records: list[str] = []

    def trace(self, text: str) -> None:
        self.records.append(text)

    def error(self, text: str) -> None:
        self.records.append(f"ERROR {text}")


class View:
    """An algorithm of five days whose portfolio is set by hand."""

    start_date = dt.datetime(2013, 10, 7)  # noqa: DTZ001 - dates of an algorithm are naive
    end_date = dt.datetime(2013, 10, 11)  # noqa: DTZ001
    time_zone = "America/New_York"
    account_currency, currency_symbol = "USD", "$"
    account_type, brokerage, trading_days_per_year = 0, 0, 252
    algorithm_name = "small"
    tags: Sequence[str] = ()

    def __init__(self):
        self.utc_time = START
        self.is_warming_up = False
        self.total_portfolio_value = Decimal(100_000)
        self.held: list[SampledHolding] = []
        self.fills: list[MarketOrder] = []
        self.events: list[OrderEvent] = []
        self.records: dict[int, Decimal] = {}

    def benchmark_value(self) -> Decimal:
        return Decimal(100) + (self.utc_time - START) // DAY

    def quote_rate(self, sid: str) -> Decimal:
        return Decimal(1)

    def holdings(self) -> list[SampledHolding]:
        return self.held

    def totals(self) -> PortfolioTotals:
        return PortfolioTotals(Decimal("3.44"), Decimal("-3.44"), ZERO, ZERO, ZERO)

    def orders(self) -> Sequence[MarketOrder]:
        return self.fills

    def order_events(self) -> Sequence[OrderEvent]:
        return self.events

    def transaction_record(self) -> Mapping[int, Decimal]:
        return self.records

    def insight_count(self) -> int:
        return 0


class Slice:
    """One bar for every security."""

    def __init__(self, end: int):
        self.bar = CapacityBar(end - MINUTE, end, Decimal(100), Decimal(100_000))

    def capacity_bar(self, sid: str) -> CapacityBar | None:
        return self.bar


class Run:
    """A handler with its collaborators."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.output = Output()
        job = BacktestJob("small", "Small", str(folder), str(folder / "data"), {"n": "1"}, "host", "v1", LAUNCHED)
        self.handler = ResultHandler(job, self.output)
        self.view = View()

    def step(self, utc: int, value: str, *, force: bool = False):
        self.view.utc_time, self.view.total_portfolio_value = utc, Decimal(value)
        self.handler.process_synchronous_events(Slice(utc), force=force)

    def fill(self, utc: int, quantity: int, price: int):
        order = MarketOrder(SPY, Decimal(quantity), utc)
        order.id = len(self.view.fills) + 1
        event = OrderEvent(order, utc, OrderStatus.FILLED)
        event.id, event.fill_price_, event.fill_quantity_ = 1, Decimal(price), Decimal(quantity)
        self.view.fills.append(order)
        self.view.events.append(event)
        symbol = TradedSymbol("SPY", SPY.sid, "SPY")
        self.handler.trade_builder.process_fill(Fill(symbol, order.id, utc, Decimal(price), Decimal(quantity), ZERO))
        self.handler.order_event(event)

    def finish(self, status: str = "Completed") -> dict[str, str]:
        self.handler.exit()
        return self.handler.send_final_result(status)

    def json(self, suffix: str = ".json"):
        return json.loads((self.folder / f"small{suffix}").read_text())


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def full_run(run: Run) -> dict[str, str]:
    run.handler.set_algorithm(run.view)
    for day in range(5):
        midnight = START + day * DAY
        run.view.utc_time = midnight
        run.handler.sample(midnight)
        if day in {0, 3}:
            run.fill(midnight + 600 * MINUTE, 10 if day == 0 else -10, 100 + day)
        run.step(midnight + 600 * MINUTE, str(100_000 + 100 * day))
    run.view.records[START + 3 * DAY] = Decimal("30.5")
    run.handler.process_synchronous_events(force=True)
    run.handler.sample(run.view.utc_time)
    return run.finish()


def test_samples_come_with_their_period_and_slices_between_only_move_the_candle(run: Run):
    run.handler.set_algorithm(run.view)
    assert run.handler.sample_period == 4 * MINUTE
    for minute, value in enumerate(("100", "101", "99", "102", "103", "104")):
        run.step(START + minute * MINUTE, value)
    run.handler.store_intermediate()
    candles = run.json()["charts"]["Strategy Equity"]["series"]["Equity"]["values"]
    assert candles == [[START // 10**6, 100, 100, 100, 100], [START // 10**6 + 300, 101, 104, 99, 104]]


def test_nothing_is_sampled_while_warming_up_and_the_start_value_is_taken_again_after(run: Run):
    run.handler.set_algorithm(run.view)
    run.view.is_warming_up = True
    run.step(START, "100000")
    run.handler.sample(START)
    run.view.is_warming_up = False
    run.view.total_portfolio_value = Decimal(90_000)
    run.handler.refresh_start_value()
    run.handler.sample(START + DAY)
    run.handler.sample(START + 2 * DAY)
    run.handler.send_final_result("Completed")
    result = run.json()
    assert len(result["charts"]["Strategy Equity"]["series"]["Equity"]["values"]) == 2
    assert result["charts"]["Strategy Equity"]["series"]["Return"]["values"][0][1] == 0
    assert result["statistics"]["Start Equity"] == "90000"


def test_a_run_leaves_all_files_and_prints_its_statistics(run: Run):
    printed = full_run(run)
    assert sorted(path.name for path in run.folder.iterdir()) == [
        "small-log.txt", "small-order-events.json", "small-summary.json", "small.json",
    ]  # fmt: skip
    result = run.json()
    assert list(result) == [
        "rollingWindow", "charts", "orders", "profitLoss", "statistics", "runtimeStatistics", "state",
        "serverStatistics", "algorithmConfiguration", "totalPerformance",
    ]  # fmt: skip
    assert list(printed)[-1] == "OrderListHash"
    assert result["statistics"] == {key: value for key, value in printed.items() if key != "OrderListHash"}
    assert (printed["Total Orders"], printed["Net Profit"], printed["Total Fees"]) == ("2", "0.400%", "$3.44")
    assert printed["Lowest Capacity Asset"] == SPY.sid
    assert len(result["totalPerformance"]["closedTrades"]) == 1
    assert result["state"]["Status"] == "Completed"
    assert result["state"]["EndTime"] != ""
    assert list(result["rollingWindow"]) == [f"M{months}_20131011" for months in (1, 3, 6, 12)]
    assert result["profitLoss"] == {"2013-10-10T04:00:00Z": 30.5}
    statistics = next(text for text in run.output.records if text.startswith("\nSTATISTICS:: Total Orders 2\n"))
    assert statistics.splitlines()[-1] == f"STATISTICS:: OrderListHash {printed['OrderListHash']}"
    assert run.output.records[-1] == "BacktestingResultHandler.SendAnalysisResult(): Processed final packet"


def test_the_summary_is_the_result_without_points_and_trades(run: Run):
    full_run(run)
    result, short = run.json(), run.json("-summary.json")
    assert short["statistics"] == result["statistics"]
    assert short["totalPerformance"]["tradeStatistics"] == result["totalPerformance"]["tradeStatistics"]
    assert (short["totalPerformance"]["closedTrades"], short["rollingWindow"]) == ([], {})
    assert list(short["charts"]) == ["Strategy Equity"]
    assert "orders" not in short


def test_figures_of_the_strategy_s_own_are_shown(run: Run):
    run.handler.set_algorithm(run.view)
    run.handler.set_summary_statistic("Mood", "good")
    run.handler.set_runtime_statistic("Bars", "7")
    assert run.handler.summary() == {}
    run.handler.sample(START)
    assert run.handler.summary()["Mood"] == "good"
    run.handler.store_intermediate()
    assert run.json()["runtimeStatistics"]["Bars"] == "7"


def test_an_intermediate_result_shows_the_newest_orders_and_no_statistics(run: Run):
    run.handler.set_algorithm(run.view)
    for number in range(120):
        run.fill(START + number * MINUTE, 1, 100)
    run.handler.store_intermediate()
    result = run.json()
    assert list(result["orders"]) == [str(number) for number in range(21, 121)]
    assert (result["statistics"], result["state"]["EndTime"]) == ({}, "")
    assert "totalPerformance" not in result
    events = run.json("-order-events.json")
    assert (len(events), events[0]["orderId"]) == (100, 120)


def test_the_log_file_is_copied_before_the_last_drain(run: Run):
    run.handler.set_algorithm(run.view)
    run.handler.messages.debug("first")
    run.step(START, "1")
    run.handler.messages.log("second")
    run.handler.messages.system_log("third")
    run.finish()
    assert (run.folder / "small-log.txt").read_text() == "first\nthird\n"
    assert "Log: second" in run.output.records
    assert run.json()["state"]["LogCount"] == "4"


def test_an_error_at_run_time_is_in_state_and_log(run: Run):
    run.handler.set_algorithm(run.view)
    run.handler.runtime_error("now Runtime Error: x", "x\n in main.py: line 3")
    run.finish("RuntimeError")
    state = run.json()["state"]
    assert (state["Status"], state["RuntimeError"]) == ("RuntimeError", "now Runtime Error: x")
    assert state["StackTrace"] == "x\n in main.py: line 3"
    assert (run.folder / "small-log.txt").read_text() == "now Runtime Error: x\n"
    assert run.output.records[0] == "ERROR now Runtime Error: x\n x\n in main.py: line 3"


def test_a_strategy_that_cannot_be_loaded_leaves_an_almost_empty_result(run: Run):
    run.handler.initialization_error("During the algorithm initialization, ...", "trace")
    printed = run.finish("RuntimeError")
    result = run.json()
    assert printed == {"OrderListHash": "d41d8cd98f00b204e9800998ecf8427e"}
    assert (result["charts"], result["statistics"], result["runtimeStatistics"]) == ({}, {}, {})
    assert result["algorithmConfiguration"]["name"] is None
    assert (run.folder / "small-log.txt").read_text() == ""
    saving = run.output.records.index("BacktestingResultHandler.Exit(): Saving logs...")
    assert run.output.records[saving + 1].startswith("ERROR During the algorithm initialization")


def test_a_strategy_that_fails_to_initialize_shows_its_empty_charts(run: Run):
    run.view.is_warming_up = True
    run.handler.set_algorithm(run.view)
    run.handler.initialization_error("During the algorithm initialization, ...", "trace")
    run.finish("RuntimeError")
    result = run.json()
    assert list(result["charts"]["Strategy Equity"]["series"]) == ["Equity", "Return"]
    assert result["charts"]["Strategy Equity"]["series"]["Equity"]["values"] == []
    assert (result["statistics"], result["runtimeStatistics"]["Equity"]) == ({}, "$100,000.00")


def test_a_result_that_cannot_be_stored_is_told_and_the_rest_goes_on(tmp_path: Path):
    run = Run(tmp_path / "absent")
    run.handler.set_algorithm(run.view)
    run.handler.store_intermediate()
    run.handler.send_final_result("Completed")
    told = (
        "ERROR BacktestingResultHandler.StoreResult():  System.IO.IOException: No such file or directory : "
        f"'{run.folder}/small"
    )
    records = run.output.records
    assert [record.startswith(told) for record in records if record.startswith("ERROR")] == [True, True]
    assert records[-1] == "BacktestingResultHandler.SendAnalysisResult(): Processed final packet"


def test_without_a_place_for_the_log_lean_gives_up(tmp_path: Path):
    run = Run(tmp_path / "absent")
    run.handler.set_algorithm(run.view)
    with pytest.raises(OSError, match="absent/small-log"):
        run.handler.exit()
