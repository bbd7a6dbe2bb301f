"""Files of universe data: one for each day, a row for each security."""

from collections.abc import Callable
from pathlib import Path

from minilean import times
from minilean.securities.symbol import SecurityIdentifier, Symbol


class UniverseFiles:
    """Reads universe files of the data folder and reports every request for the data monitor."""

    def __init__(self, folder: Path, record: Callable[..., None]) -> None:
        """Take the data folder and what is told path and success (``succeeded=``) of each request."""
        self._folder = folder
        self._record = record
        self._symbols: dict[tuple[str, str], Symbol | None] = {}

    def rows(self, folder: str, day: int) -> list[list[str]]:
        """Return the fields of a day's rows; none when there is no file."""
        lines = self.lines(folder, day)
        return [line.split(",") for line in lines or ()]

    def lines(self, folder: str, day: int) -> list[str] | None:
        """Return a day's lines, None when there is no file."""
        path = self._folder / folder / times.to_datetime(day).strftime("%Y%m%d.csv")
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            self._record(path, succeeded=False)
            return None
        self._record(path, succeeded=True)
        return [line for line in text.replace("\r", "").split("\n") if line]

    def symbol(self, sid: str, ticker: str) -> Symbol | None:
        """Return the symbol of an identifier's text and a ticker, None when the text is none."""
        key = (sid, ticker)
        if key not in self._symbols:
            identifier = SecurityIdentifier.parse(sid)
            self._symbols[key] = None if identifier is None else Symbol(identifier, ticker)
        return self._symbols[key]
