"""Portfolio statistics at their edges, and their printed form."""

import datetime as dt
import math
from decimal import Decimal

import pytest

from minilean.results.performance_json import portfolio_json, rounded_text
from minilean.statistics import moments
from minilean.statistics.builder import RunSamples, StatisticsBuilder, benchmark_returns, daily_returns, period_ranges
from minilean.statistics.drawdown import drawdown_metrics
from minilean.statistics.interest_rate import DEFAULT_RATE, InterestRates
from minilean.statistics.portfolio_statistics import PeriodSamples, portfolio_statistics, value_at_risk
from minilean.statistics.series import TimeSeries
from minilean.statistics.summary import RunTotals, summary

DAY = 86_400_000_000
NO_RISK_FREE = InterestRates((0,), (Decimal(0),))
TOTALS = RunTotals(orders=3, fees=Decimal("2.345"), capacity=Decimal(0), lowest_capacity_asset="", currency_symbol="$")


def series(*values: str, step: int = DAY) -> TimeSeries[Decimal]:
    return TimeSeries.of((index * step, Decimal(value)) for index, value in enumerate(values))


def period(
    equity: TimeSeries[Decimal], *returns: float, benchmark: tuple[float, ...] | None = None, **more
) -> PeriodSamples:
    facts = {"profit_loss": (), "turnover": (), "starting_capital": Decimal(100), **more}
    return PeriodSamples(equity=equity, performance=returns, benchmark=benchmark or (0.0,) * len(returns), **facts)


def test_no_samples_give_an_empty_performance():
    nothing = TimeSeries([], [])
    result = StatisticsBuilder(NO_RISK_FREE).build(
        RunSamples(nothing, nothing, nothing, nothing, nothing, (), Decimal(100))
    )
    assert result.rolling == {}
    assert set(portfolio_json(result.total.portfolio_statistics).values()) == {"0"}
    assert result.total.trade_statistics.total_number_of_trades == 0


def test_one_day_keeps_only_equity_and_turnover():
    figures = portfolio_statistics(
        period(series("100", "90"), 0.1, turnover=(Decimal("0.5"), Decimal("0.1"))), NO_RISK_FREE, 252
    )
    text = summary(figures, TOTALS)
    assert (text["Start Equity"], text["End Equity"], text["Portfolio Turnover"]) == ("100", "90", "30.0%")
    assert (text["Net Profit"], text["Drawdown"], text["Sharpe Ratio"]) == ("0%", "0%", "0")


def test_negative_equity_has_no_growth_rate_but_a_drawdown_over_100_percent():
    figures = portfolio_statistics(period(series("100", "120", "-30"), 0.2, -1.25), NO_RISK_FREE, 252)
    assert figures.compounding_annual_return == 0
    assert figures.drawdown == Decimal("1.25")
    assert figures.total_net_profit == Decimal("-1.3")


def test_flat_equity_has_no_ratio_but_an_even_chance():
    figures = portfolio_statistics(
        period(series("100", "100", "100", "100", "100"), 0.0, 0.0, 0.0, 0.0), NO_RISK_FREE, 252
    )
    assert (figures.sharpe_ratio, figures.sortino_ratio, figures.beta, figures.alpha) == (0, 0, 0, 0)
    assert figures.probabilistic_sharpe_ratio == 0


def test_wins_and_losses_are_shares_of_the_running_capital():
    samples = period(series("100", "115"), 0.1, 0.05, profit_loss=(Decimal(10), Decimal(-11), Decimal(0)))
    figures = portfolio_statistics(samples, NO_RISK_FREE, 252)
    assert figures.average_win_rate == Decimal("0.1")
    assert figures.average_loss_rate == Decimal("-0.05")
    assert (figures.win_rate, figures.loss_rate) == (Decimal(1) / 3, Decimal(2) / 3)
    assert figures.profit_loss_ratio == 2
    assert figures.expectancy == Decimal(1) / 3 * 2 - Decimal(2) / 3


def test_drawdown_is_the_deepest_fall_and_recovery_the_longest_completed_one():
    curve = series("100", "90", "100", "95", "80", "101", "50")
    assert drawdown_metrics(curve) == (Decimal("0.505"), 3)
    assert drawdown_metrics(series("100", "101")) == (Decimal(0), 0)


