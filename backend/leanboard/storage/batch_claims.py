"""An item of a batch gets its run: once for each attempt, whoever asks, how often, and at the same time as whom."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from leanboard.errors import Conflict
from leanboard.models.run import BacktestRunInfo, BacktestStatus, BatchPlace
from leanboard.storage.tables import BATCH_ITEM


async def claim_item(connection: AsyncConnection, place: BatchPlace, run: BacktestRunInfo) -> str | None:
    """Make a run that is inserted in the same transaction the one of its item's attempt.

    Args:
        connection: Of the transaction.
        place: The item and the attempt.
        run: With the timestamp that is reserved for it.

    Returns:
        None when it is the item's run now; otherwise the id of the run that this attempt has already.

    Raises:
        Conflict: There is no such item, it is at another attempt, or it waits for no run.
    """
    item = BATCH_ITEM.c
    here = (item.batch_id == place.id, item.number == place.item)
    # One statement decides: a second one at the same time waits for the first one's row, and then does not match.
    claim = update(BATCH_ITEM).where(
        *here, item.attempt == place.attempt, item.run_id.is_(None), item.status == BacktestStatus.PENDING.value
    )
    if (await connection.execute(claim.values(run_id=run.id, timestamp=run.timestamp))).rowcount == 1:
        return None
    found = (await connection.execute(select(item.attempt, item.run_id, item.status).where(*here))).one_or_none()
    if found is None:
        msg = f"batch {place.id} has no item {place.item}, or was deleted"
        raise Conflict(msg)
    if found.attempt != place.attempt:
        msg = f"item {place.item} of the batch is at attempt {found.attempt}, and this is for attempt {place.attempt}"
        raise Conflict(msg)
    if found.run_id is None:
        msg = f"item {place.item} of the batch is {found.status} and waits for no run"
        raise Conflict(msg)
    return str(found.run_id)
