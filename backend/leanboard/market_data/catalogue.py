"""What a LEAN data folder holds, and whether it holds what a run asks for.

Day files (tick, second, minute) are known by their names and never opened. Hour and daily files are opened once
and remembered until the file changes (inode, modification time, size).
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final, Generic, TypeVar

from leanboard.market_data.archives import read_csv_zip
from leanboard.market_data.errors import MarketDataError, bad_file, bad_row
from leanboard.market_data.lean_paths import (
    DataFile,
    SecurityType,
    Series,
    TickType,
    has_day_files,
    main_tick_type,
    parse_path,
)
from leanboard.market_data.market_hours import DATABASE_PATH, MarketHours, MarketHoursDatabase, read_market_hours
from leanboard.market_data.provenance import DataSource, Provenance, SourceKind, read_provenance
from leanboard.market_data.security_master import MapFile, map_file_path, read_map_file
from leanboard.models.requests import Resolution

_NAMED_DAYS: Final = 3  # missing days that a reason spells out


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One ticker at one resolution.

    Attributes:
        series: Which.
        tick_types: Trades, quotes, or both.
        first_date: First day with bars, None when no file could be read.
        last_date: Last day with bars.
        days: Days with bars: of trades, or of quotes where those count (forex, cfd) or stand alone.
        rows: Rows of an hour or daily file; None for day files, which are not opened.
        size: Bytes on disk of all its files.
        missing_days: Trading days between first and last without bars; None without market hours.
        source: Where it comes from, None when that is not recorded.
        problem: Why a file could not be read; None when all could.
    """

    series: Series
    tick_types: tuple[TickType, ...]
    first_date: date | None
    last_date: date | None
    days: int
    rows: int | None
    size: int
    missing_days: int | None
    source: DataSource | None
    problem: str | None

    @property
    def simulated(self) -> bool:
        """Tell whether the bars are marked as made up."""
        return self.source is not None and self.source.kind is SourceKind.SIMULATED


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether the bars that a run asks for are there.

    Attributes:
        expected_days: Trading days asked for.
        present_days: Those with bars.
        simulated: The bars are marked as made up.
        reason: What is missing, for people; None when nothing is.
    """

    expected_days: int
    present_days: int
    simulated: bool = False
    reason: str | None = None

    @property
    def complete(self) -> bool:
        """Tell whether every trading day asked for has bars."""
        return self.reason is None

    @property
    def any(self) -> bool:
        """Tell whether at least one trading day asked for has bars."""
        return self.present_days > 0


@dataclass(frozen=True, slots=True)
class _History:
    days: frozenset[date]
    rows: int


@dataclass(frozen=True, slots=True)
class _Found:
    file: DataFile
    path: Path
    size: int


_T = TypeVar("_T")


class _Memory(Generic[_T]):
    """What was read from files, good until a file's inode, modification time or size changes."""

    def __init__(self, read: Callable[[Path], _T]) -> None:
        self._read = read
        self._known: dict[Path, tuple[tuple[int, int, int], _T]] = {}

    def get(self, path: Path) -> _T:
        """Return the file's content; raises what stat and the reader raise."""
        state = path.stat()
        key = (state.st_ino, state.st_mtime_ns, state.st_size)
        known = self._known.get(path)
        if known is None or known[0] != key:
            # Two threads may read the same file at once: wasteful, never wrong.
            known = self._known[path] = (key, self._read(path))
        return known[1]


