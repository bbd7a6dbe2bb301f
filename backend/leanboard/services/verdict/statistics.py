"""What the numbers do not say by themselves: too few samples, no benchmark, LEAN's own analysis."""

from collections.abc import Iterator
from typing import Final

from leanboard.models.requests import Resolution
from leanboard.models.run import BacktestStatus
from leanboard.models.severity import Severity
from leanboard.models.verdict import Finding, FindingCode
from leanboard.services.monitoring.warnings import is_told_by_findings
from leanboard.services.verdict.evidence import AnalysisNote, Evidence, SeriesUse
from leanboard.strategies.trading_calls import CallKind

MAX_TITLE = 300
_TOLD_BY_OTHERS: Final = frozenset({"PortfolioValueIsNotPositiveAnalysis", "MarginCallsAnalysis"})


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Return what is to be known of the numbers; of runs that failed, nothing: there the failure counts."""
    if evidence.run.status is BacktestStatus.FAILED:
        return
    if evidence.run.status is BacktestStatus.COMPLETED:
        yield from _early_end(evidence)
    yield from _benchmark(evidence)
    yield from _few_samples(evidence)
    yield from _warnings(evidence)
    yield from _open_positions(evidence)
    yield from _simulated(evidence)
    yield from _analysis(evidence)
    yield from _messages(evidence)


def _early_end(evidence: Evidence) -> Iterator[Finding]:
    money, when = evidence.statistics.end_equity, evidence.log.latest or None
    if money is not None and money <= 0 and evidence.result.known:
        yield Finding(
            code=FindingCode.WIPED_OUT,
            severity=Severity.WARNING,
            title="The strategy lost everything: LEAN ended the run when the portfolio's value was zero or less",
            evidence=(f"equity at the end: {money:f}",),
            remedy="Smaller positions or less leverage; check the data of what was held for false prices.",
            simulated_time=when,
        )
    elif evidence.log.quit:
        yield Finding(
            code=FindingCode.ENDED_EARLY,
            severity=Severity.WARNING if evidence.traded else Severity.ERROR,
            title="The strategy ended the run early by calling quit()",
            evidence=(f"the period ends on {evidence.last_date}",) if evidence.last_date else (),
            simulated_time=when,
        )


def _benchmark(evidence: Evidence) -> Iterator[Finding]:
    """A benchmark of zeros, unless the strategy set one of its own and no file was missing."""
    if not evidence.result.benchmark_flat or evidence.result.samples < 2:
        return
    missing = [
        use
        for use in evidence.data.series
        if use.own and use.opened is False and use.series.resolution is Resolution.HOUR
    ]
    if missing:
        yield _benchmark_without_data(missing)
    elif not evidence.code.calls.of(CallKind.BENCHMARK):
        yield Finding(
            code=FindingCode.BENCHMARK_MISSING,
            severity=Severity.WARNING,
            title="The benchmark is zero throughout: so are alpha, beta and tracking error",
            remedy="LEAN found no price of it, or has none for this brokerage model (as for Interactive Brokers): call "
            "set_benchmark with something that has hour bars in the data folder.",
        )


def _benchmark_without_data(missing: list[SeriesUse]) -> Finding:
    ticker = missing[0].series.ticker.upper()
    return Finding(
        code=FindingCode.BENCHMARK_MISSING,
        severity=Severity.WARNING,
        title=f"There is no data of {ticker}, LEAN's benchmark for this run: alpha, beta and tracking error are zero",
        evidence=tuple(f"not there: {use.series}" for use in missing[:3]),
        remedy="LEAN wants hour bars of it: add them to the data folder, or call set_benchmark with something that "
        "has them.",
        symbol=ticker,
    )


def _few_samples(evidence: Evidence) -> Iterator[Finding]:
    first, last = evidence.first_date, evidence.last_date
    if not evidence.result.known or evidence.run.status is not BacktestStatus.COMPLETED:
        return
    one_day = first is not None and first == last
    if one_day or not evidence.statistics.lean:
        yield Finding(
            code=FindingCode.SHORT_PERIOD,
            severity=Severity.WARNING,
            title="The run covers one day: LEAN takes its statistics from daily values, so most are zero or missing"
            if one_day
            else "LEAN wrote no statistics: the run has too few daily values",
            remedy="Simulate a longer period.",
            first_date=first,
            last_date=last,
        )


def _warnings(evidence: Evidence) -> Iterator[Finding]:
    for warning in evidence.run.warnings:
        if not is_told_by_findings(warning):
            yield Finding(code=FindingCode.RUN_WARNING, severity=Severity.WARNING, title=warning[:MAX_TITLE])


def _open_positions(evidence: Evidence) -> Iterator[Finding]:
    result = evidence.result
    if result.filled and result.closed_trades == 0:
        yield Finding(
            code=FindingCode.POSITIONS_OPEN,
            severity=Severity.INFO,
            title="No position was closed: win rate, average win and other figures of trades are zero",
            evidence=(f"{result.filled} of {result.orders} orders filled, 0 trades closed",),
        )


def _simulated(evidence: Evidence) -> Iterator[Finding]:
    if evidence.provenance.kind in ("simulated", "mixed"):
        some = "Some of these prices are" if evidence.provenance.kind == "mixed" else "These prices are"
        yield Finding(
            code=FindingCode.SIMULATED_DATA,
            severity=Severity.INFO,
            title=f"{some} made up: the numbers say nothing about any market",
            evidence=evidence.provenance.sources[:5],
            remedy="Set LEANBOARD_DATA to a folder of real data.",
        )


def _analysis(evidence: Evidence) -> Iterator[Finding]:
    """LEAN's own analysis judges returns; without a trade there are none."""
    if not evidence.traded or evidence.run.status is not BacktestStatus.COMPLETED:
        return
    for note in evidence.result.analysis:
        if note.name not in _TOLD_BY_OTHERS:
            yield _noted(note)


def _noted(note: AnalysisNote) -> Finding:
    times = f"{note.count} times" if note.count > 1 else ""
    return Finding(
        code=FindingCode.LEAN_ANALYSIS,
        severity=Severity.INFO,
        title=note.issue[:MAX_TITLE],
        evidence=tuple(filter(None, (note.sample, times, f"LEAN's {note.name}"))),
        remedy=note.solutions[0][:MAX_TITLE] if note.solutions else "",
    )


def _messages(evidence: Evidence) -> Iterator[Finding]:
    for told in evidence.log.messages:
        if told.known.refusal and not evidence.traded:
            continue  # the cause of having no trade: told there
        yield Finding(
            code=FindingCode.LEAN_MESSAGE,
            severity=Severity.INFO,
            title=told.text,
            evidence=(f"{told.count} times",) if told.count > 1 else (),
            remedy=told.known.remedy,
            simulated_time=told.simulated_time,
        )
