"""Run directories: how a settled run becomes one, and how they are read.

A directory appears under ``results/`` by one rename, complete with run.json. Every step before can be repeated after
the process was killed in the middle of it.
"""

import errno
import json
import os
from collections.abc import Callable, Collection
from pathlib import Path

from leanboard.errors import NotFound
from leanboard.models.results import BacktestStatistics, ResultFile, Versions
from leanboard.storage.durable_files import disk_errors, names_in, sync_directory, write_durably
from leanboard.storage.layout import (
    ACCEPTED,
    CODE,
    LABELS,
    MANIFEST,
    REQUEST,
    SANDBOX,
    SETTLEMENT,
    HomeLayout,
    free_timestamp,
    is_of_second,
    timestamp_of,
)
from leanboard.storage.manifest import (
    MAX_BYTES,
    RunManifest,
    Settlement,
    manifest_of,
    text_of,
)
from leanboard.storage.queries import ProblemKind, StorageProblem
from leanboard.storage.safe_files import digest, list_files, read_file
from leanboard.storage.stored_results import StoredResult, labelled_at, read_manifest, read_stored

_FORERUNNERS = frozenset({REQUEST, SETTLEMENT, ACCEPTED, SANDBOX})
_OURS = frozenset({MANIFEST, LABELS, CODE, "config.json", "job.json", "console", "storage", *_FORERUNNERS})


