"""Result files: written whole, so that a reader never sees a half one."""

import contextlib
import os
from pathlib import Path


class ResultFolder:
    """The results folder of one run; names begin with the algorithm's id."""

    def __init__(self, folder: Path, algorithm_id: str) -> None:
        self.folder = folder
        self._id = algorithm_id

    def path(self, suffix: str) -> Path:
        """Return the path of the run's file with a suffix, e.g. ``-summary.json`` or ``.json``."""
        return self.folder / f"{self._id}{suffix}"

    def write(self, suffix: str, text: str) -> Path:
        """Write the run's file of a suffix; see `write_whole`."""
        path = self.path(suffix)
        write_whole(path, text)
        return path


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place and rename it into it; lone surrogates of a strategy's text become ``?``.

    Raises:
        OSError: The folder cannot be written to or is full; the former content of the file is untouched. It names
            the file itself.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8", errors="replace", newline="")
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from error
