"""Tells the operator what happened, in the background: no run and no batch waits for it, or fails by it."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from queue import Full, Queue
from threading import Event, Thread
from time import monotonic
from typing import Protocol

import structlog

from leanboard.models.batches import BatchDetail, BatchStatus
from leanboard.models.notifications import Delivery, Notice, NotifyOn
from leanboard.models.run import BacktestRunInfo, Outcome
from leanboard.services.notices import batch_notice, run_notice

WAITING = 100  # messages an address; further ones are dropped
AGAIN_SECONDS = 10.0  # until the second and last try
CLOSE_SECONDS = 5.0  # for messages that are on their way when the service ends

log = structlog.get_logger(__name__)


class Address(Protocol):
    """Where messages go; ``name`` is fit for logs."""

    @property
    def name(self) -> str:
        """Say which one it is, without secrets."""

    def send(self, notice: Notice) -> Delivery:
        """Send a message; may block."""


class Notifier:
    """Sends messages.

    Args:
        addresses: Each has a thread of its own, from its first message on: one that hangs delays no other.
        on: What is told.
        again: Seconds until the second try.
    """

    def __init__(
        self,
        addresses: Sequence[Address],
        on: Collection[NotifyOn] = tuple(NotifyOn),
        again: float = AGAIN_SECONDS,
    ) -> None:
        self._boxes = [_Mailbox(address, again) for address in addresses]
        self._on = frozenset(on)

    def run_failed(self, run: BacktestRunInfo, outcome: Outcome) -> None:
        """Tell that a run has failed; of one in a batch nothing is said, its batch is told of."""
        if run.batch is None and self._wants(NotifyOn.RUN_FAILED):
            self._put(run_notice(run, outcome))

    def batch_ended(self, detail: BatchDetail) -> None:
        """Tell that a batch has completed or failed; a cancelled one is no news to who cancelled it."""
        event = {BatchStatus.COMPLETED: NotifyOn.BATCH_DONE, BatchStatus.FAILED: NotifyOn.BATCH_FAILED}
        kind = event.get(detail.status)
        if kind is not None and self._wants(kind):
            self._put(batch_notice(detail))

    async def close(self) -> None:
        """Wait a moment for what is on its way; the rest is dropped."""
        end = monotonic() + CLOSE_SECONDS
        for box in self._boxes:
            box.end()
        for box in self._boxes:
            await asyncio.to_thread(box.join, end - monotonic())

    def _wants(self, kind: NotifyOn) -> bool:
        return bool(self._boxes) and kind in self._on

    def _put(self, notice: Notice) -> None:
        for box in self._boxes:
            box.put(notice)


class _Mailbox:
    """The messages that wait for one address, and the thread that sends them."""

    def __init__(self, address: Address, again: float) -> None:
        self._address = address
        self._again = again
        self._waiting: Queue[Notice | None] = Queue(WAITING)
        self._ending = Event()
        self._thread: Thread | None = None

    def put(self, notice: Notice) -> None:
        if self._ending.is_set():
            return
        try:
            self._waiting.put_nowait(notice)
        except Full:
            log.warning("a notification was dropped: too many wait", to=self._address.name)
            return
        if self._thread is None:
            # A daemon: the process must not wait for an address that never answers.
            self._thread = Thread(target=self._work, name="notifier", daemon=True)
            self._thread.start()

    def end(self) -> None:
        self._ending.set()
        with suppress(Full):  # then the thread ends with the last of them
            self._waiting.put_nowait(None)

    def join(self, seconds: float) -> None:
        if self._thread is not None:
            self._thread.join(max(seconds, 0))

    def _work(self) -> None:
        while (notice := self._waiting.get()) is not None:
            delivery = deliver(self._address, notice)
            if delivery.problem and not self._ending.wait(self._again):
                delivery = deliver(self._address, notice)
            if delivery.problem:
                log.warning("a notification did not arrive", to=delivery.address, problem=delivery.problem)
            if self._ending.is_set() and self._waiting.empty():
                return


def deliver(address: Address, notice: Notice) -> Delivery:
    """Send a message to an address, and say what came of it; never raises."""
    try:
        return address.send(notice)
    except Exception as error:  # noqa: BLE001  # nothing may end the thread; the text may show the URL
        return Delivery(address=address.name, problem=f"an error of our own: {type(error).__name__}")
