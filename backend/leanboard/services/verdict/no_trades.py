"""Why a run that completed has no trade; there is always a cause."""

from collections.abc import Iterator

from leanboard.models.requests import Resolution
from leanboard.models.run import BacktestStatus, CodeLocation
from leanboard.models.severity import Severity
from leanboard.models.verdict import Finding, FindingCode
from leanboard.services.verdict.data import is_empty, sorted_days
from leanboard.services.verdict.evidence import Evidence, SeriesUse
from leanboard.services.verdict.other_files import missing_universe, other_files
from leanboard.strategies.trading_calls import CallKind, CallSite

MAX_SITES = 5
MAX_PATHS = 3
_BARS_A_DAY = {  # of an equity, about
    Resolution.DAILY: 1,
    Resolution.HOUR: 7,
    Resolution.MINUTE: 390,
    Resolution.SECOND: 23_400,
    Resolution.TICK: 100_000,
}


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Return the causes; nothing where something was traded, or where the run's own end is the cause."""
    if evidence.traded is not False or evidence.run.status is not BacktestStatus.COMPLETED:
        return
    if evidence.result.orders:
        yield from _unfilled(evidence)
        return
    causes = [
        *_warm_up(evidence),
        *_nothing_subscribed(evidence),
        *_refused(evidence),
        *_insights(evidence),
        *_no_order_in_the_code(evidence),
    ]
    yield from causes
    if not causes and not _has_no_data(evidence):
        yield from [*_indicators(evidence)] or [_never_reached(evidence)]


def _has_no_data(evidence: Evidence) -> bool:
    """Whether that is the cause, which data.py tells."""
    asked = evidence.subscriptions
    return bool(asked) and all(is_empty(use, evidence) for use in asked)


def _unfilled(evidence: Evidence) -> Iterator[Finding]:
    result = evidence.result
    left = result.orders - result.invalid
    if left <= 0:
        return  # all refused: orders.py tells
    yield Finding(
        code=FindingCode.ORDERS_UNFILLED,
        severity=Severity.ERROR,
        title=f"No order was filled: {left} of {result.orders} were placed, and canceled or still open at the end",
        evidence=tuple(_places(evidence, CallKind.ORDER)),
        remedy="Compare limit and stop prices with the bars: a limit buy fills only at or below its price. "
        "Orders sent when the market is closed wait for its opening.",
    )


def _warm_up(evidence: Evidence) -> Iterator[Finding]:
    if evidence.log.warming_up:
        yield Finding(
            code=FindingCode.WARM_UP_UNFINISHED,
            severity=Severity.ERROR,
            title="The run ended while LEAN was warming up: nothing was simulated",
            evidence=(f"the log ends at {evidence.log.latest}",) if evidence.log.latest else (),
            remedy="Shorten set_warm_up, or check why the run ended.",
            simulated_time=evidence.log.latest or None,
        )


def _nothing_subscribed(evidence: Evidence) -> Iterator[Finding]:
    """LEAN looked for no bars but its benchmark's, nor for custom data."""
    data = evidence.data
    if not data.known or evidence.log.warming_up:
        return
    universes, missing = evidence.code.calls.of(CallKind.UNIVERSE), missing_universe(evidence)
    if missing and (not evidence.subscriptions or _has_no_data(evidence)):
        yield _universe_without_data(evidence, missing)
    elif evidence.subscriptions:
        return
    elif universes:
        yield _universe_empty(evidence, universes)
    elif not other_files(data.others_missing) and not other_files(data.others_found):
        yield _no_subscription(evidence)


def _universe_without_data(evidence: Evidence, missing: tuple[str, ...]) -> Finding:
    return Finding(
        code=FindingCode.UNIVERSE_WITHOUT_DATA,
        severity=Severity.ERROR,
        title=f"The universe had nothing to select from: {len(missing)} files that LEAN looked for are not there",
        evidence=missing[:MAX_PATHS],
        remedy=f"Add them to {evidence.data.folder or 'the data folder'}, choose dates that are there, or name the "
        "securities with add_equity.",
    )


def _universe_empty(evidence: Evidence, sites: tuple[CallSite, ...]) -> Finding:
    return Finding(
        code=FindingCode.UNIVERSE_EMPTY,
        severity=Severity.ERROR,
        title="The universe selected nothing: no security was ever added",
        evidence=tuple(_places(evidence, CallKind.UNIVERSE, shown=1)),
        remedy="Log how many securities the selection gets and returns.",
        location=CodeLocation(file=sites[0].file, line=sites[0].line),
        source=sites[0].text,
    )


def _no_subscription(evidence: Evidence) -> Finding:
    sites = evidence.code.calls.of(CallKind.DATA)
    return Finding(
        code=FindingCode.NO_SUBSCRIPTION,
        severity=Severity.ERROR,
        title="The strategy asked for no market data, so it never saw a bar",
        evidence=tuple(_places(evidence, CallKind.DATA, shown=1))
        or ("nothing in its code adds a security",) * evidence.code.known,
        remedy="Check whether this line is reached."
        if sites
        else 'Add a security in initialize: self.add_equity("SPY").',
        location=CodeLocation(file=sites[0].file, line=sites[0].line) if sites else None,
        source=sites[0].text if sites else None,
    )


