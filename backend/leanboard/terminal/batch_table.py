"""Batches and their items as lines of tables."""

import math
from collections.abc import Iterable, Mapping, Sequence

from rich.text import Text

from leanboard.models.batch_outcome import Metric
from leanboard.models.batches import Batch, BatchEstimate, BatchItem, BatchProgress, BatchStatus, KeyMetrics
from leanboard.models.run import BacktestStatus
from leanboard.services.batches.outcome.metrics import Scored
from leanboard.services.batches.outcome.ranking import ranking
from leanboard.terminal.batch_client import SHOWN_ID
from leanboard.terminal.columns import Column
from leanboard.terminal.report import STATUS_STYLES
from leanboard.terminal.text import clock, file_size, printable, short_duration

ITEM_COLUMNS = (
    Column("#", right=True),
    Column("item", flexible=True, least=40),
    Column("status"),
    Column("net profit", right=True, rank=1),
    Column("sharpe", right=True, rank=2),
    Column("drawdown", right=True, rank=3),
    Column("orders", right=True, rank=4),
    Column("took", right=True, rank=5),
)
_BETWEEN = " / "
BATCH_COLUMNS = (
    Column("batch"),
    Column("name", flexible=True),
    Column("status"),
    Column("runs", right=True),
    Column("failed", right=True, rank=1),
    Column("differ in", rank=3),
    Column("created", rank=2),
)
BATCH_STYLES = {
    BatchStatus.COMPLETED: "bold green",
    BatchStatus.FAILED: "bold red",
    BatchStatus.CANCELLED: "bold yellow",
    BatchStatus.PAUSED: "bold yellow",
    BatchStatus.RUNNING: "bold cyan",
    BatchStatus.PENDING: "bold",
}


def short_labels(items: Iterable[BatchItem]) -> dict[int, str]:
    """Return what items are called, by number, without the parts that all of them share."""
    parts = {item.number: item.label.split(_BETWEEN) for item in items}
    shared = set.intersection(*map(set, parts.values())) if len(parts) > 1 else set()
    return {
        number: _BETWEEN.join(part for part in label if part not in shared) or _BETWEEN.join(label)
        for number, label in parts.items()
    }


def item_rows(items: Sequence[BatchItem], labels: Mapping[int, str]) -> list[list[Text]]:
    """Return items as rows, under the labels that they have among all of their batch."""
    return [item_row(item, labels.get(item.number, item.label)) for item in items]


def item_row(item: BatchItem, label: str) -> list[Text]:
    """Return an item as a row."""
    metrics = item.metrics or KeyMetrics()
    return [
        Text(str(item.number)),
        Text(printable(label)),
        Text(_short_status(item), style=STATUS_STYLES[item.status]),
        Text(percent(metrics.net_profit)),
        Text("" if metrics.sharpe_ratio is None else f"{metrics.sharpe_ratio:.3f}"),
        Text(percent(metrics.drawdown)),
        Text("" if metrics.total_orders is None else str(metrics.total_orders)),
        Text(_took(item)),
    ]


def item_status(item: BatchItem) -> str:
    """Return where an item stands, in a word or two."""
    match item.status:
        case BacktestStatus.RUNNING:
            return "running" if item.percent is None else f"running {item.percent:.0f} %"
        case BacktestStatus.FAILED:
            return "failed" if item.reason is None else f"failed ({item.reason.value})"
        case BacktestStatus.COMPLETED:
            return "reused" if item.reused else "completed"
        case _:
            return item.status.value


def _short_status(item: BatchItem) -> str:
    """Return the same without the reason, which is told once for all below the table."""
    return item.status.value if item.status is BacktestStatus.FAILED else item_status(item)


def percent(fraction: float | None) -> str:
    """Return a fraction as people read it; nothing for what is not known."""
    return "" if fraction is None else f"{fraction:.2%}"


def _took(item: BatchItem) -> str:
    if item.reused or item.started_at is None or item.finished_at is None:
        return ""
    return short_duration((item.finished_at - item.started_at).total_seconds())


