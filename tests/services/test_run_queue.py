"""Who runs next, and why the others wait."""

import heapq
import random
from collections import Counter
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.services.run_queue import RunQueue


def taken(queue, count=1000):
    """Take until nobody may start."""
    found = []
    while len(found) < count and (run := queue.take()):
        found.append(run)
    return found


def filled(slots, **owners):
    """Return a queue in which each owner has so many runs waiting: a0, a1 ... b0 ..."""
    queue = RunQueue(slots)
    for owner, count in owners.items():
        for number in range(count):
            queue.add(f"{owner}{number}", owner=owner)
    return queue


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


def test_a_paused_queue_starts_nobody_and_what_runs_goes_on():
    queue = filled(2, a=3)
    assert taken(queue, 1) == ["a0"]
    queue.paused = True
    assert queue.take() is None
    assert queue.running == {"a0"}
    assert queue.place("a2").reason == "the queue is paused, position 2"
    queue.paused = False
    assert queue.take() == "a1"


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


def test_owners_share_the_slots_however_many_runs_they_have():
    queue = filled(4, big=500, small=2)
    queue.add("own")
    assert taken(queue) == ["big0", "small0", "own", "big1"]
    queue.release("big0")
    assert queue.take() == "small1", "one of each runs; small's start is longer ago"


def test_a_run_of_its_own_waits_for_one_slot_and_not_for_a_batch():
    queue = filled(2, batch=500)
    assert taken(queue) == ["batch0", "batch1"]
    queue.add("own")
    assert queue.place("own").position == 1
    queue.release("batch0", seconds=10)
    assert queue.take() == "own"


def test_a_run_that_is_put_back_is_first_of_its_owner():
    queue = filled(1, a=3, b=1)
    assert queue.take() == "a0"
    queue.put_back("a0", owner="a")
    assert queue.running == frozenset()
    assert [run for run in queue.waiting if run[0] == "a"] == ["a0", "a1", "a2"]


def test_an_owner_gets_no_more_workers_than_it_may_have():
    queue = filled(4, a=4)
    assert queue.limit_owner("a", 2)
    assert not queue.limit_owner("a", 2)
    assert taken(queue) == ["a0", "a1"]
    assert queue.place("a2").reason == "2 of 2 workers of its batch busy, position 1"
    queue.add("own")
    assert queue.take() == "own"
    queue.release("a0", seconds=10.0)
    assert taken(queue) == ["a2"]
    assert queue.place("a3").expected_wait == 10.0
    assert queue.limit_owner("a", None)
    assert taken(queue) == ["a3"]


def test_a_held_owner_waits_and_says_why_while_others_go_on():
    queue = filled(2, a=2, b=2)
    assert queue.hold_owner("a", "its batch is paused")
    assert queue.waiting == ("b0", "b1", "a0", "a1")
    assert queue.heads("", 4) == ("b0", "b1")
    assert taken(queue) == ["b0", "b1"]
    assert queue.place("a0").reason == "its batch is paused, position 1"
    queue.release("b0")
    assert queue.take() is None
    assert queue.hold_owner("a", "")
    assert queue.take() == "a0"


def test_a_held_lane_stops_its_own_runs_alone():
    queue = RunQueue(4)
    for number, lane in enumerate(("slow", "fast", "slow", "fast")):
        queue.add(f"r{number}", lane, "a")
    queue.hold_lane("slow", "no engine")
    assert queue.waiting == ("r1", "r3", "r0", "r2")
    assert queue.heads("slow", 1) == ("r0",), "it may boot while its engine comes back"
    assert taken(queue) == ["r1", "r3"]
    assert queue.place("r2").reason == "no engine, position 2"
    queue.hold_lane("slow", "")
    assert taken(queue) == ["r0", "r2"]


def test_r35_the_limit_changes_while_runs_run():
    queue = filled(4, a=20)
    assert len(taken(queue)) == 4
    queue.max_running = 1
    for number in range(3):
        queue.release(f"a{number}")
        assert queue.take() is None
    queue.release("a3")
    assert taken(queue) == ["a4"]
    queue.max_running = 8
    assert taken(queue) == [f"a{number}" for number in range(5, 12)]


