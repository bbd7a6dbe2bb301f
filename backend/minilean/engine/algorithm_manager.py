"""The loop of a run: for each moment LEAN's order of work, from the securities' prices to ``on_data``."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from minilean import numbers, times
from minilean.algorithm.context import AlgorithmContext
from minilean.algorithm.qc_algorithm import QCAlgorithm, find_event
from minilean.data.bars import Delisting
from minilean.data.slice import Slice
from minilean.data.time_slice import SecurityChanges, TimeSlice
from minilean.engine.corporate_actions import CorporateActions
from minilean.engine.end_of_day import EndOfDayEvents
from minilean.engine.errors import AlgorithmError
from minilean.enums import AlgorithmStatus
from minilean.orders.transaction_handler import TransactionHandler
from minilean.results.result_handler import ResultHandler
from minilean.results.views import SliceView
from minilean.securities.margin_call import DefaultMarginCallModel
from minilean.surface import core_of
from minilean.times import MINUTE

_MARGIN_CALL_SPAN = 5 * MINUTE
_RUNNING = AlgorithmStatus.RUNNING


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
        self._events: dict[str, Any] = {}
        self._real_time = context.real_time
        self._queue = transactions.queue
        self._open_orders = transactions.brokerage.pending
        self._margin_calls = DefaultMarginCallModel(
            context.clock, context.securities, context.portfolio, context.transactions
        )
        self._next_margin_call = 0
        self._next_settlement = 0
        self._was_warming_up = False
        self._ended = False
        self.stop_requested = False
        self.data_points = 0
        self.last_utc = context.clock.utc

    def bind_events(self) -> None:
        """Look up the strategy's own methods, once."""
        names = (
            "on_data", "on_end_of_algorithm", "on_warmup_finished", "on_securities_changed", "on_margin_call",
            "on_margin_call_warning", "on_splits", "on_dividends", "on_delistings", "on_symbol_changed_events",
        )  # fmt: skip
        self._events = {name: find_event(self._strategy, name) for name in names}

    def guard(self, name: str, call: Callable[[], object], utc: int) -> None:
        """Run a scheduled callback.

        Raises:
            AlgorithmError: The strategy's code failed.
        """
        try:
            call()
        except Exception as error:
            when = times.to_datetime(utc).strftime("%m/%d/%Y %H:%M:%S")
            raise AlgorithmError(f"Scheduled event: '{name}' at {when}", error) from error

    def fail(self, context: str, error: BaseException) -> None:
        """Note an error that the loop will find at its next check; the first one counts."""
        if self._context.state.runtime_error is None:
            self._context.state.runtime_error = AlgorithmError(context, error)
            self._context.state.status = AlgorithmStatus.RUNTIME_ERROR

    def _call(self, name: str, context: str, *arguments: object) -> None:
        """Call the strategy's method for an event, if it has one.

        Raises:
            AlgorithmError: The strategy's code failed.
        """
        method = self._events.get(name)
        if method is None:
            return
        try:
            method(*arguments)
        except Exception as error:
            raise AlgorithmError(context, error) from error

    def _framework(self, context: str, step: Callable[[Any], None], argument: object) -> None:
        """Let the framework's models work.

        Raises:
            AlgorithmError: One of them failed.
        """
        try:
            step(argument)
        except Exception as error:
            raise AlgorithmError(context, error) from error

    def _on_data(self, data: Slice) -> None:
        """Call the strategy with the data of a step.

        Raises:
            AlgorithmError: The strategy's code failed.
        """
        method = self._events["on_data"]
        if method is not None:
            try:
                method(data)
            except Exception as error:
                raise AlgorithmError("OnData", error) from error

    def run(self, slices: Iterator[TimeSlice], trace_error: Callable[[str], None]) -> bool:
        """Work through the slices; return whether the end was reached without an error.

        Raises:
            AlgorithmError: The strategy's code failed where LEAN stops at once.
        """
        self.bind_events()
        self._was_warming_up = self._context.state.is_warming_up
        if not self._was_warming_up:
            self._call("on_warmup_finished", "OnWarmupFinished")
        state, portfolio = self._context.state, self._context.portfolio
        for slice_ in slices:
            if (self.stop_requested or state.status is not _RUNNING) and self._stopped(slice_.utc, trace_error):
                break
            self.last_utc = slice_.utc
            self.data_points += slice_.data_points
            if portfolio.total_value_() <= 0:
                text = "AlgorithmManager.Run(): Portfolio value is less than or equal to zero, stopping algorithm."
                trace_error(text)
                stamp = times.iso_text(self._context.local_now)
                self._results.messages.system_debug(f"{stamp} {text}")
                break
            if not self._step(slice_, trace_error):
                return False
            if self._ended:
                break
        return True

    def _stopped(self, utc: int, trace_error: Callable[[str], None]) -> bool:
        state = self._context.state
        if self.stop_requested and state.status is AlgorithmStatus.RUNNING:
            state.status = AlgorithmStatus.STOPPED
        if state.status is not AlgorithmStatus.RUNNING and state.runtime_error is None:
            when = times.invariant_text(utc)
            trace_error(f"AlgorithmManager.Run(): Algorithm state changed to {state.status.label} at {when}")
            return True
        return False

    def _step(self, slice_: TimeSlice, trace_error: Callable[[str], None]) -> bool:
        """Do the work of one slice; False when an error ends the run."""
        context, state = self._context, self._context.state
        utc = slice_.utc
        if utc > self._real_time.due_utc:
            self._scheduled(lambda: context.real_time.scan_past_events(utc))
        context.scanner.scan_past(utc)
        context.clock.utc = utc
        if slice_.is_time_pulse:
            self._check_warm_up(utc)
            return True
        self._algorithm.slice = slice_.slice
        self._take_data(slice_)
        if utc >= self._real_time.due_utc:
            self._scheduled(lambda: context.real_time.set_time(utc))
        if state.runtime_error is not None:
            return self._fails(trace_error)
        if (self.stop_requested or state.status is not _RUNNING) and self._stopped(utc, trace_error):
            self._ended = True
            return True
        self._tell_strategy(slice_)
        return state.runtime_error is None or self._fails(trace_error)

    def _tell_strategy(self, slice_: TimeSlice) -> None:
        """Pass on the data of a step, from margin calls to ``on_data``, and work off what the strategy orders."""
        data = slice_.slice
        if slice_.utc >= self._next_margin_call:
            self._check_margin(slice_.utc)
        if slice_.changes is not None:
            changes = slice_.changes.for_user()
            self._call("on_securities_changed", "OnSecuritiesChanged", changes)
            self._framework("OnSecuritiesChanged", self._algorithm.on_framework_securities_changed, changes)
        if data.has_auxiliary:
            self._actions.apply(data)
        self._update_consolidators(slice_)
        if data.has_auxiliary:
            self._tell_corporate_actions(slice_)
        if data.has_data:
            self._on_data(data)
        if self._algorithm.uses_framework:
            self._framework("OnData", self._algorithm.on_framework_data, data)
        if self._queue or self._open_orders:
            self._transactions.process_synchronous_events()
        view: SliceView = data
        self._results.process_synchronous_events(view)
        self._actions.end_of_step()

    def _take_data(self, slice_: TimeSlice) -> None:
        """Update securities and look for fills."""
        if slice_.changes is not None:
            self._process_changes(slice_.changes)
        self._update_securities(slice_)
        if slice_.universe_rows:
            self._remember(slice_.universe_rows)
        if slice_.utc >= self._next_settlement:
            self._next_settlement = slice_.utc - slice_.utc % times.HOUR + times.HOUR
            self._context.portfolio.settle(slice_.utc)
        if self._was_warming_up:
            self._check_warm_up(slice_.utc)
        data = slice_.slice
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

    def _fails(self, trace_error: Callable[[str], None]) -> bool:
        """Tell of the error that ends the run; return False for the end."""
        when = times.invariant_text(self._context.clock.utc)
        trace_error(f"AlgorithmManager.Run(): Stopping, encountered a runtime error at {when} UTC.")
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
            self._call("on_warmup_finished", "OnWarmupFinished")
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
        self._call("on_symbol_changed_events", "OnSymbolChangedEvents", events)
        for symbol in dict.keys(events):
            for ticket in self._context.transactions.get_open_order_tickets(symbol):
                ticket.cancel("Open order cancelled on symbol changed event")

    def _process_delistings(self, slice_: TimeSlice) -> None:
        for delisting in dict.values(slice_.slice.delistings):
            if isinstance(delisting, Delisting):
                self._actions.delist(delisting)

    def _check_margin(self, utc: int) -> None:
        self._next_margin_call = utc + _MARGIN_CALL_SPAN
        orders, warning = self._margin_calls.orders()
        executed = 0
        if orders and all(self._context.securities[o.symbol].exchange.exchange_open for o in orders):
            self._call("on_margin_call", "OnMarginCall", orders)
            tickets = self._margin_calls.execute(orders)
            executed = len(tickets)
            for ticket in tickets:
                when = times.invariant_text(self._context.local_now)
                self._algorithm.error(
                    f"{when} - Executed MarginCallOrder: {ticket.symbol} - "
                    f"Quantity: {ticket.quantity_:f} @ {numbers.normalize(ticket.average_fill_price_):f}"
                )
        if not executed and warning:
            self._call("on_margin_call_warning", "OnMarginCallWarning")

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
        except Exception as error:
            raise AlgorithmError("Consolidators update", error) from error

    def _tell_corporate_actions(self, slice_: TimeSlice) -> None:
        data = slice_.slice
        if data.splits:
            self._call("on_splits", "OnSplits", data.splits)
        if data.dividends:
            self._call("on_dividends", "OnDividends", data.dividends)
        if data.delistings:
            self._call("on_delistings", "OnDelistings", data.delistings)

    def finish(self) -> None:
        """Do the work after the last slice.

        Raises:
            AlgorithmError: The strategy's ``on_end_of_algorithm`` failed.
        """
        self._call("on_end_of_algorithm", "OnEndOfAlgorithm")
        self._results.process_synchronous_events(None, force=True)
        state = self._context.state
        if state.status is AlgorithmStatus.STOPPED:
            self._context.trace("AlgorithmManager.Run(): Stopping algorithm...")
            self._results.messages.system_log(f"{times.iso_text(self._context.local_now)} Algorithm Stopped")
        if state.status is not AlgorithmStatus.RUNTIME_ERROR:
            state.status = AlgorithmStatus.COMPLETED
        self._results.sample(self.last_utc)
