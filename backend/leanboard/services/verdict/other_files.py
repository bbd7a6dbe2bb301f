"""Files that are no bars: universes, chains of contracts, custom data."""

import posixpath
import re
from collections.abc import Iterator

from leanboard.models.severity import Severity
from leanboard.models.verdict import Finding, FindingCode
from leanboard.services.verdict.evidence import Evidence

MAX_PATHS = 3
_UNIVERSE_FOLDERS = ("/fundamental/", "/universes/")
_ENGINE_FILES = ("alternative/interest-rate/", "base/empty/")  # the latter: orders of what nobody subscribed to
_DAY = re.compile(r"(?<!\d)((?:19|20)\d{6})(?!\d)")


def other_files(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Files that are no bars and not LEAN's own: universes, custom data."""
    return tuple(path for path in paths if not path.startswith(_ENGINE_FILES))


def missing_universe(evidence: Evidence) -> tuple[str, ...]:
    """Files of a universe that LEAN looked for and did not find, where there was not one of them."""
    missing = [path for path in other_files(evidence.data.others_missing) if _is_universe(path)]
    return () if any(map(_is_universe, evidence.data.others_found)) else tuple(missing)


def _is_universe(path: str) -> bool:
    return any(part in path for part in _UNIVERSE_FOLDERS)


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Return what was missing: a warning where nothing of its folder was there, else a note."""
    if missing_universe(evidence) and evidence.traded is False:
        return  # no_trades.py tells it as the cause
    inside = [path for path in other_files(evidence.data.others_missing) if _is_in_period(path, evidence)]
    there = {posixpath.dirname(path) for path in evidence.data.others_found}
    wanting = [path for path in inside if posixpath.dirname(path) not in there]
    for paths, severity in (
        (wanting, Severity.WARNING),
        ([path for path in inside if path not in wanting], Severity.INFO),
    ):
        if paths:
            yield _missing_files(paths, severity)


def _missing_files(paths: list[str], severity: Severity) -> Finding:
    more = f" and {len(paths) - MAX_PATHS} more" if len(paths) > MAX_PATHS else ""
    some = severity is Severity.INFO
    return Finding(
        code=FindingCode.FILES_MISSING,
        severity=severity,
        title=f"{len(paths)} other file{'' if len(paths) == 1 else 's'} that LEAN looked for "
        f"{'is' if len(paths) == 1 else 'are'} not there: universes, chains or custom data",
        evidence=(", ".join(paths[:MAX_PATHS]) + more, *(["others of the same folder are there"] * some)),
        remedy="Add them to the data folder, or correct what the strategy asks for.",
    )


def _is_in_period(path: str, evidence: Evidence) -> bool:
    """Whether the day in a file's name, if there is one, is one of the run's."""
    match = _DAY.search(path)
    first, last = evidence.first_date, evidence.last_date
    if match is None or first is None or last is None:
        return True
    return first.strftime("%Y%m%d") <= match[1] <= last.strftime("%Y%m%d")
