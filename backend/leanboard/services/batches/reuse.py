"""Which items of a batch to come finished runs would answer."""

from collections.abc import Mapping, Sequence

from leanboard.models.requests import EngineChoice
from leanboard.models.run import EngineName
from leanboard.services.batches.acceptance import has_code, question
from leanboard.services.batches.code_copies import CodeCopies
from leanboard.services.batches.identical import Asked, IdenticalRuns
from leanboard.services.batches.planned_item import PlannedItem


class Reuse:
    """Looks for finished runs with the strategies as they are now. Lives on the event loop.

    Args:
        copies: Reads the strategies, each once.
        identical: Finds the runs.
    """

    def __init__(self, copies: CodeCopies, identical: IdenticalRuns) -> None:
        self._copies = copies
        self._identical = identical

    async def of(
        self, items: Sequence[PlannedItem], engines: Mapping[tuple[str, EngineChoice], EngineName]
    ) -> tuple[bool, ...] | None:
        """Say which items would not be executed; None where that would take too long to find out.

        Items that are equal to each other count as executed, unless there is a finished run: it is not known which of
        them would be over when the others begin.

        Args:
            items: In any order.
            engines: The engine of each strategy and choice.

        Raises:
            InvalidInput: A strategy is gone, broken or too large.
            StorageError: The index cannot be read.
        """
        async with self._copies.taken(each.request.strategy_name for each in items if has_code(each)) as copies:
            digests = copies.digests
        asked = [
            Asked(
                each.request,
                engines[question(each)],
                digests[each.request.strategy_name] if has_code(each) else None,
            )
            for each in items
        ]
        return await self._identical.answered(asked)
