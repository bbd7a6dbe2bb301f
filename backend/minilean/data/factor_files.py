"""Factor files: what splits and dividends make of old prices."""

from bisect import bisect_left
from decimal import Decimal
from pathlib import Path

from minilean import times
from minilean.enums import DataNormalizationMode

ONE = Decimal(1)
ZERO = Decimal(0)


class FactorFile:
    """Price and split factors of one security.

    Attributes:
        minimum_date: The day before the first usable row, None without rows; rows in exponents are not usable.
    """

    def __init__(self, rows: list[tuple[int, Decimal, Decimal, Decimal]], minimum_date: int | None) -> None:
        """Take rows of date, price factor, split factor and reference price, oldest first."""
        self._dates = [row[0] for row in rows]
        self._rows = rows
        self.minimum_date = minimum_date

    @property
    def has_rows(self) -> bool:
        """Whether there was ever a split or a dividend."""
        return bool(self._rows)

    def price_scale(self, day: int, mode: DataNormalizationMode) -> Decimal:
        """Return the factor that turns prices of a day into today's."""
        index = bisect_left(self._dates, day)
        if index == len(self._rows):
            return ONE
        _, price, split, _ = self._rows[index]
        if mode in {DataNormalizationMode.SPLIT_ADJUSTED, DataNormalizationMode.TOTAL_RETURN}:
            return split
        return price * split

    def _row_of(self, day: int) -> int | None:
        index = bisect_left(self._dates, day)
        if index + 1 < len(self._rows) and self._dates[index] == day:
            return index
        return None

    def split_after(self, day: int) -> tuple[Decimal, Decimal] | None:
        """Return split factor and reference price when the next tradable day opens after a split, else None."""
        index = self._row_of(day)
        if index is None or self._rows[index][2] == self._rows[index + 1][2]:
            return None
        return self._rows[index][2] / self._rows[index + 1][2], self._rows[index][3]

    def dividend_after(self, day: int) -> tuple[Decimal, Decimal] | None:
        """Return price factor ratio and reference price when the next tradable day is an ex-dividend day, else None."""
        index = self._row_of(day)
        if index is None or self._rows[index][1] == self._rows[index + 1][1]:
            return None
        return self._rows[index][1] / self._rows[index + 1][1], self._rows[index][3]


class FactorFiles:
    """Factor files of a market by permtick, read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, FactorFile] = {}

    def get(self, permtick: str) -> FactorFile:
        """Return the factors of a security; those of one without a file are all 1."""
        name = permtick.lower()
        found = self._files.get(name)
        if found is None:
            found = self._files[name] = _read(self._folder / f"{name}.csv")
        return found


def _read(path: Path) -> FactorFile:
    rows: list[tuple[int, Decimal, Decimal, Decimal]] = []
    lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else []
    for line in lines:
        fields = line.strip().split(",")
        if len(fields) < 3 or "inf" in line or "e+" in line:
            continue
        reference = Decimal(fields[3]) if len(fields) > 3 else ZERO
        price, split = Decimal(fields[1]), Decimal(fields[2])
        if price * split > 0:
            rows.append((times.parse_date(fields[0]), price, split, reference))
    rows.sort(key=lambda row: row[0])
    return FactorFile(rows, rows[0][0] - times.DAY if rows else None)
