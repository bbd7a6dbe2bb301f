"""Orders that LEAN refused, that were never filled, and margin calls."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from leanboard.models.severity import Severity
from leanboard.models.verdict import Finding, FindingCode
from leanboard.services.verdict.evidence import Evidence

MAX_MESSAGE = 300
MAX_KINDS = 3
MAX_TICKERS = 8
FEW = 0.05  # share of refused orders below which a strategy works all the same
_WORDY = re.compile(r" \(Value:\[[^\]]*\]\)|, Reason: Id: .*|(?<=, )Reason: ")
_VALUES = re.compile(r"-?\d[\d.,]*(?:[Ee][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class _Advice:
    mark: str
    remedy: str


_ADVICE: Final = (
    _Advice(
        "Cash Modeling trading does not permit short holdings",
        "A cash account sells only what it holds: sell no more than the holding, fees included.",
    ),
    _Advice(
        "Insufficient buying power",
        "Order less: set_holdings with a smaller weight, or calculate_order_quantity; sell before you buy. "
        "More cash or leverage, if that is meant.",
    ),
    _Advice("order type. Only supports", "Use an order type that the brokerage model has, or another brokerage model."),
    _Advice("The minimum order size", "Order at least the minimum size."),
    _Advice("BrokerageModel declared unable", "The brokerage model does not allow it: change the order or the model."),
)


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Return what is to be said about orders that exist; orders that LEAN did not make are in no_trades."""
    if evidence.result.invalid:
        yield _invalid(evidence)
    if evidence.result.margin_calls:
        yield _margin_calls(evidence)


def _invalid(evidence: Evidence) -> Finding:
    result = evidence.result
    kinds = Counter(_shape(message) for _, message in result.refusals if message)
    first: dict[str, str] = {}
    for _, message in result.refusals:
        first.setdefault(_shape(message), message)
    [most, *_] = [*(first[shape] for shape, _ in kinds.most_common(1)), ""]
    tickers = Counter(ticker for ticker, _ in result.refusals if ticker)
    return Finding(
        code=FindingCode.ORDERS_INVALID,
        severity=_severity(evidence),
        title=f"{_how_many(result.invalid, result.orders)} refused" + (f": {_short(most)}" if most else ""),
        evidence=(
            *(
                f"{count} times: " * (count > 1) + first[shape][:MAX_MESSAGE]
                for shape, count in kinds.most_common(MAX_KINDS)
            ),
            *_named(tickers),
        ),
        remedy=next((item.remedy for item in _ADVICE if item.mark in most), "The log has the order and the reason."),
        symbol=next(iter(tickers)) if len(tickers) == 1 else None,
    )


def _severity(evidence: Evidence) -> Severity:
    result = evidence.result
    if result.invalid >= result.orders:
        return Severity.ERROR
    return Severity.WARNING if result.invalid >= FEW * result.orders else Severity.INFO


def _how_many(number: int, of: int) -> str:
    if number >= of:
        return "the only order was" if number == 1 else f"all {number} orders were"
    return f"{number} of {of} orders {'was' if number == 1 else 'were'}"


def _named(tickers: Counter[str]) -> Iterator[str]:
    if tickers:
        more = f" and {len(tickers) - MAX_TICKERS} more" if len(tickers) > MAX_TICKERS else ""
        yield "orders of: " + ", ".join(ticker for ticker, _ in tickers.most_common(MAX_TICKERS)) + more


def _shape(message: str) -> str:
    """A message without its values, so that those of one kind are one."""
    return _VALUES.sub("#", message)[:MAX_MESSAGE]


def _short(message: str) -> str:
    """The part that says why."""
    _, found, reason = message.partition("Order Error: ids: [")
    text = reason.partition("], ")[2] if found else message
    text = text.partition(" - Code: NotSupported - ")[2] or text
    return _WORDY.sub("", text)[:MAX_MESSAGE]


def _margin_calls(evidence: Evidence) -> Finding:
    count = evidence.result.margin_calls
    note = next((note for note in evidence.result.analysis if note.name == "MarginCallsAnalysis"), None)
    return Finding(
        code=FindingCode.MARGIN_CALLS,
        severity=Severity.WARNING,
        title=f"LEAN sold positions by margin call: {count} order{'' if count == 1 else 's'}",
        evidence=(note.sample,) if note and note.sample else (),
        remedy="Smaller positions or less leverage; on_margin_call_warning comes before a call.",
    )
