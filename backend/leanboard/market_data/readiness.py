"""Whether LEAN can work with a data folder: what ``leanboard doctor`` asks before a run finds out."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from leanboard.market_data.archives import read_csv_zip
from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.lean_paths import DataFile, SecurityType, Series, TickType
from leanboard.market_data.market_hours import DATABASE_PATH, read_market_hours
from leanboard.market_data.provenance import SourceKind, read_provenance
from leanboard.market_data.symbol_properties import SYMBOL_PROPERTIES_PATH, read_symbol_types
from leanboard.models.requests import Resolution
from leanboard.models.severity import Severity

INTEREST_RATE_PATH: Final = Path("alternative", "interest-rate", "usa", "interest-rate.csv")

_COPY = "copy it from the Data folder of LEAN (in the image: /Lean/Data)"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a data folder.

    Attributes:
        severity: How bad it is.
        what: What was found, with the file.
        advice: What to do about it.
    """

    severity: Severity
    what: str
    advice: str


def check_data_folder(root: Path) -> list[Finding]:
    """Look at a data folder as LEAN will: nothing is written, no bars are judged.

    Returns:
        Findings, errors first; empty when there is nothing to say.
    """
    if not root.is_dir():
        advice = "set LEANBOARD_DATA to a LEAN data folder, or unset it for demonstration data"
        return [Finding(Severity.ERROR, f"{root}: no such folder", advice)]
    if not os.access(root, os.R_OK | os.X_OK):
        return [Finding(Severity.ERROR, f"{root}: not readable", "give the service's user read access")]
    checks = (_market_hours, _symbol_properties, _benchmark, _adjustments, _interest_rate, _origin)
    findings = [finding for check in checks for finding in check(root)]
    return sorted(findings, key=lambda finding: list(Severity).index(finding.severity))


def _market_hours(root: Path) -> Iterator[Finding]:
    try:
        database = read_market_hours(root)
    except MarketDataError as error:
        yield Finding(Severity.ERROR, f"{error}; LEAN stops in initialize", _COPY)
        return
    if database.find(SecurityType.EQUITY, "usa", "spy") is None:
        what = f"{root / DATABASE_PATH}: no entry Equity-usa-[*]; strategies with US equities stop in initialize"
        yield Finding(Severity.WARNING, what, _COPY)


def _symbol_properties(root: Path) -> Iterator[Finding]:
    try:
        types = read_symbol_types(root)
    except MarketDataError as error:
        yield Finding(Severity.ERROR, f"{error}; LEAN stops before the run", _COPY)
        return
    if ("usa", "equity") not in types:
        yield Finding(Severity.WARNING, f"{root / SYMBOL_PROPERTIES_PATH}: no row for US equities", _COPY)


def _benchmark(root: Path) -> Iterator[Finding]:
    for resolution, severity, effect in (
        (Resolution.HOUR, Severity.WARNING, "LEAN's default benchmark reads it; benchmark, alpha and beta will be 0"),
        (Resolution.DAILY, Severity.INFO, "strategies that ask for daily SPY get no data"),
    ):
        path = root / DataFile(Series(SecurityType.EQUITY, "usa", "spy", resolution), TickType.TRADE).path
        advice = f"add SPY {resolution.value} bars, or call set_benchmark in the strategy"
        if not path.exists():
            yield Finding(severity, f"{path}: not there; {effect}", advice)
            continue
        try:
            read_csv_zip(path)
        except MarketDataError as error:
            yield Finding(severity, f"{error}; {effect}", advice)


def _adjustments(root: Path) -> Iterator[Finding]:
    equities = root / "equity" / "usa"
    effects = {
        "map_files": "renamed tickers are not followed",
        "factor_files": "prices are not adjusted, splits and dividends do not happen",
    }
    for name, effect in effects.items():
        if equities.is_dir() and not (equities / name).is_dir():
            yield Finding(
                Severity.WARNING, f"{equities / name}: no such folder; {effect}", f"{_COPY}, or add the files"
            )


def _interest_rate(root: Path) -> Iterator[Finding]:
    path = root / INTEREST_RATE_PATH
    effect = "LEAN takes its default risk-free rate of 1 % a year; Sharpe and Sortino ratio differ slightly"
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        yield Finding(Severity.INFO, f"{path}: not there or not readable; {effect}", _COPY)
        return
    if not any(_is_rate(line) for line in lines[1:]):
        yield Finding(Severity.WARNING, f"{path}: no row 'yyyy-MM-dd,percent'; {effect}", _COPY)


def _is_rate(line: str) -> bool:
    day, _, rate = line.partition(",")
    try:
        date.fromisoformat(day)
        float(rate)
    except ValueError:
        return False
    return True


def _origin(root: Path) -> Iterator[Finding]:
    try:
        provenance = read_provenance(root)
    except MarketDataError as error:
        yield Finding(Severity.WARNING, str(error), "remove the file; simulated data will not be marked then")
        return
    for source in provenance.sources if provenance else ():
        if source.kind is SourceKind.SIMULATED:
            tickers, bars = ", ".join(source.symbols).upper(), ", ".join(source.resolutions)
            what = f"{tickers} {bars} bars are simulated: {source.description}"
            yield Finding(Severity.INFO, what, "set LEANBOARD_DATA to a folder of real data for real results")
