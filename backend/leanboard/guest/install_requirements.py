"""Installs a requirements.txt with the interpreter that will run the strategy; the service never imports it.

    python install_requirements.py REQUIREMENTS FOLDER

What is not there already goes to ``FOLDER/packages``. pip works in a virtual environment that is thrown away and that
sees the interpreter's own packages: so what the interpreter has counts, a version that is asked for comes on top of
another one, and nothing of the interpreter is ever changed. (``--target`` would install everything anew, NumPy
included; ``--user`` is refused in virtual environments.) Returns pip's exit code, or NO_PIP.

Only the standard library, and nothing that needs more than Python 3.8.
"""

from __future__ import annotations

import compileall
import importlib.util
import os
import py_compile
import runpy
import shutil
import site
import sys
import sysconfig
from pathlib import Path

NO_PIP = 96
_PARENT = "leanboard-parent.pth"
_INSIDE = "inside"
_OPTIONS = (
    "--no-input", "--disable-pip-version-check", "--progress-bar=off", "--no-compile", "--no-cache-dir",
    "--no-warn-script-location",
)  # fmt: skip


def main(requirements: str, folder: Path, step: str = "") -> int:
    """Make the environment and go on in it, in the same process: who watches it has one to watch and to end."""
    work = folder / "work"
    if step == _INSIDE:
        try:
            return _install(requirements, folder / "packages")
        finally:
            shutil.rmtree(work, ignore_errors=True)
    try:
        python = _make_environment(work / "env")
    except ImportError:
        sys.stderr.write(f"ERROR: this Python has no module venv: {sys.executable}\n")
        return NO_PIP
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    for variable in ("HOME", "TMPDIR"):  # wheels are larger than a container's /tmp
        place = work / variable.lower()
        place.mkdir()
        environment[variable] = str(place)
    command = [str(python), str(Path(__file__).absolute()), requirements, str(folder), _INSIDE]
    os.execve(python, command, environment)  # noqa: S606  # this very program


def _make_environment(place: Path) -> Path:
    import venv

    venv.EnvBuilder(symlinks=True).create(place)
    (packages,) = place.glob("lib/python*/site-packages")
    own = [folder for folder in site.getsitepackages() if Path(folder).is_dir()]
    (packages / _PARENT).write_text("".join(f"{folder}\n" for folder in own), encoding="utf-8")
    return place / "bin" / "python"


def _install(requirements: str, target: Path) -> int:
    pip = _find_pip()
    if pip is None:
        sys.stderr.write(f"ERROR: this Python has neither pip nor ensurepip: {sys.base_prefix}\n")
        return NO_PIP
    sys.path.insert(0, str(pip))
    code = _run_pip(["install", *_OPTIONS, "-r", requirements])
    if code == 0:
        packages = Path(sysconfig.get_path("purelib"))
        (packages / _PARENT).unlink()
        # Once, here: a sandbox keeps no byte code. Unchecked, as the files get other times on their way.
        unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(str(packages), quiet=2, invalidation_mode=unchecked)
        packages.rename(target)
    return code


def _find_pip() -> Path | None:
    """Return where pip is, to be put on the path: among the interpreter's packages, or bundled with it."""
    found = importlib.util.find_spec("pip")
    if found is not None and found.origin is not None:
        return Path(found.origin).parent.parent
    try:
        import ensurepip
    except ImportError:
        return None
    bundled = sorted(Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"))
    return bundled[-1] if bundled else None


def _run_pip(arguments: list[str]) -> int:
    sys.argv = ["pip", *arguments]
    try:
        runpy.run_module("pip", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]))
