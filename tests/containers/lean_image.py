"""Builds the contract image: what a container of LEAN's image does, with minilean in LEAN's place.

Three layers of work, each kept in a cache folder and made once by whoever comes first (other processes wait):

* the root file system, by debootstrap: a minute, once a machine;
* the image's tar: that, plus minilean, demonstration data, pip, a wheel to install, and the programs in
  ``lean_image/`` at LEAN's paths;
* the image in a daemon, by ``docker import``: some seconds.

The stub image (see ``lean_image/stub``) has only the interpreter of that root file system, and is there at once.

The names of all three carry a hash of what they were made from, so a changed source makes a new one.

The cache is ``LEANBOARD_TEST_CACHE``, by default ``.cache/containers`` of the checkout.
"""

import contextlib
import ensurepip
import fcntl
import fnmatch
import hashlib
import importlib.util
import io
import json
import os
import py_compile
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import docker

from engines.distributions import slow_source, wheel
from leanboard.market_data.sources.demo import DEMO_SEED, demo_stamp, ensure_demo_data

CONTRACT_REPOSITORY = "leanboard-test/lean"
STUB_REPOSITORY = "leanboard-test/stub"
WORKDIR = "/Lean/Launcher/bin/Debug"
LABELS = {  # as LEAN's image has them
    "strict_python_version": "3.11.11",
    "python_version": "3.11",
    "target_framework": "net10.0",
    "lean_version": "2.5.0.0",
}
_PROJECT = Path(__file__).resolve().parents[2]
_SOURCES = Path(__file__).resolve().parent / "lean_image"
_MINILEAN = _PROJECT / "backend" / "minilean"
_MINILEAN_PLACE = "opt/minilean/minilean"
WHEELS = "/opt/wheels"  # an index for requirements.txt, for tests without network
_PIP_PLACE = "usr/lib/python3/dist-packages"
_SUITE = "bookworm"
_PACKAGES = ("python3", "tzdata")
# Not part of the image: caches, documentation, and what Docker mounts over.
_LEFT_OUT = ("var/cache/apt", "var/lib/apt/lists", "var/log", "usr/share/doc", "usr/share/man", "usr/share/locale",
             "usr/share/info", "dev", "proc", "sys")  # fmt: skip
# What the stub image has of the root file system: an interpreter that imports nothing, a shell, and `sleep`.
_STUB_HAS = (
    "./bin", "./sbin", "./lib", "./lib64", "./etc/passwd", "./etc/group", "./tmp", "./usr/lib64/ld-linux*",
    "./usr/bin/python3*", "./usr/bin/sleep", "./usr/bin/sh", "./usr/bin/dash",
    "./usr/lib/python3.11/os.py", "./usr/lib/python3.11/lib-dynload",
    "./usr/lib/python3.11/encodings*",
    *(f"./usr/lib/*-linux-gnu/{name}" for name in ("ld-linux*", "libc.so*", "libm.so*", "libz.so*", "libexpat.so*")),
)  # fmt: skip
_ROOTS_OWN = ("usr", "usr/bin", "usr/lib", "usr/lib/python3", _PIP_PLACE, "opt")  # folders that it has
_KEPT_TARS = 3
_DEBOOTSTRAP_SECONDS = 900


class ImageUnavailableError(Exception):
    """The image cannot be made on this machine; the text says what to install."""


def cache_folder() -> Path:
    """Return the cache folder, made if need be."""
    folder = Path(os.environ.get("LEANBOARD_TEST_CACHE") or _PROJECT / ".cache" / "containers").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass(frozen=True)
class ImageFile:
    """A file for the image.

    Attributes:
        path: Where, without the leading slash.
        mode: Permissions.
    """

    path: str
    content: bytes
    mode: int = 0o644


def root_tar(cache: Path) -> Path:
    """Return the root file system's tar, made by debootstrap when it is not there.

    Raises:
        ImageUnavailableError: debootstrap is missing, not allowed, or failed.
    """
    recipe = json.dumps([_SUITE, _PACKAGES, _LEFT_OUT])
    return _make_once(cache / f"root-{_digest(recipe.encode())}.tar", _write_root)


