"""Files that strangers wrote, on their way out: never by name, never shown by a browser."""

import os
from typing import BinaryIO

from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

BINARY = "application/octet-stream"
# What a strategy wrote may be a page; it must not run as one of ours, wherever it is opened.
SAFE_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "private, no-cache"}


class OpenFileResponse(FileResponse):
    """Sends a file that was opened before, so that nothing can take its place meanwhile; ranges as Starlette has them.

    Args:
        file: Open for reading; closed when the response is sent or was not taken.
        filename: For the client.
    """

    def __init__(self, file: BinaryIO, filename: str) -> None:
        self._file = file
        super().__init__(
            f"/dev/fd/{file.fileno()}",  # the open file by its number: a name could mean another one by now
            filename=filename,
            media_type=BINARY,
            headers=SAFE_HEADERS,
            stat_result=os.fstat(file.fileno()),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()

    def close(self) -> None:
        """Let go of a file that is not sent."""
        self._file.close()