class RunDirectories:
    """Turns work directories into run directories, and reads those. Blocking.

    Every method raises :class:`StorageError` when the disk refuses.

    Args:
        layout: Where everything lies.
        checkpoint: Called between steps with the step's name; tests end the process there.
    """

    def __init__(self, layout: HomeLayout, checkpoint: Callable[[str], None] = lambda _name: None) -> None:
        self._layout = layout
        self._checkpoint = checkpoint

    def prepare(self) -> None:
        """Make the folders of a home."""
        with disk_errors(f"preparing {self._layout.home}"):
            for folder in (self._layout.results, self._layout.trash, self._layout.work):
                folder.mkdir(parents=True, exist_ok=True)

    # From work directory to run directory --------------------------------------------------------------------------

    def gather(self, run_id: str, attempt: int) -> None:
        """Move what the sandbox wrote from the slot to where it lies in a run directory, by rename."""
        root, slot = self._layout.work_directory(run_id), self._layout.slot(run_id, attempt)
        if not slot.is_dir():
            return
        with disk_errors("storing the result's files"):
            for name in ("console", "config.json", "job.json", SANDBOX):
                self._move(slot / name, root / name)
            if _names(slot / "storage"):
                self._move(slot / "storage", root / "storage")
            for name in _names(slot / "output"):
                self._move(slot / "output" / name, place_of(root, name))
                self._checkpoint("during_move")
            sync_directory(root)

    @staticmethod
    def _move(source: Path, target: Path) -> None:
        if os.path.lexists(source) and not os.path.lexists(target):
            source.rename(target)

    def noted_versions(self, run_id: str) -> Versions:
        """Return what the engine noted about itself in sandbox.json, once gathered; run.json takes its place."""
        try:
            noted = json.loads(read_file(self._layout.work_directory(run_id), SANDBOX, MAX_BYTES))
            return Versions.model_validate(noted["versions"])
        except (NotFound, ValueError, KeyError, TypeError, RecursionError):  # none, or not one of ours
            return Versions()

    def seal(self, settlement: Settlement, statistics: BacktestStatistics, versions: Versions) -> RunManifest:
        """Measure the files and write run.json; from here on run.json is the run's truth."""
        root = self._layout.work_directory(settlement.run.id)
        with disk_errors("storing the result"):
            files, notes = measure(root)
            manifest = RunManifest(
                run=settlement.run,
                request=settlement.request,
                applied=settlement.applied,
                outcome=settlement.outcome,
                statistics=statistics,
                data=settlement.data,
                versions=versions,
                files=files,
                notes=notes,
            )
            write_durably(root / MANIFEST, text_of(manifest))
        return manifest

    def publish(self, manifest: RunManifest) -> RunManifest | None:
        """Let a sealed work directory appear under ``results/``; None where something foreign has taken its name.

        Args:
            manifest: As it lies in the work directory.
        """
        root = self._layout.work_directory(manifest.run.id)
        with disk_errors("storing the result"):
            for name in _FORERUNNERS:
                (root / name).unlink(missing_ok=True)
            if os.path.lexists(self._layout.result_directory(manifest.run.timestamp)):
                return None
            root.rename(self._layout.result_directory(manifest.run.timestamp))
        return manifest

    def publish_renamed(self, manifest: RunManifest, reserved: Collection[str]) -> RunManifest:
        """As :meth:`publish`, under the next free name; returns the manifest as it lies there now.

        Args:
            manifest: As it lies in the work directory.
            reserved: Names that other runs have reserved.
        """
        root = self._layout.work_directory(manifest.run.id)
        with disk_errors("storing the result"):
            manifest = self._renamed(manifest, reserved)
            write_durably(root / MANIFEST, text_of(manifest))
            root.rename(self._layout.result_directory(manifest.run.timestamp))
        return manifest

    def sync(self) -> None:
        """Make the names of what was published durable."""
        with disk_errors("storing the result"):
            sync_directory(self._layout.results)
            sync_directory(self._layout.work)

    def _renamed(self, manifest: RunManifest, reserved: Collection[str]) -> RunManifest:
        taken = {*reserved, *names_in(self._layout.results)}
        name = free_timestamp(timestamp_of(manifest.run.created_at), taken)
        return manifest.evolve(run=manifest.run.evolve(timestamp=name))

    def sealed(self, run_id: str) -> RunManifest | None:
        """Return run.json from a work directory, if the run had come that far."""
        try:
            manifest = manifest_of(read_file(self._layout.work_directory(run_id), MANIFEST, MAX_BYTES))
        except (NotFound, ValueError):
            return None
        return manifest if manifest.run.id == run_id else None

    # Reading -------------------------------------------------------------------------------------------------------

    def names(self) -> frozenset[str]:
        """Return the names of everything under ``results/`` that does not begin with a dot."""
        with disk_errors("reading the results"):
            return frozenset(name for name in names_in(self._layout.results) if not name.startswith("."))

    def names_like(self, base: str) -> frozenset[str]:
        """Return the names that are taken for a second."""
        with disk_errors("reading the results"):
            return frozenset(name for name in names_in(self._layout.results) if is_of_second(name, base))

    def manifest(self, name: str) -> RunManifest | StorageProblem:
        """Read the run.json of a run directory, or say what is wrong with it."""
        return read_manifest(self._layout.results / name, name)

    def stored(self, name: str) -> StoredResult | StorageProblem:
        """Read a run directory with what people have said about it."""
        return read_stored(self._layout.results / name, name)

    def all_stored(self, names: Collection[str]) -> tuple[StoredResult | StorageProblem, ...]:
        """Read several."""
        return tuple(self.stored(name) for name in names)

    def labelled(self, names: Collection[str]) -> dict[str, int]:
        """Return when labels.json was written, nanoseconds, for the run directories that have one."""
        found = ((name, labelled_at(self._layout.results / name)) for name in names)
        return {name: at for name, at in found if at is not None}

    @staticmethod
    def foreign(manifest: RunManifest) -> StorageProblem:
        """Return the problem that a directory is another run's than the index says."""
        detail = f"run.json is of another run ({manifest.run.id}): put the right directory back"
        return StorageProblem(ProblemKind.QUARANTINED, f"results/{manifest.run.timestamp}", detail)


def _names(folder: Path) -> tuple[str, ...]:
    """Return what lies in a folder; nothing if a link has taken its place, which would lead elsewhere."""
    if folder.is_symlink():
        return ()
    try:
        return names_in(folder)
    except (FileNotFoundError, NotADirectoryError):
        return ()


def place_of(root: Path, name: str) -> Path:
    """Return where an output file goes: its own name, unless that is one of ours or taken."""
    ours = name in _OURS or name.startswith("slot-")
    if not ours and not os.path.lexists(root / name):
        return root / name
    number = 1
    while os.path.lexists(root / f"output-{number}.{name}"):
        number += 1
    return root / f"output-{number}.{name}"


def measure(root: Path) -> tuple[tuple[ResultFile, ...], tuple[str, ...]]:
    """List the files of a run directory for run.json, and say what the list leaves out. Blocking."""
    listing = list_files(root)
    files, lost = [], 0
    for found in listing.files:
        if found.path in _FORERUNNERS or found.path == MANIFEST:
            continue
        try:
            files.append(ResultFile(path=found.path, size=found.size, sha256=digest(root, found)))
        except NotFound:
            lost += 1
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:  # the write that failed was ours to make durable
                raise
            lost += 1
    notes = (*listing.notes, f"not listed: files that cannot be read ({lost})") if lost else listing.notes
    return tuple(files), notes
