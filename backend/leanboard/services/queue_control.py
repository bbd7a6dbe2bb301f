"""The queue as people see and change it: its limit, pause and resume, who runs and who waits."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from leanboard.models.queue import SHOWN, QueueChanges, QueuedRun, QueueState
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.event_hub import EventHub
from leanboard.services.run_queue import RunQueue
from leanboard.storage.queue_wish import QueueWish, read_wish, write_wish

log = structlog.get_logger(__name__)


class QueueControl:
    """Shows and changes the queue.

    Args:
        queue: With the limit of the settings.
        told: Called after every change, such as what starts runs.
        hub: Knows the runs.
        storage: Lends its threads.
        wish: Path of queue.json.
    """

    def __init__(
        self,
        *,
        queue: RunQueue,
        told: Sequence[Callable[[], None]],
        hub: EventHub,
        storage: BacktestStorage,
        wish: Path,
    ) -> None:
        self._queue = queue
        self._told = told
        self._hub = hub
        self._storage = storage
        self._wish = wish
        self._at_start = queue.max_running
        self._changing = asyncio.Lock()

    async def restore(self) -> None:
        """Pause the queue if it was paused when the service ended; before anybody starts."""
        self._queue.paused = (await self._storage.in_thread(read_wish, self._wish)).paused

    def state(self) -> QueueState:
        """Return the queue at this moment."""
        queue = self._queue
        return QueueState(
            max_running=queue.max_running,
            max_running_at_start=self._at_start,
            paused=queue.paused,
            reason=queue.hold_reason,
            running=self._runs(queue.slots),
            waiting=self._runs(queue.first(SHOWN)),
            waiting_total=queue.waiting_count,
        )

    async def change(self, changes: QueueChanges) -> QueueState:
        """Change limit or pause; a pause is durable when this returns.

        Raises:
            StorageError: The disk refuses; nothing has changed then.
        """
        # Shielded as one: a client that hangs up must not leave a file that says something else than the queue.
        await asyncio.shield(self._change(changes))
        return self.state()

    async def _change(self, changes: QueueChanges) -> None:
        async with self._changing:
            named = changes.model_fields_set
            if "paused" in named and changes.paused != self._queue.paused:
                await self._storage.in_thread(write_wish, self._wish, QueueWish(paused=changes.paused))
                self._queue.paused = changes.paused
            if "max_running" in named:
                self._queue.max_running = changes.max_running
        log.info("the queue was changed", paused=self._queue.paused, max_running=self._queue.max_running)
        for tell in self._told:
            tell()

    def _runs(self, ids: tuple[str, ...]) -> tuple[QueuedRun, ...]:
        return tuple(found for run_id in ids if (found := self._run(run_id)) is not None)

    def _run(self, run_id: str) -> QueuedRun | None:
        run = self._hub.run(run_id)
        if run is None:
            return None
        return QueuedRun(
            run_id=run_id,
            name=run.name,
            strategy_name=run.strategy_name,
            engine=run.engine,
            batch=run.batch,
            queue=self._queue.place(run_id),
            settling=run_id in self._queue.leaving,
            created_at=run.created_at,
            started_at=run.started_at,
        )
