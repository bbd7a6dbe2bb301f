"""A data folder from elsewhere: whole or not at all, never over what is there."""

import pytest

from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.importing import Imported, put_in_place, refuse_taken, staging_folder


def fill(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_new_folder(tmp_path):
    target = tmp_path / "deep" / "data"
    refuse_taken(target, merge=False)
    with staging_folder(target) as staging:
        fill(staging, equity__a="1", b="22")
        assert not target.exists()
        assert put_in_place(staging, target) == Imported(2, 0, 3)
    assert (target / "equity" / "a").read_text() == "1"
    assert [path.name for path in target.parent.iterdir()] == ["data"]
    assert target.stat().st_mode & 0o777 == 0o755


def test_what_is_there_is_refused_or_stays(tmp_path):
    target = tmp_path / "data"
    fill(target, equity__a="mine")
    with pytest.raises(MarketDataError, match="--merge"):
        refuse_taken(target, merge=False)
    refuse_taken(target, merge=True)
    with staging_folder(target) as staging:
        fill(staging, equity__a="theirs", equity__b="new")
        assert put_in_place(staging, target) == Imported(1, 1, 3)
    assert (target / "equity" / "a").read_text() == "mine"
    assert sorted(path.name for path in target.rglob("*")) == ["a", "b", "equity"]


def test_an_empty_folder_is_filled_and_a_file_is_no_folder(tmp_path):
    (tmp_path / "empty").mkdir()
    refuse_taken(tmp_path / "empty", merge=False)
    (tmp_path / "file").touch()
    with pytest.raises(MarketDataError, match="no folder"):
        refuse_taken(tmp_path / "file", merge=True)


def test_a_file_where_a_folder_is_to_be(tmp_path):
    target = tmp_path / "data"
    fill(target, equity="a file")
    with staging_folder(target) as staging:
        fill(staging, equity__a="1")
        with pytest.raises(MarketDataError, match="a file lies where its folder is to be"):
            put_in_place(staging, target)
    assert (target / "equity").read_text() == "a file"


def test_what_a_failed_import_staged_is_gone_and_another_ones_stays(tmp_path):
    target = tmp_path / "data"
    killed = tmp_path / ".leanboard-import-killed"
    fill(killed, a="1")
    with staging_folder(target) as first:
        assert not killed.exists()
        fill(first, a="1")
        with staging_folder(target) as second:
            assert first.exists()
            assert second != first
    assert list(tmp_path.iterdir()) == []
