"""The feeds of a run that the strategy may ask for, by symbol."""

from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.securities.symbol import Symbol


class SubscriptionManager:
    """Registers each feed once. A security shares the list of its symbol's feeds."""

    def __init__(self) -> None:
        self._configs: dict[Symbol, list[SubscriptionDataConfig]] = {}
        self._hidden: dict[Symbol, list[SubscriptionDataConfig]] = {}

    def of(self, symbol: Symbol) -> list[SubscriptionDataConfig]:
        """Return the feeds of a symbol, trades before quotes; the list follows later changes."""
        return self._configs.setdefault(symbol, [])

    def own(self, symbol: Symbol) -> list[SubscriptionDataConfig]:
        """Return the feeds of a symbol that are not the engine's."""
        return [config for config in self.of(symbol) if not config.is_internal]

    def all_of(self, symbol: Symbol) -> list[SubscriptionDataConfig]:
        """Return all feeds of a symbol, that of the benchmark as well."""
        return [*self.of(symbol), *self._hidden.get(symbol, ())]

    def add_hidden(self, config: SubscriptionDataConfig) -> None:
        """Register a feed that no security of the strategy's has; history is read like it where there is none."""
        self._hidden.setdefault(config.symbol, []).append(config)

    def get_or_add(self, config: SubscriptionDataConfig) -> SubscriptionDataConfig:
        """Register a feed, and return it or the same one that is registered already."""
        configs = self.of(config.symbol)
        for each in configs:
            if each.key == config.key:
                return each
        configs.append(config)
        configs.sort(key=lambda each: int(each.tick_type))
        return config

    def remove(self, config: SubscriptionDataConfig) -> None:
        """Forget a feed."""
        configs = self.of(config.symbol)
        configs[:] = [each for each in configs if each.key != config.key]

    @property
    def count(self) -> int:
        """Number of feeds."""
        return sum(len(configs) for configs in self._configs.values())
