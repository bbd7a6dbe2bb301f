"""Curves on common ground."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.services.comparison.curves import (
    EMPTY,
    Curve,
    Window,
    common_window,
    correlation,
    daily,
    rebased,
)

DAY = 86_400.0
MIDNIGHT = 1_381_104_000.0  # 2013-10-07 in UTC, a Monday


def curve(points: dict[float, float]) -> Curve:
    times = sorted(points)
    return Curve(np.array(times, dtype=float), np.array([points[at] for at in times], dtype=float))


curves = st.dictionaries(
    st.floats(0, 60, allow_nan=False).map(lambda days: MIDNIGHT + round(days * 24) * 3600),
    st.floats(1, 1e9, allow_nan=False),
    max_size=60,
).map(curve)


@given(st.lists(curves, min_size=1, max_size=5))
def test_re_based_curves_begin_at_100_and_keep_their_shape(found: list[Curve]) -> None:
    window = common_window(found)
    if window is None:
        return
    for each in found:
        part = rebased(each, window)
        if not len(each):
            assert not len(part)
            continue
        assert (part.times[0], part.values[0]) == (window.start, 100.0)
        assert part.times[-1] <= window.end
        assert (np.diff(part.times) > 0).all()
        scale = part.values[-1] / 100
        at_start = each.values[np.searchsorted(each.times, window.start, side="right") - 1]
        at_end = each.values[np.searchsorted(each.times, window.end, side="right") - 1]
        assert math.isclose(scale, at_end / at_start)


def test_the_common_window() -> None:
    one, other = curve({0: 1, 10: 2}), curve({5: 1, 20: 2})
    assert common_window([one, other, EMPTY]) == Window(5, 10)
    assert common_window([one, curve({10: 1, 20: 1})]) is None
    assert common_window([EMPTY]) is None


def test_no_curve_without_money_at_the_beginning() -> None:
    assert len(rebased(curve({0: 0, 10: 5}), Window(0, 10))) == 0
    assert len(rebased(curve({5: 1, 10: 5}), Window(0, 10))) == 0


@given(st.lists(curves, min_size=2, max_size=5))
def test_correlation_is_symmetric_and_bounded(found: list[Curve]) -> None:
    result = correlation(found)
    for row in range(len(found)):
        for column in range(len(found)):
            value = result.matrix[row][column]
            assert value == result.matrix[column][row]
            assert result.days[row][column] == result.days[column][row]
            assert value is None or -1 <= value <= 1
        diagonal = result.matrix[row][row]
        assert diagonal is None or diagonal == pytest.approx(1)


def closes(values: list[float], hour: float = 20, first: float = 0) -> Curve:
    return curve({MIDNIGHT + (first + day) * DAY + hour * 3600: value for day, value in enumerate(values)})


def test_correlation_of_what_goes_together_and_against_each_other() -> None:
    up = closes([100, 110, 99, 120, 100])
    down = closes([100, 90, 99, 80, 96])
    flat = closes([100.0] * 5)
    found = correlation([up, closes([50, 55, 49.5, 60, 50]), down, flat])
    assert found.matrix[0][1] == pytest.approx(1)
    assert found.matrix[0][2] < -0.9
    assert found.matrix[0][3] is None
    assert found.matrix[3][3] is None
    assert found.days[0][3] == 4


def test_correlation_of_runs_that_share_some_days() -> None:
    one, other = closes([100, 110, 99, 120, 100, 130]), closes([99, 120, 100, 130], first=2)
    found = correlation([one, other])
    assert found.matrix[0][1] == pytest.approx(1)
    assert (found.days[0][0], found.days[0][1]) == (5, 3)
    assert correlation([one, closes([1, 2], first=40)]).matrix[0][1] is None


@pytest.mark.parametrize("hour", [20, 21, 24, 28, 29, 32])
def test_a_days_close_is_that_days_whenever_it_was_sampled(hour: float) -> None:
    """At 16:00 in New York, at midnight in UTC, New York or Los Angeles."""
    at_close = daily(closes([100, 110, 99]))
    assert daily(closes([100, 110, 99], hour)).days.tolist() == at_close.days.tolist()


def test_the_last_value_of_a_day_counts() -> None:
    points = {MIDNIGHT + 14 * 3600: 1.0, MIDNIGHT + 20 * 3600: 2.0, MIDNIGHT + 28 * 3600: 3.0}
    assert daily(curve(points)).values.tolist() == [3.0]
    assert len(daily(EMPTY).days) == 0
