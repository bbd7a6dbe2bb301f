"""What makes runs fast changes no result: runs of bars, feeds in step, quotes, windows and offsets on demand."""

import math
import random
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine_builders import EARLY_CLOSE, DataFolder, local
from minilean import numbers, times
from minilean.data.bar_runs import BarRun, Stream, flat
from minilean.data.bars import Bar, BaseData, QuoteBar, TradeBar, quote_bar, trade_bar
from minilean.data.data_feed import DataFeed
from minilean.data.data_provider import DataProvider
from minilean.data.factor_files import FactorFiles
from minilean.data.feed_cursor import NEVER, FeedCursor, feeds_in_step
from minilean.data.fill_forward import FillForwardResolution
from minilean.data.map_files import MapFile
from minilean.data.price_scale import PriceScale
from minilean.data.reader import SubscriptionDataReader
from minilean.data.slice import Slice
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.data.synchronizer import Subscription, Synchronizer
from minilean.data.time_slice import SecurityChanges, TimeSlice, TimeSliceRun
from minilean.data.zip_member import read_first_member
from minilean.enums import Resolution, SecurityType, TickType
from minilean.indicators.moving_averages import ExponentialMovingAverage
from minilean.indicators.rolling_window import RecentItems, RollingWindow
from minilean.securities.cache import SecurityCache
from minilean.securities.symbol import USA, SecurityIdentifier, Symbol
from minilean.times import HOUR, MINUTE, TimeZone, TimeZones
from minilean.universes.universe import UniverseData

OPEN_ROW, CLOSE_ROW = 9 * 60 + 30, 16 * 60


@pytest.fixture(autouse=True)
def _arithmetic():
    numbers.install_context()


def _symbol(ticker: str = "SPY") -> Symbol:
    return Symbol(SecurityIdentifier(ticker, times.parse_date("19980102"), SecurityType.EQUITY, USA), ticker)


SYMBOL = _symbol()


# --- files ----------------------------------------------------------------------------------------------------------


class _RowByRow(SubscriptionDataReader):
    """A reader that finds no runs."""

    def _run(self, lines: list[str], start: int, scale: PriceScale | None) -> BarRun | None:
        return None


class _PointByPoint(DataFeed):
    """Feeds whose stages never see a run."""

    def _read(self, config: SubscriptionDataConfig, start: int, end: int) -> Stream:
        return _RowByRow(config, self._provider, self._factor_files, start, end, self.start_limits).read()


def _row(minute: int, side: TickType, rng: random.Random) -> str:
    prices = [rng.randint(100_000, 110_000) for _ in range(4)]
    if side is TickType.TRADE:
        return f"{minute * 60_000},{','.join(map(str, prices))},{rng.randint(0, 500)}"
    bid = ",".join(map(str, [*prices, rng.randint(1, 9)]))
    if rng.random() < 0.002:
        bid = ("0,0,0,0,0", ",,,,")[rng.randint(0, 1)]
    return f"{minute * 60_000},{bid},{','.join(str(price + 100) for price in prices)},{rng.randint(1, 9)}"


def _rows(side: TickType, rng: random.Random) -> list[str]:
    """Return a day's rows from before the open until after the close, with some gaps in it."""
    missing = set(rng.sample(range(OPEN_ROW, CLOSE_ROW), rng.choice((0, 0, 1, 3, 40))))
    regular = [minute for minute in range(OPEN_ROW, CLOSE_ROW) if minute not in missing]
    outside = [*range(8 * 60, OPEN_ROW, rng.randint(1, 7)), *range(CLOSE_ROW, 18 * 60, rng.randint(1, 7))]
    minutes = sorted([*regular, *(minute for minute in outside if rng.random() < 0.5)])
    return [_row(minute, side, rng) for minute in minutes]


