"""Tiny wheels and source distributions, made on the spot, and the project files that ask for them."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

BACKEND = """
import sys, time
sys.path.insert(0, ".")

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    print("building slowly", flush=True)
    time.sleep({seconds})
    raise SystemExit("long enough")
"""


def wheel(folder: Path, name: str = "tiny", version: str = "1.0", content: str = "WORD = 'tiny'\n") -> Path:
    """Write a wheel with one module."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": content,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{each},,\n" for each in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(each), text)  # the same bytes each time
    return path


def slow_source(folder: Path, name: str = "slow", seconds: float = 60) -> Path:
    """Write a source distribution that is built by a program of its own, which takes its time."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-1.0.tar.gz"
    files = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": BACKEND.format(seconds=seconds),
    }
    with gzip.GzipFile(path, "wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for each, text in files.items():
            entry = tarfile.TarInfo(f"{name}-1.0/{each}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path
