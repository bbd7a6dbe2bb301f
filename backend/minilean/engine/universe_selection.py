"""Applies the selections of universes: starts and stops feeds, and tells which securities joined or left."""

from collections.abc import Callable, Iterator

from minilean import times
from minilean.algorithm.context import AlgorithmContext
from minilean.algorithm.pairs import PAIR_SIDES
from minilean.algorithm.universes import UniversesPart
from minilean.data.auxiliary_data import Delisting
from minilean.data.data_feed import DataFeed
from minilean.data.history_span import start_of_bars
from minilean.data.map_files import MapFile
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.data.synchronizer import SelectionFailedError, SubscriptionRequest, Synchronizer
from minilean.data.time_slice import SecurityChanges
from minilean.engine.currency_setup import CurrencyConversions
from minilean.engine.data_manager import DataManager
from minilean.engine.pending_removals import PendingRemovals
from minilean.enums import Resolution, TickType
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.times import DAY
from minilean.universes.universe import UNCHANGED, Universe, UniverseContext, UniverseData
from minilean.universes.user_defined import UserDefinedUniverse

_LOOK_BACK_DAYS = 365


class UniverseSelection:
    """Keeps feeds and securities in step with the universes."""

    def __init__(
        self,
        context: AlgorithmContext,
        algorithm: UniversesPart,
        feed: DataFeed,
        fail: Callable[[str, BaseException], None],
    ) -> None:
        """Take the run's parts and what is told of an error of the strategy's, with the place."""
        self._context = context
        self._fail = fail
        self._algorithm = algorithm
        self._pending = PendingRemovals(context.transactions)
        self._benchmark_added = False
        self._created: dict[Symbol, Security] = {}
        self._created_utc = -1
        self.synchronizer = Synchronizer(context.current_zone, self.apply, self._add_internal_feeds, self.delisted)
        self._data = DataManager(context, feed, self.synchronizer, self._restart)
        self._conversions = CurrencyConversions(context, algorithm)
        self._for_universes = UniverseContext(
            context.subscriptions.get_or_add, context.subscriptions.own, algorithm.make_configs
        )

    # What the strategy changed ---------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start the universes of `initialize`."""
        self._commit(running=False)

    def end_of_step(self) -> None:
        """Commit what the strategy added and removed in this step."""
        if self._context.universes.has_changes:
            self._commit(running=True)

    def _commit(self, *, running: bool) -> None:
        universes = self._context.universes
        for update in universes.updates:
            if update.configs is not None:
                changed = [update.universe.add(config) for config in update.configs]
                if any(changed):
                    universes.update(update.universe, added=True)
            elif update.universe.remove(update.security.symbol):
                universes.update(update.universe, added=False)
        universes.updates.clear()
        self._start_universes(running=running)

    def _start_universes(self, *, running: bool) -> None:
        """Start the feeds of universes that are new or changed.

        While the algorithm runs, securities that it adds get their first data after now, and so does everything
        that is committed with them; a removal takes effect in a step at this same instant.
        """
        pending = self._context.universes.pending
        while pending:
            universe, added = pending.popleft()
            hours = universe.configuration.hours
            local = hours.time_zone.to_local(self._context.clock.utc)
            end = hours.time_zone.to_local(self._end_utc())
            universe.starts_after = running and added and isinstance(universe, UserDefinedUniverse)
            start = self._adjusted_start(universe, local) if universe.adjusts_start else local
            points = universe.points(start, end)
            if universe.universe_settings.schedule.initialized:
                points = self._scheduled(universe, points, start, end)
            self.synchronizer.add_universe(universe, points)

    def _restart(self, universe: Universe) -> None:
        """Start a universe again from now on."""
        to_local = universe.configuration.hours.time_zone.to_local
        points = universe.points(to_local(self._context.clock.utc), to_local(self._end_utc()))
        self.synchronizer.restart_universe(universe, points)

    def _end_utc(self) -> int:
        return self._context.state.zone.to_utc(self._context.state.end_local)

    def _adjusted_start(self, universe: Universe, local: int) -> int:
        """Go back to the trading day before, from a day of the schedule where there is one."""
        schedule = universe.universe_settings.schedule
        if schedule.initialized:
            day = times.midnight(local)
            for back in range(_LOOK_BACK_DAYS):
                if any(schedule.days(day - back * DAY, day - back * DAY)):
                    local -= back * DAY
                    break
            else:
                self._algorithm.debug("Warning: Found no valid start time for scheduled universe, will use default")
        hours = universe.configuration.hours
        return start_of_bars(hours, local, Resolution.DAILY, 1, extended=False, strict=False)

    def _scheduled(
        self, universe: Universe, points: Iterator[UniverseData], start: int, end: int
    ) -> Iterator[UniverseData]:
        """Yield the latest data on each day of the universe's schedule."""
        to_utc = universe.configuration.hours.time_zone.to_utc
        latest: UniverseData | None = None
        following = next(points, None)
        for day in universe.universe_settings.schedule.days(times.midnight(start), end):
            instant = to_utc(day)
            while following is not None and following.end_utc <= instant:
                latest, following = following, next(points, None)
            if latest is not None and day >= start:
                yield UniverseData(instant, latest.rows)

    # Selections ------------------------------------------------------------------------------------------------

    def apply(self, universe: Universe, utc: int, data: UniverseData) -> SecurityChanges:
        """Let a universe select and return the changes.

        Raises:
            SelectionFailedError: The strategy's selection function failed.
        """
        if utc > self._end_utc():
            return SecurityChanges.NONE
        try:
            found = universe.perform_selection(utc, data)
        except Exception as error:
            self._fail("Synchronizer", error)
            raise SelectionFailedError from error
        if found is not UNCHANGED:
            universe.selected_ = dict.fromkeys(found)
        self._let_go(self._pending.check(universe.selected_, universe), utc)
        if found is UNCHANGED:
            return SecurityChanges.NONE
        removed = self._remove_deselected(universe, utc)
        added = self._add_selected(universe, utc)
        if added:
            self._prepare(added)
        return SecurityChanges(added, removed)

    def _prepare(self, added: list[Security]) -> None:
        """Look for the rates of new currencies, and give first prices where the settings say so.

        What the strategy has a feed of needs none of the engine's own.
        """
        context = self._context
        for security in added:
            if not dict.__contains__(context.securities, security.symbol):
                context.add_security(security)
        context.internal_feeds = [feed for feed in context.internal_feeds if feed[0] not in added]
        self._conversions.ensure()
        if context.settings.seed_initial_prices:
            for security in added:
                self._algorithm.seed(security)

    def _remove_deselected(self, universe: Universe, utc: int) -> list[Security]:
        removed = []
        members = [member.security for member in universe.members_.values()]
        members.sort(key=lambda security: (int(security.symbol.security_type), security.symbol.sid))
        for security in members:
            if security.symbol in universe.selected_ or not universe.can_remove_member(utc, security):
                continue
            if not security.is_delisted and not self._pending.is_pending(security.symbol):
                removed.append(security)
            self._let_go(self._pending.try_remove(security, universe), utc)
        return removed

    def _let_go(self, gone: list[tuple[Universe, Security]], utc: int) -> None:
        for universe, security in gone:
            universe.remove_member(utc, security)
            active = self._context.universes.is_active(security.symbol)
            for config in universe.subscription_configs(self._for_universes, security):
                if self._data.remove(config, universe) and not active:
                    security.reset()
                    security.forget_data()
                    self._context.remove_security(security.symbol)

    def _add_selected(self, universe: Universe, utc: int) -> list[Security]:
        added = []
        if self._created_utc != utc:
            self._created_utc = utc
            self._created = {}
        after, universe.starts_after = universe.starts_after, False
        for symbol in universe.selected_:
            if universe.contains_member(symbol):
                continue
            security = self._security(universe, symbol)
            new = False
            subscribed = False
            for config in universe.subscription_configs(self._for_universes, security):
                zone = config.hours.time_zone
                local = zone.to_local(utc) + after
                if not any(config.hours.tradable_days(local, zone.to_local(self._end_utc()))):
                    self._data.remove(config, universe)
                    continue
                self._end_conversion_feed(security)
                new = self._data.add(SubscriptionRequest(universe, security, config), local)
                subscribed = True
            if subscribed and universe.add_member(utc, security) and new:
                added.append(security)
        return added

    def _end_conversion_feed(self, security: Security) -> None:
        """Stop the engine's own feed of a pair that the strategy takes over."""
        if security.base_currency is None:
            return
        running = (each for each in self.synchronizer.subscriptions if each.security is security)
        for config in [each.config for each in running if each.config.is_internal]:
            self._context.trace(
                f"UniverseSelection.ApplyUniverseSelection(): Removing internal currency data feed {config.symbol}"
            )
            self._data.remove(config, None)

    def _security(self, universe: Universe, symbol: Symbol) -> Security:
        security = self._created.get(symbol)
        if security is None:
            leverage = universe.universe_settings.leverage_
            security = self._created[symbol] = self._algorithm.create_security(symbol, leverage, None, seeds=False)
        return security

    def delisted(self, delisting: Delisting) -> SecurityChanges:
        """Take a delisted security out."""
        security = self._context.securities.all_securities.get(delisting.symbol)
        if security is None:
            return SecurityChanges.NONE
        security.is_delisted = True
        security.reset()
        self._context.remove_security(security.symbol)
        if self._pending.is_pending(security.symbol):
            return SecurityChanges.NONE
        return SecurityChanges((), [security])

    def security_delisted(self, security: Security) -> None:
        """Take a delisted security out of all universes; those that named it select again at this instant."""
        universes = self._context.universes
        for universe in list(dict.values(universes)):
            if not universe.contains_member(security.symbol):
                continue
            if not isinstance(universe, UserDefinedUniverse):
                universe.remove_member(self._context.clock.utc, security)
            elif universe.remove(security.symbol):
                universes.update(universe, added=False)
        self._start_universes(running=True)

    # The engine's own feeds ------------------------------------------------------------------------------------

    def _add_internal_feeds(self, utc: int) -> bool:
        """Start the benchmark's feed and those of conversions; tell whether any is new."""
        added = False
        if not self._benchmark_added:
            self._benchmark_added = True
            added = self._add_benchmark(utc)
        self._conversions.ensure()
        feeds, self._context.internal_feeds = self._context.internal_feeds, []
        for security, config in feeds:
            local = config.hours.time_zone.to_local(utc)
            added |= self._data.add(SubscriptionRequest(None, security, config), local)
        return added

    def _add_benchmark(self, utc: int) -> bool:
        """Start the hourly feed of the benchmark on the trading day before, so that it has a price from the first."""
        benchmark = self._context.state.benchmark
        if benchmark is None or benchmark.security is None:
            return False
        security = benchmark.security
        hours = security.exchange.market_hours
        start = start_of_bars(hours, hours.time_zone.to_local(utc), Resolution.DAILY, 1, extended=False)
        config = security.configs[0]
        self._context.trace(
            "UniverseSelection.AddPendingInternalDataFeeds(): Adding internal benchmark data feed "
            f"{security.symbol},#0,{security.symbol},Hour,{config.tick_type.label}Bar,{config.tick_type.label},"
            "Adjusted,OpenInterest,Internal"
        )
        self._context.subscriptions.add_hidden(config)
        return self._data.add(SubscriptionRequest(None, security, config), start)


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
