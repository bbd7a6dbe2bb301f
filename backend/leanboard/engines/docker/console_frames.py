"""Docker's log stream, taken apart. Pure: bytes in, bytes out, pieces cut anywhere."""

from collections.abc import Iterator
from typing import Final

from leanboard.errors import EngineError

STDOUT: Final = 1
STDERR: Final = 2
FRAME_MARK: Final = b"@@LEANBOARD frame "  # at the begin of a line; see guest/lean_run.py
_SYSTEM_ERROR = 3
_HEADER = 8
_MAX_LINE = 4096


class Demultiplexer:
    """Splits a stream of frames: one byte for the stream, three of zero, the length in four (big-endian), the data."""

    def __init__(self) -> None:
        self._header = b""
        self._kind = 0
        self._left = 0
        self._error = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Give what belongs to stdout (1) and stderr (2), as far as it is there.

        Raises:
            EngineError: These are no frames, or the engine tells an error of its own.
        """
        view = memoryview(data)
        while view:
            if not self._left:
                view = self._read_header(view)
                continue
            piece, view = view[: self._left], view[self._left :]
            self._left -= len(piece)
            if self._kind != _SYSTEM_ERROR:
                yield self._kind, bytes(piece)
                continue
            self._error += piece
            if not self._left:
                raise EngineError("Docker's log: " + self._error.decode("utf-8", "replace")[:500])

    def _read_header(self, view: memoryview) -> memoryview:
        need = _HEADER - len(self._header)
        self._header += view[:need]
        if len(self._header) == _HEADER:
            self._kind = self._header[0]
            if self._kind not in (STDOUT, STDERR, _SYSTEM_ERROR) or self._header[1:4] != b"\0\0\0":
                msg = "Docker's log stream is not in frames"
                raise EngineError(msg)
            self._left = int.from_bytes(self._header[4:])
            self._header = b""
        return view[need:]


class FrameLines:
    """Finds the guest's frames among the lines of stdout."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """Return the frames whose lines are complete now: JSON, each with its line end."""
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = self._kept(rest)
        return b"".join(line[len(FRAME_MARK) :] + b"\n" for line in lines if line.startswith(FRAME_MARK))

    @staticmethod
    def _kept(rest: bytes) -> bytes:
        """Of a line that has not ended keep what is needed to know it: it may be of any length."""
        if rest.startswith(FRAME_MARK) and len(rest) > _MAX_LINE:
            return b"-"  # no frame is that long
        if len(rest) >= len(FRAME_MARK) and not rest.startswith(FRAME_MARK):
            return b"-"
        return rest
