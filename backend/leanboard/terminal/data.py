"""``leanboard data``: which market data is there, demonstration data, and whether LEAN can work with it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from leanboard.market_data.catalogue import Catalogue, CatalogueEntry
from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.folder import DEMO_FOLDER, DataFolder, FolderOrigin, prepare_data_folder
from leanboard.market_data.readiness import Finding, check_data_folder
from leanboard.models.requests import Resolution
from leanboard.models.severity import Severity
from leanboard.terminal.columns import Column, print_table
from leanboard.terminal.data_import import import_image
from leanboard.terminal.default_group import DefaultGroup
from leanboard.terminal.execution import execute, load_settings, output, print_json
from leanboard.terminal.failure import CommandError, ExitCode
from leanboard.terminal.findings import SEVERITY_STYLES
from leanboard.terminal.local import data_folder
from leanboard.terminal.options import AsJson
from leanboard.terminal.text import file_size, printable

_COLUMNS = (
    Column("ticker"),
    Column("kind", rank=3),
    Column("market", rank=3),
    Column("bars"),
    Column("first day"),
    Column("last day"),
    Column("days", right=True, rank=1),
    Column("missing", right=True, rank=2),
    Column("size", right=True, rank=4),
    Column("", flexible=True),
)

app = typer.Typer(cls=DefaultGroup, help="The market data that runs read; without a command: list.")
Folder = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="Another LEAN data folder than the one that runs read."),
]


@app.command("list")
def list_data(
    *,
    symbol: Annotated[str | None, typer.Option(metavar="TICKER", help="Only this ticker.")] = None,
    resolution: Annotated[Resolution | None, typer.Option(help="Only bars of this length.")] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """List what the data folder holds: ticker, bars, first and last day, gaps, and whether it is simulated."""

    async def work() -> int:
        used = _prepared(folder)
        try:
            entries = Catalogue(used.path).entries()
        except MarketDataError as error:
            raise CommandError(str(error), code="bad_data_folder", hint="leanboard data check") from error
        wanted = [
            entry
            for entry in entries
            if (symbol is None or entry.series.ticker == symbol.lower())
            and (resolution is None or entry.series.resolution is resolution)
        ]
        if as_json:
            print_json({"folder": str(used.path), "items": [_entry_json(entry) for entry in wanted]})
        else:
            _print_entries(used, wanted)
        return ExitCode.OK

    execute(work, as_json=as_json)


@app.command("demo")
def demo(*, as_json: AsJson = False) -> None:
    """Make the demonstration data: five real daily stocks, simulated SPY. Runs make it themselves when they need it."""

    async def work() -> int:
        settings = load_settings()
        target = DataFolder(settings.home / DEMO_FOLDER, FolderOrigin.DEMONSTRATION, "asked for")
        made = _prepare(target)
        used = data_folder(settings)
        if as_json:
            print_json({"folder": str(target.path), "made": made, "used": used.path == target.path})
            return ExitCode.OK
        output().print(Text(f"{target.path}: {'made' if made else 'is there and current'}"), soft_wrap=True)
        if used.path != target.path:
            output().print(Text(f"runs read {used.path}: {used.reason}", style="yellow"), soft_wrap=True)
            output().print(Text(f"to use it: LEANBOARD_DATA={target.path}", style="dim"), soft_wrap=True)
        return ExitCode.OK

    execute(work, as_json=as_json)


@app.command("check")
def check(*, folder: Folder = None, as_json: AsJson = False) -> None:
    """Look at the data folder as LEAN will, and say what is missing. Exit code 1 if LEAN cannot work with it."""

    async def work() -> int:
        used = _prepared(folder)
        findings = check_data_folder(used.path)
        if as_json:
            print_json({"folder": str(used.path), "findings": [finding_json(finding) for finding in findings]})
        else:
            _print_folder(used)
            for finding in findings:
                _print_finding(finding)
            if not findings:
                output().print("nothing is missing")
        bad = any(finding.severity is Severity.ERROR for finding in findings)
        return ExitCode.FAILED if bad else ExitCode.OK

    execute(work, as_json=as_json)


app.command("import-image")(import_image)


def _prepared(folder: Path | None) -> DataFolder:
    if folder is not None:
        used = DataFolder(folder.expanduser().absolute(), FolderOrigin.CONFIGURED, "--folder names it")
    else:
        used = data_folder(load_settings())
    _prepare(used)
    return used


def _prepare(folder: DataFolder) -> bool:
    try:
        return prepare_data_folder(folder, lambda: datetime.now(UTC))
    except (MarketDataError, OSError) as error:
        raise CommandError(str(error), code="bad_data_folder") from error


def _entry_json(entry: CatalogueEntry) -> dict[str, object]:
    series = entry.series
    return {
        "ticker": series.ticker.upper(),
        "security_type": series.security_type.value,
        "market": series.market,
        "resolution": series.resolution.value,
        "bars": [tick_type.value for tick_type in entry.tick_types],
        "first_date": entry.first_date.isoformat() if entry.first_date else None,
        "last_date": entry.last_date.isoformat() if entry.last_date else None,
        "days": entry.days,
        "missing_days": entry.missing_days,
        "size": entry.size,
        "simulated": entry.simulated,
        "source": entry.source.description if entry.source else None,
        "problem": entry.problem,
    }


def finding_json(finding: Finding) -> dict[str, str]:
    """Return a finding for programs."""
    return {"severity": finding.severity.value, "what": finding.what, "advice": finding.advice}


def _print_folder(folder: DataFolder) -> None:
    output().print(Text.assemble((str(folder.path), "bold"), (f"  {folder.reason}", "dim")), soft_wrap=True)


def _print_finding(finding: Finding) -> None:
    severity = (finding.severity.value, SEVERITY_STYLES[finding.severity])
    output().print(Text.assemble(severity, f"  {printable(finding.what)}"), soft_wrap=True)
    output().print(Text(f"  {printable(finding.advice)}", style="dim"), soft_wrap=True)


def _print_entries(folder: DataFolder, entries: Sequence[CatalogueEntry]) -> None:
    _print_folder(folder)
    if not entries:
        output().print("no bars found")
        return
    ordered = sorted(entries, key=lambda e: (e.series.security_type.value, e.series.ticker, e.series.resolution))
    print_table(output(), _COLUMNS, [_cells(entry) for entry in ordered])


def _cells(entry: CatalogueEntry) -> list[Text]:
    series = entry.series
    bars = f"{series.resolution.value} {'+'.join(tick_type.value for tick_type in entry.tick_types)}"
    remark = Text("SIMULATED", style="yellow") if entry.simulated else Text("")
    if entry.problem is not None:
        remark = Text(printable(entry.problem), style="red")
    return [
        Text(series.ticker.upper()),
        Text(series.security_type.value),
        Text(series.market),
        Text(bars),
        Text(entry.first_date.isoformat() if entry.first_date else ""),
        Text(entry.last_date.isoformat() if entry.last_date else ""),
        Text(str(entry.days)),
        Text("" if entry.missing_days is None else str(entry.missing_days)),
        Text(file_size(entry.size)),
        remark,
    ]