def contract_tar(cache: Path) -> Path:
    """Return the contract image's tar, for ``docker import``.

    Raises:
        ImageUnavailableError: The root file system cannot be made.
    """
    root = root_tar(cache)
    files = [*_programs(), *_minilean(), *_pip(), *_wheels()]
    digest = _digest(root.name.encode(), demo_stamp(DEMO_SEED).encode(), *_parts(files))

    def write(target: Path) -> None:
        shutil.copyfile(root, target)
        data = cache / "data" / demo_stamp(DEMO_SEED).replace(" ", "-")
        ensure_demo_data(data, clock=lambda: datetime.now(UTC))
        with tarfile.open(target, "a") as archive:
            _add_files(archive, [*files, *_byte_codes(files)])
            archive.add(data, arcname="Lean/Data", filter=_as_root)

    made = _make_once(cache / f"contract-{digest}.tar", write)
    _forget_old(cache)
    return made


def stub_tar(cache: Path) -> Path:
    """Return the stub image's tar: a few megabytes of the root file system, and the stub.

    Raises:
        ImageUnavailableError: The root file system cannot be made.
    """
    root = root_tar(cache)
    files = [file for file in _programs() if file.path in ("usr/bin/stub", f"{WORKDIR[1:]}/config.json")]

    def write(target: Path) -> None:
        with tarfile.open(root) as source, tarfile.open(target, "w") as archive:
            for entry in source:
                if any(fnmatch.fnmatchcase(entry.name, pattern) for pattern in _STUB_HAS):
                    archive.addfile(entry, source.extractfile(entry) if entry.isfile() else None)
            _add_files(archive, files)

    digest = _digest(root.name.encode(), json.dumps(_STUB_HAS).encode(), *_parts(files))
    return _make_once(cache / f"stub-{digest}.tar", write)


def load_contract_image(client: docker.DockerClient) -> str:
    """Bring the contract image into a daemon, if it is not there; return its reference.

    Raises:
        ImageUnavailableError: It cannot be made on this machine.
    """
    entrypoint = 'ENTRYPOINT ["dotnet","QuantConnect.Lean.Launcher.dll"]'
    return _load(client, contract_tar(cache_folder()), CONTRACT_REPOSITORY, entrypoint)


def load_stub_image(client: docker.DockerClient) -> str:
    """Bring the stub image into a daemon, if it is not there; return its reference.

    Raises:
        ImageUnavailableError: It cannot be made on this machine.
    """
    return _load(client, stub_tar(cache_folder()), STUB_REPOSITORY, 'ENTRYPOINT ["/usr/bin/stub"]')


def _load(client: docker.DockerClient, tar: Path, repository: str, entrypoint: str) -> str:
    tag = tar.stem.rpartition("-")[2]
    reference = f"{repository}:{tag}"
    if not _has_image(client, reference):
        labels = "LABEL " + " ".join(f"{name}={value}" for name, value in LABELS.items())
        changes = [entrypoint, f"WORKDIR {WORKDIR}", labels]
        answer = client.api.import_image(str(tar), repository=repository, tag=tag, changes=changes)
        if not _has_image(client, reference):
            raise ImageUnavailableError(f"{tar} could not be imported: {answer}")
    return reference


def _has_image(client: docker.DockerClient, reference: str) -> bool:
    try:
        client.images.get(reference)
    except docker.errors.ImageNotFound:
        return False
    return True


