"""A batch in a few numbers. Pure."""

from leanboard.models.batch_outcome import ClosingSummary, Metric
from leanboard.models.batches import BatchDetail
from leanboard.services.batches.outcome.counting import counts, failures
from leanboard.services.batches.outcome.metrics import Scored, better


def closing_summary(detail: BatchDetail, metric: Metric = Metric.SHARPE_RATIO) -> ClosingSummary:
    """Return best, worst, spread and failures; of a partial batch as it stands now."""
    return summary_of(detail, Scored(detail.items, metric))


def summary_of(detail: BatchDetail, scored: Scored) -> ClosingSummary:
    """Return the same, of items that are in order already."""
    metric = scored.metric
    direction = better(metric)
    has_best = direction is not None and len(scored) > 0
    return ClosingSummary(
        state=detail.state,
        metric=metric,
        better=direction,
        counts=counts(detail.items),
        reused=sum(item.reused for item in detail.items),
        best=scored.items[0] if has_best else None,
        worst=scored.items[-1] if has_best else None,
        spread=scored.spread(),
        failures=failures(detail.items),
    )
