"""Whether the market data that a run has read is still what it was. Blocks."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from pathlib import Path

from leanboard.market_data.content_hashes import ContentHashes
from leanboard.market_data.data_digest import digest_of
from leanboard.models.results import DataProvenance
from leanboard.services.run_evidence import FileList, listed_files

_NAMED = 3  # files that a warning names
_NAME_LENGTH = 120  # characters of each; a strategy may have written anything into LEAN's list
UNKNOWN = "whether the market data has changed since cannot be told: "


def data_changes(
    directory: Path, then: DataProvenance, ended_at: datetime, data_folder: Path, hashes: ContentHashes
) -> tuple[str, ...]:
    """Say what has changed since a run in the data that it would read again; empty when nothing has.

    Args:
        directory: Of the finished run, with LEAN's lists of data files.
        then: What is known of the data that it read.
        ended_at: When it ended.
        data_folder: What another run would read.
        hashes: Of the data files' contents.
    """
    if then.digest is None:
        return (f"{UNKNOWN}no digest of it was taken (read on another machine, or by an earlier Leanboard)",)
    read = listed_files(directory, FileList.READ)
    appeared = sorted(name for name in listed_files(directory, FileList.MISSING) if _is_file(data_folder, name))
    now = digest_of(data_folder, read, hashes)
    changes = []
    if now is None:
        gone = sorted(name for name in read if not _is_file(data_folder, name))
        changes.append(f"of the {len(read)} data files of that run {len(gone)} are gone: {_names(gone)}")
    elif now.files != then.digest.files:
        return (f"{UNKNOWN}LEAN's list of the data files is no longer in the run directory",)
    elif now.sha256 != then.digest.sha256:
        newer = sorted(name for name in read if _changed_after(data_folder / name, ended_at))
        named = f": {_names(newer)}" if newer else ""
        changes.append(f"the content of the {now.files} data files of that run has changed since{named}")
    if appeared:
        changes.append(f"{len(appeared)} data files that were missing then are there now: {_names(appeared)}")
    return tuple(changes)


def _is_file(root: Path, name: str) -> bool:
    try:
        return ".." not in name.split("/") and (root / name).is_file()
    except (OSError, ValueError):
        return False


def _changed_after(path: Path, moment: datetime) -> bool:
    try:
        return path.stat().st_mtime > moment.timestamp()
    except (OSError, ValueError):
        return False


def _names(names: Iterable[str]) -> str:
    known = tuple(names)
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return ", ".join(name[:_NAME_LENGTH] for name in islice(known, _NAMED)) + more
