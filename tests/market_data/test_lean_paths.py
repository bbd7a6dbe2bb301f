from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.lean_paths import (
    DataFile,
    SecurityType,
    Series,
    TickType,
    has_day_files,
    main_tick_type,
    parse_path,
)
from leanboard.models.requests import Resolution

DAY = date(2013, 10, 7)


def data_file(path_parts: tuple[str, str, str, str], tick_type: str, day: date | None = None) -> DataFile:
    security_type, market, ticker, resolution = path_parts
    return DataFile(
        Series(SecurityType(security_type), market, ticker, Resolution(resolution)), TickType(tick_type), day
    )


@pytest.mark.parametrize(
    ("path", "entry", "meaning"),
    [
        ("equity/usa/minute/spy/20131007_trade.zip", "20131007_spy_minute_trade.csv", "equity usa spy minute trade"),
        ("equity/usa/minute/spy/20131007_quote.zip", "20131007_spy_minute_quote.csv", "equity usa spy minute quote"),
        ("equity/usa/tick/spy/20131007_trade.zip", "20131007_spy_Trade_Tick.csv", "equity usa spy tick trade"),
        ("equity/usa/daily/spy.zip", "spy.csv", "equity usa spy daily trade"),
        ("equity/usa/hour/brk.b.zip", "brk.b.csv", "equity usa brk.b hour trade"),
        (
            "forex/oanda/tick/eurusd/20131007_quote.zip",
            "20131007_eurusd_tick_quote.csv",
            "forex oanda eurusd tick quote",
        ),
        ("forex/oanda/hour/eurusd.zip", "eurusd.csv", "forex oanda eurusd hour quote"),
        ("index/usa/daily/spx.zip", "spx.csv", "index usa spx daily trade"),
        ("crypto/coinbase/daily/btcusd_quote.zip", "btcusd.csv", "crypto coinbase btcusd daily quote"),
        ("crypto/kraken/second/x/20131007_trade.zip", "20131007_x_second_trade.csv", "crypto kraken x second trade"),
    ],
)
def test_known_paths_both_ways(path: str, entry: str, meaning: str):
    *parts, tick_type = meaning.split()
    file = data_file(tuple(parts), tick_type, DAY if "20131007" in path else None)
    assert str(file.path) == path
    assert file.entry == entry
    assert parse_path(path) == file
    assert parse_path(path.upper()) == file


@pytest.mark.parametrize(
    "path",
    [
        "",
        "equity",
        "equity/usa/map_files/spy.csv",
        "equity/usa/factor_files/spy.csv",
        "equity/usa/fundamental/coarse/20131007.csv",
        "equity/usa/universes/etf/spy/20131007.csv",
        "equity/usa/daily/spy.csv",
        "equity/usa/daily/spy/spy.zip",
        "equity/usa/minute/20131007_trade.zip",
        "equity/usa/minute/spy/20131307_trade.zip",
        "equity/usa/minute/spy/20131007_trades.zip",
        "equity/usa/minute/spy/.x.zip.part",
        "crypto/coinbase/daily/btcusd.zip",
        "option/usa/minute/aapl/20140606_trade_american.zip",
        "alternative/interest-rate/usa/interest-rate.csv",
        "market-hours/market-hours-database.json",
    ],
)
def test_other_files_are_not_bars(path: str):
    assert parse_path(path) is None


NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,11}", fullmatch=True)


@given(
    security_type=st.sampled_from(SecurityType),
    market=NAMES,
    ticker=NAMES,
    resolution=st.sampled_from(Resolution),
    day=st.dates(min_value=date(1998, 1, 1)),
)
def test_every_path_reads_back(
    *, security_type: SecurityType, market: str, ticker: str, resolution: Resolution, day: date
):
    series = Series(security_type, market, ticker, resolution)
    file = DataFile(series, main_tick_type(security_type), day if has_day_files(resolution) else None)
    assert parse_path(file.path) == file
    assert ".." not in file.path.parts


@pytest.mark.parametrize("ticker", ["", "..", "../x", "a/b", "SPY", "a b", ".hidden", "a\n"])
def test_a_ticker_cannot_leave_its_folder(ticker: str):
    with pytest.raises(MarketDataError, match="cannot be part of a LEAN path"):
        Series(SecurityType.EQUITY, "usa", ticker, Resolution.DAILY)


def test_day_and_kind_must_fit_the_resolution():
    with pytest.raises(MarketDataError, match="has a day"):
        data_file(("equity", "usa", "spy", "minute"), "trade")
    with pytest.raises(MarketDataError, match="has a day"):
        data_file(("equity", "usa", "spy", "daily"), "trade", DAY)
    with pytest.raises(MarketDataError, match="no quote file"):
        data_file(("equity", "usa", "spy", "daily"), "quote")
    with pytest.raises(MarketDataError, match="no trade file"):
        data_file(("forex", "oanda", "eurusd", "hour"), "trade")
