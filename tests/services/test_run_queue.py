"""Who runs next, and why the others wait."""

from hypothesis import given
from hypothesis import strategies as st

from leanboard.services.run_queue import RunQueue


def test_first_come_first_served_up_to_the_limit():
    queue = RunQueue(2)
    for name in "abc":
        queue.add(name)
    assert [queue.take(), queue.take(), queue.take()] == ["a", "b", None]
    queue.release("a")
    assert queue.take() == "c"


def test_place_says_position_reason_and_expected_wait():
    queue = RunQueue(1)
    for name in "abc":
        queue.add(name)
    queue.take()
    assert queue.place("c").reason == "1 of 1 slots busy, position 2"
    assert queue.place("c").expected_wait is None
    queue.release("a", seconds=20.0)
    queue.take()
    place = queue.place("c")
    assert (place.position, place.expected_wait) == (1, 20.0)
    assert place.reason == "1 of 1 slots busy, position 1, about 20 s"
    assert queue.place("b") is None


def test_a_held_queue_starts_nobody_and_says_why():
    queue = RunQueue(1)
    queue.add("a")
    assert queue.hold("disk full")
    assert not queue.hold("disk full")
    assert queue.take() is None
    assert queue.place("a").reason == "disk full, position 1"
    assert queue.hold("")
    assert queue.take() == "a"


def test_discard_takes_only_waiting_runs():
    queue = RunQueue(1)
    queue.add("a")
    queue.add("b")
    queue.take()
    assert not queue.discard("a")
    assert queue.discard("b")
    assert not queue.discard("b")


def test_adding_twice_changes_nothing():
    queue = RunQueue(1)
    queue.add("a")
    queue.add("a")
    assert queue.take() == "a"
    queue.add("a")
    assert queue.waiting == ()


@given(st.lists(st.tuples(st.sampled_from(["add", "take", "release", "discard"]), st.integers(0, 8)), max_size=60))
def test_never_more_than_the_limit_runs_and_order_is_kept(steps):
    queue, added, started = RunQueue(3), [], []
    for action, number in steps:
        name = str(number)
        if action == "add" and name not in added:
            queue.add(name)
            added.append(name)
        elif action == "take" and (taken := queue.take()):
            started.append(taken)
        elif action == "release":
            queue.release(name)
        elif action == "discard" and queue.discard(name):
            added.remove(name)
        assert len(queue.running) <= 3
    assert started == [name for name in added if name in started]
