"""What LEAN's result file says that a verdict needs; nothing that it holds makes a function raise."""

from collections.abc import Iterable, Iterator, Mapping

from leanboard.models.analytics import Order, OrderEvent
from leanboard.services.analytics.orders import order_events, orders
from leanboard.services.analytics.series import named_points
from leanboard.services.analytics.trades import trades
from leanboard.services.verdict.evidence import AnalysisNote, ResultFacts
from leanboard.storage.lean_json import clean, integer, lookup, section, text
from leanboard.storage.result_document import ResultDocument

MAX_REFUSALS = 5000
MAX_NOTES = 50
MAX_SAMPLE = 300
MARGIN_CALL = "Margin Call"  # LEAN's tag of the orders that it makes itself
_FILLED = frozenset({"partially_filled", "filled"})
_INVALID = frozenset({"invalid"})


def result_facts(document: ResultDocument) -> ResultFacts:
    """Return what a parsed result says."""
    placed, events = orders(document), order_events(document)
    benchmark = [point.value for point in named_points(document.root, "Benchmark", "Benchmark")]
    state, configuration = document.state, document.state.configuration
    return ResultFacts(
        known=True,
        orders=max(len(placed), state.total_orders or 0),
        filled=len(_with_status(placed, events, _FILLED)),
        invalid=len(_with_status(placed, events, _INVALID)),
        margin_calls=sum(order.tag == MARGIN_CALL for order in placed),
        refusals=tuple((event.symbol, event.message) for event in events if event.status in _INVALID)[:MAX_REFUSALS],
        closed_trades=len(trades(document)) if section(document.root, "totalPerformance") else None,
        insights=integer(text(section(document.root, "state"), "InsightCount")) or 0,
        benchmark_flat=not any(benchmark) if benchmark else None,
        samples=len(benchmark),
        analysis=tuple(_analysis(document.root))[:MAX_NOTES],
        error=state.runtime_error,
        first_date=configuration.start_date,
        last_date=configuration.end_date,
    )


def _with_status(placed: Iterable[Order], events: Iterable[OrderEvent], wanted: frozenset[str]) -> set[int]:
    """The orders that are, or once were, in one of these states."""
    return {order.id for order in placed if order.status in wanted} | {
        event.order_id for event in events if event.status in wanted
    }


def _analysis(root: Mapping[str, object]) -> Iterator[AnalysisNote]:
    entries = lookup(root, "analysis")
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or not (issue := text(entry, "issue")):
            continue
        count = lookup(entry, "count")
        yield AnalysisNote(
            name=text(entry, "name"),
            issue=issue,
            sample=_sample(lookup(entry, "sample")),
            count=count if isinstance(count, int) and count > 0 else 1,
            solutions=_texts(lookup(entry, "solutions")),
        )


def _texts(raw: object) -> tuple[str, ...]:
    return tuple(clean(item) for item in raw if isinstance(item, str)) if isinstance(raw, list) else ()


def _sample(raw: object) -> str:
    """Text as it is; objects of numbers as ``name value``; lists and plain yes are left out."""
    if isinstance(raw, str):
        return clean(raw)[:MAX_SAMPLE]
    if not isinstance(raw, dict):
        return ""
    numbers = {clean(name): value for name, value in raw.items() if isinstance(value, int | float)}
    return ", ".join(f"{name} {value:.4g}" for name, value in numbers.items())[:MAX_SAMPLE]
