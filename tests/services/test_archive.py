"""A run directory as a zip: equal content, nothing foreign, bounded memory."""

import hashlib
import io
import os
import socket
import tracemalloc
import zipfile
from pathlib import Path

from leanboard.services.analytics.archive import NOTES, _moment, archive


def packed(folder: Path, **options: int) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(archive(folder, "run", **options))))


def test_the_content_is_equal(tmp_path: Path):
    content = {
        "run.json": b"{}",
        "code/main.py": b"class A: ...\n",
        "deep/er/\xc3\xa4 \n.txt".encode().decode(): b"x" * 1000,
    }
    content |= {"empty": b"", "large.bin": os.urandom(600_000)}
    for name, data in content.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    with packed(tmp_path) as found:
        assert found.testzip() is None
        assert {entry.removeprefix("run/"): found.read(entry) for entry in found.namelist()} == content


def test_only_regular_files_are_in_it_and_the_rest_is_named(tmp_path: Path):
    (tmp_path / "kept").write_text("kept")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "folder").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "socket"))
        with packed(tmp_path) as found:
            assert found.namelist() == ["run/kept", f"run/{NOTES}"]
            notes = found.read(f"run/{NOTES}").decode()
    assert "links, pipes, sockets or devices (4)" in notes
    assert "sparse: 1,099,511,627,776 bytes" in notes


def test_memory_is_bounded(tmp_path: Path):
    piece = os.urandom(1 << 20)
    digest = hashlib.sha256()
    with (tmp_path / "large").open("wb") as file:
        for _ in range(24):
            file.write(piece)
            digest.update(piece)
    size = 0
    tracemalloc.start()
    try:
        for part in archive(tmp_path, "run"):
            size += len(part)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 24 << 20
    assert peak < 4 << 20


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_client_that_goes_away_leaves_nothing_open(tmp_path: Path):
    (tmp_path / "large").write_bytes(os.urandom(2 << 20))
    pieces = archive(tmp_path, "run")
    next(pieces)
    before = open_files()
    pieces.close()
    assert open_files() == before - 1


def test_a_time_that_is_no_date_spoils_nothing(tmp_path: Path):
    (tmp_path / "odd").write_text("kept")
    os.utime(tmp_path / "odd", (0, 2**33))  # as far as every file system goes
    with packed(tmp_path) as found:
        assert found.getinfo("run/odd").date_time == (1980, 1, 1, 0, 0, 0)
    assert _moment(float(2**60)) == (1980, 1, 1, 0, 0, 0)
    assert _moment(1e9) == (2001, 9, 9, 1, 46, 40)
