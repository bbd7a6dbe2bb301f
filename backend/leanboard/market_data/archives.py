"""Files of a data folder as bytes: zips with one csv entry, replaced whole or not at all, same text - same bytes."""

import os
import tempfile
import zipfile
import zlib
from pathlib import Path

from leanboard.market_data.errors import bad_file

_OLDEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # a fixed stamp keeps the bytes equal; LEAN does not read it
_READABLE = 0o644  # the sandbox may run as somebody else


def write_csv_zip(path: Path, entry: str, text: str) -> None:
    """Write a zip with one deflated csv entry; readers see the old file or the new one, never a part.

    Args:
        path: The zip; its folder is made when missing.
        entry: Name of the entry.
        text: Rows, each ended by a line feed.

    Raises:
        OSError: The disk refused.
    """
    info = zipfile.ZipInfo(entry, _OLDEST_ZIP_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = _READABLE << 16
    with _Replacement(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        archive.writestr(info, text)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8; readers see the old file or the new one, never a part.

    Raises:
        OSError: The disk refused.
    """
    with _Replacement(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


class _Replacement:
    """A temporary neighbour of a file that takes its place when the block ends without an error."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Path:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # The name must not end in .zip or .csv: a catalogue may look at the folder meanwhile.
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self._path.parent)
        os.close(handle)
        self._temporary = Path(name)
        return self._temporary

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._temporary.unlink(missing_ok=True)
            return
        self._temporary.chmod(_READABLE)
        self._temporary.replace(self._path)


def read_csv_zip(path: Path) -> list[str]:
    """Return the rows of a zip's first entry, whatever its name, as LEAN does; empty rows are left out.

    Raises:
        MarketDataError: There is no such file, it is no zip, it is damaged, it holds no entry, or no text.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if not entries:
                raise bad_file(path, "the zip must hold one csv entry, it holds none")
            text = archive.read(entries[0]).decode("utf-8-sig")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise bad_file(path, f"not a readable zip with a csv entry ({error})") from error
    except OSError as error:
        raise bad_file(path, f"cannot be read ({error.strerror})") from error
    return [line for line in text.splitlines() if line]
