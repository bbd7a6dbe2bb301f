"""Starts, shares and stops the feeds of a run."""

from collections.abc import Callable

from minilean import times
from minilean.algorithm.context import AlgorithmContext
from minilean.data.bar_runs import Stream
from minilean.data.data_feed import DataFeed
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.data.synchronizer import Subscription, SubscriptionRequest, Synchronizer
from minilean.engine.errors import AlgorithmError
from minilean.securities.security import Security
from minilean.times import DAY, HOUR, MINUTE, SECOND
from minilean.universes.universe import Universe

_NAMES = {SECOND: "00:00:01", MINUTE: "00:01:00", HOUR: "01:00:00", DAY: "1.00:00:00"}


class DataManager:
    """Feeds by config: one feed serves all universes that have the security.

    Feeds are filled forward in the step of the finest of them. When that changes, all that are filled start again
    from now, as in LEAN: what they had not emitted yet of the bars to fill is lost.
    """

    def __init__(
        self,
        context: AlgorithmContext,
        feed: DataFeed,
        synchronizer: Synchronizer,
        restart_universe: Callable[[Universe], None],
    ) -> None:
        """Take the run's parts and what starts a universe's feed again."""
        self._context = context
        self._restart_universe = restart_universe
        self._feed = feed
        self._synchronizer = synchronizer
        self._frozen = False

    def add(self, request: SubscriptionRequest, local: int) -> bool:
        """Start a feed at a local time; False when it runs already for another universe."""
        config = self._context.subscriptions.get_or_add(request.config) if request.universe else request.config
        running = self._synchronizer.find(config)
        if running is not None:
            if all(each.universe is not request.universe for each in running.requests):
                running.requests.append(request)
            return running.config.is_internal
        if config.fill_forward:
            self._step_of_addition(config)
        subscription = self._start(config, request.security, local)
        subscription.requests.append(request)
        self._synchronizer.add(subscription)
        if not config.fill_forward:
            self._step_of_addition(config)
        return True

    def remove(self, config: SubscriptionDataConfig, universe: Universe | None, *, forced: bool = False) -> bool:
        """Take a universe's request for a feed back; tell whether the feed ended."""
        running = self._synchronizer.find(config)
        if running is None:
            if universe is None:
                return False
            self._context.subscriptions.remove(config)
            return True
        running.requests = [each for each in running.requests if each.universe is not universe]
        if running.requests:
            return False
        left = universe is None or not universe.contains_member(config.symbol)
        self._synchronizer.remove(running)
        running.removed = left or forced
        if left:
            self._context.subscriptions.remove(config)
        self._step_of_removal(config)
        return True

    def _increments(self) -> list[int]:
        return [each.config.increment for each in self._synchronizer.subscriptions if not each.config.is_internal]

    def _step_of_addition(self, config: SubscriptionDataConfig) -> None:
        """Look for the finest feed anew when one of another length comes."""
        if not config.is_internal and config.increment != self._context.fill_forward_step.span:
            self._change_step(min([*self._increments(), config.increment]))

    def _step_of_removal(self, config: SubscriptionDataConfig) -> None:
        """Look for the finest feed anew when the last of its length goes."""
        increments = self._increments()
        finest = config.increment == self._context.fill_forward_step.span
        if not config.is_internal and finest and config.increment not in increments:
            self._change_step(min(increments, default=MINUTE))

    def _change_step(self, finest: int) -> None:
        step = self._context.fill_forward_step
        if self._frozen or finest == step.span:
            return
        old, step.span = step.span, finest
        self._restart(old, finest)

    def _restart(self, old: int, new: int) -> None:
        filled = [each for each in self._synchronizer.subscriptions if each.config.fill_forward]
        requests = [request for each in filled for request in each.requests]
        universes = self._synchronizer.filled_universes()
        if not requests and not universes:
            return
        now = self._context.clock.utc
        self._context.trace(
            f"DataManager(): Fill forward resolution has changed from {_NAMES[old]} to {_NAMES[new]} at utc: "
            f"{times.invariant_text(now)}. Restarting {len(requests) + len(universes)} subscriptions..."
        )
        self._frozen = True
        for request in requests:
            self.remove(request.config, request.universe, forced=True)
        for request in requests:
            self.add(request, request.config.hours.time_zone.to_local(now) + 1)
        self._frozen = False
        for universe in universes:
            self._restart_universe(universe)

    def _start(self, config: SubscriptionDataConfig, security: Security, local: int) -> Subscription:
        state, zone = self._context.state, config.hours.time_zone
        end = zone.to_local(state.zone.to_utc(state.end_local + 1)) - 1
        step = self._context.fill_forward_step
        if state.is_warming_up:
            pivot = zone.to_local(state.zone.to_utc(state.start_local))
            resolution = self._context.settings.warmup_resolution
            points = self._feed.warm_up_stream(config, local, pivot, end, step, resolution)
        else:
            points = self._feed.runs(config, local, end, step)
        if config.data_type is not None:
            points = _guarded(points)
        return Subscription(config, security, iter(points))


def _guarded(points: Stream) -> Stream:
    """Pass on custom data; errors of the strategy's class end the run.

    Raises:
        AlgorithmError: The strategy's class failed.
    """
    try:
        yield from points
    except Exception as error:
        raise AlgorithmError("AlgorithmManager.Run", error) from error
