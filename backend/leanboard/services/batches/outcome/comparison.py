"""The items of a batch against each other, put together. Pure."""

from leanboard.models.batch_outcome import BatchComparison, BatchComparisonQuery
from leanboard.models.batches import BatchDetail
from leanboard.services.batches.outcome.axes import columns
from leanboard.services.batches.outcome.closing import summary_of
from leanboard.services.batches.outcome.heat_map import heat_map
from leanboard.services.batches.outcome.lonely_peak import lonely_peak
from leanboard.services.batches.outcome.matrix import without_items
from leanboard.services.batches.outcome.metrics import Scored, better
from leanboard.services.batches.outcome.parallel import parallel
from leanboard.services.batches.outcome.ranking import ranking
from leanboard.services.batches.outcome.walk_forward import efficiency, walk_forward
from leanboard.services.batches.outcome.warnings import warnings

_DEFAULT = BatchComparisonQuery()


def comparison(detail: BatchDetail, query: BatchComparisonQuery = _DEFAULT) -> BatchComparison:
    """Return ranking, heat map, parallel coordinates, walk-forward pairs and warnings.

    Args:
        detail: The batch, as it is now.
        query: The metric, and what the heat map shows.

    Raises:
        InvalidInput: An axis that there is not.
    """
    items, metric = detail.items, query.metric
    axes, scored = columns(items), Scored(items, metric)
    pairs = walk_forward(items, metric)
    return BatchComparison(
        batch=without_items(detail),
        metric=metric,
        better=better(metric),
        summary=summary_of(detail, scored),
        warnings=(*lonely_peak(items, axes, scored), *warnings(detail)),
        axes=tuple(column.axis() for column in axes),
        ranking=ranking(items, scored),
        heat_map=heat_map(items, axes, query),
        parallel=parallel(items, axes),
        walk_forward=pairs,
        efficiency=efficiency(pairs),
    )
