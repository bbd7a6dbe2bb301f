"""Runs one job: load, initialize, run, report."""

# ruff: noqa: G004, TRY400 - records of LEAN's form, not of the module logging

import os
import resource
import socket
import sys
import time
from pathlib import Path

from minilean import times
from minilean.algorithm.context import AlgorithmContext
from minilean.algorithm.qc_algorithm import QCAlgorithm, find_event
from minilean.config import RunConfig
from minilean.data.custom_reader import CustomDataSources
from minilean.data.data_feed import DataFeed
from minilean.data.data_provider import DataProvider
from minilean.data.factor_files import FactorFiles
from minilean.engine.algorithm_manager import AlgorithmManager
from minilean.engine.algorithm_view import EngineAlgorithmView
from minilean.engine.corporate_actions import CorporateActions
from minilean.engine.errors import AlgorithmError, loading_text, running_text, trace_text
from minilean.engine.setup import dates_line, post_initialize
from minilean.engine.transaction_handler import TransactionHandler
from minilean.engine.transaction_listener import EngineTransactionListener
from minilean.engine.universe_selection import UniverseSelection
from minilean.enums import AlgorithmStatus
from minilean.launcher.loader import configure_paths, create_algorithm
from minilean.launcher.signals import OperationCanceledError, Phase, SignalHandlers, TimeLimitError
from minilean.launcher.watch import RunWatch
from minilean.log_handler import CompositeLogHandler
from minilean.results.result_handler import ResultHandler
from minilean.results.views import BacktestJob
from minilean.run_context import CONTEXT
from minilean.storage.object_store import ObjectStore
from minilean.surface import core_of

VERSION = "v2.5.0.0"
_HANDLERS = """JOB HANDLERS:
         DataFeed:             QuantConnect.Lean.Engine.DataFeeds.FileSystemDataFeed
         Setup:                QuantConnect.Lean.Engine.Setup.BacktestingSetupHandler
         RealTime:             QuantConnect.Lean.Engine.RealTime.BacktestingRealTimeHandler
         Results:              QuantConnect.Lean.Engine.Results.BacktestingResultHandler
         Transactions:         QuantConnect.Lean.Engine.TransactionHandlers.BacktestingTransactionHandler
         Object Store:         QuantConnect.Lean.Engine.Storage.LocalObjectStore
         History Provider:     QuantConnect.Lean.Engine.HistoricalData.HistoryProviderManager
         Brokerage:            QuantConnect.Brokerages.Backtesting.BacktestingBrokerage
         Data Provider:        QuantConnect.Lean.Engine.DataFeeds.DefaultDataProvider
"""
_PREFIX = "During the algorithm initialization, the following exception has occurred: "


class InitializationError(Exception):
    """The run cannot start; its message and trace have been told already."""


