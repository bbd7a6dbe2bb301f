"""The index of scenarios: a row for each, names told apart whatever their case."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from leanboard.errors import Conflict, NotFound, StorageError
from leanboard.models.scenarios import Scenario
from leanboard.storage.database import Database
from leanboard.storage.idempotency import IdempotencyKeys
from leanboard.storage.queries import IdempotencyClaim
from leanboard.storage.result_rows import folded
from leanboard.storage.run_index import utc_now
from leanboard.storage.run_rows import Values, microseconds, plain
from leanboard.storage.stored_request import scenario_of
from leanboard.storage.tables import IDEMPOTENCY_KEY, SCENARIO

_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class InsertedScenario:
    """Answer to an insert; ``created`` is False when the key stood for the same body before: the earlier scenario."""

    scenario: Scenario
    created: bool


class ScenarioIndex:
    """Rows of scenarios.

    All methods raise :class:`StorageError` when the database refuses, and :class:`NotFound` for a scenario that is
    unknown or was deleted.

    Args:
        database: Open while the index is used.
        clock: Says the time, aware.
        unreadable: Told of rows that cannot be read where several are, with the scenario's id and the reason.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] = utc_now,
        unreadable: Callable[[str, str], None] = lambda _scenario_id, _reason: None,
    ) -> None:
        self._database = database
        self._unreadable = unreadable
        self._keys = IdempotencyKeys(IDEMPOTENCY_KEY.c.scenario_id, clock)

    async def get(self, scenario_id: str) -> Scenario:
        """Return a scenario."""
        async with self._database.read() as connection:
            return await _read(connection, scenario_id)

    async def some(self, scenario_ids: Collection[str]) -> tuple[Scenario, ...]:
        """Return those of some scenarios that are there and can be read."""
        return await self._all(select(SCENARIO).where(SCENARIO.c.id.in_(scenario_ids)))

    async def page(self, page: int, page_size: int) -> tuple[tuple[Scenario, ...], int]:
        """Return one page of scenarios, by name, and how many there are on all pages."""
        query = select(SCENARIO).order_by(SCENARIO.c.folded).limit(page_size).offset((page - 1) * page_size)
        async with self._database.read() as connection:
            total = (await connection.execute(select(func.count()).select_from(SCENARIO))).scalar_one()
        return await self._all(query), total

    async def _all(self, query: Any) -> tuple[Scenario, ...]:  # noqa: ANN401  # a select of whole rows
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        scenarios = []
        for row in rows:
            try:
                scenarios.append(_scenario(row))
            except StorageError as error:
                self._unreadable(str(row["id"]), error.detail)
        return tuple(scenarios)

    async def ids(self) -> frozenset[str]:
        """Return the ids of all rows."""
        async with self._database.read() as connection:
            return frozenset((await connection.execute(select(SCENARIO.c.id))).scalars())

    async def claimed(self, claim: IdempotencyClaim) -> Scenario | None:
        """Return the scenario that a key stands for, if it does.

        Raises:
            IdempotencyMismatch: The key was used for another body.
        """
        async with self._database.read() as connection:
            holder = await self._keys.holder(connection, claim)
            return None if holder is None else await _read(connection, holder)

    async def insert(self, scenario: Scenario, claim: IdempotencyClaim | None = None) -> InsertedScenario:
        """Insert a scenario with its key, or return the one that the key already stands for.

        Raises:
            Conflict: Another one has the name, whatever its case.
            IdempotencyMismatch: The key was used for another body.
        """
        # The constraints decide, not the look before: with PostgreSQL another process may have been faster.
        for _ in range(_ATTEMPTS):
            try:
                async with self._database.write() as connection:
                    return await self._insert(connection, scenario, claim)
            except IntegrityError:
                continue
        msg = f"scenario {scenario.id} could not be stored: its id is taken, or the index is under heavy contention"
        raise StorageError(msg)

    async def _insert(
        self, connection: AsyncConnection, scenario: Scenario, claim: IdempotencyClaim | None
    ) -> InsertedScenario:
        if claim is not None:
            await self._keys.forget_old(connection)
            holder = await self._keys.holder(connection, claim)
            if holder is not None:
                return InsertedScenario(await _read(connection, holder), created=False)
        await _check_name(connection, scenario)
        await connection.execute(insert(SCENARIO).values(_row(scenario)))
        if claim is not None:
            await self._keys.note(connection, claim, scenario.id)
        return InsertedScenario(scenario, created=True)

    async def replace(self, scenario: Scenario) -> None:
        """Store a scenario anew.

        Raises:
            Conflict: Another one has the name, whatever its case.
        """
        try:
            async with self._database.write() as connection:
                await _check_name(connection, scenario)
                change = update(SCENARIO).where(SCENARIO.c.id == scenario.id).values(_row(scenario))
                if (await connection.execute(change)).rowcount == 0:
                    raise _unknown()
        except IntegrityError as error:
            raise _taken(scenario.name) from error

    async def delete(self, scenario_id: str) -> None:
        """Delete a scenario and its key."""
        async with self._database.write() as connection:
            if (await connection.execute(delete(SCENARIO).where(SCENARIO.c.id == scenario_id))).rowcount == 0:
                raise _unknown()


def _row(scenario: Scenario) -> Values:
    return {
        "id": scenario.id,
        "folded": folded(scenario.name),
        "updated_at": microseconds(scenario.updated_at),
        "scenario": plain(scenario.model_dump_json(exclude_defaults=True)),
    }


def _scenario(row: RowMapping) -> Scenario:
    try:
        return scenario_of(row["scenario"])
    except (ValueError, TypeError) as error:
        msg = f"the index holds an unreadable row for scenario {str(row['id'])[:40]!r}: {error}"
        raise StorageError(msg) from error


async def _read(connection: AsyncConnection, scenario_id: str) -> Scenario:
    row = (await connection.execute(select(SCENARIO).where(SCENARIO.c.id == scenario_id))).mappings().one_or_none()
    if row is None:
        raise _unknown()
    return _scenario(row)


async def _check_name(connection: AsyncConnection, scenario: Scenario) -> None:
    query = select(SCENARIO.c.id).where(SCENARIO.c.folded == folded(scenario.name), SCENARIO.c.id != scenario.id)
    other = (await connection.execute(query)).scalar_one_or_none()
    if other is not None:
        raise _taken(scenario.name, other)


def _taken(name: str, other: str = "") -> Conflict:
    where = f" ({other})" if other else ""
    msg = f"a scenario called {name!r} is there already{where}: change that one, or choose another name"
    return Conflict(msg, field="name")


def _unknown() -> NotFound:
    return NotFound("there is no such scenario, or it was deleted")
