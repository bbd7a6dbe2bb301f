"""One address that Apprise sends to. Its URL is a secret: no text of ours shows it, and no process's arguments do."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from typing import cast

from pydantic import SecretStr

from leanboard.models.notifications import Delivery, Notice
from leanboard.services.apprise_program import SECONDS, Order, Report

_COMMAND = (sys.executable, "-P", "-m", "leanboard.services.apprise_program")
_GRACE = 5  # seconds more than the program gives itself


class AppriseAddress:
    """An address.

    Args:
        url: Apprise's, such as ``mailto://...``.
        number: From 1, in the setting.
    """

    def __init__(self, url: SecretStr, number: int) -> None:
        self._url = url
        # Of a URL, only its schema is no secret: with some services the token stands where others have the host.
        self.name = f"{url.get_secret_value().partition('://')[0].lower()} (URL {number})"

    def send(self, notice: Notice) -> Delivery:
        """Send a message; blocks for seconds, and at most for a minute."""
        return Delivery(address=self.name, problem=_problem(self._ask(notice.title, notice.body)))

    def is_known(self) -> bool:
        """Whether Apprise can send there, as far as the URL says; blocks for a second."""
        report = self._ask("", "")
        return report is not None and report["known"]

    def _ask(self, title: str, body: str) -> Report | None:
        order = Order(url=self._url.get_secret_value(), title=title, body=body)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LEANBOARD_")}
        try:
            done = subprocess.run(  # noqa: S603
                _COMMAND,
                input=json.dumps(order).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a library's words may show the URL
                timeout=SECONDS + _GRACE,
                check=False,
                env=environment,
                start_new_session=True,  # Ctrl-C at the service is none here: a message on its way arrives
            )
            return cast("Report", json.loads(done.stdout)) if done.returncode == 0 else None
        except (OSError, subprocess.TimeoutExpired, ValueError):
            return None


def _problem(report: Report | None) -> str:
    if report is None:
        return f"Apprise broke off, or had no answer for {SECONDS} s"
    if report["arrived"]:
        return ""
    if not report["known"]:
        return "Apprise knows no such URL, or a part of it is missing"
    if report["status"]:
        return f"the service there answered with HTTP status {report['status']}"
    return "the service there was not reached, or refused"


def addresses(urls: Iterable[str]) -> tuple[AppriseAddress, ...]:
    """Return the addresses of a setting, in its order."""
    return tuple(AppriseAddress(SecretStr(url), number) for number, url in enumerate(urls, 1))
