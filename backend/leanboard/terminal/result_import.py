"""``leanboard results import``: backtests that lean-cli has run become results.

There is no endpoint for it: a path on the server that a client may name is a way to read the server's files. Who can
write into the home may import, with this command; the service is only asked to look at its home again.
"""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from leanboard.errors import LeanboardError
from leanboard.services.lean_cli_import import Fate, Imported, LeanCliImport, backtest_folders
from leanboard.storage.layout import HomeLayout
from leanboard.terminal.execution import (
    connected,
    execute,
    load_settings,
    narration,
    output,
    print_json,
    reading_settings,
)
from leanboard.terminal.failure import CommandError, ExitCode, wrong_input
from leanboard.terminal.options import ApiKey, AsJson
from leanboard.terminal.result_upkeep import wait_for_reindex
from leanboard.terminal.text import printable


def register(results: typer.Typer) -> None:
    """Add the command to ``leanboard results``."""
    results.command("import")(import_results)


def import_results(
    *,
    path: Annotated[
        Path,
        typer.Argument(help="A folder of backtests, a project of lean-cli, or a folder of projects.", exists=True),
    ],
    as_json: AsJson = False,
    api_key: ApiKey = None,
) -> None:
    """Take over backtests of lean-cli; those taken before are left alone, those that cannot be read are named."""

    async def work() -> int:
        folders = await asyncio.to_thread(backtest_folders, path.resolve())
        if not folders:
            hint = "expected folders such as <project>/backtests/2026-01-31_12-00-00"
            raise wrong_input(f"there are no backtests of lean-cli at {path}", field="path", hint=hint)
        layout = HomeLayout(load_settings().home)
        async with connected(None, api_key, reading_settings) as (client, _):
            found = await asyncio.to_thread(_take, layout, folders)
            if any(one.fate is Fate.TAKEN for one in found):
                await wait_for_reindex(client)
        _show(found, as_json=as_json)
        return ExitCode.FAILED if all(one.fate is Fate.REFUSED for one in found) else ExitCode.OK

    execute(work, as_json=as_json)


def _take(layout: HomeLayout, folders: tuple[Path, ...]) -> list[Imported]:
    importer = LeanCliImport(layout)
    try:
        return [importer.take(folder) for folder in folders]
    except LeanboardError as error:
        raise CommandError(error.detail, code=error.code) from error


def _show(found: list[Imported], *, as_json: bool) -> None:
    counts = Counter(one.fate for one in found)
    if as_json:
        rows = [
            {"folder": str(one.folder), "fate": one.fate.value, "timestamp": one.timestamp, "reason": one.reason}
            for one in found
        ]
        print_json({**{fate.value: counts[fate] for fate in Fate}, "items": rows})
        return
    for one in found:
        if one.fate is Fate.REFUSED:
            narration().print(Text(printable(f"not taken: {one.folder}: {one.reason}"), style="yellow"), soft_wrap=True)
    output().print(f"{counts[Fate.TAKEN]} taken, {counts[Fate.KNOWN]} here already, {counts[Fate.REFUSED]} not taken")
