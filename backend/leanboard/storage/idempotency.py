"""Idempotency-Keys: what a client's key stands for, for a day. One space of keys, whatever they were sent with."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leanboard.errors import IdempotencyMismatch
from leanboard.storage.queries import IdempotencyClaim
from leanboard.storage.run_rows import microseconds
from leanboard.storage.tables import IDEMPOTENCY_KEY

KEY_LIFETIME = timedelta(hours=24)


class IdempotencyKeys:
    """Keys of one kind of thing; every method works in its caller's transaction.

    Args:
        kind: The column that names the thing.
        clock: Says the time, aware.
    """

    def __init__(self, kind: Column[Any], clock: Callable[[], datetime]) -> None:
        self._kind = kind
        self._clock = clock

    async def holder(self, connection: AsyncConnection, claim: IdempotencyClaim) -> str | None:
        """Return the id of what a key stands for; None when it is free.

        Raises:
            IdempotencyMismatch: The key was used for another body, or for another kind of thing.
        """
        key = IDEMPOTENCY_KEY.c
        query = select(key.body_sha256, self._kind).where(key.key == claim.key, key.created_at > self._horizon())
        found = (await connection.execute(query)).one_or_none()
        if found is None:
            return None
        if found.body_sha256 != claim.body_sha256 or found[1] is None:
            msg = "this Idempotency-Key was used for another request: use a new key for a new request"
            raise IdempotencyMismatch(msg)
        return str(found[1])

    async def note(self, connection: AsyncConnection, claim: IdempotencyClaim, identifier: str) -> None:
        """Let a key that is free stand for something."""
        await connection.execute(
            insert(IDEMPOTENCY_KEY).values(
                {
                    "key": claim.key,
                    "body_sha256": claim.body_sha256,
                    self._kind.name: identifier,
                    "created_at": microseconds(self._clock()),
                }
            )
        )

    async def forget_old(self, connection: AsyncConnection) -> None:
        """Set free what is older than a day."""
        await connection.execute(delete(IDEMPOTENCY_KEY).where(IDEMPOTENCY_KEY.c.created_at <= self._horizon()))

    def _horizon(self) -> int | None:
        return microseconds(self._clock() - KEY_LIFETIME)
