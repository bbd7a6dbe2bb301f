"""How long a batch would take, from what runs like its own took."""

import pytest

from leanboard.errors import InvalidInput
from leanboard.models.batch_requests import BatchRequest
from leanboard.models.batches import AxisLength
from leanboard.models.run import EngineName
from leanboard.services.batches.estimate import BatchEstimates, Load, estimate_of
from leanboard.services.batches.planning import plan
from leanboard.services.health import DiskGuard
from leanboard.services.run_queue import RunQueue
from leanboard.storage.past_runs import PastRun

CROSS = ("cross", EngineName.EMBEDDED)
HOLD = ("hold", EngineName.DOCKER)


def test_the_median_of_the_past_for_each_kind_shared_by_the_workers():
    past = {
        CROSS: (PastRun(2, 100, None), PastRun(4, 300, None), PastRun(90, 200, None)),
        HOLD: (PastRun(10, 50, None),),
    }
    found = estimate_of([Load(CROSS, None, 6), Load(HOLD, None, 1)], past, workers=2)
    assert (found.runs, found.seconds, found.based_on, found.run_seconds) == (7, (6 * 4 + 10) / 2, 4, 7)
    assert found.disk == 6 * 200 + 50


def test_no_shorter_than_the_longest_run():
    assert estimate_of([Load(CROSS, None, 2)], {CROSS: (PastRun(8, 1, None),)}, workers=50).seconds == 8


def test_days_stretch_and_shorten_where_they_are_known_of_both():
    past = {CROSS: (PastRun(10, 1, 100),)}
    assert estimate_of([Load(CROSS, 300, 1)], past, 1).seconds == 30
    assert estimate_of([Load(CROSS, 50, 2)], past, 1).seconds == 10
    assert estimate_of([Load(CROSS, None, 1)], past, 1).seconds == 10
    assert estimate_of([Load(CROSS, 50, 1)], {CROSS: (PastRun(10, 1, None),)}, 1).seconds == 10


def test_what_never_ran_makes_the_whole_unknown_and_is_named():
    found = estimate_of([Load(CROSS, None, 1), Load(HOLD, None, 1)], {CROSS: (PastRun(2, 3, None),)}, 1)
    assert (found.seconds, found.disk, found.run_seconds, found.based_on) == (None, None, 2, 1)
    assert found.warnings == ("no past run tells how long it takes: hold on engine docker",)


def test_sizes_that_an_earlier_version_did_not_store():
    assert estimate_of([Load(CROSS, None, 1)], {CROSS: (PastRun(2, None, None),)}, 1).disk is None


class Past:
    async def of(self, strategies):
        return {CROSS: (PastRun(2, 40 << 20, None),)} if "cross" in strategies else {}


class Disk(DiskGuard):
    def __init__(self, free):
        super().__init__("/nowhere", 200)
        self._free = free

    def free_mb(self):
        return self._free


async def estimated(content, *, queue=2, free=1000, known: tuple[bool, ...] | None = ()):
    async def plan_of(request):
        return plan(request, {}, 5000)

    async def engines(items):
        return {(one.request.strategy_name, one.request.engine): EngineName.EMBEDDED for one in items}

    async def reuse(items, _engines):
        return None if known is None else (*known, *[False] * (len(items) - len(known)))

    made = BatchEstimates(
        plan=plan_of, engines=engines, reuse=reuse, past=Past(), queue=RunQueue(queue), disk=Disk(free)
    )
    return await made.estimate(BatchRequest.model_validate(content))


async def test_as_many_workers_as_the_batch_may_have_and_there_are():
    content = {"sweep": {"strategies": ["cross"], "parameters": {"fast": [1, 2, 3]}}}
    found = await estimated(content)
    assert (found.runs, found.workers, found.seconds, found.axes, found.warnings) == (
        3,
        2,
        3,
        (AxisLength(name="fast", values=3),),
        (),
    )
    assert (await estimated(content, queue=8)).workers == 3
    found = await estimated(content | {"max_workers": 4})
    assert found.workers == 2
    assert found.warnings == ("max_workers is 4, but the queue lets 2 run at a time",)


async def test_what_finished_runs_answer_takes_no_time_and_no_disk():
    content = {"items": [{"strategy": "hold"}, *[{"strategy": "cross"}] * 3]}
    found = await estimated(content, known=(True, False, True))
    assert (found.runs, found.reused, found.workers, found.seconds, found.disk) == (4, 2, 2, 2, 80 << 20)
    assert found.warnings == (), "what is not executed need not be known"
    found = await estimated(content, known=(True,) * 4)
    assert (found.runs, found.reused, found.workers, found.seconds, found.disk) == (4, 4, 1, 0, 0)


async def test_fresh_executes_everything_and_nothing_is_looked_at():
    found = await estimated({"items": [{"strategy": "cross"}], "fresh": True}, known=None)
    assert (found.reused, found.seconds, found.warnings) == (0, 2, ())


async def test_too_many_finished_runs_to_look_at_are_told():
    found = await estimated({"items": [{"strategy": "cross"}] * 4}, known=None)
    assert (found.reused, found.seconds) == (None, 4)
    assert "the time counts all of them" in found.warnings[0]


async def test_a_disk_that_is_too_small_is_told():
    found = await estimated({"items": [{"strategy": "cross"}] * 10}, free=500)
    assert found.disk == 400 << 20
    assert "about 400 MB, and 300 MB can be used" in found.warnings[0]


async def test_what_is_no_batch_is_refused():
    with pytest.raises(InvalidInput, match="step is 0"):
        await estimated({"sweep": {"strategies": ["a"], "parameters": {"x": {"min": 1, "max": 2, "step": 0}}}})