def _told(point: BaseData) -> tuple[Any, ...]:
    span = (type(point), point.symbol, point.time_local, point.end_local, point.end_utc, point.is_fill_forward)
    if isinstance(point, TradeBar):
        return (*span, point.open_, point.high_, point.low_, point.close_, point.volume_)
    if not isinstance(point, QuoteBar):
        return (*span, point.value_)
    sides = [(side.open_, side.high_, side.low_, side.close_) if side else None for side in (point.bid, point.ask)]
    return (*span, *sides, point.last_bid_size_, point.last_ask_size_)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("side", [TickType.TRADE, TickType.QUOTE])
def test_runs_are_the_bars_that_single_rows_make(tmp_path: Path, side: TickType, seed: int):
    data, rng = DataFolder(tmp_path), random.Random(seed)
    for day in ("20131126", "20131127", EARLY_CLOSE, "20131202"):
        data.zip(f"minute/spy/{day}_{side.name.lower()}.zip", _rows(side, rng))
    data.write("equity/usa/factor_files/spy.csv", "20131127,0.9,0.5,100\n20501231,1,1,0\n")
    start, end = local("20131126 00:00"), local("20131202 15:00")
    told = []
    for kind in (DataFeed, _PointByPoint):
        config = SubscriptionDataConfig(
            SYMBOL, Resolution.MINUTE, side, data.hours(), MapFile("SPY", ()), extended_market_hours=seed % 3 == 2
        )
        provider = DataProvider(data.root, lambda *_args, **_keywords: None)
        feed = kind(provider, FactorFiles(data.root / "equity/usa/factor_files"))
        items = list(feed.runs(config, start, end, FillForwardResolution(MINUTE)))
        assert any(type(item) is BarRun for item in items) is (kind is DataFeed)
        told.append([_told(point) for point in flat(iter(items))])
    assert told[0] == told[1]
    assert len(told[0]) > 3 * 390


# --- feeds in step --------------------------------------------------------------------------------------------------


def _bars(symbol: Symbol, first: int, count: int, length: int = MINUTE) -> list[BaseData]:
    starts = [first + number * length for number in range(count)]
    return [
        trade_bar(symbol, (start, start + length, start + length), [Decimal(number)] * 4, Decimal(1))
        for number, start in enumerate(starts)
    ]


def _run(symbol: Symbol, ends_utc: list[int]) -> BarRun:
    return BarRun(_bars(symbol, ends_utc[0] - MINUTE, len(ends_utc)), ends_utc)


def test_feeds_go_in_step_up_to_the_limit_and_not_over_the_end_of_their_run():
    ends = [MINUTE * number for number in range(1, 11)]
    cursors = [FeedCursor(iter([_run(SYMBOL, ends)])) for _ in range(2)]
    together = feeds_in_step(cursors, NEVER)
    assert together is not None
    assert together.instants == ends[:-1]
    limited = feeds_in_step(cursors, ends[5])
    assert limited is not None
    assert limited.instants == ends[:5]
    assert [[point.close_ for point in points] for points in limited.points()] == [[n, n] for n in range(5)]
    limited.passed(4)
    assert [cursor.emit_utc for cursor in cursors] == [ends[4], ends[4]]


def _one_by_one(synchronizer: Synchronizer) -> Iterator[TimeSlice]:
    for item in synchronizer.slices(0, lambda: None):
        if isinstance(item, TimeSliceRun):
            yield from item.slices()
        else:
            yield item


def test_feeds_with_other_instants_do_not_go_in_step():
    ends = [MINUTE * number for number in range(1, 11)]
    first, second = FeedCursor(iter([_run(SYMBOL, ends)])), FeedCursor(iter([_run(SYMBOL, list(ends))]))
    assert feeds_in_step([first, second], NEVER) is None
    second = FeedCursor(iter(_bars(SYMBOL, 0, 10)))
    assert feeds_in_step([first, second], NEVER) is None


