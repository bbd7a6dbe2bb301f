"""Whatever lies in a run's directory, there is a verdict; and what is damaged is said."""

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leanboard.models.run import BacktestStatus, CodeLocation, Outcome, Reason
from leanboard.models.verdict import FindingCode, Verdict
from leanboard.services.verdict.gather import Gatherer
from leanboard.services.verdict.verdict import judge
from leanboard.storage.result_document import ResultDocument
from services.verdict.run_directories import evidence_of, run_result

NAMES = ("run.json", "log.txt", "config.json", "code/main.py", "code/config.json", "run-order-events.json", "code/a.cs")
LISTS = ("failed-data-requests-1.txt", "succeeded-data-requests-1.txt", "data-monitor-report-1.json")
WORDS = st.sampled_from(
    [
        *("charts", "orders", "statistics", "state", "analysis", "Benchmark", "series", "values", "status", "orderId"),
        *(
            "totalPerformance",
            "closedTrades",
            "InsightCount",
            "algorithmConfiguration",
            "startDate",
            "End Equity",
            "tag",
        ),
        *("name", "issue", "sample", "count", "solutions", "message", "symbolValue", "runtimeStatistics", "EndTime"),
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | WORDS
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6), max_leaves=20
)
RESULTS = st.fixed_dictionaries(
    {"state": TREES, "orders": st.dictionaries(st.text(max_size=2), TREES, max_size=3)},
    optional={
        "charts": TREES,
        "statistics": TREES,
        "analysis": st.lists(TREES, max_size=3),
        "totalPerformance": TREES,
        "algorithmConfiguration": TREES,
    },
)
STAMP = b"2026-01-31T12:00:00.0Z "
FAILED = (
    b"ERROR:: Extensions.SetRuntimeError(): Extensions.SetRuntimeError(): RuntimeError at 10/07/2013 13:31:00 UTC. "
)
PIECES = st.sampled_from(
    [
        STAMP + b"TRACE:: Debug: 2013-10-07 09:31:00 Unable to submit order with id -1 that has zero quantity.\n",
        STAMP + FAILED + b"Context: OnData System.X\n",
        STAMP + b"TRACE:: Dates: Start: 99/99/9999 End: 10/11/2013 x\n",
        b"/equity/usa/minute/spy/20131007_trade.zip\n",
        b"equity/usa/minute/spy/99999999_trade.zip\n",
        b"/equity/usa/hour/spy.zip\n",
        b"../../etc/passwd\n",
        b"class A(QCAlgorithm):\n    def initialize(self):\n        self.sma('SPY', 10 ** 99)\n",
        b"\xff\xfe\x00",
    ]
)
CONTENT = st.lists(PIECES | st.binary(max_size=20), max_size=5).map(b"".join)


def verdict_of(directory: Path, outcome: Outcome, data: Path) -> Verdict:
    if not isinstance(_config(directory), dict):
        (directory / "config.json").write_text('{"algorithm-id": "run"}')
    return judge(evidence_of(run_result(directory, outcome, "main", data), data))


def _config(directory: Path) -> object:
    try:
        return json.loads((directory / "config.json").read_text())["algorithm-id"] and {}
    except (OSError, ValueError, TypeError, KeyError):
        return None


@settings(max_examples=30, deadline=None)
@given(
    files=st.dictionaries(st.sampled_from([*NAMES, *LISTS]), CONTENT, max_size=6),
    result=RESULTS,
    events=st.lists(TREES, max_size=4),
    reason=st.sampled_from([None, *Reason]),
    line=st.integers(1, 10**9),
)
def test_there_is_a_verdict_whatever_is_in_the_files(files, result, events, reason, line):
    status = BacktestStatus.COMPLETED if reason is None else BacktestStatus.FAILED
    outcome = Outcome(status=status, reason=reason, message="x" * 500, location=CodeLocation(file="main.py", line=line))
    with TemporaryDirectory() as folder:
        directory = Path(folder)
        (directory / "code").mkdir()
        (directory / "run-order-events.json").write_text(json.dumps(events))
        (directory / "run.json").write_text(json.dumps(result))
        for name, content in files.items():
            if name != "run.json":
                (directory / name).write_bytes(content)
        found = verdict_of(directory, outcome, directory)
    if reason is not None:
        assert found.findings[0].code.value == reason.value
    assert found.problem == ""
    Verdict.model_validate_json(found.model_dump_json())


@pytest.mark.parametrize("name", ["log.txt", "code/main.py", "failed-data-requests-1.txt", "run.json"])
def test_links_and_pipes_are_not_read(tmp_path, name):
    (tmp_path / "code").mkdir()
    os.mkfifo(tmp_path / name)
    found = verdict_of(tmp_path, Outcome(status=BacktestStatus.COMPLETED), tmp_path)
    assert found.findings[0].code is FindingCode.RESULT_UNREADABLE


def test_a_part_that_cannot_be_looked_at_is_named(tmp_path):
    (tmp_path / "config.json").write_text('{"algorithm-id": "run"}')
    result = run_result(tmp_path, Outcome(status=BacktestStatus.COMPLETED), "main", tmp_path)
    broken = ResultDocument(root=None, order_events=(), state=None, name="", size=0, tag="")
    verdict = judge(Gatherer(result, broken, tmp_path).gather())
    assert verdict.problem.startswith("the result cannot be looked at: AttributeError: ")


def test_an_empty_directory(tmp_path):
    found = verdict_of(tmp_path, Outcome(status=BacktestStatus.FAILED, reason=Reason.LOST, message="gone"), tmp_path)
    assert [finding.title for finding in found.findings] == ["gone"]
