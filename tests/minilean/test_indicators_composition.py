"""Chained, composed and strategies' own indicators, and the helpers' overloads."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from minilean import numbers
from minilean.algorithm.indicator_catalogue import HELPERS
from minilean.algorithm.indicators import resolve
from minilean.enums import MovingAverageType, Resolution
from minilean.indicators import exports as kinds
from minilean.indicators.extensions import IndicatorExtensions
from minilean.indicators.parameters import texts_of
from minilean.indicators.python_indicator import PythonIndicator
from minilean.orders.concurrent_dictionary import ConcurrentDictionary

NOON = datetime(2013, 10, 7, 12, 0)  # noqa: DTZ001 - strategies pass naive times


@pytest.fixture(autouse=True)
def _arithmetic():
    numbers.install_context()


def feed(indicator, *prices):
    for price in prices:
        indicator.update(NOON + timedelta(minutes=indicator.samples), price)


def test_a_chain_waits_until_its_source_is_ready():
    source = kinds.SimpleMovingAverage(2)
    waiting = IndicatorExtensions.sma(source, 2)
    eager = IndicatorExtensions.of(kinds.Identity("eager"), source, False)
    feed(source, 1, 3, 5)
    assert (waiting.samples, waiting.current.value, waiting.name) == (2, 3.0, "SMA2_Of_SMA(2)")
    assert eager.samples == 3


def test_arithmetic_with_indicators_and_numbers():
    left, right = kinds.Identity("l"), kinds.Identity("r")
    total = IndicatorExtensions.plus(left, right)
    share = IndicatorExtensions.Over(left, right, "share")
    half = IndicatorExtensions.times(left, 0.5)
    feed(left, 6)
    assert (total.samples, half.current.value) == (0, 3.0)
    feed(right, 4)
    assert (total.current.value, share.current.value, share.name) == (10.0, 1.5, "share")
    assert total.name == "COMPOSE(l,r)"
    feed(left, 8)
    feed(right, 0)
    assert share.current.value == 1.5  # no value for a zero divisor


def test_weighted_by_divides_the_sum_of_products():
    value, weight = kinds.Identity("v"), kinds.Identity("w")
    average = IndicatorExtensions.weighted_by(value, weight, 2)
    for price, volume in ((10, 1), (20, 3), (40, 1)):
        feed(value, price)
        feed(weight, volume)
    assert average.current.value == 25.0


def test_a_strategys_indicator_needs_only_update_and_value():
    class Doubler(PythonIndicator):
        def __init__(self):
            self.value = 0
            self.parts = "the strategy's own"

        def update(self, data):
            self.value = 2 * data.value
            return self.samples > 1

    doubler, seen = Doubler(), []
    doubler.updated += lambda _sender, point: seen.append(point.value)
    source = kinds.Identity("source")
    IndicatorExtensions.of(doubler, source)
    feed(source, 3)
    assert not doubler.is_ready
    feed(source, 4)
    assert (doubler.is_ready, doubler.current.value, doubler.previous.value, seen) == (True, 8.0, 6.0, [6.0, 8.0])


def test_a_strategys_indicator_may_tell_readiness_itself_and_must_have_a_value():
    class Ready(PythonIndicator):
        @property
        def is_ready(self):
            return True

        def Update(self, data):  # noqa: N802 - LEAN's spelling
            pass

    indicator = Ready()
    assert indicator.is_ready
    with pytest.raises(NotImplementedError, match=r"Indicator\.value must be implemented"):
        indicator.update_with(kinds.IndicatorDataPoint(NOON, 1))
    indicator.Value = 5
    indicator.update_with(kinds.IndicatorDataPoint(NOON, 1))
    assert indicator.current.value == 5.0


def test_points_that_strategies_make():
    point = kinds.IndicatorDataPoint(NOON, 1.5)
    assert (point.value, point.end_time, point.symbol) == (1.5, NOON, None)


@pytest.mark.parametrize(
    ("helper", "arguments", "keywords", "name"),
    [
        ("aroon", (14,), {}, "AROON(14,14)"),
        ("aroon", (14, 7, Resolution.HOUR), {}, "AROON(14,7)"),
        ("dch", (20, Resolution.DAILY), {}, "DCH(20,20)"),
        ("sto", (14, Resolution.DAILY), {}, "STO(14,14,3)"),
        ("sto", (14, 5, 4), {}, "STO(14,5,4)"),
        ("kama", (10,), {}, "KAMA(10,2,30)"),
        ("bb", (20, 2.0), {}, "BB(20,2)"),
        ("psar", (), {}, "PSAR(0.02,0.02,0.2)"),
        ("rsi", (14,), {"moving_average_type": MovingAverageType.SIMPLE}, "RSI(14,Simple)"),
        ("ema", (20, 0.5), {}, "EMA(20)"),
    ],
)
def test_helpers_find_leans_overload(helper: str, arguments: tuple, keywords: dict, name: str):
    found, _, _ = resolve(helper, HELPERS[helper], (arguments, keywords))
    assert HELPERS[helper].label.format(**texts_of(dict(found))) == name


def test_resolution_and_selector_follow_the_parameters():
    def selector(bar):
        return bar.open

    assert resolve("sma", HELPERS["sma"], ((5, Resolution.HOUR, selector), {}))[1:] == (Resolution.HOUR, selector)
    assert resolve("sma", HELPERS["sma"], ((5,), {"selector": selector}))[1:] == (None, selector)
    assert resolve("asi", HELPERS["asi"], ((3,), {}))[1] is Resolution.DAILY


@pytest.mark.parametrize("arguments", [(14, Resolution.DAILY), (14, 2.5), ()])
def test_a_call_that_fits_no_overload_is_refused(arguments: tuple):
    with pytest.raises(TypeError, match="No method matches"):
        resolve("rsi", HELPERS["rsi"], (arguments, {}))


def test_average_true_range_is_simple_by_its_helper_and_wilders_by_itself():
    found, _, _ = resolve("atr", HELPERS["atr"], ((14,), {}))
    assert found["moving_average_type"] is MovingAverageType.SIMPLE
    assert kinds.AverageTrueRange(14).parts[0].__class__ is kinds.WilderMovingAverage


def test_a_closed_short_leaves_a_negative_zero():
    assert str(numbers.to_double(numbers.add_as_net(Decimal(-5), Decimal(5)))) == "-0.0"
    assert str(numbers.to_double(numbers.add_as_net(Decimal(5), Decimal(-5)))) == "0.0"


def test_numbers_below_one_keep_28_decimals():
    tiny = Decimal("0.0000000000001")
    assert tiny * tiny * tiny == 0
    assert str(Decimal(2) / 3 / 1000) == "0.0006666666666666666666666667"


def test_open_tickets_enumerate_by_bucket_and_the_table_grows():
    table: ConcurrentDictionary[int] = ConcurrentDictionary()
    for key in (40, 3, 1):
        table[key] = key
    assert list(table) == [1, 3, 40]  # the newest of a bucket comes first
    for key in range(100, 140):
        table[key] = key
    places = [key % 89 for key in table]
    assert places == sorted(places)
    assert table.pop(3) == 3
    assert table.pop(3) is None
    assert len(table) == 42
