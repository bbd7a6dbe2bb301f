"""Map files and factor files of equities: what a ticker was called, and how its past prices are adjusted.

A map file ``equity/usa/map_files/{permtick}.csv`` has rows ``yyyyMMdd,ticker[,exchange]``: the ticker is valid up
to and including the row's day. The first row is the first day of trading, the last one the delisting day, or 2050.
A factor file ``equity/usa/factor_files/{permtick}.csv`` has rows ``yyyyMMdd,priceFactor,splitFactor,referencePrice``:
the factors hold for days up to and including the row's day, so an event shows on the trading day after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Final

from leanboard.market_data.archives import write_text
from leanboard.market_data.errors import bad_file, bad_row

LAST_DAY: Final = date(2050, 12, 31)
_FACTOR_PLACES = Decimal("0.0000001")


@dataclass(frozen=True, slots=True)
class MapRow:
    """Up to and including ``day`` the security trades as ``ticker``; ``exchange`` is LEAN's one-letter code."""

    day: date
    ticker: str
    exchange: str = ""


@dataclass(frozen=True, slots=True)
class MapFile:
    """What one security was called; rows ascend by day."""

    rows: tuple[MapRow, ...]

    @property
    def first_day(self) -> date:
        """Day before which LEAN uses no data."""
        return self.rows[0].day

    @property
    def delisting_day(self) -> date:
        """Last day with data; 2050-12-31 for what still trades."""
        return self.rows[-1].day

    def ticker_on(self, day: date) -> str | None:
        """Return the ticker of a day in lower case, or None when the security did not trade then."""
        if not self.first_day <= day <= self.delisting_day:
            return None
        return next(row.ticker for row in self.rows if row.day >= day)


@dataclass(frozen=True, slots=True)
class FactorRow:
    """Factors for days up to and including ``day``; ``reference_price`` is that day's raw close."""

    day: date
    price_factor: Decimal
    split_factor: Decimal
    reference_price: Decimal


@dataclass(frozen=True, slots=True)
class CorporateEvent:
    """A split or a dividend.

    Attributes:
        last_day: Last trading day before the event takes effect.
        reference_price: Raw close of that day, dollars.
        dividend: Dollars per share as of that day; 0 for a pure split.
        split: New price over old price, such as 1/2 for two shares instead of one; 1 for a pure dividend.
    """

    last_day: date
    reference_price: Decimal
    dividend: Decimal = Decimal(0)
    split: Decimal = Decimal(1)


def factor_rows(first_day: date, events: Sequence[CorporateEvent]) -> tuple[FactorRow, ...]:
    """Chain events into the rows of a factor file.

    A dividend lowers earlier prices by ``1 - dividend / reference price``, a split multiplies them by its ratio.

    Args:
        first_day: First day of trading, as in the map file.
        events: Ascending by day.
    """
    price, split = Decimal(1), Decimal(1)
    rows = [FactorRow(LAST_DAY, price, split, Decimal(0))]
    for event in reversed(events):
        price *= 1 - event.dividend / event.reference_price
        split *= event.split
        rows.append(FactorRow(event.last_day, price, split, event.reference_price))
    rows.append(FactorRow(first_day, price, split, Decimal(1)))
    return tuple(reversed(rows))


def map_file_path(root: Path, market: str, permtick: str) -> Path:
    """Return where the map file of an equity lies."""
    return root / "equity" / market / "map_files" / f"{permtick.lower()}.csv"


def factor_file_path(root: Path, market: str, permtick: str) -> Path:
    """Return where the factor file of an equity lies."""
    return root / "equity" / market / "factor_files" / f"{permtick.lower()}.csv"


def write_map_file(path: Path, rows: Sequence[MapRow]) -> None:
    """Write a map file; raises MarketDataError when the days do not ascend or there are fewer than two rows."""
    if len(rows) < 2:
        raise bad_file(path, "a map file needs the first day of trading and the delisting day")
    _check_ascending(path, [row.day for row in rows])
    write_text(
        path, "".join(f"{row.day:%Y%m%d},{row.ticker.lower()},{row.exchange}".rstrip(",") + "\n" for row in rows)
    )


def write_factor_file(path: Path, rows: Sequence[FactorRow]) -> None:
    """Write a factor file with seven decimals; raises MarketDataError for days out of order or a factor not above 0."""
    _check_ascending(path, [row.day for row in rows])
    for number, row in enumerate(rows, start=1):
        if row.price_factor <= 0 or row.split_factor <= 0:
            raise bad_row(path, number, "a factor must be above 0")
    write_text(path, "".join(f"{_factor_text(row)}\n" for row in rows))


def read_map_file(path: Path) -> MapFile:
    """Read a map file; raises MarketDataError when it is absent, empty or has a bad row."""
    rows = []
    for number, cells in _csv_rows(path, least=2):
        rows.append(MapRow(_day(path, number, cells[0]), cells[1].strip().lower(), ",".join(cells[2:3]).strip()))
    _check_ascending(path, [row.day for row in rows])
    return MapFile(tuple(rows))


def read_factor_file(path: Path) -> tuple[FactorRow, ...]:
    """Read a factor file; raises MarketDataError when it is absent, empty or has a bad row."""
    rows = []
    for number, cells in _csv_rows(path, least=3):
        try:
            numbers = [Decimal(cell) for cell in (*cells[1:4], "0")[:3]]
        except InvalidOperation:
            raise bad_row(path, number, "the factors and the reference price must be numbers") from None
        rows.append(FactorRow(_day(path, number, cells[0]), *numbers))
    _check_ascending(path, [row.day for row in rows])
    return tuple(rows)


def _factor_text(row: FactorRow) -> str:
    numbers = (row.price_factor, row.split_factor)
    factors = [f"{number.quantize(_FACTOR_PLACES).normalize():f}" for number in numbers]
    return ",".join([f"{row.day:%Y%m%d}", *factors, f"{row.reference_price.normalize():f}"])


def _csv_rows(path: Path, *, least: int) -> list[tuple[int, list[str]]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise bad_file(path, f"cannot be read ({error})") from error
    rows = [(number, line.split(",")) for number, line in enumerate(lines, start=1) if line.strip()]
    if not rows:
        raise bad_file(path, "holds no rows")
    for number, cells in rows:
        if len(cells) < least:
            raise bad_row(path, number, f"needs at least {least} columns, has {len(cells)}")
    return rows


def _day(path: Path, number: int, text: str) -> date:
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007  # a trading day, no moment
    except ValueError:
        raise bad_row(path, number, f"the day must be yyyyMMdd, not {text!r}") from None


def _check_ascending(path: Path, days: Sequence[date]) -> None:
    for number, (earlier, later) in enumerate(pairwise(days), start=2):
        if later <= earlier:
            raise bad_row(path, number, "the day must be later than that of the row before")