class _Feeds:
    """A synchronizer over a few feeds, of runs or of single points."""

    def __init__(self, *, in_runs: bool) -> None:
        self._in_runs = in_runs
        zone = TimeZones().get("UTC")
        self.synchronizer = Synchronizer(
            lambda: zone, lambda *_: SecurityChanges.NONE, lambda _: False, lambda _: SecurityChanges.NONE
        )

    def add(self, ticker: str, parts: list[list[int]], length: int = MINUTE) -> Subscription:
        symbol = _symbol(ticker)
        config: Any = SimpleNamespace(symbol=symbol, is_internal=False, sort_key=ticker, key=ticker)
        items: list[Any] = []
        for ends in parts:
            run = BarRun(_bars(symbol, ends[0] - length, len(ends), length), ends)
            items += [run] if self._in_runs else list(run)
        subscription = Subscription(config, SimpleNamespace(symbol=symbol), iter(items))  # type: ignore[arg-type]
        self.synchronizer.add(subscription)
        return subscription


def _minutes(first: int, count: int) -> list[int]:
    return [MINUTE * (first + number) for number in range(count)]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 3), st.integers(1, 40)), min_size=2, max_size=8))
@settings(deadline=None, max_examples=60)
def test_slices_do_not_depend_on_runs(gaps: list[tuple[str, int, int]]):
    """Feeds that share instants for a while, each with gaps of its own, and one that joins in the middle."""
    shared: dict[tuple[int, int], list[int]] = {}
    told = []
    for in_runs in (True, False):
        feeds = _Feeds(in_runs=in_runs)
        for name in "abcd":
            place, runs = 1, []
            for owner, gap, count in gaps:
                place += gap if owner == name else 0
                runs.append(shared.setdefault((place, count), _minutes(place, count)))
                place += count
            feeds.add(name, runs)
        feeds.add("hour", [[HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR]], HOUR)
        seen = []
        for number, slice_ in enumerate(_one_by_one(feeds.synchronizer)):
            if number == 15:
                feeds.add("late", [shared.setdefault((200, 50), _minutes(200, 50))])
            points = [(config.key, [_told(point) for point in points]) for config, _, points in slice_.packets]
            bars = [(pair.key.value, pair.value.close_) for pair in slice_.slice.bars]
            seen.append((slice_.utc, slice_.slice.local, slice_.data_points, slice_.slice.has_data, points, bars))
        told.append(seen)
    assert told[0] == told[1]


def test_a_feed_that_is_stopped_in_the_middle_of_a_run_gives_nothing_more():
    feeds, ends = _Feeds(in_runs=True), _minutes(1, 30)
    kept, stopped = feeds.add("a", [ends]), feeds.add("b", [ends])
    seen = []
    for slice_ in _one_by_one(feeds.synchronizer):
        seen.append([config.key for config, _, _ in slice_.packets])
        if len(seen) == 11:
            feeds.synchronizer.remove(stopped)
    assert seen == [["a", "b"]] * 11 + [["a"]] * 19
    assert kept.finished


def test_time_does_not_go_back_when_a_universe_comes_with_data_of_earlier():
    feeds = _Feeds(in_runs=True)
    feeds.add("a", [_minutes(1, 30)])
    universe: Any = Mock(dispose_requested=False, configuration=SimpleNamespace(sort_key=0))
    seen = []
    for slice_ in _one_by_one(feeds.synchronizer):
        seen.append(slice_.utc)
        if len(seen) == 11:
            feeds.synchronizer.add_universe(universe, iter([UniverseData(MINUTE * 3, [])]))
    assert seen == sorted(seen)
    assert MINUTE * 11 in seen[11:]


def test_bars_of_internal_feeds_are_not_in_the_slice():
    bar, hidden = _bars(SYMBOL, 0, 2)
    shown = SimpleNamespace(is_internal=False), None, (bar,)
    slice_ = Slice(MINUTE, MINUTE, [shown, (SimpleNamespace(is_internal=True), None, (hidden,))], has_data=True)
    assert slice_[SYMBOL] is bar
    assert len(slice_) == 1


