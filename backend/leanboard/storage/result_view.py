"""One result as a whole, put together from its row, its run.json and LEAN's files, whatever state those are in."""

from pathlib import Path

from leanboard.errors import NotFound
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import BacktestResult, ResultSummary, Versions
from leanboard.models.run import Applied
from leanboard.storage.equity_series import equity_points
from leanboard.storage.layout import HomeLayout
from leanboard.storage.manifest import RunManifest
from leanboard.storage.queries import StorageProblem
from leanboard.storage.result_document import ResultDocument
from leanboard.storage.run_directory import RunDirectories
from leanboard.storage.safe_files import read_tail
from leanboard.storage.settling import ReadResult, ResultReader, read_guarded

TAIL_LINES = 200
_TAIL_BYTES = 64 * 1024
_LOGS = ("log.txt", "console/build.txt", "console/install.txt")  # the others' where LEAN was never started


class ResultView:
    """Reads results; blocking.

    Args:
        layout: Where they lie.
        directories: Reads run.json.
        read: Reads LEAN's files.
    """

    def __init__(self, layout: HomeLayout, directories: RunDirectories, read: ResultReader) -> None:
        self._layout = layout
        self._directories = directories
        self._read = read

    def read(
        self,
        summary: ResultSummary,
        request: BacktestRequest | None,
        points: int,
        document: ResultDocument | None,
    ) -> BacktestResult:
        """Return everything that can be read of a result.

        Args:
            summary: What the index knows.
            request: What was asked for, as the index knows it; None when it cannot be read there.
            points: Most points of the equity curve; 0 leaves LEAN's files unread.
            document: LEAN's result; None where it could not be loaded, which is then looked into.
        """
        directory = self._layout.result_directory(summary.timestamp)
        manifest = self._manifest(summary)
        files = self._files(directory, points, document)
        known = manifest if isinstance(manifest, RunManifest) else None
        doubts = [manifest.detail] if isinstance(manifest, StorageProblem) else [*manifest.notes]
        return BacktestResult(
            timestamp=summary.timestamp,
            run=summary.run,
            request=(known.request if known else request) or BacktestRequest(strategy_name=summary.run.strategy_name),
            applied=known.applied if known else Applied(),
            statistics=summary.statistics,
            data=summary.data,
            versions=known.versions if known else Versions(),
            trace=known.outcome.trace if known else "",
            equity=files.equity,
            files=known.files if known else (),
            log_tail=self._log_tail(summary),
            directory=str(directory),
            problem="; ".join(filter(None, (*doubts, files.problem))),
        )

    def _files(self, directory: Path, points: int, document: ResultDocument | None) -> ReadResult:
        if not points:
            return ReadResult()
        return read_guarded(self._read, directory, points) if document is None else _of_document(document, points)

    def _manifest(self, summary: ResultSummary) -> RunManifest | StorageProblem:
        found = self._directories.manifest(summary.timestamp)
        if isinstance(found, RunManifest) and found.run.id != summary.run.id:
            return self._directories.foreign(found)
        return found

    def _log_tail(self, summary: ResultSummary) -> tuple[str, ...]:
        directory = self._layout.result_directory(summary.timestamp)
        tail = next(filter(None, (_tail(directory, name) for name in _LOGS)), b"")
        text = tail.decode("utf-8", errors="replace")
        whole = text if len(tail) < _TAIL_BYTES else text.partition("\n")[2]  # the first line is cut
        return tuple(whole.splitlines()[-TAIL_LINES:])


def _of_document(document: ResultDocument, points: int) -> ReadResult:
    return ReadResult(equity=equity_points(document.root, points), problem="; ".join(document.notes))


def _tail(directory: Path, name: str) -> bytes:
    try:
        return read_tail(directory, name, _TAIL_BYTES)
    except NotFound:
        return b""
