"""uvicorn with this service's limits."""

import uvicorn
from fastapi import FastAPI

from leanboard.api.websocket_protocol import LingeringProtocol

WS_MAX_BYTES = 64 * 1024  # clients have nothing to say; a larger frame is refused
GRACE_SECONDS = 3  # for open connections when the service is told to end
KEEP_ALIVE_SECONDS = 15
MAX_HEADER_BYTES = 32 * 1024


def server_config(app: FastAPI) -> uvicorn.Config:
    """Return the configuration of a server for a socket that listens already and a lifespan that is run outside.

    The service's own log is used instead of uvicorn's: it would write API keys of failed requests into access lines.
    """
    return uvicorn.Config(
        app,
        lifespan="off",
        http="h11",
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        ws=LingeringProtocol,
        ws_max_size=WS_MAX_BYTES,
        ws_per_message_deflate=False,  # messages of some hundred bytes: packing costs more than it saves
        ws_ping_interval=20,
        ws_ping_timeout=20,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        server_header=False,
        log_config=None,
        access_log=False,
    )
