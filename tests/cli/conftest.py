"""The command line as people have it: a process of its own, a home of its own, recorded runs to play."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.synthetic_recordings import failing, good
from leanboard.cli import app

COMMAND = (str(Path(sys.executable).with_name("leanboard")),)
PATIENCE = 60.0


@dataclass
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@dataclass
class Bench:
    """A home, and how to call the command in it."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def home(self):
        return self.root / "home"

    def run(self, *arguments, **environment):
        done = subprocess.run(
            [*COMMAND, *arguments],
            env={**self.environment, **environment},
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def invoke(self, *arguments, **environment):
        """Like run, but inside this process: quicker, and without signals."""
        environment = {**self.environment, "LEANBOARD_URL": None, "LEANBOARD_API_KEY": None, **environment}
        done = CliRunner().invoke(app, list(arguments), env=environment, prog_name="leanboard", catch_exceptions=False)
        return Outcome(done.exit_code, done.stdout, done.stderr)

    def start(self, *arguments, **environment):
        return subprocess.Popen(
            [*COMMAND, *arguments],
            env={**self.environment, **environment},
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def results(self):
        folder = self.home / "results"
        return sorted(p.name for p in folder.iterdir() if not p.name.startswith(".")) if folder.is_dir() else []


@pytest.fixture
def bench(tmp_path, monkeypatch):
    root = tmp_path / "a folder with spaces"
    recordings, strategies, data = root / "recordings", root / "strategies", root / "data"
    data.mkdir(parents=True)
    monkeypatch.chdir(root)
    good(recordings, strategies)
    good(recordings, strategies, name="long", length=300.0)
    failing(recordings, strategies)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEANBOARD_")}
    return Bench(
        root,
        {
            **kept,
            "LEANBOARD_HOME": str(root / "home"),
            "LEANBOARD_STRATEGIES": str(strategies),
            "LEANBOARD_RECORDINGS": str(recordings),
            "LEANBOARD_DATA": str(data),
            "PYTHONIOENCODING": "utf-8",
            "TERM": "xterm-256color",
            "DOCKER_HOST": "tcp://127.0.0.1:9",  # nobody there, whatever this machine has
        },
    )


def read_until(process, wanted):
    """Read a process's stderr up to a line that holds ``wanted``; returns everything read."""
    seen = []
    for line in process.stderr:
        seen.append(line)
        if wanted in line:
            return "".join(seen)
    pytest.fail(f"{wanted!r} never came:\n{''.join(seen)}")


def end(process):
    """Wait for a process; returns (exit code, the rest of stdout and stderr)."""
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


class Terminal:
    """A process that has a terminal of its own, 100 x 30."""

    def __init__(self, arguments, cwd, environment):
        self.pid, self._handle = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(arguments[0], arguments, {**environment, "COLUMNS": "100", "LINES": "30"})
        self.screen = ""

    def read_until(self, wanted):
        deadline = time.monotonic() + PATIENCE
        while wanted not in self.screen:
            if time.monotonic() > deadline or not self._read():
                pytest.fail(f"{wanted!r} never came:\n{self.screen}")

    def type(self, text):
        os.write(self._handle, text.encode())

    def press_ctrl_c(self):
        self.type("\x03")

    def end(self):
        while self._read():
            pass
        os.close(self._handle)
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def _read(self):
        ready, _, _ = select.select([self._handle], [], [], PATIENCE)
        if not ready:
            return False
        try:
            chunk = os.read(self._handle, 65536)
        except OSError:  # EIO: the other side has gone
            return False
        self.screen += chunk.decode("utf-8", "replace")
        return bool(chunk)


@pytest.fixture
def terminal(bench):
    return lambda *arguments: Terminal([*COMMAND, *arguments], bench.root, bench.environment)
