"""``leanboard results edit|restore|purge|prune|reindex``: finished runs put in order."""

import asyncio
import sys
from typing import Annotated

import typer
from rich.text import Text

from leanboard.models.labels import ResultChanges
from leanboard.models.organising import ReindexReport, ReindexState, RetentionPlan, RetentionRules
from leanboard.models.results import ResultSummary
from leanboard.terminal.client import Client
from leanboard.terminal.columns import Column, print_table
from leanboard.terminal.execution import (
    answer,
    connected,
    execute,
    narration,
    output,
    print_json,
    reading_settings,
    validated,
)
from leanboard.terminal.failure import CommandError, ExitCode
from leanboard.terminal.options import ApiKey, AsJson, Url
from leanboard.terminal.results import TimestampArgument, checked_name, resolve
from leanboard.terminal.text import file_size, printable

POLL_SECONDS = 0.1
_COLUMNS = (Column("result"), Column("ended"), Column("size", right=True), Column("goes by"))


def register(results: typer.Typer) -> None:
    """Add the commands to ``leanboard results``."""
    for command in (edit, restore, purge, prune, reindex):
        results.command()(command)


def edit(
    *,
    timestamp: TimestampArgument,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="New name.")] = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="New note; '' for none.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="Give it this tag; may be repeated. The others stay.")
    ] = None,
    untag: Annotated[list[str] | None, typer.Option(metavar="TEXT", help="Take this tag away.")] = None,
    star: Annotated[bool | None, typer.Option("--star/--unstar", help="Retention never takes a starred run.")] = None,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Change name, note, tags or star of a result; what is not named stays."""

    async def work() -> int:
        changes: dict[str, object] = {"name": name, "note": note, "starred": star}
        async with connected(url, api_key, reading_settings) as (client, _):
            which = await resolve(client, timestamp)
            if tag or untag:
                present = (await client.result(which)).run.tags
                changes["tags"] = [one for one in (*present, *(tag or ())) if one not in (untag or ())]
            named = {field: value for field, value in changes.items() if value is not None}
            changed = await client.label_result(which, validated(ResultChanges, named))
        if as_json:
            print_json(changed.model_dump(mode="json"))
        else:
            run = changed.run
            marks = ("*" if run.starred else "", run.name, " ".join(f"#{one}" for one in run.tags))
            output().print(Text(printable(f"{which}  " + "  ".join(filter(None, marks)))), soft_wrap=True)
        return ExitCode.OK

    execute(work, as_json=as_json)


def restore(
    *, timestamp: Annotated[str, typer.Argument(metavar="TIMESTAMP", help="Name of a deleted result.")],
    as_json: AsJson = False, url: Url = None, api_key: ApiKey = None,
) -> None:  # fmt: skip
    """Take a deleted result back out of the trash; leanboard results list --trashed shows what lies there."""

    async def asked(client: Client) -> ResultSummary:
        return await client.restore_result(checked_name(timestamp))

    def shown(restored: ResultSummary) -> None:
        output().print(f"restored {restored.timestamp}")

    answer(asked, shown, url=url, api_key=api_key, as_json=as_json)


def purge(
    *,
    timestamp: Annotated[
        str | None, typer.Argument(metavar="TIMESTAMP", help="Name of a deleted result; all of the trash if left out.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Remove a deleted result, or all of them, for good. Asks first when somebody sits at the terminal."""

    async def work() -> int:
        if timestamp is not None:
            checked_name(timestamp)
        what = timestamp or "everything in the trash"
        if sys.stdin.isatty() and not (yes or as_json):
            typer.confirm(f"remove {what} for good?", abort=True)
        async with connected(url, api_key, reading_settings) as (client, _):
            await client.purge_result(timestamp)
        if as_json:
            print_json({"purged": timestamp})
        else:
            output().print(f"removed {what}")
        return ExitCode.OK

    execute(work, as_json=as_json)


def prune(
    *,
    keep_days: Annotated[float | None, typer.Option(metavar="DAYS", help="What ended earlier goes.")] = None,
    keep_runs: Annotated[int | None, typer.Option(metavar="N", help="How many are kept; the oldest go.")] = None,
    keep_size: Annotated[int | None, typer.Option(metavar="MB", help="How much is kept; the oldest go.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Move old results to the trash, by the rules given or by those of the settings. Starred ones never go."""

    async def work() -> int:
        given = {"keep_days": keep_days, "keep_runs": keep_runs, "keep_size": keep_size}
        rules = validated(RetentionRules, {name: value for name, value in given.items() if value is not None})
        async with connected(url, api_key, reading_settings) as (client, _):
            plan = await client.retention(rules)
            if not dry_run:
                plan = await client.apply_retention(plan.rules)
        if as_json:
            print_json(plan.model_dump(mode="json"))
        else:
            _show_plan(plan, dry_run=dry_run)
        return ExitCode.OK

    execute(work, as_json=as_json)


def _show_plan(plan: RetentionPlan, *, dry_run: bool) -> None:
    rows = [
        [
            Text(item.timestamp),
            Text(f"{item.finished_at:%Y-%m-%d}"),
            Text("" if item.size is None else file_size(item.size)),
            Text(item.cause.value),
        ]
        for item in plan.items
    ]
    if rows:
        print_table(output(), _COLUMNS, rows)
    verb = "would go" if dry_run else "moved to the trash"
    output().print(f"{plan.total} results {verb}, {file_size(plan.size)}")


def reindex(*, as_json: AsJson = False, url: Url = None, api_key: ApiKey = None) -> None:
    """Make the index say what the run directories say: add, refresh, and remove what is gone."""

    async def work() -> int:
        async with connected(url, api_key, reading_settings) as (client, _):
            report = await wait_for_reindex(client)
        if as_json:
            print_json(report.model_dump(mode="json"))
            return ExitCode.OK
        counts = f"{report.added} added, {report.refreshed} refreshed, {report.removed} removed"
        output().print(f"{report.total} run directories: {counts}, {report.unreadable} unreadable")
        return ExitCode.OK

    execute(work, as_json=as_json)


async def wait_for_reindex(client: Client) -> ReindexReport:
    """Begin a reindex, show how far it is, and return its report.

    Raises:
        CommandError: It failed.
    """
    report = await client.begin_reindex()
    console = narration()
    with console.status("looking at the run directories") as status:
        while report.state is ReindexState.RUNNING:
            await asyncio.sleep(POLL_SECONDS)
            report = await client.reindex_report()
            status.update(f"looking at the run directories: {report.done} of {report.total}")
    if report.state is ReindexState.FAILED:
        raise CommandError(f"the index could not be made anew: {report.message}", code="storage_error")
    return report
