"""Evidence of one run, gathered from its row, its run.json, LEAN's files, its code and the data folder. Blocks."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TypeVar

from leanboard.errors import NotFound
from leanboard.market_data.catalogue import Catalogue
from leanboard.models.requests import Resolution
from leanboard.models.results import BacktestResult
from leanboard.services.verdict.code_facts import SourceFile, code_facts, source_files
from leanboard.services.verdict.data_facts import data_use, looked_up
from leanboard.services.verdict.evidence import CodeFacts, DataUse, Evidence, LogFacts, ResultFacts
from leanboard.services.verdict.log_facts import read_log
from leanboard.services.verdict.own_requests import Named
from leanboard.services.verdict.result_facts import result_facts
from leanboard.storage.layout import CODE
from leanboard.storage.result_document import ResultDocument
from leanboard.storage.safe_files import open_file, read_tail
from leanboard.strategies.project_config import CONFIG_NAME

LOG = "log.txt"
LOG_HEAD = 1 << 20
LOG_TAIL = 4 << 20

T = TypeVar("T")


class Gatherer:
    """Reads what a run left; whatever goes wrong with one part is a note, and the rest is looked at all the same.

    Args:
        result: What the storage knows of the run.
        document: LEAN's result; None without one.
        data_folder: Of this service; only looked at where the run had read it.
    """

    def __init__(self, result: BacktestResult, document: ResultDocument | None, data_folder: Path) -> None:
        self._result = result
        self._document = document
        self._data_folder = data_folder
        self._directory = Path(result.directory)
        self._problems: list[str] = []

    def gather(self) -> Evidence:
        """Read everything."""
        result = self._result
        facts = self._part("the result", self._facts, ResultFacts())
        log = self._part("the log", self._log, LogFacts())
        nothing: tuple[SourceFile, ...] = ()
        files = self._part("the code", lambda: source_files(self._directory / CODE), nothing)
        code = self._part("the code", lambda: self._code(files), CodeFacts())
        period = _period(facts, log)
        data = self._part("the lists of data requests", lambda: self._data(files, code.resolutions, period), DataUse())
        return Evidence(
            run=result.run,
            request=result.request,
            applied=result.applied,
            statistics=result.statistics,
            provenance=result.data,
            result=facts,
            log=log,
            data=data,
            code=code,
            problem="; ".join(filter(None, (result.problem, *dict.fromkeys(self._problems)))),
        )

    def _part(self, what: str, read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except Exception as error:  # noqa: BLE001  # strangers' files must not keep the rest from being shown
            self._problems.append(f"{what} cannot be looked at: {type(error).__name__}: {error}"[:300])
            return otherwise

    def _facts(self) -> ResultFacts:
        return ResultFacts() if self._document is None else result_facts(self._document)

    def _log(self) -> LogFacts:
        return read_log(head_and_tail(self._directory, LOG))

    def _code(self, files: tuple[SourceFile, ...]) -> CodeFacts:
        run, request = self._result.run, self._result.request
        code = self._directory / CODE
        return code_facts(code, run.strategy_name, files, request.lean_parameters(), run.location)

    def _texts(self, files: tuple[SourceFile, ...]) -> Iterator[str]:
        """Where a ticker may be named: the code, its config.json, the request."""
        yield from (file.text for file in files)
        yield from self._result.request.lean_parameters().values()
        yield head_and_tail(self._directory / CODE, CONFIG_NAME).decode("utf-8", "replace")

    def _data(
        self, files: tuple[SourceFile, ...], subscribed: frozenset[Resolution], period: tuple[date, date] | None
    ) -> DataUse:
        named = Named(subscribed, "\n".join(self._texts(files)).upper()) if files else Named()
        use = data_use(self._directory, named)
        if self._result.data.folder != str(self._data_folder) or not self._data_folder.is_dir():
            return use
        return looked_up(use, Catalogue(self._data_folder), period)


def _period(facts: ResultFacts, log: LogFacts) -> tuple[date, date] | None:
    first, last = facts.first_date or log.first_date, facts.last_date or log.last_date
    return (first, last) if first is not None and last is not None else None


def head_and_tail(directory: Path, name: str) -> bytes:
    """Return a file as a whole, or its beginning and its end where it is long; empty without one."""
    try:
        with open_file(directory, name) as file:
            head = file.read(LOG_HEAD)
            rest = file.read(LOG_TAIL + 1)
        if len(rest) <= LOG_TAIL:
            return head + rest
        tail = read_tail(directory, name, LOG_TAIL)
    except (NotFound, OSError):
        return b""
    return head[: head.rfind(b"\n") + 1] + tail[tail.find(b"\n") + 1 :]
