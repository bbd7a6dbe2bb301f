"""A scenario's file and row as one unit: written beside, the row committed, then put in place."""

from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

from leanboard.errors import NotFound
from leanboard.models.scenarios import Scenario
from leanboard.services.workshop import Workshop
from leanboard.storage.guarding import guarded
from leanboard.storage.queries import IdempotencyClaim, ProblemKind, StorageProblem
from leanboard.storage.scenario_files import ScenarioFiles
from leanboard.storage.scenario_index import InsertedScenario, ScenarioIndex


class ScenarioStorage:
    """Scenarios that last.

    Every method raises :class:`StorageError` when disk or database refuse, and :class:`NotFound` for a scenario that
    is unknown or was deleted. Changes run to their end even if the caller is cancelled.

    Args:
        index: The rows.
        files: The files.
        workshop: How work is done.
        checkpoint: Called between the steps of every change, with the step's name; tests end the process there.
        report: Told of every file that cannot be taken over.
    """

    def __init__(
        self,
        *,
        index: ScenarioIndex,
        files: ScenarioFiles,
        workshop: Workshop,
        checkpoint: Callable[[str], None],
        report: Callable[[StorageProblem], None],
    ) -> None:
        self._index = index
        self._files = files
        self._workshop = workshop
        self._run = workshop.run
        self._checkpoint = checkpoint
        self._report = report

    async def get(self, scenario_id: str) -> Scenario:
        """Return a scenario."""
        return await self._index.get(scenario_id)

    async def some(self, scenario_ids: Collection[str]) -> tuple[Scenario, ...]:
        """Return those of some scenarios that are there and can be read."""
        return await self._index.some(scenario_ids)

    async def page(self, page: int, page_size: int) -> tuple[tuple[Scenario, ...], int]:
        """Return one page of scenarios, by name, and how many there are on all pages."""
        return await self._index.page(page, page_size)

    async def create(self, scenario: Scenario, claim: IdempotencyClaim | None = None) -> InsertedScenario:
        """Make a scenario durable, or return the one that the key already stands for.

        Raises:
            Conflict: Another one has the name, whatever its case.
            IdempotencyMismatch: The key was used for another body.
        """
        return await self._workshop.to_the_end(self._create(scenario, claim))

    async def _create(self, scenario: Scenario, claim: IdempotencyClaim | None) -> InsertedScenario:
        async with self._workshop.turn(scenario.id):
            await self._run(self._files.stage, scenario)
            self._checkpoint("after_scenario_staged")
            try:
                inserted = await self._index.insert(scenario, claim)
            except BaseException:
                await self._run(self._files.drop_staged, scenario.id)
                raise
            self._checkpoint("after_scenario_row")
            await self._run(self._files.place if inserted.created else self._files.drop_staged, scenario.id)
            return inserted

    async def replace(self, scenario: Scenario) -> None:
        """Store a scenario anew.

        Raises:
            Conflict: Another one has the name, whatever its case.
        """
        await self._workshop.to_the_end(self._replace(scenario))

    async def _replace(self, scenario: Scenario) -> None:
        async with self._workshop.turn(scenario.id):
            await self._run(self._files.stage, scenario)
            self._checkpoint("after_scenario_staged")
            try:
                await self._index.replace(scenario)
            except BaseException:
                await self._run(self._files.drop_staged, scenario.id)
                raise
            self._checkpoint("after_scenario_row")
            await self._run(self._files.place, scenario.id)

    async def delete(self, scenario_id: str) -> None:
        """Delete a scenario; batches that were made from it stay as they are."""
        await self._workshop.to_the_end(self._delete(scenario_id))

    async def _delete(self, scenario_id: str) -> None:
        async with self._workshop.turn(scenario_id):
            await self._index.get(scenario_id)
            await self._run(self._files.hide, scenario_id)
            self._checkpoint("during_scenario_delete")
            await self._index.delete(scenario_id)
            self._checkpoint("after_scenario_delete")
            await self._run(self._files.remove_hidden, scenario_id)

    # Lost and found ----------------------------------------------------------------------------------------------

    async def recover(self) -> None:
        """Complete or undo what an earlier process left half-way, then restore; once, at a start.

        Raises:
            StorageError: The folder of scenarios, or the index as a whole, cannot be read.
        """
        for scenario_id in await self._run(self._files.left_gone):
            await self._guarded(scenario_id, self._forget(scenario_id))
        for scenario_id in await self._run(self._files.left_staged):
            await self._guarded(scenario_id, self._settle(scenario_id))
        await self.restore()

    async def _forget(self, scenario_id: str) -> None:
        with suppress(NotFound):
            await self._index.delete(scenario_id)
        await self._run(self._files.remove_hidden, scenario_id)

    async def _settle(self, scenario_id: str) -> None:
        staged = await self._run(self._files.read_staged, scenario_id)
        present = None
        with suppress(NotFound):
            present = await self._index.get(scenario_id)
        came = staged is not None and staged == present
        await self._run(self._files.place if came else self._files.drop_staged, scenario_id)

    async def restore(self) -> None:
        """Take over every file that the index does not know; while the service works, too.

        Raises:
            StorageError: As :meth:`recover`.
        """
        ids = await self._run(self._files.ids)  # first: a row is there before its file
        known = await self._index.ids()
        for scenario_id in sorted(known - ids):
            await self._note_vanished(scenario_id)
        for scenario_id in sorted(ids - known):
            await self._guarded(scenario_id, self._restore(scenario_id))

    async def _note_vanished(self, scenario_id: str) -> None:
        async with self._workshop.turn(scenario_id):  # it may just be on its way in or out
            if scenario_id in await self._index.ids() and scenario_id not in await self._run(self._files.ids):
                detail = "the index lists the scenario, but its file is gone: put it back, save it anew, or delete it"
                self._report(StorageProblem(ProblemKind.VANISHED, f"scenarios/{scenario_id}.json", detail))

    async def _restore(self, scenario_id: str) -> None:
        async with self._workshop.turn(scenario_id):
            if scenario_id not in await self._run(self._files.ids):  # deleted meanwhile
                return
            found = await self._run(self._files.read, scenario_id)
            if isinstance(found, StorageProblem):
                self._report(found)
                return
            await self._index.insert(found)

    async def _guarded(self, scenario_id: str, work: Awaitable[None]) -> None:
        await guarded(f"scenarios/{scenario_id}.json", work, self._report)
