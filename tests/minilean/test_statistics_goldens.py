"""Statistics, rolling windows and closed trades of every recorded run of real LEAN, from its own samples."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

import golden_inputs
from minilean.results.performance_json import performance_json, rolling_json
from minilean.statistics.builder import StatisticsBuilder
from minilean.statistics.interest_rate import InterestRates
from minilean.statistics.summary import RunTotals, summary
from minilean.statistics.trade import TradedSymbol
from minilean.statistics.trade_builder import Fill, TradeBuilder

pytestmark = pytest.mark.shared
FROM_ELSEWHERE = {"Total Orders", "Total Fees", "Estimated Strategy Capacity", "Lowest Capacity Asset"}
CONVERTED = {"c03_fx_daily_rotation", "c08_fx_cross_quote_gbp", "c13_binance_hour_usdt", "c15_bybit_minute"}
CONVERTED |= {"c49_fxcm_daily_trap"}  # amounts in other currencies than the account's: rates are not in the events
SPLIT = {"a54_aapl_split_minute_raw", "c36_sixty_forty"}  # splits of raw prices are not in the events


@pytest.fixture(scope="module")
def rates(shared: Path) -> InterestRates:
    return InterestRates.load(shared / "lean-data")


def runs(shared: Path) -> Iterator[tuple[Path, dict, dict]]:
    for folder in golden_inputs.case_folders(shared):
        expected = golden_inputs.load_json(folder / "expected.json")
        if expected["statistics"]:
            yield folder, expected, golden_inputs.load_result(folder)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_printed_statistics_of_all_runs(shared: Path, rates: InterestRates):
    count = 0
    for folder, expected, result in runs(shared):
        samples = golden_inputs.run_samples(result, expected["portfolio_statistics"]["startEquity"])
        builder = StatisticsBuilder(rates, expected["algorithm_configuration"]["tradingDaysPerYear"])
        figures = builder.total(samples).portfolio_statistics
        got = summary(figures, RunTotals(0, Decimal(0), Decimal(0), "", "$"))
        wanted = {key: value for key, value in expected["statistics"].items() if key in got}
        assert got.keys() == wanted.keys()
        assert {key: got[key] for key in got.keys() - FROM_ELSEWHERE} == {
            key: wanted[key] for key in wanted.keys() - FROM_ELSEWHERE
        }, folder.name
        count += 1
    assert count >= 143


def same_figure(wanted: object, got: object) -> bool:
    """Equal up to trailing zeros: the inputs went through floats and lost theirs."""
    if wanted == got or not isinstance(wanted, str) or not isinstance(got, str) or ":" in wanted:
        return wanted == got
    return Decimal(wanted) == Decimal(got)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_rolling_windows_and_trade_statistics_of_runs_up_to_three_years(shared: Path, rates: InterestRates):
    windows = 0
    for folder, expected, result in runs(shared):
        days = [
            dt.date.fromisoformat(expected["algorithm_configuration"][key][:10]) for key in ("startDate", "endDate")
        ]
        if (days[1] - days[0]).days > 3 * 366:
            continue
        samples = golden_inputs.run_samples(result, expected["portfolio_statistics"]["startEquity"])
        builder = StatisticsBuilder(rates, expected["algorithm_configuration"]["tradingDaysPerYear"])
        results = builder.build(samples)
        got = {"total": performance_json(results.total), **rolling_json(results.rolling)}
        wanted = {"total": result["totalPerformance"], **result["rollingWindow"]}
        assert list(got) == list(wanted), folder.name
        for key, performance in wanted.items():
            for part in ("tradeStatistics", "portfolioStatistics"):
                assert list(got[key][part]) == list(performance[part])
                different = [
                    (name, value, got[key][part][name])
                    for name, value in performance[part].items()
                    if not same_figure(value, got[key][part][name])
                ]
                assert different == [], (folder.name, key)
            windows += 1
    assert windows > 500


@pytest.mark.timeout(300)
def test_closed_trades_follow_from_the_order_events(shared: Path):
    count = 0
    for folder in golden_inputs.case_folders(shared):
        path = folder / "order-events.json"
        if folder.name in CONVERTED | SPLIT or not path.is_file():
            continue
        builder = TradeBuilder(make_id=lambda: "")
        for event in golden_inputs.load_json(path):
            if event["status"] in {"filled", "partiallyFilled"} and event["fillQuantity"]:
                builder.process_fill(fill(event))
        wanted = [
            golden_inputs.trade(each) for each in golden_inputs.load_result(folder)["totalPerformance"]["closedTrades"]
        ]
        assert [comparable(each) for each in builder.closed_trades] == [comparable(each) for each in wanted], (
            folder.name
        )
        count += len(wanted)
    assert count > 10_000


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
