"""A data folder from somewhere else: whole or not at all, and never over what is there.

It is first filled under a hidden name on the same disk. What a killed import left is removed by the next one; two that
run at the same time do not touch each other's.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from leanboard.market_data.errors import bad_file

IMPORT_FOLDER: Final = Path("lean-data")  # under LEANBOARD_HOME
_MARK: Final = ".leanboard-import-"


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    Attributes:
        added: Files that are there now and were not before.
        kept: Files that were there already, and stayed as they were.
        size: Bytes of the added files.
    """

    added: int
    kept: int
    size: int


def refuse_taken(target: Path, *, merge: bool) -> None:
    """Say at once if a folder is not to be filled.

    Raises:
        MarketDataError: Something is there, and it is not to be merged into, or is no folder.
    """
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise bad_file(target, "is no folder; name another one with --to")
    if not merge and any(not entry.name.startswith(_MARK) for entry in target.iterdir()):
        raise bad_file(
            target, "is there and not empty; --merge adds the files that it lacks, --to names another folder"
        )


@contextmanager
def staging_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder on the target's disk, and remove what of it is left at the end. Blocks.

    Raises:
        OSError: The disk refused.
    """
    parent = target if target.is_dir() else target.parent
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.glob(f"{_MARK}*"):
        _remove_if_left(left)
    staging = Path(tempfile.mkdtemp(prefix=_MARK, dir=parent))
    handle = os.open(staging, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # the kernel releases it, also when the process dies
        staging.chmod(0o755)  # LEAN may be another user
        yield staging
    finally:
        os.close(handle)
        shutil.rmtree(staging, ignore_errors=True)


def _remove_if_left(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        finally:
            os.close(handle)


def put_in_place(staging: Path, target: Path) -> Imported:
    """Make what was staged the target, or add to a target that is there what it lacks. Blocks.

    Args:
        staging: Regular files and folders; on the target's disk.
        target: The data folder.

    Raises:
        MarketDataError: A folder is to go where a file lies, or the other way round.
        OSError: The disk refused; what has been added stays.
    """
    files = [path for path in sorted(staging.rglob("*")) if path.is_file()]
    sizes = {path: path.stat().st_size for path in files}
    if not target.is_dir():
        staging.rename(target)
        staging.mkdir()  # so that its removal finds what it expects
        return Imported(len(files), 0, sum(sizes.values()))
    added = [path for path in files if _add(path, target / path.relative_to(staging))]
    return Imported(len(added), len(files) - len(added), sum(sizes[path] for path in added))


def _add(path: Path, place: Path) -> bool:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise bad_file(place, "cannot be added: a file lies where its folder is to be") from error
    if os.path.lexists(place):
        return False
    path.rename(place)
    return True
