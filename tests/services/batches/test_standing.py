"""What follows from a batch's counts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.models.batches import BatchItem, BatchProgress, BatchStatus
from leanboard.models.run import BacktestStatus, Reason
from leanboard.services.batches.batch_views import stored_view
from leanboard.services.batches.retries import RetryPolicy
from leanboard.services.batches.standing import percent_now, progress_of, status_of
from services.builders import NOW
from storage.batches import make_batch

STATUSES = st.lists(st.tuples(st.sampled_from(BacktestStatus), st.floats(0, 100)), max_size=30)


def counts(**numbers: int) -> BatchProgress:
    return BatchProgress(total=sum(numbers.values()), **numbers)


@pytest.mark.parametrize(
    ("progress", "paused", "cancelled", "status"),
    [
        (counts(pending=3), False, False, BatchStatus.PENDING),
        (counts(pending=3), True, False, BatchStatus.PAUSED),
        (counts(pending=2, running=1), False, False, BatchStatus.RUNNING),
        (counts(pending=2, completed=1), False, False, BatchStatus.RUNNING),
        (counts(running=1, completed=1), True, False, BatchStatus.PAUSED),
        (counts(running=1, cancelled=2), False, True, BatchStatus.RUNNING),
        (counts(pending=3), False, True, BatchStatus.RUNNING),
        (counts(pending=1, running=1), True, True, BatchStatus.RUNNING),
        (counts(completed=1, failed=2), False, False, BatchStatus.COMPLETED),
        (counts(failed=2), True, False, BatchStatus.FAILED),
        (counts(completed=1, cancelled=2), False, True, BatchStatus.CANCELLED),
        (counts(completed=3), False, True, BatchStatus.COMPLETED),
        (counts(completed=1, cancelled=1), False, False, BatchStatus.COMPLETED),
        (counts(cancelled=1), False, False, BatchStatus.CANCELLED),
    ],
)
def test_status(progress, paused, cancelled, status):
    assert status_of(progress, paused=paused, cancelled=cancelled) is status
    nothing_open = progress.pending + progress.running == 0
    assert status.is_final is nothing_open


def items(states):
    return [
        BatchItem(number=number, strategy_name="main", status=status, percent=percent)
        for number, (status, percent) in enumerate(states, start=1)
    ]


@given(STATUSES)
def test_the_counts_add_up_and_100_percent_means_all(states):
    progress = progress_of(items(states), workers=2)
    of_each = (progress.completed, progress.failed, progress.running, progress.pending, progress.cancelled)
    assert sum(of_each) == progress.total == len(states)
    assert (progress.percent == 100) is (progress.completed + progress.failed == progress.total)
    assert progress.percent <= percent_now(items(states)) <= 100


@given(STATUSES.filter(bool), st.data())
def test_percent_does_not_go_back_when_items_go_on_or_are_cancelled(states, data):
    before = percent_now(items(states))
    after = list(states)
    place = data.draw(st.integers(0, len(states) - 1))
    if states[place][0] in {BacktestStatus.PENDING, BacktestStatus.RUNNING}:
        after[place] = (data.draw(st.sampled_from(BacktestStatus)), 0.0)
    still_open = any(not status.is_terminal for status, _ in after)
    if still_open:
        assert progress_of(items(after), workers=2, least=before).percent >= before


def test_the_estimate_rests_on_what_was_executed():
    def ended(number, seconds, **changes):
        times = {"started_at": NOW, "finished_at": NOW + timedelta(seconds=seconds)}
        status = BacktestStatus.COMPLETED
        return BatchItem(number=number, strategy_name="main", status=status, **times).evolve(**changes)

    done = [ended(1, 10), ended(2, 12), ended(3, 0, reused=True), ended(4, 1, status=BacktestStatus.CANCELLED)]
    running = BatchItem(number=5, strategy_name="main", status=BacktestStatus.RUNNING, percent=50)
    waiting = [BatchItem(number=number, strategy_name="main") for number in range(6, 9)]
    assert progress_of([*done, running, *waiting], workers=2).eta == pytest.approx(11 * 3.5 / 2, abs=0.1)
    assert progress_of([*done, running], workers=8).eta == pytest.approx(5.5), "one run has one worker"
    assert progress_of([running, *waiting], workers=2).eta is None
    assert progress_of(done, workers=2).eta is None


def test_only_what_the_strategy_cannot_help_is_tried_again_and_later_each_time():
    policy = RetryPolicy(tries=3, pause=10)
    pauses = [policy.next_try(BacktestStatus.FAILED, Reason.LOST, retries, NOW) for retries in range(3)]
    assert pauses == [NOW + timedelta(seconds=10), NOW + timedelta(seconds=20), None]
    many = RetryPolicy(tries=100, pause=10)
    assert many.next_try(BacktestStatus.FAILED, Reason.DISK_FULL, 50, NOW) == NOW + timedelta(minutes=10)
    tried = {reason for reason in Reason if policy.next_try(BacktestStatus.FAILED, reason, 0, NOW)}
    assert tried == {Reason.LOST, Reason.ENGINE_ERROR, Reason.DISK_FULL}
    for status in set(BacktestStatus) - {BacktestStatus.FAILED}:
        assert policy.next_try(status, Reason.LOST, 0, NOW) is None


def test_a_batch_is_final_once_its_end_is_stored_and_may_be_deleted_then():
    ended = make_batch(progress=counts(completed=1))
    assert (stored_view(ended).status, stored_view(ended).state) == (BatchStatus.COMPLETED, "partial")
    assert stored_view(replace(ended, finished_at=NOW)).state == "final"
