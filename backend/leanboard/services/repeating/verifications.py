"""A run that repeats another, held against it: how both ended, and where they part."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

from leanboard.errors import Conflict, NoResult, NotFound
from leanboard.models.run import BacktestRunInfo
from leanboard.models.verification import TextDifference, Verification, VerificationState
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.comparison.first_difference import pair_difference
from leanboard.storage.result_document import ResultDocument

T = TypeVar("T")
_ONLY_ENDINGS = "none of the two has a result of LEAN's: only how they ended was compared"


class Verifications:
    """Compares repetitions with what they repeat.

    Args:
        storage: Has both.
        executor: For the comparing.
    """

    def __init__(self, storage: BacktestStorage, executor: Executor) -> None:
        self._storage = storage
        self._executor = executor

    async def of(self, repeated: BacktestRunInfo) -> Verification:
        """Return what is known of a repetition at this moment.

        Raises:
            Conflict: The run repeats no other.
            NotFound: The run that it repeats was deleted.
            ResultUnreadable: LEAN's result of one of them is damaged.
        """
        original = await self._original(repeated)
        if not (repeated.status.is_terminal and original.status.is_terminal):
            return Verification(state=VerificationState.PENDING, original=original, repeated=repeated)
        endings = tuple(_endings(original, repeated))
        was, now = await self._document(original), await self._document(repeated)
        if was is None or now is None:
            return _without_results(original, repeated, endings, neither=was is now)
        pair = await self._in_thread(partial(pair_difference, was, now))
        differences = (*endings, *pair.statistics)
        return Verification(
            state=_state(is_different=bool(differences or pair.first)),
            original=original,
            repeated=repeated,
            compared=pair.compared,
            differences=differences,
            first=pair.first,
            warnings=await self._warnings(original, repeated),
        )

    async def _original(self, repeated: BacktestRunInfo) -> BacktestRunInfo:
        if repeated.rerun_of is None:
            msg = f"run {repeated.id} repeats no other; POST verify/{repeated.id} runs it on the other engine"
            raise Conflict(msg)
        try:
            return await self._storage.index.get(repeated.rerun_of)
        except NotFound as error:
            msg = f"run {repeated.rerun_of}, which this one repeats, was deleted"
            raise NotFound(msg) from error

    async def _document(self, run: BacktestRunInfo) -> ResultDocument | None:
        try:
            return await self._storage.document(run.timestamp)
        except NoResult:
            return None

    async def _warnings(self, original: BacktestRunInfo, repeated: BacktestRunInfo) -> tuple[str, ...]:
        keeper = self._storage.keeper
        was, now = await keeper.summary(original.timestamp), await keeper.summary(repeated.timestamp)
        then, later = was.data.digest, now.data.digest
        # The two engines may ask for different files; of the same number of files, the content differs.
        if then is not None and later is not None and then.files == later.files and then != later:
            return ("they did not read the same data: the content of its files differs",)
        return ()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


def _endings(original: BacktestRunInfo, repeated: BacktestRunInfo) -> list[TextDifference]:
    pairs = {"status": (original.status, repeated.status), "reason": (original.reason, repeated.reason)}
    return [
        TextDifference(name=name, original=was and was.value, repeated=now and now.value)
        for name, (was, now) in pairs.items()
        if was != now
    ]


def _without_results(
    original: BacktestRunInfo, repeated: BacktestRunInfo, endings: tuple[TextDifference, ...], *, neither: bool
) -> Verification:
    return Verification(
        state=_state(is_different=bool(endings) or not neither),
        original=original,
        repeated=repeated,
        differences=endings,
        warnings=(_ONLY_ENDINGS,) if neither else ("only one of the two has a result of LEAN's",),
    )


def _state(*, is_different: bool) -> VerificationState:
    return VerificationState.DIFFERENT if is_different else VerificationState.EQUAL
