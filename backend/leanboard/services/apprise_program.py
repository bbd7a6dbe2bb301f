"""Sends one message with Apprise: a program of its own, which reads an order from stdin and answers on stdout.

Apprise takes a second to import and twenty megabytes, and a service that answers byte by byte holds it for ever; here
both end with the process. The order comes by stdin because others can read a process's arguments.
"""

import json
import logging
import os
import re
import signal
import sys
from typing import TypedDict

SECONDS = 45  # then the process ends, whatever the other side does
_STATUS = re.compile(r"\berror=([1-5]\d\d)\b")  # how Apprise's log writes the status of an HTTP answer


class Order(TypedDict):
    """What to send where; without a title and a body the URL is only looked at."""

    url: str
    title: str
    body: str


class Report(TypedDict):
    """What came of it; ``status`` is that of an HTTP answer that was no good one, 0 where there was none."""

    known: bool
    arrived: bool
    status: int


def send(order: Order) -> Report:
    """Send a message."""
    from apprise import Apprise  # noqa: PLC0415  # this module is imported for its types, too

    logging.getLogger("apprise").addHandler(logging.NullHandler())
    sender = Apprise()
    if not sender.add(order["url"]):
        return Report(known=False, arrived=False, status=0)
    if not order["title"]:
        return Report(known=True, arrived=False, status=0)
    result = sender.notify(title=order["title"], body=order["body"], body_format="text")
    found = (_STATUS.search(entry.message) for entry in result.logs())
    status = next((int(match[1]) for match in found if match), 0)
    return Report(known=True, arrived=bool(result), status=status)


def main() -> None:
    """Read the order, answer it."""
    signal.alarm(SECONDS)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    with answers:
        json.dump(send(json.load(sys.stdin)), answers)
    os._exit(0)  # threads of Apprise's must not keep it


if __name__ == "__main__":
    main()
