from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.security_master import (
    LAST_DAY,
    CorporateEvent,
    MapFile,
    MapRow,
    factor_rows,
    read_factor_file,
    read_map_file,
    write_factor_file,
    write_map_file,
)


def test_a_ticker_is_valid_up_to_and_including_its_row(tmp_path: Path):
    path = tmp_path / "goog.csv"
    path.write_text("20140327,GOOCV,Q\n20140402,goocv,Q\n20501231,goog,Q\n")
    names = read_map_file(path)
    days = [date(2014, 3, 26), date(2014, 3, 27), date(2014, 4, 2), date(2014, 4, 3), date(2051, 1, 1)]
    assert [names.ticker_on(day) for day in days] == [None, "goocv", "goocv", "goog", None]
    assert (names.first_day, names.delisting_day) == (date(2014, 3, 27), LAST_DAY)


def test_map_file_round_trip(tmp_path: Path):
    rows = (MapRow(date(1998, 1, 2), "spy", "P"), MapRow(LAST_DAY, "spy", "P"))
    write_map_file(tmp_path / "spy.csv", rows)
    assert (tmp_path / "spy.csv").read_text() == "19980102,spy,P\n20501231,spy,P\n"
    assert read_map_file(tmp_path / "spy.csv") == MapFile(rows)


def test_factors_multiply_from_the_newest_event_back(tmp_path: Path):
    events = (
        CorporateEvent(date(2012, 8, 8), Decimal("619.86"), dividend=Decimal("2.65")),
        CorporateEvent(date(2014, 6, 6), Decimal("645.57"), split=Decimal(1) / Decimal(7)),
    )
    path = tmp_path / "aapl.csv"
    write_factor_file(path, factor_rows(date(1998, 1, 2), events))
    assert path.read_text().splitlines() == [
        "19980102,0.9957248,0.1428571,1",
        "20120808,0.9957248,0.1428571,619.86",
        "20140606,1,0.1428571,645.57",
        "20501231,1,1,0",
    ]
    first, dividend, split, last = read_factor_file(path)
    assert first.price_factor == dividend.price_factor == Decimal("0.9957248")
    # What LEAN computes from the rows: the dividend in cents, the split's ratio.
    ratio = dividend.price_factor / split.price_factor
    assert round(dividend.reference_price * (1 - ratio), 2) == Decimal("2.65")
    assert split.split_factor / last.split_factor == Decimal("0.1428571")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("19980102,1,1,1\n19980102,1,1,0\n", "row 2: the day must be later"),
        ("19980102,1,1,1\n2050,1,1,0\n", "row 2: the day must be yyyyMMdd"),
        ("19980102,1,x,1\n", "row 1: the factors"),
        ("19980102,1\n", "row 1: needs at least 3 columns"),
        ("\n", "holds no rows"),
    ],
)
def test_bad_factor_rows_are_named(tmp_path: Path, text: str, rule: str):
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(MarketDataError, match=rule):
        read_factor_file(path)


def test_bad_files_are_not_written(tmp_path: Path):
    with pytest.raises(MarketDataError, match="first day of trading and the delisting day"):
        write_map_file(tmp_path / "x.csv", [MapRow(LAST_DAY, "x")])
    with pytest.raises(MarketDataError, match="must be later"):
        write_map_file(tmp_path / "x.csv", [MapRow(LAST_DAY, "x"), MapRow(LAST_DAY, "y")])
    rows = factor_rows(date(2000, 1, 3), [CorporateEvent(date(2001, 1, 2), Decimal(5), dividend=Decimal(5))])
    with pytest.raises(MarketDataError, match="row 1: a factor must be above 0"):
        write_factor_file(tmp_path / "x.csv", rows)
    assert list(tmp_path.iterdir()) == []
