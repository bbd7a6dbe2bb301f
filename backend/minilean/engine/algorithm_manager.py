"""The loop of a run: for each moment LEAN's order of work, from the securities' prices to ``on_data``."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from minilean import times
from minilean.algorithm.context import AlgorithmContext
from minilean.algorithm.qc_algorithm import QCAlgorithm, find_event
from minilean.data.auxiliary_data import Delisting
from minilean.data.bars import BaseData
from minilean.data.slice import Slice
from minilean.data.time_slice import SecurityChanges, TimeSlice, TimeSliceRun
from minilean.engine.corporate_actions import CorporateActions
from minilean.engine.end_of_day import EndOfDayEvents
from minilean.engine.errors import STRATEGY_ERRORS, AlgorithmError
from minilean.engine.margin_calls import MarginCalls
from minilean.engine.strategy_events import StrategyEvents
from minilean.engine.transaction_handler import TransactionHandler
from minilean.enums import AlgorithmStatus
from minilean.results.result_handler import ResultHandler
from minilean.securities.security import Security
from minilean.surface import core_of

_RUNNING = AlgorithmStatus.RUNNING

_Store: TypeAlias = tuple[Security, Callable[[BaseData], None]]
"""A security and what takes a bar into its cache."""


class AlgorithmManager:
    """Runs an initialized algorithm over its time slices.

    Attributes:
        last_utc: Instant of the last slice.
        data_points: Points of the slices worked on.
    """

    def __init__(
        self,
        context: AlgorithmContext,
        algorithm: QCAlgorithm,
        transactions: TransactionHandler,
        results: ResultHandler,
        corporate_actions: CorporateActions,
    ) -> None:
        self._context = context
        self._strategy = algorithm
        self._algorithm = core_of(algorithm)
        self._transactions = transactions
        self._results = results
        self._actions = corporate_actions
        self._end_of_day = EndOfDayEvents(context, find_event(algorithm, "on_end_of_day"), self.guard)
        self._events = StrategyEvents()
        self._state, self._clock = context.state, context.clock
        self._portfolio, self._scanner = context.portfolio, context.scanner
        self._trace_error: Callable[[str], None] = context.trace
        self._real_time = context.real_time
        self._queue = transactions.queue
        self._open_orders = transactions.brokerage.pending
        self._margin_calls = MarginCalls(context, self._algorithm.error)
        self._next_settlement = 0
        self._was_warming_up = False
        self._ended = False
        self.stop_requested = False
        self.data_points = 0
        self.last_utc = context.clock.utc

    def guard(self, name: str, call: Callable[[], object], utc: int) -> None:
        """Run a scheduled callback.

        Raises:
            AlgorithmError: The strategy's code failed.
        """
        try:
            call()
        except STRATEGY_ERRORS as error:
            when = times.to_datetime(utc).strftime("%m/%d/%Y %H:%M:%S")
            raise AlgorithmError(f"Scheduled event: '{name}' at {when}", error) from error

    def fail(self, context: str, error: BaseException) -> None:
        """Note an error that the loop will find at its next check; the first one counts."""
        if self._context.state.runtime_error is None:
            self._context.state.runtime_error = AlgorithmError(context, error)
            self._context.state.status = AlgorithmStatus.RUNTIME_ERROR

    def run(self, slices: Iterator[TimeSlice | TimeSliceRun], trace_error: Callable[[str], None]) -> bool:
        """Work through the slices; return whether the end was reached without an error.

        Raises:
            AlgorithmError: The strategy's code failed where LEAN stops at once.
        """
        self._events = StrategyEvents(self._strategy)
        self._margin_calls.bind(self._events)
        self._trace_error = trace_error
        self._was_warming_up = self._state.is_warming_up
        if not self._was_warming_up:
            self._events.call("on_warmup_finished", "OnWarmupFinished")
        for item in slices:
            succeeded = self._steps_of(item) if type(item) is TimeSliceRun else self._step(item)  # type: ignore[arg-type]
            if not succeeded or self._ended:
                return succeeded
        return True

    def _begins(self, utc: int, data_points: int) -> bool:
        """Tell whether the slice of an instant is worked on: the run was not stopped, and there is money left."""
        if (self.stop_requested or self._state.status is not _RUNNING) and self._stopped(utc):
            return False
        self.last_utc = utc
        self.data_points += data_points
        if self._portfolio.total_value_() > 0:
            return True
        text = "AlgorithmManager.Run(): Portfolio value is less than or equal to zero, stopping algorithm."
        self._trace_error(text)
        self._results.messages.system_debug(f"{times.iso_text(self._context.local_now)} {text}")
        self._ended = True
        return False

    def _stopped(self, utc: int) -> bool:
        state = self._state
        if self.stop_requested and state.status is AlgorithmStatus.RUNNING:
            state.status = AlgorithmStatus.STOPPED
        if state.status is not AlgorithmStatus.RUNNING and state.runtime_error is None:
            when = times.invariant_text(utc)
            self._trace_error(f"AlgorithmManager.Run(): Algorithm state changed to {state.status.label} at {when}")
            self._ended = True
            return True
        return False

    def _step(self, slice_: TimeSlice) -> bool:
        """Do the work of one slice; False when an error ends the run."""
        utc = slice_.utc
        if not self._begins(utc, slice_.data_points):
            return True
        self._move_clock(utc)
        if slice_.is_time_pulse:
            self._check_warm_up(utc)
            return True
        self._algorithm.slice = slice_.slice
        self._take_data(slice_)
        if self._fire_scheduled(utc):
            self._tell_strategy(slice_)
        return self._state.runtime_error is None or self._fails()

    def _steps_of(self, run: TimeSliceRun) -> bool:
        """Do the work of slices that have bars of the same feeds and nothing else; False when an error ends the run.

        The same as `_step`, without what such slices cannot have: most minutes of a run go through here.
        """
        stores = [(security, security.cache.store) for security in run.securities]
        consolidators = [() if config.is_internal else config.consolidators for config in run.configs]
        count, passed = len(stores), 0
        for utc, points in run.steps():
            if not (run.goes_on() and self._begins(utc, count)):
                break
            passed += 1
            self._move_clock(utc)
            self._algorithm.slice = data = run.slice(utc, points)
            self._take_bars(stores, points)
            if utc >= self._next_settlement or self._was_warming_up:  # when the strategy itself has ended warm-up
                self._settle(utc)
                self._check_warm_up(utc)
            if self._queue or self._open_orders:
                self._transactions.process_synchronous_events()
            if self._fire_scheduled(utc):
                self._tell_of_bars(utc, data, consolidators, points)
            if self._state.runtime_error is not None:
                return self._fails()
            if self._ended:
                break
        run.passed(passed)
        return True

    def _move_clock(self, utc: int) -> None:
        """Do what is due before an instant, each thing at its own time, then go to the instant."""
        if utc > self._real_time.due_utc:
            self._scheduled(lambda: self._real_time.scan_past_events(utc))
        if utc > self._scanner.due_utc:
            self._finish_bars(utc)
        self._clock.utc = utc

    def _finish_bars(self, utc: int) -> None:
        """Let consolidators finish bars whose time is over.

        Raises:
            AlgorithmError: A handler of the strategy's failed.
        """
        try:
            self._scanner.scan_past(utc)
        except AlgorithmError:
            raise
        except STRATEGY_ERRORS as error:
            raise AlgorithmError("AlgorithmManager.Run", error) from error

    def _take_bars(self, stores: Iterable[_Store], points: Iterable[BaseData]) -> None:
        """Update securities by one bar of each feed."""
        builder = self._results.trade_builder
        positions = builder.positions
        for (security, store), point in zip(stores, points):  # noqa: B905 - checking takes time
            store(point)
            security.has_data = True
            if positions and security.symbol.sid in positions:
                builder.set_market_price(security.symbol.sid, security.cache.price_)
        self._portfolio.update_rates()

    def _settle(self, utc: int) -> None:
        """Let money of sales through that is due, once an hour."""
        if utc >= self._next_settlement:
            self._next_settlement = utc - utc % times.HOUR + times.HOUR
            self._portfolio.settle(utc)

    def _fire_scheduled(self, utc: int) -> bool:
        """Fire what is due at an instant; return whether the run goes on."""
        if utc >= self._real_time.due_utc:
            self._scheduled(lambda: self._real_time.set_time(utc))
        state = self._state
        if state.runtime_error is not None:
            return False
        return not ((self.stop_requested or state.status is not _RUNNING) and self._stopped(utc))

    def _tell_of_bars(
        self, utc: int, data: Slice, consolidators: Iterable[Sequence[Any]], points: Iterable[BaseData]
    ) -> None:
        """Pass on the bars of feeds, one of each."""
        if utc >= self._margin_calls.next_utc:
            self._margin_calls.check(utc)
        try:
            for listed, point in zip(consolidators, points):  # noqa: B905 - checking takes time
                for consolidator in tuple(listed):
                    consolidator.update(point)
                    if consolidator.finishes_late:
                        consolidator.scan(point.end_local)
        except STRATEGY_ERRORS as error:
            raise AlgorithmError("Consolidators update", error) from error
        self._end_step(utc, data)

    def _tell_strategy(self, slice_: TimeSlice) -> None:
        """Pass on the data of a step, from margin calls to ``on_data``, and work off what the strategy orders."""
        utc, data = slice_.utc, slice_.slice
        if utc >= self._margin_calls.next_utc:
            self._margin_calls.check(utc)
        if slice_.changes is not None:
            changes = slice_.changes.for_user()
            self._events.call("on_securities_changed", "OnSecuritiesChanged", changes)
            self._events.framework("OnSecuritiesChanged", self._algorithm.on_framework_securities_changed, changes)
        if data.has_auxiliary:
            self._actions.apply(data)
        self._update_consolidators(slice_)
        if data.has_auxiliary:
            self._tell_corporate_actions(slice_)
        self._end_step(utc, data)

    def _end_step(self, utc: int, data: Slice) -> None:
        """Call the strategy with the data of a step, work off what it orders, and let the results follow."""
        if data.has_data:
            self._events.on_data(data)
        if self._algorithm.uses_framework:
            self._events.framework("OnData", self._algorithm.on_framework_data, data)
        if self._queue or self._open_orders:
            self._transactions.process_synchronous_events()
        self._results.follow(utc, self._portfolio.total_value_(), data)
        if self._context.universes.has_changes:
            self._actions.end_of_step()

    def _take_data(self, slice_: TimeSlice) -> None:
        """Update securities and look for fills."""
        utc, data = slice_.utc, slice_.slice
        if slice_.changes is not None:
            self._process_changes(slice_.changes)
        self._update_securities(slice_)
        if slice_.universe_rows:
            self._remember(slice_.universe_rows)
        self._settle(utc)
        self._check_warm_up(utc)
        if data.has_auxiliary and data.symbol_changed_events:
            self._symbols_changed(slice_)
        if self._queue or self._open_orders:
            self._transactions.process_synchronous_events()
        if data.has_auxiliary:
            self._process_delistings(slice_)

    def _remember(self, rows: Iterable[Any]) -> None:
        """Let securities remember what universes have selected from."""
        securities = self._context.securities.all_securities
        for row in rows:
            security = securities.get(row.symbol)
            if security is not None:
                security.cache.remember(row)

    def _process_changes(self, changes: SecurityChanges) -> None:
        """List securities that joined, and take out of trading those that left for good."""
        context = self._context
        for security in changes.added:
            if not dict.__contains__(context.securities, security.symbol):
                context.add_security(security)
        for security in changes.removed:
            if not context.universes.is_active(security.symbol):
                security.reset()
        self._end_of_day.securities_changed(changes)

    def _scheduled(self, fire: Callable[[], None]) -> None:
        try:
            fire()
        except AlgorithmError as error:
            self.fail(error.context, error.cause)

    def _fails(self) -> bool:
        """Tell of the error that ends the run; return False for the end."""
        when = times.invariant_text(self._context.clock.utc)
        self._trace_error(f"AlgorithmManager.Run(): Stopping, encountered a runtime error at {when} UTC.")
        return False

    def _check_warm_up(self, utc: int) -> None:
        state = self._context.state
        if not self._was_warming_up:
            return
        if state.is_warming_up and utc >= state.zone.to_utc(state.start_local):
            state.is_warming_up = False
        if not state.is_warming_up:
            self._was_warming_up = False
            self._results.refresh_start_value()
            self._events.call("on_warmup_finished", "OnWarmupFinished")
            self._algorithm.debug("Algorithm finished warming up.")
            count = len(self._context.securities)
            self._context.trace(f"AlgorithmManager.Run(): Subscriptions count after warm up: {count}")

    def _update_securities(self, slice_: TimeSlice) -> None:
        builder = self._results.trade_builder
        positions = builder.positions
        for _, security, points in slice_.packets:
            cache = security.cache
            for point in points:
                if not (point.is_fill_forward or point.is_auxiliary):
                    cache.store(point)
                    security.has_data = True
            if positions and security.symbol.sid in positions:
                builder.set_market_price(security.symbol.sid, cache.price_)
        self._context.portfolio.update_rates()

    def _symbols_changed(self, slice_: TimeSlice) -> None:
        events = slice_.slice.symbol_changed_events
        self._events.call("on_symbol_changed_events", "OnSymbolChangedEvents", events)
        for symbol in dict.keys(events):
            for ticket in self._context.transactions.get_open_order_tickets(symbol):
                ticket.cancel("Open order cancelled on symbol changed event")

    def _process_delistings(self, slice_: TimeSlice) -> None:
        for delisting in dict.values(slice_.slice.delistings):
            if isinstance(delisting, Delisting):
                self._actions.delist(delisting)

    def _update_consolidators(self, slice_: TimeSlice) -> None:
        try:
            for config, _, points in slice_.packets:
                consolidators = config.consolidators
                if consolidators and not config.is_internal:
                    for consolidator in tuple(consolidators):
                        for point in points:
                            if not point.is_auxiliary:
                                consolidator.update(point)
                        if consolidator.finishes_late:
                            consolidator.scan(self._context.clock.local(config.hours.time_zone))
        except STRATEGY_ERRORS as error:
            raise AlgorithmError("Consolidators update", error) from error

    def _tell_corporate_actions(self, slice_: TimeSlice) -> None:
        data = slice_.slice
        if data.splits:
            self._events.call("on_splits", "OnSplits", data.splits)
        if data.dividends:
            self._events.call("on_dividends", "OnDividends", data.dividends)
        if data.delistings:
            self._events.call("on_delistings", "OnDelistings", data.delistings)

    def finish(self) -> None:
        """Do the work after the last slice.

        Raises:
            AlgorithmError: The strategy's ``on_end_of_algorithm`` failed.
        """
        self._events.call("on_end_of_algorithm", "OnEndOfAlgorithm")
        self._results.process_synchronous_events(None, force=True)
        state = self._context.state
        if state.status is AlgorithmStatus.STOPPED:
            self._context.trace("AlgorithmManager.Run(): Stopping algorithm...")
            self._results.messages.system_log(f"{times.iso_text(self._context.local_now)} Algorithm Stopped")
        if state.status is not AlgorithmStatus.RUNTIME_ERROR:
            state.status = AlgorithmStatus.COMPLETED
        self._results.sample(self.last_utc)
