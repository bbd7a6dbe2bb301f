"""``leanboard results``: what was run, found by conditions and words; one result; deleting."""

import re
import sys
from typing import Annotated

import typer
from rich.text import Text

from leanboard.models.results import BacktestListResponse, BacktestResult, ResultSummary
from leanboard.models.run import ID_PATTERN, TIMESTAMP_PATTERN, BacktestStatus
from leanboard.storage.result_query import ResultSort
from leanboard.terminal.batch_client import BatchClient
from leanboard.terminal.client import Client
from leanboard.terminal.columns import Column, print_place, print_table
from leanboard.terminal.default_group import DefaultGroup
from leanboard.terminal.execution import connected, execute, output, print_json, reading_settings
from leanboard.terminal.failure import ExitCode, wrong_input
from leanboard.terminal.findings import verdict_of
from leanboard.terminal.options import ApiKey, AsJson, Url
from leanboard.terminal.report import STATUS_STYLES
from leanboard.terminal.run import show_result
from leanboard.terminal.text import printable, short_duration

LATEST = "latest"
_FIGURES = ("Net Profit", "Sharpe Ratio", "Drawdown", "Total Orders")  # shown as LEAN wrote them
_COLUMNS = (
    Column("result"),
    Column("strategy", flexible=True),
    Column("status"),
    Column("took", right=True, rank=2),
    Column("net profit", right=True, rank=1),
    Column("sharpe", right=True, rank=2),
    Column("drawdown", right=True, rank=3),
    Column("orders", right=True, rank=4),
    Column("data", rank=1),
)

app = typer.Typer(cls=DefaultGroup, help="List, show and delete results; without a command: list.")
TimestampArgument = Annotated[
    str,
    typer.Argument(metavar="TIMESTAMP", help="Name of the result, such as 2026-01-31_12-00-00, its id, or: latest."),
]


@app.command("list")
def list_results(
    *,
    strategy: Annotated[str | None, typer.Option(metavar="NAME", help="Only runs of this strategy.")] = None,
    status: Annotated[
        list[BacktestStatus] | None,
        typer.Option(help="Only runs that ended so; may be repeated."),
    ] = None,
    tag: Annotated[str | None, typer.Option(metavar="TEXT", help="Only runs with this tag.")] = None,
    batch: Annotated[
        str | None,
        typer.Option(
            metavar="BATCH", help="Only runs of this batch: its id, the beginning of that, its name, or: latest."
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(metavar="WORDS", help="Only runs with all these words in name, note, tags, strategy or message."),
    ] = None,
    starred: Annotated[bool | None, typer.Option("--starred/--unstarred", help="Only runs with a star.")] = None,
    trashed: Annotated[bool, typer.Option("--trashed", help="What lies in the trash.")] = False,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Any other condition of the interface, such as sharpe_ratio_min=1 or "
            "created_after=2026-01-31T00:00:00Z; may be repeated.",
        ),
    ] = None,
    sort: Annotated[ResultSort, typer.Option(help="What to sort by, highest first.")] = ResultSort.CREATED_AT,
    ascending: Annotated[bool, typer.Option("--ascending", help="Lowest first.")] = False,
    page: Annotated[int, typer.Option(min=1, help="From 1.")] = 1,
    page_size: Annotated[int, typer.Option(min=1, max=200, help="Results on a page.")] = 20,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """List results, newest first."""
    texts = (("strategy", strategy), ("tag", tag), ("text", text))
    query: list[tuple[str, str | int]] = [
        ("page", page),
        ("page_size", page_size),
        ("sort", sort.value),
        ("order", "asc" if ascending else "desc"),
        *(("status", s.value) for s in status or ()),
        *((name, value) for name, value in texts if value is not None),
        *([("starred", str(starred).lower())] if starred is not None else ()),
        *([("trashed", "true")] if trashed else ()),
    ]

    async def work() -> int:
        conditions: list[tuple[str, str | int]] = [*query, *(_condition(one) for one in where or ())]
        async with connected(url, api_key, reading_settings) as (client, _):
            if batch is not None:
                conditions.append(("batch", await BatchClient(client).resolve(batch)))
            found = await client.results(conditions)
        if as_json:
            print_json(found.model_dump(mode="json"))
        else:
            show_list(found)
        return ExitCode.OK

    execute(work, as_json=as_json)


