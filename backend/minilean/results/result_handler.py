"""The result handler: samples while a run goes on, and makes its statistics and files at the end."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from minilean import times
from minilean.io_errors import exception_text
from minilean.numbers import ONE, ZERO
from minilean.orders.order_event import OrderEvent
from minilean.results.charts import UserCharts
from minilean.results.data_monitor import DataMonitor, DataUsage
from minilean.results.messages import MessageLog, MessageOutput
from minilean.results.order_json import order_list_hash
from minilean.results.report import ResultReport, RunResult
from minilean.results.result_files import ResultFolder
from minilean.results.run_state import RuntimeFailure
from minilean.results.sampling import Sampler, sample_period
from minilean.results.views import AlgorithmView, BacktestJob, SampledHolding, SliceView
from minilean.statistics.builder import AlgorithmPerformance, RunSamples, StatisticsBuilder, StatisticsResults
from minilean.statistics.capacity import CapacityBar, CapacityEstimate, CapacityHolding
from minilean.statistics.flat_trades import FlatTradeBuilder
from minilean.statistics.interest_rate import RELATIVE_PATH, InterestRates
from minilean.statistics.series import TimeSeries
from minilean.statistics.summary import RunTotals, summary
from minilean.statistics.trade_builder import TradeBuilder

_DAY = times.DAY
_LONG_AGO = -(10**18)
_UNKNOWN = CapacityHolding(invested=False, reserved_value=ZERO)

AnyTradeBuilder = TradeBuilder | FlatTradeBuilder


@dataclass(slots=True)
class _Run:
    """What exists once the algorithm is set up."""

    view: AlgorithmView
    starting_value: Decimal
    sampler: Sampler
    capacity: CapacityEstimate
    period: int
    next_sample: int = _LONG_AGO
    last_slice: SliceView | None = None


class ResultHandler:
    """LEAN's ``BacktestingResultHandler``; see the package's docstring for the order of calls."""

    def __init__(self, job: BacktestJob, output: MessageOutput) -> None:
        """Prepare for a run.

        Args:
            job: The run; its results folder must exist.
            output: Console and ``log.txt``.
        """
        self._job = job
        self._output = output
        self._folder = ResultFolder(Path(job.results_folder), job.algorithm_id)
        self._report = ResultReport(job, self._folder)
        self._run: _Run | None = None
        self._failure = RuntimeFailure()
        self._unshown: RuntimeFailure | None = None
        self._runtime_statistics: dict[str, str] = {}
        self._summary_statistics: dict[str, str] = {}
        self.messages = MessageLog(output)
        self.charts = UserCharts()
        self.trade_builder: AnyTradeBuilder = TradeBuilder()
        self.data_monitor = DataMonitor(job.data_folder)

    @property
    def sample_period(self) -> int:
        """Microseconds between equity samples; 0 before the algorithm is set."""
        return self._run.period if self._run else 0

    def set_algorithm(self, view: AlgorithmView) -> None:
        """Take over the algorithm once ``initialize`` is done; its portfolio value is the start value."""
        zone = ZoneInfo(view.time_zone)
        start = view.start_date.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=zone)
        days = (view.end_date.date() - view.start_date.date()) // timedelta(days=1) + 1
        value = view.total_portfolio_value
        self._run = _Run(
            view=view,
            starting_value=value,
            sampler=Sampler(value, int(start.timestamp()) * times.SECOND, view.currency_symbol),
            capacity=CapacityEstimate(times.from_date(view.start_date.date()) // _DAY, days),
            period=sample_period(days * 24 * 60),
        )

    def refresh_start_value(self) -> None:
        """Take the portfolio value as start value again; LEAN does so when warm-up ends."""
        if self._run:
            self._run.starting_value = self._run.view.total_portfolio_value
            self._run.sampler.restart(self._run.starting_value)

    def set_runtime_statistic(self, name: str, value: str) -> None:
        """Show a figure of the strategy's own."""
        self._runtime_statistics[name] = value

    def set_summary_statistic(self, name: str, value: str) -> None:
        """Add a figure of the strategy's own to the statistics."""
        self._summary_statistics[name] = value

    def order_event(self, event: OrderEvent, rate: Decimal = ONE) -> None:
        """Count a fill for the capacity; ``rate`` is that of the quote currency in the account's."""
        if self._run and event.status.is_fill and event.fill_quantity_:
            self._run.capacity.on_fill(event.symbol.sid, event.utc, event.fill_price_ * rate, event.fill_quantity_)

    def process_synchronous_events(self, slice_view: SliceView | None = None, *, force: bool = False) -> None:
        """Follow capacity and equity after a time step; close the candle and drain messages when a sample is due.

        Args:
            slice_view: The step's data, None to look at the last step's again, as LEAN does at the end.
            force: Sample now; at the end of the run.
        """
        run = self._run
        if run is not None:
            view = run.view
            self.follow(view.utc_time, view.total_portfolio_value, slice_view or run.last_slice, force=force)

    def follow(self, utc: int, value: Decimal, slice_view: SliceView | None, *, force: bool = False) -> None:
        """Follow capacity and equity, as `process_synchronous_events` does, with the value of the portfolio."""
        run = self._run
        if run is None:
            return
        run.last_slice = slice_view
        if utc >= run.capacity.next_look or force:
            self._update_capacity(run, utc, slice_view, force=force)
        run.sampler.update_equity(value)
        if utc > run.next_sample or force:
            run.next_sample = utc + run.period
            run.sampler.sample_equity(utc, keep=not run.view.is_warming_up)
            run.sampler.take_user_charts(self.charts)
            self.messages.drain()

    def _update_capacity(self, run: _Run, utc: int, slice_view: SliceView | None, *, force: bool) -> None:
        capacity = run.capacity
        holdings: dict[str, SampledHolding] = {}

        def holding_of(sid: str) -> CapacityHolding:
            if not holdings:
                holdings.update((holding.sid, holding) for holding in run.view.holdings())
            held = holdings.get(sid)
            return CapacityHolding(held.invested, held.margin_used * held.leverage) if held else _UNKNOWN

        def bar_of(sid: str) -> CapacityBar | None:
            bar = slice_view.capacity_bar(sid) if slice_view is not None else None
            rate = ONE if bar is None else run.view.quote_rate(sid)
            return bar if bar is None or rate == ONE else replace(bar, close=bar.close * rate)

        capacity.update(utc, bar_of, holding_of, lambda: run.view.total_portfolio_value, force=force)

    def sample(self, utc: int) -> None:
        """Add the points of a day; nothing while warming up.

        Args:
            utc: Time of the sample: midnight of the algorithm's zone, or the last slice's time.
        """
        run = self._run
        if run is None or run.view.is_warming_up:
            return
        view = run.view
        run.sampler.sample_day(
            utc,
            value=view.total_portfolio_value,
            benchmark=view.benchmark_value(),
            capacity=run.capacity.capacity,
            holdings=list(view.holdings()),
        )

    def runtime_error(self, message: str, stack_trace: str) -> None:
        """Keep and show the error that ends the run.

        Args:
            message: Text to the user, with its time prefix.
            stack_trace: Where it happened; shown below the message.
        """
        self._failure = RuntimeFailure(message, stack_trace)
        self.messages.runtime_error(message, stack_trace)

    def initialization_error(self, message: str, stack_trace: str) -> None:
        """Keep the error of a strategy that could not be loaded or initialized; `exit` shows it.

        LEAN counts and logs such an error differently from one at run time: ``{id}-log.txt`` does not have it. Call
        `set_algorithm` before if an algorithm came to be: its empty charts and start values then go into the result.

        Args:
            message: Text to the user.
            stack_trace: Where it happened.
        """
        self._failure = self._unshown = RuntimeFailure(message, stack_trace)

    def statistics(self) -> AlgorithmPerformance:
        """Return the performance so far, without rolling windows."""
        run = self._run
        if run is None:
            return AlgorithmPerformance.empty()
        return self._builder(run).total(self._samples(run))

    def summary(self) -> dict[str, str]:
        """Return the printed statistics so far; empty before the first sample."""
        return self._summary(self.statistics())

    def _builder(self, run: _Run) -> StatisticsBuilder:
        rates = InterestRates.load(Path(self._job.data_folder))
        return StatisticsBuilder(rates, run.view.trading_days_per_year)

    def _samples(self, run: _Run) -> RunSamples:
        sampler = run.sampler
        return RunSamples(
            equity=sampler.equity.last_values(),
            performance=sampler.performance.last_values(),
            benchmark=sampler.benchmark.last_values(),
            turnover=sampler.turnover.last_values(),
            profit_loss=TimeSeries.of(run.view.transaction_record().items()),
            trades=tuple(self.trade_builder.closed_trades),
            starting_capital=run.starting_value,
        )

    def _summary(self, total: AlgorithmPerformance) -> dict[str, str]:
        run = self._run
        if run is None or not run.sampler.benchmark.times:
            return {}
        totals = RunTotals(
            orders=len(run.view.orders()),
            fees=run.view.totals().total_fees,
            capacity=run.capacity.capacity,
            lowest_capacity_asset=run.capacity.lowest_capacity_asset,
            currency_symbol=run.view.currency_symbol,
        )
        return summary(total.portfolio_statistics, totals) | self._summary_statistics

    def _result(self, status: str, *, final: bool) -> RunResult:
        return RunResult(
            status=status,
            view=self._run.view if self._run else None,
            charts=self._run.sampler.charts if self._run else {},
            starting_value=self._run.starting_value if self._run else ZERO,
            runtime_statistics=self._runtime_statistics,
            failure=self._failure,
            log_count=self.messages.count,
            end_time=time.time() if final else None,
        )

    def store_intermediate(self, status: str = "Running") -> None:
        """Write the running ``{id}.json`` (all points so far, the last hundred orders) and the newest order events."""
        with self._storing():
            self._report.write_intermediate(self._result(status, final=False))

    @contextlib.contextmanager
    def _storing(self) -> Iterator[None]:
        """Tell of a result that could not be stored, and go on: that is all LEAN does."""
        try:
            yield
        except OSError as error:
            self._output.error(f"BacktestingResultHandler.StoreResult():  {exception_text(error)}")

    def exit(self) -> None:
        """Begin the end: write ``{id}-log.txt``, sample once more, show the last messages.

        LEAN copies the log before its last sample: messages that only that one drains are shown but not in the file.

        Raises:
            OSError: The log cannot be written; LEAN then writes no result at all.
        """
        self._output.trace("BacktestingResultHandler.Exit(): starting...")
        entries = self.messages.entries
        self.process_synchronous_events(force=True)
        self.messages.drain()
        self._output.trace("BacktestingResultHandler.Exit(): Saving logs...")
        path = self._report.write_log(entries)
        if self._unshown is not None:
            self.messages.show_failure(self._unshown.message, self._unshown.stack_trace)
        prefix = f"{self._local_time()} " if self._run else ""
        notice = f"{prefix}Your log was successfully created and can be retrieved from: {path}"
        self.messages.system_debug(notice)

    def _local_time(self) -> str:
        view = self._run.view if self._run else None
        if view is None:
            return ""
        moment = times.to_datetime(view.utc_time).replace(tzinfo=ZoneInfo("UTC"))
        return f"{moment.astimezone(ZoneInfo(view.time_zone)):%Y-%m-%d %H:%M:%S}"

    def send_final_result(self, status: str) -> dict[str, str]:
        """Compute all statistics, write the result files and print the statistics.

        Args:
            status: LEAN's name of the algorithm's state, ``Completed`` or ``RuntimeError``.

        Returns:
            The printed statistics by name, with ``OrderListHash`` last.
        """
        run = self._run
        results = StatisticsResults(AlgorithmPerformance.empty(), {})
        if run is not None and run.sampler.benchmark.times:
            rates = Path(self._job.data_folder) / RELATIVE_PATH
            self.data_monitor.record(rates, succeeded=rates.is_file())
            results = self._builder(run).build(self._samples(run))
        printed = self._summary(results.total)
        with self._storing():
            self._report.write_final(replace(self._result(status, final=True), statistics=printed), results)
        orders = run.view.orders() if run else ()
        printed = {**printed, "OrderListHash": order_list_hash(orders)}
        self._output.trace("\n" + "\n".join(f"STATISTICS:: {name} {value}" for name, value in printed.items()))
        self._output.trace("BacktestingResultHandler.SendAnalysisResult(): Processed final packet")
        return printed

    def write_data_report(self) -> DataUsage:
        """Write the data monitor's files; LEAN does so after the results."""
        return self.data_monitor.write(self._folder.folder, self._job.start_time, time.time())
