"""What LEAN looked for in the data folder, by its own lists, held against what is there. Blocks."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from leanboard.errors import NotFound
from leanboard.market_data.catalogue import Catalogue
from leanboard.market_data.extents import extents, listed, neighbours
from leanboard.market_data.lean_paths import DataFile, Series, main_tick_type, parse_path
from leanboard.services.verdict.evidence import DataUse, SeriesUse
from leanboard.services.verdict.own_requests import Named, own_requests
from leanboard.services.verdict.renamed import joined
from leanboard.storage.safe_files import read_tail

MAX_LIST = 2 << 20  # bytes of each list
MAX_OTHERS = 1000
MAX_SERIES = 500
MAX_LOOKED_UP = 40  # series that the data folder is asked about
MAX_NEIGHBOURS = 12


@dataclass(slots=True)
class _Asked:
    """What was asked of one series."""

    found: set[date] = field(default_factory=set)
    missing: set[date] = field(default_factory=set)
    opened: bool | None = None


def data_use(directory: Path, named: Named) -> DataUse:
    """Read LEAN's lists of a run directory.

    Args:
        directory: The run's.
        named: By the strategy, to tell its requests from LEAN's own.
    """
    lists = {kind: _list(directory, kind) for kind in ("succeeded", "failed")}
    asked: dict[Series, _Asked] = defaultdict(_Asked)
    others: dict[str, list[str]] = {"succeeded": [], "failed": []}
    for kind, lines in lists.items():
        for line in lines or ():
            file = parse_path(line)
            if file is None:
                others[kind].append(line)
            elif file.tick_type is main_tick_type(file.series.security_type):
                _note(asked[file.series], file, there=kind == "succeeded")
    own = own_requests(asked.keys(), named)
    uses = [_use(series, found, own=series in own) for series, found in sorted(asked.items())[:MAX_SERIES]]
    return DataUse(
        known=any(lines is not None for lines in lists.values()),
        series=tuple(uses),
        others_found=tuple(dict.fromkeys(others["succeeded"]))[:MAX_OTHERS],
        others_missing=tuple(dict.fromkeys(others["failed"]))[:MAX_OTHERS],
        truncated=len(asked) > MAX_SERIES,
    )


def _list(directory: Path, kind: str) -> list[str] | None:
    """The lines of the newest list, relative to the data folder; None without one."""
    try:
        newest = max(directory.glob(f"{kind}-data-requests-*.txt"), default=None)
        data = read_tail(directory, newest.name, MAX_LIST) if newest else None
    except (OSError, NotFound):
        return None
    if data is None:
        return None
    lines = data.decode("utf-8", "replace").splitlines()
    whole = lines if len(data) < MAX_LIST else lines[1:]  # the first is cut
    return [line.strip().lstrip("/") for line in whole if line.strip()]


def _note(asked: _Asked, file: DataFile, *, there: bool) -> None:
    if file.day is not None:
        (asked.found if there else asked.missing).add(file.day)
    else:
        asked.opened = there or bool(asked.opened)


def _use(series: Series, asked: _Asked, *, own: bool) -> SeriesUse:
    return SeriesUse(
        series=series,
        found=tuple(sorted(asked.found)),
        missing=tuple(sorted(asked.missing - asked.found)),
        own=own,
        opened=asked.opened,
    )


def looked_up(use: DataUse, catalogue: Catalogue, period: tuple[date, date] | None) -> DataUse:
    """Add what the data folder has now of the series that may lack something.

    Args:
        use: What LEAN asked for.
        catalogue: Of the folder that the run had read.
        period: First and last day of the run; None where they are not known.
    """
    uses = joined(use.series, catalogue)
    wanted = [item for item in uses if not item.own and (item.opened is not None or item.missing)]
    wanted.sort(key=lambda item: (item.opened is not False, not item.missing))
    chosen = {item.series for item in wanted[:MAX_LOOKED_UP]}
    series = tuple(_completed(item, catalogue, period) if item.series in chosen else item for item in uses)
    return replace(use, series=series, folder=str(catalogue.root))


def _completed(use: SeriesUse, catalogue: Catalogue, period: tuple[date, date] | None) -> SeriesUse:
    series, traded = use.series, listed(catalogue, use.series)
    complete = replace(use, listed=traded, extents=extents(catalogue, series))
    if not complete.extents:
        complete = replace(complete, neighbours=neighbours(catalogue.root, series, MAX_NEIGHBOURS))
    if not use.opened or period is None:
        return complete
    first = max(period[0], traded[0]) if traded else period[0]
    last = min(period[1], traded[1]) if traded else period[1]
    if first > last:
        return replace(complete, expected_days=0, present_days=0)
    days = catalogue.has_data(series.security_type, series.market, series.ticker, series.resolution, first, last)
    return replace(complete, expected_days=days.expected_days, present_days=days.present_days)
