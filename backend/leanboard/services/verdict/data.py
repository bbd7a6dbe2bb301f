"""What the data folder did not have for the run, and what it has."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from leanboard.market_data.extents import Extent
from leanboard.market_data.lean_paths import SecurityType, has_day_files
from leanboard.models.run import BacktestStatus
from leanboard.models.severity import Severity
from leanboard.models.verdict import Finding, FindingCode
from leanboard.services.verdict.evidence import Evidence, SeriesUse

MAX_SINGLE = 3  # securities of one kind of finding that are told one by one
MAX_NAMED = 8
MAX_STRETCHES = 3
FEW = 0.05  # share of days without data below which a gap is only mentioned
MIN_HISTORY = 3  # days before the start; LEAN looks at one or two because of time zones


@dataclass(frozen=True, slots=True)
class Days:
    """The days of one series, sorted into before and inside the run's period."""

    found: tuple[date, ...]
    missing: tuple[date, ...]
    missing_before: tuple[date, ...]
    found_before: tuple[date, ...]


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Return what was missing, the securities without any data first."""
    if not evidence.data.known:
        return
    empty = [use for use in evidence.subscriptions if is_empty(use, evidence)]
    rest = [use for use in evidence.subscriptions if use not in empty]
    yield from _folded(list(_empty(empty, rest, evidence)), len(evidence.subscriptions))
    partly = [finding for use in rest for finding in _partly(use, evidence)]
    for code in (FindingCode.DATES_OUTSIDE_DATA, FindingCode.DATA_GAPS, FindingCode.HISTORY_MISSING):
        yield from _folded([finding for finding in partly if finding.code is code], len(evidence.subscriptions))


def is_empty(use: SeriesUse, evidence: Evidence) -> bool:
    """Whether there was nothing of a series in the run's period."""
    if use.opened is False:
        return True
    if use.opened:
        return use.present_days == 0 and use.expected_days != 0
    days = sorted_days(use, evidence)
    return bool(days.missing) and not days.found


def sorted_days(use: SeriesUse, evidence: Evidence) -> Days:
    """Sort the days of a series of day files; days after the end are LEAN's reading ahead."""
    first, last = evidence.first_date or date.min, evidence.last_date or date.max
    return Days(
        found=tuple(day for day in use.found if first <= day <= last),
        missing=tuple(day for day in use.missing if first <= day <= last),
        missing_before=tuple(day for day in use.missing if day < first),
        found_before=tuple(day for day in use.found if day < first),
    )


def _empty(empty: list[SeriesUse], rest: list[SeriesUse], evidence: Evidence) -> Iterator[Finding]:
    """An error where it explains that nothing was traded; info where the same ticker had other data."""
    with_data = {use.series.ticker for use in rest}
    completed = evidence.run.status is BacktestStatus.COMPLETED
    worst = Severity.ERROR if completed and not rest and not evidence.traded else Severity.WARNING
    for use in empty:
        mentioned = evidence.traded and use.series.ticker in with_data
        yield _no_data(use, evidence, Severity.INFO if mentioned else worst)


def _no_data(use: SeriesUse, evidence: Evidence, severity: Severity) -> Finding:
    ticker, bars = _name(use), use.series.resolution.value
    first, last = evidence.first_date, evidence.last_date
    return Finding(
        code=FindingCode.NO_DATA,
        severity=severity,
        title=f"{ticker} has no {bars} data {_boundary(use, first, last)}",
        evidence=tuple(_proof(use, evidence)),
        remedy=_remedy(use, evidence),
        symbol=use.series.ticker.upper(),
        first_date=first,
        last_date=last,
    )


def _name(use: SeriesUse) -> str:
    """The ticker; with the market where several have pairs of the same name."""
    series = use.series
    market = "" if series.security_type is SecurityType.EQUITY else f" ({series.market})"
    return f"{series.ticker.upper()}{market}"


def _boundary(use: SeriesUse, first: date | None, last: date | None) -> str:
    """Where the data ends that there is: before, after, or nowhere near the period."""
    where = " in this folder"
    extent = next((item for item in use.extents if item.resolution is use.series.resolution), None)
    if extent is None:
        return f"{where.strip()}" if use.extents or use.neighbours else _period(first, last)
    if last is not None and last < extent.first_date:
        return f"before {extent.first_date}{where}"
    if first is not None and first > extent.last_date:
        return f"after {extent.last_date}{where}"
    return _period(first, last)


