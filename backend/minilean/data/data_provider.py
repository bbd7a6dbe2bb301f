"""Files of a LEAN data folder."""

import zipfile
from collections.abc import Callable
from pathlib import Path

from minilean import times
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.data.zip_member import read_first_member
from minilean.enums import Resolution, SecurityType, TickType


class DataProvider:
    """Reads zipped files of the data folder and reports every request for the data monitor.

    Whole-history files (hourly, daily) are kept, since several feeds and history requests read the same.
    """

    def __init__(self, folder: Path, record: Callable[..., None]) -> None:
        """Take the data folder and what is told path and success (``succeeded=``) of each request."""
        self._folder = folder
        self._record = record
        self._whole: dict[str, list[str]] = {}

    def record(self, path: Path, *, succeeded: bool) -> None:
        """Report a request for a file that is read elsewhere."""
        self._record(path, succeeded=succeeded)

    def equity_lines(self, resolution: Resolution, tick_type: TickType, ticker: str, day: int) -> list[str]:
        """Return the rows of a US equity file; none when it is absent.

        Args:
            resolution: Hour and daily files hold the whole history, minute files one day.
            tick_type: Trades or quotes.
            ticker: Ticker on that day.
            day: Midnight of the day.
        """
        name = ticker.lower()
        if resolution in {Resolution.HOUR, Resolution.DAILY}:
            return self._whole_history(f"equity/usa/{resolution.name.lower()}/{name}.zip")
        date = times.to_datetime(day).strftime("%Y%m%d")
        kind = tick_type.name.lower()
        return self._fetch(f"equity/usa/{resolution.name.lower()}/{name}/{date}_{kind}.zip")

    def pair_lines(self, config: SubscriptionDataConfig, day: int) -> list[str]:
        """Return the rows of a currency pair's file; none when it is absent.

        Args:
            config: The feed; hour and daily files hold the whole history.
            day: Midnight of the day in the data's zone, for minute files.
        """
        symbol, resolution = config.symbol, config.resolution
        name, kind = symbol.value.lower(), config.tick_type.name.lower()
        folder = f"{symbol.security_type.name.lower()}/{symbol.market}/{resolution.name.lower()}"
        if resolution in {Resolution.HOUR, Resolution.DAILY}:
            suffix = f"_{kind}" if symbol.security_type is SecurityType.CRYPTO else ""
            return self._whole_history(f"{folder}/{name}{suffix}.zip")
        return self._fetch(f"{folder}/{name}/{times.to_datetime(day):%Y%m%d}_{kind}.zip")

    def _whole_history(self, path: str) -> list[str]:
        lines = self._whole.get(path)
        if lines is None:
            lines = self._whole[path] = self._fetch(path)
        return lines

    def _fetch(self, path: str) -> list[str]:
        file = self._folder / path
        try:
            text = read_first_member(file).decode("ascii")
        except (FileNotFoundError, IndexError, zipfile.BadZipFile):
            self._record(file, succeeded=False)
            return []
        self._record(file, succeeded=True)
        lines = (text.replace("\r", "") if "\r" in text else text).split("\n")
        while lines and not lines[-1]:
            lines.pop()
        return lines
