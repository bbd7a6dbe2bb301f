"""Watching a batch from a command: until it is over, or until Ctrl-C leaves it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from rich.text import Text

from leanboard.models.batches import BatchDetail, BatchStatus
from leanboard.models.run import BacktestStatus
from leanboard.settings import Settings
from leanboard.terminal.batch_client import SHOWN_ID, BatchClient
from leanboard.terminal.batch_narration import BatchNarrator, LiveBatchNarration, PlainBatchNarration
from leanboard.terminal.batch_table import (
    ITEM_COLUMNS,
    best_first,
    failure_lines,
    item_rows,
    outcome_words,
    short_labels,
)
from leanboard.terminal.batch_view import BatchView
from leanboard.terminal.client import Client
from leanboard.terminal.columns import print_table
from leanboard.terminal.execution import connected, load_settings, narration, output, print_json
from leanboard.terminal.failure import ExitCode
from leanboard.terminal.interrupts import Interrupts
from leanboard.terminal.local import Endpoint, Origin
from leanboard.terminal.run import wait_for_others
from leanboard.terminal.text import printable

AT_A_TERMINAL = 40  # items of a table that a terminal shows; a pipe gets all of them


@dataclass(frozen=True, slots=True)
class Where:
    """Where a command's service is, and how it tells.

    Attributes:
        quiet: Nothing while it goes on.
        leave: Do not wait for the end.
    """

    url: str | None
    api_key: str | None
    as_json: bool = False
    quiet: bool = False
    leave: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A service, and what Ctrl-C has asked so far."""

    client: Client
    batches: BatchClient
    endpoint: Endpoint
    interrupts: Interrupts


@asynccontextmanager
async def session(where: Where, settings: Callable[[], Settings] = load_settings) -> AsyncIterator[Session]:
    """Give the service that a command shall use."""
    async with AsyncExitStack() as stack:
        with narration().status("starting", spinner="line"):
            client, endpoint = await stack.enter_async_context(connected(where.url, where.api_key, settings))
        yield Session(client, BatchClient(client), endpoint, stack.enter_context(Interrupts()))


async def carry_through(
    where: Where,
    begin: Callable[[Session], Awaitable[BatchDetail | None]],
    settings: Callable[[], Settings] = load_settings,
) -> int:
    """Begin something with a batch, watch it to its end, report; returns the exit code.

    Args:
        where: Of the service.
        begin: Returns the batch; None when it came to nothing.
        settings: Of this machine.
    """
    async with session(where, settings) as here:
        detail = await begin(here)
        if detail is None:
            return here.interrupts.exit_code if here.interrupts.asked.is_set() else ExitCode.FAILED
        if where.leave and here.endpoint.origin is not Origin.OWN:
            _say_left(detail, here.endpoint, "started")
            if where.as_json:
                print_json(detail.model_dump(mode="json"))
            return ExitCode.OK
        if where.leave:
            words = "no service runs here, so this command is the service and waits (leanboard serve starts one)"
            narration().print(Text(words, style="yellow"), soft_wrap=True)
        return await watch(here, detail, where)


async def watch(here: Session, detail: BatchDetail, where: Where) -> int:
    """Tell a batch's events until its end, or until Ctrl-C; then report. Returns the exit code."""
    view = BatchView.of(detail)
    narrator = _narrator(view, quiet=where.quiet)
    if detail.status is BatchStatus.PAUSED:
        narrator.notice(f"paused: nothing more starts until leanboard batch resume {detail.id[:SHOWN_ID]}")
    try:
        await _follow(here, view, narrator)
    finally:
        narrator.close()
    detail = await here.batches.get(detail.id) if not here.interrupts.insisted.is_set() else detail
    if here.interrupts.asked.is_set() and not detail.status.is_final:
        _say_left(detail, here.endpoint)
        return here.interrupts.exit_code
    if where.as_json:
        print_json(detail.model_dump(mode="json"))
    else:
        show(detail)
    if here.endpoint.origin is Origin.OWN:
        await wait_for_others(here.client, here.interrupts)
    return exit_code(detail)


async def _follow(here: Session, view: BatchView, narrator: BatchNarrator) -> None:
    async def follow() -> None:
        async for event in here.batches.events(view.batch.id):
            narrator.tell(event)

    following = asyncio.create_task(follow())
    leaving = asyncio.create_task(here.interrupts.asked.wait())
    try:
        await asyncio.wait({following, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if following.done():
            following.result()
    finally:
        for task in (following, leaving):
            task.cancel()
        await asyncio.gather(following, leaving, return_exceptions=True)


def _narrator(view: BatchView, *, quiet: bool) -> BatchNarrator:
    console = narration()
    if not quiet and console.is_terminal and not console.is_dumb_terminal:
        return LiveBatchNarration(view, console)
    return PlainBatchNarration(view, sys.stderr, quiet=quiet)


def _say_left(detail: BatchDetail, endpoint: Endpoint, what: str = "left") -> None:
    short = detail.id[:SHOWN_ID]
    if endpoint.origin is Origin.OWN:
        words = f"left: what is complete is kept, and leanboard batch watch {short} goes on with the rest"
    elif detail.status is BatchStatus.PAUSED:
        words = f"batch {short} is paused: nothing more starts until leanboard batch resume {short}"
    else:
        words = (
            f"{what}: batch {short} goes on in the service at {endpoint.url}; leanboard batch watch {short} shows it"
        )
    narration().print(Text(words, style="yellow"), soft_wrap=True)


def show(detail: BatchDetail, *, by_number: bool = False) -> None:
    """Print a batch with its items, the best first, and how it stands."""
    console = output()
    items = list(detail.items) if by_number else best_first(detail.items)
    shown = items[:AT_A_TERMINAL] if console.is_terminal else items
    print_table(console, ITEM_COLUMNS, item_rows(shown, short_labels(items)))
    if len(shown) < len(items):
        console.print(
            Text(f"and {len(items) - len(shown)} more: leanboard batch export {detail.id[:SHOWN_ID]}", style="dim")
        )
    for line in failure_lines(detail.items):
        console.print(Text(line, style="red"), soft_wrap=True)
    style = {BatchStatus.COMPLETED: "green", BatchStatus.FAILED: "red"}.get(detail.status, "yellow")
    standing = outcome_words(detail)
    console.print(Text(standing, style=f"bold {style}"), soft_wrap=True)
    if detail.message:
        console.print(Text(printable(detail.message)), soft_wrap=True)
    console.print(
        Text(
            f"batch {detail.id[:SHOWN_ID]}; leanboard batch compare {detail.id[:SHOWN_ID]} ranks and maps it",
            style="dim",
        )
    )


def exit_code(detail: BatchDetail) -> int:
    """Return what the shell sees: 0 when every item has completed."""
    done = all(item.status is BacktestStatus.COMPLETED for item in detail.items)
    return ExitCode.OK if done else ExitCode.FAILED
