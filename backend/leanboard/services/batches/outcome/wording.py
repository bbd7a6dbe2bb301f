"""How an item, and its figures, are named in a sentence. Pure."""

from leanboard.models.batch_outcome import Metric, MetricValue
from leanboard.models.batches import BatchItem
from leanboard.services.batches.outcome.metrics import LEAN_NAMES, RATES
from leanboard.services.report.figures import NOTHING, visible

MAX_PARTS = 8  # more are only counted
MAX_TEXT = 60  # characters of one value


def figure(value: MetricValue | None, metric: Metric) -> str:
    """Write a value with its metric's name: ``Net Profit 1.69%``."""
    return f"{LEAN_NAMES[metric]} {number(value, metric)}"


def number(value: MetricValue | None, metric: Metric) -> str:
    """Write a value."""
    if value is None:
        return NOTHING
    if metric in RATES:
        return f"{float(value) * 100:.2f}%"
    if metric is Metric.TOTAL_ORDERS:
        return f"{value:d}" if isinstance(value, int) else f"{value:g}"
    if metric in {Metric.TOTAL_FEES, Metric.START_EQUITY, Metric.END_EQUITY}:
        return f"{value:,.2f}"
    return f"{float(value):.3f}"


def item_name(item: BatchItem) -> str:
    """Name an item: ``item 17 (moving_average_cross, AAPL, fast=10, slow=40)``; without what its label says already."""
    parameters = [f"{name}={short(value)}" for name, value in item.parameters.items()]
    parts = (part for part in (item.symbol, item.window, *parameters) if part and part not in item.label)
    told = [item.label or item.strategy_name, *parts]
    more = len(told) - MAX_PARTS
    shown = told if more <= 1 else [*told[:MAX_PARTS], f"{more} more"]
    return f"item {item.number} ({', '.join(map(visible, shown))})"


def short(text: str) -> str:
    """Return the beginning of a long text."""
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "\N{HORIZONTAL ELLIPSIS}"
