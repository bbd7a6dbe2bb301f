"""The page of a comparison. Blocks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from leanboard.models.comparison import Comparison, StatisticCell, StatisticKind, StatisticRow, ValueRow
from leanboard.services.comparison.compared import Compared
from leanboard.services.comparison.curves import Curve, common_window, curve_of, drawdown, rebased
from leanboard.services.report.chart import NARROW_LOW, WIDE_LOW, Chart, Line, chart
from leanboard.services.report.figures import MINUS, NOTHING, money, percent, visible
from leanboard.services.report.monthly import MonthlyReturns, monthly_returns, shade, strongest
from leanboard.services.report.parts import MONTHS, Cell, Table, data_notes

COLOURS = 8  # then the same again, dashed
MAX_MONTHS = 36  # rows of the table of months; years where there are more
_NO_WINDOW = "There is no time that all runs have in common: no curves are shown."
_FACTS = {
    "strategy": "Strategy",
    "start_date": "From",
    "end_date": "To",
    "start_equity": "Start equity",
    "currency": "Currency",
    "data": "Market data",
    "engine": "Engine",
    "lean": "LEAN",
    "minilean": "minilean",
    "image": "Image",
    "python": "Python",
}


@dataclass(frozen=True, slots=True)
class RunLabel:
    """A run as the page names it.

    Attributes:
        style: CSS class of its colour.
    """

    letter: str
    name: str
    strategy: str
    timestamp: str
    status: str
    style: str
    is_baseline: bool


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a unified diff; ``style`` says whether it came or went."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class ShownDiff:
    """A file's differences."""

    title: str
    note: str
    lines: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """What the page of a comparison shows."""

    title: str
    runs: tuple[RunLabel, ...]
    notes: tuple[str, ...]
    equity: Chart | None
    drawdown: Chart | None
    statistics: Table
    returns: Table | None
    returns_title: str
    correlation: Table | None
    settings: Table
    parameters: Table | None
    diffs: tuple[ShownDiff, ...]


def comparison_report(comparison: Comparison, runs: Sequence[Compared]) -> ComparisonReport:
    """Return the page of a comparison.

    Args:
        comparison: As it is answered.
        runs: What it was made of, in its order.
    """
    labels = _labels(comparison)
    curves = [curve_of(run.equity) for run in runs]
    window = common_window(curves)
    common = [rebased(curve, window) for curve in curves] if window is not None else []
    months = [monthly_returns(curve) for curve in curves]
    by_year = len({key for each in months for key in each.months}) > MAX_MONTHS
    return ComparisonReport(
        title=f"{len(runs)} runs compared",
        runs=labels,
        notes=tuple(visible(note) for note in (*_notes(comparison, labels), *(() if common else (_NO_WINDOW,)))),
        equity=chart("Equity, re-based to 100", _lines(labels, common), write=money),
        drawdown=chart(
            "Drawdown",
            _lines(labels, [drawdown(curve) for curve in common]),
            write=percent,
            layouts=(WIDE_LOW, NARROW_LOW),
            as_percent=True,
        ),
        statistics=_statistics(comparison, labels),
        returns=_returns(labels, months, _years if by_year else _months),
        returns_title="Returns by year" if by_year else "Returns by month",
        correlation=_correlation(comparison, labels),
        settings=_values(comparison.settings, labels, _FACTS),
        parameters=_values(comparison.parameters, labels, {}) if comparison.parameters else None,
        diffs=tuple(_diffs(comparison, labels)),
    )


def _labels(comparison: Comparison) -> tuple[RunLabel, ...]:
    return tuple(
        RunLabel(
            letter=chr(ord("A") + place),
            name=visible(found.run.name),
            strategy=visible(found.run.strategy_name) if found.run.strategy_name != found.run.name else "",
            timestamp=found.timestamp,
            status=found.run.status.value,
            style=f"run{place % COLOURS + 1}" + (" dashed" if place >= COLOURS else ""),
            is_baseline=found.timestamp == comparison.baseline,
        )
        for place, found in enumerate(comparison.runs)
    )


def _notes(comparison: Comparison, labels: Sequence[RunLabel]) -> tuple[str, ...]:
    about_data = dict.fromkeys(note for found in comparison.runs for note in data_notes(found.data))
    return (*about_data, *(f"Not comparable: {_lettered(w.message, labels)}." for w in comparison.warnings))


def _lettered(message: str, labels: Sequence[RunLabel]) -> str:
    """Call the runs by their letters; longer names first, as some begin with others."""
    for label in sorted(labels, key=lambda label: -len(label.timestamp)):
        message = message.replace(label.timestamp, label.letter)
    return message


