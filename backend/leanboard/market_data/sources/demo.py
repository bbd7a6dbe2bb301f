"""Demonstration data without any account: a LEAN data folder made on this machine, whole or not at all.

What is in it says demo_content. That module, and numpy with it, is only loaded when the folder must be made.
"""

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from leanboard.market_data.errors import bad_file
from leanboard.market_data.provenance import read_provenance

DEMO_SEED: Final = 20131007

_LAYOUT = 1  # raise when demo_content writes something else
_PACKAGES = ("bokeh_sampledata", "exchange_calendars", "numpy")


def ensure_demo_data(folder: Path, *, seed: int = DEMO_SEED, clock: Callable[[], datetime]) -> bool:
    """Make the demonstration folder, whole or not at all; the same seed and versions give the same data bytes.

    Args:
        folder: The data folder to make. Callers in other processes wait for each other.
        seed: Seed of the simulated bars.
        clock: Tells the aware time of making, for the provenance.

    Returns:
        True when it was written, False when it was there with the same stamp.

    Raises:
        MarketDataError: The folder exists and is not one of ours; it is left alone.
        OSError: The disk refused.
    """
    if _is_current(folder, seed):
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _exclusive(folder):
        if _is_current(folder, seed):
            return False
        _remove_leftovers(folder)
        _replace(folder, lambda part: _write(part, seed, clock()))
    return True


def demo_stamp(seed: int) -> str:
    """Return what names the content: layout, seed, and versions of the packages it comes from."""
    return " ".join([f"demo-{_LAYOUT}", f"seed-{seed}", *(f"{package}-{version(package)}" for package in _PACKAGES)])


def _is_current(folder: Path, seed: int) -> bool:
    provenance = read_provenance(folder)
    if provenance is not None:
        return provenance.stamp == demo_stamp(seed)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise bad_file(folder, "exists and was not made by Leanboard; move it away, or name it as LEANBOARD_DATA")
    return False


@contextmanager
def _exclusive(folder: Path) -> Iterator[None]:
    lock = folder.parent / f".{folder.name}.lock"
    with lock.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # the kernel releases it with the file, also when the process dies
        yield


def _remove_leftovers(folder: Path) -> None:
    for leftover in folder.parent.glob(f".{folder.name}.part-*"):  # of a killed maker: nobody else holds the lock
        shutil.rmtree(leftover)


def _replace(folder: Path, build: Callable[[Path], None]) -> None:
    workspace = Path(tempfile.mkdtemp(prefix=f".{folder.name}.part-", dir=folder.parent))
    try:
        fresh = workspace / "new"
        fresh.mkdir()
        build(fresh)
        if folder.exists():
            folder.rename(workspace / "old")
        fresh.rename(folder)
    finally:
        shutil.rmtree(workspace)


def _write(root: Path, seed: int, now: datetime) -> None:
    from leanboard.market_data.sources.demo_content import write_demo_content  # noqa: PLC0415  # see the top

    write_demo_content(root, seed=seed, stamp=demo_stamp(seed), made_at=now)
