"""The page of a batch: ranked, as a matrix, over its parameters, in and out of sample. Blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from leanboard.models.batch_outcome import (
    BatchComparison,
    BatchMatrix,
    ClosingSummary,
    MatrixCell,
    Metric,
    Others,
    OutcomeWarning,
    RankedItem,
    WalkForwardPair,
)
from leanboard.models.batches import BatchStatus
from leanboard.services.batches.outcome.metrics import LEAN_NAMES, sign, value_of
from leanboard.services.batches.outcome.wording import number, short
from leanboard.services.report.figures import NOTHING, moment, percent, took, visible
from leanboard.services.report.heat_drawing import MOST, HeatDrawing, Shades, heat_drawing
from leanboard.services.report.parts import Cell, Figure, Table, facts

MAX_ROWS = 250  # of a table
MAX_COLUMNS = 40  # of the matrix
_BESIDE = (
    Metric.SHARPE_RATIO,
    Metric.NET_PROFIT,
    Metric.COMPOUNDING_ANNUAL_RETURN,
    Metric.DRAWDOWN,
    Metric.TOTAL_ORDERS,
    Metric.TOTAL_FEES,
)
_OTHERS = {
    Others.HELD: "the other parameters as the best item has them",
    Others.BEST: "the best of each field",
    Others.MEDIAN: "the median of each field",
}


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What the page of a batch shows.

    Attributes:
        notes: What to know before one believes it, the most important first.
    """

    title: str
    status: BatchStatus
    facts: tuple[Figure, ...]
    tiles: tuple[Figure, ...]
    notes: tuple[str, ...]
    metric: str
    failures: Table | None
    heat_map: HeatDrawing | None
    heat_title: str
    heat_note: str
    matrix: Table | None
    matrix_note: str
    walk_forward: Table | None
    walk_forward_note: str
    ranking: Table
    ranking_note: str


def batch_report(comparison: BatchComparison, matrix: BatchMatrix) -> BatchReport:
    """Return the page of a batch.

    Args:
        comparison: Of its items.
        matrix: Of the same metric.
    """
    batch, metric = comparison.batch, comparison.metric
    rows, columns = len(matrix.rows), len(matrix.columns)
    return BatchReport(
        title=visible(batch.name) or batch.id,
        status=batch.status,
        facts=_facts(comparison),
        tiles=_tiles(comparison.summary),
        notes=_notes(comparison),
        metric=LEAN_NAMES[metric],
        failures=_failures(comparison.summary),
        heat_map=_heat(comparison),
        heat_title=_heat_title(comparison),
        heat_note=_heat_note(comparison),
        matrix=_matrix(matrix) if rows > 1 or columns > 1 else None,
        matrix_note=_cut(max(rows - MAX_ROWS, 0), "symbols") + _cut(max(columns - MAX_COLUMNS, 0), "strategies"),
        walk_forward=_walk_forward(comparison.walk_forward, metric) if comparison.walk_forward else None,
        walk_forward_note=_cut(max(len(comparison.walk_forward) - MAX_ROWS, 0), "pairs"),
        ranking=_ranking(comparison),
        ranking_note=_cut(max(len(comparison.ranking) - MAX_ROWS, 0), "items"),
    )


def _cut(more: int, what: str) -> str:
    return f"{more:,} more {what} are not shown. " if more else ""


def _facts(comparison: BatchComparison) -> tuple[Figure, ...]:
    batch = comparison.batch
    length = batch.finished_at - batch.started_at if batch.started_at and batch.finished_at else None
    return facts(
        (
            ("Batch", batch.id),
            ("Begun", moment(batch.started_at)),
            ("Took", took(length)),
            ("State", batch.state),
            ("Tags", ", ".join(batch.tags)),
        )
    )


def _tiles(summary: ClosingSummary) -> tuple[Figure, ...]:
    counts, metric, spread = summary.counts, summary.metric, summary.spread
    best = value_of(summary.best, metric) if summary.best is not None else None
    worst = value_of(summary.worst, metric) if summary.worst is not None else None
    return (
        Figure("Completed", f"{counts.completed:,} of {counts.total:,}"),
        Figure(f"Best {LEAN_NAMES[metric]}", number(best, metric)),
        Figure("Median", number(spread.median if spread is not None else None, metric)),
        Figure("Worst", number(worst, metric)),
    )


def _notes(comparison: BatchComparison) -> tuple[str, ...]:
    urgent = [one for one in comparison.warnings if one.kind is OutcomeWarning.PARTIAL]
    others = [one for one in comparison.warnings if one.kind is not OutcomeWarning.PARTIAL]
    return tuple(visible(f"{one.message[:1].upper()}{one.message[1:]}.") for one in (*urgent, *others))


