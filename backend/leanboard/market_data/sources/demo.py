"""Demonstration data without any account: a LEAN data folder made on this machine.

Real: daily bars of AAPL, FB, GOOG, IBM and MSFT to 2013-03-01 with factor and map files (sample_prices). There is
no honest hour or minute data for them, so there is none. Simulated, and marked so: SPY daily and hour bars from
2000 to 2013, which also serve LEAN's default benchmark, and SPY minute trades and quotes for 2013-10-07..11.
Market hours are those of the New York Stock Exchange. No interest-rate file: LEAN takes its default then.
"""

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from leanboard.market_data.archives import write_text
from leanboard.market_data.errors import bad_file
from leanboard.market_data.lean_format import write_bars
from leanboard.market_data.lean_paths import DataFile, SecurityType, Series, TickType
from leanboard.market_data.market_hours import DATABASE_PATH
from leanboard.market_data.provenance import DataSource, Provenance, SourceKind, read_provenance, write_provenance
from leanboard.market_data.security_master import (
    LAST_DAY,
    MapRow,
    factor_file_path,
    factor_rows,
    map_file_path,
    write_factor_file,
    write_map_file,
)
from leanboard.market_data.sources.sample_prices import PACKAGE, DailyHistory, read_sample_prices
from leanboard.market_data.sources.simulated import SimulatedMarket, SimulationPlan
from leanboard.market_data.sources.us_calendar import UsEquityCalendar
from leanboard.market_data.symbol_properties import SYMBOL_PROPERTIES_PATH, US_EQUITY_PROPERTIES
from leanboard.models.requests import Resolution

DEMO_SEED: Final = 20131007
MARKET: Final = "usa"
SIMULATED_FIRST: Final = date(2000, 1, 3)  # before the real bars, so that benchmark and warm-up reach back
SIMULATED_LAST: Final = date(2013, 12, 31)
MINUTE_FIRST: Final = date(2013, 10, 7)
MINUTE_LAST: Final = date(2013, 10, 11)

_LAYOUT = 1  # raise when this module writes something else
_SPY = "spy"
_SPY_FIRST_DAY = date(1998, 1, 2)  # in LEAN's map file
_NOTES = (
    "Volumes of GOOG are half of the package's: those are already doubled for the share distribution of 2014",
    "No interest-rate file: LEAN uses its default risk-free rate",
)


def ensure_demo_data(folder: Path, *, seed: int = DEMO_SEED, clock: Callable[[], datetime]) -> bool:
    """Make the demonstration folder, whole or not at all; the same seed and versions give the same data bytes.

    Args:
        folder: The data folder to make. Callers in other processes wait for each other.
        seed: Seed of the simulated bars.
        clock: Tells the aware time of making, for the provenance.

    Returns:
        True when it was written, False when it was there with the same stamp.

    Raises:
        MarketDataError: The folder exists and is not one of ours; it is left alone.
        OSError: The disk refused.
    """
    if _is_current(folder, seed):
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _exclusive(folder):
        if _is_current(folder, seed):
            return False
        _remove_leftovers(folder)
        _replace(folder, lambda part: _build(part, seed, clock()))
    return True


def demo_stamp(seed: int) -> str:
    """Return what names the content: layout, seed, and versions of the packages it comes from."""
    return f"demo-{_LAYOUT} seed-{seed} {PACKAGE}-{version(PACKAGE)} exchange_calendars-{version('exchange_calendars')}"


def _is_current(folder: Path, seed: int) -> bool:
    provenance = read_provenance(folder)
    if provenance is not None:
        return provenance.stamp == demo_stamp(seed)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise bad_file(folder, "exists and was not made by Leanboard; move it away, or name it as LEANBOARD_DATA")
    return False


@contextmanager
def _exclusive(folder: Path) -> Iterator[None]:
    lock = folder.parent / f".{folder.name}.lock"
    with lock.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # the kernel releases it with the file, also when the process dies
        yield


def _remove_leftovers(folder: Path) -> None:
    for leftover in folder.parent.glob(f".{folder.name}.part-*"):  # of a killed maker: nobody else holds the lock
        shutil.rmtree(leftover)


