"""What tells one home from another on the same engine."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from leanboard.storage.installation import INSTALLATION, installation_id


def test_a_home_keeps_its_id_wherever_it_goes(tmp_path):
    first = installation_id(tmp_path / "new" / "home")
    assert len(first) == 16
    assert installation_id(tmp_path / "new" / "home") == first
    (tmp_path / "new").rename(tmp_path / "moved")
    assert installation_id(tmp_path / "moved" / "home") == first
    assert installation_id(tmp_path / "new" / "home") != first  # same path, another home: as in containers


def test_all_who_come_at_the_same_time_get_the_same(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(installation_id, [tmp_path] * 64))) == 1
    assert [path.name for path in tmp_path.iterdir()] == [INSTALLATION]


@pytest.mark.parametrize("content", ["", "short", "0123456789ABCDEF", "é" * 16])
def test_a_damaged_file_is_made_anew(tmp_path, content):
    (tmp_path / INSTALLATION).write_text(content)
    made = installation_id(tmp_path)
    assert made != content
    assert installation_id(tmp_path) == made


def test_a_home_that_cannot_be_is_told_apart_by_its_path(tmp_path):
    (tmp_path / "file").touch()
    first, second = (installation_id(tmp_path / "file" / name) for name in ("a", "b"))
    assert len({first, second, installation_id(tmp_path / "file" / "a")}) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
