from datetime import UTC, datetime
from pathlib import Path

import pytest

from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.folder import (
    DataFolder,
    FolderOrigin,
    candidate_folders,
    prepare_data_folder,
    resolve_data_folder,
)

HOME = Path("/home/leanboard")
SHARED = (Path("/a/shared/lean-data"), Path("/b/shared/lean-data"))


@pytest.mark.parametrize(
    ("configured", "there", "path", "origin"),
    [
        (Path("/mine"), SHARED, "/mine", FolderOrigin.CONFIGURED),
        (Path("/mine"), (), "/mine", FolderOrigin.CONFIGURED),
        (None, SHARED, "/a/shared/lean-data", FolderOrigin.SHARED),
        (None, SHARED[1:], "/b/shared/lean-data", FolderOrigin.SHARED),
        (None, (), "/home/leanboard/demo-data", FolderOrigin.DEMONSTRATION),
    ],
)
def test_which_folder_is_used_and_why(
    configured: Path | None, there: tuple[Path, ...], path: str, origin: FolderOrigin
):
    folder = resolve_data_folder(configured, SHARED, HOME, is_folder=lambda candidate: candidate in there)
    assert (str(folder.path), folder.origin) == (path, origin)
    assert "LEANBOARD_DATA" in folder.reason


def test_candidates_are_seen_from_each_start_once(tmp_path: Path):
    project = tmp_path / "project"
    assert candidate_folders(project, project) == ((tmp_path / "shared/lean-data").resolve(),)


def test_demonstration_data_is_made_once(tmp_path: Path):
    folder = resolve_data_folder(None, (), tmp_path / "var")
    clock = lambda: datetime(2026, 1, 2, tzinfo=UTC)  # noqa: E731
    assert prepare_data_folder(folder, clock)
    assert not prepare_data_folder(folder, clock)
    assert (tmp_path / "var/demo-data/leanboard-data.json").is_file()


def test_a_configured_folder_must_be_there(tmp_path: Path):
    clock = lambda: datetime(2026, 1, 2, tzinfo=UTC)  # noqa: E731
    with pytest.raises(MarketDataError, match="LEANBOARD_DATA names it"):
        prepare_data_folder(resolve_data_folder(tmp_path / "x", (), tmp_path), clock)
    assert not prepare_data_folder(DataFolder(tmp_path, FolderOrigin.CONFIGURED, ""), clock)
    assert list(tmp_path.iterdir()) == []
