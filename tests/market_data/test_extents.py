"""What there is in place of what was looked for."""

from datetime import date
from zipfile import ZipFile

import pytest

from leanboard.market_data.catalogue import Catalogue
from leanboard.market_data.extents import extents, listed, neighbours
from leanboard.market_data.lean_paths import SecurityType, Series
from leanboard.models.requests import Resolution


def series(ticker, resolution=Resolution.MINUTE):
    return Series(SecurityType.EQUITY, "usa", ticker, resolution)


@pytest.fixture
def folder(tmp_path):
    minutes = tmp_path / "equity" / "usa" / "minute"
    for ticker, days in {"spy": (20131004, 20131007, 20131011, 20140605), "aapl": (20131007,)}.items():
        (minutes / ticker).mkdir(parents=True)
        for day in days:
            (minutes / ticker / f"{day}_trade.zip").touch()
        (minutes / ticker / "20150101_quote.zip").touch()
    (tmp_path / "equity" / "usa" / "daily").mkdir()
    with ZipFile(tmp_path / "equity" / "usa" / "daily" / "spy.zip", "w") as archive:
        archive.writestr("spy.csv", "20131007 00:00,1,1,1,1,1\n20131008 00:00,1,1,1,1,1\n")
    (tmp_path / "equity" / "usa" / "daily" / "bad.zip").write_bytes(b"no zip")
    (tmp_path / "equity" / "usa" / "map_files").mkdir()
    (tmp_path / "equity" / "usa" / "map_files" / "aapl.csv").write_text("19980102,aapl\n20501231,aapl\n")
    return tmp_path


def test_all_resolutions_with_their_pieces(folder):
    minute, daily = extents(Catalogue(folder), series("spy", Resolution.HOUR))
    assert minute.stretches == (
        (date(2013, 10, 4), date(2013, 10, 11)),
        (date(2014, 6, 5), date(2014, 6, 5)),
    )
    assert (daily.resolution, daily.first_date, daily.last_date) == (
        Resolution.DAILY,
        date(2013, 10, 7),
        date(2013, 10, 8),
    )


def test_nothing_and_damage_count_as_none(folder):
    assert extents(Catalogue(folder), series("xyz")) == ()
    assert extents(Catalogue(folder), series("bad")) == ()
    assert extents(Catalogue(folder / "absent"), series("spy")) == ()


def test_like_tickers_come_first(folder):
    assert neighbours(folder, series("spyy"), 5) == ("spy", "aapl")
    assert neighbours(folder, series("x", Resolution.DAILY), 1) == ("bad",)
    assert neighbours(folder, series("x", Resolution.HOUR), 5) == ()


def test_when_it_traded(folder):
    assert listed(Catalogue(folder), series("aapl")) == (date(1998, 1, 2), date(2050, 12, 31))
    assert listed(Catalogue(folder), series("spy")) is None
