"""Universes that name their securities: by adding them, by a list, or by a function of the time."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from minilean import times
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.universes.settings import UniverseSettings
from minilean.universes.universe import (
    UnchangedUniverse,
    Universe,
    UniverseConfiguration,
    UniverseContext,
    UniverseData,
)


class UserDefinedUniverse(Universe):
    """Securities that the strategy names: by adding them, or by a function of the time.

    Attributes:
        interval: Time between selections, None for none but those that additions and removals cause.
    """

    adjusts_start = False

    def __init__(
        self,
        configuration: UniverseConfiguration,
        settings: UniverseSettings | None,
        interval: int | None,
        symbols: Iterable[Symbol] = (),
        selector: Callable[[datetime], Iterable[Symbol] | UnchangedUniverse] | None = None,
    ) -> None:
        super().__init__(configuration, settings)
        self.interval = interval
        self._symbols = dict.fromkeys(symbols)
        self._selector = selector
        self._configs: dict[object, SubscriptionDataConfig] = {}
        self._removed: dict[object, SubscriptionDataConfig] = {}

    def add(self, item: SubscriptionDataConfig | Symbol) -> bool:
        """Name a feed or a symbol; tell whether it is new."""
        if isinstance(item, Symbol):
            new = item not in self._symbols
            self._symbols[item] = None
            return new
        new = item.key not in self._configs
        self._configs.setdefault(item.key, item)
        return new

    def remove(self, symbol: Symbol) -> bool:
        """Drop all feeds of a symbol, and remember them until they have ended; tell whether it was named."""
        gone = [key for key, config in self._configs.items() if config.symbol == symbol]
        named = symbol in self._symbols
        self._symbols.pop(symbol, None)
        for key in gone:
            self._removed[key] = self._configs.pop(key)
        return named or bool(gone)

    def points(self, start: int, end: int) -> Iterator[UniverseData]:
        """Yield a trigger at the start, and at each interval in which the exchange is open."""
        hours = self.configuration.hours
        to_utc = hours.time_zone.to_utc
        yield UniverseData(to_utc(start), [None])
        if self.interval is None:
            return
        local = start + self.interval
        while local <= end:
            if hours.is_open_during(local, local + self.interval, extended=False):
                yield UniverseData(to_utc(local), [None])
            local += self.interval

    def select_symbols(self, utc: int, data: UniverseData) -> Iterable[Symbol] | UnchangedUniverse:  # noqa: ARG002 - LEAN's
        """Return what is named."""
        if self._selector is not None:
            return self._selector(times.to_datetime(self.configuration.hours.time_zone.to_local(utc)))
        found = dict.fromkeys(config.symbol for config in self._configs.values())
        found.update(self._symbols)
        return found

    def subscription_configs(self, context: UniverseContext, security: Security) -> list[SubscriptionDataConfig]:
        """Return the feeds that were added, those that are about to end, or new ones of the settings."""
        symbol = security.symbol
        found = [config for config in self._configs.values() if config.symbol == symbol]
        if found:
            return found
        gone = [key for key, config in self._removed.items() if config.symbol == symbol]
        if gone:
            return [self._removed.pop(key) for key in gone]
        found = super().subscription_configs(context, security)
        for config in found:
            self._configs.setdefault(config.key, config)
        return found

    def remove_member(self, utc: int, security: Security) -> bool:
        """Let a security go and forget its feeds."""
        if not super().remove_member(utc, security):
            return False
        self.remove(security.symbol)
        return True


class ManualUniverse(UserDefinedUniverse):
    """A fixed list of symbols; those that have feeds already keep them."""

    def __init__(
        self, configuration: UniverseConfiguration, settings: UniverseSettings | None, symbols: Iterable[Symbol]
    ) -> None:
        super().__init__(configuration, settings, None, symbols)

    def subscription_configs(self, context: UniverseContext, security: Security) -> list[SubscriptionDataConfig]:
        """Return the feeds that the symbol has, or new ones of the settings."""
        return context.configs_of(security.symbol) or super().subscription_configs(context, security)


class CustomUniverse(UserDefinedUniverse):
    """Tickers by a function of the time; symbols that have feeds already keep them."""

    def subscription_configs(self, context: UniverseContext, security: Security) -> list[SubscriptionDataConfig]:
        """Return the feeds that the symbol has, or new ones of the settings."""
        return context.configs_of(security.symbol) or super().subscription_configs(context, security)
