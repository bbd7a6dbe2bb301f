"""Examples of the queue, for the interface's description."""

from leanboard.api.samples import PENDING_RUN, RUNNING_RUN
from leanboard.models.queue import QueuedRun, QueueState
from leanboard.models.run import BacktestRunInfo, BatchPlace, QueuePlace

_BATCH = BatchPlace(id="5d1f0c9ab2e34f6f8a7b6c5d4e3f2a1b", item=12)


def _queued(run: BacktestRunInfo, **changes: object) -> QueuedRun:
    known = {name: getattr(run, name) for name in QueuedRun.model_fields.keys() & BacktestRunInfo.model_fields.keys()}
    return QueuedRun.model_validate({**known, "run_id": run.id, **changes})


_WAITING = _queued(
    PENDING_RUN.evolve(id="7c9e6679742540de944be07fc1f90ae7"),
    batch=_BATCH,
    queue=QueuePlace(position=1, reason="2 of 2 slots busy, position 1, about 20 s", expected_wait=20.0),
)
QUEUE = QueueState(
    max_running=2,
    max_running_at_start=2,
    paused=False,
    running=(_queued(RUNNING_RUN, queue=None),),
    waiting=(_WAITING,),
    waiting_total=1,
)
PAUSED = QUEUE.evolve(
    paused=True,
    reason="the queue is paused",
    waiting=(_WAITING.evolve(queue=QueuePlace(position=1, reason="the queue is paused, position 1")),),
)
