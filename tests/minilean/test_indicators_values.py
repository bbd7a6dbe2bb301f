"""Indicators: values computed by hand, and what a reset must leave behind for every one of them."""

from decimal import Decimal

import pytest

from engine_builders import local
from minilean import numbers
from minilean.algorithm.indicator_catalogue import HELPERS, PATTERNS
from minilean.data.bars import TradeBar, trade_bar
from minilean.enums import MovingAverageType, SecurityType
from minilean.indicators import exports as kinds
from minilean.indicators.base import IndicatorBase
from minilean.indicators.candlesticks.exports import Doji, Engulfing
from minilean.indicators.parameters import signature_of
from minilean.securities.symbol import USA, SecurityIdentifier, Symbol
from minilean.times import DAY, parse_date

SPY = Symbol(SecurityIdentifier("SPY", parse_date("19980102"), SecurityType.EQUITY, USA), "SPY")
IBM = Symbol(SecurityIdentifier("IBM", parse_date("19980102"), SecurityType.EQUITY, USA), "IBM")
QQQ = Symbol(SecurityIdentifier("QQQ", parse_date("19980102"), SecurityType.EQUITY, USA), "QQQ")
START = local("20130102 16:00")


@pytest.fixture(autouse=True)
def _arithmetic():
    numbers.install_context()


def bar(day: int, prices: str, volume: int = 100, symbol: Symbol = SPY) -> TradeBar:
    """Make a daily bar of "open high low close"."""
    end = START + day * DAY
    return trade_bar(symbol, (end - DAY, end, end), [Decimal(x) for x in prices.split()], Decimal(volume))


def wave(count: int) -> list[TradeBar]:
    """Make bars that rise, fall and stand still."""
    bars = []
    for day in range(count):
        close = Decimal(100) + (day * 7 % 23) - (day * 3 % 11) + Decimal(day % 5) / 4
        first = close + Decimal(day % 7 - 3) / 2
        prices = f"{first} {max(first, close) + day % 3} {min(first, close) - day % 4} {close}"
        bars.append(bar(day, prices, 1000 + day * 37 % 400))
    return bars


def values(indicator: IndicatorBase, bars: list[TradeBar]) -> list[Decimal]:
    readings = []
    for each in bars:
        indicator.update_with(each)
        readings.append(indicator.current.value_)
    return readings


def sample(kind: type[IndicatorBase]) -> IndicatorBase:
    """Make an indicator with small periods."""
    names, defaults = signature_of(kind.setup)
    given = {"fast_period": 3, "slow_period": 5, "k": 2, "multiplier": 2, "limit_move": 3, "min_period": None}
    wanted = {name: given.get(name, 4) for name in names if name not in defaults}
    return kind(**wanted)


