"""Result files of recorded LEAN containers, byte for byte, but for what is the machine's or random."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

CASES = (
    "ok-minute",
    "ok-parameters",
    "ok-no-orders",
    "init-error",
    "syntax-error",
    "quit-called",
    "runtime-error-python",
    "runtime-error-at-end",
    "ok-missing-data",
)
SUFFIXES = (".json", "-summary.json", "-order-events.json", "-log.txt")
OF_THE_MACHINE = re.compile(r'"(StartTime|EndTime|Hostname|CPU Usage|Used RAM \(MB\)|LEAN Version|Up Time)": "[^"]*"')


def comparable(text: str, folder: Path) -> str:
    """Without LEAN's own analysis, random ids, times of the wall clock and this machine's paths."""
    text = text.replace(str(folder), "")
    head, analysis, _ = text.partition(',\n  "analysis": [')
    text = f"{head}\n}}" if analysis else text
    text = re.sub(r'"id": "[0-9a-f-]{36}"', '"id": ""', text)
    text = re.sub(r" completed in .*", " completed", text)
    return OF_THE_MACHINE.sub(r'"\1": ""', text)


@pytest.mark.shared
@pytest.mark.parametrize("name", CASES)
def test_result_files(shared: Path, tmp_path: Path, name: str):
    recording = shared / "lean-recordings" / name
    for folder in ("results", "LeanCLI"):
        (tmp_path / folder).mkdir()
    for file in (recording / "project").iterdir():
        (tmp_path / "LeanCLI" / file.name).write_bytes(file.read_bytes())
    config = json.loads((recording / "config.json").read_text())
    config |= {
        "algorithm-location": str(tmp_path / "LeanCLI" / Path(config["algorithm-location"]).name),
        "data-folder": str(shared / "lean-data"),
        "results-destination-folder": str(tmp_path / "results"),
        "object-store-root": str(tmp_path / "storage"),
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    command = [sys.executable, "-m", "minilean", "--config", str(tmp_path / "config.json")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=90, check=False)
    assert done.returncode == json.loads((recording / "case.json").read_text())["exit_code"], done.stderr.decode()
    for suffix in SUFFIXES:
        wanted, got = recording / "results" / f"{name}{suffix}", tmp_path / "results" / f"{name}{suffix}"
        assert got.is_file() == wanted.is_file(), suffix
        if wanted.is_file():
            assert comparable(got.read_text(), tmp_path) == comparable(wanted.read_text(), tmp_path), suffix
