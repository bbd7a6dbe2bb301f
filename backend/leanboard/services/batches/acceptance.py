"""What must be true of every item before a batch is accepted, and the copies of code that its runs are made from."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from leanboard.errors import LeanboardError
from leanboard.models.requests import EngineChoice
from leanboard.models.run import EngineName
from leanboard.services.backtest_manager import BacktestManager
from leanboard.services.batches.code_copies import CodeCopies
from leanboard.services.batches.planning import PlannedItem, check_each
from leanboard.storage.batch_rows import StoredItem


@dataclass(frozen=True, slots=True)
class AcceptedItems:
    """Items that can run.

    Attributes:
        items: Waiting, with their engine and their code.
        snapshots: By code key: copies that code into the folder it is given; blocks.
    """

    items: tuple[StoredItem, ...]
    snapshots: Mapping[str, Callable[[Path], None]]


class Acceptance:
    """Looks at planned items.

    Args:
        manager: Knows strategies and engines.
        copies: Takes the code.
    """

    def __init__(self, manager: BacktestManager, copies: CodeCopies) -> None:
        self._manager = manager
        self._copies = copies

    @asynccontextmanager
    async def accepted(self, planned: Sequence[PlannedItem]) -> AsyncIterator[AcceptedItems]:
        """Give the items as they will be stored; the snapshots can be copied while the block lasts.

        Args:
            planned: All of them.

        Raises:
            InvalidInput: Some of them cannot run, or ask for too much; names them.
            ImageNotAllowed: The image is none of those that the service may run.
            EngineUnavailable: No engine is there that could run one of them.
        """
        engines = await self.engines(planned)
        async with self._copies.taken(each.request.strategy_name for each in planned if has_code(each)) as copies:
            # In a thread: there may be thousands.
            items = await asyncio.to_thread(lambda: tuple(_stored(each, engines, copies.keys) for each in planned))
            yield AcceptedItems(items, copies.snapshots)

    async def engines(self, planned: Iterable[PlannedItem]) -> Mapping[tuple[str, EngineChoice], EngineName]:
        """Check every item, and return the engine of each strategy and choice; raises as :meth:`accepted`."""
        found: dict[tuple[str, EngineChoice], EngineName | LeanboardError] = {}

        async def check(item: PlannedItem) -> None:
            self._manager.check_limits(item.request)
            key = question(item)
            if key not in found:
                found[key] = await self._engine(item)
            answer = found[key]
            if isinstance(answer, LeanboardError):
                raise answer

        await check_each(planned, check)
        return {key: answer for key, answer in found.items() if isinstance(answer, EngineName)}

    async def _engine(self, item: PlannedItem) -> EngineName | LeanboardError:
        try:
            return (await self._manager.prepare(item.request)).engine
        except LeanboardError as error:
            return error


def _stored(
    planned: PlannedItem, engines: Mapping[tuple[str, EngineChoice], EngineName], keys: Mapping[str, str]
) -> StoredItem:
    key = keys[planned.request.strategy_name] if has_code(planned) else ""
    values = {"engine": engines[question(planned)], "code": key.rpartition("-")[2]}
    return StoredItem(planned.item.model_copy(update=values), planned.request, key)


def question(item: PlannedItem) -> tuple[str, EngineChoice]:
    """Return what an item's engine depends on."""
    return item.request.strategy_name, item.request.engine


def has_code(item: PlannedItem) -> bool:
    """Whether an item runs a copy of a strategy; a recording brings its code along."""
    return item.request.engine is not EngineChoice.REPLAY