def test_value_at_risk_needs_spread_and_keeps_three_decimals():
    assert value_at_risk((0.01, 0.01, 0.01), 0.99) == 0
    assert value_at_risk((0.01,), 0.99) == 0
    assert rounded_text(value_at_risk((0.0, 0.0001), 0.95)) == "0.000"
    assert value_at_risk((0.02, -0.02, 0.01, -0.01), 0.95) < value_at_risk((0.02, -0.02, 0.01, -0.01), 0.9)


def test_value_at_risk_looks_back_one_year():
    calm = [0.001, -0.001] * 126
    figures = portfolio_statistics(period(series("100", "101"), -0.5, 0.5, *calm), NO_RISK_FREE, 252)
    assert figures.value_at_risk_99 == value_at_risk(calm, 0.99)


def test_moments_are_nan_where_mathnet_has_none():
    assert math.isnan(moments.variance([1.0]))
    assert math.isnan(moments.covariance([1.0], [1.0]))
    assert math.isnan(moments.skewness([1.0, 2.0]))
    assert math.isnan(moments.kurtosis([1.0, 2.0, 3.0]))
    assert moments.variance([1.0, 2.0, 3.0, 4.0]) == pytest.approx(5 / 3)
    assert moments.skewness([1.0, 2.0, 10.0]) == pytest.approx(1.652, abs=1e-3)
    assert moments.kurtosis([1.0, 2.0, 3.0, 10.0]) == pytest.approx(3.228, abs=1e-3)


def test_daily_returns_are_fractions_and_changes_of_the_benchmark():
    assert daily_returns(series("0", "9", "1", "0.5")).values == [0.0, 0.09, 0.01, 0.005]
    assert benchmark_returns(series("100", "0", "50", "55")).values == [0.0, -1.0, 0.0, 0.1]
    assert benchmark_returns(TimeSeries([], [])).values == []


def test_every_period_leaves_out_its_first_two_daily_points():
    equity = series(*("100",) * 40)
    returns = series(*(str(index) for index in range(40)))
    flat = series(*("10",) * 40)
    samples = RunSamples(equity, returns, flat, TimeSeries([], []), TimeSeries([], []), (), Decimal(100))
    rolling = StatisticsBuilder(NO_RISK_FREE).build(samples).rolling
    january, february = (rolling[f"M1_{key}"].portfolio_statistics for key in ("19700131", "19700209"))
    fractions = [index / 100 for index in range(40)]
    assert january.value_at_risk_95 == value_at_risk(fractions[2:31], 0.95)
    assert february.value_at_risk_95 == value_at_risk(fractions[33:], 0.95)


def test_windows_end_with_the_months_and_begin_no_earlier_than_the_run():
    ranges = list(period_ranges(3, dt.date(2012, 11, 15), dt.date(2013, 3, 10)))
    assert ranges == [
        (dt.date(2012, 11, 15), dt.date(2012, 11, 30)),
        (dt.date(2012, 11, 15), dt.date(2012, 12, 31)),
        (dt.date(2012, 11, 15), dt.date(2013, 1, 31)),
        (dt.date(2012, 12, 1), dt.date(2013, 2, 28)),
        (dt.date(2013, 1, 1), dt.date(2013, 3, 10)),
    ]


def test_risk_free_rate_is_a_step_function_and_has_a_default(tmp_path):
    assert InterestRates.load(tmp_path).average([0, DAY]) == DEFAULT_RATE
    folder = tmp_path / "alternative" / "interest-rate" / "usa"
    folder.mkdir(parents=True)
    (folder / "interest-rate.csv").write_text("DATE,PCREDIT8\n1970-01-03,2.25\n1970-01-05,1.25\n")
    rates = InterestRates.load(tmp_path)
    assert rates.average([0]) == Decimal("0.0225")
    assert rates.average([3 * DAY, 4 * DAY - 1, 4 * DAY, 9 * DAY]) == Decimal("0.0175")
    assert rates.average([]) == 0


def test_summary_prints_lean_s_texts():
    figures = portfolio_statistics(period(series("100", "120", "117.36"), 0.2, -0.022, 0.0), NO_RISK_FREE, 252)
    text = summary(figures, TOTALS)
    assert list(text)[:3] == ["Total Orders", "Average Win", "Average Loss"]
    assert len(text) == 27
    assert text["Drawdown"] == "2.200%"
    assert text["Total Fees"] == "$2.35"
    assert text["Estimated Strategy Capacity"] == "$0"
    assert text["Net Profit"] == "17.360%"
