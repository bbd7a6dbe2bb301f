"""``leanboard results compare | export | rerun | verify``: finished runs side by side, as pages, and once more."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from leanboard.models.comparison import MAX_RUNS, CodeDiff, Comparison, StatisticCell, StatisticKind, StatisticRow
from leanboard.models.run import BacktestRunInfo, BacktestStatus
from leanboard.models.verification import Verification, VerificationState
from leanboard.terminal.client import Client
from leanboard.terminal.columns import Column, print_table
from leanboard.terminal.execution import (
    answer,
    connected,
    execute,
    load_settings,
    narration,
    output,
    print_json,
    reading_settings,
)
from leanboard.terminal.failure import CommandError, ExitCode, wrong_input
from leanboard.terminal.options import ApiKey, AsJson, Url
from leanboard.terminal.results import LATEST, TimestampArgument, resolve
from leanboard.terminal.text import printable

_BETTER = {True: "green", False: "red", None: ""}
Timestamps = Annotated[
    list[str],
    typer.Argument(metavar="TIMESTAMP...", help="Names or ids of results; latest is the newest.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the commands to a group."""
    app.command("compare")(compare)
    app.command("export")(export)
    app.command("rerun")(rerun)
    app.command("verify")(verify)


def compare(
    *,
    runs: Timestamps,
    baseline: Annotated[
        str | None,
        typer.Option(metavar="TIMESTAMP", help="What the others are compared with; the first if left out."),
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show how the code differs, line by line.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Show finished runs side by side: what was not the same, then LEAN's statistics and their differences."""

    async def asked(client: Client) -> Comparison:
        names = await _names(client, runs, least=2)
        return await client.compare(names, None if baseline is None else await resolve(client, baseline))

    def shown(found: Comparison) -> None:
        show_comparison(found, diff=diff)

    answer(asked, shown, url=url, api_key=api_key, as_json=as_json)


def export(
    *,
    runs: Timestamps,
    to: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; a name made of the results' if left out."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Write one result, or several side by side, as a page of HTML that needs nothing else to be opened."""

    async def work() -> int:
        async with connected(url, api_key, reading_settings) as (client, _):
            names = await _names(client, runs, least=1)
            target = to or Path(_file_name(names))
            check_target(target, force=force)
            page = await (client.report(names[0]) if len(names) == 1 else client.comparison_report(names))
        write_whole(target, page)
        if as_json:
            print_json({"file": str(target), "bytes": len(page)})
        else:
            output().print(Text(f"wrote {printable(str(target))} ({len(page) / 1000:.0f} kB)"), soft_wrap=True)
        return ExitCode.OK

    execute(work, as_json=as_json)


def rerun(
    *,
    timestamp: TimestampArgument = LATEST,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Run a finished run again, from its own code, parameters and image, and say what came out otherwise."""
    _repeat("rerun", timestamp, url, api_key, as_json=as_json)


def verify(
    *,
    timestamp: TimestampArgument = LATEST,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Run a finished run on the other engine (docker or embedded), and say where the two part."""
    _repeat("verify", timestamp, url, api_key, as_json=as_json)


def _repeat(how: str, timestamp: str, url: str | None, api_key: str | None, *, as_json: bool) -> None:
    async def work() -> int:
        async with connected(url, api_key, load_settings) as (client, _):
            started = await client.repeat(how, await resolve(client, timestamp))
            if not as_json:
                _say_started(started)
            await _until_ended(client, started.id)
            found = await client.verification(started.id)
        if as_json:
            print_json(found.model_dump(mode="json"))
        else:
            show_verification(found)
        return ExitCode.OK if found.state is VerificationState.EQUAL else ExitCode.FAILED

    execute(work, as_json=as_json)


async def _until_ended(client: Client, run_id: str) -> None:
    """Wait for the end of a run; Ctrl-C cancels it."""
    try:
        async for _event in client.monitor(run_id):
            pass
    except asyncio.CancelledError:
        await client.cancel(run_id)
        raise


async def _names(client: Client, given: Sequence[str], *, least: int) -> list[str]:
    """Return the names of results, each once.

    Raises:
        CommandError: Too few or too many.
    """
    names = [await resolve(client, name) for name in given]
    if len(set(names)) != len(names):
        raise wrong_input("a result is named twice", field="TIMESTAMP")
    if not least <= len(names) <= MAX_RUNS:
        raise wrong_input(f"name {least} to {MAX_RUNS} results", field="TIMESTAMP", hint="leanboard results lists them")
    return names


def _file_name(names: Sequence[str]) -> str:
    return f"leanboard-{names[0]}.html" if len(names) == 1 else f"leanboard-{names[0]}-compared.html"


def check_target(target: Path, *, force: bool) -> None:
    """Refuse a file that is there already, and a folder.

    Raises:
        CommandError: Says what is in the way.
    """
    if target.is_dir():
        raise wrong_input(f"{target} is a folder: name a file", field="--output")
    if target.exists() and not force:
        raise wrong_input(f"{target} is there already", field="--output", hint="--force replaces it")


def write_whole(target: Path, page: bytes) -> None:
    """Put a file in place, whole or not at all.

    Raises:
        CommandError: It cannot be written.
    """
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        temporary.write_bytes(page)
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        message = f"{target} cannot be written: {error.strerror}"
        raise CommandError(message, exit_code=ExitCode.USAGE, code="invalid_input") from error


def _say_started(run: BacktestRunInfo) -> None:
    console = narration()
    console.print(Text(f"running {run.timestamp} on engine {run.engine.value}", style="dim"))
    for warning in run.warnings:
        console.print(Text.assemble(("note: ", "yellow"), printable(warning)), soft_wrap=True)


def show_verification(found: Verification) -> None:
    """Print what came of a repetition."""
    console = output()
    compared = found.compared
    if found.state is VerificationState.EQUAL:
        console.print(
            Text.assemble(
                ("equal: ", "green"),
                f"{compared.statistics} statistics, {compared.orders} orders, "
                f"{compared.equity_points} points of the equity curve",
            )
        )
    else:
        console.print(Text("different", style="red"))
    if found.first is not None:
        first = found.first
        what = f"first at {first.time:%Y-%m-%d %H:%M:%S} UTC: {first.what}"
        console.print(Text(printable(f"{what}, {_or_none(first.original)} then, {_or_none(first.repeated)} now")))
    rows = [
        [Text(printable(d.name)), Text(printable(_or_none(d.original))), Text(printable(_or_none(d.repeated)))]
        for d in found.differences
    ]
    if rows:
        columns = (
            Column("", flexible=True),
            Column(found.original.timestamp, right=True),
            Column(found.repeated.timestamp, right=True),
        )
        print_table(console, columns, rows)
    for warning in found.warnings:
        console.print(Text.assemble(("note: ", "yellow"), printable(warning)), soft_wrap=True)
    if found.repeated.status is not BacktestStatus.COMPLETED and found.repeated.message:
        console.print(Text(printable(found.repeated.message)), soft_wrap=True)


def _or_none(text: str | None) -> str:
    return "none" if text is None else text


def show_comparison(found: Comparison, *, diff: bool) -> None:
    """Print a comparison: which runs, what was not the same, statistics, code."""
    console = output()
    letters = {run.timestamp: chr(ord("A") + place) for place, run in enumerate(found.runs)}
    for run in found.runs:
        name = run.run.name if run.run.name == run.run.strategy_name else f"{run.run.strategy_name}: {run.run.name}"
        marks = " (baseline)" if run.timestamp == found.baseline else ""
        console.print(Text(printable(f"{letters[run.timestamp]}  {run.timestamp}  {name}{marks}")), soft_wrap=True)
    for warning in found.warnings:
        console.print(Text.assemble(("not comparable: ", "yellow"), printable(warning.message)), soft_wrap=True)
    console.print()
    _print_rows(found, letters)
    for code in found.code:
        _print_code(code, f"{letters[found.baseline]} to {letters[code.run]}", whole=diff)


def _print_rows(found: Comparison, letters: dict[str, str]) -> None:
    columns = [Column("", flexible=True)]
    for run in found.runs:
        columns.append(Column(letters[run.timestamp], right=True))
        if run.timestamp != found.baseline:
            columns.append(Column("", right=True, rank=1))
    rows = [
        [Text(printable(row.name)), *(Text(printable(value or "")) for value in _spread(row.values, found))]
        for row in (*found.settings, *found.parameters)
        if row.differs
    ]
    rows += [[Text(printable(row.name)), *_cells(row, found)] for row in found.statistics]
    print_table(output(), columns, rows)


def _spread(values: Sequence[str | None], found: Comparison) -> list[str | None]:
    """Leave the columns of differences empty."""
    spread: list[str | None] = []
    for run, value in zip(found.runs, values, strict=True):
        spread += [value] if run.timestamp == found.baseline else [value, None]
    return spread


def _cells(row: StatisticRow, found: Comparison) -> list[Text]:
    cells = []
    for run, cell in zip(found.runs, row.cells, strict=True):
        cells.append(Text(printable(cell.text or ""), style="bold" if run.timestamp in row.best else ""))
        if run.timestamp != found.baseline:
            cells.append(Text(_difference(row.kind, cell), style=_BETTER[cell.is_better]))
    return cells


def _difference(kind: StatisticKind, cell: StatisticCell) -> str:
    if cell.difference is None or not cell.difference:
        return ""
    exact = Decimal(str(cell.difference)) * (100 if kind is StatisticKind.RATE else 1)
    return f"{exact.normalize():+,f}" + ("%" if kind is StatisticKind.RATE else "")


def _print_code(code: CodeDiff, pair: str, *, whole: bool) -> None:
    console = output()
    if code.note:
        console.print(Text(printable(f"code, {pair}: {code.note}")), soft_wrap=True)
    if not code.files:
        return
    names = ", ".join(f"{file.path} {file.change.value}" for file in code.files)
    hint = "" if whole else "  (--diff shows how)"
    console.print(Text(printable(f"code, {pair}: {names}{hint}")), soft_wrap=True)
    for file in code.files if whole else ():
        for line in file.diff.split("\n"):
            style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
            console.print(Text(printable(line), style=style), soft_wrap=True)
        if file.note:
            console.print(Text(printable(f"{file.path}: {file.note}"), style="dim"), soft_wrap=True)