def batch_row(batch: Batch) -> list[Text]:
    """Return a batch as a row."""
    progress = batch.progress
    return [
        Text(batch.id[:SHOWN_ID]),
        Text(printable(batch.name)),
        Text(batch.status.value, style=BATCH_STYLES[batch.status]),
        Text(f"{ended(progress)}/{progress.total}"),
        Text(str(progress.failed or "")),
        Text(printable(", ".join(batch.axes))),
        Text(f"{batch.created_at:%Y-%m-%d %H:%M}"),
    ]


def ended(progress: BatchProgress) -> int:
    """Return how many items have ended."""
    return progress.completed + progress.failed + progress.cancelled


def progress_words(batch: Batch) -> list[str]:
    """Return where a batch stands, most important first."""
    progress = batch.progress
    words = [f"{ended(progress)} of {progress.total} runs"]
    for number, word in ((progress.running, "running"), (progress.failed, "failed"), (progress.cancelled, "cancelled")):
        if number:
            words.append(f"{number} {word}")
    if progress.eta is not None and not batch.status.is_final:
        words.append(f"ETA {clock(progress.eta)}")
    if batch.status is BatchStatus.PAUSED:
        words.append("paused")
    if batch.message:
        words.append(printable(batch.message))
    return words


def outcome_words(batch: Batch) -> str:
    """Return how a batch ended, or stands, in a line: ``paused: 22 of 24 runs completed, 2 failed``."""
    progress = batch.progress
    words = [f"{progress.completed} of {progress.total} runs completed"]
    if progress.reused:
        words[0] += f" ({progress.reused} answered by earlier runs)"
    rest = ((progress.failed, "failed"), (progress.cancelled, "cancelled"), (progress.running, "running"))
    words += [f"{number} {word}" for number, word in (*rest, (progress.pending, "waiting")) if number]
    told = {BatchStatus.COMPLETED: "", BatchStatus.FAILED: ""}.get(batch.status, f"{batch.status.value}: ")
    return told + ", ".join(words)


def failure_lines(items: Iterable[BatchItem]) -> list[str]:
    """Return why items failed, equal reasons together, the most frequent first."""
    groups: dict[str, list[BatchItem]] = {}
    for item in items:
        if item.status is BacktestStatus.FAILED:
            reason = item.reason.value if item.reason is not None else "failed"
            groups.setdefault(f"{reason}: {item.error_message}".removesuffix(": "), []).append(item)
    lines = []
    for text, of in sorted(groups.items(), key=lambda pair: -len(pair[1])):
        numbers = ", ".join(f"#{item.number}" for item in of[:5]) + (" ..." if len(of) > 5 else "")
        lines.append(printable(f"{len(of)} x {text.splitlines()[0]} ({numbers})"))
    return lines


def estimate_words(estimate: BatchEstimate) -> str:
    """Return what a batch would be: ``24 runs (2 symbols x 12 fast); about 0:40 with 2 workers, 12.0 MB``."""
    whole = math.prod(axis.values for axis in estimate.axes) == estimate.runs  # items one by one seldom are
    product = (" x " if whole else ", ").join(axis.words for axis in estimate.axes)
    words = f"{estimate.runs} run{'' if estimate.runs == 1 else 's'}" + (f" ({product})" if product else "")
    if estimate.reused:
        words += f", {estimate.reused} of them answered by earlier runs"
    if estimate.reused == estimate.runs:
        return printable(words)
    if estimate.seconds is not None:
        workers = f"{estimate.workers} worker{'' if estimate.workers == 1 else 's'}"
        words += f"; about {short_duration(estimate.seconds)} with {workers}"
        if estimate.disk is not None:
            words += f", {file_size(estimate.disk)} of results"
        words += f" (from {estimate.based_on} past run{'' if estimate.based_on == 1 else 's'})"
    return printable(words)


def best_first(items: Sequence[BatchItem]) -> list[BatchItem]:
    """Return items by Sharpe ratio as a comparison ranks them; then those without a rank, by number."""
    return [one.item for one in ranking(items, Scored(items, Metric.SHARPE_RATIO))]
