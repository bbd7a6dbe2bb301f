"""``leanboard serve``: the service, until Ctrl-C."""

import asyncio
import signal
import sys
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.text import Text

from leanboard.settings import Settings
from leanboard.terminal.execution import execute, narration, settings_error
from leanboard.terminal.failure import ExitCode
from leanboard.terminal.local import listening, serving_app
from leanboard.terminal.service_log import log_to_stream


def serve(
    *,
    host: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Address to listen on; others than loopback need LEANBOARD_API_KEY."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.  [default: 8700]"),
    ] = None,
) -> None:
    """Start the service: HTTP and WebSocket under /api/v2/backtest, documentation at /docs.

    All settings are environment variables, LEANBOARD_*; docs/reference/settings.md lists them. Ctrl-C ends it;
    runs that go on at that moment are started again from their snapshot by the next start.
    """

    async def work() -> int:
        settings = _settings(host, port)
        with log_to_stream(sys.stderr, settings.log_level), listening(settings.host, settings.port) as listener:
            async with serving_app(settings, listener) as url:
                console = narration()
                console.print(Text(f"Leanboard answers at {url}  (documentation: {url}/docs)"), soft_wrap=True)
                console.print(Text(f"home {settings.home}; Ctrl-C ends it", style="dim"), soft_wrap=True)
                await _until_asked()
                console.print(Text("ending", style="dim"))
        return ExitCode.OK

    execute(work)


def _settings(host: str | None, port: int | None) -> Settings:
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    try:
        return Settings.model_validate(given)  # the environment gives the rest
    except ValidationError as error:
        raise settings_error(error) from error


async def _until_asked() -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.set)
    await asked.wait()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.remove_signal_handler(number)  # a second Ctrl-C does what it always does
