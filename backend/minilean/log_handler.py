"""Log records in LEAN's form: on the console, and in ``log.txt``."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO


class CompositeLogHandler:
    """Writes each record to stdout (errors to stderr) and, once a results folder is known, to its ``log.txt``.

    A text equal to the one before it of the same kind is dropped, as in LEAN.
    """

    def __init__(self) -> None:
        self._out = sys.stdout
        self._err = sys.stderr
        self._file: TextIO | None = None
        self._last_trace = ""
        self._last_error = ""

    def open_file(self, folder: Path) -> None:
        """Append to ``log.txt`` of a folder from now on.

        Raises:
            OSError: The file cannot be opened.
        """
        self._file = (folder / "log.txt").open("a", encoding="utf-8", newline="\n")

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
        now = datetime.fromtimestamp(time.time(), UTC)
        stream.write(f"{now:%Y%m%d %H:%M:%S}.{now.microsecond // 1000:03d} {level}:: {text}\n")
        stream.flush()
        if self._file is not None:
            self._file.write(f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond:06d}0Z {level}:: {text}\n")
            self._file.flush()

    def close(self) -> None:
        """Close ``log.txt``."""
        if self._file is not None:
            self._file.close()
            self._file = None
