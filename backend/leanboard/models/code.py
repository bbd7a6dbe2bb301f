"""What a copy of a strategy holds, as one value: equal for two copies where, and only where, they are the same code."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class CodeDigest:
    """Every file of a copy with its SHA-256.

    Taken once, while the copy is made, and handed on with it: copies of strategies never change.

    Attributes:
        files: Path inside the copy, with "/" between the parts, and SHA-256 in lower-case hex; sorted by path. The
            SHA-256 is '' of a file that was too large to be read.
    """

    files: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, files: Iterable[tuple[str, str]]) -> Self:
        """Return the digest of files, whatever their order."""
        return cls(tuple(sorted(files)))

    @property
    def sha256(self) -> str:
        """SHA-256 over what ``sha256sum`` prints of the files, sorted by path; hex."""
        lines = "".join(f"{digest}  {path}\n" for path, digest in self.files)
        return hashlib.sha256(lines.encode()).hexdigest()


CopyCode = Callable[[Path], CodeDigest | None]
"""Copies code into the folder given, which exists and is empty, and says what it copied, where it knows. Blocks."""
