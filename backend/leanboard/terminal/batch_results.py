"""``leanboard batch compare | export``: what came of a batch."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from leanboard.models.batch_outcome import BatchComparison, HeatMap, Metric, MetricValue, RankedItem
from leanboard.services.batches.outcome.wording import number
from leanboard.terminal.batch_client import LATEST, BatchClient
from leanboard.terminal.batch_table import ITEM_COLUMNS, item_row, outcome_words, short_labels
from leanboard.terminal.batch_upkeep import LatestBatch
from leanboard.terminal.batch_watch import AT_A_TERMINAL
from leanboard.terminal.client import Client
from leanboard.terminal.columns import Column, filled, print_table
from leanboard.terminal.comparison import check_target, write_whole
from leanboard.terminal.execution import answer, connected, execute, output, reading_settings
from leanboard.terminal.failure import ExitCode
from leanboard.terminal.options import ApiKey, AsJson, Url
from leanboard.terminal.text import printable

_SAME = {
    Metric.NET_PROFIT: "net profit",
    Metric.SHARPE_RATIO: "sharpe",
    Metric.DRAWDOWN: "drawdown",
    Metric.TOTAL_ORDERS: "orders",
}
T = TypeVar("T")


def register(batch: typer.Typer) -> None:
    """Add the commands to ``leanboard batch``."""
    batch.command("compare")(compare)
    batch.command("export")(export)


def compare(
    *,
    batch: LatestBatch = LATEST,
    metric: Annotated[Metric, typer.Option(help="By which the items are ranked.")] = Metric.SHARPE_RATIO,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Rank a batch's items, show the heat map of two axes, and what to know before one believes it."""

    async def asked(client: Client) -> BatchComparison:
        batches = BatchClient(client)
        return await batches.comparison(await batches.resolve(batch), metric.value)

    answer(asked, show_comparison, url=url, api_key=api_key, as_json=as_json)


def export(
    *,
    batch: LatestBatch = LATEST,
    to: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="The file; standard output if left out.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Write a batch's items as CSV: a line each, with parameters, metrics and reasons."""

    async def work() -> int:
        if to is not None:
            check_target(to, force=force)
        async with connected(url, api_key, reading_settings) as (client, _):
            batches = BatchClient(client)
            table = await batches.table(await batches.resolve(batch))
        if to is None:
            sys.stdout.buffer.write(table)
            sys.stdout.flush()
        else:
            write_whole(to, table)
            output().print(Text(printable(f"wrote {to} ({len(table) / 1000:.1f} kB)")), soft_wrap=True)
        return ExitCode.OK

    execute(work)


def show_comparison(found: BatchComparison) -> None:
    """Print a comparison: ranking, heat map, walk-forward, warnings, the whole in a line."""
    console = output()
    labels = short_labels(one.item for one in found.ranking)
    shown = found.ranking[:AT_A_TERMINAL] if console.is_terminal else found.ranking
    print_table(console, _ranking_columns(found.metric), [_ranked(one, labels, found.metric) for one in shown])
    if len(shown) < len(found.ranking):
        console.print(Text(f"and {len(found.ranking) - len(shown)} more", style="dim"))
    if found.heat_map is not None:
        _show_heat_map(console, found.heat_map, found.metric)
    if found.walk_forward:
        _show_walk_forward(console, found)
    for warning in found.warnings:
        console.print(Text.assemble(("note: ", "yellow"), printable(warning.message)), soft_wrap=True)
    batch = found.batch
    console.print(Text(f"{outcome_words(batch)}; {batch.state}", style="bold"), soft_wrap=True)


def _ranking_columns(metric: Metric) -> Sequence[Column]:
    return (Column("rank", right=True), Column(_words(metric), right=True), *_of_others(metric, ITEM_COLUMNS))


def _of_others(metric: Metric, cells: Sequence[T]) -> list[T]:
    """Leave out the cell that would say the metric a second time."""
    return [cell for column, cell in zip(ITEM_COLUMNS, cells, strict=True) if column.title != _SAME.get(metric)]


def _ranked(one: RankedItem, labels: Mapping[int, str], metric: Metric) -> list[Text]:
    rank = "" if one.rank is None else str(one.rank)
    return [
        Text(rank),
        Text(_value(one.value, metric)),
        *_of_others(metric, item_row(one.item, labels[one.item.number])),
    ]


def _show_heat_map(console: Console, heat: HeatMap, metric: Metric) -> None:
    further = f"; {heat.others.value} over {', '.join(heat.further)}" if heat.further else ""
    held = f"; {', '.join(f'{name}={value}' for name, value in heat.held.items())}" if heat.held else ""
    title = f"{_words(metric)} by {heat.y.name} (down) and {heat.x.name} (across){further}{held}"
    console.print()
    console.print(Text(printable(title), style="bold"), soft_wrap=True)
    cells = {(cell.x, cell.y): _value(cell.value, metric) for cell in heat.cells}
    columns = [Column(printable(heat.y.name)), *(Column(printable(x), right=True, rank=1) for x in heat.x.values)]
    rows = [
        [Text(printable(name)), *(Text(cells.get((x, y), "")) for x in range(len(heat.x.values)))]
        for y, name in enumerate(heat.y.values)
    ]
    print_table(console, columns, rows)


def _show_walk_forward(console: Console, found: BatchComparison) -> None:
    columns = (
        Column("window"),
        Column("strategy", flexible=True),
        Column("symbol", rank=2),
        Column("chosen in sample", rank=1),
        Column("in sample", right=True),
        Column("out of sample", right=True),
        Column("efficiency", right=True, rank=3),
    )
    rows = [
        [
            Text(str(pair.number)),
            Text(printable(pair.strategy_name)),
            Text(printable(pair.symbol or "")),
            Text(printable(", ".join(f"{name}={value}" for name, value in pair.parameters.items()))),
            Text(_value(pair.train_value, found.metric)),
            Text(_value(pair.test_value, found.metric)),
            Text("" if pair.efficiency is None else f"{pair.efficiency:.0%}"),
        ]
        for pair in found.walk_forward
    ]
    console.print()
    console.print(Text("walk-forward: the best in sample, and the same out of sample", style="bold"), soft_wrap=True)
    print_table(console, *filled(columns, rows))
    if found.efficiency is not None:
        console.print(Text(f"median efficiency {found.efficiency:.0%}", style="dim"))


def _words(metric: Metric) -> str:
    return metric.value.replace("_", " ")


def _value(value: MetricValue | None, metric: Metric) -> str:
    return "" if value is None else number(value, metric)
