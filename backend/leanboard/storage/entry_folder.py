"""A folder of things that are files and rows alike, so that they are there when the index is not.

::

    <folder>/<id><ending>     an entry: a file or a directory
    <folder>/.staged-<id>     one to come: takes its place as soon as the row says the same
    <folder>/.gone-<id>       one that is not there any more; the row goes, too

An entry is written whole under such a name first, then the row is committed, then the name is given. After a crash the
row says which of the two happened.
"""

import re
from pathlib import Path

from leanboard.storage.durable_files import disk_errors, names_in, remove_tree, sync_directory
from leanboard.storage.layout import RUN_ID

_MARKED = re.compile(r"\.(staged|gone)-([0-9a-f]{32})")


class EntryFolder:
    """Lets entries come and go by rename. Blocking; one caller per entry at a time.

    Every method raises :class:`StorageError` when the disk refuses.

    Args:
        root: The folder, named after what is in it: ``batches``.
        noun: One of them: "batch".
        ending: Of an entry's name, after its id.
    """

    def __init__(self, root: Path, noun: str, ending: str = "") -> None:
        self._root = root
        self._noun = noun
        self._ending = ending

    def prepare(self) -> None:
        """Make the folder."""
        with disk_errors(f"preparing the folder of {self._root.name}"):
            self._root.mkdir(parents=True, exist_ok=True)

    def place_of(self, entry_id: str) -> Path:
        """Return the path of an entry, whether it is there or not."""
        return self._root / f"{self._checked(entry_id)}{self._ending}"

    def staged(self, entry_id: str) -> Path:
        """Return the path under which an entry to come is written."""
        return self._root / f".staged-{self._checked(entry_id)}"

    def place(self, entry_id: str) -> None:
        """Give an entry to come its name; a file takes the place of the one that is there."""
        with disk_errors(f"storing the {self._noun}"):
            self.staged(entry_id).replace(self.place_of(entry_id))
            self.sync()

    def drop_staged(self, entry_id: str) -> None:
        """Remove an entry that did not come."""
        self._remove(self.staged(entry_id))

    def hide(self, entry_id: str) -> None:
        """Take an entry away, so that it does not come back; may be called when it is gone."""
        with disk_errors(f"deleting the {self._noun}"):
            remove_tree(self._gone(entry_id))
            try:
                self.place_of(entry_id).rename(self._gone(entry_id))
            except FileNotFoundError:
                return
            self.sync()

    def remove_hidden(self, entry_id: str) -> None:
        """Remove what was taken away."""
        self._remove(self._gone(entry_id))

    def sync(self) -> None:
        """Make the names in the folder durable."""
        sync_directory(self._root)

    def ids(self) -> frozenset[str]:
        """Return the ids of all entries."""
        names = (name.removesuffix(self._ending) for name in self._names() if name.endswith(self._ending))
        return frozenset(name for name in names if RUN_ID.fullmatch(name))

    def left_staged(self) -> tuple[str, ...]:
        """Return the ids of entries to come that an earlier process left."""
        return self._left("staged")

    def left_gone(self) -> tuple[str, ...]:
        """Return the ids of entries that an earlier process was about to remove."""
        return self._left("gone")

    def _left(self, mark: str) -> tuple[str, ...]:
        found = [_MARKED.fullmatch(name) for name in self._names()]
        return tuple(each[2] for each in found if each is not None and each[1] == mark)

    def _names(self) -> tuple[str, ...]:
        with disk_errors(f"reading the folder of {self._root.name}"):
            return names_in(self._root)

    def _gone(self, entry_id: str) -> Path:
        return self._root / f".gone-{self._checked(entry_id)}"

    def _remove(self, path: Path) -> None:
        with disk_errors("removing what is no longer needed"):
            remove_tree(path)

    def _checked(self, entry_id: str) -> str:
        if not RUN_ID.fullmatch(entry_id):
            msg = f"{entry_id[:40]!r} is no id of a {self._noun}"
            raise ValueError(msg)
        return entry_id
