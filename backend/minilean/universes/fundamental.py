"""Universes selected from the fundamental files: one row for each US equity and trading day."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from minilean import numbers, times
from minilean.securities.symbol import Symbol
from minilean.surface import NotSupportedError, OpenSurface, as_float
from minilean.times import DAY
from minilean.universes.files import UniverseFiles
from minilean.universes.fundamental_fields import FIELDS
from minilean.universes.settings import UniverseSettings
from minilean.universes.universe import (
    UnchangedUniverse,
    Universe,
    UniverseConfiguration,
    UniverseData,
)

ZERO = Decimal(0)
_ONE = Decimal(1)
_FIELDS = 5
_FIELDS_WITH_FACTORS = 8
_NOTHING = ["", "", "0", "0", "nan", "False", "0", "0"]
"""What LEAN says of a security on a day without a row."""


class Fundamental(OpenSurface):
    """What the fundamental file of a day says of a security.

    Real LEAN reads everything else (statements, ratios, classification) from data that is not in the sample files.
    """

    __slots__ = ("_row", "day", "price_factor_", "split_factor_", "symbol", "value_")
    has_fundamental_data: ClassVar[bool] = False
    market: ClassVar[str] = "usa"

    def __init__(self, symbol: Symbol, day: int, row: list[str]) -> None:
        self.symbol = symbol
        self.day = day
        self._row = row
        self.value_ = Decimal(row[2])
        has_factors = len(row) >= _FIELDS_WITH_FACTORS
        self.price_factor_ = Decimal(row[6]) if has_factors else _ONE
        self.split_factor_ = Decimal(row[7]) if has_factors else _ONE

    value = as_float("value_")
    price = as_float("value_")
    price_factor = as_float("price_factor_")
    split_factor = as_float("split_factor_")
    price_scale_factor = as_float("price_scale_factor_")
    adjusted_price = as_float("adjusted_price_")

    @property
    def price_scale_factor_(self) -> Decimal:
        """Product of the two factors."""
        return numbers.multiply_96_bits(self.price_factor_, self.split_factor_)

    @property
    def adjusted_price_(self) -> Decimal:
        """Price, adjusted by both factors."""
        return numbers.multiply_96_bits(self.value_, self.price_scale_factor_)

    @property
    def volume(self) -> int:
        """Shares traded."""
        return int(self._row[3])

    @property
    def dollar_volume(self) -> float:
        """Value of the shares traded."""
        return float(self._row[4])

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

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the strategy's side is dynamic
        if name in FIELDS:
            return FIELDS[name]
        if name[:1].isupper() or name.startswith("_"):
            return super().__getattr__(name)
        raise NotSupportedError(f"fundamental.{name}")

    def __str__(self) -> str:
        return f"{self.symbol}: {self.value_:f}"


class Rows(Iterable[Any]):
    """Universe data as a selection function gets it: it can be gone through any number of times."""

    __slots__ = ("_rows",)

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)


def read_fundamentals(files: UniverseFiles, day: int) -> list[Fundamental]:
    """Return the rows of a day's file; of several with the same security all say what the last does."""
    rows = [row for row in files.rows("equity/usa/fundamental/coarse", day) if len(row) >= _FIELDS]
    last = {row[0]: row for row in rows}
    found = []
    for row in rows:
        symbol = files.symbol(row[0], row[1])
        if symbol is not None:
            found.append(Fundamental(symbol, day, last[row[0]]))
    return found


Selection = Callable[[Rows], Iterable[Symbol] | UnchangedUniverse]


class FundamentalUniverse(Universe):
    """Selects once for each trading day, at the midnight after it; a day without a file has no rows."""

    def __init__(
        self,
        configuration: UniverseConfiguration,
        settings: UniverseSettings | None,
        files: UniverseFiles,
        selector: Selection,
    ) -> None:
        super().__init__(configuration, settings)
        self._files = files
        self._selector = selector

    def points(self, start: int, end: int) -> Iterator[UniverseData]:
        """Yield the rows of each trading day."""
        hours = self.configuration.hours
        for day in hours.tradable_days(start, end):
            yield UniverseData(hours.time_zone.to_utc(day + DAY), list(read_fundamentals(self._files, day)))

    def select_symbols(self, utc: int, data: UniverseData) -> Iterable[Symbol] | UnchangedUniverse:  # noqa: ARG002 - LEAN's
        """Call the selection function."""
        return self._selector(Rows(data.rows))


class CoarseFundamentalUniverse(FundamentalUniverse):
    """LEAN's older name of the same."""


class FilteredUniverse(Universe):
    """Another universe whose selection a function of fundamental data goes through.

    Of rows of the fundamental files only those with fundamental data get there, which the sample files do not have;
    for the symbols of other universes the rows of the day are looked up. What the function sees is what counts as
    the universe's data.
    """

    def __init__(
        self, inner: Universe, files: UniverseFiles, selector: Selection, warn: Callable[[], None]
    ) -> None:  # fmt: skip
        """Take the universe, the files, the function, and what tells the user of symbols without data."""
        super().__init__(inner.configuration, inner.universe_settings if inner.has_settings else None)
        self._inner = inner
        self._files = files
        self._selector = selector
        self._warn = warn

    @property
    def adjusts_start(self) -> bool:  # type: ignore[override]
        """Whether the feed begins on the trading day before."""
        return self._inner.adjusts_start

    def points(self, start: int, end: int) -> Iterator[UniverseData]:
        """Yield the data of the other universe."""
        return self._inner.points(start, end)

    def select_symbols(self, utc: int, data: UniverseData) -> Iterable[Symbol] | UnchangedUniverse:
        """Select with the other universe, then with the function."""
        chosen = self._inner.select_symbols(utc, data)
        if isinstance(chosen, UnchangedUniverse):
            return chosen
        data.rows[:] = self._fundamentals(utc, dict.fromkeys(chosen), data.rows)
        return self._selector(Rows(data.rows))

    def _fundamentals(self, utc: int, chosen: dict[Symbol, None], rows: list[Any]) -> list[Fundamental]:
        if rows and isinstance(rows[0], Fundamental):
            if any(row.symbol in chosen for row in rows):
                self._warn()
            return []
        zone = self.configuration.hours.time_zone
        day = times.midnight(zone.to_local(utc))
        known = {row.symbol: row for row in read_fundamentals(self._files, day)}
        return [known.get(symbol) or Fundamental(symbol, day, _NOTHING) for symbol in chosen]