def _write_root(target: Path) -> None:
    if shutil.which("debootstrap", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
        raise ImageUnavailableError("no debootstrap here: apt-get install debootstrap")
    if os.geteuid() != 0:
        raise ImageUnavailableError("debootstrap needs root: run the tests as root, as .ci/run does")
    with tempfile.TemporaryDirectory(prefix="lean-root-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        command = ["debootstrap", "--variant=minbase", f"--include={','.join(_PACKAGES)}", _SUITE, folder]
        _run([*command], "debootstrap")
        left_out = [f"--exclude=./{path}/*" for path in _LEFT_OUT]
        _run(["tar", "--numeric-owner", *left_out, "-C", folder, "-cf", str(target), "."], "tar")


def _run(command: list[str], name: str) -> None:
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=_DEBOOTSTRAP_SECONDS,
        env={**os.environ, "PATH": path, "LC_ALL": "C"},
    )  # fmt: skip
    if done.returncode != 0:
        raise ImageUnavailableError(f"{name} ended with {done.returncode}: {(done.stdout + done.stderr)[-1000:]}")


def _programs() -> list[ImageFile]:
    """The files of ``lean_image/`` at their places."""
    places = {
        "dotnet": ("usr/bin/dotnet", 0o755),
        "stub": ("usr/bin/stub", 0o755),
        "config.json": (f"{WORKDIR[1:]}/config.json", 0o644),
        "csharp_build.py": ("opt/csharp/csharp_build.py", 0o644),
        "csharp_run.py": ("opt/csharp/csharp_run.py", 0o644),
        "BasicTemplateAlgorithm.py": ("Lean/Algorithm.Python/BasicTemplateAlgorithm.py", 0o644),
    }
    files = [ImageFile(path, (_SOURCES / name).read_bytes(), mode) for name, (path, mode) in places.items()]
    return [*files, ImageFile(f"{WORKDIR[1:]}/QuantConnect.Lean.Launcher.dll", b"")]


def _minilean() -> list[ImageFile]:
    """The package."""
    return [
        ImageFile(f"{_MINILEAN_PLACE}/{path.relative_to(_MINILEAN)}", path.read_bytes())
        for path in sorted(_MINILEAN.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    ]


def _pip() -> list[ImageFile]:
    """The pip that this Python brings along."""
    (bundled,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    with zipfile.ZipFile(bundled) as archive:
        return [ImageFile(f"{_PIP_PLACE}/{name}", archive.read(name)) for name in sorted(archive.namelist())]


def _wheels() -> list[ImageFile]:
    with tempfile.TemporaryDirectory(prefix="lean-wheels-") as folder:
        made = [wheel(Path(folder)), slow_source(Path(folder))]
        return [ImageFile(f"{WHEELS[1:]}/{path.name}", path.read_bytes()) for path in made]


def _byte_codes(files: list[ImageFile]) -> list[ImageFile]:
    """The package's byte code: a container without a writable root could not keep it."""
    if sys.version_info[:2] != (3, 11):  # the image's
        return []
    places = [file.path for file in files if file.path.startswith(_MINILEAN_PLACE) and file.path.endswith(".py")]
    return [_byte_code(_MINILEAN / Path(place).relative_to(_MINILEAN_PLACE), place) for place in places]


def _byte_code(source: Path, place: str) -> ImageFile:
    with tempfile.NamedTemporaryFile(suffix=".pyc") as target:
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(str(source), target.name, dfile=f"/{place}", doraise=True, invalidation_mode=mode)
        return ImageFile(importlib.util.cache_from_source(place), Path(target.name).read_bytes())


def _add_files(archive: tarfile.TarFile, files: list[ImageFile]) -> None:
    folders = sorted({str(parent) for file in files for parent in Path(file.path).parents if str(parent) != "."})
    for folder in folders:
        if folder not in _ROOTS_OWN:
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
    for file in files:
        entry = tarfile.TarInfo(file.path)
        entry.size, entry.mode = len(file.content), file.mode
        archive.addfile(entry, io.BytesIO(file.content))


def _as_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() else 0o644
    return entry


def _parts(files: list[ImageFile]) -> list[bytes]:
    return [part for file in files for part in (file.path.encode(), str(file.mode).encode(), file.content)]


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:12]


def _make_once(target: Path, write: Callable[[Path], None]) -> Path:
    """Make a file if it is not there: under a lock, and renamed into its place."""
    if not target.exists():
        with _locked(target.parent / "lock"):
            if not target.exists():
                staged = target.with_suffix(".part")
                write(staged)
                staged.replace(target)
    return target


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _forget_old(cache: Path) -> None:
    """Keep the newest contract tars only: each change of minilean makes one."""
    tars = sorted(cache.glob("contract-*.tar"), key=lambda path: path.stat().st_mtime, reverse=True)
    for tar in tars[_KEPT_TARS:]:
        tar.unlink(missing_ok=True)
