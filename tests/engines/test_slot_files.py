"""Files in a console folder in which a strategy may have put what it likes."""

import os

import pytest

from leanboard.engines import slot_files
from leanboard.engines.slot import Slot


@pytest.fixture
def slot(tmp_path):
    made = Slot("slot", tmp_path / "slot")
    made.console.mkdir(parents=True)
    for name in slot_files.STREAMS:
        (made.console / name).touch()
    return made


def put_link(slot, target):
    (slot.console / "stderr.txt").unlink()
    (slot.console / "stderr.txt").symlink_to(target)


def test_a_stream_with_a_byte_in_it_is_not_silent(slot):
    assert slot_files.is_silent(slot)
    slot_files.append(slot.console / "stderr.txt", b"early\n")
    slot_files.append(slot.console / "stderr.txt", b"words\n")
    assert not slot_files.is_silent(slot)
    assert (slot.console / "stderr.txt").read_bytes() == b"early\nwords\n"


def test_files_that_are_gone_or_none_are_silent(slot):
    (slot.console / "stdout.txt").unlink()
    (slot.console / "stderr.txt").unlink()
    os.mkfifo(slot.console / "stderr.txt")
    assert slot_files.is_silent(slot)


def test_nothing_is_written_or_read_through_a_link(slot, tmp_path):
    target = tmp_path / "of-the-host"
    target.write_bytes(slot_files.READY_MARK)
    put_link(slot, target)
    assert slot_files.is_silent(slot)
    assert not slot_files.has_ready_mark(slot)
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        slot_files.append(slot.console / "stderr.txt", b"forged")
    assert target.read_bytes() == slot_files.READY_MARK


@pytest.mark.timeout(10)
def test_nobody_waits_at_a_fifo(slot):
    (slot.console / "stderr.txt").unlink()
    os.mkfifo(slot.console / "stderr.txt")
    assert not slot_files.has_ready_mark(slot)
    with pytest.raises(OSError):  # noqa: PT011  # one of two, by the kernel
        slot_files.append(slot.console / "stderr.txt", b"words")


def test_the_mark_of_a_guest_that_waits(slot):
    assert not slot_files.has_ready_mark(slot)
    slot_files.append(slot.console / "stderr.txt", b"noise\n" + slot_files.READY_MARK + b"\n")
    assert slot_files.has_ready_mark(slot)
