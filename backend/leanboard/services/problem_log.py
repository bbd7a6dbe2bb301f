"""What was found wrong since the start, for people to look at."""

from leanboard.storage.queries import ProblemKind, StorageProblem

_MOST = 1000


class ProblemLog:
    """One entry for each subject and kind, the newest thousand."""

    def __init__(self) -> None:
        self._problems: dict[tuple[ProblemKind, str], StorageProblem] = {}

    def all(self) -> tuple[StorageProblem, ...]:
        """Return them, newest last."""
        return tuple(self._problems.values())

    def report(self, problem: StorageProblem) -> None:
        """Note a problem."""
        self._problems[problem.kind, problem.subject] = problem
        while len(self._problems) > _MOST:
            del self._problems[next(iter(self._problems))]

    def report_row(self, identifier: str, reason: str) -> None:
        """Note a row that cannot be read."""
        self.report(StorageProblem(ProblemKind.UNREADABLE, identifier, reason))
