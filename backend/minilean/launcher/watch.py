"""What happens by the wall clock while a run goes on: intermediate results, warm-up progress, heartbeat."""

import resource
import time
from collections.abc import Iterator

from minilean import times
from minilean.algorithm.context import AlgorithmContext
from minilean.algorithm.qc_algorithm import QCAlgorithm
from minilean.data.time_slice import TimeSlice, TimeSliceRun
from minilean.log_handler import CompositeLogHandler
from minilean.results.result_handler import ResultHandler

_FIRST_STORE = 5.0
_STORE_EVERY = 30.0
_HEARTBEAT = 60.0
_WARM_UP_FIRST = 1.0
_WARM_UP_EVERY = 2.0


class RunWatch:
    """Passes time slices on and looks at the clock between them."""

    def __init__(
        self, context: AlgorithmContext, algorithm: QCAlgorithm, results: ResultHandler, log: CompositeLogHandler
    ) -> None:
        self._context = context
        self._algorithm = algorithm
        self._results = results
        self._log = log
        now = time.monotonic()
        self._next_store = now + _FIRST_STORE
        self._next_heartbeat = now + _HEARTBEAT
        self._next_warm_up = now + _WARM_UP_FIRST
        self._percent = 0
        self._start = context.clock.utc
        self._stored_day = -1

    def slices(self, slices: Iterator[TimeSlice | TimeSliceRun]) -> Iterator[TimeSlice | TimeSliceRun]:
        """Yield the slices; within a run of them, which is a day at most, the clock is not looked at."""
        for slice_ in slices:
            now = time.monotonic()
            if now >= self._next_store:
                self._store(now, slice_.utc // times.DAY)
            if now >= self._next_heartbeat:
                self._next_heartbeat = now + _HEARTBEAT
                used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                self._log.trace(
                    f"Isolator.ExecuteWithTimeLimit(): Used: {used}, Sample: {used}, App: {used}, "
                    "CurrentTimeStepElapsed: 00:00.000. CPU: 100%"
                )
            if now >= self._next_warm_up and self._context.state.is_warming_up:
                self._warm_up(now, slice_.utc)
            yield slice_

    def _store(self, now: float, day: int) -> None:
        """Write the running result, at most once per simulated day."""
        if day != self._stored_day:
            self._stored_day = day
            self._next_store = now + _STORE_EVERY
            self._results.store_intermediate("Running")

    def _warm_up(self, now: float, utc: int) -> None:
        self._next_warm_up = now + _WARM_UP_EVERY
        state = self._context.state
        end = state.zone.to_utc(state.start_local)
        percent = int(100 * (utc - self._start) / (end - self._start)) if end > self._start else 100
        if percent != self._percent:
            self._percent = percent
            self._algorithm.debug(f"Processing algorithm warm-up request {percent}%...")