def _lines(labels: Sequence[RunLabel], curves: Sequence[Curve]) -> list[Line]:
    pairs = zip(labels, curves, strict=False)  # no curves where there is no common window
    return [Line(f"{label.letter} {label.name}", curve, label.style) for label, curve in pairs]


def _heads(first: str, labels: Sequence[RunLabel]) -> tuple[Cell, ...]:
    return (Cell(first), *(Cell(label.letter, f"key {label.style}") for label in labels))


def _statistics(comparison: Comparison, labels: Sequence[RunLabel]) -> Table:
    rows = [
        (
            Cell(visible(row.name)),
            *(_statistic(row, cell, label) for cell, label in zip(row.cells, labels, strict=True)),
        )
        for row in comparison.statistics
    ]
    return Table(_heads("Statistic", labels), tuple(rows))


def _statistic(row: StatisticRow, cell: StatisticCell, label: RunLabel) -> Cell:
    text = visible(cell.text) if cell.text is not None else ""
    if cell.difference:
        text = f"{text}\n{_difference(row.kind, cell.difference)}"
    style = {True: "better", False: "worse", None: ""}[cell.is_better]
    return Cell(text, f"{style} best" if label.timestamp in row.best else style)


def _difference(kind: StatisticKind, difference: float | Decimal) -> str:
    sign = "+" if difference > 0 else MINUS
    size = abs(difference)
    if kind is StatisticKind.RATE:
        return f"{sign}{_short(Decimal(str(size)) * 100)}%"
    return f"{sign}{_short(Decimal(str(size)))}"


def _short(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.001')).normalize():,f}"


_Periods = Callable[[MonthlyReturns], Mapping[tuple[int, int], float]]


def _months(found: MonthlyReturns) -> Mapping[tuple[int, int], float]:
    return found.months


def _years(found: MonthlyReturns) -> Mapping[tuple[int, int], float]:
    return {(year, 0): rate for year, rate in found.years.items()}


def _returns(labels: Sequence[RunLabel], months: Sequence[MonthlyReturns], periods: _Periods) -> Table | None:
    columns = [periods(each) for each in months]
    keys = sorted({key for column in columns for key in column})
    if not keys:
        return None
    strong = strongest(rate for column in columns for rate in column.values())
    rows = [
        (
            Cell(f"{year} {MONTHS[month - 1]}" if month else str(year)),
            *(
                Cell(percent(column[year, month]) if (year, month) in column else "", shade(rate, strong))
                for column in columns
                for rate in (column.get((year, month)),)
            ),
        )
        for year, month in keys
    ]
    return Table(_heads("Period", labels), tuple(rows))


def _correlation(comparison: Comparison, labels: Sequence[RunLabel]) -> Table | None:
    if not any(value is not None for row in comparison.correlation.matrix for value in row):
        return None
    rows = []
    for label, values in zip(labels, comparison.correlation.matrix, strict=True):
        cells = [
            Cell(NOTHING if value is None else f"{value:.2f}".replace("-", MINUS), shade(value, 1)) for value in values
        ]
        rows.append((Cell(label.letter, f"key {label.style}"), *cells))
    return Table(_heads("", labels), tuple(rows))


def _values(rows: Sequence[ValueRow], labels: Sequence[RunLabel], words: dict[str, str]) -> Table:
    shown = [row for row in rows if any(value is not None for value in row.values)]
    return Table(
        _heads("", labels),
        tuple(
            (
                Cell(words.get(row.name, visible(row.name)), "differs" if row.differs else ""),
                *(Cell(visible(value or ""), "differs" if row.differs else "") for value in row.values),
            )
            for row in shown
        ),
        frozenset(range(1, len(labels) + 1)),
    )


def _diffs(comparison: Comparison, labels: Sequence[RunLabel]) -> list[ShownDiff]:
    letters = {label.timestamp: label.letter for label in labels}
    found = []
    for code in comparison.code:
        pair = f"{letters[comparison.baseline]} to {letters[code.run]}"
        found += [
            ShownDiff(f"{pair}: {visible(file.path)} ({file.change.value})", file.note, _diff_lines(file.diff))
            for file in code.files
        ]
        if code.note:
            found.append(ShownDiff(pair, visible(code.note), ()))
    return found


def _diff_lines(text: str) -> tuple[DiffLine, ...]:
    return tuple(DiffLine(visible(line), _STYLES.get(line[:1], "")) for line in text.split("\n")) if text else ()


_STYLES = {"+": "came", "-": "went", "@": "place"}
