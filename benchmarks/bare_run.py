"""A LEAN container by the docker command alone, to compare with."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
CLI = shutil.which("docker") or "docker"
USER = 10001
MEMORY = "2g"


class BareRun:
    """The image and code of a run of ours, started by the docker command, until its process exits.

    Args:
        address: Of the Docker engine.
        image: LEAN's, or what stands for it.
        folder: For its files; made.
        result: Directory of a finished run, whose code, configuration and job it has.
        data: LEAN data folder.
        guest: As our runs, with guest and job; else LEAN loads the user's own file, as it does without us.
        environment: Of the container, beside ours.
    """

    def __init__(
        self,
        address: str,
        image: str,
        folder: Path,
        *,
        result: Path,
        data: Path,
        guest: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        for name in ("output", "storage", "console"):
            (folder / name).mkdir(parents=True)
            os.chown(folder / name, USER, USER)
        shutil.copytree(result / "code", folder / "code")
        for path in (result / "config.json", result / "job.json", _GUEST):
            shutil.copy(path, folder)
        if not guest:
            _without_guest(folder)
        ours = {"LEANBOARD_JOB": "/Leanboard/job.json", "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/tmp"}
        self._command = [CLI, "-H", address, "run", *_PROFILE]
        for name, value in {**(ours if guest else {}), **(environment or {})}.items():
            self._command += ["-e", f"{name}={value}"]
        for target, (source, mode) in _mounts(folder, data).items():
            self._command += ["-v", f"{source}:{target}:{mode}"]
        self._command.append(image)

    def seconds(self) -> float:
        """Run once; wall time of the docker command.

        Raises:
            CalledProcessError: LEAN failed.
            RuntimeError: It left no result.
        """
        for path in (self._folder / "output").iterdir():
            path.unlink()
        begun = time.perf_counter()
        done = subprocess.run(self._command, check=True, capture_output=True, timeout=300)
        seconds = time.perf_counter() - begun
        if not any((self._folder / "output").glob("*-summary.json")):  # LEAN exits with 0 also where it fails
            msg = f"docker run left no result: {done.stdout.decode(errors='replace')[-2000:]}"
            raise RuntimeError(msg)
        return seconds


_GUEST = PROJECT / "backend" / "leanboard" / "guest" / "lean_run.py"
_PROFILE = [
    "--rm", "--init", "--network", "none", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
    "--user", f"{USER}:{USER}", "--pids-limit", "512", "--memory", MEMORY, "--memory-swap", MEMORY,
    "--tmpfs", "/tmp:rw,size=64m",
]  # fmt: skip


def _mounts(folder: Path, data: Path) -> dict[str, tuple[Path, str]]:
    return {
        "/Leanboard": (folder, "ro"), "/LeanCLI": (folder / "code", "ro"),
        "/Results": (folder / "output", "rw"), "/Storage": (folder / "storage", "rw"),
        "/Lean/Launcher/bin/Debug/config.json": (folder / "config.json", "ro"),
        "/Lean/Data": (data, "ro"),
    }  # fmt: skip


def _without_guest(folder: Path) -> None:
    """Let LEAN load the project's own file."""
    job = json.loads((folder / "job.json").read_text())
    config = json.loads((folder / "config.json").read_text())
    config["algorithm-location"] = f"/LeanCLI/{job['module']}"
    config["algorithm-type-name"] = job["class_name"] or ""
    (folder / "config.json").write_text(json.dumps(config))
