"""Measures what the guest's frames cost: the same run with and without them.

    .venv/bin/python benchmarks/frames.py [--shared ../shared] [--repeat 5]

CPU time of whole processes of the embedded engine, taken in turns: 22 years of daily bars, the run in which a frame a
simulated day weighs most.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from leanboard.engines.slot import SandboxPaths
from leanboard.services.lean_config import lean_config

GUEST = Path(__file__).resolve().parent.parent / "backend" / "leanboard" / "guest" / "lean_run.py"
BEGIN, END = "            frames = _FrameWriter(", "    return LeanRun\n"


def without_frames(text: str) -> str:
    """Return the guest's text without what writes frames."""
    return text[: text.index(BEGIN)] + "\n" + text[text.index(END) :]


def prepare(folder: Path, guest: str, strategy: Path, data: Path) -> None:
    """Make a slot's files."""
    for name in ("code", "output", "storage"):
        (folder / name).mkdir(parents=True)
    (folder / "lean_run.py").write_text(guest)
    (folder / "code" / "main.py").write_text(strategy.read_text())
    paths = SandboxPaths(
        guest=str(folder / "lean_run.py"),
        code=str(folder / "code"),
        output=str(folder / "output"),
        storage=str(folder / "storage"),
        data=str(data),
        job=str(folder / "job.json"),
    )
    (folder / "config.json").write_bytes(lean_config(paths, algorithm_id="frames", name="frames"))
    job = dict.fromkeys(("class_name", "start_date", "end_date", "initial_cash", "name"))
    job |= {"module": "main.py", "code": paths.code, "output": paths.output, "parameters": {}}
    (folder / "job.json").write_text(json.dumps(job))


def cpu_seconds(folder: Path) -> float:
    """Run once; CPU time of the process."""
    command = [sys.executable, "-m", "minilean", "--config", str(folder / "config.json")]
    environment = {**os.environ, "LEANBOARD_JOB": str(folder / "job.json")}
    (folder / "output" / "frames.ndjson").unlink(missing_ok=True)
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print both, and the difference of their medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    shared = options.shared.resolve()
    strategy, guest = shared / "lean-goldens" / "rate" / "rate_daily.py", GUEST.read_text()
    with tempfile.TemporaryDirectory() as place:
        ways = {"with frames": guest, "without": without_frames(guest)}
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for name, text in ways.items():
            prepare(Path(place) / name.replace(" ", "-"), text, strategy, shared / "lean-data")
        for _ in range(options.repeat):
            for name in ways:
                seconds[name].append(cpu_seconds(Path(place) / name.replace(" ", "-")))
        frames = (Path(place) / "with-frames" / "output" / "frames.ndjson").read_text().count("\n")
        first, second = (statistics.median(each) for each in seconds.values())
        print(f"CPU with frames {first:.3f} s ({frames} frames)   without {second:.3f} s   {first / second - 1:+.2%}")


if __name__ == "__main__":
    main()