class JobRunner:
    """One job from its configuration to its result files."""

    def __init__(self, config: RunConfig, log: CompositeLogHandler, signals: SignalHandlers) -> None:
        self._config = config
        self._log = log
        self._signals = signals
        self._started = time.time()
        job = BacktestJob(
            algorithm_id=config.algorithm_id,
            name=config.backtest_name,
            results_folder=str(config.results_folder),
            data_folder=config.data_folder,
            parameters=config.parameters,
            hostname=f"{socket.gethostname()} (minilean)",
            version=f"{VERSION} (minilean)",
            start_time=self._started,
        )
        self._results = ResultHandler(job, log)
        self._failed_late = False
        self.exit_code = 1

    def run(self) -> None:
        """Run the job; ``exit_code`` is right from the moment its algorithm has ended.

        Raises:
            OSError: The results folder cannot be written to.
        """
        status = AlgorithmStatus.RUNNING
        try:
            status = self._run()
        except InitializationError:
            self._log.trace("Engine.Run(): Disconnecting from brokerage...")
        failed = status is not AlgorithmStatus.COMPLETED
        self.exit_code = 1 if failed else 0
        self._results.exit()
        self._log.trace("StopSafely(): Waiting for 'Result Thread' thread to stop...")
        self._log.trace("BacktestingResultHandler.Run(): Ending Thread...")
        final = "RuntimeError" if failed or self._failed_late else "Completed"
        self._results.send_final_result(final)
        self._log.trace("Engine.Run(): Disconnecting from brokerage...")
        self._log.trace("Engine.Run(): Disposing of setup handler...")
        self._log.trace("Engine.Main(): Analysis Completed and Results Posted.")
        self._log.trace("DataMonitor.Exit(): start...")
        usage = self._results.write_data_report()
        self._log.trace("\n".join(["DataMonitor.GenerateReport():", *usage.lines()]))
        self._log.trace("DataMonitor.Exit(): end")

    def failed_late(self) -> None:
        """Note an error after the last check of the loop: LEAN then exits with 0 and yet reports a runtime error."""
        self._failed_late = True

    def _run(self) -> AlgorithmStatus:
        log = self._log
        log.trace("PythonInitializer.Initialize(): start...")
        configure_paths(self._config.algorithm_location, self._config.python_paths, log)
        log.trace("PythonInitializer.Initialize(): ended")
        context = self._make_context()
        algorithm = self._load(context)
        return _Run(self, context, algorithm, self._results, log).execute(self._config, self._signals, self._started)

    def _make_context(self) -> AlgorithmContext:
        folder = Path(self._config.data_folder)
        provider = DataProvider(folder, self._results.data_monitor.record)
        try:
            store = ObjectStore(Path(self._config.object_store_root), self._results.messages.debug)
            custom = CustomDataSources(self._results.data_monitor.record, lambda key: _object_text(store, key))
            feed = DataFeed(provider, FactorFiles(folder / "equity" / "usa" / "factor_files"), custom=custom)
            context = AlgorithmContext(folder, feed, self._results, self._log.trace, store)
        except OSError as error:
            self._report(f"Algorithm.Initialize() Error: {error}", str(error))
            raise InitializationError from error
        context.state.name = self._config.backtest_name
        CONTEXT.set(context)
        return context

    def _load(self, context: AlgorithmContext) -> QCAlgorithm:
        config, log = self._config, self._log
        try:
            with self._signals.time_limit(config.creation_timeout):
                algorithm = create_algorithm(config.algorithm_location, log)
        except TimeLimitError as error:
            log.error(f"Security.ExecuteWithTimeLimit(): {error}")
            self._report(f"Algorithm.Initialize() Error: {running_text(error)}", str(error))
            raise InitializationError from error
        except (Exception, SystemExit) as error:
            _make_room(error)
            text = f"AlgorithmPythonWrapper(): {loading_text(error)}"
            log.error(f"Loader.TryCreatePythonAlgorithm():  System.Exception: {text}")
            text = (
                f"{_PREFIX}Loader.TryCreatePythonAlgorithm(): Unable to import python module "
                f"{config.algorithm_location}. {text}"
            )
            log.error(f"Engine.Run():  QuantConnect.Lean.Engine.Setup.AlgorithmSetupException: {text}")
            self._report(f"Algorithm.Initialize() Error: {text} Stack Trace: {text}", text)
            raise InitializationError from error
        if config.mute_python:
            sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - for the life of the process
        context.parameters = dict(config.parameters)
        return algorithm

    def _report(self, message: str, trace: str) -> None:
        self._results.initialization_error(message, trace)


def _object_text(store: ObjectStore, key: str) -> str | None:
    return store.read(key) if store.contains_key(key) else None


def _make_room(error: BaseException) -> None:
    """Let the engine tell that a strategy has had all its memory: the lower of two limits is meant for that one."""
    if isinstance(error, MemoryError):
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


