"""LEAN's result of one finished run as a whole, parsed once and kept for a while.

The files of a finished run do not change. Yet they lie where people can reach them, so what is kept is served only
while the files' sizes and times are those that it was read from.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic_core import to_json

from leanboard.errors import NoResult, ResultUnreadable
from leanboard.storage.bounded_cache import BoundedCache
from leanboard.storage.engine_config import algorithm_id
from leanboard.storage.json_files import (
    FileBytes,
    FileStamp,
    NotLoaded,
    ResultKind,
    load_json,
    object_of,
    read_whole,
    stamp_of,
)
from leanboard.storage.layout import HomeLayout
from leanboard.storage.lean_json import lookup
from leanboard.storage.lean_sections import Sections
from leanboard.storage.result_files import ResultState, state_of, with_data_requests

MAX_BYTES = 128 * 1024 * 1024
DEFAULT_CAPACITY = 64 * 1024 * 1024
MEMORY_PER_BYTE = 4  # of a file: its text, and 1.8 (many orders) to 3.1 (long charts) once parsed to the last section

_SECTIONS = (
    "state",
    "statistics",
    "runtimeStatistics",
    "profitLoss",
    "totalPerformance",
    "orders",
    "charts",
)  # small first

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ResultDocument:
    """LEAN's ``<id>.json`` and ``<id>-order-events.json`` of one run. Nobody may change what is in it.

    Attributes:
        root: The whole result as LEAN wrote it, in the casing of its version: look things up with
            :mod:`leanboard.storage.lean_json`, or with :func:`leanboard.storage.lean_sections.part` where one large
            section holds much that is not wanted. Sections are parsed when they are asked for. Numbers are floats, as
            JSON gives them.
        order_events: As LEAN wrote them, oldest first in a final result; empty where LEAN wrote none.
        state: Status, statistics and configuration, already typed.
        name: Of the result file inside the run directory, such as ``0f8f…-1.json``.
        size: Of both files in bytes.
        tag: Differs when one of the files differs; made of their names, sizes and times. Letters and digits.
        notes: For people: what of the files could not be read.
        content: The result file's text; empty where it is not quite JSON.
    """

    root: Mapping[str, object]
    order_events: tuple[Mapping[str, object], ...]
    state: ResultState
    name: str
    size: int
    tag: str
    notes: tuple[str, ...] = ()
    content: bytes = b""


def load_document(directory: Path, *, limit: int = MAX_BYTES) -> ResultDocument:
    """Read LEAN's result of a run directory. Blocks, some milliseconds a megabyte.

    Args:
        directory: With config.json, which names LEAN's files.
        limit: Bytes of each file.

    Raises:
        NoResult: LEAN wrote none.
        ResultUnreadable: It is cut off, too large, or something else; says which file can be downloaded.
    """
    name = algorithm_id(directory)
    path = directory / f"{name}.json"
    try:
        read = read_whole(path, limit)
        root, content = _root(path, read)
    except NotLoaded as reason:
        raise _refusal(reason, path.name) from None
    if not any(isinstance(lookup(root, key), dict) for key in _SECTIONS):
        raise _unreadable(f"{path.name} is JSON, but no result of LEAN's", path.name)
    stamp = read.stamp
    events, events_stamp, notes = _order_events(directory / f"{name}-order-events.json", limit)
    return ResultDocument(
        root=root,
        order_events=events,
        state=with_data_requests(state_of(root, stamp.size), directory, limit),
        name=path.name,
        size=stamp.size + (events_stamp.size if events_stamp else 0),
        tag=_tag(name, stamp, events_stamp),
        content=content,
        notes=notes,
    )


def _root(path: Path, read: FileBytes) -> tuple[Mapping[str, object], bytes]:
    """The object, and its text where that is standard JSON; what is not quite JSON is parsed as far as possible."""
    try:
        read.data.decode()
        return Sections(read.data), read.data
    except (ValueError, RecursionError):
        return object_of(path, read), b""


def result_text(document: ResultDocument) -> bytes:
    """Return LEAN's result as standard JSON: digit for digit, or written anew where LEAN's is none. Slow then."""
    if document.content:
        return document.content
    try:
        return to_json(document.root, inf_nan_mode="null")
    except ValueError:  # halves of characters have no encoding
        encodable = json.dumps(document.root, ensure_ascii=False).encode("utf-8", "replace")
        return to_json(json.loads(encodable), inf_nan_mode="null")


def document_tag(directory: Path) -> str:
    """Return the tag that :func:`load_document` would give now; cheap. Blocks."""
    name = algorithm_id(directory)
    return _tag(name, stamp_of(directory / f"{name}.json"), stamp_of(directory / f"{name}-order-events.json"))


def _tag(name: str, *stamps: FileStamp | None) -> str:
    return hashlib.blake2b(repr((name, stamps)).encode(), digest_size=12).hexdigest()


def _order_events(path: Path, limit: int) -> tuple[tuple[Mapping[str, object], ...], FileStamp | None, tuple[str, ...]]:
    try:
        loaded = load_json(path, limit)
    except NotLoaded as reason:
        absent = reason.kind is ResultKind.ABSENT
        return (), stamp_of(path), () if absent else (f"no order events: {reason.problem}",)
    if not isinstance(loaded.value, list):
        return (), loaded.stamp, (f"no order events: {path.name} holds no JSON array",)
    events = tuple(event for event in loaded.value if isinstance(event, dict))
    return events, loaded.stamp, ()


def _refusal(reason: NotLoaded, name: str) -> NoResult | ResultUnreadable:
    if reason.kind is ResultKind.ABSENT:
        return NoResult("the run ended before LEAN wrote a result; its log and other files are there")
    return _unreadable(reason.problem, name)


def _unreadable(problem: str, name: str) -> ResultUnreadable:
    return ResultUnreadable(f"{problem}; the file itself can be downloaded: files/{name}")


class InThread(Protocol):
    """Runs blocking work in one of the storage's threads."""

    def __call__(self, work: Callable[..., T], /, *args: object) -> Awaitable[T]:
        """Return what the work returns."""


