"""One SHA-256 over all the data files that a run has read: equal where, and only where, it read the same."""

import hashlib
import os
from collections.abc import Collection
from pathlib import Path

from leanboard.market_data.content_hashes import ContentHashes, OverBudget
from leanboard.models.results import DataDigest

MAX_FILES = 50_000
"""A run that read more files has no digest: looking at each of them would take longer than the run's end may."""


def digest_of(root: Path, names: Collection[str], hashes: ContentHashes) -> DataDigest | None:
    """Return the digest of files of a data folder; blocks.

    The digest is SHA-256 over one line a file, sorted by path and written as ``sha256sum`` does: SHA-256 of the
    content in hex, two blanks, the path, a line feed.

    Args:
        root: The data folder.
        names: Paths relative to it, with '/'.
        hashes: Of the files' contents.

    Returns:
        None when one of them is not there: it was read elsewhere, or has gone; when there are too many; and while more
        of them than may be read at once was never read before.
    """
    ordered = sorted(set(names))
    if len(ordered) > MAX_FILES or any(not _inside(name) for name in ordered):
        return None
    try:
        contents = hashes.of([os.path.join(root, name) for name in ordered])  # noqa: PTH118  # many
    except (OSError, OverBudget, ValueError):  # ValueError: a name with a NUL
        return None
    state = hashlib.sha256()
    for name, content in zip(ordered, contents, strict=True):
        state.update(f"{content.sha256}  {name}\n".encode("utf-8", "surrogateescape"))
    return DataDigest(files=len(ordered), bytes=sum(c.size for c in contents), sha256=state.hexdigest())


def _inside(name: str) -> bool:
    return {"", ".", ".."}.isdisjoint(name.split("/"))
