import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leanboard.market_data.archives import write_csv_zip
from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.lean_format import Bars, bars_of_days, read_bars, write_bars
from leanboard.market_data.lean_paths import TickType, parse_path

MINUTE_TRADE = parse_path("equity/usa/minute/spy/20131007_trade.zip")
MINUTE_QUOTE = parse_path("equity/usa/minute/spy/20131007_quote.zip")
DAILY = parse_path("equity/usa/daily/spy.zip")
CRYPTO = parse_path("crypto/coinbase/minute/btcusd/20161007_trade.zip")


def times(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[ms]")


def text_of(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        (entry,) = archive.infolist()
        assert entry.compress_type == zipfile.ZIP_DEFLATED
        return archive.read(entry).decode()


def good_day(**changes: float) -> Bars:
    row = {"open": 10.0, "high": 11.0, "low": 9.0, "close": 10.5, "volume": 100.0} | changes
    return bars_of_days([date(2013, 10, 7), date(2013, 10, 8)], np.array([[10, 11, 9, 10, 5], list(row.values())]))


def test_equity_minute_trades_are_milliseconds_and_deci_cents(tmp_path: Path):
    bars = Bars(
        TickType.TRADE,
        times("2013-10-07T04:00", "2013-10-07T04:01"),
        np.array([[167.41, 167.41, 167.25, 167.27, 3197], [167.25, 167.25, 167.2499, 167.25, 1150]]),
    )
    path = write_bars(tmp_path, MINUTE_TRADE, bars)
    assert (
        text_of(path)
        == "14400000,1674100,1674100,1672500,1672700,3197\n14460000,1672500,1672500,1672499,1672500,1150\n"
    )
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["20131007_spy_minute_trade.csv"]


def test_daily_rows_and_parts_of_a_deci_cent(tmp_path: Path):
    path = write_bars(
        tmp_path, DAILY, bars_of_days([date(1998, 1, 2)], np.array([[97.31, 97.530001, 96.53, 97.36, 2150000]]))
    )
    assert text_of(path) == "19980102 00:00,973100,975300.01,965300,973600,2150000\n"


def test_crypto_is_not_scaled_and_knows_no_exponents(tmp_path: Path):
    bars = Bars(TickType.TRADE, times("2016-10-07T00:00"), np.array([[0.00000012, 611.91, 0.00000012, 611.9, 1.13872]]))
    assert text_of(write_bars(tmp_path, CRYPTO, bars)) == "0,0.00000012,611.91,0.00000012,611.9,1.13872\n"


def test_an_absent_quote_side_is_zero(tmp_path: Path):
    write_csv_zip(tmp_path / MINUTE_QUOTE.path, "x.csv", "34200000,,,,,,1680000,1680000,1672600,1672700,20000\n")
    bars = read_bars(tmp_path, MINUTE_QUOTE)
    assert bars.values.tolist() == [[0, 0, 0, 0, 0, 168.0, 168.0, 167.26, 167.27, 20000]]
    write_bars(tmp_path, MINUTE_QUOTE, bars)
    assert read_bars(tmp_path, MINUTE_QUOTE).values.tolist() == bars.values.tolist()


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 86_399_999),
            st.lists(st.integers(1, 10**8), min_size=4, max_size=4),
            st.integers(0, 10**10),
        ),
        min_size=1,
        max_size=30,
        unique_by=lambda row: row[0],
    )
)
def test_bars_read_back_exactly(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, list[int], int]]):
    rows.sort()
    root = tmp_path_factory.mktemp("data")
    values = []
    for _, prices, volume in rows:
        low, first, last, high = sorted(prices)
        values.append([first / 1e4, high / 1e4, low / 1e4, last / 1e4, volume])
    time = np.datetime64("2013-10-07", "ms") + np.array([row[0] for row in rows]).astype("timedelta64[ms]")
    write_bars(root, MINUTE_TRADE, Bars(TickType.TRADE, time, np.array(values)))
    back = read_bars(root, MINUTE_TRADE)
    assert back.time.tolist() == time.tolist()
    assert back.values.tolist() == values


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"high": 10.4}, "the high must be the highest"),
        ({"low": 10.1}, "the low must be the lowest"),
        ({"open": 0.0, "low": 0.0}, "above 0"),
        ({"close": float("nan")}, "finite"),
        ({"volume": -1.0}, "must not be negative"),
        ({"volume": 1.5}, "must be whole"),
    ],
)
def test_a_bad_bar_is_refused_by_name_and_nothing_is_written(tmp_path: Path, changes: dict[str, float], rule: str):
    with pytest.raises(MarketDataError, match=rf"spy\.zip, row 2: .*{rule}"):
        write_bars(tmp_path, DAILY, good_day(**changes))
    assert list(tmp_path.rglob("*.zip")) == []


