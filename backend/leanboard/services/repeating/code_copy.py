"""The code that a finished run was executed from, copied for another run. Blocks."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from leanboard.errors import Conflict, NotFound
from leanboard.models.code import CodeDigest, CopyCode
from leanboard.models.results import ResultFile
from leanboard.storage.layout import CODE
from leanboard.storage.safe_files import open_file

_CHUNK = 1 << 20


def code_files(files: Iterable[ResultFile]) -> tuple[ResultFile, ...]:
    """Return those of a run directory's files that are the run's code."""
    return tuple(file for file in files if file.path.startswith(f"{CODE}/"))


def code_copier(directory: Path, files: Iterable[ResultFile]) -> CopyCode:
    """Return what copies a run's code into the folder it is given; that call blocks.

    Every file is held against its SHA-256 in run.json: what was edited after the run is not what the run executed.

    Args:
        directory: Of the finished run.
        files: Its files, by run.json.

    Raises:
        Conflict: The run directory holds no code.

    Raises (from the call):
        Conflict: A file is gone, or was edited since.
    """
    listed = code_files(files)
    if not listed:
        msg = "the run directory holds no code, so the run cannot be repeated; start its strategy anew with POST run"
        raise Conflict(msg)

    def copy(target: Path) -> CodeDigest:
        names = [file.path.removeprefix(f"{CODE}/") for file in listed]
        for file, name in zip(listed, names, strict=True):
            _copy(directory, file, target / name)
        return CodeDigest.of(zip(names, (file.sha256 for file in listed), strict=True))

    return copy


def _copy(directory: Path, file: ResultFile, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    try:
        with open_file(directory, file.path) as source, target.open("xb") as copy:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                copy.write(chunk)
    except NotFound as error:
        msg = f"{file.path} is no longer in the run directory, so the run cannot be repeated as it was"
        raise Conflict(msg) from error
    if digest.hexdigest() != file.sha256:
        msg = (
            f"{file.path} was edited after the run: its SHA-256 is not the one in run.json. Put the file back as it "
            "was to repeat the run, or start the strategy anew with POST run"
        )
        raise Conflict(msg)
