"""The equity candle and the daily points of LEAN's own charts."""

from decimal import Decimal

from minilean.numbers import ZERO
from minilean.results.sampling import Sampler, sample_period
from minilean.results.views import SampledHolding

MINUTE = 60_000_000
DAY = 1440 * MINUTE


def holding(ticker: str, value: str, margin: str = "0", sales: str = "0") -> SampledHolding:
    amount = Decimal(value)
    return SampledHolding(ticker, ticker, "Equity", bool(amount), amount, Decimal(margin), Decimal(2), Decimal(sales))


def day(sampler: Sampler, number: int, value: str, *holdings: SampledHolding, benchmark: str = "10"):
    sampler.sample_day(number * DAY, Decimal(value), Decimal(benchmark), ZERO, holdings)


def points(sampler: Sampler, chart: str, series: str) -> list[tuple[int, str]]:
    found = sampler.charts[chart].series[series]
    return [(time // DAY, str(values[-1])) for time, values in zip(found.times, found.points, strict=True)]


def test_the_period_grows_with_the_run_but_is_never_under_four_minutes():
    assert sample_period(5 * 1440) == 4 * MINUTE
    assert sample_period(16_000) == 4 * MINUTE
    assert sample_period(40_000) == 10 * MINUTE


def test_a_candle_opens_with_its_first_value_and_closes_with_its_last():
    sampler = Sampler(Decimal(100), 0, "$")
    for value in ("100.00004", "120.5", "90", "99.99996"):
        sampler.update_equity(Decimal(value))
    sampler.sample_equity(MINUTE)
    sampler.update_equity(Decimal(50))
    sampler.sample_equity(MINUTE)
    sampler.update_equity(Decimal(60))
    sampler.sample_equity(2 * MINUTE)
    assert sampler.equity.points[0] == (Decimal(100), Decimal("120.5"), Decimal(90), Decimal(100))
    assert sampler.equity.points[1] == (Decimal(60),) * 4
    assert sampler.equity.times == [MINUTE, 2 * MINUTE]


def test_returns_and_drawdown_are_percents_of_yesterday_and_of_the_peak():
    sampler = Sampler(Decimal(100), 0, "$")
    for number, value in enumerate(("100", "110", "99", "99")):
        day(sampler, number, value)
    assert points(sampler, "Strategy Equity", "Return") == [(0, "0"), (1, "10"), (2, "-10"), (3, "0")]
    assert points(sampler, "Drawdown", "Equity Drawdown") == [(0, "0"), (1, "0"), (2, "-10"), (3, "-10")]


def test_no_return_of_nothing():
    sampler = Sampler(ZERO, 0, "$")
    day(sampler, 1, "0")
    assert points(sampler, "Strategy Equity", "Return") == [(1, "0")]
    assert "Drawdown" not in sampler.charts
    assert "Portfolio Turnover" not in sampler.charts


def test_turnover_skips_the_start_and_counts_a_repeated_time_from_the_day_before():
    sampler = Sampler(Decimal(100), 0, "$")
    day(sampler, 0, "100")
    day(sampler, 1, "100", holding("A", "50", sales="50"))
    day(sampler, 2, "200", holding("A", "50", sales="150"))
    day(sampler, 2, "200", holding("A", "50", sales="250"))
    assert points(sampler, "Portfolio Turnover", "Portfolio Turnover") == [(1, "0.5"), (2, "1")]


def test_exposure_splits_sides_for_every_type_in_the_portfolio():
    sampler = Sampler(Decimal(100), 0, "$")
    day(sampler, 1, "300", holding("A", "100"), holding("B", "-50"), holding("C", "0"))
    assert points(sampler, "Exposure", "Equity - Long Ratio") == [(1, "0.3333")]
    assert points(sampler, "Exposure", "Equity - Short Ratio") == [(1, "-0.1667")]


def test_sales_volume_shows_what_was_traded():
    sampler = Sampler(Decimal(100), 0, "$")
    day(sampler, 1, "100", holding("A", "0", sales="12.5"), holding("B", "0"))
    assert list(sampler.charts["Assets Sales Volume"].series) == ["A"]


def test_margin_shows_held_securities_and_a_gap_once_when_one_is_sold():
    sampler = Sampler(Decimal(100), 0, "$")
    both = (holding("A", "60", "30"), holding("B", "40", "20"))
    day(sampler, 1, "100", *both)
    day(sampler, 2, "100", both[0])
    day(sampler, 3, "100", both[0])
    day(sampler, 4, "100")
    assert points(sampler, "Portfolio Margin", "A") == [(1, "30"), (2, "30"), (3, "30")]
    assert points(sampler, "Portfolio Margin", "B") == [(1, "20"), (2, "None")]
    assert sampler.charts["Portfolio Margin"].to_json()["legendDisabled"] is True


def test_charts_come_in_lean_s_order():
    sampler = Sampler(Decimal(100), 0, "$")
    day(sampler, 1, "100", holding("A", "60", "30", "5"))
    assert list(sampler.charts) == [
        "Drawdown",
        "Portfolio Turnover",
        "Exposure",
        "Strategy Equity",
        "Capacity",
        "Assets Sales Volume",
        "Portfolio Margin",
        "Benchmark",
    ]
