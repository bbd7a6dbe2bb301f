"""Runs that are accepted and not yet results: snapshot, slots, and the marks that say how far a run has come.

::

    work/<run id>/
      request.json      run and request, as accepted
      accepted          mark: the row was committed once, so a missing row is the index's loss
      code/             snapshot of the project
      slot-<attempt>/   what sandbox and service share during an attempt
      settlement.json   how the run ended; written before files are moved
    work/.<anything>    not there yet, or not there any more; swept at start

A slot may be there before its run: it boots ahead, and the directory has no request.json until a run takes it.
"""

import re
import shutil
import uuid
from pathlib import Path

from pydantic import ValidationError

from leanboard.errors import NotFound
from leanboard.models.code import CodeDigest, CopyCode
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import BacktestRunInfo, BacktestStatus, Phase
from leanboard.storage.durable_files import (
    disk_errors,
    names_in,
    or_nothing,
    remove_tree,
    sync_directory,
    sync_tree,
    write_durably,
)
from leanboard.storage.layout import ACCEPTED, CODE, MANIFEST, REQUEST, RUN_ID, SETTLEMENT, HomeLayout
from leanboard.storage.manifest import MAX_BYTES, AcceptedRun, Settlement, manifest_of, text_of
from leanboard.storage.safe_files import read_file

_SLOT = re.compile(r"slot-([1-9]\d{0,5})")
_SLOT_FOLDERS = ("output", "console", "storage")


