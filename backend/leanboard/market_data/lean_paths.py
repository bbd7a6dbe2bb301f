"""Where LEAN keeps which bars: paths of a data folder, from what they hold and back.

Paths are relative to the data folder, in lower case, with ``/``. Finer than hour there is one zip per day and
kind (``equity/usa/minute/spy/20131007_trade.zip``), from hour up one zip with the whole history
(``equity/usa/daily/spy.zip``, ``crypto/coinbase/daily/btcusd_trade.zip``). The ticker is the one that was
valid on the day; map files translate. Options and futures have other layouts and are not known here.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath

from leanboard.market_data.errors import MarketDataError
from leanboard.models.requests import Resolution


class SecurityType(StrEnum):
    """LEAN's security types whose layout is known here."""

    EQUITY = "equity"
    FOREX = "forex"
    CFD = "cfd"
    CRYPTO = "crypto"
    CRYPTO_FUTURE = "cryptofuture"
    INDEX = "index"


class TickType(StrEnum):
    """Trades, or bid and ask."""

    TRADE = "trade"
    QUOTE = "quote"


_WHOLE_HISTORY = frozenset({Resolution.HOUR, Resolution.DAILY})
_NAMES_ITS_KIND = frozenset({SecurityType.CRYPTO, SecurityType.CRYPTO_FUTURE})  # btcusd_trade.zip, also hour and daily
_QUOTED_ONLY = frozenset({SecurityType.FOREX, SecurityType.CFD})
_PART = re.compile(r"[a-z0-9][a-z0-9._-]*")
_DAY_FILE = re.compile(r"(\d{8})_(trade|quote)\.zip")


def main_tick_type(security_type: SecurityType) -> TickType:
    """Return the kind of data that decides whether there is data: quotes for forex and cfd, else trades."""
    return TickType.QUOTE if security_type in _QUOTED_ONLY else TickType.TRADE


def has_day_files(resolution: Resolution) -> bool:
    """Tell whether a resolution has one file per day (tick, second, minute) rather than one for all."""
    return resolution not in _WHOLE_HISTORY


@dataclass(frozen=True, order=True, slots=True)
class Series:
    """One ticker at one resolution.

    Attributes:
        security_type: LEAN's security type.
        market: LEAN's market name in lower case, such as ``usa`` or ``coinbase``.
        ticker: The ticker in lower case, as it is written in paths.
        resolution: LEAN's bar length.
    """

    security_type: SecurityType
    market: str
    ticker: str
    resolution: Resolution

    def __post_init__(self) -> None:
        for part in (self.market, self.ticker):
            if not _PART.fullmatch(part):
                msg = f"{part!r} cannot be part of a LEAN path: lower-case letters, digits, '.', '_' and '-' only"
                raise MarketDataError(msg)

    @property
    def folder(self) -> PurePosixPath:
        """Folder of this series' files: with the ticker for day files, without it for whole histories."""
        folder = PurePosixPath(self.security_type.value, self.market, self.resolution.value)
        return folder / self.ticker if has_day_files(self.resolution) else folder

    def __str__(self) -> str:
        return f"{self.security_type.value} {self.market} {self.ticker} {self.resolution.value}"


@dataclass(frozen=True, order=True, slots=True)
class DataFile:
    """One zip of a data folder.

    Attributes:
        series: Whose bars.
        tick_type: Trades or quotes.
        day: The local day (data time zone) for tick, second and minute; None for hour and daily.
    """

    series: Series
    tick_type: TickType
    day: date | None = None

    def __post_init__(self) -> None:
        if has_day_files(self.series.resolution) != (self.day is not None):
            msg = f"{self.series}: a file of tick, second or minute data has a day, one of hour or daily data has none"
            raise MarketDataError(msg)
        if self.day is None and not self._kind_exists():
            msg = f"{self.series}: LEAN has no {self.tick_type.value} file of this security type and resolution"
            raise MarketDataError(msg)

    def _kind_exists(self) -> bool:
        security_type = self.series.security_type
        return security_type in _NAMES_ITS_KIND or self.tick_type is main_tick_type(security_type)

    @property
    def path(self) -> PurePosixPath:
        """Path relative to the data folder."""
        return self.series.folder / f"{self._stem}.zip"

    @property
    def _stem(self) -> str:
        if self.day is not None:
            return f"{self.day:%Y%m%d}_{self.tick_type.value}"
        if self.series.security_type in _NAMES_ITS_KIND:
            return f"{self.series.ticker}_{self.tick_type.value}"
        return self.series.ticker

    @property
    def entry(self) -> str:
        """Name of the one csv entry inside the zip."""
        ticker, resolution = self.series.ticker, self.series.resolution
        if self.day is None:
            return f"{ticker}.csv"
        if resolution is Resolution.TICK and self.series.security_type is SecurityType.EQUITY:
            return f"{self.day:%Y%m%d}_{ticker}_{self.tick_type.value.capitalize()}_Tick.csv"
        return f"{self.day:%Y%m%d}_{ticker}_{resolution.value}_{self.tick_type.value}.csv"


def parse_path(path: PurePosixPath | str) -> DataFile | None:
    """Return what a path relative to the data folder holds.

    Args:
        path: Such as ``equity/usa/minute/spy/20131007_trade.zip``; letter case does not matter.

    Returns:
        The file's meaning, or None for anything that is no bar or tick file of a known security type
        (map files, factor files, universes, options, futures, alternative data).
    """
    parts = PurePosixPath(str(path).lower()).parts
    try:
        security_type, resolution = SecurityType(parts[0]), Resolution(parts[2])
        if has_day_files(resolution):
            return _parse_day_file(security_type, resolution, parts)
        return _parse_history_file(security_type, resolution, parts)
    except (IndexError, ValueError, MarketDataError):
        return None


def _parse_day_file(security_type: SecurityType, resolution: Resolution, parts: tuple[str, ...]) -> DataFile | None:
    match = _DAY_FILE.fullmatch(parts[4]) if len(parts) == 5 else None
    if match is None:
        return None
    day = date.fromisoformat(match[1])
    return DataFile(Series(security_type, parts[1], parts[3], resolution), TickType(match[2]), day)


def _parse_history_file(security_type: SecurityType, resolution: Resolution, parts: tuple[str, ...]) -> DataFile | None:
    if len(parts) != 4 or not parts[3].endswith(".zip"):
        return None
    ticker, tick_type = parts[3].removesuffix(".zip"), main_tick_type(security_type)
    if security_type in _NAMES_ITS_KIND:
        ticker, _, kind = ticker.rpartition("_")
        tick_type = TickType(kind)
    return DataFile(Series(security_type, parts[1], ticker, resolution), tick_type)
