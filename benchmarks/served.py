"""A service in a process of its own, so that its work is not mixed with the client's."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from leanboard.storage.layout import HomeLayout
from leanboard.storage.lock import ServiceRecord

PATIENCE = 120.0  # seconds; a home whose index is lost answers when that has been rebuilt


@dataclass(frozen=True, slots=True)
class Served:
    """A service that answers.

    Attributes:
        url: Where.
        pid: Its process.
        seconds: From its start until it answered.
    """

    url: str
    pid: int
    seconds: float


@contextmanager
def serving(home: Path, **settings: object) -> Iterator[Served]:
    """Run `leanboard serve` on a free port, and end it.

    Args:
        home: LEANBOARD_HOME; its log lies beside it.
        settings: By their names, as LEANBOARD_<NAME>; of those outside LEANBOARD_DATABASE alone counts.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEANBOARD_")}
    kept |= {name: value for name, value in os.environ.items() if name == "LEANBOARD_DATABASE"}
    own = {f"LEANBOARD_{name.upper()}": str(value) for name, value in {"home": home, **settings}.items()}
    command = [sys.executable, "-c", "from leanboard.cli import main; main()", "serve", "--port", "0"]
    log, began = home.with_suffix(".log"), time.monotonic()
    with log.open("ab") as lines:
        process = subprocess.Popen(command, env={**kept, **own}, stdout=lines, stderr=lines)
    try:
        yield Served(_address(home, process, log), process.pid, time.monotonic() - began)
    finally:
        process.terminate()
        process.wait(30)


def _address(home: Path, process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until it has announced itself, which is when it answers."""
    announced, deadline = HomeLayout(home).service, time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, ValidationError):  # not there yet, or of an earlier process
            record = ServiceRecord.model_validate_json(announced.read_bytes())
            if record.pid == process.pid:
                return record.url
        time.sleep(0.02)
    sys.exit(f"the service did not start: {log.read_text()[-3000:]}")
