"""What the best in sample does out of sample: windows labelled ``train n`` and ``test n``. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from leanboard.models.batch_outcome import Metric, WalkForwardPair
from leanboard.models.batches import BatchItem
from leanboard.services.batches.outcome.counting import state_of
from leanboard.services.batches.outcome.metrics import Scored

_LABEL = re.compile(r"(train|test) (\d{1,6})")
_Key = tuple[int, str, str | None]
# A share of these says something. Money in an account, counts and drawdowns say little as a share.
_SHARED = frozenset(
    {
        Metric.NET_PROFIT,
        Metric.COMPOUNDING_ANNUAL_RETURN,
        Metric.SHARPE_RATIO,
        Metric.SORTINO_RATIO,
        Metric.WIN_RATE,
        Metric.PROFIT_LOSS_RATIO,
    }
)


@dataclass(frozen=True, slots=True)
class _Windows:
    train: list[BatchItem] = field(default_factory=list)
    test: list[BatchItem] = field(default_factory=list)


def walk_forward(items: Sequence[BatchItem], metric: Metric) -> tuple[WalkForwardPair, ...]:
    """Return the pairs by number, strategy and symbol; none where windows are labelled otherwise."""
    found: dict[_Key, _Windows] = {}
    labels = {window: _LABEL.fullmatch(window or "") for window in {item.window for item in items}}
    for item in items:
        label = labels[item.window]
        if label is not None:
            windows = found.setdefault((int(label[2]), item.strategy_name, item.symbol), _Windows())
            (windows.train if label[1] == "train" else windows.test).append(item)
    pairs = (_pair(key, windows, metric) for key, windows in found.items() if windows.train)
    return tuple(sorted(pairs, key=lambda pair: pair.number))


def efficiency(pairs: Sequence[WalkForwardPair]) -> float | None:
    """Return the median of the pairs' efficiency."""
    known = [pair.efficiency for pair in pairs if pair.efficiency is not None]
    return median(known) if known else None


def _pair(key: _Key, windows: _Windows, metric: Metric) -> WalkForwardPair:
    trained, tested = Scored(windows.train, metric), Scored(windows.test, metric)
    number, strategy, symbol = key
    best = trained.best
    same = next(_same(best, windows.test), None) if best is not None else None
    place = next((index for index, item in enumerate(tested.items) if item is same), None)
    return WalkForwardPair(
        number=number,
        strategy_name=strategy,
        symbol=symbol,
        state=state_of((*windows.train, *windows.test)),
        train=best.number if best is not None else None,
        test=same.number if same is not None else None,
        parameters=best.parameters if best is not None else {},
        train_value=trained.best_value,
        test_value=None if place is None else tested.values[place],
        efficiency=None if place is None else _efficiency(trained, tested, place),
        test_rank=None if place is None else tested.ranks()[place],
        test_count=len(tested),
    )


def _same(best: BatchItem, tests: Sequence[BatchItem]) -> Iterator[BatchItem]:
    wanted = _combination(best)
    return (item for item in tests if _combination(item) == wanted)


def _combination(item: BatchItem) -> tuple[object, ...]:
    return (item.parameters, item.scenario, item.choice, item.initial_cash, item.commission)


def _efficiency(trained: Scored, tested: Scored, place: int) -> float | None:
    before, after = float(trained.values[0]), float(tested.values[place])
    if trained.metric not in _SHARED or before <= 0:
        return None
    if trained.metric is not Metric.NET_PROFIT:
        return after / before
    train_days, test_days = _days(trained.items[0]), _days(tested.items[place])
    if train_days is None or test_days is None:
        return None
    return (after / test_days) / (before / train_days)


def _days(item: BatchItem) -> int | None:
    if item.start_date is None or item.end_date is None:
        return None
    return (item.end_date - item.start_date).days + 1