# --- on demand ------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from(["both", "bid", "ask", "none", "look"]), st.integers(1, 99)), max_size=20))
def test_quotes_that_are_not_looked_at_leave_the_same_prices(steps: list[tuple[str, int]]):
    cache, bid, ask = SecurityCache(), Decimal(0), Decimal(0)
    for kind, price in steps:
        if kind == "look":
            assert (cache.bid_price_, cache.ask_price_) == (bid, ask)
            continue
        sides = [Bar(*[Decimal(price + more)] * 4) if kind in {"both", name} else None for more, name in enumerate(
            ("bid", "ask"))]  # fmt: skip
        quote = quote_bar(SYMBOL, (0, MINUTE, MINUTE), sides[0], sides[1], (Decimal(1), Decimal(1)))
        quote.has_prices = kind == "both"
        cache.store(quote)
        bid = Decimal(price) if sides[0] else bid
        ask = Decimal(price + 1) if sides[1] else ask
    assert (cache.bid_price_, cache.ask_price_) == (bid, ask)


@given(st.lists(st.sampled_from(["add", "look", "reset", "grow"]), max_size=30))
def test_a_window_that_is_made_late_is_the_one_that_was_there_all_the_time(steps: list[str]):
    late: RecentItems[int] = RecentItems()
    always: RollingWindow[int] = RollingWindow(2)
    for number, step in enumerate(steps):
        if step == "add":
            late.add(number)
            always.add(number)
        elif step == "reset":
            late.reset()
            always.reset()
        elif step == "grow":
            assert late.window[3] == always[3]
        else:
            assert _state(late.window) == _state(always)
    assert _state(late.window) == _state(always)


def _state(window: RollingWindow[int]) -> tuple[Any, ...]:
    removed = window.most_recently_removed if window.samples > window.size else None
    return list(window), window.samples, window.size, window.count, window.is_ready, removed


@given(
    st.sampled_from(["America/New_York", "Europe/London", "Asia/Tokyo", "Africa/Casablanca", "Australia/Lord_Howe"]),
    st.lists(st.integers(0, 60 * 365 * 24 * 4), min_size=1, max_size=30),
)
@settings(deadline=None)
def test_offsets_are_those_of_the_zone(name: str, quarters: list[int]):
    zone, info = TimeZone(name), ZoneInfo(name)
    for quarter in [*quarters, *(quarter + 1 for quarter in quarters)]:
        instant = quarter * 15 * MINUTE
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
        assert zone.to_local(instant) == times.from_datetime(moment.astimezone(info).replace(tzinfo=None))
        wall = times.to_datetime(instant).replace(tzinfo=info)
        assert zone.to_utc(instant) == instant - (wall.utcoffset() or timedelta()) // timedelta(microseconds=1)


DECIMALS = st.builds(
    lambda mantissa, places: Decimal(mantissa).scaleb(-places),
    st.one_of(st.integers(-(2**96) + 1, 2**96 - 1), st.integers(-(10**17), 10**17)),
    st.integers(0, 28),
)


@given(DECIMALS)
def test_conversions_by_text_are_those_by_mantissa_and_power(value: Decimal):
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    mantissa = int("".join(map(str, digits)))
    expected = float(mantissa & (2**64 - 1)) + float(mantissa >> 64) * 2.0**64 if mantissa >= 2**53 else float(mantissa)
    assert numbers.to_double(value) == math.copysign(expected / 10.0**-exponent, -1 if sign else 1)


@given(DECIMALS)
def test_points_of_charts_have_seven_digits_or_four_decimals(value: Decimal):
    rounded = numbers.smart_rounding(value)
    if value > 1000:
        assert rounded == value.quantize(Decimal("0.0001"), context=numbers._WIDE)
    elif value:
        assert abs(rounded - value) <= abs(value) * Decimal("5E-7")
        assert len(rounded.normalize().as_tuple().digits) <= 7


