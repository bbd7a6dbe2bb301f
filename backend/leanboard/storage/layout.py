"""Where things lie under the service's home, and what run directories are called."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}(-[1-9]\d{0,5})?", re.ASCII)
RUN_ID = re.compile(r"[0-9a-f]{32}")

MANIFEST = "run.json"
REQUEST = "request.json"
LABELS = "labels.json"
SETTLEMENT = "settlement.json"
ACCEPTED = "accepted"
SANDBOX = "sandbox.json"
CODE = "code"


def timestamp_of(created_at: datetime) -> str:
    """Return the name of a run directory without suffix: the second of submission, UTC."""
    return created_at.astimezone(UTC).strftime("%Y-%m-%d_%H-%M-%S")


def free_timestamp(base: str, taken: Collection[str]) -> str:
    """Return ``base``, or the first of ``base-1``, ``base-2`` ... that is not taken."""
    name, number = base, 0
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def is_of_second(name: str, base: str) -> bool:
    """Say whether a name is one that :func:`free_timestamp` may give for ``base``."""
    return name == base or name.startswith(f"{base}-")


@dataclass(frozen=True, slots=True)
class HomeLayout:
    """All state of one installation; everything is on one file system, so that renames are atomic.

    Attributes:
        home: LEANBOARD_HOME, absolute.
    """

    home: Path

    @property
    def database(self) -> Path:
        """The index, rebuilt from the run directories when it is lost."""
        return self.home / "index.db"

    @property
    def results(self) -> Path:
        """Run directories; each is complete or not there."""
        return self.home / "results"

    @property
    def trash(self) -> Path:
        """Deleted run directories on their way out."""
        return self.results / ".trash"

    @property
    def work(self) -> Path:
        """Runs that are not settled, and their slots."""
        return self.home / "work"

    @property
    def batches(self) -> Path:
        """Batches with the code that their items run."""
        return self.home / "batches"

    @property
    def scenarios(self) -> Path:
        """Scenarios, a file each."""
        return self.home / "scenarios"

    @property
    def builds(self) -> Path:
        """Compiled C# projects; may be deleted at any time while no service runs."""
        return self.home / "builds"

    @property
    def packages(self) -> Path:
        """What requirements.txt of strategies ask for, installed; may be deleted at any time while no service runs."""
        return self.home / "packages"

    @property
    def data_hashes(self) -> Path:
        """A cache of what data files hold; may be deleted at any time."""
        return self.home / "data-hashes.db"

    @property
    def lock(self) -> Path:
        """Held by the one service that works here."""
        return self.home / "lock"

    @property
    def service(self) -> Path:
        """Where that service listens."""
        return self.home / "service.json"

    @property
    def queue(self) -> Path:
        """What somebody wants of the queue, kept over restarts."""
        return self.home / "queue.json"

    def work_directory(self, run_id: str) -> Path:
        """Return the directory of a run that is not settled."""
        if not RUN_ID.fullmatch(run_id):
            msg = f"{run_id[:40]!r} is no run id"
            raise ValueError(msg)
        return self.work / run_id

    def slot(self, run_id: str, attempt: int) -> Path:
        """Return the slot of one attempt."""
        return self.work_directory(run_id) / f"slot-{attempt}"

    def result_directory(self, timestamp: str) -> Path:
        """Return the run directory of that name."""
        if not TIMESTAMP.fullmatch(timestamp):
            msg = f"{timestamp[:40]!r} is no name of a run directory"
            raise ValueError(msg)
        return self.results / timestamp
