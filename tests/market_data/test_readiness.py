import os
import shutil
from pathlib import Path

import pytest

from leanboard.market_data.market_hours import DATABASE_PATH
from leanboard.market_data.provenance import PROVENANCE_FILE
from leanboard.market_data.readiness import INTEREST_RATE_PATH, check_data_folder
from leanboard.market_data.symbol_properties import SYMBOL_PROPERTIES_PATH
from leanboard.models.severity import Severity


@pytest.fixture
def folder(demo: Path, tmp_path: Path):
    """A copy of the demonstration data that a test may change."""
    return shutil.copytree(demo, tmp_path / "data")


def found(root: Path, text: str):
    return [finding for finding in check_data_folder(root) if text in finding.what]


def test_demonstration_data_is_ready_and_says_what_it_is(demo: Path):
    findings = check_data_folder(demo)
    assert {finding.severity for finding in findings} == {Severity.INFO}
    assert "default risk-free rate of 1 %" in found(demo, "interest-rate.csv")[0].what
    assert len(found(demo, "are simulated")) == 2
    assert all(finding.advice for finding in findings)


@pytest.mark.parametrize(
    ("gone", "severity"),
    [
        (DATABASE_PATH, Severity.ERROR),
        (SYMBOL_PROPERTIES_PATH, Severity.ERROR),
        ("equity/usa/hour/spy.zip", Severity.WARNING),
        ("equity/usa/daily/spy.zip", Severity.INFO),
        ("equity/usa/map_files", Severity.WARNING),
        ("equity/usa/factor_files", Severity.WARNING),
    ],
)
def test_what_is_missing_is_found(folder: Path, gone: Path | str, severity: Severity):
    path = folder / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    (finding,) = found(folder, str(path))
    assert finding.severity is severity
    assert check_data_folder(folder)[0].severity is severity  # worst first


@pytest.mark.parametrize(
    ("file", "text", "what"),
    [
        (DATABASE_PATH, "{}", "entries"),
        (DATABASE_PATH, '{"entries": {}}', "no entry Equity-usa-[*]"),
        (SYMBOL_PROPERTIES_PATH, "header\nusa,[*],equity\n", "line 2 needs at least 8 columns"),
        (SYMBOL_PROPERTIES_PATH, "header\n# usa,[*],equity\n\n", "no row for US equities"),
        ("equity/usa/hour/spy.zip", "no zip", "not a readable zip"),
        (INTEREST_RATE_PATH, "DATE,PCREDIT8\n", "no row 'yyyy-MM-dd,percent'"),
        (PROVENANCE_FILE, "{}", PROVENANCE_FILE),
    ],
)
def test_what_is_broken_is_found(folder: Path, file: Path | str, text: str, what: str):
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    (finding,) = found(folder, what)
    assert finding.severity in {Severity.ERROR, Severity.WARNING}


def test_a_good_interest_rate_file_is_no_finding(folder: Path):
    path = folder / INTEREST_RATE_PATH
    path.parent.mkdir(parents=True)
    path.write_text("DATE,PCREDIT8\n2003-01-09,2.25\n")
    assert found(folder, "interest-rate") == []


def test_no_folder(tmp_path: Path):
    (finding,) = check_data_folder(tmp_path / "nowhere")
    assert (finding.severity, "no such folder" in finding.what) == (Severity.ERROR, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder(folder: Path):
    folder.chmod(0)
    try:
        (finding,) = check_data_folder(folder)
    finally:
        folder.chmod(0o755)
    assert "not readable" in finding.what