def _period(first: date | None, last: date | None) -> str:
    return f"from {first} to {last}" if first and last else "in the run's period"


def _proof(use: SeriesUse, evidence: Evidence) -> Iterator[str]:
    if use.opened is False:
        yield f"LEAN looked for it, and there is no such file: {use.series}"
    elif use.opened:
        yield f"the file is there, without a bar on any of the {use.expected_days} trading days of the period"
    else:
        days = sorted_days(use, evidence)
        files = "1 file" if len(days.missing) == 1 else f"{len(days.missing)} files"
        yield f"LEAN looked for {files}, one a day, and none was there: {_named(days.missing)}"
    if use.listed and evidence.last_date and use.listed[0] > evidence.last_date:
        yield f"it was first traded on {use.listed[0]}, by its map file"
    if use.listed and evidence.first_date and use.listed[1] < evidence.first_date:
        yield f"it was last traded on {use.listed[1]}, by its map file"


def _remedy(use: SeriesUse, evidence: Evidence) -> str:
    """What there is, and where to go from there."""
    ticker, folder = use.series.ticker.upper(), evidence.data.folder
    if use.extents:
        return f"{_available(use, evidence)}. Choose dates or a resolution that are there, or add data to the folder."
    if not folder:
        return "Look into the data folder that the run had read; this service does not have it."
    others = ", ".join(name.upper() for name in use.neighbours)
    place = f"{use.series.resolution.value} data of {use.series.security_type.value} {use.series.market}"
    there = f"Available as {place}: {others}." if others else f"There is no {place} at all."
    return f"{there} Correct the ticker, or add {ticker} to {folder}."


def _available(use: SeriesUse, evidence: Evidence) -> str:
    """Such as ``Available: minute 2013-10-07 to 2013-10-11; daily 1998-01-02 to 2021-03-31``."""
    near = evidence.first_date or date.max
    return "Available: " + "; ".join(f"{extent.resolution.value} {_stretches(extent, near)}" for extent in use.extents)


def _stretches(extent: Extent, near: date) -> str:
    """The pieces next to a day, in their order."""
    chosen = sorted(sorted(extent.stretches, key=lambda piece: _distance(piece, near))[:MAX_STRETCHES])
    rest = len(extent.stretches) - len(chosen)
    texts = [f"{first} to {last}" if first != last else f"{first}" for first, last in chosen]
    return ", ".join(texts) + (f" and {rest} more {'piece' if rest == 1 else 'pieces'}" if rest else "")


def _distance(piece: tuple[date, date], near: date) -> int:
    first, last = piece
    return max((first - near).days, (near - last).days, 0)


def _named(days: tuple[date, ...]) -> str:
    if len(days) <= 3:
        return ", ".join(day.isoformat() for day in days)
    return f"{days[0]}, {days[1]} ... {days[-1]}"


def _partly(use: SeriesUse, evidence: Evidence) -> Iterator[Finding]:
    if has_day_files(use.series.resolution):
        yield from _partly_day_files(use, evidence)
    elif use.present_days is not None and use.expected_days is not None and use.present_days < use.expected_days:
        yield from _partly_history(use, evidence)


def _partly_history(use: SeriesUse, evidence: Evidence) -> Iterator[Finding]:
    """Hour and daily data: one file, in which days are missing."""
    expected, present = use.expected_days or 0, use.present_days or 0
    extent = next((item for item in use.extents if item.resolution is use.series.resolution), None)
    first, last = _traded_period(use, evidence)
    if extent and first and last and (extent.first_date > first or extent.last_date < last):
        starts = extent.first_date if extent.first_date > first else None
        ends = extent.last_date if extent.last_date < last else None
        yield _outside(use, evidence, starts, ends, expected - present, expected)
    else:
        yield _gaps(use, (), expected - present, expected)


def _traded_period(use: SeriesUse, evidence: Evidence) -> tuple[date | None, date | None]:
    first, last = evidence.first_date, evidence.last_date
    if use.listed and first and last:
        return max(first, use.listed[0]), min(last, use.listed[1])
    return first, last


