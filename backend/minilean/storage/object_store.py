"""``self.object_store``: values under path-like keys, kept in a folder from run to run."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from minilean.surface import Surface

_PATH = re.compile(r"\.?[a-zA-Z0-9\\/_#\-$= ]+\.?[a-zA-Z0-9]*\Z")
_MOST_FILES = 10_000
_MOST_BYTES = 10 * 1024**3
_DEEPEST = 100


class ObjectStoreEntry(Surface):
    """A key with its bytes, as iteration yields them."""

    def __init__(self, key: str, value: bytes) -> None:
        self.key = key
        self.value = value


class _Use(NamedTuple):
    files: int
    size: int


class ObjectStore(Surface):
    """Values in files below a folder, written at once; those read or written stay in memory."""

    def __init__(self, root: Path, warn: Callable[[str], None]) -> None:
        """Use a folder, which need not exist yet.

        Args:
            root: The folder.
            warn: Takes what to tell the user when a limit is reached.
        """
        self._root = root
        self._warn = warn
        self._known: dict[str, bytes | None] = {}
        self.max_files = _MOST_FILES
        self.max_size = _MOST_BYTES

    def _file(self, key: str) -> Path:
        return self._root / key

    def _files(self) -> Iterator[str]:
        if self._root.is_dir():
            yield from (str(path.relative_to(self._root)) for path in sorted(self._root.rglob("*")) if path.is_file())

    @property
    def keys(self) -> list[str]:
        """Keys of all values, those of this run first."""
        for key in self._files():
            self._known.setdefault(key, None)
        return list(self._known)

    def __iter__(self) -> Iterator[ObjectStoreEntry]:
        for key in self.keys:
            yield ObjectStoreEntry(key, self.read_bytes(key))

    def contains_key(self, path: str) -> bool:
        """Tell whether there is a value."""
        key = _normalized(path)
        if key not in self._known and self._file(key).is_file():
            self._known[key] = None
        return key in self._known

    __contains__ = contains_key

    def read_bytes(self, path: str) -> bytes:
        """Return a value.

        Raises:
            KeyError: There is none.
        """
        if not self.contains_key(path):
            raise KeyError(
                f"Object with path '{path}' was not found in the current project. Please use "
                "ObjectStore.ContainsKey(key) to check if an object exists before attempting to read."
            )
        key = _normalized(path)
        value = self._known[key]
        if value is None:
            value = self._known[key] = self._file(key).read_bytes()
        return value

    def read(self, path: str, encoding: object = None) -> str:
        """Return a value as text; the only encoding is UTF-8.

        Raises:
            KeyError: There is none.
        """
        _require_default(encoding)
        return self.read_bytes(path).decode("utf-8", errors="replace")

    read_string = read

    def save_bytes(self, path: str, contents: object) -> bool:
        """Keep a value; False when a limit is reached.

        Raises:
            ValueError: The path has characters that LEAN does not take.
        """
        if not _PATH.match(path) or path.count("/") > _DEEPEST or path.count("\\") > _DEEPEST:
            raise ValueError(f"LocalObjectStore: path is not supported: '{path}'")
        key = _normalized(path)
        value = bytes(contents)  # type: ignore[call-overload]  # any buffer or numbers
        use = self._use_without(key)
        if not self._fits(_Use(use.files + 1, use.size + len(value))):
            return False
        self._known[key] = value
        file = self._file(key)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(value)
        return True

    def save(self, path: str, text: str | None = None, encoding: object = None) -> bool:
        """Keep a text as UTF-8; without one, what the strategy wrote to `get_file_path`.

        Raises:
            ValueError: There is no such file, or the path has characters that LEAN does not take.
        """
        if text is None:
            file = Path(self.get_file_path(path))
            if not file.is_file():
                raise ValueError(f"There is no file associated with path {path} in '{file}'")
            return self.save_bytes(path, file.read_bytes())
        _require_default(encoding)
        return self.save_bytes(path, text.encode())

    def save_string(self, path: str, text: str, encoding: object = None) -> bool:
        """Keep a text as UTF-8."""
        return self.save(path, text, encoding)

    def delete(self, path: str) -> bool:
        """Drop a value; False when there was none."""
        key = _normalized(path)
        known = key in self._known
        self._known.pop(key, None)
        file = self._file(key)
        if file.is_file():
            file.unlink()
            return True
        return known

    def get_file_path(self, path: str) -> str:
        """Return the file of a value, for reading or for writing one that `save` then keeps."""
        file = self._file(_normalized(path))
        file.parent.mkdir(parents=True, exist_ok=True)
        return str(file.resolve())

    def clear(self) -> None:
        """Forget what is in memory; the files stay."""
        self._known.clear()

    def _use_without(self, key: str) -> _Use:
        files = size = 0
        for other in self.keys:
            if other != key:
                value = self._known[other]
                files += 1
                size += len(value) if value is not None else self._file(other).stat().st_size
        return _Use(files, size)

    def _fits(self, use: _Use) -> bool:
        if use.files > self.max_files:
            self._warn(
                "ObjectStore Persistence Error: You have reached the ObjectStore limit for files it can save: "
                f"{use.files}/{self.max_files}. Unable to save the new file. You can find the limit with the "
                "ObjectStore.MaxFiles property."
            )
            return False
        if use.size > self.max_size:
            self._warn(
                "ObjectStore Persistence Error: You have reached the ObjectStore storage capacity limit. Unable to "
                "save the new file. You can find the limit with the ObjectStore.MaxSize property."
            )
            return False
        return True


def _normalized(path: str) -> str:
    key = path.lstrip(".").lstrip("/\\").replace("\\", "/")
    if ".." in key.split("/"):
        raise ValueError(f"LocalObjectStore: path is not supported: '{path}'")
    return key


def _require_default(encoding: object) -> None:
    if encoding is not None:
        raise ValueError("Only the default encoding, UTF-8, is supported")
