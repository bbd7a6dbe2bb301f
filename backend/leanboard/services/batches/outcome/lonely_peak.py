"""Whether the best combination of a grid stands alone: a hill is a finding, a needle is more likely chance. Pure.

Looked at are the completed items that share everything with the best one but those parameters that are numbers. Its
direct neighbours are one step away in exactly one of them. It stands alone when all of this holds:

* its neighbours' median is at least 0.6 of the way down from it to the median of all;
* it lies further above the median of all than 1.25 times the distance between the quartiles;
* its neighbours are worse by more than a noticeable amount: 0.1 of a ratio, 1 % of a rate or of money.

Medians and quartiles, so that a single outlier on either side does not decide.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from leanboard.models.batch_outcome import BatchWarning, Metric, OutcomeWarning
from leanboard.models.batches import BatchItem
from leanboard.services.batches.outcome.axes import Column
from leanboard.services.batches.outcome.metrics import LEAN_NAMES, RATES, Scored, better, quartiles, sign, value_of
from leanboard.services.batches.outcome.wording import item_name, number

FEWEST = 5  # combinations of which anything can be said
FALL = 0.6  # of the way from the best to the median of all
HEIGHT = 1.25  # distances between the quartiles
_RATIOS = frozenset({Metric.SHARPE_RATIO, Metric.SORTINO_RATIO, Metric.PROFIT_LOSS_RATIO})
_Place = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class _Peak:
    """The best and what is around it, as numbers that are higher where better."""

    best: float
    neighbours: Sequence[float]
    everything: Sequence[float]

    def is_lonely(self, noticeable: float) -> bool:
        low, middle, high = quartiles(sorted(self.everything))
        fall, height = self.best - median(self.neighbours), self.best - middle
        return fall >= noticeable and fall >= FALL * height and height > HEIGHT * (high - low)


def lonely_peak(items: Sequence[BatchItem], columns: Sequence[Column], scored: Scored) -> Iterator[BatchWarning]:
    """Yield the warning, if the best item deserves it."""
    best = scored.best
    steps = [column for column in columns if column.is_parameter and column.numbers is not None]
    if best is None or not steps or better(scored.metric) is None:
        return
    at = next(index for index, item in enumerate(items) if item is best)
    grid = _grid(items, columns, steps, at, scored.metric)
    place = tuple(column.indices[at] for column in steps)
    neighbours = [grid[other] for other in _beside(place) if other in grid]
    if len(grid) < FEWEST or not neighbours:
        return
    peak = _Peak(grid[place], neighbours, list(grid.values()))
    if peak.is_lonely(_noticeable(scored.metric, peak.best)):
        yield BatchWarning(
            kind=OutcomeWarning.LONELY_PEAK, message=_message(best, peak, scored.metric), items=(best.number,)
        )


def _grid(
    items: Sequence[BatchItem], columns: Sequence[Column], steps: Sequence[Column], at: int, metric: Metric
) -> Mapping[_Place, float]:
    fixed = list(zip(*(column.texts for column in columns if column not in steps), strict=True)) or [()] * len(items)
    places = zip(*(column.indices for column in steps), strict=True)
    factor = sign(metric)
    found: dict[_Place, float] = {}
    for item, place, others in zip(items, places, fixed, strict=True):
        if others == fixed[at] and (value := value_of(item, metric)) is not None:
            good = factor * float(value)
            found[place] = max(good, found.get(place, good))
    return found


def _beside(place: _Place) -> Iterator[_Place]:
    for axis, index in enumerate(place):
        if index is not None:
            for step in (-1, 1):
                yield (*place[:axis], index + step, *place[axis + 1 :])


def _noticeable(metric: Metric, best: float) -> float:
    if metric in _RATIOS:
        return 0.1
    return 0.01 if metric in RATES else 0.01 * abs(best)


def _message(best: BatchItem, peak: _Peak, metric: Metric) -> str:
    factor = sign(metric)
    top, around, middle = (
        number(factor * value, metric) for value in (peak.best, median(peak.neighbours), median(peak.everything))
    )
    beside = (
        f"its {len(peak.neighbours)} neighbours in the grid {around}"
        if len(peak.neighbours) > 1
        else (f"its neighbour in the grid {around}")
    )
    everything = f"the median of all {len(peak.everything)} {middle}"
    return (
        f"the best, {item_name(best)}, stands alone: {LEAN_NAMES[metric]} {top}, {beside}, {everything}; a result that "
        "neighbouring values do not share is more likely chance than a finding"
    )
