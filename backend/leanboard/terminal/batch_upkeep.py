"""``leanboard batch list | status | watch | pause | ...``: batches that are there."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from rich.text import Text

from leanboard.models.batch_requests import Addition, BatchChanges, ItemChanges
from leanboard.models.batches import BatchDetail, BatchList, BatchStatus
from leanboard.models.requests import EngineChoice
from leanboard.terminal.batch_client import LATEST, SHOWN_ID, BatchClient
from leanboard.terminal.batch_options import Cash, Fee, From, Leave, NoProgress, To
from leanboard.terminal.batch_order import comma_parts, fixed_parameters, in_batch_options
from leanboard.terminal.batch_table import BATCH_COLUMNS, batch_row, outcome_words
from leanboard.terminal.batch_watch import Session, Where, carry_through, show
from leanboard.terminal.client import Client
from leanboard.terminal.columns import print_place, print_table
from leanboard.terminal.execution import answer, connected, execute, output, print_json, reading_settings, validated
from leanboard.terminal.failure import CommandError, ExitCode, wrong_input
from leanboard.terminal.local import Origin
from leanboard.terminal.options import ApiKey, AsJson, Url
from leanboard.terminal.queue import NO_SERVICE
from leanboard.terminal.run_order import commission_field
from leanboard.terminal.text import printable

ENDS_WITHIN = 5.0  # seconds that cancel waits for what runs
BatchArgument = Annotated[
    str,
    typer.Argument(metavar="BATCH", help="Its id, the beginning of that, its name, or: latest.", show_default=False),
]
LatestBatch = Annotated[
    str, typer.Argument(metavar="BATCH", help="Its id, the beginning of that, its name, or: latest.")
]


def register(batch: typer.Typer) -> None:
    """Add the commands to ``leanboard batch``."""
    batch.command("list")(list_batches)
    for command in (status, watch, cancel, pause, resume, rerun, edit, add, change, delete):
        batch.command()(command)


def list_batches(
    *,
    page: Annotated[int, typer.Option(min=1, help="From 1.")] = 1,
    page_size: Annotated[int, typer.Option(min=1, max=200, help="Batches on a page.")] = 20,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """List batches, newest first."""

    async def asked(client: Client) -> BatchList:
        return await BatchClient(client).page(page, page_size)

    answer(asked, show_list, url=url, api_key=api_key, as_json=as_json)


def show_list(found: BatchList) -> None:
    """Print one page as a table."""
    console = output()
    if not found.items:
        console.print("no batches" if not found.total else f"nothing on this page; there are {found.total} batches")
        return
    print_table(console, BATCH_COLUMNS, [batch_row(one) for one in found.items])
    print_place(console, found.page, found.page_size, found.total, "batches")


def status(*, batch: LatestBatch = LATEST, as_json: AsJson = False, url: Url = None, api_key: ApiKey = None) -> None:
    """Show a batch with its items, as it stands now."""
    _once(Where(url, api_key, as_json), batch, BatchClient.get, lambda detail: show(detail, by_number=True))


def cancel(*, batch: BatchArgument, as_json: AsJson = False, url: Url = None, api_key: ApiKey = None) -> None:
    """End a batch: what runs is cancelled, the rest never starts, what is complete stays. Resume takes it up again."""
    _once(Where(url, api_key, as_json), batch, _cancelled, _say_cancelled)


async def _cancelled(batches: BatchClient, which: str) -> BatchDetail:
    """Ask for a batch's end, and wait for it a little: most runs end at once."""
    detail = await batches.act(which, "cancel")
    loop = asyncio.get_running_loop()
    deadline = loop.time() + ENDS_WITHIN
    while not detail.status.is_final and loop.time() < deadline:
        await asyncio.sleep(0.1)
        detail = await batches.get(which)
    return detail


def _say_cancelled(detail: BatchDetail) -> None:
    _say(detail)
    if not detail.status.is_final:
        words = f"cancel is under way: leanboard batch status {detail.id[:SHOWN_ID]} says when the last run has ended"
        output().print(Text(words), soft_wrap=True)


def pause(*, batch: BatchArgument, as_json: AsJson = False, url: Url = None, api_key: ApiKey = None) -> None:
    """Let nothing more of a batch start until it is resumed; what runs goes on."""
    _once(Where(url, api_key, as_json), batch, lambda batches, which: batches.act(which, "pause"), _say)


