"""Log records in LEAN's form: on the console, and in ``log.txt``."""

import os
import sys
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from minilean.io_errors import message


class CompositeLogHandler:
    """Writes each record to stdout (errors to stderr) and, once a results folder is known, to its ``log.txt``.

    A text equal to the one before it of the same kind is dropped, as in LEAN.
    """

    def __init__(self) -> None:
        self._out = sys.stdout
        self._err = sys.stderr
        self._path = ""
        self._file: int | None = None
        self._refused = ""
        self._last_trace = ""
        self._last_error = ""
        self._waiting: deque[tuple[TextIO, str, str]] = deque(maxlen=100)
        self._is_writing = False

    def open_file(self, folder: Path) -> None:
        """Append to ``log.txt`` of a folder from now on; where that fails, each record is followed by the reason."""
        self._path = str(folder / "log.txt")
        try:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        except OSError as error:
            self._refused = message(error)

    def trace(self, text: str) -> None:
        """Write a ``TRACE::`` record."""
        if text and text != self._last_trace:
            self._last_trace = text
            self._write(self._out, "TRACE", text)

    def error(self, text: str) -> None:
        """Write an ``ERROR::`` record."""
        if text and text != self._last_error:
            self._last_error = text
            self._write(self._err, "ERROR", text)

    def raw(self, text: str) -> None:
        """Write a line without prefix to stdout only."""
        self._out.write(text + "\n")
        self._out.flush()

    def _write(self, stream: TextIO, level: str, text: str) -> None:
        # A signal's handler may come into the middle of a record, and its own to the same stream would be refused:
        # that one is written after this one.
        self._waiting.append((stream, level, text))
        if self._is_writing:
            return
        self._is_writing = True
        try:
            while self._waiting:
                self._put(*self._waiting.popleft())
        finally:
            self._is_writing = False

    def _put(self, stream: TextIO, level: str, text: str) -> None:
        now = datetime.fromtimestamp(time.time(), UTC)
        stream.write(f"{now:%Y%m%d %H:%M:%S}.{now.microsecond // 1000:03d} {level}:: {text}\n")
        stream.flush()
        if self._path:
            text = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond:06d}0Z {level}:: {text}\n"
            self._write_file(level, text.encode(errors="replace"))

    def _write_file(self, level: str, content: bytes) -> None:
        refused = self._refused
        if self._file is not None:
            try:
                while content:
                    content = content[os.write(self._file, content) :]
            except OSError as error:
                refused = f"{error.strerror} : '{self._path}'"
        if refused:
            self.raw(f"Log.{level.title()}(): Error writing {level.lower()}: {refused}")

    def close(self) -> None:
        """Close ``log.txt``."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
