import json
import os
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from leanboard.market_data.archives import write_csv_zip
from leanboard.market_data.catalogue import Catalogue
from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.lean_format import bars_of_days, write_bars
from leanboard.market_data.lean_paths import DataFile, SecurityType, TickType, parse_path
from leanboard.market_data.provenance import PROVENANCE_FILE
from leanboard.models.requests import Resolution

SPY_DAILY = parse_path("equity/usa/daily/spy.zip")


@pytest.fixture
def folder(demo: Path, tmp_path: Path):
    """A copy of the demonstration data that a test may change."""
    return shutil.copytree(demo, tmp_path / "data")


def listed(catalogue: Catalogue, text: str):
    return next(entry for entry in catalogue.entries() if str(entry.series) == text)


def ask(catalogue: Catalogue, ticker: str, resolution: Resolution, start: date, end: date):
    return catalogue.has_data(SecurityType.EQUITY, "usa", ticker, resolution, start, end)


def write_days(root: Path, file: DataFile, days: list[date]) -> None:
    write_bars(root, file, bars_of_days(days, np.array([[10.0, 11, 9, 10, 5]] * len(days))))


def test_demonstration_data_is_listed_with_ranges_and_marks(demo: Path):
    entries = {str(entry.series): entry for entry in Catalogue(demo).entries()}
    names = ("aapl daily", "fb daily", "goog daily", "ibm daily", "msft daily", "spy daily", "spy hour", "spy minute")
    assert list(entries) == [f"equity usa {name}" for name in names]
    aapl, minute = entries["equity usa aapl daily"], entries["equity usa spy minute"]
    assert (aapl.first_date, aapl.last_date) == (date(2000, 3, 1), date(2013, 3, 1))
    assert (aapl.days, aapl.rows, aapl.missing_days) == (3270, 3270, 0)
    assert not aapl.simulated
    assert aapl.source.package == "bokeh_sampledata"
    assert (minute.first_date, minute.last_date, minute.days) == (date(2013, 10, 7), date(2013, 10, 11), 5)
    assert minute.tick_types == (TickType.TRADE, TickType.QUOTE)
    assert minute.rows is None
    assert minute.size == sum(path.stat().st_size for path in (demo / "equity/usa/minute/spy").iterdir())
    assert {name for name, entry in entries.items() if entry.simulated} == {name for name in entries if "spy" in name}
    assert all(entry.missing_days == 0 and entry.problem is None for entry in entries.values())


def test_missing_trading_days_are_counted_holidays_are_not(folder: Path):
    days = [date(2013, 7, 1), date(2013, 7, 3), date(2013, 7, 8)]  # without the 2nd and the 5th; the 4th is a holiday
    write_days(folder, SPY_DAILY, days)
    entry = listed(Catalogue(folder), "equity usa spy daily")
    assert (entry.days, entry.missing_days) == (3, 2)


def test_changes_are_seen_at_once(folder: Path):
    catalogue = Catalogue(folder)
    assert listed(catalogue, "equity usa spy daily").rows == 3521
    write_days(folder, SPY_DAILY, [date(2013, 7, 1)])
    assert listed(catalogue, "equity usa spy daily").rows == 1
    (folder / "equity/usa/minute/spy/20131011_trade.zip").unlink()
    minute = listed(catalogue, "equity usa spy minute")
    assert (minute.last_date, minute.days) == (date(2013, 10, 10), 4)
    shutil.copytree(folder / "equity/usa/minute/spy", folder / "equity/usa/minute/new")
    assert listed(catalogue, "equity usa new minute").days == 4
    shutil.rmtree(folder / "equity/usa/daily")
    assert [str(entry.series) for entry in catalogue.entries() if entry.series.resolution is Resolution.DAILY] == []


def test_unchanged_files_are_not_opened_again_and_day_files_never(folder: Path):
    catalogue = Catalogue(folder)
    before = catalogue.entries()
    for path in folder.rglob("*.zip"):
        state = path.stat()
        path.write_bytes(bytes(state.st_size))  # same inode and size; the old time makes the file look unchanged
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert catalogue.entries() == before
    minute = listed(Catalogue(folder), "equity usa spy minute")
    assert (minute.days, minute.problem) == (5, None)