def change(
    *,
    batch: BatchArgument,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="New name.")] = None,
    workers: Annotated[int | None, typer.Option(metavar="N", help="Runs of it at the same time, from now on.")] = None,
    no_limit: Annotated[bool, typer.Option("--no-limit", help="As many as the queue lets run.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Change name or limit of a batch, also while it runs."""

    async def changed(batches: BatchClient, which: str) -> BatchDetail:
        if no_limit and workers is not None:
            raise wrong_input("--workers and --no-limit exclude each other", field="--workers")
        fields: dict[str, object] = {} if name is None else {"name": name}
        if workers is not None or no_limit:
            fields["max_workers"] = workers
        if not fields:
            raise wrong_input("nothing to change: give --name, --workers or --no-limit")
        return await batches.change(which, validated(BatchChanges, fields))

    _once(Where(url, api_key, as_json), batch, changed, _say)


def delete(*, batch: BatchArgument, as_json: AsJson = False, url: Url = None, api_key: ApiKey = None) -> None:
    """Forget a batch that is over; the results of its runs stay."""

    async def deleted(batches: BatchClient, which: str) -> BatchDetail:
        detail = await batches.get(which)
        await batches.delete(which)
        return detail

    def say(detail: BatchDetail) -> None:
        output().print(Text(printable(f"forgot {detail.name} ({detail.id[:SHOWN_ID]}); its results stay")))

    _once(Where(url, api_key, as_json), batch, deleted, say)


def watch(
    *,
    batch: LatestBatch = LATEST,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Watch a batch to its end, as the command that started it did; without a running service, go on with it."""
    _through(Where(url, api_key, as_json, no_progress), batch, BatchClient.get)


def resume(
    *,
    batch: BatchArgument,
    no_wait: Leave = False,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Go on with a paused or cancelled batch: only what is missing runs."""
    where = Where(url, api_key, as_json, no_progress, no_wait)
    _through(where, batch, lambda batches, which: batches.act(which, "resume"))


def rerun(
    *,
    batch: BatchArgument,
    everything: Annotated[bool, typer.Option("--all", help="Not only what has failed.")] = False,
    no_wait: Leave = False,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Run what has failed again, with the strategies as they are now."""
    where = Where(url, api_key, as_json, no_progress, no_wait)
    _through(where, batch, lambda batches, which: batches.act(which, "rerun", all=str(everything).lower()))


def edit(
    *,
    batch: BatchArgument,
    number: Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Of the item, as status shows it.")],
    param: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", metavar="NAME=VALUE", help="New value; NAME= takes it away; may be repeated."),
    ] = None,
    start: From = None,
    end: To = None,
    cash: Cash = None,
    commission: Fee = None,
    engine: Annotated[EngineChoice | None, typer.Option(help="As of leanboard run.")] = None,
    no_wait: Leave = False,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Give one item other values and run it again; what is not named stays."""

    async def edited(batches: BatchClient, which: str) -> BatchDetail:
        changes: dict[str, object] = {
            "start_date": start,
            "end_date": end,
            "initial_cash": cash,
            "commission": commission_field(commission),
            "engine": engine,
        }
        if param:
            item = next((one for one in (await batches.get(which)).items if one.number == number), None)
            before = {} if item is None else item.parameters
            after = {**before, **fixed_parameters(param)}
            changes["parameters"] = {name: value for name, value in after.items() if value}
        given = {field: value for field, value in changes.items() if value is not None}
        if not given:
            raise wrong_input("nothing to change: give --param, --from, --to, --cash, --commission or --engine")
        return await batches.edit(which, number, validated(ItemChanges, given))

    _through(Where(url, api_key, as_json, no_progress, no_wait), batch, edited)


def add(
    *,
    batch: BatchArgument,
    symbols: Annotated[str | None, typer.Option(metavar="A,B,C", help="New rows.")] = None,
    strategies: Annotated[str | None, typer.Option(metavar="A,B,C", help="New columns.")] = None,
    no_wait: Leave = False,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Add rows (symbols) or columns (strategies) to a matrix or a sweep, and run what is new."""

    async def added(batches: BatchClient, which: str) -> BatchDetail:
        given = {"symbols": symbols, "strategies": strategies}
        fields = {field: comma_parts(text) for field, text in given.items() if text is not None}
        if len(fields) != 1:
            raise wrong_input("give one of --symbols and --strategies", field="--symbols")
        return await batches.add(which, validated(Addition, fields))

    _through(Where(url, api_key, as_json, no_progress, no_wait), batch, added)


def _once(
    where: Where,
    batch: str,
    ask: Callable[[BatchClient, str], Awaitable[BatchDetail]],
    tell: Callable[[BatchDetail], None],
) -> None:
    """Ask a service for something about a batch, and tell the answer."""

    async def work() -> int:
        async with connected(where.url, where.api_key, reading_settings) as (client, endpoint):
            batches = BatchClient(client)
            which = await batches.resolve(batch)
            try:
                detail = await ask(batches, which)
            except CommandError as error:
                raise in_batch_options(error) from error
        if where.as_json:
            print_json(detail.model_dump(mode="json"))
        else:
            tell(detail)
            if endpoint.origin is Origin.OWN and not detail.status.is_final and detail.status is not BatchStatus.PAUSED:
                short = detail.id[:SHOWN_ID]
                output().print(Text(f"{NO_SERVICE}; leanboard batch watch {short} goes on with it"), soft_wrap=True)
        return ExitCode.OK

    execute(work, as_json=where.as_json)


def _through(where: Where, batch: str, ask: Callable[[BatchClient, str], Awaitable[BatchDetail]]) -> None:
    """Ask a service for something that lets a batch run, and watch it to its end."""

    async def begin(here: Session) -> BatchDetail:
        which = await here.batches.resolve(batch)
        try:
            return await ask(here.batches, which)
        except CommandError as error:
            raise in_batch_options(error) from error

    execute(lambda: carry_through(where, begin), as_json=where.as_json)


def _say(detail: BatchDetail) -> None:
    words = f"{detail.name} ({detail.id[:SHOWN_ID]}) {outcome_words(detail)}"
    output().print(Text(printable(words)), soft_wrap=True)
