"""Directories of batches. Blocking; one caller per batch at a time.

::

    batches/<batch id>/     comes and goes as entry_folder.py says
      batch.json            what was asked for, and all items
      wishes.json           name, limits, paused, cancelled
      code/<code key>/      snapshots of strategies, which items run
      .<name>.staged        a file to come: takes its place as soon as the row says the same

After a crash the row's token says whether a change was committed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from leanboard.errors import InvalidInput, NotFound
from leanboard.models.wrong_values import first_problem
from leanboard.storage.batch_document import (
    MAX_BATCH,
    MAX_WISHES,
    SCHEMA_VERSION,
    BatchFile,
    BatchWishes,
    is_code_key,
    token_of,
)
from leanboard.storage.durable_files import (
    disk_errors,
    or_nothing,
    remove_tree,
    sync_directory,
    sync_tree,
    write_durably,
)
from leanboard.storage.entry_folder import EntryFolder
from leanboard.storage.layout import CODE, HomeLayout
from leanboard.storage.queries import ProblemKind, StorageProblem
from leanboard.storage.safe_files import read_file

BATCH_FILE = "batch.json"
WISHES = "wishes.json"
_LIMITS = {BATCH_FILE: MAX_BATCH, WISHES: MAX_WISHES}

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


class BatchFiles(EntryFolder):
    """Makes, changes and removes directories of batches."""

    def __init__(self, layout: HomeLayout) -> None:
        super().__init__(layout.batches, "batch")

    def directory(self, batch_id: str) -> Path:
        """Return the directory of a batch, whether it is there or not."""
        return self.place_of(batch_id)

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
        staged = self.staged(batch_id)
        with or_nothing(staged), disk_errors("storing the batch"):
            remove_tree(staged)
            (staged / CODE).mkdir(parents=True)
            for key, snapshot in snapshots.items():
                folder = staged / CODE / self.code(batch_id, key).name
                folder.mkdir()
                snapshot(folder)
            for name, content in documents.items():
                (staged / name).write_bytes(content)
            sync_tree(staged)
            self.sync()

    # Changes -----------------------------------------------------------------------------------------------------

    def add_code(self, batch_id: str, snapshots: Snapshots) -> None:
        """Add snapshots of code; one that is there already stays as it is."""
        for key, snapshot in snapshots.items():
            target = self.code(batch_id, key)
            if not target.exists():
                self._add_code(target, snapshot)

    def _add_code(self, target: Path, snapshot: Callable[[Path], None]) -> None:
        staged = target.with_name(f".staged-{target.name}")
        with or_nothing(staged), disk_errors("storing the batch's code"):
            remove_tree(staged)
            staged.mkdir(parents=True)
            snapshot(staged)
            sync_tree(staged)
            staged.rename(target)
            sync_directory(target.parent)

    def stage_documents(self, batch_id: str, documents: Mapping[str, bytes]) -> None:
        """Write files to come; on failure none stays. A directory that somebody removed keeps nobody from a change."""
        try:
            with disk_errors("storing the batch"):
                self.directory(batch_id).mkdir(exist_ok=True)
                for name, content in documents.items():
                    write_durably(self._to_come(batch_id, name), content)
        except BaseException:
            self.drop_documents(batch_id)
            raise

    def place_documents(self, batch_id: str) -> None:
        """Put the files to come in their places."""
        with disk_errors("storing the batch"):
            for name in _LIMITS:
                staged = self._to_come(batch_id, name)
                if staged.exists():
                    staged.replace(self.directory(batch_id) / name)
            sync_directory(self.directory(batch_id))

    def drop_documents(self, batch_id: str) -> None:
        """Remove files that did not come."""
        for name in _LIMITS:
            self._to_come(batch_id, name).unlink(missing_ok=True)

    def settle_documents(self, batch_id: str, token: str | None) -> None:
        """Decide about files to come that an earlier process left: those of the row's latest change take their places.

        Args:
            batch_id: Which batch.
            token: Of the row; None when there is none.
        """
        with disk_errors("storing the batch"):
            for name, limit in _LIMITS.items():
                staged = self._to_come(batch_id, name)
                if staged.exists() and token and self._token_in(staged, limit) == token:
                    staged.replace(self.directory(batch_id) / name)
                staged.unlink(missing_ok=True)
            sync_directory(self.directory(batch_id))
        for entry in (self.directory(batch_id) / CODE).glob(".staged-*"):
            remove_tree(entry)

    @staticmethod
    def _token_in(staged: Path, limit: int) -> str | None:
        try:
            return token_of(read_file(staged.parent, staged.name, limit))
        except (NotFound, ValueError):
            return None

    def _to_come(self, batch_id: str, name: str) -> Path:
        return self.directory(batch_id) / f".{name}.staged"

    # What is there -----------------------------------------------------------------------------------------------

    def read(self, batch_id: str) -> FoundBatch | StorageProblem:
        """Read what a batch's directory says, or say what is wrong with it."""
        subject = f"batches/{batch_id}"
        directory = self.directory(batch_id)
        try:
            file = BatchFile.model_validate_json(read_file(directory, BATCH_FILE, MAX_BATCH))
        except ValidationError as error:
            return StorageProblem(ProblemKind.QUARANTINED, subject, f"{BATCH_FILE}: {first_problem(error)}")
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