# --- files and averages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
@pytest.mark.parametrize(("members", "comment"), [(1, b""), (2, b""), (1, b"a comment")])
def test_the_first_member_of_any_zip_file_is_read(tmp_path: Path, method: int, members: int, comment: bytes):
    path, content = tmp_path / "a.zip", b"34200000,1,2,3,4,5\n" * 500
    with zipfile.ZipFile(path, "w", method) as archive:
        for number in range(members):
            archive.writestr(f"{number}.csv", content if not number else b"other")
        archive.comment = comment
    assert read_first_member(path) == content


@pytest.mark.parametrize("place", [0, 60, -30])
def test_a_damaged_zip_file_is_none(tmp_path: Path, place: int):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", b"34200000,1,2,3,4,5\n" * 9)
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises((zipfile.BadZipFile, NotImplementedError)):
        read_first_member(path)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 10**6)), min_size=5, max_size=40),
    st.integers(0, 40),
    st.sampled_from(["window", "handler", "other symbol", "reset"]),
)
def test_a_running_exponential_average_is_the_formula_whatever_looks_at_it(
    steps: list[tuple[int, int]], look: int, kind: str
):
    average, other = ExponentialMovingAverage(3), _symbol("IBM")
    end, taken, heard = 0, [], []
    for number, (gap, price) in enumerate(steps):
        if number == look and kind == "window":
            assert average.window.count == min(2, len(taken) + 1)
        elif number == look and kind == "handler":
            average.updated += lambda _sender, point: heard.append(point.value_)
        elif number == look and kind == "reset":
            average.reset()
            taken = []
        end += (gap - 1) * MINUTE
        symbol = other if kind == "other symbol" and number >= look else SYMBOL
        bar = trade_bar(symbol, (end - MINUTE, end, end), [Decimal(price)] * 4, Decimal(1))
        before = next((each for each in reversed(taken) if each.symbol == symbol), None)
        if before is None or before.end_local <= end:
            taken.append(bar)
        average.take(None, bar)
        assert average.samples == len(taken)
        assert average.current.value_ == _average([each.close_ for each in taken])
    if kind == "handler" and look < len(steps):
        assert heard[-1:] in ([average.current.value_], [])


def _average(closes: list[Decimal]) -> Decimal:
    """Return the exponential average of period 3, seeded with the mean of the first three."""
    if len(closes) < 3:
        return Decimal(0)
    factor = Decimal("2.0") / 4
    value = sum(closes[:3], Decimal(0)) / 3
    for close in closes[3:]:
        value = close * factor + value * (1 - factor)
    return value


@pytest.mark.parametrize("seed", range(6))
def test_hours_of_the_benchmark_are_runs_with_the_bars_of_single_rows(tmp_path: Path, seed: int):
    data, rng = DataFolder(tmp_path), random.Random(seed)
    rows = [
        f"{day} {hour:02}:00,{rng.randint(1, 9)}0000,90000,10000,{rng.randint(1, 9)}0000,{rng.randint(0, 9)}"
        for day in ("20131126", "20131127", "20131128", EARLY_CLOSE, "20131202", "20131203")
        for hour in range(rng.choice((8, 9, 9, 9)), 16)
        if rng.random() > 0.03
    ]
    data.zip("hour/spy.zip", rows)
    data.write("equity/usa/factor_files/spy.csv", "20131127,0.9,0.5,100\n20501231,1,1,0\n")
    told = []
    for kind in (DataFeed, _PointByPoint):
        config = SubscriptionDataConfig(
            SYMBOL, Resolution.HOUR, TickType.TRADE, data.hours(), MapFile("SPY", ()), fill_forward=False
        )
        provider = DataProvider(data.root, lambda *_args, **_keywords: None)
        feed = kind(provider, FactorFiles(data.root / "equity/usa/factor_files"))
        items = list(feed.runs(config, local("20131126 10:00"), local("20131203 13:30"), FillForwardResolution(HOUR)))
        assert any(type(item) is BarRun for item in items) is (kind is DataFeed)
        told.append([_told(point) for point in flat(iter(items))])
    assert told[0] == told[1]
    assert len(told[0]) > 20
