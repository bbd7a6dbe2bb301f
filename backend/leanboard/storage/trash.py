"""Deleted run directories: kept under a name that says what they are and since when, until they are purged.

    results/2026-01-31_12-00-00                        a result
    results/.trash/2026-01-31_12-00-00.1769947200      deleted at that second, can be restored
    results/.trash/<run id>                            purged: gone from the index, its files go one by one

Each step from one line to the next is one rename, so that a process that is killed leaves one or the other.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from leanboard.errors import Conflict, NotFound
from leanboard.storage.durable_files import disk_errors, names_in, remove_tree, sync_directory
from leanboard.storage.layout import RUN_ID, TIMESTAMP, HomeLayout, free_timestamp
from leanboard.storage.manifest import RunManifest
from leanboard.storage.stored_results import read_manifest

_ENTRY = re.compile(rf"(?P<timestamp>{TIMESTAMP.pattern})\.(?P<second>[0-9]{{1,11}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class TrashEntry:
    """A result in the trash.

    Attributes:
        timestamp: Name that it had, and gets again.
        trashed_at: To the second.
    """

    timestamp: str
    trashed_at: datetime
    directory: Path


class Trash:
    """The directory ``.trash``. Blocking; every method raises :class:`StorageError` when the disk refuses.

    Args:
        layout: Where everything lies.
        checkpoint: Called between steps with the step's name; tests end the process there.
    """

    def __init__(self, layout: HomeLayout, checkpoint: Callable[[str], None] = lambda _name: None) -> None:
        self._layout = layout
        self._checkpoint = checkpoint

    def put(self, timestamp: str, run_id: str, at: datetime) -> bool:
        """Move a run directory to the trash; False when it is gone, or another run's: that one stays."""
        directory = self._layout.result_directory(timestamp)
        found = read_manifest(directory, timestamp)
        if isinstance(found, RunManifest) and found.run.id != run_id:
            return False
        with disk_errors("deleting the result"):
            target = self._layout.trash / f"{timestamp}.{int(at.timestamp())}"
            try:
                directory.rename(target)
            except FileNotFoundError:
                return False
            sync_directory(self._layout.trash)
            sync_directory(self._layout.results)
        return True

    def restore(self, timestamp: str) -> None:
        """Move a run directory back.

        Raises:
            NotFound: It does not lie in the trash.
            Conflict: Something else has its name now.
        """
        directory = self._layout.result_directory(timestamp)
        with disk_errors("restoring the result"):
            entry = self.entry(timestamp)
            if entry is None:
                msg = f"the directory of {timestamp} is not in the trash any more"
                raise NotFound(msg)
            if os.path.lexists(directory):
                msg = f"something else lies at results/{timestamp}: move it away first"
                raise Conflict(msg)
            entry.directory.rename(directory)
            sync_directory(self._layout.results)
            sync_directory(self._layout.trash)

    def doom(self, timestamp: str, run_id: str) -> None:
        """Let go of a result in the trash: from here on it cannot be restored."""
        with disk_errors("purging the result"):
            entry = self.entry(timestamp)
            if entry is not None:
                names = frozenset(names_in(self._layout.trash))
                entry.directory.rename(self._layout.trash / free_timestamp(run_id, names))
                sync_directory(self._layout.trash)

    def entry(self, timestamp: str) -> TrashEntry | None:
        """Return one of :meth:`entries`, without a look at what the others are called."""
        return self._entries(f"{timestamp}.").get(timestamp)

    def entries(self) -> dict[str, TrashEntry]:
        """Return what can be restored, by name; of several with one name the one that was deleted last."""
        return self._entries("")

    def _entries(self, prefix: str) -> dict[str, TrashEntry]:
        with disk_errors("reading the trash"):
            names = names_in(self._layout.trash)
        found = [entry for name in names if name.startswith(prefix) and (entry := self._entry(name)) is not None]
        return {entry.timestamp: entry for entry in sorted(found, key=lambda one: one.trashed_at)}

    def _entry(self, name: str) -> TrashEntry | None:
        parts = _ENTRY.fullmatch(name)
        if parts is None:
            return None
        moment = datetime.fromtimestamp(int(parts["second"]), UTC)
        return TrashEntry(parts["timestamp"], moment, self._layout.trash / name)

    def doomed(self) -> frozenset[str]:
        """Return the ids of the runs whose directories are on their way out."""
        with disk_errors("reading the trash"):
            ids = (name.split("-")[0] for name in names_in(self._layout.trash))
            return frozenset(run_id for run_id in ids if RUN_ID.fullmatch(run_id))

    def sweep(self) -> None:
        """Remove what was let go, as far as possible; what somebody else put there stays."""
        with disk_errors("emptying the trash"):
            for name in names_in(self._layout.trash):
                if RUN_ID.fullmatch(name.split("-")[0]):
                    self._checkpoint("during_unlink")
                    remove_tree(self._layout.trash / name)