class ResultDocuments:
    """The documents that were asked for last, in bounded memory; each is loaded once however many ask.

    Args:
        layout: Where results lie.
        in_thread: Runs the loading.
        capacity: Bytes of memory, as estimated; a document above it is loaded each time.
        load: Reads a run directory.
    """

    def __init__(
        self,
        layout: HomeLayout,
        in_thread: InThread,
        capacity: int = DEFAULT_CAPACITY,
        load: Callable[[Path], ResultDocument] = load_document,
    ) -> None:
        self._layout = layout
        self._in_thread = in_thread
        self._load = load
        self._kept: BoundedCache[str, ResultDocument] = BoundedCache(
            capacity, lambda document: document.size * MEMORY_PER_BYTE
        )
        self._flights: dict[str, asyncio.Task[ResultDocument]] = {}

    async def get(self, timestamp: str) -> ResultDocument:
        """Return the document of a run directory.

        Raises:
            NoResult: LEAN wrote none.
            ResultUnreadable: It is cut off, too large, or something else.
        """
        flight = self._flights.get(timestamp)
        if flight is None:
            flight = asyncio.create_task(self._fresh(timestamp))
            self._flights[timestamp] = flight
            flight.add_done_callback(partial(self._landed, timestamp))
        return await asyncio.shield(flight)  # one who goes away does not take it from the others

    async def _fresh(self, timestamp: str) -> ResultDocument:
        directory = self._layout.result_directory(timestamp)
        kept = self._kept.get(timestamp)
        if kept is not None and kept.tag == await self._in_thread(document_tag, directory):
            return kept
        document = await self._in_thread(self._load, directory)
        self._kept.put(timestamp, document)
        return document

    def _landed(self, timestamp: str, flight: asyncio.Task[ResultDocument]) -> None:
        del self._flights[timestamp]
        if not flight.cancelled():
            flight.exception()  # looked at, even if those who waited are gone

    def forget(self, timestamp: str) -> None:
        """Drop what is kept of a run directory, which was deleted."""
        self._kept.drop(timestamp)

    async def close(self) -> None:
        """Wait for the loading that has begun."""
        if self._flights:
            await asyncio.wait(self._flights.values())
