"""Finished runs that answer a request, because it would only give the same again.

A run answers when its fingerprint is that of the request (storage/fingerprint.py), every file that its run.json lists
is still what it was, and so is the market data that it read. Whether a strategy draws random numbers, reads the clock
or asks the network cannot be told: who wants such a strategy to run again says so in the request.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from leanboard.engines.base import Engine
from leanboard.errors import NotFound
from leanboard.market_data.content_hashes import ContentHashes
from leanboard.models.code import CodeDigest
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import ResultFile, ResultSummary, Versions
from leanboard.models.run import EngineName
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.repeating.data_changes import data_changes
from leanboard.storage.engine_config import algorithm_id
from leanboard.storage.fingerprint import fingerprint_now, fingerprint_of
from leanboard.storage.manifest import RunManifest
from leanboard.storage.queries import NamedResult
from leanboard.storage.result_files import read_result
from leanboard.storage.safe_files import sha256_of
from leanboard.storage.stored_results import read_manifest

MOST = 3  # runs of one fingerprint that are looked at; the newest is nearly always as good as any
MOST_READ = 500  # different requests whose finished runs are read for one question
_TOGETHER = 20  # different requests that are looked at in one go
_AT_ONCE = 2  # runs whose files are read at the same time
_LAST_DAYS = timedelta(days=2)  # yesterday in New York is, in UTC's night, the day before yesterday


@dataclass(frozen=True, slots=True)
class Asked:
    """A run that somebody may ask for.

    Attributes:
        engine: That would execute it.
        code: Its strategy as it would be copied; None where nobody can say what that holds.
    """

    request: BacktestRequest
    engine: EngineName
    code: CodeDigest | None


class IdenticalRuns:
    """Finds them. Lives on the event loop; files are read in threads.

    Args:
        storage: Has the finished runs.
        engines: By name.
        hashes: Of the data files' contents.
        data_folder: What runs read.
    """

    def __init__(
        self,
        *,
        storage: BacktestStorage,
        engines: Mapping[EngineName, Engine],
        hashes: ContentHashes,
        data_folder: Path,
    ) -> None:
        self._storage = storage
        self._engines = engines
        self._hashes = hashes
        self._data_folder = data_folder
        self._reading = asyncio.Semaphore(_AT_ONCE)

    async def find(self, request: BacktestRequest, engine: EngineName, code: CodeDigest | None) -> ResultSummary | None:
        """Return the newest finished run that answers a request; None when it has to be executed.

        Args:
            request: What is asked for.
            engine: That would execute it.
            code: The snapshot of its strategy; None where nobody can say what that holds.

        Raises:
            StorageError: The index cannot be read.
        """
        versions = await self._versions(engine, request.image or "")
        if code is None or versions is None:
            return None
        fingerprint = fingerprint_now(request, engine, versions, code)
        if fingerprint is None:
            return None
        for summary in await self._storage.listed.same_as(fingerprint, MOST):
            if await self._holds(summary.run.id, summary.timestamp, fingerprint):
                return summary
        return None

    async def answered(self, asked: Sequence[Asked], most: int = MOST_READ) -> tuple[bool, ...] | None:
        """Say which requests finished runs answer at this moment.

        Args:
            asked: Any number; equal ones are looked for once.
            most: Different ones whose finished runs are read.

        Returns:
            An answer for each, in their order; None where there are finished runs of more different ones than that.

        Raises:
            StorageError: The index cannot be read.
        """
        kinds = {(one.engine, one.request.image or "") for one in asked}
        versions = {kind: await self._versions(*kind) for kind in kinds}
        fingerprints = await asyncio.to_thread(_fingerprints, asked, versions)
        found = await self._storage.listed.same_as_each({each for each in fingerprints if each is not None}, MOST)
        if len(found) > most:
            return None
        good: set[str] = set()
        candidates = tuple(found.items())
        for start in range(0, len(candidates), _TOGETHER):
            async with self._reading:
                good |= await asyncio.to_thread(self._held, candidates[start : start + _TOGETHER])
        return tuple(each in good for each in fingerprints)

    async def _versions(self, engine: EngineName, image: str) -> Versions | None:
        """What a run would be made with; None where no finished run answers it."""
        executing = self._engines.get(engine)
        return None if executing is None or executing.other_data else await executing.versions(image)

    async def _holds(self, run_id: str, timestamp: str, fingerprint: str) -> bool:
        async with self._reading:
            return await asyncio.to_thread(self._answers, self._storage.result_place(timestamp), run_id, fingerprint)

    def _held(self, candidates: Iterable[tuple[str, Iterable[NamedResult]]]) -> set[str]:
        place = self._storage.result_place
        return {
            fingerprint
            for fingerprint, results in candidates
            if any(self._answers(place(one.timestamp), one.run_id, fingerprint) for one in results)
        }

    def _answers(self, directory: Path, run_id: str, fingerprint: str) -> bool:
        """Whether a run directory is still what was settled, and would be the same today."""
        manifest = read_manifest(directory, directory.name)
        return (
            isinstance(manifest, RunManifest)
            and manifest.run.id == run_id
            and fingerprint_of(manifest) == fingerprint
            and all(_is_untouched(directory, file) for file in manifest.files)
            and not _ends_with_the_day_it_ran(directory, manifest)
            and not self._other_data(directory, manifest)
        )

    def _other_data(self, directory: Path, manifest: RunManifest) -> tuple[str, ...]:
        ended_at = manifest.run.finished_at or manifest.run.created_at
        return data_changes(directory, manifest.data, ended_at, self._data_folder, self._hashes)


def _fingerprints(
    asked: Iterable[Asked], versions: Mapping[tuple[EngineName, str], Versions | None]
) -> tuple[str | None, ...]:
    return tuple(_fingerprint(one, versions[one.engine, one.request.image or ""]) for one in asked)


def _fingerprint(asked: Asked, versions: Versions | None) -> str | None:
    if asked.code is None or versions is None:
        return None
    return fingerprint_now(asked.request, asked.engine, versions, asked.code)


def _is_untouched(directory: Path, file: ResultFile) -> bool:
    try:
        return not file.sha256 or sha256_of(directory, file.path) == file.sha256
    except (NotFound, OSError):
        return False


def _ends_with_the_day_it_ran(directory: Path, manifest: RunManifest) -> bool:
    """Whether LEAN may have taken the day before as its end, for none or a later one; that is another day tomorrow."""
    last = (manifest.run.created_at - _LAST_DAYS).date()
    end = manifest.request.end_date or read_result(directory, algorithm_id(directory)).configuration.end_date
    return end is None or end >= last
