"""One service at a time works in a home."""

import fcntl
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from leanboard.errors import ConfigurationError
from leanboard.models.base import Frozen
from leanboard.storage.durable_files import disk_errors, write_durably
from leanboard.storage.layout import HomeLayout

_TRIES, _PAUSE = 4, 0.02  # seconds between them


class ServiceRecord(Frozen):
    """Where the service that holds a home listens.

    Attributes:
        url: Such as ``http://127.0.0.1:8700``.
        pid: Its process.
    """

    url: str
    pid: int


class HomeLock:
    """The lock on a home: held by an open file, so it ends with the process, however that ends.

    ``flock`` and not ``lockf``: the lock belongs to this opening of the file, so a second holder in the same
    process is refused, too.
    """

    def __init__(self, layout: HomeLayout) -> None:
        self._layout = layout
        self._handle: int | None = None

    def acquire(self) -> None:
        """Take the lock, or not at all.

        Raises:
            ConfigurationError: Another service holds it.
            StorageError: The home cannot be written.
        """
        with disk_errors(f"locking {self._layout.home}"):
            self._layout.home.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._layout.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if not _locked(handle):
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(handle)
            raise ConfigurationError(self._held_by(holder))
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle = handle
        with disk_errors("removing an old service.json"):
            self._layout.service.unlink(missing_ok=True)  # of a killed service: nobody answers there

    def _held_by(self, holder: str) -> str:
        record = _stored_record(self._layout.service)
        where = f" at {record.url}" if record else ""
        return (
            f"another Leanboard service (process {holder}{where}) already works in {self._layout.home}. "
            "Use that one, stop it, or give this one a home of its own with LEANBOARD_HOME."
        )

    def announce(self, url: str) -> None:
        """Write where this service listens."""
        with disk_errors("writing service.json"):
            write_durably(self._layout.service, json.dumps({"url": url, "pid": os.getpid()}).encode() + b"\n")

    def release(self) -> None:
        """Give the lock back; may be called when it is not held."""
        if self._handle is None:
            return
        with disk_errors("removing service.json"):
            self._layout.service.unlink(missing_ok=True)
        os.close(self._handle)
        self._handle = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _locked(handle: int) -> bool:
    """Take the lock unless a service has it; who only looks for one (running_service) holds it for microseconds."""
    for remaining in reversed(range(_TRIES)):
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if remaining:
            time.sleep(_PAUSE)
    return False


def _stored_record(path: Path) -> ServiceRecord | None:
    try:
        return ServiceRecord.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def running_service(layout: HomeLayout) -> ServiceRecord | None:
    """Return where a service listens that works in this home now; None when none does.

    What a killed service left in service.json does not count: nobody holds the lock.
    """
    try:
        handle = os.open(layout.lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _stored_record(layout.service)
    finally:
        os.close(handle)
    return None
