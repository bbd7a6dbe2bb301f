"""Answers about one finished run: parsed once, rendered in a thread, told apart by tags that say when they change."""

import hashlib
from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from leanboard import __version__
from leanboard.errors import NoResult, ResultUnreadable
from leanboard.models.analytics_queries import CandlesQuery, FullQuery
from leanboard.services.analytics import tables
from leanboard.services.analytics.candles import candles
from leanboard.services.analytics.full_result import full_result
from leanboard.services.analytics.rendering import JSON, Body, View, rendered
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.storage.bounded_cache import BoundedCache
from leanboard.storage.result_document import ResultDocument

DEFAULT_CAPACITY = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent, or not.

    Attributes:
        tag: Strong validator of the answer, in HTTP's form, with quotes.
        body: None where the asker has it already.
    """

    tag: str
    body: Body | None


@dataclass(frozen=True, slots=True)
class _Sent:
    tag: str
    content: bytes


class RunResults:
    """Serves the views of results.

    Args:
        storage: Has the documents.
        data: The service's data folder.
        capacity: Bytes of full results that are kept as they were sent.
    """

    def __init__(self, storage: BacktestStorage, data: Path, capacity: int = DEFAULT_CAPACITY) -> None:
        self._storage = storage
        self._data = data
        self._full: BoundedCache[tuple[str, FullQuery], _Sent] = BoundedCache(capacity, lambda sent: len(sent.content))

    async def view(self, timestamp: str, view: View, known: Container[str] = ()) -> Answer:
        """Return an answer made of the run's document alone.

        Args:
            timestamp: Name of the run directory.
            view: Makes the answer; the same for the same address.
            known: Tags that the asker has.

        Raises:
            NotFound: There is no such run, or no such part of it.
            NoResult: The run ended before LEAN wrote a result.
            ResultUnreadable: The result is cut off, too large, or something else.
        """
        document = await self._storage.document(timestamp)
        tag = tag_of(document.tag)
        if tag in known:
            return Answer(tag, None)
        return Answer(tag, await self._storage.in_thread(view, document))

    async def full(self, timestamp: str, query: FullQuery, known: Container[str] = ()) -> Answer:
        """Return everything about a run as JSON of a :class:`FullResult`.

        Raises:
            NotFound: There is no such run.
            ResultUnreadable: LEAN's result is cut off, too large, or something else.
        """
        summary = await self._storage.keeper.summary(timestamp)
        document = await self._document(timestamp)
        parts = ("none" if document is None else document.tag, summary.model_dump_json(), str(query.points))
        tag = tag_of(*parts)
        if tag in known:
            return Answer(tag, None)
        sent = self._full.get((timestamp, query))
        if sent is None or sent.tag != tag:
            sent = _Sent(tag, await self._rendered(timestamp, document, query))
            self._full.put((timestamp, query), sent)
        return Answer(tag, Body(sent.content, JSON))

    async def one(self, timestamp: str, points: int, known: Container[str] = ()) -> Answer:
        """Return what the service knows of a run, as JSON of a BacktestResult; also where LEAN's files are unreadable.

        Raises:
            NotFound: There is no such run.
        """
        summary = await self._storage.keeper.summary(timestamp)
        try:
            document = await self._document(timestamp)
            state = "none" if document is None else document.tag
        except ResultUnreadable as error:
            state = error.detail
        tag = tag_of("one", state, summary.model_dump_json(), str(points))
        if tag in known:
            return Answer(tag, None)
        result = await self._storage.result(timestamp, points)
        text = await self._storage.in_thread(result.model_dump_json)
        return Answer(tag, Body(text.encode(), JSON))

    async def candles(self, timestamp: str, query: CandlesQuery, known: Container[str] = ()) -> Answer:
        """Return candles of the data folder as it is now, with the run's fills.

        Raises:
            NotFound: There is no such run, it did not trade the symbol, or the data is not there.
            InvalidInput: A finer resolution than the run has read, or too many candles.
        """
        document = await self._storage.document(timestamp)
        directory = await self._storage.directory(timestamp)
        body = await self._storage.in_thread(self._candles, document, directory, query)
        tag = tag_of(hashlib.blake2b(body.content, digest_size=16).hexdigest())  # the folder may change
        return Answer(tag, None if tag in known else body)

    def _candles(self, document: ResultDocument, directory: Path, query: CandlesQuery) -> Body:
        found = candles(document, directory, self._data, query)
        return rendered(query.format, found, lambda value: tables.candles_csv(value.candles))

    async def _document(self, timestamp: str) -> ResultDocument | None:
        with suppress(NoResult):
            return await self._storage.documents.get(timestamp)
        return None

    async def _rendered(self, timestamp: str, document: ResultDocument | None, query: FullQuery) -> bytes:
        result = await self._storage.result(timestamp, points=0)  # the curves are beside it
        if document is not None and document.notes:
            result = result.evolve(problem="; ".join(filter(None, (result.problem, *document.notes))))
        return await self._storage.in_thread(full_result, result, document, query)


def tag_of(*parts: str) -> str:
    """Return the tag of an answer that depends on these, and on how this version writes it."""
    return f'"{hashlib.blake2b(repr((__version__, parts)).encode(), digest_size=12).hexdigest()}"'
