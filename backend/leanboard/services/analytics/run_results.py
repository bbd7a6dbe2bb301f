"""Answers about one finished run: parsed once, rendered in a thread, told apart by tags that say when they change."""

import hashlib
from collections.abc import Container
from dataclasses import dataclass

from leanboard import __version__
from leanboard.services.analytics.rendering import Body, View
from leanboard.services.backtest_storage import BacktestStorage


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent, or not.

    Attributes:
        tag: Strong validator of the answer, in HTTP's form, with quotes.
        body: None where the asker has it already.
    """

    tag: str
    body: Body | None


class RunResults:
    """Serves the views of results.

    Args:
        storage: Has the documents.
    """

    def __init__(self, storage: BacktestStorage) -> None:
        self._storage = storage

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


def tag_of(*parts: str) -> str:
    """Return the tag of an answer that depends on these, and on how this version writes it."""
    return f'"{hashlib.blake2b(repr((__version__, parts)).encode(), digest_size=12).hexdigest()}"'
