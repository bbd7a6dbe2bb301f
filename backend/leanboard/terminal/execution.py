"""From a command's coroutine to the exit code of the process, errors included."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, NoReturn, TypeVar

import typer
from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.text import Text

from leanboard.errors import Problem
from leanboard.models.wrong_values import wrong_fields
from leanboard.settings import Settings
from leanboard.terminal.client import Client
from leanboard.terminal.failure import CommandError, ExitCode
from leanboard.terminal.local import Endpoint, Origin, reach
from leanboard.terminal.text import printable

NEVER_ENOUGH = 1 << 40  # MB
UNFOLDED = 400  # characters
M = TypeVar("M", bound=BaseModel)


def output() -> Console:
    """Return the console for results: stdout; what goes to a file or a pipe is not folded."""
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = UNFOLDED
    return console


def narration() -> Console:
    """Return the console for what happens meanwhile: stderr."""
    return Console(stderr=True, markup=False, highlight=False, emoji=False)


def terminal_name() -> str:
    """Return TERM."""
    return os.environ.get("TERM", "")


def load_settings() -> Settings:
    """Read the settings of this machine.

    Raises:
        CommandError: A LEANBOARD_* variable cannot be used; names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise settings_error(error) from error


def settings_error(error: ValidationError) -> CommandError:
    """Return the error for settings that cannot be used; names their environment variables."""
    lines = []
    for item in error.errors():
        name = "LEANBOARD_" + "_".join(str(part) for part in item["loc"]).upper() + ": " if item["loc"] else ""
        lines.append(name + item["msg"].removeprefix("Value error, "))
    return CommandError("; ".join(lines), exit_code=ExitCode.USAGE, code="configuration_error")


def validated(model: type[M], fields: Mapping[str, object]) -> M:
    """Return a model of what the options say.

    Raises:
        CommandError: An option's value cannot be used; names it.
    """
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        problems = tuple(Problem(*found) for found in wrong_fields(error.errors()))
        text = "; ".join(f"{one.field}: {one.message}".removeprefix(": ") for one in problems)
        raise CommandError(text, exit_code=ExitCode.USAGE, code="invalid_input", problems=problems) from error


def reading_settings() -> Settings:
    """Return the settings for a command that only reads: the service that it starts lets no waiting run begin."""
    return load_settings().model_copy(update={"min_free_disk": NEVER_ENOUGH})


@asynccontextmanager
async def connected(
    url: str | None,
    api_key: str | None,
    settings: Callable[[], Settings] = load_settings,
) -> AsyncIterator[tuple[Client, Endpoint]]:
    """Give a client of the service that this command shall use; says so when it is one that runs here already."""
    async with reach(url, api_key, settings) as endpoint:
        if endpoint.origin is Origin.RUNNING:
            narration().print(Text(f"using the service at {endpoint.url}, which works in this home", style="dim"))
        async with Client(endpoint.url, endpoint.api_key) as client:
            yield client, endpoint


def answer(
    ask: Callable[[Client], Awaitable[M]],
    show: Callable[[M], None],
    *,
    url: str | None,
    api_key: str | None,
    as_json: bool,
) -> NoReturn:
    """Ask the service one thing that changes no run, show the answer, or print it as JSON, and leave."""

    async def work() -> int:
        async with connected(url, api_key, reading_settings) as (client, _):
            found = await ask(client)
        if as_json:
            print_json(found.model_dump(mode="json"))
        else:
            show(found)
        return ExitCode.OK

    execute(work, as_json=as_json)


def execute(work: Callable[[], Coroutine[Any, Any, int]], *, as_json: bool = False) -> NoReturn:
    """Run a command to its end and leave with its exit code; errors become a few lines, or JSON."""
    try:
        code = asyncio.run(work())
    except CommandError as error:
        show_error(error, as_json=as_json)
        code = int(error.exit_code)
    except KeyboardInterrupt:
        code = int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader of a pipe (head, less) has gone; Python's flush at exit must not complain about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = int(ExitCode.FAILED)
    raise typer.Exit(code)


def show_error(error: CommandError, *, as_json: bool) -> None:
    """Print an error: JSON on stdout, or lines on stderr."""
    if as_json:
        print_json(error.as_json())
        return
    console = narration()
    console.print(Text.assemble(("error: ", "bold red"), printable(error.message)), soft_wrap=True)
    for problem in error.problems:
        if problem.message not in error.message:
            console.print(Text(printable(f"  {problem.field}: {problem.message}")), soft_wrap=True)
    if error.hint:
        console.print(Text(printable(error.hint), style="dim"), soft_wrap=True)


def print_json(content: object) -> None:
    """Print one JSON document on stdout; pure ASCII, whatever the terminal's encoding is."""
    sys.stdout.write(json.dumps(content, indent=2) + "\n")
    sys.stdout.flush()
