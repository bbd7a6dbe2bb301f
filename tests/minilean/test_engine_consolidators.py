"""Consolidators and indicators: when a longer bar is finished, what it holds, what indicators make of inputs."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine_builders import EARLY_CLOSE, DataFolder, local
from minilean import numbers
from minilean.consolidators.period import MarketHourAwareConsolidator, QuoteBarConsolidator, TradeBarConsolidator
from minilean.consolidators.scanner import ConsolidatorScanner
from minilean.data.bars import TradeBar, trade_bar
from minilean.enums import MovingAverageType, SecurityType
from minilean.indicators.momentum import RelativeStrengthIndex
from minilean.indicators.moving_averages import ExponentialMovingAverage, SimpleMovingAverage
from minilean.indicators.rolling_window import RollingWindow
from minilean.indicators.volatility import BollingerBands, Maximum, Variance
from minilean.securities.symbol import USA, SecurityIdentifier, Symbol
from minilean.time_keeper import TimeKeeper
from minilean.times import DAY, MINUTE, parse_date

SYMBOL = Symbol(SecurityIdentifier("SPY", parse_date("19980102"), SecurityType.EQUITY, USA), "SPY")
NOON = datetime(2013, 10, 7, 12, 0)  # noqa: DTZ001 - strategies pass naive times


@pytest.fixture(autouse=True)
def _arithmetic():
    numbers.install_context()


def _bar(start: str, close: str, *, high: str = "100", low: str = "1", span: int = MINUTE) -> TradeBar:
    begin = local(start)
    prices = [Decimal(text) for text in (close, high, low, close)]
    return trade_bar(SYMBOL, (begin, begin + span, begin + span), prices, Decimal(5))


def _collect(consolidator):
    finished: list[TradeBar] = []
    consolidator.data_consolidated += lambda _sender, bar: finished.append(bar)
    return finished


def test_a_bar_is_finished_by_the_first_input_after_its_period():
    consolidator = TradeBarConsolidator(timedelta(minutes=5))
    finished = _collect(consolidator)
    for minute, close in ((32, "10"), (34, "12"), (35, "11")):
        consolidator.update(_bar(f"20131007 09:{minute}", close))
    assert [(b.time_local, b.end_local) for b in finished] == [(local("20131007 09:30"), local("20131007 09:35"))]
    assert (finished[0].open_, finished[0].close_, finished[0].volume_) == (10, 12, 10)


def test_scanning_finishes_a_bar_whose_time_is_over_once():
    consolidator = TradeBarConsolidator(timedelta(minutes=5))
    finished = _collect(consolidator)
    consolidator.update(_bar("20131007 09:30", "10"))
    consolidator.scan(local("20131007 09:34"))
    assert not finished
    consolidator.scan(local("20131007 09:35"))
    consolidator.scan(local("20131007 09:36"))
    assert len(finished) == 1


def test_counting_gathers_a_number_of_bars_and_ends_with_the_last():
    consolidator = TradeBarConsolidator(2)
    finished = _collect(consolidator)
    for minute in (30, 31, 32):
        consolidator.update(_bar(f"20131007 09:{minute}", "10"))
    assert [(b.time_local, b.end_local) for b in finished] == [(local("20131007 09:30"), local("20131007 09:32"))]


def test_periods_of_more_than_a_day_begin_with_their_first_bar():
    consolidator = TradeBarConsolidator(timedelta(days=2))
    finished = _collect(consolidator)
    for day in ("07", "08", "09"):
        consolidator.update(_bar(f"201310{day} 09:30", "10", span=DAY))
    assert [bar.time_local for bar in finished] == [local("20131007 09:30")]


def test_inputs_longer_than_the_bars_are_refused():
    with pytest.raises(ValueError, match="can not consolidate bars of period"):
        TradeBarConsolidator(timedelta(minutes=1)).update(_bar("20131007 09:30", "10", span=5 * MINUTE))
    with pytest.raises(TypeError, match="cannot be consolidated to quote bars"):
        QuoteBarConsolidator(timedelta(minutes=5)).update(_bar("20131007 09:30", "10"))


def test_daily_bars_hold_regular_trading_and_end_at_an_early_close(tmp_path: Path):
    hours = DataFolder(tmp_path).hours()
    consolidator = MarketHourAwareConsolidator(TradeBarConsolidator, hours, DAY, strict=True, extended=False)
    finished = _collect(consolidator)
    for clock, close in (("08:00", "50"), ("09:30", "10"), ("12:59", "12")):
        consolidator.update(_bar(f"{EARLY_CLOSE} {clock}", close))
    consolidator.scan(local(f"{EARLY_CLOSE} 13:00"))
    assert [(b.open_, b.close_, b.end_local) for b in finished] == [(10, 12, local(f"{EARLY_CLOSE} 13:00"))]


def test_the_scanner_looks_at_a_bars_end_with_the_clock_there(tmp_path: Path):
    zone = DataFolder(tmp_path).hours().time_zone
    clock = TimeKeeper(zone.to_utc(local("20131007 15:57")))
    consolidator = TradeBarConsolidator(timedelta(minutes=30))
    seen: list[int] = []

    def set_time(utc: int) -> None:
        clock.utc = utc

    consolidator.data_consolidated += lambda _sender, _bar: seen.append(zone.to_local(clock.utc))
    scanner = ConsolidatorScanner(clock, set_time)
    consolidator.update(_bar("20131007 15:56", "10"))
    scanner.add(consolidator, MINUTE, zone)
    scanner.scan_past(zone.to_utc(local("20131008 09:31")))
    assert seen == [local("20131007 16:00")]


def test_averages_and_their_first_values():
    sma, ema = SimpleMovingAverage(3), ExponentialMovingAverage(3)
    values = []
    for step, price in enumerate(("1", "2", "6", "7")):
        moment = NOON + timedelta(minutes=step)
        sma.update(moment, float(price))
        ema.update(moment, float(price))
        values.append((sma.current.value_, sma.is_ready, ema.current.value_))
    assert values == [(1, False, 0), (Decimal("1.5"), False, 0), (3, True, 3), (5, True, 5)]
    assert sma[1].value == 3.0
    assert (sma.samples, sma.name) == (4, "SMA(3)")


def test_older_inputs_are_ignored():
    sma = SimpleMovingAverage(2)
    sma.update(NOON, 1)
    sma.update(NOON - timedelta(minutes=1), 100)
    assert (sma.samples, sma.current.value) == (1, 1.0)


def test_rsi_is_100_until_there_is_a_loss():
    rsi = RelativeStrengthIndex(2, MovingAverageType.SIMPLE)
    readings = []
    for step, price in enumerate((10, 11, 12, 9)):
        rsi.update(NOON + timedelta(minutes=step), price)
        readings.append(rsi.current.value_)
    assert readings[:3] == [100, 100, 100]
    assert round(readings[3], 20) == 25
    with pytest.raises(TypeError, match="No method matches"):
        RelativeStrengthIndex(14, 3.5)


def test_variance_drops_the_oldest_input_after_computing_and_bands_stop_on_flat_prices():
    variance = Variance(2)
    bands = BollingerBands(2, 2)
    for step, price in enumerate((1, 3, 3, 3)):
        variance.update(NOON + timedelta(minutes=step), price)
        bands.update(NOON + timedelta(minutes=step), price)
    assert variance.current.value_ == 0
    assert bands.middle_band.current.value_ == 3
    assert bands.current.value_ == 3
    assert bands.samples == 4
    assert bands.upper_band.current.value_ == 3


def test_the_maximum_finds_the_next_when_the_old_one_falls_out():
    maximum = Maximum(2)
    found = []
    for step, price in enumerate((5, 3, 2, 4)):
        maximum.update(NOON + timedelta(minutes=step), price)
        found.append(maximum.current.value)
    assert found == [5.0, 5.0, 3.0, 4.0]


def test_a_window_shows_the_newest_first_and_grows_when_read_beyond_its_end():
    window = RollingWindow[int](2)
    for number in (1, 2, 3):
        window.add(number)
    assert (window[0], window[1], window.most_recently_removed, window.is_ready) == (3, 2, 1, True)
    assert window[4] is None
    assert window.size == 5
    assert window[-1] == 2
    with pytest.raises(IndexError):
        window[-6]
