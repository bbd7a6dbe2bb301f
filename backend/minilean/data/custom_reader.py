"""Reads custom data: day by day the strategy's class names a source, row by row it makes points."""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from minilean import times
from minilean.data.bars import BaseData
from minilean.data.custom import PythonData, SubscriptionDataSource, SubscriptionTransportMedium
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.surface import NotSupportedError, model_method
from minilean.times import DAY

ReadText = Callable[[str], str | None]
"""From the path of a file or the key of an object to its text, None when there is none."""


class CustomDataSources:
    """The texts that custom data comes from."""

    def __init__(self, record: Callable[..., None], read_object: ReadText) -> None:
        """Take what is told of each request for a file (``succeeded=``), and what reads the object store."""
        self._record = record
        self._read_object = read_object

    def rows(self, source: SubscriptionDataSource) -> list[str] | None:
        """Return the rows of a source, None when it does not exist."""
        source.require_supported()
        if source.transport_medium is SubscriptionTransportMedium.OBJECT_STORE:
            text = self._read_object(source.source)
        else:
            text = self._read_file(source.source)
        return None if text is None else _lines(text)

    def _read_file(self, source: str) -> str | None:
        name, _, entry = source.partition("#")
        path = Path(name)
        found = path.is_file()
        self._record(path, succeeded=found)
        if not found:
            return None
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                return archive.read(entry or archive.namelist()[0]).decode("utf-8-sig", "replace")
        return path.read_text(encoding="utf-8-sig", errors="replace")


def _lines(text: str) -> list[str]:
    """Split a text as .NET's readers do."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if not lines[-1] else lines


class CustomDataReader:
    """Points of a custom feed between two local times, in LEAN's order of questions to the strategy's class.

    The class is asked for the source of each day until it names one; while its rows are read, for that of each day
    that they reach, and when they end, for those of the days after the last that was asked so. A point on a day whose
    source is another is dropped, since the other source has that day's points.
    """

    def __init__(self, config: SubscriptionDataConfig, sources: CustomDataSources, start: int, end: int) -> None:
        self._config = config
        self._sources = sources
        self._start = start
        self._end = end
        self._now = start
        self._source: SubscriptionDataSource | None = None
        self._points: Iterator[PythonData] = iter(())
        self._namer = self._make()
        self._over = False

    def _make(self) -> Any:  # noqa: ANN401 - an object of the strategy's class
        if self._config.data_type is None:
            raise TypeError(f"{self._config.symbol} is no custom data")
        return self._config.data_type()

    def read(self) -> Iterator[BaseData]:
        """Yield the points."""
        previous: PythonData | None = None
        emitted = False
        for day in self._config.hours.tradable_days(self._start, self._end, extended=True):
            self._now = day
            if not self._opens(day):
                continue
            for point in self._of_sources():
                if emitted and point.end_local < self._now:
                    continue
                if previous is not None and point.end_local < previous.end_local:
                    continue
                previous = point
                if point.end_local < self._start:
                    continue
                if point.time_local > self._end:
                    return
                emitted = True
                point.settle_(self._config.symbol, self._config.hours.time_zone.to_utc(point.end_local))
                yield point

    def _opens(self, day: int) -> bool:
        """Ask for a day's source; open it and return True when it is another than before."""
        ask = model_method(self._namer, "get_source")
        found: SubscriptionDataSource | None = ask(self._config, times.to_datetime(day), False)  # noqa: FBT003
        if found is None or found == self._source or not found.source:
            return False
        self._source = found
        rows = self._sources.rows(found)
        points: Iterator[PythonData] = iter(()) if rows is None else self._read_rows(rows, day)
        self._points = iter(sorted(points, key=lambda point: point.end_local)) if found.sort else points
        return True

    def _read_rows(self, rows: list[str], day: int) -> Iterator[PythonData]:
        read = model_method(self._make(), "reader")
        moment = times.to_datetime(day)
        for row in rows:
            point = read(self._config, row, moment, False)  # noqa: FBT003 - LEAN's argument
            if point is None:
                continue
            if not isinstance(point, PythonData):
                raise NotSupportedError(f"custom data of {type(point).__name__}")
            if point.is_dated_:
                yield point

    def _of_sources(self) -> Iterator[PythonData]:
        """Yield the points of the source that is open, and of those that take its place on the way."""
        while (point := next(self._points, None)) is not None:
            if not self._advance(point.time_local):
                yield point

    def _advance(self, target: int) -> bool:
        """Go through the days up to a time; True when one of them has another source."""
        while self._now < target:
            day = self._now - self._now % DAY
            if target - target % DAY == day:
                self._now = target
                return False
            self._now = day + DAY
            if self._opens(self._now):
                return True
        return False
