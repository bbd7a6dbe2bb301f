"""What goes into a container, and what is taken of what comes back, whatever a strategy has put there."""

import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leanboard.engines.docker.archives import ArchiveTooLarge, Taken, move_into, pack_slot, safe_place, unpack
from leanboard.engines.slot import Slot
from leanboard.errors import EngineError

PLENTY = 1 << 20


def tar_of(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for entry, content in entries:
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, mode: int = 0o644, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.mode, made.linkname = kind, mode, link
    return made


def pieces(content: bytes, size: int = 700) -> Iterator[bytes]:
    return (content[begin : begin + size] for begin in range(0, len(content), size))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "staging"
    made.mkdir()
    return made


def test_files_and_folders_come_without_the_name_of_their_root(folder):
    content = tar_of(
        (entry("output/", tarfile.DIRTYPE), b""),
        (entry("output/log.txt"), b"x" * 3000),
        (entry("output/deep/", tarfile.DIRTYPE), b""),
        (entry("output/deep/a file"), b"\0\xff"),
    )
    assert unpack(pieces(content), folder, PLENTY) == Taken(3002, 0)
    assert (folder / "log.txt").read_bytes() == b"x" * 3000
    assert (folder / "deep" / "a file").read_bytes() == b"\0\xff"


@pytest.mark.parametrize(
    "bad",
    [
        entry("output/link", tarfile.SYMTYPE, link="/etc/shadow"),
        entry("output/hard", tarfile.LNKTYPE, link="output/log.txt"),
        entry("output/fifo", tarfile.FIFOTYPE),
        entry("output/device", tarfile.CHRTYPE),
        entry("output/block", tarfile.BLKTYPE),
        entry("output/../../escaped"),
        entry("/output/absolute"),
        entry("../output/above"),
    ],
    ids=lambda bad: bad.name,
)
def test_nothing_else_is_taken(folder, bad):
    content = tar_of((bad, b""), (entry("output/good"), b"good"))
    assert unpack(pieces(content), folder, PLENTY) == Taken(4, 1)
    assert [path.name for path in folder.rglob("*")] == ["good"]
    assert not (folder.parent / "escaped").exists()


def test_modes_are_ours(folder):
    content = tar_of((entry("o/all", mode=0o6777), b"x"), (entry("o/none", mode=0), b"x"))
    unpack(pieces(content), folder, PLENTY)
    before = os.umask(0)
    os.umask(before)
    found = {path.name: path.stat().st_mode & 0o7777 for path in folder.iterdir()}
    assert found == {"all": 0o755 & ~before, "none": 0o644 & ~before}, "a program of a package stays one"


def test_a_file_behind_a_link_of_the_same_name_is_not_written(folder):
    content = tar_of((entry("o/a", tarfile.SYMTYPE, link="/tmp"), b""), (entry("o/a/b"), b"inside"))
    unpack(pieces(content), folder, PLENTY)
    assert (folder / "a" / "b").read_bytes() == b"inside"
    assert not (folder / "a").is_symlink()


def test_the_same_name_twice_is_refused(folder):
    with pytest.raises(EngineError, match="could not be written here"):
        unpack(pieces(tar_of((entry("o/a"), b"1"), (entry("o/a"), b"2"))), folder, PLENTY)


def test_bytes_and_entries_are_bounded(folder):
    with pytest.raises(ArchiveTooLarge, match="LEANBOARD_MAX_OUTPUT"):
        unpack(pieces(tar_of((entry("o/a"), b"x" * 50_000))), folder, 40_000)
    many = tar_of(*((entry(f"o/{number}"), b"") for number in range(20)))
    with pytest.raises(ArchiveTooLarge, match="more than 10 files"):
        unpack(pieces(many), folder, PLENTY, max_entries=10)


@pytest.mark.parametrize("cut", [1, 513, 1500])
def test_an_archive_that_ends_in_the_middle_is_told(folder, cut):
    content = tar_of((entry("o/a"), b"x" * 3000))
    with pytest.raises(EngineError):
        unpack(pieces(content[:cut]), folder, PLENTY)


@given(content=st.binary(max_size=3000))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_refused_or_leave_only_files_inside(content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")
    try:
        unpack(pieces(content), folder, PLENTY)
    except EngineError:
        return
    assert not any(path.is_symlink() for path in folder.rglob("*"))


@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_no_name_leads_outside(name):
    place = safe_place(entry(name))
    assert place is None or (not place.is_absolute() and ".." not in place.parts)


def test_what_comes_replaces_what_was_there(folder, tmp_path):
    target = tmp_path / "output"
    (target / "was a folder").mkdir(parents=True)
    (target / "was a folder" / "old").write_text("old")
    (target / "was a file").write_text("old")
    (target / "stays").write_text("stays")
    (folder / "was a folder").write_text("new")
    (folder / "was a file").mkdir()
    (folder / "was a file" / "new").write_text("new")
    move_into(folder, target)
    assert (target / "was a folder").read_text() == "new"
    assert (target / "was a file" / "new").read_text() == "new"
    assert (target / "stays").read_text() == "stays"
    assert not list(folder.iterdir())


def test_a_slot_is_packed_with_its_owners(tmp_path):
    slot = Slot("s", tmp_path / "slot")
    for made in (slot.code / "inner", slot.output, slot.storage, slot.console):
        made.mkdir(parents=True)
    (slot.code / "inner" / "main.py").write_text("code")
    (slot.code / "run.sh").write_text("code")
    (slot.code / "run.sh").chmod(0o700)
    (slot.code / "link").symlink_to("/etc/shadow")
    (slot.storage / "kept").write_bytes(b"kept")
    slot.config.write_text("{}")
    slot.job.write_text("{}")
    target = io.BytesIO()
    pack_slot(slot, "1234:5678", target)
    target.seek(0)
    with tarfile.open(fileobj=target) as archive:
        found = {each.name: (each.uid, each.gid, each.mode) for each in archive}
    ours, theirs = (0, 0), (1234, 5678)
    assert found == {
        "lean_run.py": (*ours, 0o644),
        "config.json": (*ours, 0o644),
        "job.json": (*ours, 0o644),
        "code": (*ours, 0o755),
        "code/inner": (*ours, 0o755),
        "code/inner/main.py": (*ours, 0o644),
        "code/run.sh": (*ours, 0o755),
        "output": (*theirs, 0o755),
        "storage": (*theirs, 0o755),
        "storage/kept": (*theirs, 0o644),
    }
