"""Events of runs and batches over the WebSocket: one reader and one writer a client, neither of which holds up anybody.

The reader exists to notice the client's leaving and to refuse what it says; the writer gives every message a limited
time. Whoever of the two ends first decides how the connection closes. The hub's bounded ring is the only buffer.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from traceback import format_exception
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketState

from leanboard.api.dependencies import BatchIdPath, RunIdPath, Services
from leanboard.api.guard import KEY_PROTOCOL
from leanboard.api.metrics import ApiMetrics
from leanboard.errors import AccessDenied, ServiceUnavailable
from leanboard.services.event_channel import SlowReaderError

router = APIRouter()

PROTOCOL = "leanboard.v2"
CLOSE_PATIENCE = 1.0  # seconds for the close frame; a client that takes nothing does not get it
MAX_SEQ = 2**53 - 1
_HEAD = re.compile(r'\{"seq":\d+,"(?:run|batch)_id":"[^"]*","time":"(?P<time>[^"]+)","type":"(?P<type>[a-z]+)"')

Since = Annotated[int | None, Query(ge=0, le=MAX_SEQ)]


@dataclass(frozen=True, slots=True)
class Close:
    """How the service ends a connection."""

    code: int
    reason: str = ""


ENDED = Close(1000)
RESTART = Close(1012, "the service is going down; come back with ?since=")
TOO_SLOW = Close(1013, "too slow; come back without ?since= for a snapshot")
NOT_TEXT = Close(1003, "this stream takes no messages")
NO_MESSAGES = Close(1008, "this stream takes no messages")
BROKEN = Close(1011, "an error in the service; its log says more")


class StreamGate:
    """Bounds the number of connections.

    Args:
        limit: Connections at the same time.
        metrics: Shows how many there are.
    """

    def __init__(self, limit: int, metrics: ApiMetrics) -> None:
        self._limit = limit
        self._open = 0
        self.metrics = metrics

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place as long as the context lasts.

        Raises:
            ServiceUnavailable: All are taken.
        """
        if self._open >= self._limit:
            raise ServiceUnavailable(f"{self._limit} streams are open already (LEANBOARD_MAX_STREAMS)")
        self._open += 1
        self.metrics.clients.set(self._open)
        try:
            yield
        finally:
            self._open -= 1
            self.metrics.clients.set(self._open)


@router.websocket("/monitor/{run_id}")
async def monitor(websocket: WebSocket, run_id: RunIdPath, services: Services, since: Since = None) -> None:
    """Follow a run live."""
    await _follow(websocket, services.manager.watch(run_id, since), services.settings.send_timeout)


@router.websocket("/batch/{batch_id}")
async def monitor_batch(websocket: WebSocket, batch_id: BatchIdPath, services: Services, since: Since = None) -> None:
    """Follow a batch live."""
    await _follow(websocket, services.batches.watch(batch_id, since), services.settings.send_timeout)


async def _follow(
    websocket: WebSocket, watching: AbstractAsyncContextManager[AsyncIterator[str]], send_timeout: float
) -> None:
    """Send what is watched.

    What is refused before the connection stands is answered in HTTP, as everywhere, with problem details.
    """
    gate: StreamGate = websocket.app.state.stream_gate
    protocol = choose_protocol(websocket.scope.get("subprotocols", []))
    with gate.place():
        async with watching as events:
            await websocket.accept(subprotocol=protocol)
            await StreamClient(websocket, gate.metrics, send_timeout).serve(events)


def choose_protocol(offered: list[str]) -> str | None:
    """Return the sub-protocol to name in the answer. The key's is never named: it would be sent back.

    Raises:
        AccessDenied: The client speaks only protocols that are not ours.
    """
    if PROTOCOL in offered:
        return PROTOCOL
    if all(name.startswith(KEY_PROTOCOL) for name in offered):
        return None
    raise AccessDenied(f"the only sub-protocol here is {PROTOCOL}")


class StreamClient:
    """One accepted connection.

    Args:
        websocket: Accepted.
        metrics: Measures the delay and counts the ends.
        send_timeout: Seconds the client may take for one message.
    """

    def __init__(self, websocket: WebSocket, metrics: ApiMetrics, send_timeout: float) -> None:
        self._websocket = websocket
        self._metrics = metrics
        self._send_timeout = send_timeout

    async def serve(self, events: AsyncIterator[str]) -> None:
        """Send events until their end, the client's end, or its misbehaviour; then close."""
        writer = asyncio.create_task(self._write(events), name="stream-writer")
        reader = asyncio.create_task(self._read(), name="stream-reader")
        try:
            await asyncio.wait((writer, reader), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (writer, reader):
                task.cancel()
            outcomes = await asyncio.gather(writer, reader, return_exceptions=True)
        await self._close(self._decide(outcomes))

    @staticmethod
    def _decide(outcomes: Iterable[Close | BaseException | None]) -> Close | None:
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                structlog.get_logger("leanboard.api").error("a stream broke", trace="".join(format_exception(outcome)))
                return BROKEN
        return next((outcome for outcome in outcomes if isinstance(outcome, Close)), None)

    async def _write(self, events: AsyncIterator[str]) -> Close | None:
        kind = ""
        try:
            async for text in events:
                async with asyncio.timeout(self._send_timeout):
                    await self._websocket.send_text(text)
                kind = self._measure(text)
        except (SlowReaderError, TimeoutError):
            return TOO_SLOW
        except WebSocketDisconnect:
            return None
        return ENDED if kind == "end" else RESTART

    def _measure(self, text: str) -> str:
        """Note how long the event took to get here; returns its type."""
        head = _HEAD.match(text)
        if head is None:
            return ""
        if head["type"] != "snapshot":
            made = datetime.fromisoformat(head["time"])
            self._metrics.delay.observe(max(0.0, (datetime.now(UTC) - made).total_seconds()))
        return head["type"]

    async def _read(self) -> Close | None:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        return NOT_TEXT if message.get("bytes") is not None else NO_MESSAGES

    async def _close(self, close: Close | None) -> None:
        if close is None or self._websocket.client_state is WebSocketState.DISCONNECTED:
            return
        self._metrics.closed.labels(str(close.code)).inc()
        with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            async with asyncio.timeout(CLOSE_PATIENCE):
                await self._websocket.close(close.code, close.reason)
