"""Rules of the capacity estimate, one by one, on small hand-made runs."""

from decimal import Decimal

import pytest

from minilean.numbers import ZERO
from minilean.statistics.capacity import CapacityBar, CapacityEstimate, CapacityHolding

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
OPEN = 14 * HOUR


class Market:
    """A strategy with a portfolio of 100,000 that holds what it is told."""

    def __init__(self, days: int = 5):
        self.estimate = CapacityEstimate(0, days)
        self.bars: dict[str, CapacityBar] = {}
        self.held: dict[str, CapacityHolding] = {}

    def step(self, utc: int, *, force: bool = False):
        def holding(sid: str) -> CapacityHolding:
            return self.held.get(sid, CapacityHolding(invested=False, reserved_value=ZERO))

        self.estimate.update(utc, self.bars.get, holding, lambda: Decimal(100_000), force=force)
        self.bars = {}

    def bar(self, sid: str, end: int, length: int, volume: int = 1000, close: int = 10):
        self.bars[sid] = CapacityBar(end - length, end, Decimal(close), Decimal(volume))


def test_without_trades_nothing_is_estimated():
    market = Market()
    market.step(DAY * 9, force=True)
    assert (market.estimate.capacity, market.estimate.lowest_capacity_asset) == (0, "")


@pytest.mark.parametrize(("length", "scale"), [(MINUTE, "0.20"), (HOUR, "0.05"), (6 * HOUR, "0.05"), (DAY, "0.02")])
def test_a_bar_counts_by_the_share_of_its_resolution(length: int, scale: str):
    market = Market()
    market.estimate.on_fill("A", OPEN, Decimal(10), Decimal(5))
    market.bar("A", OPEN, length, volume=1_000_000)
    market.step(OPEN)
    market.step(OPEN + MINUTE, force=True)
    assert market.estimate.capacity == 10_000_000 * Decimal(scale)


def test_minute_bars_count_as_long_as_little_is_traded():
    thin, thick = Market(), Market()
    for market, volume in ((thin, 100), (thick, 1_000_000)):
        market.estimate.on_fill("A", OPEN, Decimal(10), Decimal(5))
        for minute in range(1, 200):
            market.bar("A", OPEN + minute * MINUTE, MINUTE, volume=volume)
            market.step(OPEN + minute * MINUTE)
        market.step(OPEN + HOUR * 5, force=True)
    assert thin.estimate.capacity == Decimal(round(120 * 100 * 10 * 0.2, -3))
    assert thick.estimate.capacity == 1_000_000 * 10 * Decimal("0.2")


def test_a_bar_without_volume_neither_counts_nor_ends_the_window():
    market = Market()
    market.estimate.on_fill("A", OPEN, Decimal(10), Decimal(5))
    market.bar("A", OPEN + MINUTE, MINUTE, volume=0)
    market.step(OPEN + MINUTE)
    assert market.estimate.next_look <= OPEN + MINUTE
    market.bar("A", OPEN + HOUR, HOUR, volume=1_000_000)
    market.step(OPEN + HOUR)
    assert market.estimate.next_look > OPEN + HOUR


def test_fast_trading_counts_less_but_never_under_a_fifth():
    market = Market()
    market.estimate.on_fill("A", OPEN, Decimal(10), Decimal(5))
    market.estimate.on_fill("A", OPEN + MINUTE, Decimal(10), Decimal(-5))
    market.bar("A", OPEN + MINUTE, MINUTE, volume=10_000_000)
    market.step(OPEN + MINUTE)
    market.step(OPEN + MINUTE, force=True)
    assert market.estimate.capacity == 10_000_000 * 10 * Decimal("0.2") * Decimal("0.20") / 2


def test_the_smallest_asset_speaks_for_all_by_its_share_of_the_trading():
    market = Market()
    for sid, quantity, volume in (("A", 30, 1_000_000), ("B", 10, 100_000)):
        market.estimate.on_fill(sid, OPEN, Decimal(10), Decimal(quantity))
        market.bar(sid, OPEN, DAY, volume=volume)
    market.step(OPEN, force=True)
    assert market.estimate.lowest_capacity_asset == "B"
    assert market.estimate.capacity == 100_000 * 10 * Decimal("0.02") / Decimal("0.25")


def test_a_second_snapshot_moves_a_third_of_the_way_and_lives_on_holdings():
    market = Market()
    market.estimate.on_fill("A", OPEN, Decimal(10), Decimal(5))
    market.bar("A", OPEN, DAY, volume=10_000_000)
    market.step(OPEN, force=True)
    first = market.estimate.capacity
    market.held["A"] = CapacityHolding(invested=True, reserved_value=Decimal(50_000))
    market.step(OPEN, force=True)
    assert market.estimate.capacity == Decimal("0.33") * first * 2 + Decimal("0.66") * first
    market.held.clear()
    before = market.estimate.capacity
    market.step(OPEN, force=True)
    assert market.estimate.capacity == pytest.approx(before * Decimal("0.99"), abs=1000)


def test_snapshots_come_with_the_days_of_the_period():
    market = Market(days=30)
    market.estimate.on_fill("A", OPEN, Decimal(10), Decimal(5))
    market.bar("A", OPEN, DAY, volume=10_000_000)
    market.step(OPEN)
    market.step(6 * DAY + OPEN)
    assert market.estimate.capacity == 0
    market.step(7 * DAY)
    assert market.estimate.capacity > 0


def test_an_asset_is_forgotten_thirty_days_after_its_last_fill():
    market = Market()
    market.estimate.on_fill("A", OPEN, Decimal(10), Decimal(5))
    market.bar("A", OPEN, DAY, volume=10_000_000)
    market.step(OPEN, force=True)
    market.bar("A", OPEN + 30 * DAY, DAY, volume=10_000_000)
    market.step(OPEN + 30 * DAY, force=True)
    assert market.estimate.next_look > OPEN + 90 * DAY
