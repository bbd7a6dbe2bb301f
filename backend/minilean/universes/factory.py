"""Makes the universes of a run: each kind with its name, its exchange and its files."""

import itertools
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from minilean.data.map_files import MapFileResolver
from minilean.enums import Resolution, SecurityType
from minilean.scheduling.rules import DateRule, TimeRule
from minilean.securities.exchange_hours import SecurityExchangeHours, Segment
from minilean.securities.symbol import DEFAULT_DATE, USA, SecurityIdentifier, Symbol
from minilean.times import DAY, TimeZone
from minilean.universes.constituents import (
    ConstituentsUniverse,
    all_constituents,
    constituent_row,
    etf_folder,
    etf_row,
)
from minilean.universes.files import UniverseFiles
from minilean.universes.fundamental import FilteredUniverse, FundamentalUniverse
from minilean.universes.scheduled import TimedUniverse
from minilean.universes.settings import UniverseSettings
from minilean.universes.universe import Universe, UniverseConfiguration, symbols_of
from minilean.universes.user_defined import CustomUniverse, ManualUniverse, UserDefinedUniverse

Selector = Callable[[Any], Any]
_NO_TIME = timedelta(0)


def always_open(zone: TimeZone) -> SecurityExchangeHours:
    """Return the hours of what never closes."""
    return SecurityExchangeHours(zone, zone, [[Segment(0, DAY, regular=True)]] * 7, set(), {}, {})


def universe_symbol(name: str, kind: SecurityType = SecurityType.EQUITY, market: str = USA) -> Symbol:
    """Return the symbol of a universe."""
    return Symbol(SecurityIdentifier(name, DEFAULT_DATE, kind, market), name)


class UniverseFactory:
    """Makes universes; selection functions are the strategy's own and may return symbols, tickers or UNCHANGED."""

    def __init__(  # noqa: PLR0917 - what universes are made of
        self,
        files: UniverseFiles,
        map_files: MapFileResolver,
        hours: Callable[[], SecurityExchangeHours],
        utc: TimeZone,
        find_symbol: Callable[[str], Symbol | None],
        warn: Callable[[str], None],
    ) -> None:
        """Take files, hours of US equities, the zone UTC, what finds known tickers, and where warnings go."""
        self._files = files
        self._map_files = map_files
        self._hours = hours
        self._utc = always_open(utc)
        self._find_symbol = find_symbol
        self._warn = warn
        self._warned_fine = False
        self._count = itertools.count(1)

    def converted(self, selector: Selector) -> Selector:
        """Return a selection function whose result is converted to symbols."""
        return lambda data: symbols_of(selector(data), self._find_symbol)

    def fundamental(self, selector: Selector, settings: UniverseSettings | None) -> Universe:
        """Make a universe of the fundamental files."""
        return FundamentalUniverse(
            self._fundamental_configuration(), settings, self._files, self.converted(selector)
        )  # fmt: skip

    def fine(self, coarse: Selector, fine: Selector, settings: UniverseSettings | None) -> Universe:
        """Make a universe of the fundamental files with a second filter."""
        return self.filtered(self.fundamental(coarse, settings), fine)

    def filtered(self, universe: Universe, fine: Selector) -> Universe:
        """Make a universe whose selection goes through a function of fundamental data."""
        return FilteredUniverse(universe, self._files, self.converted(fine), self._warn_fine)

    def _fundamental_configuration(self) -> UniverseConfiguration:
        symbol = universe_symbol(f"FUNDAMENTALUNIVERSE-USA-{next(self._count):010d}")
        return UniverseConfiguration(symbol, Resolution.DAILY, self._hours())

    def _warn_fine(self) -> None:
        if not self._warned_fine:
            self._warned_fine = True
            self._warn(
                "Note: Your coarse selection filter was updated to exclude symbols without fine fundamental data. Make "
                "sure your coarse filter excludes symbols where HasFundamental is false."
            )

    def etf(self, fund: Symbol, selector: Selector | None, settings: UniverseSettings | None) -> Universe:
        """Make a universe of a fund's members."""
        symbol = universe_symbol(f"qc-universe-etf-constituents-{next(self._count):010d}")
        map_file = self._map_files.resolve(fund.permtick, fund.id.first_utc)
        return ConstituentsUniverse(
            UniverseConfiguration(symbol, Resolution.DAILY, self._hours()), settings, self._files,
            etf_folder(fund, map_file), etf_row, None if selector is None else self.converted(selector),
            map_file.delisting_date,
        )  # fmt: skip

    def constituents(self, symbol: Symbol, selector: Selector | None, settings: UniverseSettings | None) -> Universe:
        """Make a universe of lists of symbols in files, which lie under the last part of its name."""
        folder = f"equity/usa/universes/daily/{symbol.id.symbol.rpartition('-')[2]}"
        return ConstituentsUniverse(
            UniverseConfiguration(symbol, Resolution.DAILY, self._hours()), settings, self._files, lambda _day: folder,
            constituent_row, all_constituents if selector is None else self.converted(selector),
        )  # fmt: skip

    def scheduled(
        self,
        date_rule: DateRule,
        time_rule: TimeRule,
        selector: Selector,
        settings: UniverseSettings | None,
        zone: TimeZone | None = None,
    ) -> Universe:
        """Make a universe that selects at the times of rules."""
        symbol = universe_symbol(f"{date_rule.name}_{time_rule.name}".upper(), SecurityType.BASE)
        hours = self._utc if zone is None else always_open(zone)
        configuration = UniverseConfiguration(symbol, Resolution.DAILY, hours)
        return TimedUniverse(configuration, settings, date_rule, time_rule, self.converted(selector))

    def user_defined(self, symbol: Symbol, resolution: Resolution) -> UserDefinedUniverse:
        """Make the universe of what the strategy adds by itself of a kind and market."""
        name = f"QC-UNIVERSE-USERDEFINED-{symbol.id.market}-{symbol.security_type.label}".upper()
        configuration = UniverseConfiguration(
            universe_symbol(name, symbol.security_type, symbol.id.market), resolution, self._utc
        )
        return UserDefinedUniverse(configuration, UniverseSettings(minimum_time_in_universe=_NO_TIME), None)

    def named(
        self, name: str, resolution: Resolution, interval: int, selector: Selector, settings: UniverseSettings | None
    ) -> UserDefinedUniverse:
        """Make a universe that selects tickers by the time, at intervals."""
        configuration = UniverseConfiguration(universe_symbol(name.upper()), resolution, self._hours())
        return UserDefinedUniverse(configuration, settings, interval, (), selector)

    def custom(
        self, name: str, resolution: Resolution, interval: int, selector: Selector, settings: UniverseSettings | None
    ) -> CustomUniverse:
        """Make the universe of `CustomUniverseSelectionModel`."""
        configuration = UniverseConfiguration(universe_symbol(name.upper()), resolution, self._hours())
        universe = CustomUniverse(configuration, settings, interval, (), selector)
        universe.is_filled_forward = settings is not None and settings.fill_forward
        return universe

    def manual(self, symbols: Iterable[Symbol], settings: UniverseSettings) -> ManualUniverse:
        """Make a universe of a list of symbols of one kind and market."""
        listed = list(symbols)
        kind, market = listed[0].security_type, listed[0].id.market
        name = f"MANUAL-UNIVERSE-SELECTION-MODEL-{kind.label}-{market}-{next(self._count)}".upper()
        configuration = UniverseConfiguration(universe_symbol(name, kind, market), settings.resolution, self._hours())
        return ManualUniverse(configuration, settings, listed)