def _replace(folder: Path, build: Callable[[Path], None]) -> None:
    workspace = Path(tempfile.mkdtemp(prefix=f".{folder.name}.part-", dir=folder.parent))
    try:
        fresh = workspace / "new"
        fresh.mkdir()
        build(fresh)
        if folder.exists():
            folder.rename(workspace / "old")
        fresh.rename(folder)
    finally:
        shutil.rmtree(workspace)


def _build(root: Path, seed: int, now: datetime) -> None:
    calendar = UsEquityCalendar()
    write_text(root / DATABASE_PATH, calendar.database())
    write_text(root / SYMBOL_PROPERTIES_PATH, US_EQUITY_PROPERTIES)
    real = [_write_history(root, history) for history in read_sample_prices()]
    simulated = _write_spy(root, calendar, seed)
    write_provenance(root, Provenance(stamp=demo_stamp(seed), made_at=now, sources=(*real, *simulated), notes=_NOTES))


def _write_history(root: Path, history: DailyHistory) -> DataSource:
    listing, bars = history.listing, history.bars
    write_bars(root, DataFile(_series(listing.ticker, Resolution.DAILY), TickType.TRADE), bars)
    rows = (
        MapRow(listing.first_day, listing.ticker, listing.exchange),
        MapRow(LAST_DAY, listing.ticker, listing.exchange),
    )
    write_map_file(map_file_path(root, MARKET, listing.ticker), rows)
    factors = factor_rows(listing.first_day, history.events)
    write_factor_file(factor_file_path(root, MARKET, listing.ticker), factors)
    return DataSource(
        kind=SourceKind.REAL,
        description=f"Daily prices of {listing.ticker.upper()}, with splits and dividends",
        package=PACKAGE,
        version=version(PACKAGE),
        security_type=SecurityType.EQUITY,
        market=MARKET,
        symbols=(listing.ticker,),
        resolutions=(Resolution.DAILY,),
        first_date=bars.time[0].astype("datetime64[D]").item(),
        last_date=bars.time[-1].astype("datetime64[D]").item(),
    )


def _write_spy(root: Path, calendar: UsEquityCalendar, seed: int) -> tuple[DataSource, DataSource]:
    plan = SimulationPlan(seed, first_price=145.0, last_price=184.0, daily_volatility=0.009, daily_volume=9e7)
    market = SimulatedMarket(plan, calendar.sessions(SIMULATED_FIRST, SIMULATED_LAST))
    write_bars(root, DataFile(_series(_SPY, Resolution.DAILY), TickType.TRADE), market.daily_trades())
    write_bars(root, DataFile(_series(_SPY, Resolution.HOUR), TickType.TRADE), market.hour_trades())
    minute = _series(_SPY, Resolution.MINUTE)
    for day in calendar.sessions(MINUTE_FIRST, MINUTE_LAST):
        write_bars(root, DataFile(minute, TickType.TRADE, day), market.minute_trades(day))
        write_bars(root, DataFile(minute, TickType.QUOTE, day), market.minute_quotes(day, seed))
    write_map_file(map_file_path(root, MARKET, _SPY), (MapRow(_SPY_FIRST_DAY, _SPY, "P"), MapRow(LAST_DAY, _SPY, "P")))
    write_factor_file(factor_file_path(root, MARKET, _SPY), factor_rows(_SPY_FIRST_DAY, ()))
    return (
        _simulated("Daily and hour bars", seed, (Resolution.DAILY, Resolution.HOUR), (SIMULATED_FIRST, SIMULATED_LAST)),
        _simulated("Minute trade and quote bars", seed, (Resolution.MINUTE,), (MINUTE_FIRST, MINUTE_LAST)),
    )


def _simulated(what: str, seed: int, resolutions: tuple[Resolution, ...], span: tuple[date, date]) -> DataSource:
    return DataSource(
        kind=SourceKind.SIMULATED,
        description=f"{what} named SPY from a seeded random walk, without dividends; not the fund's prices",
        seed=seed,
        security_type=SecurityType.EQUITY,
        market=MARKET,
        symbols=(_SPY,),
        resolutions=resolutions,
        first_date=span[0],
        last_date=span[1],
    )


def _series(ticker: str, resolution: Resolution) -> Series:
    return Series(SecurityType.EQUITY, MARKET, ticker, resolution)
