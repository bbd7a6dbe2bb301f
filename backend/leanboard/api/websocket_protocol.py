"""uvicorn's WebSocket protocol, plus an end for connections whose client takes nothing any more.

uvicorn closes such a connection politely: it waits until the bytes already handed over have left. With a client that
keeps the connection but never reads they never leave, and socket and buffer stay for as long as the client likes.
"""

import asyncio

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

LINGER = 2.0  # seconds for the last bytes and the client's own close frame


class LingeringProtocol(WebSocketsSansIOProtocol):
    """Drops the connection when its last bytes have not left some time after the application is done.

    Given to uvicorn as ``ws=LingeringProtocol``.
    """

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """The application is done with this connection: give the rest a limited time."""
        super().on_task_complete(task)
        if self.transport.get_write_buffer_size() > 0:
            self.loop.call_later(LINGER, self.transport.abort)
