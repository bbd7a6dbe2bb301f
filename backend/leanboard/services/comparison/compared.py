"""What a comparison is made of: everything that is known of each run, read beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leanboard.models.results import BacktestResult
from leanboard.storage.json_files import ResultKind
from leanboard.storage.result_files import ResultState


@dataclass(frozen=True, slots=True)
class Compared:
    """One run.

    Attributes:
        result: Without LEAN's own files: no equity curve.
        state: LEAN's statistics and configuration; absent where there is no result.
        equity: Times (unix seconds) and values of LEAN's result, oldest first; empty without one.
        data_files: That it read, as LEAN lists them.
        problem: Why there is no result; empty where there is one.
    """

    result: BacktestResult
    state: ResultState = field(default_factory=lambda: ResultState(ResultKind.ABSENT))
    equity: Sequence[tuple[float, float]] = ()
    data_files: frozenset[str] = frozenset()
    problem: str = ""

    @property
    def name(self) -> str:
        """The timestamp."""
        return self.result.timestamp

    @property
    def directory(self) -> Path:
        """Where it lies."""
        return Path(self.result.directory)