class WorkDirectories:
    """Makes, marks and removes work directories. Blocking; one caller per run at a time.

    Every method raises :class:`StorageError` when the disk refuses.
    """

    def __init__(self, layout: HomeLayout) -> None:
        self._layout = layout

    def create(self, run: BacktestRunInfo, request: BacktestRequest, snapshot: CopyCode) -> CodeDigest | None:
        """Make a run's directory: filled under another name, synced, then renamed; on failure nothing stays.

        Returns:
            What the snapshot said of itself.
        """
        target = self._layout.work_directory(run.id)
        staged = self._layout.work / f".staged-{run.id}"
        with or_nothing(staged), disk_errors("storing the run"):
            (staged / CODE).mkdir(parents=True)
            code = snapshot(staged / CODE)
            (staged / REQUEST).write_bytes(text_of(AcceptedRun(run=run, request=request)))
            sync_tree(staged)
            self._take_reserved(run.id, staged)
            staged.rename(target)
            sync_directory(self._layout.work)
        return code

    def _take_reserved(self, run_id: str, staged: Path) -> None:
        """Move a slot that booted ahead to its run, with the code; what has it mounted or open does not notice."""
        reserved = self._layout.slot(run_id, 1)
        if reserved.is_dir():
            shutil.copytree(staged / CODE, reserved / CODE, symlinks=True, dirs_exist_ok=True)
            reserved.rename(staged / reserved.name)
            reserved.parent.rmdir()

    def reserve(self, run_id: str) -> Path:
        """Make the slot of a run to come; its code comes with the run."""
        slot = self._layout.slot(run_id, 1)
        with disk_errors("preparing a slot ahead"):
            slot.mkdir(parents=True)
            self._make_folders(slot)
            (slot / CODE).mkdir()
        return slot

    def reserved(self) -> tuple[str, ...]:
        """Return the ids of runs to come that have a slot."""
        return tuple(each for each in self.ids() if not (self._layout.work_directory(each) / REQUEST).exists())

    def mark_accepted(self, run_id: str) -> None:
        """Note that the row is committed."""
        with disk_errors("storing the run"):
            write_durably(self._layout.work_directory(run_id) / ACCEPTED, b"")

    def was_accepted(self, run_id: str) -> bool:
        """Say whether the row was committed once: by the mark, or because the run came further than that."""
        root = self._layout.work_directory(run_id)
        return any((root / name).exists() for name in (ACCEPTED, SETTLEMENT, MANIFEST))

    def remove(self, run_id: str) -> None:
        """Let a run's directory vanish at once; may be called when it is gone."""
        self._discard(self._layout.work_directory(run_id))

    def _discard(self, path: Path) -> None:
        # By rename first: a directory that is only half removed must not look like a run. A sandbox may have written
        # files that are not ours to remove; they do not hold up anything then.
        gone = self._layout.work / f".gone-{uuid.uuid4().hex}"
        with disk_errors("removing what is no longer needed"):
            try:
                path.rename(gone)
            except FileNotFoundError:
                return
        remove_tree(gone)

    def prepare_slot(self, run_id: str, attempt: int) -> Path:
        """Make the slot of an attempt with its own copy of the snapshot; earlier attempts' slots go."""
        root = self._layout.work_directory(run_id)
        for number in self.slots(run_id):
            self._discard(root / f"slot-{number}")
        slot = self._layout.slot(run_id, attempt)
        with disk_errors("preparing the run's directory"):
            slot.mkdir()
            self._make_folders(slot)
            shutil.copytree(root / CODE, slot / CODE, symlinks=True)
        return slot

    @staticmethod
    def _make_folders(slot: Path) -> None:
        for folder in _SLOT_FOLDERS:
            (slot / folder).mkdir()

    def drop_slot(self, run_id: str, attempt: int) -> None:
        """Remove a slot; may be called when it is gone."""
        self._discard(self._layout.slot(run_id, attempt))

    def slots(self, run_id: str) -> tuple[int, ...]:
        """Return the attempts that have a slot, in order."""
        try:
            names = names_in(self._layout.work_directory(run_id))
        except FileNotFoundError:
            return ()
        return tuple(sorted(int(found[1]) for name in names if (found := _SLOT.fullmatch(name))))

    def exists(self, run_id: str) -> bool:
        """Say whether the run's directory with its snapshot is there."""
        return (self._layout.work_directory(run_id) / CODE).is_dir()

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all runs that have a directory."""
        with disk_errors("reading the work directory"):
            return tuple(name for name in names_in(self._layout.work) if RUN_ID.fullmatch(name))

    def sweep(self) -> None:
        """Remove what was never finished or was on its way out."""
        with disk_errors("cleaning the work directory"):
            for entry in tuple(self._layout.work.iterdir()):
                if entry.name.startswith("."):
                    remove_tree(entry)

    def write_settlement(self, settlement: Settlement) -> None:
        """Make a run's end durable."""
        with disk_errors("storing how the run ended"):
            self._layout.work_directory(settlement.run.id).mkdir(exist_ok=True)
            write_durably(self._layout.work_directory(settlement.run.id) / SETTLEMENT, text_of(settlement))

    def settlement(self, run_id: str) -> Settlement | None:
        """Return how a run ended, if that was made durable; None also when the file cannot be believed."""
        try:
            settlement = Settlement.model_validate_json(
                read_file(self._layout.work_directory(run_id), SETTLEMENT, MAX_BYTES)
            )
        except (NotFound, ValueError):
            return None
        return settlement if settlement.run.id == run_id else None

    def accepted(self, run_id: str) -> AcceptedRun | None:
        """Return a run as far as its directory knows: pending, or running if it has got a slot.

        None when neither request.json nor a later file can be read.
        """
        root = self._layout.work_directory(run_id)
        for reader in (self._from_request, self._from_settlement, self._from_manifest):
            try:
                found = reader(root)
            except (NotFound, ValidationError, ValueError):
                continue
            if found.run.id == run_id:
                return AcceptedRun(run=self._resumed(found.run), request=found.request)
        return None

    def _resumed(self, run: BacktestRunInfo) -> BacktestRunInfo:
        slots = self.slots(run.id)
        begun = bool(slots) or run.status.is_terminal
        return run.evolve(
            status=BacktestStatus.RUNNING if begun else BacktestStatus.PENDING,
            phase=Phase.SAVING if run.status.is_terminal else Phase.BOOTING if begun else Phase.QUEUED,
            attempt=max((*slots, run.attempt)),
            reason=None,
            message="",
            finished_at=None,
        )

    def _from_request(self, root: Path) -> AcceptedRun:
        return AcceptedRun.model_validate_json(read_file(root, REQUEST, MAX_BYTES))

    def _from_settlement(self, root: Path) -> AcceptedRun:
        settlement = Settlement.model_validate_json(read_file(root, SETTLEMENT, MAX_BYTES))
        return AcceptedRun(run=settlement.run, request=settlement.request)

    def _from_manifest(self, root: Path) -> AcceptedRun:
        manifest = manifest_of(read_file(root, MANIFEST, MAX_BYTES))
        return AcceptedRun(run=manifest.run, request=manifest.request)