ALL = sorted({helper.kind for helper in HELPERS.values()} | set(PATTERNS.values()), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_after_a_reset_the_same_inputs_give_the_same_values(kind: type[IndicatorBase]):
    indicator = sample(kind)
    before = values(indicator, wave(120))
    assert indicator.is_ready
    indicator.reset()
    assert (indicator.samples, indicator.current.value_, indicator.is_ready) == (0, 0, False)
    assert values(indicator, wave(120)) == before


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_values_have_at_most_28_decimals(kind: type[IndicatorBase]):
    assert all(value.as_tuple().exponent >= -28 for value in values(sample(kind), wave(120)))


def test_the_window_begins_with_the_zero_of_year_one():
    sma = kinds.SimpleMovingAverage(2)
    assert (len(sma.window), sma.window[0].value, sma.window[0].end_time.year) == (1, 0.0, 1)
    sma.update_with(bar(0, "1 1 1 4"))
    assert (sma[0].value, sma.previous.value, sma[1].end_time.year) == (4.0, 0.0, 1)


def test_weighted_average_is_zero_until_ready():
    lwma = kinds.LinearWeightedMovingAverage(3)
    assert values(lwma, [bar(day, f"1 9 1 {close}") for day, close in enumerate((1, 2, 4))]) == [0, 0, Decimal(17) / 6]


def test_comparing_with_a_float_uses_15_digits_of_it():
    identity = kinds.Identity("close")
    identity.update_with(bar(0, "1 200 1 100.1"))
    assert not identity > 100.1
    assert identity >= 100.1
    assert identity == 100.1
    assert identity != 100.2
    assert {identity: 1}[identity] == 1


def test_average_directional_index_of_a_steady_rise_is_100():
    adx = kinds.AverageDirectionalIndex(3)
    bars = [bar(day, f"{10 + day} {12 + day} {9 + day} {11 + day}") for day in range(8)]
    readings = values(adx, bars)
    assert readings[0] == 50
    assert readings[-1] == 100
    assert adx.negative_directional_index.current.value_ == 0
    # true range 3, movement 1 a day
    assert adx.positive_directional_index.current.value == pytest.approx(100 / 3)


def test_aroon_counts_the_bars_since_the_extremes():
    aroon = kinds.AroonOscillator(4, 4)
    highs = (10, 14, 13, 12, 11)
    values(aroon, [bar(day, f"5 {high} {5 - day} 5") for day, high in enumerate(highs)])
    assert (aroon.aroon_up.current.value, aroon.aroon_down.current.value) == (25.0, 100.0)
    assert aroon.is_ready


def test_parabolic_stop_follows_below_and_reverses_above():
    psar = kinds.ParabolicStopAndReverse()
    bars = ["10 11 9 10", "11 12 10 11", "12 13 11 12", "7 8 6 7"]
    readings = values(psar, [bar(day, prices) for day, prices in enumerate(bars)])
    # long from the low of the first bar; 0.02 of the way from 9 to 12; then reversed to the highest high
    assert readings == [10, 9, Decimal("9.06"), 13]


def test_super_trend_changes_sides_at_the_close():
    trend = kinds.SuperTrend(1, 1)
    bars = ["10 11 9 10", "10 11 9 10", "20 21 19 20", "6 7 5 6"]
    readings = values(trend, [bar(day, prices) for day, prices in enumerate(bars)])
    # one range below the middle; the fall to 6 closes below 9, so the band above takes over: 6 and the range of 15
    assert readings == [8, 8, 9, 21]


def test_donchian_takes_one_number_for_both_bands():
    channel = kinds.DonchianChannel(2)
    values(channel, [bar(0, "5 9 1 5"), bar(1, "5 8 2 5"), bar(2, "5 7 3 5")])
    assert (channel.upper_band.current.value, channel.lower_band.current.value, channel.current.value) == (8, 2, 5)
    assert channel.name == "DCH(2,2)"


def test_on_balance_volume_and_money_flow():
    closes = (10, 11, 11, 9)
    bars = [bar(day, f"{close} {close} {close} {close}", 10 * (day + 1)) for day, close in enumerate(closes)]
    assert values(kinds.OnBalanceVolume(), bars) == [10, 30, 30, -10]
    # flows up 100 and 220, down 360
    assert values(kinds.MoneyFlowIndex(4), bars)[-1] == Decimal(100) * 320 / 680


def test_intraday_vwap_starts_again_each_day_and_leaves_out_filled_bars():
    vwap = kinds.IntradayVwap()
    filled = bar(1, "1 1 1 1").filled_forward(START + DAY, START + 2 * DAY, START + 2 * DAY)
    assert values(vwap, [bar(0, "6 6 6 6", 10), bar(1, "3 4 2 3", 10), filled]) == [6, 3, 3]


def test_least_squares_fit_a_line():
    line = kinds.LeastSquaresMovingAverage(4)
    values(line, [bar(day, f"1 99 1 {3 * day + 2}") for day in range(6)])
    assert (line.slope.current.value, line.intercept.current.value, line.current.value) == (3.0, 5.0, 17.0)
    forecast = kinds.TimeSeriesForecast(4)
    values(forecast, [bar(day, f"1 99 1 {3 * day + 2}") for day in range(6)])
    assert forecast.current.value == pytest.approx(20.0)


def test_rate_of_change_ratio_of_a_standstill_is_zero_as_in_lean():
    ratio = kinds.RateOfChangeRatio(1)
    assert values(ratio, [bar(0, "1 9 1 4"), bar(1, "1 9 1 4"), bar(2, "1 9 1 5")]) == [0, 0, Decimal("1.25")]


def test_heikin_ashi_opens_in_the_middle_of_the_bar_before():
    bars = kinds.HeikinAshi()
    values(bars, [bar(0, "10 14 8 12"), bar(1, "12 16 10 14")])
    assert bars.open.current.value == (11 + 11) / 2
    assert (bars.close.current.value, bars.high.current.value, bars.low.current.value) == (13.0, 16.0, 10.0)


def test_beta_waits_for_both_securities():
    beta = kinds.Beta(SPY, IBM, 3)
    for day in range(6):
        close = 100 + day * day % 7
        beta.update_with(bar(day, f"1 999 1 {close}", symbol=SPY))
        beta.update_with(bar(day, f"1 999 1 {close}", symbol=IBM))
    assert beta.is_ready
    assert beta.current.value == pytest.approx(1.0)
    with pytest.raises(ValueError, match="does not correspond"):
        beta.update_with(bar(9, "1 1 1 1", symbol=QQQ))


@pytest.mark.parametrize("kind", list(MovingAverageType), ids=lambda kind: kind.name)
def test_every_type_of_average_can_smooth_an_rsi(kind: MovingAverageType):
    rsi = kinds.RelativeStrengthIndex(4, kind)
    assert all(0 <= value <= 100 for value in values(rsi, wave(60)))


def test_engulfing_and_doji_are_seen():
    engulfing = Engulfing()
    values(engulfing, [bar(0, "10 10 10 10"), bar(1, "10 11 8 9"), bar(2, "8 12 7 11")])
    assert engulfing.current.value == 1.0
    doji = Doji()
    values(doji, [bar(day, "10 12 8 11") for day in range(10)])
    doji.update_with(bar(10, "10 12 8 10.4"))
    assert doji.current.value == 1.0
    doji.update_with(bar(11, "10 12 8 10.41"))
    assert doji.current.value == 0.0
