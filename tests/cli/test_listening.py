"""The socket that a service listens on."""

import asyncio
import socket

from leanboard.terminal.local import listening


async def test_answers_are_sent_without_delay():
    """Else a body that follows its header waits for the client's acknowledgement: 40 ms an answer."""
    accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def connected(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        own = writer.get_extra_info("socket")
        accepted.set_result(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with listening("127.0.0.1", 0) as listener:
        async with await asyncio.start_server(connected, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            async with asyncio.timeout(10):
                assert await accepted
            writer.close()
            await writer.wait_closed()