def _partly_day_files(use: SeriesUse, evidence: Evidence) -> Iterator[Finding]:
    days = sorted_days(use, evidence)
    if days.found and days.missing:
        leading = tuple(day for day in days.missing if day < days.found[0])
        trailing = tuple(day for day in days.missing if day > days.found[-1])
        inside = tuple(day for day in days.missing if days.found[0] < day < days.found[-1])
        total = len(days.found) + len(days.missing)
        if leading or trailing:
            starts, ends = days.found[0] if leading else None, days.found[-1] if trailing else None
            yield _outside(use, evidence, starts, ends, len(leading) + len(trailing), total)
        if inside:
            yield _gaps(use, inside, len(inside), total)
    if len(days.missing_before) >= MIN_HISTORY:
        yield _history(use, evidence, days)


def _outside(  # noqa: PLR0917  # the two ends and the two counts belong together
    use: SeriesUse, evidence: Evidence, starts: date | None, ends: date | None, missing: int, of: int
) -> Finding:
    ticker, bars = _name(use), use.series.resolution.value
    ends_told = [f"before {starts}"] * bool(starts) + [f"after {ends}"] * bool(ends)
    where = " in this folder" if evidence.data.folder else ""
    return Finding(
        code=FindingCode.DATES_OUTSIDE_DATA,
        severity=_share(missing, of),
        title=f"{ticker} has no {bars} data {' and '.join(ends_told)}{where}",
        evidence=(f"{missing} of {of} trading days of the run are without", _asked(evidence)),
        remedy=f"{_available(use, evidence)}. Choose dates inside, or add data."
        if use.extents
        else "Choose dates inside.",
        symbol=use.series.ticker.upper(),
        first_date=starts,
        last_date=ends,
    )


def _asked(evidence: Evidence) -> str:
    return f"the run goes {_period(evidence.first_date, evidence.last_date)}"


def _share(missing: int, of: int) -> Severity:
    return Severity.WARNING if missing >= FEW * of else Severity.INFO


def _gaps(use: SeriesUse, days: tuple[date, ...], missing: int, of: int) -> Finding:
    ticker = _name(use)
    return Finding(
        code=FindingCode.DATA_GAPS,
        severity=_share(missing, of),
        title=f"{ticker} has no {use.series.resolution.value} data on {missing} of {of} trading days of the run",
        evidence=((_named(days),) if days else ()) + _absent(use),
        remedy="LEAN repeats the last bar over such days. Add them to the data folder if that is not meant.",
        symbol=use.series.ticker.upper(),
        first_date=days[0] if days else None,
        last_date=days[-1] if days else None,
    )


def _absent(use: SeriesUse) -> tuple[str, ...]:
    """Earlier names of a security without a file."""
    names = ", ".join(name.upper() for name in use.absent_names)
    return (f"it was called {names} for a time, and there is no file of that name",) if names else ()


def _history(use: SeriesUse, evidence: Evidence, days: Days) -> Finding:
    ticker, of = _name(use), len(days.missing_before) + len(days.found_before)
    return Finding(
        code=FindingCode.HISTORY_MISSING,
        severity=Severity.INFO if days.found_before else Severity.WARNING,
        title=f"{ticker} lacks {use.series.resolution.value} data before the start, for warm-up or history: "
        f"{len(days.missing_before)} of {of} days that LEAN looked for",
        evidence=(_named(days.missing_before),),
        remedy=(f"{_available(use, evidence)}. " if use.extents else "")
        + "Indicators and history begin later than meant: "
        "start the run later, or add data.",
        symbol=use.series.ticker.upper(),
        first_date=days.missing_before[0],
        last_date=evidence.first_date,
    )


def _folded(found: list[Finding], subscriptions: int) -> Iterator[Finding]:
    """Many of one kind become one: a universe has hundreds."""
    if len(found) <= MAX_SINGLE:
        yield from found
        return
    worst = min(found, key=lambda finding: list(Severity).index(finding.severity))
    names = [finding.symbol or "" for finding in found]
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    yield Finding(
        code=worst.code,
        severity=worst.severity,
        title=f"{len(found)} of {subscriptions} series: {worst.title}, and others likewise",
        evidence=(*worst.evidence, ", ".join(names[:MAX_NAMED]) + more),
        remedy=worst.remedy,
        first_date=worst.first_date,
        last_date=worst.last_date,
    )
