"""Axes, figures and months."""

import math
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.services.comparison.curves import EMPTY, Curve
from leanboard.services.report import figures
from leanboard.services.report.axis import growth_scale, time_scale, value_scale
from leanboard.services.report.figures import MINUS, NOTHING
from leanboard.services.report.monthly import monthly_returns, shade, strongest

amounts = st.floats(-1e12, 1e12, allow_nan=False)


@given(amounts, amounts, st.integers(2, 9))
def test_a_scale_holds_its_values_and_has_few_lines(one: float, other: float, count: int) -> None:
    low, high = min(one, other), max(one, other)
    for scale in (value_scale(low, high, count), value_scale(low, high, count, as_percent=True)):
        assert -1e-6 <= scale.share(low) <= scale.share(high) <= 1 + 1e-6
        assert 2 <= len(scale.ticks) <= count + 3
        assert all(a.value < b.value for a, b in zip(scale.ticks, scale.ticks[1:], strict=False))


@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e9), st.integers(2, 9))
def test_a_line_lies_where_its_label_says(low: float, length: float, count: int) -> None:
    scale = value_scale(low, low + length, count)
    step = scale.ticks[1].value - scale.ticks[0].value
    sizes = {"T": 1e12, "B": 1e9, "M": 1e6}
    for tick in scale.ticks:
        number = tick.label.replace(MINUS, "-").replace(",", "")
        written = float(number.rstrip("TBM")) * sizes.get(number[-1], 1)
        assert written == pytest.approx(tick.value, abs=step / 100)


def test_lines_at_quarters_and_a_curve_that_stays_at_nothing() -> None:
    shares = value_scale(-0.099, 0, 4, as_percent=True).ticks
    assert [tick.label for tick in shares] == [f"{MINUS}{n}%" for n in ("10.0", "7.5", "5.0", "2.5")] + ["0.0%"]
    flat = value_scale(0, 0, 3, as_percent=True)
    assert (flat.low, flat.high) == (-0.01, 0.01)


@given(st.floats(1e-3, 1e6), st.floats(1, 1e6), st.integers(2, 9))
def test_a_scale_of_growth(low: float, times: float, count: int) -> None:
    scale = growth_scale(low, low * times, count)
    assert -1e-6 <= scale.share(low) <= scale.share(low * times) <= 1 + 1e-6
    assert scale.is_logarithmic == (low * times / low >= 20)
    assert len(scale.ticks) <= 14
    labels = [tick.label for tick in scale.ticks]
    assert len(set(labels)) == len(labels)


@given(st.floats(0, 4e9), st.floats(0, 4e9), st.integers(4, 9))
def test_times_have_round_lines_inside(start: float, length: float, count: int) -> None:
    scale = time_scale(start, min(start + length, 8e9), count)
    assert len(scale.ticks) <= count
    assert all(scale.low - 1e-3 <= tick.value <= scale.high + 1e-3 for tick in scale.ticks)
    if length > 7200:
        assert scale.ticks


def test_lines_of_time() -> None:
    day = 86_400.0
    start = datetime(2013, 10, 7, tzinfo=UTC).timestamp()
    assert next(t.label for t in time_scale(start, start + 4 * day, 6).ticks) == "2013-10-07"
    assert len(time_scale(start, start + 9 * day, 4).ticks) >= 3
    assert [t.label for t in time_scale(start, start + 20 * 365 * day, 6).ticks] == ["2015", "2020", "2025", "2030"]
    assert [t.label for t in time_scale(start, start + 200 * day, 8).ticks][:2] == ["2013-11", "2013-12"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (figures.percent(0.01692), "1.69%"),
        (figures.percent(-0.5, 0), f"{MINUS}50%"),
        (figures.percent(-0.000001), "0.00%"),
        (figures.percent(None), NOTHING),
        (figures.money(Decimal("-1234567.891")), f"{MINUS}1,234,567.89"),
        (figures.price(Decimal("144.78172417")), "144.781724"),
        (figures.price(Decimal(1440)), "1,440.00"),
        (figures.quantity(Decimal("688.0")), "688"),
        (figures.quantity(Decimal("-0.015")), f"{MINUS}0.015"),
        (figures.quantity(Decimal("1E+5")), "100,000"),
        (figures.axis(0, 2e6), "0"),
        (figures.axis(2_500_000, 500_000), "2.5M"),
        (figures.axis(99.5, 0.5), "99.5"),
        (figures.axis(1_250_000, 250_000), "1.25M"),
        (figures.duration(90_061), "1 d 1 h"),
        (figures.duration(0), "0 s"),
        (figures.visible("a\x1b[31m\u202eb\nc"), "a\ufffd[31m\ufffdb\nc"),
    ],
)
def test_figures(text: str, wanted: str) -> None:
    assert text == wanted


def curve(values: dict[datetime, float]) -> Curve:
    return Curve(np.array([at.timestamp() for at in values]), np.array(list(values.values())))


def test_returns_by_month() -> None:
    found = monthly_returns(
        curve(
            {
                datetime(2013, 10, 1, 4, tzinfo=UTC): 100,  # the midnight before the first day
                datetime(2013, 10, 31, 20, tzinfo=UTC): 110,
                datetime(2013, 12, 1, 5, tzinfo=UTC): 99,  # midnight in New York: of November
                datetime(2014, 1, 31, 21, tzinfo=UTC): 198,
            }
        )
    )
    assert found.months == pytest.approx({(2013, 10): 0.1, (2013, 11): -0.1, (2014, 1): 1.0})
    assert found.years == pytest.approx({2013: -0.01, 2014: 1.0})
    assert monthly_returns(EMPTY).months == {}


@given(st.lists(st.floats(1, 1e6), min_size=2, max_size=80))
def test_months_compound_to_the_whole(values: list[float]) -> None:
    first = datetime(2010, 1, 1, 5, tzinfo=UTC).timestamp()
    times = first + np.arange(len(values)) * 86_400.0 * 9
    found = monthly_returns(Curve(times, np.array(values)))
    whole = values[-1] / values[0]
    assert math.isclose(math.prod(1 + rate for rate in found.months.values()), whole, rel_tol=1e-9)
    assert math.isclose(math.prod(1 + rate for rate in found.years.values()), whole, rel_tol=1e-9)


def test_shades() -> None:
    strong = strongest([0.01, -0.02, 0.0, 0.5])
    assert shade(strong, strong) == "gain5"
    assert shade(-0.5, strong) == "loss5"
    assert shade(1e-9, strong) == "gain1"
    assert shade(0, strong) == shade(None, strong) == shade(1, 0) == ""
