"""One thing that is broken must not keep all the others, or the service, from starting."""

from collections.abc import Awaitable, Callable

from leanboard.errors import LeanboardError
from leanboard.storage.queries import ProblemKind, StorageProblem


async def guarded(subject: str, work: Awaitable[None], report: Callable[[StorageProblem], None]) -> None:
    """Do work on one thing; whatever goes wrong is reported and goes no further.

    Args:
        subject: What it is about, such as ``batches/<id>``.
        work: On that alone.
        report: Told of a problem.
    """
    try:
        await work
    except LeanboardError as error:
        report(StorageProblem(ProblemKind.FAILED, subject, error.detail))
    except Exception as error:  # noqa: BLE001  # nobody knows what a disk holds
        report(StorageProblem(ProblemKind.FAILED, subject, f"{type(error).__name__}: {error}"))
