"""An HTTP server of the tests that takes what is posted."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any


class Posted:
    """Where it listens, and what came."""

    def __init__(self, port: int, came: "Queue[dict[str, Any]]") -> None:
        self.port = port
        self._came = came

    def next(self) -> dict[str, Any]:
        return self._came.get(timeout=60)

    @property
    def is_empty(self) -> bool:
        return self._came.empty()


@contextmanager
def posted(*statuses: int) -> Iterator[Posted]:
    """Answer with these, one after the other; then with 200."""
    came: Queue[dict[str, Any]] = Queue()
    answers = iter(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(next(answers, 200))
            self.send_header("Content-Length", "0")
            self.end_headers()
            came.put(json.loads(body))

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Posted(server.server_address[1], came)
        finally:
            server.shutdown()
            thread.join()
