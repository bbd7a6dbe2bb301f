"""guest/install_requirements.py with interpreters that have pip, have it only in reserve, or have none."""

import importlib.util
import os
import runpy
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from engines.distributions import wheel
from leanboard.engines.pip_output import NO_PIP
from leanboard.engines.requirements_installer import PROGRAM


def install(python: Path | str, folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Let an interpreter install ``text`` from a folder with one wheel."""
    index = wheel(folder / "index").parent
    (folder / "requirements.txt").write_text(text)
    (folder / "out").mkdir()
    environment = {"PATH": os.environ["PATH"], "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}
    command = [str(python), *options, str(PROGRAM), str(folder / "requirements.txt"), str(folder / "out")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Path:
    """A virtual environment without pip, as uv makes them, and with one package of its own."""
    place = tmp_path_factory.mktemp("bare") / "env"
    venv.EnvBuilder(symlinks=True).create(place)
    (packages,) = place.glob("lib/python*/site-packages")
    (packages / "own.py").write_text("")
    (packages / "own-2.0.dist-info").mkdir()
    (packages / "own-2.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: own\nVersion: 2.0\n")
    return place / "bin" / "python"


def test_the_pip_that_python_has_in_reserve_will_do(bare, tmp_path):
    done = install(bare, tmp_path, "tiny==1.0\nown>=1\n")
    assert done.returncode == 0, done.stderr
    assert "Requirement already satisfied: own>=1" in done.stdout
    assert names(tmp_path / "out") == {"packages"}
    assert {"tiny.py", "tiny-1.0.dist-info"} <= names(tmp_path / "out" / "packages")
    assert not names(tmp_path / "out" / "packages") & {"own.py", "leanboard-parent.pth", "pip"}
    assert [path.name for path in (tmp_path / "out" / "packages" / "__pycache__").glob("tiny.*.pyc")]


def test_another_version_comes_on_top_and_the_interpreters_own_stays(bare, tmp_path):
    wheel(tmp_path / "index", "own", "3.0")
    done = install(bare, tmp_path, "own==3.0\n")
    assert done.returncode == 0, done.stderr
    assert "own-3.0.dist-info" in names(tmp_path / "out" / "packages")
    (packages,) = bare.parent.parent.glob("lib/python*/site-packages")
    assert "own-2.0.dist-info" in names(packages)


def test_a_failure_leaves_nothing(tmp_path):
    done = install(sys.executable, tmp_path, "tiny==9\n")
    assert done.returncode == 1
    assert "No matching distribution found for tiny==9" in done.stderr
    assert names(tmp_path / "out") == set()


def test_a_python_without_any_pip_says_so(tmp_path, monkeypatch, capsys):
    program = runpy.run_path(str(PROGRAM))
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert program["main"]("requirements.txt", tmp_path, "inside") == NO_PIP == program["NO_PIP"]
    assert "neither pip nor ensurepip" in capsys.readouterr().err
