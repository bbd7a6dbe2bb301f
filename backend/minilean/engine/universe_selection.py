"""Starts and stops feeds when securities join or leave."""

from minilean.algorithm.context import AlgorithmContext
from minilean.algorithm.pairs import PAIR_SIDES
from minilean.data.data_feed import DataFeed
from minilean.data.history_span import start_of_bars
from minilean.data.map_files import MapFile
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.data.synchronizer import Subscription, Synchronizer
from minilean.data.time_slice import SecurityChanges
from minilean.enums import Resolution, TickType
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol


class UniverseSelection:
    """Applies pending changes at the moment of a slice."""

    def __init__(self, context: AlgorithmContext, feed: DataFeed) -> None:
        self._context = context
        self._feed = feed
        self._benchmark_added = False
        self._known: set[Symbol] = set()
        self.synchronizer = Synchronizer(context.state.zone, self.apply)

    def apply(self, utc: int) -> SecurityChanges | None:
        """Start the feeds that were asked for since the last time, and at first the benchmark's."""
        changes = self._context.changes
        added_configs, changes.added = changes.added, []
        kinds = {(each.symbol.security_type, each.symbol.market) for each in added_configs if not each.is_internal}
        self.synchronizer.universe_points = max(1, len(kinds))
        for config in added_configs:
            self._start(config, self._context.securities[config.symbol], utc)
        if not self._benchmark_added:
            self._benchmark_added = True
            self._start_benchmark(utc)
        added = [s for s in self._context.securities.values() if s.symbol not in self._known and not s.is_internal]
        self._known.update(security.symbol for security in added)
        added.sort(key=lambda security: security.symbol.value)
        return SecurityChanges(added, []) if added else None

    def end_of_step(self) -> None:
        """Announce changes that the strategy made in this step."""
        if self._context.changes:
            self.synchronizer.schedule_changes(self._context.clock.utc + 1)

    def security_delisted(self) -> None:
        """Count the change of the universe that a delisting makes, in a step of its own as LEAN."""
        self.synchronizer.schedule_changes(self._context.clock.utc)

    def _start(self, config: SubscriptionDataConfig, security: Security, utc: int, start: int | None = None) -> None:
        """Start a feed at an instant, or at a local time before it."""
        state, zone = self._context.state, config.hours.time_zone
        local = zone.to_local(utc) if start is None else start
        end = zone.to_local(state.zone.to_utc(state.end_local + 1)) - 1
        step = self._context.fill_forward_step
        if state.is_warming_up:
            pivot = zone.to_local(state.zone.to_utc(state.start_local))
            points = self._feed.warm_up_stream(
                config, local, pivot, end, step, self._context.settings.warmup_resolution
            )
        else:
            points = self._feed.stream(config, local, end, step)
        self.synchronizer.add(Subscription(config, security, iter(points)))

    def _start_benchmark(self, utc: int) -> None:
        """Start the hourly feed of the benchmark on the trading day before, so that it has a price from the first."""
        benchmark = self._context.state.benchmark
        if benchmark is None or benchmark.security is None:
            return
        security = benchmark.security
        hours = security.exchange.market_hours
        start = start_of_bars(hours, hours.time_zone.to_local(utc), Resolution.DAILY, 1, extended=False)
        config = security.configs[0]
        self._context.trace(
            "UniverseSelection.AddPendingInternalDataFeeds(): Adding internal benchmark data feed "
            f"{security.symbol},#0,{security.symbol},Hour,{config.tick_type.label}Bar,{config.tick_type.label},"
            "Adjusted,OpenInterest,Internal"
        )
        self._start(config, security, utc, start)


def benchmark_config(symbol: Symbol, security: Security, map_file: MapFile) -> SubscriptionDataConfig:
    """Return the engine's own hourly feed of the benchmark."""
    return SubscriptionDataConfig(
        symbol,
        Resolution.HOUR,
        PAIR_SIDES.get(symbol.security_type, (TickType.TRADE,))[0],
        security.exchange.market_hours,
        map_file,
        fill_forward=False,
        is_internal=True,
    )
