"""Files to data points: strict daily ends, fill-forward, quote sides, map and factor files, corporate actions."""

from decimal import Decimal
from pathlib import Path

import pytest

from engine_builders import DataFolder, local
from minilean import numbers
from minilean.data.auxiliary_data import Dividend, Split, SymbolChangedEvent
from minilean.data.bars import BaseData, QuoteBar, TradeBar
from minilean.data.data_feed import DataFeed
from minilean.data.data_provider import DataProvider
from minilean.data.factor_files import FactorFiles
from minilean.data.fill_forward import FillForwardResolution
from minilean.data.map_files import MapFile, MapFileResolver
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.enums import DataNormalizationMode, Resolution, SecurityType, SplitType, TickType
from minilean.securities.symbol import USA, SecurityIdentifier, Symbol
from minilean.times import DAY, MINUTE, parse_date


@pytest.fixture(autouse=True)
def _arithmetic():
    numbers.install_context()


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path)


def _symbol(ticker: str = "SPY") -> Symbol:
    return Symbol(SecurityIdentifier(ticker, parse_date("19980102"), SecurityType.EQUITY, USA), ticker)


def _points(
    data: DataFolder,
    resolution: Resolution,
    start: str,
    end: str,
    *,
    side: TickType = TickType.TRADE,
    mode: DataNormalizationMode = DataNormalizationMode.ADJUSTED,
    step: int | None = None,
    map_file: MapFile | None = None,
) -> list[BaseData]:
    config = SubscriptionDataConfig(
        _symbol(), resolution, side, data.hours(), map_file or MapFile("SPY", ()), normalization=mode
    )
    provider = DataProvider(data.root, lambda *_args, **_keywords: None)
    feed = DataFeed(provider, FactorFiles(data.root / "equity/usa/factor_files"))
    span = FillForwardResolution(step if step is not None else config.increment)
    return list(feed.stream(config, local(start), local(end), span))


def test_identifier_prints_as_in_lean():
    assert str(_symbol().id) == "SPY R735QTJ8XC9X"


def test_daily_bars_end_at_the_close_and_holidays_are_dropped(data):
    days = ["20131127", "20131128", "20131129"]
    data.zip("daily/spy.zip", [f"{day} 00:00,10000,20000,10000,15000,700" for day in days])
    bars = _points(data, Resolution.DAILY, "20131127 00:00", "20131130 00:00")
    spans = [(bar.time_local, bar.end_local) for bar in bars]
    assert spans == [
        (local("20131127 09:30"), local("20131127 16:00")),
        (local("20131129 09:30"), local("20131129 13:00")),
    ]


def test_a_missing_day_is_filled_with_the_last_bar_and_no_volume(data):
    data.zip("daily/spy.zip", [f"{day} 00:00,10000,20000,10000,15000,700" for day in ("20131007", "20131009")])
    bars = _points(data, Resolution.DAILY, "20131007 00:00", "20131009 23:59")
    assert [bar.is_fill_forward for bar in bars] == [False, True, False]
    filled = bars[1]
    assert isinstance(filled, TradeBar)
    assert (filled.open_, filled.high_, filled.close_, filled.volume_) == (1, 2, Decimal("1.5"), 0)
    assert filled.end_local == local("20131008 16:00")


def test_minutes_are_filled_within_the_session_only_and_to_its_end(data):
    first, last = 570 * 60_000, 573 * 60_000
    data.zip(
        "minute/spy/20131007_trade.zip", [f"{first},10000,10000,10000,10000,5", f"{last},20000,20000,20000,20000,5"]
    )
    bars = _points(data, Resolution.MINUTE, "20131007 00:00", "20131007 23:59")
    assert len(bars) == 390
    assert [bar.is_fill_forward for bar in bars[:5]] == [False, True, True, False, True]
    assert bars[-1].end_local == local("20131007 16:00")


def test_the_last_bar_before_the_open_is_what_is_filled_forward(data):
    data.zip(
        "minute/spy/20131007_trade.zip",
        [f"{569 * 60_000},50000,50000,50000,50000,5", f"{571 * 60_000},20000,20000,20000,20000,5"],
    )
    bars = _points(data, Resolution.MINUTE, "20131007 00:00", "20131007 23:59")
    assert bars[0].end_local == local("20131007 09:31")
    assert bars[0].is_fill_forward
    assert bars[0].value_ == 5


def test_daily_data_is_filled_every_minute_beside_minute_data(data):
    data.zip("daily/spy.zip", ["20131007 00:00,10000,20000,10000,15000,700"])
    bars = _points(data, Resolution.DAILY, "20131007 00:00", "20131008 23:59", step=MINUTE)
    following = [bar for bar in bars if bar.end_utc > data.hours().time_zone.to_utc(local("20131008 00:00"))]
    assert len(following) == 390
    assert following[0].end_utc == data.hours().time_zone.to_utc(local("20131008 09:31"))
    assert following[0].end_local == local("20131007 16:00")
    assert following[-1].end_local == local("20131008 16:00")


