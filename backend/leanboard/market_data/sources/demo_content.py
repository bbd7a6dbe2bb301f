"""The content of the demonstration data folder.

Real: daily bars of AAPL, FB, GOOG, IBM and MSFT to 2013-03-01 with factor and map files (sample_prices). There is
no honest hour or minute data for them, so there is none. Simulated, and marked so: SPY daily and hour bars from
2000 to 2013, which also serve LEAN's default benchmark, and SPY minute trades and quotes for 2013-10-07..11.
Market hours are those of the New York Stock Exchange. No interest-rate file: LEAN takes its default then.
"""

from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from leanboard.market_data.archives import write_text
from leanboard.market_data.lean_format import write_bars
from leanboard.market_data.lean_paths import DataFile, SecurityType, Series, TickType
from leanboard.market_data.market_hours import DATABASE_PATH
from leanboard.market_data.provenance import DataSource, Provenance, SourceKind, write_provenance
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

MARKET: Final = "usa"
SIMULATED_FIRST: Final = date(2000, 1, 3)  # before the real bars, so that benchmark and warm-up reach back
SIMULATED_LAST: Final = date(2013, 12, 31)
MINUTE_FIRST: Final = date(2013, 10, 7)
MINUTE_LAST: Final = date(2013, 10, 11)

_SPY = "spy"
_SPY_FIRST_DAY = date(1998, 1, 2)  # in LEAN's map file
_NOTES = (
    "Volumes of GOOG are half of the package's: those are already doubled for the share distribution of 2014",
    "No interest-rate file: LEAN uses its default risk-free rate",
)


def write_demo_content(root: Path, *, seed: int, stamp: str, made_at: datetime) -> None:
    """Write everything into an empty folder; the same seed and package versions give the same data bytes.

    Args:
        root: The empty folder.
        seed: Seed of the simulated bars.
        stamp: Goes into the provenance.
        made_at: Aware time of making, goes into the provenance.

    Raises:
        MarketDataError: The package with the real prices does not hold what sample_prices documents.
        OSError: The disk refused.
    """
    calendar = UsEquityCalendar()
    write_text(root / DATABASE_PATH, calendar.database())
    write_text(root / SYMBOL_PROPERTIES_PATH, US_EQUITY_PROPERTIES)
    real = [_write_history(root, history) for history in read_sample_prices()]
    simulated = _write_spy(root, calendar, seed)
    write_provenance(root, Provenance(stamp=stamp, made_at=made_at, sources=(*real, *simulated), notes=_NOTES))


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
