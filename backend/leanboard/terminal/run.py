"""``leanboard run``: submit, watch, report."""

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from leanboard.models.requests import BacktestRequest, EngineChoice, Resolution
from leanboard.models.results import BacktestResult
from leanboard.models.run import BacktestRunInfo, BacktestStatus
from leanboard.models.verdict import Verdict
from leanboard.terminal.client import Client
from leanboard.terminal.execution import connected, execute, load_settings, narration, output, print_json, terminal_name
from leanboard.terminal.failure import CommandError, ExitCode, wrong_input
from leanboard.terminal.findings import verdict_of
from leanboard.terminal.interrupts import Interrupts
from leanboard.terminal.live_narration import LiveNarration
from leanboard.terminal.local import Endpoint, Origin
from leanboard.terminal.narration import Narrator, PlainNarration, Silence
from leanboard.terminal.options import ApiKey, AsJson, Url
from leanboard.terminal.report import Report, read_source_line
from leanboard.terminal.run_order import (
    StrategyChoice,
    commission_field,
    in_options,
    make_request,
    unknown_strategy,
)
from leanboard.terminal.run_view import RunView

_WHAT = "What to run with"


@dataclass(frozen=True, slots=True)
class RunOrder:
    """What the command line asked for.

    Attributes:
        quiet: Nothing but the result.
    """

    strategy: StrategyChoice
    request: BacktestRequest
    url: str | None
    api_key: str | None
    as_json: bool
    quiet: bool


