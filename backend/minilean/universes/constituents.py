"""Universes of the members of an exchange-traded fund, and of lists of symbols in files."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from minilean import times
from minilean.data.map_files import END_OF_TIME, MapFile
from minilean.securities.symbol import Symbol
from minilean.surface import Surface, as_float_or_none
from minilean.times import DAY
from minilean.universes.files import UniverseFiles
from minilean.universes.fundamental import Rows, Selection
from minilean.universes.settings import UniverseSettings
from minilean.universes.universe import UnchangedUniverse, Universe, UniverseConfiguration, UniverseData

_FIELDS = 6
_NONE = "NONE 0"


class ETFConstituentUniverse(Surface):
    """A member of a fund on a day."""

    __slots__ = ("day", "last_update", "market_value_", "shares_held_", "symbol", "weight_")

    def __init__(self, symbol: Symbol, day: int, row: list[str]) -> None:
        self.symbol = symbol
        self.day = day
        self.last_update = _date(row[2])
        self.weight_ = _number(row[3])
        self.shares_held_ = _number(row[4])
        self.market_value_ = _number(row[5])

    weight = as_float_or_none("weight_")
    shares_held = as_float_or_none("shares_held_")
    market_value = as_float_or_none("market_value_")

    @property
    def time(self) -> datetime:
        """Midnight of the day."""
        return times.to_datetime(self.day)

    @property
    def end_time(self) -> datetime:
        """Midnight after the day, when the row becomes known."""
        return times.to_datetime(self.day + DAY)

    @property
    def period(self) -> timedelta:
        """A day."""
        return timedelta(days=1)


def _date(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 - a date of LEAN's without a zone
    except ValueError:
        return None


def _number(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


class ConstituentsUniverse(Universe):
    """Selects at the midnight after each day that has a file.

    Attributes:
        path: Tells the folder of the files on a day.
        last_day: Midnight of the last day of what the universe is made of; it ends when a trading day follows.
    """

    def __init__(  # noqa: PLR0917 - a universe and where its files lie
        self,
        configuration: UniverseConfiguration,
        settings: UniverseSettings | None,
        files: UniverseFiles,
        path: Callable[[int], str],
        make: Callable[[UniverseFiles, int, list[str]], Any],
        selector: Selection | None,
        last_day: int = END_OF_TIME,
    ) -> None:
        super().__init__(configuration, settings)
        self._files = files
        self.path = path
        self.last_day = last_day
        self._make = make
        self._selector = selector

    def points(self, start: int, end: int) -> Iterator[UniverseData]:
        """Yield the rows of each day that has a file."""
        hours = self.configuration.hours
        for day in hours.tradable_days(start, end):
            if day > self.last_day:
                yield UniverseData(hours.time_zone.to_utc(self.last_day + DAY), [None], ends=True)
                return
            lines = self._files.lines(self.path(day), day)
            rows = [] if lines is None else [self._make(self._files, day, line.split(",")) for line in lines]
            rows = [row for row in rows if row is not None]
            if rows and day + DAY >= start:
                yield UniverseData(hours.time_zone.to_utc(day + DAY), rows)

    def select_symbols(self, utc: int, data: UniverseData) -> Iterable[Symbol] | UnchangedUniverse:  # noqa: ARG002 - LEAN's
        """Call the selection function; without one all are selected."""
        if self._selector is None:
            return [row.symbol for row in data.rows]
        return self._selector(Rows(data.rows))


class ConstituentsUniverseData(Surface):
    """A symbol in the list of a day."""

    __slots__ = ("day", "symbol")

    def __init__(self, symbol: Symbol, day: int) -> None:
        self.symbol = symbol
        self.day = day

    @property
    def time(self) -> datetime:
        """Midnight of the day."""
        return times.to_datetime(self.day)

    @property
    def end_time(self) -> datetime:
        """Midnight after the day, when the list becomes known."""
        return times.to_datetime(self.day + DAY)


def constituent_row(files: UniverseFiles, day: int, row: list[str]) -> ConstituentsUniverseData | None:
    """Make an entry of a list of a row, None when it is none."""
    symbol = files.symbol(row[1], row[0]) if len(row) > 1 else None
    return None if symbol is None else ConstituentsUniverseData(symbol, day)


def all_constituents(rows: Rows) -> list[Symbol]:
    """Select all symbols of a list; the symbol NONE alone means an empty list."""
    symbols: list[Symbol] = [row.symbol for row in rows]
    return [] if [symbol.sid for symbol in symbols] == [_NONE] else symbols


def etf_row(files: UniverseFiles, day: int, row: list[str]) -> ETFConstituentUniverse | None:
    """Make a member of a fund of a row, None when it is none."""
    symbol = files.symbol(row[1], row[0]) if len(row) >= _FIELDS else None
    return None if symbol is None else ETFConstituentUniverse(symbol, day, row)


def etf_folder(symbol: Symbol, map_file: MapFile) -> Callable[[int], str]:
    """Return what tells a fund's folder, which has the ticker of the day."""
    return lambda day: f"equity/usa/universes/etf/{map_file.ticker(day, symbol.value).lower()}"
