"""The digest of data files, and the cache of their hashes."""

import hashlib
import os
import sqlite3
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.market_data.content_hashes import SETTLING_NS, ContentHashes
from leanboard.market_data.data_digest import digest_of

LONG_AGO = 1_600_000_000_000_000_000


def file(root: Path, name: str, content: bytes, at: int = LONG_AGO) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, ns=(at, at))
    return path


@pytest.fixture
def hashes(tmp_path: Path) -> ContentHashes:
    return ContentHashes(tmp_path / "hashes.db")


def test_it_is_what_sha256sum_says(tmp_path: Path, hashes: ContentHashes) -> None:
    root = tmp_path / "data"
    names = ["equity/usa/daily/spy.zip", "a.csv"]
    for number, name in enumerate(names):
        file(root, name, b"x" * number)
    printed = subprocess.run(["sha256sum", *sorted(names)], cwd=root, capture_output=True, check=True).stdout
    digest = digest_of(root, [*names, names[0]], hashes)
    assert digest is not None
    assert (digest.files, digest.bytes, digest.sha256) == (2, 1, hashlib.sha256(printed).hexdigest())


def test_nothing_read_has_a_digest_too(tmp_path: Path, hashes: ContentHashes) -> None:
    digest = digest_of(tmp_path, (), hashes)
    assert digest is not None
    assert (digest.files, digest.bytes) == (0, 0)


@pytest.mark.parametrize("name", ["absent.zip", "../outside", "a/../../outside", "folder", "pipe", "n\0ul", "a//b"])
def test_what_cannot_be_read_gives_none(tmp_path: Path, hashes: ContentHashes, name: str) -> None:
    root = tmp_path / "data"
    file(tmp_path, "outside", b"x")
    (root / "folder").mkdir(parents=True)
    os.mkfifo(root / "pipe")
    assert digest_of(root, [name], hashes) is None


@given(st.dictionaries(st.sampled_from("abcdef"), st.binary(max_size=8), min_size=1), st.data())
def test_another_content_another_digest(tmp_path_factory, contents: dict[str, bytes], data: st.DataObject) -> None:
    root = tmp_path_factory.mktemp("data")
    hashes = ContentHashes(root / "hashes.db")
    for name, content in contents.items():
        file(root, name, content)
    before = digest_of(root, contents, hashes)
    assert digest_of(root, sorted(contents, reverse=True), hashes) == before
    assert digest_of(root, contents, ContentHashes(root / "other.db")) == before
    changed = data.draw(st.sampled_from(sorted(contents)))
    file(root, changed, contents[changed] + b"x", LONG_AGO + 1)
    assert digest_of(root, contents, hashes) != before


def test_a_file_is_read_once(tmp_path: Path, hashes: ContentHashes) -> None:
    path = file(tmp_path, "a.zip", b"one")
    (first,) = hashes.of([str(path)])
    path.write_bytes(b"two")  # the same size and, from here on, the same time
    os.utime(path, ns=(LONG_AGO, LONG_AGO))
    assert hashes.of([str(path)]) == (first,)
    os.utime(path, ns=(LONG_AGO + 1, LONG_AGO + 1))
    assert hashes.of([str(path)]) != (first,)


def test_a_file_that_has_just_changed_is_not_remembered(tmp_path: Path) -> None:
    hashes = ContentHashes(tmp_path / "hashes.db", clock=lambda: LONG_AGO + SETTLING_NS)
    path = file(tmp_path, "a.zip", b"one")
    (first,) = hashes.of([str(path)])
    path.write_bytes(b"two")
    os.utime(path, ns=(LONG_AGO, LONG_AGO))
    assert hashes.of([str(path)]) != (first,)


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    cache = tmp_path / "hashes.db"
    hashes = ContentHashes(cache, limit=3)
    for number in range(10):
        hashes.of([str(file(tmp_path, f"{number}.zip", b"x"))])
    with sqlite3.connect(cache) as connection:
        kept = [Path(path).name for (path,) in connection.execute("SELECT path FROM content ORDER BY rowid")]
    connection.close()
    assert kept == ["7.zip", "8.zip", "9.zip"]


def test_too_much_at_once_is_read_bit_by_bit(tmp_path: Path) -> None:
    names = [f"{number}.zip" for number in range(5)]
    for name in names:
        file(tmp_path, name, b"x" * 10)
    hashes = ContentHashes(tmp_path / "hashes.db", budget=25)
    assert [digest_of(tmp_path, names, hashes) is None for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("garbage", [b"", b"no database at all" * 100])
def test_a_damaged_cache_begins_anew(tmp_path: Path, garbage: bytes) -> None:
    cache = tmp_path / "hashes.db"
    cache.write_bytes(garbage)
    hashes, path = ContentHashes(cache), file(tmp_path, "a.zip", b"one")
    (first,) = hashes.of([str(path)])
    assert first.sha256 == hashlib.sha256(b"one").hexdigest()
    hashes.of([str(path)])
    path.write_bytes(b"two")
    os.utime(path, ns=(LONG_AGO, LONG_AGO))
    assert hashes.of([str(path)]) == (first,)


def test_without_a_place_for_the_cache_files_are_read(tmp_path: Path) -> None:
    hashes = ContentHashes(tmp_path / "nowhere" / "hashes.db")
    assert hashes.of([str(file(tmp_path, "a.zip", b""))])[0].sha256 == hashlib.sha256(b"").hexdigest()
