"""Takes over backtests that lean-cli has run: ``<project>/backtests/<YYYY-MM-DD_HH-MM-SS>/``.

What is taken becomes a run directory as a run of ours does: built under a hidden name, then there by one rename. LEAN's
own id, dates, configuration, log and code stay. The id of the run is made from project, folder and LEAN's id, so the
same backtest is never taken twice. Links are not followed, and what is no result of LEAN's is reported.
"""

import json
import os
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from leanboard.models.results import DataProvenance, Versions
from leanboard.models.run import Applied
from leanboard.services.lean_cli_backtest import LeanCliBacktest, NotABacktestError, read_backtest
from leanboard.services.run_evidence import banner_version
from leanboard.storage.durable_files import disk_errors, names_in, remove_tree, sync_directory, sync_tree
from leanboard.storage.engine_config import algorithm_id
from leanboard.storage.layout import CODE, MANIFEST, TIMESTAMP, HomeLayout, free_timestamp, timestamp_of
from leanboard.storage.manifest import RunManifest, text_of
from leanboard.storage.run_directory import measure, place_of
from leanboard.storage.safe_files import list_files, open_file
from leanboard.storage.statistics_text import statistics
from leanboard.storage.stored_results import read_manifest
from leanboard.storage.trash import Trash

CONFIG = "config.json"
MAX_FILES = 20_000
_MAX_DEPTH = 8


class Fate(StrEnum):
    """What became of a folder."""

    TAKEN = "taken"
    KNOWN = "known"  # it had been taken before
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Imported:
    """One folder.

    Attributes:
        timestamp: Name of the result; empty when it was refused.
        reason: Why it was refused.
    """

    folder: Path
    fate: Fate
    timestamp: str = ""
    reason: str = ""


def backtest_folders(root: Path) -> tuple[Path, ...]:
    """Find the folders of backtests at a path: one of them, ``backtests``, a project, or a folder of projects."""
    if TIMESTAMP.fullmatch(root.name) and root.is_dir():
        return (root,)
    found: list[Path] = []
    for folder, below, _ in os.walk(root):
        here = Path(folder)
        below[:] = sorted(name for name in below if not name.startswith("."))
        if here.name == "backtests":
            found += [here / name for name in below if TIMESTAMP.fullmatch(name)]
            below.clear()
        elif len(here.relative_to(root).parts) >= _MAX_DEPTH:
            below.clear()
    return tuple(found)


class LeanCliImport:
    """Takes folders over, one by one. Blocking.

    Args:
        layout: Of the home that they become results of; its folders are there.
    """

    def __init__(self, layout: HomeLayout) -> None:
        self._layout = layout
        self._trash = Trash(layout)

    def take(self, folder: Path) -> Imported:
        """Take a folder over.

        Raises:
            StorageError: The disk of the home refuses; nothing half-written can be seen.
        """
        try:
            found = read_backtest(folder)
        except NotABacktestError as reason:
            return Imported(folder, Fate.REFUSED, reason=str(reason))
        except OSError as error:
            return Imported(folder, Fate.REFUSED, reason=f"it cannot be read: {error.strerror or error}")
        with disk_errors(f"importing {folder.name}"):
            known = self._known(found.run.id, timestamp_of(found.run.created_at))
            if known is not None:
                return Imported(folder, Fate.KNOWN, known)
            return Imported(folder, Fate.TAKEN, self._taken(folder, found))

    def _known(self, run_id: str, base: str) -> str | None:
        """Return the name under which a run lies here already, be it in the trash."""
        places = {name: self._layout.results / name for name in names_in(self._layout.results)}
        places |= {name: entry.directory for name, entry in self._trash.entries().items()}
        for name, directory in places.items():
            if name == base or name.startswith(f"{base}-"):
                manifest = read_manifest(directory, name)
                if isinstance(manifest, RunManifest) and manifest.run.id == run_id:
                    return name
        return None

    def _taken(self, folder: Path, found: LeanCliBacktest) -> str:
        incoming = self._layout.results / f".incoming-{found.run.id}"
        remove_tree(incoming)
        incoming.mkdir()
        try:
            notes = _copy(folder, incoming, found)
            return self._publish(incoming, _manifest(folder, incoming, found, notes))
        finally:
            remove_tree(incoming)

    def _publish(self, incoming: Path, manifest: RunManifest) -> str:
        base, name = timestamp_of(manifest.run.created_at), ""
        while not name or os.path.lexists(self._layout.results / name):
            name = free_timestamp(base, {*names_in(self._layout.results), *self._trash.entries()})
        named = manifest.evolve(run=manifest.run.evolve(timestamp=name))
        (incoming / MANIFEST).write_bytes(text_of(named))
        sync_tree(incoming)
        incoming.rename(self._layout.results / name)
        sync_directory(self._layout.results)
        return name


def _copy(folder: Path, incoming: Path, found: LeanCliBacktest) -> tuple[str, ...]:
    """Copy the regular files; returns what was left out."""
    listing = list_files(folder, MAX_FILES)
    keeps_config = algorithm_id(folder) == found.lean_id
    for file in listing.files:
        target = incoming / file.path
        if "/" not in file.path and not (file.path == CONFIG and keeps_config):
            target = place_of(incoming, file.path)  # a file must not pass for one of ours
        elif "/" in file.path and not file.path.startswith(f"{CODE}/"):
            target = incoming / "files" / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with open_file(folder, file.path) as source, target.open("xb") as copy:
            shutil.copyfileobj(source, copy)
    if not keeps_config:  # lean-cli keeps no more of LEAN's configuration than this
        (incoming / CONFIG).write_text(json.dumps(found.configuration, indent=1) + "\n")
    return listing.notes


def _manifest(folder: Path, incoming: Path, found: LeanCliBacktest, notes: tuple[str, ...]) -> RunManifest:
    state, lean = found.state, found.state.configuration
    dates = {"start_date": lean.start_date, "end_date": lean.end_date}
    files, more = measure(incoming)
    return RunManifest(
        run=found.run,
        request=found.request,
        applied=Applied(effective={name: day.isoformat() for name, day in dates.items() if day is not None}),
        outcome=found.outcome,
        statistics=statistics(state),
        data=DataProvenance(requests=state.data_requests, failed_requests=state.failed_data_requests),
        versions=Versions(engine="lean-cli", lean=state.lean_version or banner_version(incoming)),
        files=files,
        notes=(f"imported from {folder.parent.parent.name}/backtests/{folder.name}", *notes, *more),
    )
