"""What to know before one believes a comparison of items. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from leanboard.models.batch_outcome import BatchWarning, OutcomeWarning
from leanboard.models.batches import BatchDetail, BatchItem
from leanboard.models.run import BacktestStatus
from leanboard.services.batches.outcome.axes import MAX_PARAMETERS, left_out
from leanboard.services.batches.outcome.counting import has_ended
from leanboard.services.batches.outcome.no_effect import without_effect

MAX_ITEMS = 100  # that a warning names
MAX_GROUPS = 5  # different values that it shows
_CODE = attrgetter("strategy_name", "code")


def warnings(detail: BatchDetail) -> Iterator[BatchWarning]:
    """Yield what holds of the batch as it is now; what depends on the metric is not among it."""
    ended = [item for item in detail.items if item.status is BacktestStatus.COMPLETED]
    yield from _unfinished(detail)
    yield from _cut_off(ended)
    yield from _reused(ended)
    yield from _code(ended)
    for setting in _SETTINGS:
        for where, alike in _alike(setting, ended):
            yield from _differing(setting, where, alike)
    yield from _no_effect(ended)
    if more := left_out(detail.items):
        message = f"of the parameters that differ only the first {MAX_PARAMETERS} are looked at, {more} are not"
        yield _warning(OutcomeWarning.AXES, message)


def _warning(kind: OutcomeWarning, message: str, items: Sequence[BatchItem] = ()) -> BatchWarning:
    return BatchWarning(kind=kind, message=message, items=tuple(item.number for item in items[:MAX_ITEMS]))


def _unfinished(detail: BatchDetail) -> Iterator[BatchWarning]:
    waiting = [item for item in detail.items if not has_ended(item)]
    if waiting:
        message = f"{len(waiting)} of {len(detail.items)} items have not ended: everything here may change"
        yield _warning(OutcomeWarning.PARTIAL, message, waiting)
    elif detail.state == "partial":
        yield _warning(OutcomeWarning.PARTIAL, "the batch is not final: everything here may change")


def _items(found: Sequence[BatchItem]) -> str:
    return "1 item" if len(found) == 1 else f"{len(found)} items"


def _cut_off(ended: Sequence[BatchItem]) -> Iterator[BatchWarning]:
    found = [item for item in ended if item.partial]
    if found:
        message = f"{_items(found)} with a part of the period alone: not ranked"
        yield _warning(OutcomeWarning.PARTIAL, message, found)


def _reused(ended: Sequence[BatchItem]) -> Iterator[BatchWarning]:
    found = [item for item in ended if item.reused]
    if found:
        message = f"{_items(found)} not executed: answered by identical earlier runs"
        yield _warning(OutcomeWarning.REUSED, message, found)


def _code(ended: Sequence[BatchItem]) -> Iterator[BatchWarning]:
    """Name, for each strategy that ran with different code, the items that differ from most."""
    versions_of = Counter(strategy for strategy, code in set(map(_CODE, ended)) if code)
    if not any(count > 1 for count in versions_of.values()):
        return
    by_strategy: dict[str, dict[str, list[BatchItem]]] = {}
    for item in ended:
        if item.code:
            by_strategy.setdefault(item.strategy_name, {}).setdefault(item.code, []).append(item)
    for strategy, versions in by_strategy.items():
        if len(versions) > 1:
            often, *seldom = sorted(versions.values(), key=len, reverse=True)
            others = sorted((item for items in seldom for item in items), key=lambda item: item.number)
            message = (
                f"{strategy} was changed in between: {_items(often)} ran one version of its code, {len(others)} "
                "another or others; rerun the whole batch to compare them"
            )
            yield _warning(OutcomeWarning.CODE, message, others)


def _no_effect(ended: Sequence[BatchItem]) -> Iterator[BatchWarning]:
    for strategy, name, found in without_effect(ended):
        message = (
            f"{name} makes no difference to {strategy}: {_items(found)} that differ in it have the same results; "
            "perhaps the strategy does not read it, or under another name"
        )
        yield _warning(OutcomeWarning.NO_EFFECT, message, found)


@dataclass(frozen=True, slots=True)
class _Setting:
    kind: OutcomeWarning
    what: str
    read: Callable[[BatchItem], object]
    write: Callable[[BatchItem], str]


_OWN = "the strategy's own"
_SETTINGS = (
    _Setting(
        OutcomeWarning.DATES,
        "the periods differ",
        attrgetter("start_date", "end_date"),
        lambda item: f"{item.start_date or 'its own start'} to {item.end_date or 'its own end'}",
    ),
    _Setting(
        OutcomeWarning.CASH,
        "the capital differs",
        attrgetter("initial_cash"),
        lambda item: _OWN if item.initial_cash is None else f"{item.initial_cash:f}",
    ),
    _Setting(
        OutcomeWarning.COMMISSION,
        "the commission differs",
        attrgetter("commission"),
        lambda item: _OWN if item.commission is None else str(item.commission),
    ),
    _Setting(
        OutcomeWarning.ENGINE,
        "what executed them differs",
        attrgetter("engine"),
        lambda item: item.engine.value if item.engine else "unknown",
    ),
)


def _alike(setting: _Setting, ended: Sequence[BatchItem]) -> Iterator[tuple[str, Sequence[BatchItem]]]:
    """Yield items that a setting should be the same for: windows differ on purpose, the items of one do not."""
    if setting.kind is not OutcomeWarning.DATES:
        yield "", ended
        return
    windows: dict[str | None, list[BatchItem]] = {}
    for item in ended:
        windows.setdefault(item.window, []).append(item)
    for window, items in windows.items():
        yield "" if window is None else f" in {window}", items


def _differing(setting: _Setting, where: str, ended: Sequence[BatchItem]) -> Iterator[BatchWarning]:
    if len(set(map(setting.read, ended))) > 1:
        groups: dict[object, list[BatchItem]] = {}
        for item in ended:
            groups.setdefault(setting.read(item), []).append(item)
        parts = [f"{setting.write(items[0])} ({_items(items)})" for items in list(groups.values())[:MAX_GROUPS]]
        parts += [f"{len(groups) - MAX_GROUPS} more"] if len(groups) > MAX_GROUPS else []
        yield _warning(setting.kind, f"{setting.what}{where}: {'; '.join(parts)}")