def _failures(summary: ClosingSummary) -> Table | None:
    if not summary.failures:
        return None
    heads = ("Reason", "Items", "Such as item", "Message")
    rows = [
        (
            Cell(one.reason.value if one.reason is not None else NOTHING),
            Cell(f"{one.count:,}"),
            Cell(str(one.item)),
            Cell(visible(one.message)),
        )
        for one in summary.failures
    ]
    return Table(tuple(map(Cell, heads)), tuple(rows), frozenset({3}))


def _heat(comparison: BatchComparison) -> HeatDrawing | None:
    if comparison.heat_map is None:
        return None
    best = comparison.summary.best
    metric = comparison.metric
    number_of = best.number if best is not None else None
    return heat_drawing(comparison.heat_map, number_of, sign(metric), partial(number, metric=metric))


def _heat_title(comparison: BatchComparison) -> str:
    found = comparison.heat_map
    return visible(f"{LEAN_NAMES[comparison.metric]} over {found.x.name} and {found.y.name}") if found else ""


def _heat_note(comparison: BatchComparison) -> str:
    found = comparison.heat_map
    if found is None:
        return ""
    if len(found.x.values) > MOST or len(found.y.values) > MOST:
        return f"An axis has more than {MOST} values: the map is not drawn."
    held = ", ".join(f"{name}={value}" for name, value in found.held.items())
    what = "" if not held and not found.further else f"{_OTHERS[found.others]}{f' ({held})' if held else ''}; "
    return visible(
        f"{found.x.name} to the right, {found.y.name} upwards; {what}stronger is better, the best item is framed"
    )


def _matrix(matrix: BatchMatrix) -> Table:
    columns = matrix.columns[:MAX_COLUMNS]
    values = (cell.value for row in matrix.rows for cell in row.cells.values())
    shades = Shades((float(value) for value in values if value is not None), sign(matrix.metric))
    rows = tuple(
        (
            Cell(visible(row.symbol or NOTHING)),
            *(_matrix_cell(row.cells.get(column), matrix, shades) for column in columns),
        )
        for row in matrix.rows[:MAX_ROWS]
    )
    return Table((Cell("Symbol"), *(Cell(visible(column)) for column in columns)), rows)


def _matrix_cell(cell: MatrixCell | None, matrix: BatchMatrix, shades: Shades) -> Cell:
    if cell is None:
        return Cell("")
    if cell.value is None:
        return Cell(cell.best.status.value if cell.counts.total == 1 else f"none of {cell.counts.total}")
    text = number(cell.value, matrix.metric)
    if cell.counts.total > 1:
        text += f"\nmedian of {cell.counts.total}: {number(cell.median, matrix.metric)}"
    return Cell(text, f"{shades(cell.value)} best" if cell.best.number == matrix.best else shades(cell.value))


def _walk_forward(pairs: Sequence[WalkForwardPair], metric: Metric) -> Table:
    heads = ("Pair", "Strategy", "Symbol", "Best in sample", "In sample", "Out of sample", "Efficiency", "Place")
    rows = [
        (
            Cell(str(pair.number)),
            Cell(visible(pair.strategy_name)),
            Cell(visible(pair.symbol or "")),
            Cell(visible(", ".join(f"{name}={short(value)}" for name, value in pair.parameters.items()))),
            Cell(number(pair.train_value, metric)),
            Cell(number(pair.test_value, metric)),
            Cell(percent(pair.efficiency, 0)),
            Cell(f"{pair.test_rank} of {pair.test_count}" if pair.test_rank else pair.state),
        )
        for pair in pairs[:MAX_ROWS]
    ]
    return Table(tuple(map(Cell, heads)), tuple(rows), frozenset({1, 2, 3}))


def _ranking(comparison: BatchComparison) -> Table:
    known = {one.axis.name for one in comparison.parallel.axes if one.axis.is_metric}
    metrics = [metric for metric in dict.fromkeys((comparison.metric, *_BESIDE)) if metric in known]
    names = [axis.name for axis in comparison.axes]
    points = {one.axis.name: one.points for one in comparison.parallel.axes}
    places = {item: at for at, item in enumerate(comparison.parallel.items)}
    rows = []
    for one in comparison.ranking[:MAX_ROWS]:
        at = places[one.item.number]
        told = [Cell(visible(_point(points[name][at]))) for name in names]
        rows.append((*_place(one), *told, *(_figure(one, metric) for metric in metrics)))
    heads = ("Rank", "Item", *(visible(name) for name in names), *(LEAN_NAMES[metric] for metric in metrics))
    return Table(tuple(map(Cell, heads)), tuple(rows), frozenset(range(2, 2 + len(names))))


def _point(value: float | str | None) -> str:
    if value is None:
        return ""
    return short(value) if isinstance(value, str) else f"{value:.12g}"


def _place(one: RankedItem) -> tuple[Cell, Cell]:
    return Cell(one.item.status.value if one.rank is None else str(one.rank)), Cell(str(one.item.number))


def _figure(one: RankedItem, metric: Metric) -> Cell:
    value = value_of(one.item, metric)
    return Cell("" if value is None else number(value, metric))