def test_a_slot_is_free_before_its_run_is_over_but_not_for_many():
    queue = filled(2, a=9, b=1)
    assert taken(queue) == ["a0", "b0"]
    queue.vacate("a0")
    queue.vacate("a0")
    assert (queue.free, queue.running) == (1, {"a0", "b0"})
    assert queue.place("a1").reason == "1 of 2 slots busy, position 1"
    assert taken(queue) == ["a1"]
    queue.vacate("b0")
    queue.vacate("a1")
    assert taken(queue) == [], "what becomes durable is bounded, too"
    queue.release("b0")
    queue.release("a0")
    assert taken(queue) == ["a2", "a3"]
    queue.put_back("a2", owner="a")
    queue.release("a1")
    assert taken(queue) == ["a2"]
    assert queue.running == {"a2", "a3"}


def test_what_runs_already_counts_for_its_owner():
    queue = filled(3, a=2, b=2)
    queue.occupy("a9", "a")
    queue.occupy("a9", "a")
    assert taken(queue) == ["b0", "a0"]
    queue.release("a9")
    assert queue.running == {"b0", "a0"}


def test_a_thousand_waiting_ones_are_looked_at_quickly():
    queue = filled(2, a=500, b=250)
    for number in range(250):
        queue.add(f"own{number}")
    taken(queue)
    begun = perf_counter()
    for number in range(250):
        assert queue.place(f"own{number}").position == 1 + queue.waiting.index(f"own{number}")
    assert len(queue.heads("", 4)) == 4
    assert perf_counter() - begun < 0.5


# --- what always holds -------------------------------------------------------------------------------------------

OWNERS = ("", "a", "b", "c")
LANES = ("docker", "embedded")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(OWNERS), st.sampled_from(LANES)),
        st.tuples(st.just("take")),
        st.tuples(st.sampled_from(["release", "discard", "put_back", "vacate"]), st.integers(0, 20)),
        st.tuples(st.just("limit_owner"), st.sampled_from(OWNERS), st.sampled_from([None, 1, 2])),
        st.tuples(st.just("hold_owner"), st.sampled_from(OWNERS), st.sampled_from(["", "paused"])),
        st.tuples(st.just("hold_lane"), st.sampled_from(LANES), st.sampled_from(["", "absent"])),
        st.tuples(st.just("max_running"), st.integers(1, 5)),
        st.tuples(st.just("paused"), st.booleans()),
    ),
    max_size=80,
)


class Model:
    """The rules in their plainest words, beside the queue that is tested."""

    def __init__(self):
        self.queue = RunQueue(3)
        self.slots, self.paused = 3, False
        self.waiting = []  # (id, owner, lane)
        self.running = {}
        self.leaving = set()
        self.limits, self.holds, self.lanes = {}, {}, {}
        self.last = 0

    def may_start(self):
        busy = [run for run in self.running if run not in self.leaving]
        if self.paused or len(busy) >= self.slots or len(self.leaving) >= self.slots:
            return []
        held = Counter(self.running[run][0] for run in busy)
        return [
            (held[owner], run)
            for run, owner, lane in self.waiting
            if not self.holds.get(owner)
            and not self.lanes.get(lane)
            and held[owner] < (self.limits.get(owner) or self.slots)
        ]

    def owner(self, run):
        return next(owner for one, owner, _ in self.waiting if one == run)

    def add(self, owner, lane):
        run = f"{self.last}"
        self.last += 1
        self.waiting.append((run, owner, lane))
        self.queue.add(run, lane, owner)

    def take(self):
        may = self.may_start()
        run = self.queue.take()
        assert (run is None) == (not may), "a slot is used where somebody may start, and only there"
        if run is None:
            return
        fewest = min(count for count, _ in may)
        assert (fewest, run) in may, "the owner with the fewest is next"
        owner = self.owner(run)
        own = [one for _, one in may if self.owner(one) == owner]
        assert own[0] == run, "first come, first served within an owner"
        entry = next(entry for entry in self.waiting if entry[0] == run)
        self.waiting.remove(entry)
        self.running[run] = entry[1:]

    def release(self, number):
        run = next(iter(list(self.running)[number : number + 1]), "none")
        self.running.pop(run, None)
        self.leaving.discard(run)
        self.queue.release(run)

    def vacate(self, number):
        run = next(iter(list(self.running)[number : number + 1]), "none")
        self.leaving |= {run} & set(self.running)
        self.queue.vacate(run)

    def discard(self, number):
        entry = next(iter(self.waiting[number : number + 1]), None)
        assert self.queue.discard(entry[0] if entry else "none") == (entry is not None)
        if entry:
            self.waiting.remove(entry)

    def put_back(self, number):
        for run in list(self.running)[number : number + 1]:
            owner, lane = self.running.pop(run)
            self.leaving.discard(run)
            self.waiting.insert(0, (run, owner, lane))
            self.queue.put_back(run, lane, owner)

    def limit_owner(self, owner, workers):
        assert self.queue.limit_owner(owner, workers) == (self.limits.get(owner) != workers)
        self.limits[owner] = workers

    def hold_owner(self, owner, reason):
        assert self.queue.hold_owner(owner, reason) == (self.holds.get(owner, "") != reason)
        self.holds[owner] = reason

    def hold_lane(self, lane, reason):
        assert self.queue.hold_lane(lane, reason) == (self.lanes.get(lane, "") != reason)
        self.lanes[lane] = reason

    def max_running(self, slots):
        self.slots = self.queue.max_running = slots

    def pause(self, wanted):
        self.paused = self.queue.paused = wanted

    def agrees(self):
        assert self.queue.running == set(self.running)
        order = self.queue.waiting
        assert sorted(order) == sorted(run for run, _, _ in self.waiting)
        assert self.queue.waiting_count == len(self.waiting)
        assert [self.queue.place(run).position for run in order] == list(range(1, len(order) + 1))
        heads = self.queue.heads("docker", 100)
        docker = {run for run, owner, lane in self.waiting if lane == "docker" and not self.holds.get(owner)}
        assert set(heads) == docker
        assert heads == tuple(run for run in order if run in docker)