def test_times_must_ascend_and_lie_on_the_day(tmp_path: Path):
    values = np.array([[1.0, 1, 1, 1, 0], [1, 1, 1, 1, 0]])
    with pytest.raises(MarketDataError, match="row 2: the time must be later"):
        write_bars(tmp_path, MINUTE_TRADE, Bars(TickType.TRADE, times("2013-10-07T10:00", "2013-10-07T10:00"), values))
    with pytest.raises(MarketDataError, match="row 2: the time must lie on the file's day, 2013-10-07"):
        write_bars(tmp_path, MINUTE_TRADE, Bars(TickType.TRADE, times("2013-10-07T10:00", "2013-10-08T10:00"), values))


def test_kind_and_emptiness(tmp_path: Path):
    empty = Bars(TickType.TRADE, times(), np.empty((0, 5)))
    with pytest.raises(MarketDataError, match="at least one bar"):
        write_bars(tmp_path, DAILY, empty)
    with pytest.raises(MarketDataError, match="holds quote bars"):
        write_bars(tmp_path, MINUTE_QUOTE, empty)
    with pytest.raises(MarketDataError, match="shape"):
        Bars(TickType.QUOTE, times(), np.empty((0, 5)))
    with pytest.raises(MarketDataError, match="tick files"):
        read_bars(tmp_path, parse_path("equity/usa/tick/spy/20131007_trade.zip"))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("20131007 00:00,1,1,1,1,1\n20131008 00:00,1,1,x,1,1\n", "row 2: 'x' must be a number"),
        ("20131007 00:00,1,1,1,1\n", "row 1: needs 6 columns"),
        ("20131007 00:00,1,1,1,1,1\n20131399 00:00,1,1,1,1,1\n", "row 2: the time must be yyyyMMdd HH:mm"),
        ("20131008 00:00,1,1,1,1,1\n20131007 00:00,1,1,1,1,1\n", "row 2: the time must be later"),
        ("", "holds no rows"),
    ],
)
def test_a_bad_row_is_named_when_read(tmp_path: Path, text: str, rule: str):
    write_csv_zip(tmp_path / DAILY.path, DAILY.entry, text)
    with pytest.raises(MarketDataError, match=rule):
        read_bars(tmp_path, DAILY)


def test_a_minute_outside_the_day_is_named_when_read(tmp_path: Path):
    write_csv_zip(tmp_path / MINUTE_TRADE.path, "x.csv", "0,1,1,1,1,1\n86400000,1,1,1,1,1\n")
    with pytest.raises(MarketDataError, match="row 2: the time must be milliseconds since midnight"):
        read_bars(tmp_path, MINUTE_TRADE)


def test_damaged_and_absent_files_are_named(tmp_path: Path):
    with pytest.raises(MarketDataError, match=r"spy\.zip: cannot be read \(No such file"):
        read_bars(tmp_path, DAILY)
    path = write_bars(tmp_path, DAILY, good_day())
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    with pytest.raises(MarketDataError, match="not a readable zip"):
        read_bars(tmp_path, DAILY)
    path.write_bytes(whole[:40] + bytes(20) + whole[60:])
    with pytest.raises(MarketDataError, match="not a readable zip"):
        read_bars(tmp_path, DAILY)
    with zipfile.ZipFile(path, "w"):
        pass
    with pytest.raises(MarketDataError, match="it holds none"):
        read_bars(tmp_path, DAILY)


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path: Path):
    path = write_bars(tmp_path, DAILY, good_day())
    before = path.read_bytes()
    with pytest.raises(UnicodeEncodeError):
        write_csv_zip(path, "spy.csv", "\udc80")
    assert path.read_bytes() == before
    assert [item.name for item in path.parent.iterdir()] == ["spy.zip"]


def test_same_bars_same_bytes_and_readable_by_others(tmp_path: Path):
    first = write_bars(tmp_path / "a", DAILY, good_day())
    second = write_bars(tmp_path / "b", DAILY, good_day())
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_mode & 0o777 == 0o644
