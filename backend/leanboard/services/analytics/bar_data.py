"""Bars of a data folder as a run may have read them: which series, and a period of it. Blocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path, PurePosixPath

from leanboard.errors import InvalidInput, NotFound
from leanboard.market_data.lean_paths import DataFile, Series, has_day_files, main_tick_type, parse_path
from leanboard.models.requests import Resolution
from leanboard.storage.durable_files import names_in
from leanboard.storage.safe_files import read_tail

MAX_DAYS = 400  # files of one request
_MAX_LIST = 16 * 1024 * 1024
_LENGTHS = {
    Resolution.SECOND: timedelta(seconds=1),
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAILY: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its start in the data time zone (without a zone), prices as they lie in the file, volume in units."""

    time: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float | None


def subscribed(directory: Path, tickers: frozenset[str]) -> tuple[Series, ...]:
    """Return the series of some tickers that a run has read, by LEAN's own list; the finest resolution's alone.

    Args:
        directory: Of the run.
        tickers: In lower case: a security's names over time.
    """
    found = {file.series for file in _read_files(directory) if file.series.ticker in tickers}
    known = [series for series in found if series.resolution in _LENGTHS]
    finest = min((_LENGTHS[series.resolution] for series in known), default=None)
    return tuple(sorted(series for series in known if _LENGTHS[series.resolution] == finest))


def _read_files(directory: Path) -> Iterator[DataFile]:
    for path in sorted(directory.glob("succeeded-data-requests-*.txt")):
        try:
            lines = read_tail(directory, path.name, _MAX_LIST).decode("utf-8", "replace").splitlines()
        except NotFound:
            continue
        for line in lines:
            file = parse_path(PurePosixPath(line.strip().lstrip("/")))
            if file is not None and file.tick_type is main_tick_type(file.series.security_type):
                yield file


def is_finer(one: Resolution, other: Resolution) -> bool:
    """Whether bars of one resolution are shorter than those of another; ticks are the shortest."""
    return _LENGTHS.get(one, timedelta(0)) < _LENGTHS.get(other, timedelta(0))


def at_resolution(root: Path, series: tuple[Series, ...], wanted: Resolution) -> tuple[Series, ...]:
    """Return the coarser series that lie in the folder, else those that the run has read, to be put together."""
    coarser = tuple(Series(one.security_type, one.market, one.ticker, wanted) for one in series)
    if has_day_files(wanted):
        return series
    there = tuple(one for one in coarser if (root / _history(one).path).is_file())
    return there or series


def _history(series: Series) -> DataFile:
    return DataFile(series, main_tick_type(series.security_type))


def read_period(root: Path, series: tuple[Series, ...], first: date, last: date) -> Iterator[Bar]:
    """Yield the bars of some days, ascending.

    Args:
        root: The data folder.
        series: One security under the names that it had; of a day the first that is there.
        first: In the data time zone.
        last: Included.

    Raises:
        InvalidInput: That would be too many files.
        MarketDataError: A file breaks LEAN's format.
    """
    files = _files(root, series, first, last)
    if len(files) > MAX_DAYS:
        msg = f"the period has {len(files)} days of data, {MAX_DAYS} at most are read; ask for fewer"
        raise InvalidInput(msg, field="start")
    seen: set[date | None] = set()
    for file in files:
        if file.day not in seen:
            seen.add(file.day)
            yield from (bar for bar in _bars(root, file) if first <= bar.time.date() <= last)


def _files(root: Path, series: tuple[Series, ...], first: date, last: date) -> list[DataFile]:
    """Those that are there; of a day in the order of the series."""
    whole = [_history(one) for one in series if not has_day_files(one.resolution)]
    found = (pair for one in series if has_day_files(one.resolution) for pair in _day_files(root, one))
    daily = sorted((pair for pair in found if first <= pair[0] <= last), key=lambda pair: pair[0])
    return [file for file in (*whole, *(file for _, file in daily)) if (root / file.path).is_file()]


def _day_files(root: Path, series: Series) -> Iterator[tuple[date, DataFile]]:
    """Read the folder: a period that somebody asks for may have a million days, few of them with data."""
    try:
        names = names_in(root / series.folder)
    except OSError:
        return
    for name in names:
        file = parse_path(series.folder / name)
        if file is not None and file.day is not None and file.tick_type is main_tick_type(series.security_type):
            yield file.day, file


def _bars(root: Path, file: DataFile) -> Iterator[Bar]:
    from leanboard.market_data.lean_format import read_bars  # noqa: PLC0415  # numpy, which most requests do not need

    found = read_bars(root, file)
    is_trade = "volume" in found.columns
    for time, row in zip(found.time.tolist(), found.values.tolist(), strict=True):
        first, high, low, last = row[:4] if is_trade else _middle(row)
        yield Bar(time, first, high, low, last, row[4] if is_trade else None)


def _middle(row: list[float]) -> list[float]:
    """Between bid and ask; where one side did not exist, the other."""
    sides = [side for side in (row[0:4], row[5:9]) if any(side)] or [row[0:4]]
    return [sum(prices) / len(prices) for prices in zip(*sides, strict=True)]


def put_together(bars: Iterator[Bar], wanted: Resolution) -> Iterator[Bar]:
    """Yield bars of a coarser resolution; finer ones than those given are not made."""
    whole: list[Bar] = []
    for bar in bars:
        if whole and _start(bar.time, wanted) != _start(whole[0].time, wanted):
            yield _one(whole, wanted)
            whole = []
        whole.append(bar)
    if whole:
        yield _one(whole, wanted)


def _one(bars: list[Bar], wanted: Resolution) -> Bar:
    volumes = [bar.volume for bar in bars if bar.volume is not None]
    return Bar(
        time=_start(bars[0].time, wanted),
        open=bars[0].open,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        close=bars[-1].close,
        volume=sum(volumes) if volumes else None,
    )


def _start(time: datetime, wanted: Resolution) -> datetime:
    if wanted is Resolution.DAILY:
        return time.replace(hour=0, minute=0, second=0, microsecond=0)
    if wanted is Resolution.HOUR:
        return time.replace(minute=0, second=0, microsecond=0)
    return time.replace(second=0, microsecond=0) if wanted is Resolution.MINUTE else time
