"""Directories of batches. Blocking; one caller per batch at a time.

::

    batches/<batch id>/
      batch.json            what was asked for, and all items
      wishes.json           name, limits, paused, cancelled
      code/<code key>/      snapshots of strategies, which items run
      .<name>.staged        a file to come: takes its place as soon as the row says the same
    batches/.staged-<id>    a batch to come, likewise
    batches/.gone-<id>      not there any more; the row goes, too

Everything is written whole under such a name first, then the row is committed, then the name is given. After a crash
the row's token says which of the two happened.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from leanboard.errors import InvalidInput, NotFound
from leanboard.storage.batch_document import (
    MAX_BATCH,
    MAX_WISHES,
    SCHEMA_VERSION,
    BatchFile,
    BatchWishes,
    is_code_key,
    token_of,
)
from leanboard.storage.durable_files import disk_errors, names_in, remove_tree, sync_directory, sync_tree, write_durably
from leanboard.storage.layout import CODE, RUN_ID, HomeLayout
from leanboard.storage.queries import ProblemKind, StorageProblem
from leanboard.storage.safe_files import read_file

BATCH_FILE = "batch.json"
WISHES = "wishes.json"
_LIMITS = {BATCH_FILE: MAX_BATCH, WISHES: MAX_WISHES}
_MARKED = re.compile(r"\.(staged|gone)-([0-9a-f]{32})")

Snapshots = Mapping[str, Callable[[Path], None]]
"""Copies the code of each code key into the folder given, which exists and is empty."""


@dataclass(frozen=True, slots=True)
class FoundBatch:
    """What the files of a batch say.

    Attributes:
        problem: Why its wishes could not be read, and are a cautious guess; None when they could.
    """

    file: BatchFile
    wishes: BatchWishes
    problem: StorageProblem | None = None


class BatchFiles:
    """Makes, changes and removes directories of batches.

    Every method raises :class:`StorageError` when the disk refuses.
    """

    def __init__(self, layout: HomeLayout) -> None:
        self._root = layout.batches

    def prepare(self) -> None:
        """Make the folder of all batches."""
        with disk_errors("preparing the folder of batches"):
            self._root.mkdir(parents=True, exist_ok=True)

    def directory(self, batch_id: str) -> Path:
        """Return the directory of a batch, whether it is there or not."""
        if not RUN_ID.fullmatch(batch_id):
            msg = f"{batch_id[:40]!r} is no id of a batch"
            raise ValueError(msg)
        return self._root / batch_id

    def code(self, batch_id: str, code_key: str) -> Path:
        """Return where a snapshot of code lies.

        Raises:
            InvalidInput: It cannot be the name of one.
        """
        if not is_code_key(code_key):
            msg = f"{code_key[:80]!r} names no snapshot of code"
            raise InvalidInput(msg)
        return self.directory(batch_id) / CODE / code_key

    # A batch to come ---------------------------------------------------------------------------------------------

    def stage(self, batch_id: str, documents: Mapping[str, bytes], snapshots: Snapshots) -> None:
        """Make a batch's directory under a name that does not count yet; on failure nothing stays."""
        staged = self._marked("staged", batch_id)
        try:
            with disk_errors("storing the batch"):
                remove_tree(staged)
                (staged / CODE).mkdir(parents=True)
                for key, snapshot in snapshots.items():
                    folder = staged / CODE / self.code(batch_id, key).name
                    folder.mkdir()
                    snapshot(folder)
                for name, content in documents.items():
                    (staged / name).write_bytes(content)
                sync_tree(staged)
                sync_directory(self._root)
        except BaseException:
            remove_tree(staged)
            raise

    def place(self, batch_id: str) -> None:
        """Give a staged directory its name."""
        with disk_errors("storing the batch"):
            self._marked("staged", batch_id).rename(self.directory(batch_id))
            sync_directory(self._root)

    def drop_staged(self, batch_id: str) -> None:
        """Remove a batch that did not come."""
        remove_tree(self._marked("staged", batch_id))

    # Changes -----------------------------------------------------------------------------------------------------

    def add_code(self, batch_id: str, snapshots: Snapshots) -> None:
        """Add snapshots of code; one that is there already stays as it is."""
        for key, snapshot in snapshots.items():
            target = self.code(batch_id, key)
            if not target.exists():
                self._add_code(target, snapshot)

    def _add_code(self, target: Path, snapshot: Callable[[Path], None]) -> None:
        staged = target.with_name(f".staged-{target.name}")
        try:
            with disk_errors("storing the batch's code"):
                remove_tree(staged)
                staged.mkdir(parents=True)
                snapshot(staged)
                sync_tree(staged)
                staged.rename(target)
                sync_directory(target.parent)
        except BaseException:
            remove_tree(staged)
            raise

    def stage_documents(self, batch_id: str, documents: Mapping[str, bytes]) -> None:
        """Write files to come; on failure none stays. A directory that somebody removed keeps nobody from a change."""
        try:
            with disk_errors("storing the batch"):
                self.directory(batch_id).mkdir(exist_ok=True)
                for name, content in documents.items():
                    write_durably(self._staged(batch_id, name), content)
        except BaseException:
            self.drop_documents(batch_id)
            raise

    def place_documents(self, batch_id: str) -> None:
        """Put the files to come in their places."""
        with disk_errors("storing the batch"):
            for name in _LIMITS:
                staged = self._staged(batch_id, name)
                if staged.exists():
                    staged.replace(self.directory(batch_id) / name)
            sync_directory(self.directory(batch_id))

    def drop_documents(self, batch_id: str) -> None:
        """Remove files that did not come."""
        for name in _LIMITS:
            self._staged(batch_id, name).unlink(missing_ok=True)

    def settle_documents(self, batch_id: str, token: str | None) -> None:
        """Decide about files to come that an earlier process left: those of the row's latest change take their places.

        Args:
            batch_id: Which batch.
            token: Of the row; None when there is none.
        """
        with disk_errors("storing the batch"):
            for name, limit in _LIMITS.items():
                staged = self._staged(batch_id, name)
                if staged.exists() and token and self._token_in(staged, limit) == token:
                    staged.replace(self.directory(batch_id) / name)
                staged.unlink(missing_ok=True)
            sync_directory(self.directory(batch_id))
        for entry in (self.directory(batch_id) / CODE).glob(".staged-*"):
            remove_tree(entry)

    def hide(self, batch_id: str) -> None:
        """Take a batch's directory away, so that the batch does not come back; may be called when it is gone."""
        with disk_errors("forgetting the batch"):
            gone = self._marked("gone", batch_id)
            remove_tree(gone)
            try:
                self.directory(batch_id).rename(gone)
            except FileNotFoundError:
                return
            sync_directory(self._root)

    def remove_hidden(self, batch_id: str) -> None:
        """Remove what was taken away."""
        remove_tree(self._marked("gone", batch_id))

    @staticmethod
    def _token_in(staged: Path, limit: int) -> str | None:
        try:
            return token_of(read_file(staged.parent, staged.name, limit))
        except (NotFound, ValueError):
            return None

    def _staged(self, batch_id: str, name: str) -> Path:
        return self.directory(batch_id) / f".{name}.staged"

    def _marked(self, mark: str, batch_id: str) -> Path:
        return self._root / f".{mark}-{self.directory(batch_id).name}"

    # What is there -----------------------------------------------------------------------------------------------

    def ids(self) -> frozenset[str]:
        """Return the ids of all batches that have a directory."""
        with disk_errors("reading the folder of batches"):
            return frozenset(name for name in names_in(self._root) if RUN_ID.fullmatch(name))

    def left(self, mark: str) -> tuple[str, ...]:
        """Return the ids of batches that an earlier process left ``staged`` or ``gone``."""
        with disk_errors("reading the folder of batches"):
            found = [_MARKED.fullmatch(name) for name in names_in(self._root)]
        return tuple(each[2] for each in found if each is not None and each[1] == mark)

    def read(self, batch_id: str) -> FoundBatch | StorageProblem:
        """Read what a batch's directory says, or say what is wrong with it."""
        subject = f"batches/{batch_id}"
        directory = self.directory(batch_id)
        try:
            file = BatchFile.model_validate_json(read_file(directory, BATCH_FILE, MAX_BATCH))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole"
            return StorageProblem(ProblemKind.QUARANTINED, subject, f"{BATCH_FILE}: {where}: {first['msg']}")
        except (NotFound, ValueError, OSError) as error:
            return StorageProblem(ProblemKind.UNREADABLE, subject, f"{BATCH_FILE} cannot be read: {error}")
        if file.id != batch_id:
            detail = f"{BATCH_FILE} is of batch {file.id}: give the directory that name again"
            return StorageProblem(ProblemKind.QUARANTINED, subject, detail)
        return self._with_wishes(file)

    def _with_wishes(self, file: BatchFile) -> FoundBatch:
        try:
            wishes = BatchWishes.model_validate_json(read_file(self.directory(file.id), WISHES, MAX_WISHES))
            if wishes.batch_id == file.id:
                return FoundBatch(file, wishes)
            reason = f"it is of batch {wishes.batch_id}"
        except (NotFound, ValueError, OSError) as error:
            reason = str(error).splitlines()[0]
        detail = f"{WISHES} cannot be used ({reason}): the batch is as it was asked for, and paused"
        wishes = BatchWishes(
            schema_version=SCHEMA_VERSION,
            token=file.token,
            batch_id=file.id,
            name=file.request.name or file.kind,
            paused=True,
            max_workers=file.request.max_workers,
        )
        return FoundBatch(file, wishes, StorageProblem(ProblemKind.UNREADABLE, f"batches/{file.id}", detail))