def test_a_quote_without_a_side_takes_the_side_of_the_bar_before(data):
    rows = [
        f"{570 * 60_000},10000,10000,10000,10000,1,20000,20000,20000,20000,2",
        f"{571 * 60_000},0,0,0,0,0,30000,30000,30000,30000,3",
    ]
    data.zip("minute/spy/20131007_quote.zip", rows)
    bars = _points(data, Resolution.MINUTE, "20131007 00:00", "20131007 23:59", side=TickType.QUOTE)
    second = bars[1]
    assert isinstance(second, QuoteBar)
    assert second.bid is not None
    assert second.ask is not None
    assert (second.bid.close_, second.ask.close_) == (1, 3)
    assert second.close_ == 2


def test_prices_are_scaled_and_shares_rounded_by_the_factor_of_the_day(data):
    data.write("equity/usa/factor_files/spy.csv", "20131001,0.5,0.5,1\n20131007,0.8,0.5,10\n20501231,1,1,0\n")
    data.zip("daily/spy.zip", [f"{day} 00:00,10000,10000,10000,10000,101" for day in ("20131007", "20131008")])
    bars = [b for b in _points(data, Resolution.DAILY, "20131007 00:00", "20131008 23:59") if isinstance(b, TradeBar)]
    assert [bar.close_ for bar in bars] == [Decimal("0.4"), 1]
    assert [bar.volume_ for bar in bars] == [252, 101]


def test_a_split_is_announced_and_occurs_on_the_next_tradable_day(data):
    data.write("equity/usa/factor_files/spy.csv", "20131001,1,0.5,1\n20131004,1,0.5,90\n20501231,1,1,0\n")
    data.zip(
        "daily/spy.zip", [f"{day} 00:00,10000,10000,10000,10000,1" for day in ("20131003", "20131004", "20131007")]
    )
    points = _points(data, Resolution.DAILY, "20131003 00:00", "20131007 23:59", mode=DataNormalizationMode.RAW)
    splits = [point for point in points if isinstance(point, Split)]
    assert [(s.type, s.time_local, s.price_) for s in splits] == [
        (SplitType.WARNING, local("20131004 00:00"), 1),
        (SplitType.SPLIT_OCCURRED, local("20131007 00:00"), 90),
    ]
    assert splits[1].split_factor_ == Decimal("0.5")


def test_a_dividend_is_rounded_to_cents_and_paid_the_tradable_day_after_its_row(data):
    data.write("equity/usa/factor_files/spy.csv", "20131001,0.9,1,1\n20131004,0.99,1,100.55\n20501231,1,1,0\n")
    data.zip("daily/spy.zip", [f"{day} 00:00,10000,10000,10000,10000,1" for day in ("20131004", "20131007")])
    points = _points(data, Resolution.DAILY, "20131003 00:00", "20131007 23:59")
    dividends = [point for point in points if isinstance(point, Dividend)]
    assert [(d.distribution_, d.time_local) for d in dividends] == [(Decimal("1.01"), local("20131007 00:00"))]


def test_files_are_read_under_the_ticker_of_the_day(data):
    renamed = MapFile(
        "SPY", ((parse_date("19980102"), "OLD"), (parse_date("20131007"), "OLD"), (parse_date("20501231"), "SPY"))
    )
    data.zip("minute/old/20131007_trade.zip", [f"{570 * 60_000},10000,10000,10000,10000,5"])
    data.zip("minute/spy/20131008_trade.zip", [f"{570 * 60_000},20000,20000,20000,20000,5"])
    points = _points(data, Resolution.MINUTE, "20131007 00:00", "20131008 23:59", map_file=renamed)
    changes = [point for point in points if isinstance(point, SymbolChangedEvent)]
    assert [(c.old_symbol, c.new_symbol, c.time_local) for c in changes] == [("OLD", "SPY", local("20131008 00:00"))]
    assert [p.value_ for p in points if not p.is_auxiliary and not p.is_fill_forward] == [1, 2]


def test_resolving_a_ticker_finds_the_security_that_has_it_on_the_day(data):
    data.write("equity/usa/map_files/bac.csv", "19980102,nb,N\n19980930,nb,N\n20501231,bac,N\n")
    data.write("equity/usa/map_files/spy.csv", "19980102,spy,P\n20501231,spy,P\n")
    resolver = MapFileResolver(data.root / "equity/usa/map_files")
    found = resolver.resolve("bac", parse_date("20240102"))
    assert (found.permtick, found.first_ticker) == ("BAC", "NB")
    assert found.ticker(parse_date("19980930"), "?") == "NB"
    assert found.ticker(parse_date("19980930") + DAY, "?") == "BAC"
    assert not resolver.resolve("xyz", parse_date("20240102")).rows
    assert resolver.resolve("spy", parse_date("19970102")).rows == ()


def test_prices_keep_the_scale_of_the_file_format(data):
    data.zip("daily/spy.zip", ["20131007 00:00,1447600,1447600,1447600,1447600,1"])
    bar = _points(data, Resolution.DAILY, "20131007 00:00", "20131007 23:59")[0]
    assert str(bar.value_) == "144.7600"
