"""Findings in a terminal."""

import io

import pytest
from rich.console import Console

from cli.test_report import shown as shown_without
from cli.values import result, run_info
from leanboard.models.run import Applied, CodeLocation
from leanboard.models.severity import Severity
from leanboard.models.verdict import Finding, FindingCode, Verdict
from leanboard.terminal.findings import verdict_lines
from leanboard.terminal.report import Report

LOCATION = CodeLocation(file="main.py", line=14)
FAILURE = Finding(
    code=FindingCode.RUNTIME_ERROR,
    severity=Severity.ERROR,
    title="division by\x1b[2J zero",
    evidence=("one", "two", "three"),
    remedy="Test the divisor first.",
    location=LOCATION,
    source="x = 1 / 0",
    simulated_time="2013-10-08 10:00:00",
)
NOTE = Finding(code=FindingCode.POSITIONS_OPEN, severity=Severity.INFO, title="No position was closed")


def verdict(*findings, **changes):
    return Verdict(timestamp="2026-01-31_12-00-00", status="completed", findings=findings, **changes)


def lines(found, **options):
    return [line.plain for line in verdict_lines(found, **{"everything": False, **options})]


def shown(found, why, **options):
    console = Console(file=io.StringIO(), width=80, force_terminal=False)
    Report(console, "xterm").show(found, source=None, place="var/results/1", verdict=why, **options)
    return console.file.getvalue()


def test_a_failure_is_the_users_line_message_and_clock():
    assert lines(verdict(FAILURE)) == [
        "  error    division by^[[2J zero",
        "           main.py:14, at 2013-10-08 10:00:00 of its own time",
        "              14 | x = 1 / 0",
        "           one",
        "           two",
        "           > Test the divisor first.",
    ]


def test_notes_are_counted_or_shown():
    assert lines(verdict(NOTE)) == ["  1 note: leanboard results show 2026-01-31_12-00-00 --notes"]
    assert lines(verdict(NOTE, omitted=2)) == ["  3 notes: leanboard results show 2026-01-31_12-00-00 --notes"]
    assert (
        lines(verdict(NOTE.evolve(code=FindingCode.SIMULATED_DATA))) == []
    )  # the report has a place of its own for it
    assert lines(verdict(NOTE), everything=True) == ["  info     No position was closed"]
    assert lines(verdict(FAILURE), everything=True)[5] == "           three"
    assert lines(verdict(NOTE, omitted=2), everything=True)[-1] == "  and 2 more findings"


def test_a_good_run_says_nothing_more():
    assert lines(verdict()) == []


def test_what_was_not_looked_at_is_said():
    assert lines(verdict(problem="the log")) == ["  not looked at: the log"]


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_findings_take_the_place_of_warnings(status):
    run = run_info(
        status=status, reason="runtime_error" if status == "failed" else None, warnings=("late",), message="m"
    )
    found = result(run, applied=Applied(ignored={"symbols": "not read by it"}))
    text = shown(found, verdict(FAILURE))
    assert "late" not in text
    assert "had no effect" not in text
    assert text.index("error    division") < text.index("result  var/results/1")
    assert "warning  late" in shown_without(found)
