"""Parameters that make no difference: a strategy that does not read one runs the same backtest for each of its values.

LEAN says nothing of a parameter that nobody reads, and neither do the results.
"""

from collections.abc import Hashable, Iterator, Sequence

from leanboard.models.batches import BatchItem, KeyMetrics
from leanboard.services.batches.outcome.axes import MAX_PARAMETERS, differing_parameters

LEAST = 3  # items: two that are equal may be chance

Found = tuple[str, str, tuple[BatchItem, ...]]
_Varying = frozenset[tuple[str, str]]
"""Of an item: parameters that not all items share, with their values. What all share tells none apart."""


def without_effect(items: Sequence[BatchItem]) -> Iterator[Found]:
    """Yield strategy, parameter and items where runs that differ in that parameter alone came to the same results.

    Args:
        items: Completed. Those that traded nothing are left out: they are equal for other reasons. Of their parameters
            the first :data:`MAX_PARAMETERS` that differ are looked at.
    """
    by_strategy: dict[str, list[BatchItem]] = {}
    for item in items:
        if item.metrics is not None and item.metrics.total_orders:
            by_strategy.setdefault(item.strategy_name, []).append(item)
    for strategy, own in by_strategy.items():
        names = differing_parameters(own)
        among = frozenset(names)
        varying = [(item, frozenset(pair for pair in item.parameters.items() if pair[0] in among)) for item in own]
        for name in names[:MAX_PARAMETERS]:
            if found := _without(varying, name):
                yield strategy, name, found


def _without(items: Sequence[tuple[BatchItem, _Varying]], name: str) -> tuple[BatchItem, ...]:
    """Return the items that differ in a parameter alone from another; none as soon as it makes a difference."""
    groups: dict[Hashable, list[BatchItem]] = {}
    results: dict[Hashable, KeyMetrics | None] = {}
    for item, varying in items:
        if name not in item.parameters:
            continue
        rest = _all_else(item, varying - {(name, item.parameters[name])})
        groups.setdefault(rest, []).append(item)
        if results.setdefault(rest, item.metrics) != item.metrics:
            return ()
    several = (group for group in groups.values() if len({item.parameters[name] for item in group}) > 1)
    found = tuple(item for group in several for item in group)
    return found if len(found) >= LEAST else ()


def _all_else(item: BatchItem, others: _Varying) -> Hashable:
    dates = (item.window, item.start_date, item.end_date)
    return item.symbol, dates, item.scenario, item.initial_cash, item.commission, item.engine, item.code, others