def _refused(evidence: Evidence) -> Iterator[Finding]:
    """Orders that LEAN refused before they existed: it says so in the log alone."""
    refusals = [told for told in evidence.log.messages if told.known.refusal]
    if not refusals:
        return
    most = refusals[0]
    yield Finding(
        code=FindingCode.ORDERS_REFUSED,
        severity=Severity.ERROR,
        title=f"LEAN made no order of what the strategy asked for: {most.text}",
        evidence=tuple(
            f"{told.count} times: " * (told.count > 1) + told.text
            for told in refusals
            if told.count > 1 or told is not most
        ),
        remedy=most.known.remedy,
        simulated_time=most.simulated_time,
    )


def _insights(evidence: Evidence) -> Iterator[Finding]:
    if evidence.result.insights:
        yield Finding(
            code=FindingCode.INSIGHTS_WITHOUT_ORDERS,
            severity=Severity.ERROR,
            title=f"{evidence.result.insights} insights were emitted, and no order came of them",
            evidence=tuple(_places(evidence, CallKind.INSIGHT)),
            remedy="Set a portfolio construction model (set_portfolio_construction) and an execution model; flat "
            "insights, those of securities without a price, and targets below one unit come to nothing.",
        )


def _no_order_in_the_code(evidence: Evidence) -> Iterator[Finding]:
    code = evidence.code
    if not code.known or code.calls.of(CallKind.ORDER) or code.calls.of(CallKind.INSIGHT):
        return
    yield Finding(
        code=FindingCode.NEVER_ORDERS,
        severity=Severity.WARNING,
        title=f"The strategy never orders: nothing in {_files(evidence)} calls set_holdings, market_order or the like",
        evidence=tuple(_course(evidence)),
        remedy='Order in on_data or in a scheduled event: self.set_holdings("SPY", 1).',
    )


def _indicators(evidence: Evidence) -> Iterator[Finding]:
    """An indicator that needs more bars than the whole run has cannot have become ready."""
    longest, code = evidence.code.calls.longest, evidence.code
    bars = max((_bars(use, evidence) for use in evidence.subscriptions), default=0)
    if longest is None or not bars or longest.period <= bars or code.calls.of(CallKind.WARM_UP):
        return
    yield Finding(
        code=FindingCode.INDICATORS_NOT_READY,
        severity=Severity.WARNING,
        title=f"An indicator needs {longest.period:,} bars, and the run has about {bars:,}: it was never ready",
        evidence=tuple(_course(evidence)),
        remedy="A longer period, a shorter indicator, or warm-up: self.set_warm_up, or "
        "self.settings.automatic_indicator_warm_up = True.",
        location=CodeLocation(file=longest.file, line=longest.line),
        source=longest.text,
    )


def _bars(use: SeriesUse, evidence: Evidence) -> int:
    days = len(sorted_days(use, evidence).found) if use.opened is None else use.present_days or 0
    return days * _BARS_A_DAY[use.series.resolution]


def _never_reached(evidence: Evidence) -> Finding:
    sites = evidence.code.calls.of(CallKind.ORDER)
    first = sites[0] if sites else None
    return Finding(
        code=FindingCode.NEVER_ORDERED,
        severity=Severity.WARNING,
        title="The strategy had data and never came to an order",
        evidence=(*_course(evidence), *_places(evidence, CallKind.ORDER, shown=1)),
        remedy="Log what leads to the order: a condition that is never true, or a quantity of 0. set_holdings orders "
        "nothing where the cash does not buy one unit.",
        location=CodeLocation(file=first.file, line=first.line) if first else None,
        source=first.text if first else None,
    )


def _course(evidence: Evidence) -> Iterator[str]:
    """What happened instead."""
    points, lines = evidence.log.data_points, evidence.log.user_lines
    if points is not None:
        yield f"LEAN processed {points:,} data points, and the strategy wrote {lines:,} log lines"
    if evidence.statistics.start_equity is not None:
        yield f"it began with {evidence.statistics.start_equity:,f} of the account's currency"
    if evidence.log.quit:
        yield f"the strategy called quit() at {evidence.log.latest}"
    if evidence.log.messages:
        yield f"LEAN said: {evidence.log.messages[0].text}"


def _places(evidence: Evidence, kind: CallKind, *, shown: int = 0) -> Iterator[str]:
    """The calls of a kind, but for the first ``shown`` ones, which the finding itself points at."""
    sites = evidence.code.calls.of(kind)[shown:]
    for site in sites[:MAX_SITES]:
        yield f"{site.file}:{site.line}  {site.text}"
    if len(sites) > MAX_SITES:
        yield f"and {len(sites) - MAX_SITES} more places"


def _files(evidence: Evidence) -> str:
    files = evidence.code.files
    return files[0] if len(files) == 1 else f"its {len(files)} files"
