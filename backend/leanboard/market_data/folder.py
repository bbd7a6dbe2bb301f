"""Which data folder is used, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from leanboard.market_data.errors import bad_file
from leanboard.market_data.sources.demo import ensure_demo_data

SHARED_FOLDER: Final = Path("..", "shared", "lean-data")  # from the project's root, or where the command was called
DEMO_FOLDER: Final = Path("demo-data")  # under LEANBOARD_HOME


class FolderOrigin(StrEnum):
    """Why a data folder is used."""

    CONFIGURED = "configured"
    SHARED = "shared"
    DEMONSTRATION = "demonstration"


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The data folder of this service.

    Attributes:
        path: Where it is, or will be.
        origin: Why it is used.
        reason: The same for people.
    """

    path: Path
    origin: FolderOrigin
    reason: str


def resolve_data_folder(
    configured: Path | None, candidates: tuple[Path, ...], home: Path, is_folder: Callable[[Path], bool] = Path.is_dir
) -> DataFolder:
    """Decide which data folder is used; looks at nothing but whether the candidates are folders.

    Args:
        configured: LEANBOARD_DATA; wins when set, also when nothing is there.
        candidates: Where a data folder of others may lie, see candidate_folders; the first that is one wins.
        home: LEANBOARD_HOME, under which demonstration data lies otherwise.
        is_folder: Tells whether a path is a folder.
    """
    if configured is not None:
        return DataFolder(configured, FolderOrigin.CONFIGURED, "LEANBOARD_DATA names it")
    for candidate in candidates:
        if is_folder(candidate):
            return DataFolder(candidate, FolderOrigin.SHARED, "LEANBOARD_DATA is not set, and this folder is there")
    reason = "LEANBOARD_DATA is not set; demonstration data: five real daily stocks, simulated SPY"
    return DataFolder(home / DEMO_FOLDER, FolderOrigin.DEMONSTRATION, reason)


def candidate_folders(*starts: Path) -> tuple[Path, ...]:
    """Return where shared data may lie, seen from the project's root and the working directory."""
    return tuple(dict.fromkeys((start / SHARED_FOLDER).resolve() for start in starts))


def prepare_data_folder(folder: DataFolder, clock: Callable[[], datetime]) -> bool:
    """Make sure that the folder is there; demonstration data is made on demand.

    Blocks: two seconds of work the first time, longer when another process makes the same folder.

    Args:
        folder: What resolve_data_folder decided.
        clock: Tells the aware time of making.

    Returns:
        True when demonstration data was written.

    Raises:
        MarketDataError: A configured folder is not there, or something else lies where demonstration data should.
        OSError: The disk refused.
    """
    if folder.origin is FolderOrigin.DEMONSTRATION:
        return ensure_demo_data(folder.path, clock=clock)
    if not folder.path.is_dir():
        raise bad_file(
            folder.path, f"no such data folder ({folder.reason}); correct it, or unset it for demonstration data"
        )
    return False
