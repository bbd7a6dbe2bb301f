"""The room against real LEAN data: 347 files that QuantConnect publishes."""

import json
import zipfile
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from leanboard.market_data.catalogue import Catalogue
from leanboard.market_data.lean_format import read_bars, write_bars
from leanboard.market_data.lean_paths import SecurityType, parse_path
from leanboard.market_data.market_hours import DATABASE_PATH
from leanboard.market_data.readiness import check_data_folder
from leanboard.market_data.security_master import read_factor_file, read_map_file
from leanboard.market_data.sources.sample_prices import read_sample_prices
from leanboard.models.requests import Resolution

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "lean-data"


def csv_lines(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.read(archive.infolist()[0]).decode().split()


def relative(data: Path) -> list[str]:
    return sorted(path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file())


def test_every_zip_is_understood_and_nothing_else(data: Path):
    paths = relative(data)
    assert len(paths) == 347
    understood = [path for path in paths if parse_path(path)]
    assert understood == [path for path in paths if path.endswith(".zip")]
    assert [str(parse_path(path).path) for path in understood] == understood


def test_catalogue_holds_every_file_once(data: Path):
    entries = Catalogue(data).entries()
    assert sum(entry.size for entry in entries) == sum(path.stat().st_size for path in data.rglob("*.zip"))
    assert {entry.series for entry in entries} == {file.series for path in relative(data) if (file := parse_path(path))}
    assert [entry.problem for entry in entries if entry.problem] == []
    assert not any(entry.simulated or entry.source for entry in entries)


def test_hour_and_daily_ranges_are_those_of_the_first_and_last_line(data: Path):
    for entry in Catalogue(data).entries():
        if entry.rows is None:
            continue
        tick_type = entry.tick_types[0].value
        suffix = f"_{tick_type}" if entry.series.security_type is SecurityType.CRYPTO else ""
        name = f"{entry.series.ticker}{suffix}"
        with zipfile.ZipFile(data / entry.series.folder / f"{name}.zip") as archive:
            lines = archive.read(archive.infolist()[0]).decode().split("\n")
        lines = [line for line in lines if line.strip()]
        assert entry.first_date.strftime("%Y%m%d") == lines[0][:8], entry
        assert entry.last_date.strftime("%Y%m%d") == lines[-1][:8], entry
        assert entry.rows == len(lines), entry


def test_known_series(data: Path):
    entries = {str(entry.series): entry for entry in Catalogue(data).entries()}
    for ticker in ("spy", "aapl", "aig", "bac", "ibm"):
        daily = entries[f"equity usa {ticker} daily"]
        assert (daily.first_date, daily.last_date) == (date(1998, 1, 2), date(2021, 3, 31))
        assert (daily.days, daily.missing_days) == (5849, 0)
    minute = entries["equity usa bac minute"]
    assert (minute.first_date, minute.last_date, minute.days, minute.missing_days) == (
        date(2013, 10, 4),
        date(2013, 10, 11),
        6,
        0,
    )
    assert entries["crypto coinbase btcusd daily"].missing_days == 34
    assert entries["forex oanda eurusd minute"].days == 15


@pytest.mark.parametrize("folder", ["equity/usa/daily", "equity/usa/minute", "index", "crypto/coinbase/minute/ethusd"])
def test_real_files_read_and_write_back_to_the_same_numbers(data: Path, tmp_path: Path, folder: str):
    for path in sorted((data / folder).rglob("*.zip")):
        file = parse_path(path.relative_to(data).as_posix())
        bars = read_bars(data, file)
        write_bars(tmp_path, file, bars)
        assert read_bars(tmp_path, file).values.tolist() == bars.values.tolist()
        written, real = csv_lines(tmp_path / file.path), csv_lines(path)
        if ",," in real[0] or file.series.security_type is not SecurityType.EQUITY:
            continue  # absent quote sides and trailing zeros are written otherwise
        assert [line for line in zip(written, real, strict=True) if line[0] != line[1] and ",," not in line[1]] == []


def test_every_map_and_factor_file_is_understood(data: Path):
    maps = [read_map_file(path) for path in data.glob("equity/*/map_files/*.csv")]
    factors = [read_factor_file(path) for path in data.glob("equity/*/factor_files/*.csv")]
    assert (len(maps), len(factors)) == (
        len(list(data.glob("**/map_files/*"))),
        len(list(data.glob("**/factor_files/*"))),
    )
    goog = read_map_file(data / "equity/usa/map_files/goog.csv")
    assert [goog.ticker_on(date(2014, 4, day)) for day in (2, 3)] == ["goocv", "goog"]


def test_a_rename_is_followed(data: Path):
    catalogue = Catalogue(data)
    answer = catalogue.has_data(
        SecurityType.EQUITY, "usa", "GOOG", Resolution.DAILY, date(2014, 3, 27), date(2014, 4, 11)
    )
    assert answer.complete, answer.reason
    before = catalogue.has_data(
        SecurityType.EQUITY, "usa", "GOOG", Resolution.DAILY, date(2013, 1, 2), date(2013, 1, 9)
    )
    assert "did not trade then" in before.reason


def test_the_folder_is_ready(data: Path):
    assert check_data_folder(data) == []


def test_our_calendar_is_lean_s(data: Path, demo: Path):
    ours, theirs = (
        json.loads((root / DATABASE_PATH).read_text())["entries"]["Equity-usa-[*]"] for root in (demo, data)
    )
    assert {day: ours[day] for day in ours if day.endswith("day")} == {
        day: theirs[day] for day in ours if day.endswith("day")
    }

    def weekdays(texts: list[str]) -> set[date]:
        parts = [tuple(map(int, text.split("/"))) for text in texts]
        days = {date(year, month, day) for month, day, year in parts}
        return {day for day in days if day.weekday() < 5 and day.year <= 2026}

    assert weekdays(ours["holidays"]) == weekdays(theirs["holidays"])
    unknown_to_lean = {date(1998, 11, 27), date(1998, 12, 24), date(1999, 12, 31)}
    assert weekdays(ours["earlyCloses"]) - weekdays(theirs["earlyCloses"]) == unknown_to_lean
    assert weekdays(theirs["earlyCloses"]) <= weekdays(ours["earlyCloses"])
    assert set(ours["earlyCloses"].values()) == set(theirs["earlyCloses"].values())


def test_our_dividends_and_splits_are_lean_s(data: Path):
    for history in read_sample_prices():
        if history.listing.ticker not in {"aapl", "ibm"}:
            continue
        rows = read_factor_file(data / f"equity/usa/factor_files/{history.listing.ticker}.csv")
        theirs = {}
        for this, following in pairwise(rows[1:]):
            if date(2000, 3, 1) <= this.day < date(2013, 3, 1):
                ratio = this.price_factor / following.price_factor
                theirs[this.day] = (
                    float(round(this.reference_price * (1 - ratio), 2)),
                    round(float(this.split_factor / following.split_factor), 3),
                )
        ours = {event.last_day: (float(event.dividend), round(float(event.split), 3)) for event in history.events}
        assert ours == theirs
