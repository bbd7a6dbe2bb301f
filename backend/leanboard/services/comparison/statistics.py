"""LEAN's statistics of several runs side by side, with what is better where that is defined. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from leanboard.models.comparison import Better, StatisticCell, StatisticKind, StatisticRow
from leanboard.storage.statistics_text import StatisticValue, typed

BETTER: dict[str, Better] = {
    **dict.fromkeys(
        (
            "Average Win",
            "Average Loss",  # a negative rate: nearer to 0 is better
            "Compounding Annual Return",
            "Expectancy",
            "End Equity",
            "Net Profit",
            "Sharpe Ratio",
            "Sortino Ratio",
            "Probabilistic Sharpe Ratio",
            "Win Rate",
            "Profit-Loss Ratio",
            "Alpha",
            "Information Ratio",
            "Treynor Ratio",
            "Estimated Strategy Capacity",
        ),
        Better.HIGHER,
    ),
    **dict.fromkeys(
        (
            "Drawdown",
            "Loss Rate",
            "Annual Standard Deviation",
            "Annual Variance",
            "Total Fees",
            "Drawdown Recovery",
        ),
        Better.LOWER,
    ),
}

Run = tuple[str, Mapping[str, str]]
"""A run's timestamp, and its statistics by LEAN's names."""


def rows(runs: Sequence[Run], baseline: int) -> tuple[StatisticRow, ...]:
    """Return a row for each statistic that any of the runs has.

    Args:
        runs: In the order of the cells.
        baseline: Which of them the others are compared with.

    Returns:
        In the baseline's order, which is LEAN's; what only others have comes after.
    """
    ordered = [runs[baseline], *(run for index, run in enumerate(runs) if index != baseline)]
    names = dict.fromkeys(name for _, texts in ordered for name in texts)
    return tuple(_row(name, runs, baseline) for name in names)


def _row(name: str, runs: Sequence[Run], baseline: int) -> StatisticRow:
    found = [typed(name, texts[name]) if name in texts else None for _, texts in runs]
    kind = next((value.kind for value in (found[baseline], *found) if value is not None), StatisticKind.TEXT)
    # A text that reads otherwise than the others' (such as a currency another version did not write) stays a text.
    values = [value.value if value is not None and value.kind is kind else None for value in found]
    better = BETTER.get(name) if kind is not StatisticKind.TEXT else None
    cells = tuple(
        _cell(texts.get(name), value, None if index == baseline else values[baseline], better)
        for index, ((_, texts), value) in enumerate(zip(runs, values, strict=True))
    )
    best = _best(values, better)
    return StatisticRow(
        name=name,
        kind=kind,
        better=better,
        cells=cells,
        best=tuple(run for (run, _), value in zip(runs, values, strict=True) if best is not None and value == best),
    )


def _cell(text: str | None, value: StatisticValue, against: StatisticValue, better: Better | None) -> StatisticCell:
    difference = _difference(value, against)
    is_better = None
    if better is not None and difference is not None and difference != 0:
        is_better = (difference > 0) is (better is Better.HIGHER)
    return StatisticCell(text=text, value=value, difference=difference, is_better=is_better)


def _difference(value: StatisticValue, against: StatisticValue) -> StatisticValue:
    """Subtract what is written, not what binary fractions make of it: 1.71 % less 1.69 % is 0.02 %."""
    if value is None or against is None:
        return None
    exact = Decimal(str(value)) - Decimal(str(against))
    return exact if isinstance(value, Decimal) else float(exact)


def _best(values: Sequence[StatisticValue], better: Better | None) -> StatisticValue:
    known = [value for value in values if value is not None]
    if better is None or len(known) < 2 or len(set(known)) == 1:
        return None
    return max(known) if better is Better.HIGHER else min(known)
