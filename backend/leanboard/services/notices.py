"""The texts that the operator gets: what ended how, and where to look. Pure, plain text."""

from collections.abc import Iterator

from leanboard.models.batch_outcome import ClosingSummary, Metric
from leanboard.models.batches import BatchDetail, BatchItem, BatchStatus
from leanboard.models.notifications import Notice
from leanboard.models.run import BacktestRunInfo, Outcome
from leanboard.services.batches.outcome.closing import closing_summary
from leanboard.services.batches.outcome.metrics import value_of
from leanboard.services.batches.outcome.wording import figure, item_name
from leanboard.services.report.figures import took, visible

MAX_REASONS = 5
MAX_MESSAGE = 300  # characters of a strategy's own words
_BESIDE = (Metric.NET_PROFIT, Metric.DRAWDOWN, Metric.TOTAL_ORDERS)

TEST = Notice(title="Leanboard: a test", body="Notifications of this Leanboard arrive here.")


def batch_notice(detail: BatchDetail) -> Notice:
    """Tell the end of a batch: counts, best run, failures by reason."""
    summary = closing_summary(detail)
    ended = "failed" if detail.status is BatchStatus.FAILED else "completed"
    name = visible(detail.name) or detail.id
    return Notice(title=f"Leanboard: batch {name} {ended}", body="\n".join(_batch_lines(detail, summary)))


def _batch_lines(detail: BatchDetail, summary: ClosingSummary) -> Iterator[str]:
    yield _counts(summary)
    if detail.started_at and detail.finished_at:
        yield f"It took {took(detail.finished_at - detail.started_at)}."
    if summary.best is not None:
        yield f"Best: {item_name(summary.best)}: {_figures(summary.best, summary.metric)}."
    for failure in summary.failures[:MAX_REASONS]:
        reason = failure.reason.value if failure.reason else "no reason given"
        yield f"Failed, {reason}: {failure.count}, such as item {failure.item}: {_cut(failure.message)}"
    if len(summary.failures) > MAX_REASONS:
        yield f"... and for {len(summary.failures) - MAX_REASONS} more reasons."
    yield f"Look: leanboard batch status {detail.id}, or GET /api/v2/backtest/batch/{detail.id}/comparison"


def _counts(summary: ClosingSummary) -> str:
    counts = summary.counts
    parts = [f"{counts.completed} of {counts.total} completed"]
    parts += [f"{counts.failed} failed"] if counts.failed else []
    parts += [f"{counts.cancelled} cancelled"] if counts.cancelled else []
    parts += [f"{summary.reused} answered by earlier runs"] if summary.reused else []
    return ", ".join(parts) + "."


def _figures(item: BatchItem, metric: Metric) -> str:
    found = ((one, value_of(item, one)) for one in dict.fromkeys((metric, *_BESIDE)))
    return ", ".join(figure(value, one) for one, value in found if value is not None)


def run_notice(run: BacktestRunInfo, outcome: Outcome) -> Notice:
    """Tell the failure of a single run: reason, message, line of code."""
    lines = [f"{outcome.reason.value if outcome.reason else 'no reason given'}: {_cut(outcome.message)}"]
    if outcome.location is not None:
        lines.append(f"At {visible(outcome.location.file)}, line {outcome.location.line}.")
    lines.append(f"Strategy {run.strategy_name}, engine {run.engine.value}.")
    lines.append(f"Look: leanboard results show {run.timestamp}, or GET /api/v2/backtest/results/{run.timestamp}")
    return Notice(title=f"Leanboard: run {visible(run.name)} failed", body="\n".join(lines))


def _cut(text: str) -> str:
    line = visible(" ".join(text.split()))
    return line if len(line) <= MAX_MESSAGE else line[:MAX_MESSAGE] + "\N{HORIZONTAL ELLIPSIS}"