def run(
    *,
    strategy: Annotated[
        str,
        typer.Argument(help="Name from `leanboard strategies`, or a path: ./mine.py, or a lean-cli project folder."),
    ] = "main",
    start: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="First simulated day.", rich_help_panel=_WHAT),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="Last simulated day.", rich_help_panel=_WHAT),
    ] = None,
    cash: Annotated[
        str | None,
        typer.Option(metavar="AMOUNT", help="Money at the start, in the account's currency.", rich_help_panel=_WHAT),
    ] = None,
    commission: Annotated[
        str | None,
        typer.Option(
            metavar="AMOUNT|SHARE%",
            help="What every order pays, in place of the strategy's fees: 1, or 0.1% of its value.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            "-p",
            metavar="NAME=VALUE",
            help="What the strategy reads with get_parameter; may be repeated.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    symbols: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,C", help="Tickers, for strategies that read the parameter symbols.", rich_help_panel=_WHAT
        ),
    ] = None,
    resolution: Annotated[
        Resolution | None,
        typer.Option(help="Bar length, for strategies that read the parameter resolution.", rich_help_panel=_WHAT),
    ] = None,
    engine: Annotated[
        EngineChoice,
        typer.Option(
            help="docker: the unmodified LEAN image. embedded: minilean, without Docker. "
            "auto: docker where it is there, else embedded.",
            rich_help_panel=_WHAT,
        ),
    ] = EngineChoice.AUTO,
    image: Annotated[
        str | None,
        typer.Option(
            metavar="REFERENCE", help="LEAN image, one that the service allows; docker engine.", rich_help_panel=_WHAT
        ),
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option(metavar="MB", help="End the run when it needs more memory.", rich_help_panel=_WHAT),
    ] = None,
    cpus: Annotated[
        float | None,
        typer.Option(metavar="CORES", help="Cores that it may use at a time; docker engine.", rich_help_panel=_WHAT),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="End the run after this wall-clock time and keep what it has.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What the run is called in lists.", rich_help_panel=_WHAT),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TEXT", help="A word to find it by; may be repeated.", rich_help_panel=_WHAT),
    ] = None,
    as_json: AsJson = False,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="Only the result, nothing while it runs.")] = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Run a backtest and watch it: the log, the equity curve, LEAN's statistics at the end.

    Dates, cash and parameters take effect in strategies that set their own,
    too; the end says what took effect. Results go to stdout, everything that
    happens meanwhile to stderr.

    The first Ctrl-C cancels the run, waits for its end and keeps the partial
    result; the second leaves at once. Exit codes: 0 completed, 1 failed,
    2 wrong input, 130 after Ctrl-C.

    Examples:
    leanboard run main --start 2013-10-08 --cash 50000

    leanboard run moving_average_cross -p fast=20 -p slow=60 --json > result.json

    leanboard run ./my_idea.py --engine embedded --timeout 600 --commission 0.1%
    """

    async def work() -> int:
        choice = StrategyChoice.parse(strategy)
        given = {
            "strategy_name": choice.name,
            "start_date": start,
            "end_date": end,
            "initial_cash": cash,
            "commission": commission_field(commission),
            "resolution": resolution,
            "engine": engine,
            "image": image,
            "memory": memory,
            "cpus": cpus,
            "timeout": timeout,
            "name": name,
            "tags": tuple(tag or ()),
        }
        request = make_request(given, param or (), symbols)
        return await run_and_report(RunOrder(choice, request, url, api_key, as_json, no_progress))

    execute(work, as_json=as_json)


async def run_and_report(order: RunOrder) -> int:
    """Run a backtest from submission to report; returns the exit code."""
    if order.url and order.strategy.folder is not None:
        message = "a path cannot be run by a service at --url: it runs strategies from its own folders"
        raise wrong_input(message, field="STRATEGY")
    async with AsyncExitStack() as stack:
        with narration().status("starting", spinner="line"):
            client, endpoint = await stack.enter_async_context(
                connected(order.url, order.api_key, lambda: order.strategy.settings(load_settings())),
            )
        interrupts = stack.enter_context(Interrupts())
        accepted = await submit(client, order.request)
        view = RunView(accepted)
        narrator = choose_narrator(view, quiet=order.quiet)
        try:
            await watch(client, view, narrator, interrupts, endpoint)
        finally:
            narrator.close()
        if interrupts.insisted.is_set():
            return interrupts.exit_code
        await report(client, endpoint, view.run, as_json=order.as_json)
        if endpoint.origin is Origin.OWN:
            await wait_for_others(client, interrupts)
        return exit_code(view.run, interrupts)


async def submit(client: Client, request: BacktestRequest) -> BacktestRunInfo:
    """Submit a request; an unknown strategy is answered with the names of near ones.

    Raises:
        CommandError: The service refused; fields are named as options.
    """
    try:
        return await client.submit(request)
    except CommandError as error:
        known = (
            [s.name for s in await client.strategies()]
            if error.exit_code is ExitCode.USAGE
            else [request.strategy_name]
        )
        if request.strategy_name not in known:
            raise unknown_strategy(request.strategy_name, known) from error
        raise in_options(error) from error


def choose_narrator(view: RunView, *, quiet: bool) -> Narrator:
    """Tell live where somebody looks on, in lines where a file or a pipe takes it."""
    console = narration()
    if quiet:
        return Silence(view, sys.stderr)
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveNarration(view, console, terminal_name())
    return PlainNarration(view, sys.stderr)


async def watch(client: Client, view: RunView, narrator: Narrator, interrupts: Interrupts, endpoint: Endpoint) -> None:
    """Tell the run's events until its end, or until the second Ctrl-C."""

    async def follow() -> None:
        async for event in client.monitor(view.run.id):
            narrator.tell(event)

    async def cancel_when_asked() -> None:
        await interrupts.asked.wait()
        narrator.notice("cancelling; Ctrl-C again leaves at once")
        await client.cancel(view.run.id)

    following = asyncio.create_task(follow())
    cancelling = asyncio.create_task(cancel_when_asked())
    leaving = asyncio.create_task(interrupts.insisted.wait())
    try:
        await asyncio.wait({following, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if leaving.done():
            narrator.notice(f"left; {view.run.timestamp} is being cancelled" + _whereabouts(endpoint))
        else:
            following.result()
    finally:
        for task in (following, cancelling, leaving):
            task.cancel()
        await asyncio.gather(following, cancelling, leaving, return_exceptions=True)


def _whereabouts(endpoint: Endpoint) -> str:
    return "" if endpoint.origin is Origin.OWN else f" by the service at {endpoint.url}"


async def report(client: Client, endpoint: Endpoint, run: BacktestRunInfo, *, as_json: bool) -> None:
    """Print the result."""
    try:
        result = await client.result(run.timestamp)
    except CommandError as error:
        if error.code != "not_found":
            raise
        message = f"{run.status.value}: {run.message or 'nothing was kept of this run'}"
        raise CommandError(message, code=run.reason.value if run.reason else "no_result") from error
    if as_json:
        print_json(result.model_dump(mode="json"))
        return
    show_result(result, endpoint, await verdict_of(client, run.timestamp))


def show_result(result: BacktestResult, endpoint: Endpoint, verdict: Verdict | None, *, notes: bool = False) -> None:
    """Print a result for people."""
    directory = Path(result.directory)
    source = read_source_line(directory, result.run.location) if endpoint.is_here else None
    place = place_of(result, endpoint)
    Report(output(), terminal_name()).show(result, source=source, place=place, verdict=verdict, notes=notes)


def place_of(result: BacktestResult, endpoint: Endpoint) -> str:
    """Return where the result lies: a path on this machine, as short as it gets, or an address."""
    if not endpoint.is_here or not result.directory:
        return f"{endpoint.url}/api/v2/backtest/results/{result.timestamp}"
    shown = os.path.relpath(result.directory)
    return result.directory if shown.startswith("..") else shown


async def wait_for_others(client: Client, interrupts: Interrupts) -> None:
    """Stay while other commands' runs go through this command's service; Ctrl-C leaves them to the next service."""
    told = False
    while not interrupts.asked.is_set():
        health = await client.health()
        others = health.running + health.queued
        if not others:
            return
        if not told:
            narration().print(f"waiting for {others} other run(s) that use this service; Ctrl-C leaves")
            told = True
        await asyncio.sleep(0.25)


def exit_code(run: BacktestRunInfo, interrupts: Interrupts) -> int:
    """Return what the shell sees: a cancelled run is 130 for the one who cancelled it."""
    if run.status is BacktestStatus.COMPLETED:
        return ExitCode.OK
    if run.status is BacktestStatus.CANCELLED and interrupts.asked.is_set():
        return interrupts.exit_code
    return ExitCode.FAILED
