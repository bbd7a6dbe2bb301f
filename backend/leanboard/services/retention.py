"""How much is kept: what goes to the trash by age, number and size, and what leaves the trash for good.

Both look at the rows only, once an hour. Starred runs never go, neither to the trash nor, when somebody has put them
there, out of it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from leanboard.errors import Conflict, NotFound, StorageError
from leanboard.models.organising import RetentionCause, RetentionItem, RetentionPlan, RetentionRules
from leanboard.services.result_keeper import ResultKeeper
from leanboard.storage.result_index import KnownResult

EVERY_SECONDS = 3600.0
MAX_LISTED = 1000
_MAX_REFUSALS = 20  # then it is more than single directories
_MEGABYTE = 1 << 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Leaving:
    """A run that goes, and by which rule."""

    known: KnownResult
    cause: RetentionCause


def leaving(results: Iterable[KnownResult], rules: RetentionRules, now: datetime) -> tuple[Leaving, ...]:
    """Return what goes by the rules, the oldest first. Pure.

    Args:
        results: Those in the trash may be among them; they do not count.
        rules: How much is kept.
        now: The wall clock.
    """
    kept = sorted((one for one in results if one.trashed_at is None), key=lambda one: one.finished_at, reverse=True)
    return tuple(reversed(list(_leaving(kept, rules, now))))


def _leaving(newest_first: list[KnownResult], rules: RetentionRules, now: datetime) -> Iterator[Leaving]:
    """Go from the newest to the oldest: each uses up number and size; room for starred runs is set aside first."""
    starred = [one for one in newest_first if one.starred]
    number, size = len(starred), sum(one.size or 0 for one in starred)
    for one in newest_first:
        if not one.starred:
            number, size = number + 1, size + (one.size or 0)
            cause = _cause(one, number, size, rules, now)
            if cause is not None:
                yield Leaving(one, cause)


def _cause(one: KnownResult, number: int, size: int, rules: RetentionRules, now: datetime) -> RetentionCause | None:
    if rules.keep_days is not None and _finished(one) < now - timedelta(days=rules.keep_days):
        return RetentionCause.AGE
    if rules.keep_runs is not None and number > rules.keep_runs:
        return RetentionCause.COUNT
    if rules.keep_size is not None and size > rules.keep_size * _MEGABYTE:
        return RetentionCause.SIZE
    return None


def _finished(one: KnownResult) -> datetime:
    return _EPOCH + timedelta(microseconds=one.finished_at)


class Retention:
    """Applies the rules.

    Args:
        keeper: Moves results.
        rules: Of the settings.
        trash_days: Days after which a deleted result leaves the trash for good.
        now: The wall clock, aware.
        every: Seconds between two looks.
    """

    def __init__(
        self,
        *,
        keeper: ResultKeeper,
        rules: RetentionRules,
        trash_days: float,
        now: Callable[[], datetime],
        every: float = EVERY_SECONDS,
    ) -> None:
        self._keeper = keeper
        self._rules = rules
        self._trash_days = trash_days
        self._now = now
        self._every = every
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin: the first look is made now, in the background."""
        self._task = asyncio.create_task(self._run(), name="retention")

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            for look in (self.purge_expired, partial(self.apply, self._rules)):
                try:
                    await look()
                except Exception:  # the next look may be better; nothing else depends on this one
                    log.exception("retention could not be applied")
            await asyncio.sleep(self._every)

    @property
    def rules(self) -> RetentionRules:
        """The settings' own."""
        return self._rules

    async def preview(self, rules: RetentionRules) -> RetentionPlan:
        """Return what would go by these rules now."""
        return _plan(rules, await self._leaving(rules))

    async def _leaving(self, rules: RetentionRules) -> tuple[Leaving, ...]:
        if rules == RetentionRules():  # nothing goes: there may be many rows to look at
            return ()
        return leaving(await self._keeper.known(trashed=False), rules, self._now())

    async def apply(self, rules: RetentionRules) -> RetentionPlan:
        """Move what goes by these rules to the trash; returns what has gone.

        Raises:
            StorageError: Some cannot be moved; the others have gone.
        """
        gone = await _each(await self._leaving(rules), lambda one: self._keeper.retire(one.known.timestamp))
        if gone:
            log.info("retention moved results to the trash", count=len(gone))
        return _plan(rules, gone)

    async def purge_expired(self) -> int:
        """Remove for good what lies in the trash for too long; returns how many those were."""
        horizon = self._now() - timedelta(days=self._trash_days)

        def expired(one: KnownResult) -> bool:
            return one.trashed_at is not None and one.trashed_at <= horizon and not one.starred

        return await self._purge(expired)

    async def empty_trash(self) -> int:
        """Remove everything from the trash for good, starred runs too; returns how many those were."""
        return await self._purge(lambda _one: True)

    async def _purge(self, goes: Callable[[KnownResult], bool]) -> int:
        async def purged(one: KnownResult) -> bool:
            await self._keeper.purge(one.timestamp)
            return True

        return len(await _each(filter(goes, await self._keeper.known(trashed=True)), purged))


async def _each(found: Iterable[T], goes: Callable[[T], Awaitable[bool]]) -> tuple[T, ...]:
    """Let each go, and return those that went. One that the disk holds on to keeps none of the others.

    Raises:
        StorageError: The first that there was; the others have gone, unless nothing seems to go at all.
    """
    gone: list[T] = []
    refusals: list[StorageError] = []
    for one in found:
        try:
            if await goes(one):
                gone.append(one)
        except (NotFound, Conflict):  # somebody was faster
            continue
        except StorageError as error:
            refusals.append(error)
            if len(refusals) >= _MAX_REFUSALS:
                break
    if refusals:
        log.warning("some results could not be moved", count=len(refusals), gone=len(gone))
        raise refusals[0]
    return tuple(gone)


def _plan(rules: RetentionRules, gone: tuple[Leaving, ...]) -> RetentionPlan:
    items = tuple(
        RetentionItem(
            timestamp=one.known.timestamp, finished_at=_finished(one.known), size=one.known.size, cause=one.cause
        )
        for one in gone[:MAX_LISTED]
    )
    return RetentionPlan(rules=rules, items=items, total=len(gone), size=sum(one.known.size or 0 for one in gone))
