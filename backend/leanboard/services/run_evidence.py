"""What a finished run's own files say: LEAN's statistics and curve, and where its market data came from. Blocks."""

import json
import re
from collections import Counter
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Literal

from leanboard.errors import NotFound
from leanboard.market_data.content_hashes import ContentHashes
from leanboard.market_data.data_digest import digest_of
from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.lean_paths import parse_path
from leanboard.market_data.provenance import DataSource, Provenance, SourceKind, read_provenance
from leanboard.models.results import DataProvenance
from leanboard.services.backtest_storage import ReadResult
from leanboard.storage.engine_config import algorithm_id
from leanboard.storage.json_files import ResultKind
from leanboard.storage.layout import MANIFEST
from leanboard.storage.result_files import ResultState, equity_curve, read_result
from leanboard.storage.safe_files import open_file, read_file, read_tail
from leanboard.storage.statistics_text import statistics

MAX_LIST_BYTES = 64 << 20
MAX_SMALL_BYTES = 1 << 20
_BANNER_BYTES = 16 << 10  # it is LEAN's first word, before any of the user's code
_BANNER = re.compile(rb"Engine\.Main\(\): LEAN ALGORITHMIC TRADING ENGINE v([0-9A-Za-z.+-]{1,40}) ")


class FileList(StrEnum):
    """LEAN's lists of the data files that it asked for; one pair a run, more where a folder was used twice."""

    READ = "succeeded-data-requests-*.txt"
    MISSING = "failed-data-requests-*.txt"


def read_run_directory(directory: Path, points: int) -> ReadResult:
    """Read a run directory for the storage: statistics, thinned equity curve, and what is wrong with the files."""
    name = algorithm_id(directory)
    state = read_result(directory, name)
    return ReadResult(
        statistics=statistics(state),
        equity=equity_curve(directory, name, points=points),
        lean_version=state.lean_version or banner_version(directory),
        problem=state.problem or _gone(directory, f"{name}.json", state),
    )


def banner_version(directory: Path) -> str:
    """Return LEAN's version from the first lines of its log, for runs that ended before a result; else empty."""
    try:
        with open_file(directory, "log.txt") as file:
            found = _BANNER.search(file.read(_BANNER_BYTES))
    except (NotFound, OSError):
        return ""
    return found[1].decode() if found else ""


def _gone(directory: Path, name: str, state: ResultState) -> str:
    """Tell a result file that was there when the run was settled from one that never was."""
    if state.kind is not ResultKind.ABSENT:
        return ""
    try:
        files = json.loads(read_file(directory, MANIFEST, MAX_LIST_BYTES))["files"]
        listed = any(file["path"] == name for file in files)
    except (NotFound, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return f"{name} is listed in {MANIFEST} and is not there any more" if listed else ""


def read_small(directory: Path, name: str) -> bytes:
    """Return a file that a strategy may have put there; empty for a link, a pipe, nothing, or over a megabyte."""
    try:
        return read_file(directory, name, MAX_SMALL_BYTES)
    except (NotFound, ValueError):
        return b""


def provenance(
    data_folder: Path, output: Path, result: ResultState, hashes: ContentHashes, other_data: str = ""
) -> DataProvenance:
    """Say what kind of data a run really read: by LEAN's own list of the files it opened.

    Args:
        data_folder: Of the service.
        output: LEAN's results folder.
        result: As read from there.
        hashes: Of the data files' contents.
        other_data: What the run read instead of ``data_folder``; nothing is known about it.
    """
    known = None if other_data else _known(data_folder)
    read = listed_files(output, FileList.READ)
    used = _used(known, read) if known is not None else Counter[DataSource]()
    return DataProvenance(
        kind=_kind(used) if known is not None else "unknown",
        folder=other_data or str(data_folder),
        sources=tuple(source.description for source in used),
        requests=result.data_requests,
        failed_requests=result.failed_data_requests,
        digest=None if other_data else digest_of(data_folder, read, hashes),
    )


def listed_files(output: Path, kind: FileList) -> frozenset[str]:
    """Return the data files that LEAN's lists name, as paths relative to the data folder; blocks.

    A list that is no regular file counts as empty, and so do addresses of the web, which no data folder holds.
    """
    lists = [_list_text(output, path.name) for path in sorted(output.glob(kind.value))]
    lines = (line.strip().lstrip("/") for each in lists for line in each.splitlines())
    return frozenset(line for line in lines if line and "://" not in line)


def _list_text(output: Path, name: str) -> str:
    try:
        return read_tail(output, name, MAX_LIST_BYTES).decode("utf-8", errors="replace")
    except NotFound:
        return ""


def _known(data_folder: Path) -> Provenance | None:
    try:
        return read_provenance(data_folder)
    except MarketDataError:
        return None


def _used(known: Provenance, read: Collection[str]) -> Counter[DataSource]:
    """Count the files read of each source, most used first."""
    used: Counter[DataSource] = Counter()
    for name in read:
        parsed = parse_path(PurePosixPath(name))
        source = known.source_of(parsed.series) if parsed is not None else None
        if source is not None:
            used[source] += 1
    return Counter(dict(used.most_common()))


def _kind(used: Counter[DataSource]) -> Literal["real", "simulated", "mixed", "unknown"]:
    kinds = {source.kind for source in used}
    if not kinds:
        return "unknown"
    if len(kinds) > 1:
        return "mixed"
    return "simulated" if SourceKind.SIMULATED in kinds else "real"
