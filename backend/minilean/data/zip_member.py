"""The first member of a zip file: quickly for the plain files of a data folder, else by the standard library."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<26x2H")
_STORED, _DEFLATED = 0, 8
_LARGEST = 1 << 28  # bytes; zip64 says 2**32 - 1 here and the size elsewhere, which must not be allocated at once


def read_first_member(path: Path) -> bytes:
    """Return the content of the first member.

    Raises:
        FileNotFoundError: There is no such file.
        IndexError: The file has no members.
        zipfile.BadZipFile: The file is no zip file, or is damaged.
    """
    data = path.read_bytes()
    content = _only_member(data)
    if content is not None:
        return content
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(archive.infolist()[0])


def _only_member(data: bytes) -> bytes | None:
    """Return the content of a file with one member and no comment, None for all others and for damaged ones."""
    try:
        mark, _, _, _, count, _, directory, _ = _END.unpack_from(data, len(data) - _END.size)
        if mark != b"PK\5\6" or count != 1:
            return None
        mark, _, _, flags, method, _, _, checksum, packed, size, *_, offset = _ENTRY.unpack_from(data, directory)
        if size > _LARGEST:
            return None
        if mark != b"PK\1\2" or flags & 1 or data[offset : offset + 4] != b"PK\3\4":
            return None
        name, extra = _LOCAL.unpack_from(data, offset)
        start = offset + _LOCAL.size + name + extra
        raw = data[start : start + packed]
        content = zlib.decompress(raw, -zlib.MAX_WBITS, size) if method == _DEFLATED else raw
    except (struct.error, zlib.error):
        return None
    whole = method in {_STORED, _DEFLATED} and len(content) == size and zlib.crc32(content) == checksum
    return content if whole else None
