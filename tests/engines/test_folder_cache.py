"""Folders by key: complete or not there."""

import errno
import os
import shutil
import stat

import pytest

from leanboard.engines.folder_cache import CacheLimits, FolderCache
from strategies.projects import write


def test_what_an_earlier_process_left_is_removed(tmp_path):
    write(tmp_path / "cache", {".work/x/y": "", ".new/z/tiny.py": "", "kept/tiny.py": ""})
    FolderCache(tmp_path / "cache").clear_work()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["kept"]


def test_usage(tmp_path):
    cache = FolderCache(tmp_path / "cache")
    assert cache.usage() == (0, 0)
    write(tmp_path / "cache", {".work/x/y": "half", "a/one.py": "1234", "a/b/two.py": "56", "c/three.py": ""})
    assert cache.usage() == (2, 6)


def test_an_entry_takes_the_place_of_what_is_there(tmp_path):
    cache = FolderCache(tmp_path / "cache")
    cache.add("key", write(tmp_path / "made", {"new.py": "new"}))
    write(tmp_path / "target", {"old.py": "old"})
    assert cache.place("key", tmp_path / "target")
    assert [path.name for path in (tmp_path / "target").iterdir()] == ["new.py"]
    assert not cache.place("other", tmp_path / "target")


def test_an_entry_that_is_forgotten_is_gone_at_once_however_far_its_removal_came(tmp_path, monkeypatch):
    cache = FolderCache(tmp_path / "cache", CacheLimits(entries=1))
    made = write(tmp_path / "made", {"one.py": "1", "two.py": "2"})
    cache.add("old", made)
    with monkeypatch.context() as killed:
        killed.setattr(shutil, "rmtree", lambda *_, **__: None)
        cache.add("new", made)
    assert not cache.place("old", tmp_path / "target")
    assert cache.place("new", tmp_path / "target")
    cache.clear_work()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["new"]


@pytest.mark.parametrize("links", [True, False])
def test_programs_stay_programs_and_nothing_can_be_written(tmp_path, monkeypatch, links):
    def no_links(*_: object) -> None:
        raise OSError(errno.EMLINK, "too many links")

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    made = write(tmp_path / "made", {"model.bin": "#!", "plain.py": ""})
    (made / "model.bin").chmod(0o4700)
    cache = FolderCache(tmp_path / "cache")
    cache.add("key", made)
    assert cache.place("key", tmp_path / "target")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "target").iterdir()}
    assert modes == {"model.bin": 0o555, "plain.py": 0o444}
