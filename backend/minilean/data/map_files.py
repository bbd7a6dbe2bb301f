"""Map files: which ticker a security had on which day."""

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from minilean import times

END_OF_TIME = times.parse_date("20501231")


class MapFile:
    """The tickers of one security, oldest first.

    Attributes:
        permtick: Name of the file, e.g. ``goog`` or ``fb.1``.
        rows: Pairs of a last date (midnight) and the ticker valid until it; the first row's date is the listing.
    """

    __slots__ = ("permtick", "rows")

    def __init__(self, permtick: str, rows: Sequence[tuple[int, str]]) -> None:
        self.permtick = permtick
        self.rows = rows

    @property
    def first_date(self) -> int:
        """Midnight of the listing; of the beginning of time when the file is empty."""
        return self.rows[0][0] if self.rows else 0

    @property
    def first_ticker(self) -> str:
        """First ticker, without the number that tells reused tickers apart."""
        return (self.rows[0][1] if self.rows else self.permtick).split(".")[0].upper()

    @property
    def delisting_date(self) -> int:
        """Midnight of the last day of trading."""
        return self.rows[-1][0] if self.rows else END_OF_TIME

    def has_data(self, day: int) -> bool:
        """Tell whether the security is listed on a day; always, when nothing is known of it."""
        return not self.rows or self.rows[0][0] <= day <= self.rows[-1][0]

    def ticker(self, day: int, default: str) -> str:
        """Return the ticker in use on a day, the default when the file does not say."""
        for last, ticker in self.rows:
            if last >= day:
                return ticker
        return default


class MapFileResolver:
    """All map files of a market, found by a ticker that the security had at some time."""

    def __init__(self, folder: Path) -> None:
        self._files: dict[str, MapFile] = {}
        self._by_ticker: dict[str, list[tuple[int, str]]] = {}
        if folder.is_dir():
            for path in sorted(folder.glob("*.csv")):
                self._add(path)
        for entries in self._by_ticker.values():
            entries.sort()

    def _add(self, path: Path) -> None:
        permtick = path.stem.upper()
        rows = [
            (times.parse_date(fields[0]), fields[1].upper())
            for fields in (line.split(",") for line in path.read_text(encoding="utf-8").split("\n"))
            if len(fields) > 1
        ]
        self._files[permtick] = MapFile(permtick, rows)
        for day, ticker in rows:
            self._by_ticker.setdefault(ticker, []).append((day, permtick))

    def resolve(self, ticker: str, day: int) -> MapFile:
        """Return the map file of the security that a ticker means on a day; an empty one when there is none."""
        name = ticker.upper()
        entries = self._by_ticker.get(name)
        if entries:
            index = bisect_left(entries, (day, ""))
            name = entries[min(index, len(entries) - 1)][1]
        found = self._files.get(name)
        if found is None or found.first_date > day:
            return MapFile(name, ())
        return found