@given(STEPS)
def test_the_rules_hold_whatever_happens(steps):
    model = Model()
    for action, *arguments in steps:
        getattr(model, "pause" if action == "paused" else action)(*arguments)
        model.agrees()


@given(
    st.integers(1, 5),
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from([None, 1, 2])), min_size=1, max_size=4),
    st.integers(0, 6),
)
def test_the_order_that_is_told_is_the_order_of_starts(slots, owners, first):
    """Runs that take equally long start in the order, and after the time, that was told before."""
    queue = filled(slots, **{"abcd"[number]: count for number, (count, _) in enumerate(owners)})
    for number, (_, workers) in enumerate(owners):
        queue.limit_owner("abcd"[number], workers)
    taken(queue, first)
    queue.release("none", seconds=10.0)
    told = [(run, queue.place(run).expected_wait) for run in queue.waiting]
    happened, now = [(run, 0.0) for run in taken(queue)], 0.0
    while queue.running:
        for run in queue.running:
            queue.release(run)
        now += 10.0
        happened += [(run, now) for run in taken(queue)]
    assert happened == told


@pytest.mark.parametrize("slots", [1, 2, 3, 8])
@pytest.mark.parametrize("seed", range(5))
def test_three_users_at_once_wait_no_longer_than_three_times_their_fair_share(slots, seed):
    """Run lengths differ tenfold, and one of the users has ten times the runs; all come at once."""
    chance = random.Random(seed)
    users = {"a": 300, "b": 30, "c": 30}
    length = {f"{user}{number}": chance.uniform(0.5, 5) for user, count in users.items() for number in range(count)}
    queue = filled(slots, **users)
    started, ends, now = {}, [], 0.0
    while queue.waiting_count or ends:
        for run in taken(queue):
            started[run] = now
            heapq.heappush(ends, (now + length[run], run))
        now, run = heapq.heappop(ends)
        queue.release(run)
    for user, count in users.items():
        before = 0.0
        for run in (f"{user}{number}" for number in range(count)):
            # A third of the machine is everybody's: what came before it of its own, and one run of each slot.
            fair = (before + max(length.values())) * len(users) / slots
            assert started[run] <= 3 * fair, run
            before += length[run]


@pytest.mark.parametrize("slots", [1, 2, 3])
def test_a_stream_of_newcomers_does_not_keep_the_others_waiting(slots):
    queue = filled(slots, old=200)
    running, started = [], 0
    for number in range(200):  # as many come as the slots can take
        queue.add(f"new{number}", owner=f"new{number}")
        while run := queue.take():
            running.append(run)
            started += run.startswith("old")
        queue.release(running.pop(0))
    assert started >= 15