def _condition(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise wrong_input(f"{text!r} is no condition such as drawdown_max=0.2", field="where")
    return name.strip(), value.strip()


@app.command("show")
def show(
    *,
    timestamp: TimestampArgument = LATEST,
    log: Annotated[bool, typer.Option("--log", help="The end of LEAN's log, too.")] = False,
    notes: Annotated[bool, typer.Option("--notes", help="Every finding, what is only good to know too.")] = False,
    trace: Annotated[bool, typer.Option("--trace", help="The frames of a failure, too.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Show one result: equity curve, LEAN's statistics, what took effect, why it is as it is, where it lies."""

    async def work() -> int:
        async with connected(url, api_key, reading_settings) as (client, endpoint):
            result = await client.result(await resolve(client, timestamp))
            verdict = await verdict_of(client, result.timestamp)
        if as_json:
            why = None if verdict is None else verdict.model_dump(mode="json")
            print_json({**result.model_dump(mode="json"), "verdict": why})
            return ExitCode.OK
        if log:
            show_log(result)
        if trace:
            output().print(Text(printable(result.trace)), soft_wrap=True)
        show_result(result, endpoint, verdict, notes=notes)
        return ExitCode.OK

    execute(work, as_json=as_json)


@app.command("delete")
def delete(
    *,
    timestamp: TimestampArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Move one result to the trash: leanboard results restore takes it back. Asks first at a terminal."""

    async def work() -> int:
        async with connected(url, api_key, reading_settings) as (client, _):
            name = await resolve(client, timestamp)
            if sys.stdin.isatty() and not (yes or as_json):
                result = await client.result(name)
                typer.confirm(f"delete {name} ({result.run.name}, {result.run.status.value})?", abort=True)
            await client.delete_result(name)
        if as_json:
            print_json({"deleted": name})
        else:
            output().print(f"deleted {name}; leanboard results list --trashed shows what can be restored")
        return ExitCode.OK

    execute(work, as_json=as_json)


def checked_name(timestamp: str) -> str:
    """Return what may be the name of a result. Anything else could be another path of the interface, as `.` is.

    Raises:
        CommandError: It cannot be one.
    """
    if not re.fullmatch(TIMESTAMP_PATTERN, timestamp):
        message = f"{timestamp!r} is not the name of a result, such as 2026-01-31_12-00-00"
        raise wrong_input(message, field="TIMESTAMP", hint="leanboard results lists them")
    return timestamp


async def resolve(client: Client, timestamp: str) -> str:
    """Return the name of a result that is given as its name, as the id of its run, or as ``latest``, the newest.

    Raises:
        CommandError: There is no result yet, no such run, or it is none of the three.
    """
    if re.fullmatch(ID_PATTERN, timestamp):
        return (await client.status(timestamp)).timestamp
    if timestamp != LATEST:
        return checked_name(timestamp)
    newest = await client.results([("page_size", 1)])
    if not newest.items:
        raise wrong_input("there are no results yet", hint="leanboard run makes one", code="not_found")
    return newest.items[0].timestamp


def show_list(found: BacktestListResponse) -> None:
    """Print one page as a table."""
    console = output()
    if not found.items:
        console.print("no results" if not found.total else f"nothing on this page; there are {found.total} results")
        return
    print_table(console, _COLUMNS, [_row(item) for item in found.items])
    print_place(console, found.page, found.page_size, found.total, "results")


def _row(item: ResultSummary) -> list[Text]:
    run = item.run
    name = run.strategy_name if run.name == run.strategy_name else f"{run.strategy_name}: {run.name}"
    name = f"* {name}" if run.starred else name
    duration = run.duration
    took = short_duration(duration.total_seconds()) if duration is not None else ""
    ended = run.status.value + (f" ({run.reason.value})" if run.status is BacktestStatus.FAILED and run.reason else "")
    figures = [item.statistics.lean.get(key, "") for key in _FIGURES]
    kind = item.data.kind if item.data.kind in {"simulated", "mixed"} else ""
    return [
        Text(item.timestamp),
        Text(printable(name)),
        Text(ended, style=STATUS_STYLES[run.status]),
        Text(took),
        *(Text(printable(figure)) for figure in figures),
        Text(kind, style="yellow"),
    ]


def show_log(result: BacktestResult) -> None:
    """Print the end of LEAN's log."""
    console = output()
    for line in result.log_tail:
        console.print(Text(printable(line)), soft_wrap=True)
    console.print()