def test_a_damaged_file_is_listed_with_its_problem_and_hides_nothing(folder: Path):
    (folder / SPY_DAILY.path).write_bytes(b"no zip")
    write_csv_zip(folder / "equity/usa/daily/bad.zip", "bad.csv", "20130701 00:00,1,1,1,1,1\nnonsense\n")
    catalogue = Catalogue(folder)
    entry = listed(catalogue, "equity usa spy daily")
    assert (entry.first_date, entry.days, entry.missing_days) == (None, 0, 0)
    assert "not a readable zip" in entry.problem
    assert "row 2" in listed(catalogue, "equity usa bad daily").problem
    assert len(catalogue.entries()) == 9
    assert "not a readable zip" in ask(catalogue, "spy", Resolution.DAILY, date(2013, 7, 1), date(2013, 7, 5)).reason


def test_without_market_hours_gaps_are_unknown_not_zero(folder: Path):
    shutil.rmtree(folder / "market-hours")
    assert {entry.missing_days for entry in Catalogue(folder).entries()} == {None}
    answer = ask(Catalogue(folder), "spy", Resolution.DAILY, date(2013, 7, 1), date(2013, 7, 5))
    assert not answer.complete
    assert "market-hours" in answer.reason


def test_without_provenance_nothing_is_claimed_and_a_broken_one_is_refused(folder: Path):
    (folder / PROVENANCE_FILE).unlink()
    assert {entry.source for entry in Catalogue(folder).entries()} == {None}
    (folder / PROVENANCE_FILE).write_text(json.dumps({"stamp": "x"}))
    with pytest.raises(MarketDataError, match=PROVENANCE_FILE):
        Catalogue(folder).entries()


def test_has_data_says_yes_and_how_many_days(demo: Path):
    answer = ask(Catalogue(demo), "SPY", Resolution.MINUTE, date(2013, 10, 5), date(2013, 10, 13))
    assert (answer.complete, answer.any, answer.simulated) == (True, True, True)
    assert (answer.expected_days, answer.present_days, answer.reason) == (5, 5, None)
    assert not ask(Catalogue(demo), "ibm", Resolution.DAILY, date(2005, 1, 1), date(2006, 1, 1)).simulated


@pytest.mark.parametrize(
    ("question", "present", "reason"),
    [
        (
            "spy minute 2013-10-04 2013-10-14",
            5,
            "2 of 7 trading days have no equity usa spy minute data: 2013-10-04",
        ),
        ("spy minute 2012-01-03 2012-01-04", 0, "runs from 2013-10-07 to 2013-10-11 only"),
        ("msft minute 2012-01-03 2012-01-04", 0, "no equity usa msft minute data; there is daily data"),
        ("zzz daily 2012-01-03 2012-01-04", 0, "there is none at any resolution"),
        ("fb daily 2012-01-03 2012-01-04", 0, "did not trade then"),
        ("spy daily 2013-10-05 2013-10-06", 0, "no session from 2013-10-05 to 2013-10-06"),
        ("spy daily 2013-10-08 2013-10-07", 0, "no session"),
        ("a/b daily 2013-10-07 2013-10-08", 0, "cannot be part of a LEAN path"),
    ],
)
def test_has_data_says_why_not(demo: Path, question: str, present: int, reason: str):
    ticker, resolution, start, end = question.split()
    answer = ask(Catalogue(demo), ticker, Resolution(resolution), date.fromisoformat(start), date.fromisoformat(end))
    assert not answer.complete
    assert answer.present_days == present
    assert reason in answer.reason


def test_a_renamed_ticker_is_found_under_its_old_name(folder: Path):
    (folder / "equity/usa/map_files/meta.csv").write_text("20120518,fb,Q\n20220608,fb,Q\n20501231,meta,Q\n")
    catalogue = Catalogue(folder)
    assert ask(catalogue, "META", Resolution.DAILY, date(2012, 6, 1), date(2012, 6, 29)).complete
    later = ask(catalogue, "META", Resolution.MINUTE, date(2012, 6, 1), date(2012, 6, 29))
    assert "called fb then" in later.reason


def test_quotes_alone_do_not_make_equity_data(folder: Path):
    for path in (folder / "equity/usa/minute/spy").glob("*_trade.zip"):
        path.unlink()
    catalogue = Catalogue(folder)
    assert not ask(catalogue, "spy", Resolution.MINUTE, date(2013, 10, 7), date(2013, 10, 11)).any
    assert listed(catalogue, "equity usa spy minute").tick_types == (TickType.QUOTE,)
