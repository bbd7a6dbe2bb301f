"""What a run directory says as a whole: run.json, which never changes, and labels.json, which people change."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from leanboard.errors import Conflict, NotFound
from leanboard.models.labels import ResultLabels
from leanboard.models.run import BacktestRunInfo
from leanboard.storage.durable_files import disk_errors, write_durably
from leanboard.storage.fingerprint import fingerprint_of
from leanboard.storage.layout import LABELS, MANIFEST, TIMESTAMP
from leanboard.storage.manifest import MAX_BYTES, RunManifest, UnbelievableManifest, manifest_of, text_of
from leanboard.storage.queries import CommittedResult, ProblemKind, StorageProblem
from leanboard.storage.safe_files import read_file

_MAX_LABELS = 256 * 1024


@dataclass(frozen=True, slots=True)
class StoredResult:
    """A run directory that can be read.

    Attributes:
        run: As it is to be listed: the manifest's, with its labels.
        labelled: When labels.json was written, nanoseconds; None without one.
        trashed_at: When it was moved to the trash; None for what lies under ``results/``.
        problem: Why the labels could not be read; None when they could, or there are none.
    """

    manifest: RunManifest
    run: BacktestRunInfo
    labelled: int | None = None
    trashed_at: datetime | None = None
    problem: StorageProblem | None = None

    @property
    def committed(self) -> CommittedResult:
        """What its row takes over."""
        known = self.manifest
        return CommittedResult(
            run=self.run,
            request=known.request,
            statistics=known.statistics,
            data=known.data,
            size=known.size,
            labelled=self.labelled,
            trashed_at=self.trashed_at,
            fingerprint=fingerprint_of(known),
        )


def read_stored(directory: Path, name: str, trashed_at: datetime | None = None) -> StoredResult | StorageProblem:
    """Read a run directory, or say what is wrong with it. Blocking.

    Args:
        directory: Where it lies: under ``results/``, or in the trash.
        name: Of the result.
        trashed_at: When it was moved to the trash.
    """
    manifest = read_manifest(directory, name)
    if isinstance(manifest, StorageProblem):
        return manifest
    labelled = labelled_at(directory)
    if labelled is None:
        return StoredResult(manifest, manifest.run, trashed_at=trashed_at)
    labels = _labels(directory, manifest.run)
    if isinstance(labels, StorageProblem):
        return StoredResult(manifest, manifest.run, labelled, trashed_at, labels)
    return StoredResult(manifest, labels.on(manifest.run), labelled, trashed_at)


def read_manifest(directory: Path, name: str) -> RunManifest | StorageProblem:
    """Read run.json of a run directory, or say what is wrong with it. Blocking."""
    subject = f"results/{name}"
    if not TIMESTAMP.fullmatch(name):
        return StorageProblem(ProblemKind.QUARANTINED, subject, "this is not the name of a run directory")
    try:
        manifest = manifest_of(read_file(directory, MANIFEST, MAX_BYTES))
    except UnbelievableManifest as error:
        return StorageProblem(ProblemKind.QUARANTINED, subject, f"run.json cannot be taken over: {error}")
    except (NotFound, ValueError) as error:
        return StorageProblem(ProblemKind.UNREADABLE, subject, f"run.json cannot be read: {error}")
    except OSError as error:
        return StorageProblem(ProblemKind.UNREADABLE, subject, f"run.json cannot be read: {error.strerror}")
    if manifest.run.timestamp != name:
        detail = f"run.json is of {manifest.run.timestamp}: give the directory that name again"
        return StorageProblem(ProblemKind.QUARANTINED, subject, detail)
    return manifest


def labelled_at(directory: Path) -> int | None:
    """Return when labels.json was written, nanoseconds; None without such a file."""
    try:
        return os.stat(f"{directory}/{LABELS}", follow_symlinks=False).st_mtime_ns  # noqa: PTH116  # ten thousand times
    except OSError:
        return None


def _labels(directory: Path, run: BacktestRunInfo) -> ResultLabels | StorageProblem:
    try:
        labels = ResultLabels.model_validate_json(read_file(directory, LABELS, _MAX_LABELS))
    except (NotFound, ValidationError, ValueError) as error:
        first = str(error).splitlines()[0]
        return _unlabelled(run, f"labels.json cannot be read ({first}): the result is listed as it was when it ended")
    if labels.run_id != run.id:
        return _unlabelled(run, f"labels.json is of another run ({labels.run_id}): it is not used")
    return labels


def _unlabelled(run: BacktestRunInfo, detail: str) -> StorageProblem:
    return StorageProblem(ProblemKind.UNREADABLE, f"results/{run.timestamp}", detail)


def write_labels(directory: Path, labels: ResultLabels) -> int:
    """Put labels.json in place, whole and durable; returns when it was written, nanoseconds. Blocking.

    Raises:
        Conflict: The directory is gone, or another run's.
        StorageError: The disk refused; what was there before still is.
    """
    if not directory.is_dir():
        msg = f"the directory of {directory.name} is gone: put it back, or delete the result"
        raise Conflict(msg)
    found = read_manifest(directory, directory.name)
    if isinstance(found, RunManifest) and found.run.id != labels.run_id:
        msg = f"the directory of {directory.name} is another run's ({found.run.id}): put the right one back"
        raise Conflict(msg)
    with disk_errors("storing the labels"):
        write_durably(directory / LABELS, text_of(labels))
        return (directory / LABELS).lstat().st_mtime_ns
