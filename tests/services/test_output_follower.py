"""The follower on real files: what it finds, how old it is, and that nobody is held up or loses anything."""

import asyncio
import os
import sys
import time

import pytest

from leanboard.engines.slot import Slot
from leanboard.services import slot_survey
from leanboard.services.backtest_monitor import Source
from leanboard.services.output_follower import CHUNK_BYTES, QUEUED, OutputFollower

PATIENCE = 10.0


@pytest.fixture
def make_slot(tmp_path):
    def make(name: str = "slot") -> Slot:
        slot = Slot(name, tmp_path / name)
        for folder in (slot.output, slot.console):
            folder.mkdir(parents=True)
        return slot

    return make


@pytest.fixture
async def follower():
    made = OutputFollower(0.005)
    await made.start()
    yield made
    await made.close()


def write(slot: Slot, text: bytes, age: float = 0.0) -> None:
    path = slot.output / "log.txt"
    with path.open("ab") as file:
        file.write(text)
    if age:
        os.utime(path, (time.time() - age,) * 2)


async def found(following):
    """What comes first with bytes in it."""
    async with asyncio.timeout(PATIENCE):
        while not (news := await following.next(PATIENCE)).chunks:
            pass
    return news.chunks


async def test_bytes_come_with_their_age(follower, make_slot):
    slot = make_slot()
    write(slot, b"long ago\n", age=7)
    async with follower.follow(slot) as following:
        (old,) = await found(following)
        write(slot, b"now\n")
        (new,) = await found(following)
    assert (old.source, old.data) == (Source.LOG, b"long ago\n")
    assert 7 <= old.age < 7 + PATIENCE
    assert new.data == b"now\n"
    assert new.age < PATIENCE


async def test_time_passes_without_news(follower, make_slot):
    async with follower.follow(make_slot()) as following:
        news = await following.next(0.01)
    assert news.chunks == ()
    assert news.survey is None


async def test_survey_has_the_size_of_the_slot(follower, make_slot):
    slot = make_slot()
    write(slot, b"x" * 1000)
    (slot.root / "link").symlink_to("/etc/passwd")
    async with follower.follow(slot) as following, asyncio.timeout(PATIENCE):
        while (news := await following.next(PATIENCE)).survey is None:
            pass
    assert news.survey.size == 1000
    assert news.survey.newest is None


async def test_a_slow_reader_loses_nothing_and_holds_up_nobody(follower, make_slot):
    slow, other = make_slot("slow"), make_slot("other")
    async with follower.follow(slow) as sleeping, follower.follow(other) as awake:
        lines = [f"line {number}\n".encode() for number in range(3 * QUEUED)]
        for line in lines:
            write(slow, line)
            write(other, line)
            await found(awake)
        sleeping.poke()
        assert sleeping.is_behind
        chunks = await sleeping.drain()
    assert b"".join(chunk.data for chunk in chunks) == b"".join(lines)


async def test_a_look_that_fails_is_that_slots_own(follower, make_slot, monkeypatch):
    broken, sound = make_slot("broken"), make_slot("sound")
    async with follower.follow(broken) as first, follower.follow(sound) as second:
        monkeypatch.setattr(first, "look", lambda: 1 / 0)
        write(sound, b"hello\n")
        (chunk,) = await found(second)
    assert chunk.data == b"hello\n"


async def test_a_drain_finds_files_that_were_not_there_a_moment_ago(follower, make_slot):
    slot = make_slot()
    async with follower.follow(slot) as following:
        for _ in range(3):
            await following.next(0.02)  # it was asked for, and was not there
        write(slot, b"the last words\n")
        (slot.output / "frames.ndjson").write_bytes(b"{}\n")
        chunks = await following.drain()
    assert {chunk.source for chunk in chunks} == {Source.LOG, Source.FRAMES}  # a look may have come in between


async def test_the_age_of_a_piece_from_the_middle_is_not_known(follower, make_slot):
    slot = make_slot()
    write(slot, b"x" * (CHUNK_BYTES + 1), age=7)
    async with follower.follow(slot) as following:
        first, *_ = await found(following)
        second, *_ = await found(following)
    assert (len(first.data), first.age) == (CHUNK_BYTES, 0.0)
    assert second.age >= 7


def test_more_files_than_can_be_counted_are_more_than_any_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(slot_survey, "MAX_ENTRIES", 10)
    for number in range(10):
        (tmp_path / str(number)).write_bytes(b"12")
    assert slot_survey.folder_size(tmp_path) == 20
    (tmp_path / "one-more").touch()
    assert slot_survey.folder_size(tmp_path) == sys.maxsize


def test_what_was_installed_for_a_run_is_not_its_output(tmp_path):
    slot = Slot("run-1", tmp_path)
    for folder in (slot.output, slot.packages / "torch"):
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"12")
    assert slot_survey.Surveyor(slot).look().size == 2
