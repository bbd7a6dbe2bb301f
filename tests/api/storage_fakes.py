"""Stand-ins for what is stored: the one finished run that there is, its files, and what is done with it."""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from api.manager_fakes import MOMENT, FakeManager
from leanboard.api import (
    analytics_samples,
    organising_samples,
    samples,
)
from leanboard.errors import NotFound
from leanboard.models.labels import ResultChanges, labels_of
from leanboard.models.organising import ReindexReport, RetentionPlan, RetentionRules
from leanboard.models.results import BacktestListResponse, BacktestResult, EquityPoint, ResultSummary
from leanboard.models.run import BacktestStatus
from leanboard.models.verdict import Verdict
from leanboard.storage.result_cursor import CursorSeal
from leanboard.storage.result_document import ResultDocument
from leanboard.storage.result_query import ResultQuery


@cache
def fake_directory() -> Path:
    """The run directory of the sample, made once a process."""
    folder = Path(tempfile.mkdtemp(prefix="leanboard-fake-"))
    atexit.register(shutil.rmtree, folder)
    (folder / "console").mkdir()
    (folder / "config.json").write_text('{"algorithm-id": "a"}')
    (folder / "a-log.txt").write_text("2013-10-07 09:31:00 hello\n")
    (folder / "log.txt").write_text("2026-01-31T12:00:00.0000000Z TRACE:: one\nmore\n")
    for name in ("stdout.txt", "stderr.txt", "build.txt"):
        (folder / "console" / name).write_text("printed\n")
    return folder


class FakeDocuments:
    def __init__(self, storage: "FakeStorage") -> None:
        self._storage = storage

    async def get(self, timestamp: str) -> ResultDocument:
        return await self._storage.document(timestamp)


class FakeStorage:
    def __init__(self, manager: FakeManager) -> None:
        self._manager = manager
        self.queries: list[ResultQuery] = []
        self.keeper = FakeKeeper(manager)
        self.reindexing = FakeReindexing()
        self.failure: Exception | None = None
        self.folder: Path | None = None

    async def list(self, query: ResultQuery) -> BacktestListResponse:
        if query.cursor is not None:
            CursorSeal(b"fake").open(query.cursor, query)
        self.queries.append(query)
        found = (samples.SUMMARY,) if samples.TIMESTAMP in self._manager.results else ()
        if query.status and BacktestStatus.COMPLETED not in query.status:
            found = ()
        return BacktestListResponse(
            items=found if query.page == 1 else (),
            total=len(found),
            page=query.page,
            page_size=query.page_size,
        )

    async def document(self, timestamp: str) -> ResultDocument:
        if timestamp not in self._manager.results:
            raise NotFound(f"no result {timestamp}")
        if self.failure is not None:
            raise self.failure
        return analytics_samples.DOCUMENT

    @property
    def documents(self) -> "FakeDocuments":
        return FakeDocuments(self)

    async def directory(self, timestamp: str) -> Path:
        if timestamp not in self._manager.results:
            raise NotFound(f"no result {timestamp}")
        return self.folder or fake_directory()

    async def in_thread(self, work: Callable[..., Any], *args: object) -> Any:
        return work(*args)

    async def result(self, timestamp: str, points: int = 2000) -> BacktestResult:
        if timestamp not in self._manager.results:
            raise NotFound(f"no result {timestamp}")
        equity = tuple(EquityPoint(time=MOMENT + timedelta(days=i), value=1.0) for i in range(min(points, 1000)))
        return samples.RESULT.evolve(equity=equity)


class FakeVerdicts:
    def __init__(self, manager: FakeManager) -> None:
        self._manager = manager

    async def verdict(self, timestamp: str) -> Verdict:
        if timestamp not in self._manager.results:
            raise NotFound(f"no result {timestamp}")
        return samples.VERDICT


class FakeKeeper:
    def __init__(self, manager: FakeManager) -> None:
        self._manager = manager
        self.trash: set[str] = set()

    async def summary(self, timestamp: str) -> ResultSummary:
        if timestamp not in self._manager.results:
            raise NotFound(f"no result {timestamp}")
        return samples.SUMMARY

    async def label(self, timestamp: str, changes: ResultChanges) -> ResultSummary:
        self._manager._note("label", changes)
        if timestamp not in self._manager.results:
            raise NotFound(f"no result {timestamp}")
        run = samples.SUMMARY.run
        return samples.SUMMARY.evolve(run=labels_of(run, changes).on(run))

    async def restore(self, timestamp: str) -> ResultSummary:
        if timestamp not in self.trash:
            raise NotFound(f"no result {timestamp} in the trash")
        return samples.SUMMARY

    async def purge(self, timestamp: str) -> None:
        await self.restore(timestamp)


class FakeReindexing:
    report = organising_samples.REINDEX

    def begin(self) -> ReindexReport:
        return self.report


class FakeRetention:
    rules = RetentionRules(keep_days=90)

    async def preview(self, rules: RetentionRules) -> RetentionPlan:
        return organising_samples.PLAN.evolve(rules=rules)

    async def apply(self, rules: RetentionRules) -> RetentionPlan:
        return organising_samples.PLAN.evolve(rules=rules)

    async def empty_trash(self) -> int:
        return 0
