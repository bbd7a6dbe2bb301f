"""Statistics, rolling windows and closed trades of every recorded run of real LEAN, from its own samples."""

import datetime as dt
import decimal
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path

import pytest

import golden_inputs
from minilean import numbers
from minilean.results.performance_json import performance_json, rolling_json
from minilean.statistics.builder import StatisticsBuilder
from minilean.statistics.interest_rate import InterestRates
from minilean.statistics.portfolio_statistics import PortfolioStatistics
from minilean.statistics.summary import RunTotals, summary
from minilean.statistics.trade import TradedSymbol
from minilean.statistics.trade_builder import Fill, TradeBuilder

pytestmark = pytest.mark.shared
FROM_ELSEWHERE = {"Total Orders", "Total Fees", "Estimated Strategy Capacity", "Lowest Capacity Asset"}
CONVERTED = {"c03_fx_daily_rotation", "c08_fx_cross_quote_gbp", "c13_binance_hour_usdt", "c15_bybit_minute"}
CONVERTED |= {"c49_fxcm_daily_trap"}  # amounts in other currencies than the account's: rates are not in the events
SPLIT = {"a54_aapl_split_minute_raw", "c36_sixty_forty"}  # splits of raw prices are not in the events


@dataclass
class Comparison:
    """What all runs have shown; of the runs themselves, which are gigabytes, nothing is kept.

    Attributes:
        runs: How many have statistics.
        printed: Differences of the printed statistics, by run.
        windows: How many windows were compared.
        rolling: Differences of windows and totals, by run.
        closed: How many closed trades were compared.
        trades: Differences of the closed trades, by run.
    """

    runs: int = 0
    printed: dict[str, object] = field(default_factory=dict)
    windows: int = 0
    rolling: dict[str, object] = field(default_factory=dict)
    closed: int = 0
    trades: dict[str, object] = field(default_factory=dict)


@pytest.fixture(scope="module")
def comparison(shared: Path) -> Comparison:
    """Go through all runs once: to read them takes as long as to compute."""
    found = Comparison()
    with decimal.localcontext(numbers.context()):
        rates = InterestRates.load(shared / "lean-data")
        for folder in golden_inputs.case_folders(shared):
            expected, result = golden_inputs.load_json(folder / "expected.json"), golden_inputs.load_result(folder)
            if expected["statistics"]:
                compare_statistics(found, folder.name, expected, result, rates)
            if folder.name not in CONVERTED | SPLIT and (folder / "order-events.json").is_file():
                compare_trades(found, folder, result)
    return found


def compare_statistics(found: Comparison, name: str, expected: dict, result: dict, rates: InterestRates) -> None:
    samples = golden_inputs.run_samples(result, expected["portfolio_statistics"]["startEquity"])
    builder = StatisticsBuilder(rates, expected["algorithm_configuration"]["tradingDaysPerYear"])
    begin, end = (
        dt.date.fromisoformat(expected["algorithm_configuration"][key][:10]) for key in ("startDate", "endDate")
    )
    total = builder.total(samples)
    note(found.printed, name, printed_differences(expected["statistics"], total.portfolio_statistics))
    if (end - begin).days <= 3 * 366:  # else there are too many windows
        results = builder.build(samples)
        got = {"total": performance_json(results.total), **rolling_json(results.rolling)}
        wanted = {"total": result["totalPerformance"], **result["rollingWindow"]}
        note(found.rolling, name, window_differences(wanted, got))
        found.windows += len(wanted)
    found.runs += 1


def note(differences: dict[str, object], name: str, found: list) -> None:
    if found:
        differences[name] = found


def printed_differences(wanted: dict[str, str], figures: PortfolioStatistics) -> list[tuple]:
    got = summary(figures, RunTotals(0, Decimal(0), Decimal(0), "", "$"))
    return [
        (key, wanted.get(key), value)
        for key, value in got.items()
        if key not in wanted or (key not in FROM_ELSEWHERE and wanted[key] != value)
    ]


def window_differences(wanted: dict[str, dict], got: dict[str, dict]) -> list[tuple]:
    if list(got) != list(wanted):
        return [("windows", list(wanted), list(got))]
    found: list[tuple] = []
    for key, performance in wanted.items():
        for part in ("tradeStatistics", "portfolioStatistics"):
            if list(got[key][part]) != list(performance[part]):
                found.append((key, list(performance[part]), list(got[key][part])))
                continue
            found += [
                (key, name, value, got[key][part][name])
                for name, value in performance[part].items()
                if not same_figure(value, got[key][part][name])
            ]
    return found


def same_figure(wanted: object, got: object) -> bool:
    """Equal up to trailing zeros: the inputs went through floats and lost theirs."""
    if wanted == got or not isinstance(wanted, str) or not isinstance(got, str) or ":" in wanted:
        return wanted == got
    return Decimal(wanted) == Decimal(got)


def compare_trades(found: Comparison, folder: Path, result: dict) -> None:
    builder = TradeBuilder(make_id=lambda: "")
    for event in golden_inputs.load_json(folder / "order-events.json"):
        if event["status"] in {"filled", "partiallyFilled"} and event["fillQuantity"]:
            builder.process_fill(fill(event))
    wanted = [comparable(golden_inputs.trade(each)) for each in result["totalPerformance"]["closedTrades"]]
    got = [comparable(each) for each in builder.closed_trades]
    note(found.trades, folder.name, [pair for pair in zip_longest(wanted, got) if pair[0] != pair[1]])
    found.closed += len(wanted)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_printed_statistics_of_all_runs(comparison: Comparison):
    assert comparison.printed == {}
    assert comparison.runs >= 143


@pytest.mark.timeout(600)
def test_rolling_windows_and_trade_statistics_of_runs_up_to_three_years(comparison: Comparison):
    assert comparison.rolling == {}
    assert comparison.windows > 500


@pytest.mark.timeout(600)
def test_closed_trades_follow_from_the_order_events(comparison: Comparison):
    assert comparison.trades == {}
    assert comparison.closed > 10_000


def fill(event: dict) -> Fill:
    symbol = TradedSymbol(event["symbolValue"], event["symbol"], event["symbolPermtick"])
    time, fee = int(event["time"] * 1_000_000), Decimal(event.get("orderFeeAmount", 0))
    return Fill(symbol, event["orderId"], time, event["fillPrice"], event["fillQuantity"], fee)


def comparable(trade) -> tuple:
    """What does not depend on prices between the fills, as floats: the files went through them."""
    return (
        trade.symbol.sid,
        trade.entry_time,
        float(trade.entry_price),
        trade.direction,
        float(trade.quantity),
        trade.exit_time,
        float(trade.exit_price),
        float(trade.profit_loss),
        float(trade.total_fees),
        trade.is_win,
        trade.order_ids,
    )
