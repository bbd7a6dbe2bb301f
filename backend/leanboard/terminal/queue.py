"""``leanboard queue``: who runs, who waits and why; pause, resume, and how many run at a time."""

from typing import Annotated

import typer
from rich.text import Text

from leanboard.models.queue import MAX_RUNNING, QueueChanges, QueuedRun, QueueState
from leanboard.terminal.columns import Column, print_table
from leanboard.terminal.default_group import DefaultGroup
from leanboard.terminal.execution import connected, execute, output, print_json, reading_settings, validated
from leanboard.terminal.failure import CommandError, ExitCode
from leanboard.terminal.local import Origin
from leanboard.terminal.options import ApiKey, AsJson, Url
from leanboard.terminal.text import printable

_COLUMNS = (
    Column("", right=True),
    Column("run", rank=1),
    Column("strategy", flexible=True),
    Column("engine", rank=2),
    Column("batch", rank=1),
    Column("what it does, or waits for"),
)


NO_SERVICE = "no service works in this home"


class _QueueGroup(DefaultGroup):
    default = "show"


app = typer.Typer(cls=_QueueGroup, help="Show, pause and resume the queue of all runs; without a command: show.")


@app.command()
def show(*, as_json: AsJson = False, url: Url = None, api_key: ApiKey = None) -> None:
    """Show who runs and who waits: the next to start first, with what each of them waits for."""
    _execute(None, as_json=as_json, url=url, api_key=api_key)


@app.command()
def pause(*, as_json: AsJson = False, url: Url = None, api_key: ApiKey = None) -> None:
    """Start no more runs until the queue is resumed, also after a restart of the service; what runs goes on."""
    _execute({"paused": True}, as_json=as_json, url=url, api_key=api_key)


@app.command()
def resume(*, as_json: AsJson = False, url: Url = None, api_key: ApiKey = None) -> None:
    """Start runs again."""
    _execute({"paused": False}, as_json=as_json, url=url, api_key=api_key)


@app.command()
def limit(
    *,
    count: Annotated[
        int, typer.Argument(metavar="N", help=f"Runs at the same time, 1 to {MAX_RUNNING}, until the service restarts.")
    ],
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Change how many run at a time; when there are more than that, they go on, and nobody starts meanwhile."""
    _execute({"max_running": count}, as_json=as_json, url=url, api_key=api_key)


def _execute(changes: dict[str, object] | None, *, as_json: bool, url: str | None, api_key: str | None) -> None:
    async def work() -> int:
        wanted = None if changes is None else validated(QueueChanges, changes)
        async with connected(url, api_key, reading_settings) as (client, endpoint):
            alone = endpoint.origin is Origin.OWN
            if alone and wanted is not None and "max_running" in wanted.model_fields_set:
                raise CommandError(NO_SERVICE, code="not_reachable", hint="set LEANBOARD_MAX_RUNNING, then start one")
            state = await (client.queue() if wanted is None else client.change_queue(wanted))
        if as_json:
            print_json(state.model_dump(mode="json"))
        else:
            show_queue(state, alone=alone)
        return ExitCode.OK

    execute(work, as_json=as_json)


def show_queue(state: QueueState, *, alone: bool) -> None:
    """Print the queue: a table of its runs, then a line about all.

    Args:
        state: As it is now.
        alone: Whether no service works in this home, so that nothing can start.
    """
    console = output()
    rows = [_row(run) for run in (*state.running, *state.waiting)]
    if rows:
        print_table(console, _COLUMNS, rows)
    hidden = state.waiting_total - len(state.waiting)
    if hidden:
        console.print(Text(f"and {hidden} more that wait", style="dim"))
    style = "bold yellow" if state.reason and not alone else "bold"
    console.print(Text(printable(summary(state, alone=alone)), style=style), soft_wrap=True)


def summary(state: QueueState, *, alone: bool) -> str:
    """Return the line about all."""
    if alone:
        pause = ", in which nothing will start: the queue is paused" if state.paused else ""
        return f"{NO_SERVICE}; {state.waiting_total} wait for one{pause}"
    running = sum(not run.settling for run in state.running)
    text = f"{running} of {state.max_running} run, {state.waiting_total} wait"
    if state.max_running != state.max_running_at_start:
        text += f"; after a restart of the service: {state.max_running_at_start}"
    if state.paused:
        return f"{text}; paused, go on with: leanboard queue resume"
    return f"{text}; nobody starts: {state.reason}" if state.reason else text


def _row(run: QueuedRun) -> tuple[Text, ...]:
    runs = "its result is being kept" if run.settling else "runs"
    cells = (
        str(run.queue.position) if run.queue is not None else "",
        run.run_id[:8],
        run.strategy_name,
        run.engine.value,
        f"{run.batch.id[:8]} #{run.batch.item}" if run.batch is not None else "",
        run.queue.reason if run.queue is not None else runs,
    )
    return tuple(Text(printable(cell)) for cell in cells)
