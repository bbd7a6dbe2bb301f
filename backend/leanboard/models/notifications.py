"""What the operator is told of, away from any screen."""

from enum import StrEnum

from leanboard.models.base import Frozen


class NotifyOn(StrEnum):
    """What happened."""

    BATCH_DONE = "batch_done"  # every item has ended, at least one of them well
    BATCH_FAILED = "batch_failed"  # every item has ended, none of them well
    RUN_FAILED = "run_failed"  # a run of its own; those of batches are told with their batch


class Notice(Frozen):
    """A message as plain text."""

    title: str
    body: str


class Delivery(Frozen):
    """What came of a message to one address; ``problem`` is empty when its service has taken it."""

    address: str
    problem: str = ""
