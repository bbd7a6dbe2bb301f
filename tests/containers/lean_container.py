"""Runs LEAN's image, or what stands for it, by hand: folders in, exit code and files out. No part of Leanboard."""

import contextlib
import json
import textwrap
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

CONFIG_PLACE = "/Lean/Launcher/bin/Debug/config.json"
CONFIG: Mapping[str, Any] = {
    "environment": "backtesting",
    "algorithm-type-name": "Case",
    "algorithm-language": "Python",
    "algorithm-location": "/LeanCLI/main.py",
    "data-folder": "/Lean/Data",
    "results-destination-folder": "/Results",
    "object-store-root": "/Storage",
    "close-automatically": True,
    "algorithm-id": "case",
    "backtest-name": "case",
    "parameters": {},
}
HARDENING: Mapping[str, Any] = {
    "user": "10001:10001",
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "tmpfs": {"/tmp": "rw,noexec,nosuid,nodev,size=16m"},
    "pids_limit": 256,
    "mem_limit": "512m",
    "memswap_limit": "512m",
    "nano_cpus": 1_000_000_000,
}
END_SECONDS = 60.0


@dataclass(frozen=True)
class Ended:
    """A container that has ended, and what it left."""

    code: int
    oom_killed: bool
    stdout: str
    stderr: str
    results: Path

    @property
    def state(self) -> dict[str, str]:
        """The result's state; an assertion where there is no final result."""
        file = self.results / "case.json"
        assert file.exists(), f"no result; the run said:\n{self.stdout}\n{self.stderr}"
        state: dict[str, str] = json.loads(file.read_text())["state"]
        return state

    @property
    def files(self) -> list[str]:
        """The names of the files in the results folder."""
        return sorted(path.name for path in self.results.iterdir())


class LeanContainer:
    """One started container of an image with LEAN's interface."""

    def __init__(self, container: Container, results: Path) -> None:
        self.container = container
        self.results = results

    def wait_for(self, text: str, within: float = END_SECONDS) -> None:
        """Wait until ``log.txt`` holds a text."""
        log, deadline = self.results / "log.txt", time.monotonic() + within
        while not (log.exists() and text in log.read_text(errors="replace")):
            assert time.monotonic() < deadline, f"no {text!r} in {log}"
            assert self.is_running, f"ended without {text!r}: {self.container.logs().decode()[-3000:]}"
            time.sleep(0.01)

    def wait_for_output(self, text: bytes, within: float = END_SECONDS) -> None:
        """Wait until Docker has a text from the console."""
        deadline = time.monotonic() + within
        while text not in self.container.logs():
            assert time.monotonic() < deadline, f"no {text!r} on the console"
            time.sleep(0.01)

    @property
    def is_running(self) -> bool:
        """Whether the container runs."""
        self.container.reload()
        return bool(self.container.attrs["State"]["Running"])

    def signal(self, name: str) -> None:
        """Send a signal, as ``docker kill --signal`` does."""
        self.container.kill(signal=name)

    def end(self, within: float = END_SECONDS) -> Ended:
        """Wait for the end."""
        # Not the SDK's wait with its time-out: that loses the connection's socket.
        deadline = time.monotonic() + within
        while self.is_running:
            assert time.monotonic() < deadline, "the container does not end"
            time.sleep(0.02)
        state = self.container.attrs["State"]
        out, err = (self.container.logs(stdout=s == "out", stderr=s == "err").decode() for s in ("out", "err"))
        return Ended(state["ExitCode"], state["OOMKilled"], out, err, self.results)


class LeanRuns:
    """Starts containers of one image with a project, a configuration and a results folder, below one folder."""

    def __init__(self, client: docker.DockerClient, image: str, folder: Path) -> None:
        self._client = client
        self._image = image
        self._folder = folder
        self._made: list[Container] = []

    @contextlib.contextmanager
    def cleaned_up(self) -> Iterator["LeanRuns"]:
        """Remove the containers at the end."""
        try:
            yield self
        finally:
            for container in self._made:
                container.remove(force=True)

    def start(
        self,
        source: str | None,
        *options: str,
        config: Mapping[str, Any] | str | None = None,
        results: Path | None = None,
        results_mode: str = "rw",
        **settings: Any,
    ) -> LeanContainer:
        """Start a container.

        Args:
            source: The text of ``main.py``; None for an empty project.
            options: LEAN's command-line options.
            config: On top of ``CONFIG``, or the whole text, or (empty text) no file at all.
            results: The results folder, else one that everybody may write to.
            results_mode: ``rw`` or ``ro``.
            settings: On top of ``init=True`` and no network, as the SDK's ``containers.run`` takes them.
        """
        folder = self._folder / f"run-{len(self._made)}"
        results = results or folder / "results"
        code = folder / "code"
        for path in (code, results):
            path.mkdir(parents=True, exist_ok=True)
        if source is not None:
            (code / "main.py").write_text(textwrap.dedent(source))
        if "results" not in settings and results == folder / "results":
            results.chmod(0o777)
        volumes = {str(code): _bind("/LeanCLI", "ro"), str(results): _bind("/Results", results_mode)}
        text = config if isinstance(config, str) else json.dumps({**CONFIG, **(config or {})})
        if text:
            (folder / "config.json").write_text(text)
            volumes[str(folder / "config.json")] = _bind(CONFIG_PLACE, "ro")
        asked = {"init": True, "network_mode": "none", "stop_signal": "SIGINT", **settings}
        container = self._client.containers.create(self._image, list(options), volumes=volumes, **asked)
        self._made.append(container)
        container.start()
        return LeanContainer(container, results)

    def run(self, source: str | None, *options: str, **settings: Any) -> Ended:
        """Start a container and wait for its end; arguments as of :meth:`start`."""
        return self.start(source, *options, **settings).end()


def _bind(target: str, mode: str) -> dict[str, str]:
    return {"bind": target, "mode": mode}
