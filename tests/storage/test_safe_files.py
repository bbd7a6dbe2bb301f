import hashlib
import os
import socket
from pathlib import Path

import pytest

from leanboard.errors import NotFound
from leanboard.storage.safe_files import MAX_DEPTH, FoundFile, digest, list_files, open_file, read_file, read_tail


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "run"
    (root / "code").mkdir(parents=True)
    (root / "code" / "main.py").write_text("code")
    (root / "log.txt").write_text("log")
    (tmp_path / "secret.txt").write_text("secret")
    return root


def test_files_are_listed_top_level_first(root: Path) -> None:
    (root / "z.txt").write_text("z")
    listing = list_files(root)
    assert listing.files == (FoundFile("log.txt", 3), FoundFile("z.txt", 1), FoundFile("code/main.py", 4))
    assert listing.notes == ()


def test_b27_nothing_but_regular_files_is_listed_or_opened(root: Path) -> None:
    (root / "link").symlink_to(root.parent / "secret.txt")
    (root / "etc").symlink_to("/etc")
    (root / "inner").symlink_to("log.txt")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        address = os.path.relpath(root / "socket")
        server.bind(address if len(address) < 100 else str(root / "socket"))
        listing = list_files(root)
        assert [file.path for file in listing.files] == ["log.txt", "code/main.py"]
        assert listing.notes == ("not listed: links, pipes, sockets or devices (5)",)
        for name in ("link", "etc/passwd", "inner", "pipe", "socket", "code", "nothing"):
            with pytest.raises(NotFound):
                open_file(root, name)


@pytest.mark.parametrize(
    "path",
    ["../secret.txt", "/etc/passwd", "code/../../secret.txt", "", ".", "..", "code//main.py", "./log.txt", "log.txt/",
     "log.txt\0", "code/main.py/x", "..%2fsecret.txt", "..\\secret.txt", "x" * 5000],
)  # fmt: skip
def test_b05_no_path_leads_outside(root: Path, path: str) -> None:
    with pytest.raises(NotFound):
        open_file(root, path)


def test_b27_odd_names_are_served_as_they_are(root: Path) -> None:
    (root / "a\nb").write_text("1")
    (root / "-rf *").write_text("2")
    Path(os.fsdecode(os.fsencode(root) + b"/\xff\xfe")).write_text("3")
    listing = list_files(root)
    assert [file.path for file in listing.files] == ["-rf *", "a\nb", "log.txt", "code/main.py"]
    assert listing.notes == ("not listed: names that are not UTF-8 (1)",)
    assert read_file(root, "a\nb", 10) == b"1"


def test_b27_many_files_are_listed_up_to_a_cap(root: Path) -> None:
    for number in range(30):
        (root / f"{number:02}").touch()
    listing = list_files(root, limit=10)
    assert [file.path for file in listing.files] == [f"{number:02}" for number in range(10)]
    assert listing.notes == ("not listed: files beyond 10 (22)",)


def test_b27_a_forest_of_empty_folders_ends_the_walk(root: Path) -> None:
    for number in range(30):
        (root / f"{number:02d}" / "below").mkdir(parents=True)
    listing = list_files(root, entries=40)
    assert [file.path for file in listing.files] == ["log.txt"]
    assert listing.notes == ("not listed: folders beyond 40 files and folders (31)",)


def test_b27_deep_folders_end_the_walk(root: Path) -> None:
    deep = root.joinpath(*["d"] * (MAX_DEPTH + 3))
    deep.mkdir(parents=True)
    (deep / "file").touch()
    assert list_files(root).notes == ("not listed: folders that lie too deep (1)",)


def test_b27_a_sparse_terabyte_is_listed_but_not_read(root: Path) -> None:
    with (root / "huge").open("wb") as file:
        file.truncate(1 << 40)
    found = list_files(root).files[0]
    assert found == FoundFile("huge", 1 << 40)
    assert digest(root, found) == ""
    assert read_tail(root, "huge", 4) == b"\0\0\0\0"
    with pytest.raises(ValueError, match="larger"):
        read_file(root, "huge", 1000)


def test_digest_and_tail(root: Path) -> None:
    assert digest(root, FoundFile("log.txt", 3)) == hashlib.sha256(b"log").hexdigest()
    assert read_tail(root, "log.txt", 2) == b"og"
    assert read_tail(root, "log.txt", 20) == b"log"
