"""The metrics by which items are compared: which way they are better, and what counts as a value. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from statistics import median, quantiles

from leanboard.models.batch_outcome import Metric, MetricValue, Spread
from leanboard.models.batches import BatchItem, KeyMetrics
from leanboard.models.comparison import Better
from leanboard.models.run import BacktestStatus
from leanboard.services.comparison.statistics import BETTER as BETTER_BY_NAME

LEAN_NAMES = {
    Metric.NET_PROFIT: "Net Profit",
    Metric.COMPOUNDING_ANNUAL_RETURN: "Compounding Annual Return",
    Metric.SHARPE_RATIO: "Sharpe Ratio",
    Metric.SORTINO_RATIO: "Sortino Ratio",
    Metric.DRAWDOWN: "Drawdown",
    Metric.WIN_RATE: "Win Rate",
    Metric.PROFIT_LOSS_RATIO: "Profit-Loss Ratio",
    Metric.TOTAL_ORDERS: "Total Orders",
    Metric.TOTAL_FEES: "Total Fees",
    Metric.START_EQUITY: "Start Equity",
    Metric.END_EQUITY: "End Equity",
}
READ: Mapping[Metric, Callable[[KeyMetrics], MetricValue | None]] = {
    metric: attrgetter(metric.value) for metric in Metric
}
RATES = frozenset({Metric.NET_PROFIT, Metric.COMPOUNDING_ANNUAL_RETURN, Metric.DRAWDOWN, Metric.WIN_RATE})
_COMPLETED = BacktestStatus.COMPLETED


def better(metric: Metric) -> Better | None:
    """Return which way a metric is better; None where more is neither."""
    return BETTER_BY_NAME.get(LEAN_NAMES[metric])


def usable(item: BatchItem) -> KeyMetrics | None:
    """Return an item's metrics; None for what has not completed, or covers only a part of its period."""
    return item.metrics if item.status is BacktestStatus.COMPLETED and not item.partial else None


def value_of(item: BatchItem, metric: Metric) -> MetricValue | None:
    """Return an item's value; None for what has not completed, or covers only a part of its period."""
    metrics = usable(item)
    return None if metrics is None else READ[metric](metrics)


def sign(metric: Metric) -> int:
    """Return what makes a value a number that is higher where better; 1 where more is neither."""
    return -1 if better(metric) is Better.LOWER else 1


class Scored:
    """Items that have a value, best first; equal ones in their own order.

    Args:
        items: By number; others than those with a value are left out.
        metric: By which they are ordered.
    """

    def __init__(self, items: Iterable[BatchItem], metric: Metric) -> None:
        self.metric = metric
        read, factor = READ[metric], -sign(metric)
        found: list[tuple[float, BatchItem, MetricValue]] = []
        for item in items:
            metrics = item.metrics  # as `usable` says; a call for each of thousands takes longer than all else here
            if metrics is None or item.status is not _COMPLETED or item.partial:
                continue
            value = read(metrics)
            if value is not None:
                found.append((factor * float(value), item, value))
        found.sort(key=itemgetter(0))
        self.items: Sequence[BatchItem] = [item for _, item, _ in found]
        self.values: Sequence[MetricValue] = [value for _, _, value in found]

    def __len__(self) -> int:
        return len(self.items)

    @property
    def best(self) -> BatchItem | None:
        """The first; None when there is none."""
        return self.items[0] if self.items else None

    @property
    def best_value(self) -> MetricValue | None:
        """Its value."""
        return self.values[0] if self.values else None

    @property
    def median(self) -> float | None:
        """Of all values."""
        return median(map(float, self.values)) if self.values else None

    def ranks(self) -> list[int]:
        """Return their ranks from 1; equal values share one, and the next is as if they had not."""
        found: list[int] = []
        before: MetricValue | None = None
        for place, value in enumerate(self.values, 1):
            found.append(found[-1] if value == before else place)
            before = value
        return found

    def spread(self) -> Spread | None:
        """Return how the values are spread."""
        if not self.values:
            return None
        numbers = sorted(map(float, self.values))
        low, middle, high = quartiles(numbers)
        return Spread(
            count=len(numbers),
            min=numbers[0],
            lower_quartile=low,
            median=middle,
            upper_quartile=high,
            max=numbers[-1],
        )


def quartiles(numbers: Sequence[float]) -> tuple[float, float, float]:
    """Return the quartiles of one or more numbers, between the smallest and the largest of them."""
    if len(numbers) == 1:
        return numbers[0], numbers[0], numbers[0]
    low, middle, high = quantiles(numbers, n=4, method="inclusive")
    return low, middle, high
