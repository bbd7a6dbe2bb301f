"""The metrics by which items are compared: which way they are better, and what counts as a value. Pure."""

from collections.abc import Iterable, Sequence
from statistics import median, quantiles

from leanboard.models.batch_outcome import Metric, MetricValue, Spread
from leanboard.models.batches import BatchItem
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
RATES = frozenset({Metric.NET_PROFIT, Metric.COMPOUNDING_ANNUAL_RETURN, Metric.DRAWDOWN, Metric.WIN_RATE})


def better(metric: Metric) -> Better | None:
    """Return which way a metric is better; None where more is neither."""
    return BETTER_BY_NAME.get(LEAN_NAMES[metric])


def value_of(item: BatchItem, metric: Metric) -> MetricValue | None:
    """Return an item's value; None for what has not completed, or covers only a part of its period."""
    if item.status is not BacktestStatus.COMPLETED or item.partial or item.metrics is None:
        return None
    value: MetricValue | None = getattr(item.metrics, metric.value)
    return value


def goodness(value: MetricValue, metric: Metric) -> float:
    """Return a number that is higher for better values; by the value itself where more is neither."""
    return -float(value) if better(metric) is Better.LOWER else float(value)


class Scored:
    """Items that have a value, best first; equal ones in their own order.

    Args:
        items: Others are left out.
        metric: By which they are ordered.
    """

    def __init__(self, items: Iterable[BatchItem], metric: Metric) -> None:
        self.metric = metric
        found = [(item, value) for item in items if (value := value_of(item, metric)) is not None]
        found.sort(key=lambda pair: (-goodness(pair[1], metric), pair[0].number))
        self.items: Sequence[BatchItem] = [item for item, _ in found]
        self.values: Sequence[MetricValue] = [value for _, value in found]

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
        for index, value in enumerate(self.values):
            same = index > 0 and value == self.values[index - 1]
            found.append(found[-1] if same else index + 1)
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