class _Run:
    """A loaded algorithm on its way from `initialize` to the end."""

    def __init__(
        self,
        job: JobRunner,
        context: AlgorithmContext,
        algorithm: QCAlgorithm,
        results: ResultHandler,
        log: CompositeLogHandler,
    ) -> None:
        self._job = job
        self._context = context
        self._strategy = algorithm
        self._algorithm = core = core_of(algorithm)
        self._results = results
        self._log = log
        self._listener = EngineTransactionListener(context, results, self._fail)
        self._transactions = TransactionHandler(context.clock, context.securities, context.portfolio, self._listener)
        self._universe = UniverseSelection(context, core, context.feed, self._selection_failed)
        actions = CorporateActions(
            context, self._transactions, results, self._universe.end_of_step, self._universe.security_delisted
        )
        self._manager = AlgorithmManager(context, algorithm, self._transactions, results, actions)
        context.connect_schedule(core, self._manager.guard)
        context.transactions.set_order_processor(self._transactions)
        self._listener.on_error = core.error
        self._listener.on_debug = core.debug
        self._listener.on_execution_event = core.tell_execution_model
        self._listener.on_order_event = find_event(algorithm, "on_order_event")

    def _fail(self, context: str, error: BaseException) -> None:
        self._manager.fail(context, error)

    def _selection_failed(self, context: str, error: BaseException) -> None:
        self._manager.fail(context, error)
        self._log_runtime_error(AlgorithmError(context, error))

    def execute(self, config: RunConfig, signals: SignalHandlers, started: float) -> AlgorithmStatus:
        """Initialize and run; return the final state."""
        self._initialize(config, signals)
        state = self._context.state
        log = self._log
        if state.status is AlgorithmStatus.INITIALIZING:  # else `initialize` has quit
            state.status = AlgorithmStatus.RUNNING
        context = self._context
        context.schedule.register(
            "Daily Sampling", context.date_rules.every_day(), context.time_rules.midnight,
            lambda: self._results.sample(context.clock.utc),
        )  # fmt: skip
        start, end, now = (
            times.invariant_text(moment) for moment in (state.start_local, state.end_local, context.local_now)
        )
        log.trace(
            f"AlgorithmManager.Run(): Begin DataStream - Start: {start} Stop: {end} Time: {now} "
            f"Warmup: {state.is_warming_up}"
        )
        signals.on_stop = self._stop
        signals.phase = Phase.RUNNING
        self._system_debug(f"Launching analysis for {config.algorithm_id} with LEAN Engine {VERSION}")
        if state.is_warming_up:
            log.trace(f"AlgorithmManager.Stream(): Subscriptions count before warm up: {context.subscriptions.count}")
            self._algorithm.debug("Algorithm starting warm up...")
        self._loop()
        signals.phase = Phase.LOADING
        log.trace("Engine.Run(): Exiting Algorithm Manager")
        self._tell_runtime_error()
        for text in context.feed.start_limits.messages():
            self._system_debug(text)
        self._tell_speed(config, started)
        return state.status

    def _initialize(self, config: RunConfig, signals: SignalHandlers) -> None:
        log, context = self._log, self._context
        log.trace(
            f"LocalObjectStore.Initialize(): Storage Root: {config.object_store_root}. StorageFileCount 10000. "
            "StorageLimit 10240MB. StoragePermissions Read=True Write=True Delete=True"
        )
        log.trace("HistoryProviderManager.Initialize(): history providers [SubscriptionDataReaderHistoryProvider]")
        log.trace("BaseSetupHandler.Setup(LocalPlatform): UID: 0, PID: 0, Version: 2.5.0.0, Source: WebIDE")
        context.clock.utc = context.state.zone.to_utc(context.state.start_local)
        try:
            with signals.time_limit(config.initialization_timeout):
                method = find_event(self._strategy, "initialize") or self._strategy.initialize
                method()
                context.state.locked = True
                post_initialize(self._algorithm, context)
        except TimeLimitError as error:
            log.error(f"Security.ExecuteWithTimeLimit(): {error}")
            self._give_up(f"Algorithm.Initialize() Error: {running_text(error)}", str(error))
            raise InitializationError from error
        except (Exception, SystemExit) as error:
            self._refuse(error)
            raise InitializationError from error
        self._results.set_algorithm(EngineAlgorithmView(context, self._transactions, self._listener.events))
        self._tell_setup(config)

    def _refuse(self, error: BaseException) -> None:
        _make_room(error)
        text = loading_text(error)
        self._log.error(f"Engine.Run(): {_PREFIX}{text}")
        stamp = times.iso_text(self._context.local_now)
        self._give_up(f"{stamp} {_PREFIX}{text}", text)

    def _give_up(self, message: str, trace: str) -> None:
        self._results.set_algorithm(EngineAlgorithmView(self._context, self._transactions, self._listener.events))
        self._results.initialization_error(message, trace)

    def _tell_setup(self, config: RunConfig) -> None:
        log, portfolio = self._log, self._context.portfolio
        account = self._context.state.brokerage_model.account_type.label
        log.trace(
            f"BaseSetupHandler.SetupCurrencyConversions():\nAccount Type: {account}\n\n{portfolio.cash_book.text()}"
        )
        log.trace(f"Total margin information: TotalMarginUsed: 0.00, MarginRemaining: {portfolio.cash_:.2f}")
        log.trace(f"SetUp Backtesting: User: 0 ProjectId: 0 AlgoId: {config.algorithm_id}")
        log.trace(dates_line(self._context))
        period = self._results.sample_period / times.MINUTE
        log.trace(f"BacktestingResultHandler(): Sample Period Set: {period:05.2f}")
        log.trace(_HANDLERS)

    def _stop(self) -> None:
        self._manager.stop_requested = True

    def _system_debug(self, text: str) -> None:
        self._results.messages.system_debug(f"{times.iso_text(self._context.local_now)} {text}")

    def _loop(self) -> None:
        context, log = self._context, self._log
        watch = RunWatch(context, self._algorithm, self._results, log)
        synchronizer = self._universe.synchronizer
        self._universe.begin()
        slices = watch.slices(synchronizer.slices(context.clock.utc, self._warm_up_end))
        try:
            ended = self._manager.run(slices, log.error)
            log.trace("Synchronizer.GetEnumerator(): Exited thread.")
            if ended:
                log.trace("AlgorithmManager.Run(): Firing On End Of Algorithm...")
                self._manager.finish()
        except AlgorithmError as error:
            _make_room(error.cause)
            self._manager.fail(error.context, error.cause)
            self._log_runtime_error(error)
        except OperationCanceledError as error:
            self._manager.fail("Engine Isolator", error)

    def _warm_up_end(self) -> int | None:
        state = self._context.state
        return state.zone.to_utc(state.start_local) if state.is_warming_up else None

    def _log_runtime_error(self, error: AlgorithmError) -> None:
        when = times.invariant_text(self._context.clock.utc)
        self._log.error(
            f"Extensions.SetRuntimeError(): Extensions.SetRuntimeError(): RuntimeError at {when} UTC. "
            f"Context: {error.context} Python.Runtime.PythonException: {trace_text(error.cause)}"
        )

    def _tell_runtime_error(self) -> None:
        error = self._context.state.runtime_error
        if error is None:
            return
        self._log.trace("Engine.Run(): Sending runtime error to user...")
        cause = error.cause if isinstance(error, AlgorithmError) else error
        text = running_text(cause)
        stamp = times.iso_text(self._context.local_now)
        self._results.runtime_error(f"{stamp} Runtime Error: {text}", text)
        if self._context.state.status is AlgorithmStatus.COMPLETED:
            self._job.failed_late()

    def _tell_speed(self, config: RunConfig, started: float) -> None:
        seconds = time.time() - started
        points = self._manager.data_points + self._context.history.data_points
        speed = points / 1000 / seconds if seconds else 0.0
        self._system_debug(
            f"Algorithm Id:({config.algorithm_id}) completed in {seconds:.2f} seconds at {speed:.0f}k data points per "
            f"second. Processing total of {points:,} data points."
        )
