"""What the tests of restarts look at: containers as they are made, a log as a client of the WebSocket sees it."""

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed

from containers.service import LABEL_INSTANCE, DockerService

_STUB_LINE = re.compile(r"stub line (\d+) at ")


def stub_lines(text: str) -> list[int]:
    """Return the numbers of the stub's lines in the order in which they are there."""
    return [int(number) for number in _STUB_LINE.findall(text)]


def log_of(events: Iterable[dict[str, Any]]) -> list[int]:
    """Return the numbers of the stub's lines in events; none may have been skipped."""
    found = []
    for event in events:
        assert not event.get("skipped"), event
        found += [
            number for line in event.get("log") or event.get("lines") or () for number in stub_lines(line["text"])
        ]
    return found


@contextmanager
def created_containers(service: DockerService) -> Iterator[list[str]]:
    """Collect the names of all containers that the service has made since the block began."""
    names: list[str] = []
    stream = service.docker.events(
        decode=True, filters={"event": "create", "label": f"{LABEL_INSTANCE}={service.instance}"}
    )

    def collect() -> None:
        for event in stream:
            names.append(event["Actor"]["Attributes"]["name"])  # noqa: PERF401  # each as it comes

    thread = threading.Thread(target=collect)
    thread.start()
    try:
        yield names
    finally:
        stream.close()
        thread.join(10)


class Listener:
    """A client that reads a run's events in a thread, until the run or the service ends.

    Args:
        service: Running.
        run_id: Of the run.
        since: The last number that was seen.
    """

    def __init__(self, service: DockerService, run_id: str, since: int | None = None) -> None:
        self.events: list[dict[str, Any]] = []
        self._stream = service.events(run_id, since)
        self.events.append(next(self._stream))  # connected: nothing is missed from here on
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        try:
            self.events.extend(self._stream)
        except ConnectionClosed:
            return

    def until_over(self, within: float = 60.0) -> list[dict[str, Any]]:
        """Return all events, when there will be no more."""
        self._thread.join(within)
        assert not self._thread.is_alive()
        return self.events
