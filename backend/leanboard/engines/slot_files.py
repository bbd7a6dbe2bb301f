"""Small file work that every engine does in a slot. Blocks: for threads."""

from pathlib import Path

from leanboard.engines.base import Slot

GUEST = Path(__file__).resolve().parent.parent / "guest" / "lean_run.py"
READY_MARK = b"@@LEANBOARD ready"
STREAMS = ("stdout.txt", "stderr.txt")
BUILD_OUTPUT = "build.txt"  # not in a stream: those are held against what the container has printed


def has_ready_mark(slot: Slot) -> bool:
    """Say whether the guest has printed that it waits for its job."""
    try:
        with (slot.console / "stderr.txt").open("rb") as file:
            return READY_MARK in file.read(65536)
    except FileNotFoundError:
        return False


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or nothing.

    Raises:
        OSError: The disk refused.
    """
    staged = path.with_name(path.name + ".tmp")
    staged.write_bytes(content)
    staged.replace(path)