class Catalogue:
    """Reads one data folder; may be asked from several threads, and is right after files changed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._histories = _Memory(_read_history)
        self._databases = _Memory(lambda _: read_market_hours(root))

    @property
    def root(self) -> Path:
        """The data folder."""
        return self._root

    def entries(self) -> list[CatalogueEntry]:
        """List all series of known security types, in order of their paths.

        Raises:
            MarketDataError: The folder's provenance is there and cannot be understood.
            OSError: The folder cannot be read.
        """
        groups: dict[Series, list[_Found]] = {}
        for found in self._find():
            groups.setdefault(found.file.series, []).append(found)
        hours, provenance = self._hours(), read_provenance(self._root)
        return [self._entry(series, groups[series], hours, provenance) for series in sorted(groups)]

    def has_data(  # noqa: PLR0917  # what a subscription is made of, in LEAN's order
        self, security_type: SecurityType, market: str, ticker: str, resolution: Resolution, start: date, end: date
    ) -> Availability:
        """Tell whether there are bars for every trading day from start to end, both included.

        Tickers of equities are followed through their map file, as LEAN does. Only the kind of data that LEAN
        cannot do without is looked at: quotes for forex and cfd, else trades.
        """
        try:
            series = Series(security_type, market.lower(), ticker.lower(), resolution)
            days = self._expected_days(series, start, end)
            tickers = self._tickers(series, days)
            present = self._present_days(series, tickers)
            reason = self._reason(series, days, tickers, present)
            source = self._source(series, tickers)
        except (MarketDataError, OSError) as error:
            return Availability(0, 0, reason=str(error))
        simulated = source is not None and source.kind is SourceKind.SIMULATED
        return Availability(len(days), len(present), simulated, reason)

    def _find(self) -> Iterator[_Found]:
        for security_type in SecurityType:
            for market in _folders(self._root / security_type.value):
                for resolution in Resolution:
                    folder = market / resolution.value
                    for files in _folders(folder) if has_day_files(resolution) else (folder,):
                        yield from self._recognised(files)

    def _recognised(self, folder: Path) -> Iterator[_Found]:
        for item in _listing(folder):
            path = folder / item.name
            file = parse_path(path.relative_to(self._root).as_posix())
            if file is None:
                continue
            try:
                yield _Found(file, path, item.stat().st_size)
            except FileNotFoundError:  # removed, or replaced under another name, since the folder was listed
                continue

    def _entry(
        self, series: Series, group: list[_Found], hours: MarketHoursDatabase | None, provenance: Provenance | None
    ) -> CatalogueEntry:
        tick_types = tuple(sorted({found.file.tick_type for found in group}, key=list(TickType).index))
        main = main_tick_type(series.security_type)
        decisive = [found for found in group if found.file.tick_type is main] or group
        days, rows, problem = self._content(decisive)
        first, last = (min(days), max(days)) if days else (None, None)
        calendar = hours.find(series.security_type, series.market, series.ticker) if hours else None
        return CatalogueEntry(
            series=series,
            tick_types=tick_types,
            first_date=first,
            last_date=last,
            days=len(days),
            rows=rows,
            size=sum(found.size for found in group),
            missing_days=_missing(calendar, days) if calendar else None,
            source=provenance.source_of(series) if provenance else None,
            problem=problem,
        )

    def _content(self, group: list[_Found]) -> tuple[frozenset[date], int | None, str | None]:
        if has_day_files(group[0].file.series.resolution):
            return frozenset(found.file.day for found in group if found.file.day), None, None
        try:
            history = self._histories.get(group[0].path)
        except (MarketDataError, OSError) as error:
            return frozenset(), None, str(error)
        return history.days, history.rows, None

    def _hours(self) -> MarketHoursDatabase | None:
        try:
            return self._databases.get(self._root / DATABASE_PATH)
        except (MarketDataError, OSError):  # readiness reports it; the bars are there all the same
            return None

    def _expected_days(self, series: Series, start: date, end: date) -> list[date]:
        database = self._databases.get(self._root / DATABASE_PATH)
        hours = database.find(series.security_type, series.market, series.ticker)
        if hours is None:
            raise MarketDataError(f"{DATABASE_PATH} has no entry for {series.security_type.value} {series.market}")
        days = hours.trading_days(start, end)
        if not days:
            raise MarketDataError(f"the market has no session from {start.isoformat()} to {end.isoformat()}")
        return days

    def map_file(self, series: Series) -> MapFile | None:
        """Return what an equity was called; None for other types, and without a map file.

        Raises:
            MarketDataError: It cannot be understood.
            OSError: It cannot be read.
        """
        path = map_file_path(self._root, series.market, series.ticker)
        return read_map_file(path) if series.security_type is SecurityType.EQUITY and path.exists() else None

    def _tickers(self, series: Series, days: list[date]) -> dict[date, str]:
        """Return the ticker in the path for each day on which the security traded."""
        map_file = self.map_file(series)
        if map_file is None:
            return dict.fromkeys(days, series.ticker)
        tickers = {day: map_file.ticker_on(day) for day in days}
        return {day: ticker for day, ticker in tickers.items() if ticker}

    def _present_days(self, series: Series, tickers: dict[date, str]) -> frozenset[date]:
        present = {ticker: self.days_of(_renamed(series, ticker)) for ticker in set(tickers.values())}
        return frozenset(day for day, ticker in tickers.items() if day in present[ticker])

    def days_of(self, series: Series) -> frozenset[date]:
        """Return the days with bars, of the kind of data that LEAN cannot do without; by the ticker in the path.

        Raises:
            MarketDataError: An hour or daily file cannot be understood.
            OSError: A file or folder cannot be read.
        """
        kind = main_tick_type(series.security_type)
        if not has_day_files(series.resolution):
            try:
                return self._histories.get(self._root / DataFile(series, kind).path).days
            except FileNotFoundError:
                return frozenset()
        files = (parse_path(series.folder / item.name) for item in _listing(self._root / series.folder))
        return frozenset(file.day for file in files if file and file.day and file.tick_type is kind)

    def _reason(
        self, series: Series, days: list[date], tickers: dict[date, str], present: frozenset[date]
    ) -> str | None:
        missing = [day for day in days if day not in present]
        if not missing:
            return None
        if not tickers:
            return f"{series.ticker} did not trade then: its map file has no ticker for these days"
        if present:
            named = ", ".join(day.isoformat() for day in missing[:_NAMED_DAYS])
            more = f" and {len(missing) - _NAMED_DAYS} more" if len(missing) > _NAMED_DAYS else ""
            return f"{len(missing)} of {len(days)} trading days have no {series} data: {named}{more}"
        return self._reason_of_nothing(series, set(tickers.values()))

    def _reason_of_nothing(self, series: Series, tickers: set[str]) -> str:
        all_days = frozenset[date]().union(*(self.days_of(_renamed(series, ticker)) for ticker in tickers))
        if all_days:
            return f"{series} data runs from {min(all_days).isoformat()} to {max(all_days).isoformat()} only"
        others = [
            resolution.value
            for resolution in Resolution
            if any(self.days_of(_renamed(series, ticker, resolution)) for ticker in tickers)
        ]
        other = f"; there is {', '.join(others)} data" if others else "; there is none at any resolution"
        names = "" if tickers == {series.ticker} else f" (called {', '.join(sorted(tickers))} then)"
        return f"no {series} data{names}{other}"

    def _source(self, series: Series, tickers: dict[date, str]) -> DataSource | None:
        provenance = read_provenance(self._root)
        if provenance is None:
            return None
        sources = [provenance.source_of(_renamed(series, ticker)) for ticker in sorted(set(tickers.values()))]
        return next((source for source in sources if source), None)


def _renamed(series: Series, ticker: str, resolution: Resolution | None = None) -> Series:
    return Series(series.security_type, series.market, ticker, resolution or series.resolution)


def _missing(hours: MarketHours, days: frozenset[date]) -> int:
    return sum(day not in days for day in hours.trading_days(min(days), max(days))) if days else 0


def _listing(folder: Path) -> list[os.DirEntry[str]]:
    """Return what lies in a folder by name; nothing when there is no such folder."""
    try:
        with os.scandir(folder) as items:
            return sorted(items, key=lambda item: item.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _folders(folder: Path) -> list[Path]:
    return [folder / item.name for item in _listing(folder) if item.is_dir()]


def _read_history(path: Path) -> _History:
    rows = read_csv_zip(path)
    if not rows:
        raise bad_file(path, "holds no rows")
    return _History(_days(path, rows), len(rows))


def _days(path: Path, rows: list[str]) -> frozenset[date]:
    texts = dict.fromkeys(row[:8] for row in rows)
    try:
        return frozenset(date(int(text[:4]), int(text[4:6]), int(text[6:8])) for text in texts)
    except ValueError:
        number = next(number for number, row in enumerate(rows, start=1) if not _is_day(row[:8]))
        raise bad_row(path, number, f"the time must be yyyyMMdd HH:mm, not {rows[number - 1][:14]!r}") from None


def _is_day(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007  # a day of the data time zone, no moment
    except ValueError:
        return False
    return True
