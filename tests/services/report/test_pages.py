"""Pages of runs and comparisons."""

import base64
import copy
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from leanboard.models.comparison import FileChange, FileDiff
from leanboard.models.run import BacktestStatus, CodeLocation
from leanboard.models.severity import Severity
from leanboard.models.verdict import Finding, FindingCode, Verdict
from leanboard.services.comparison.side_by_side import comparison
from leanboard.services.report.comparison_report import comparison_report
from leanboard.services.report.run_report import MAX_ROWS, run_report
from leanboard.storage.result_document import load_document
from services.report.pages import RECORDED, Found, asks_for_nothing, compared, document, renderer, result

HOSTILE = "</title></style><script>alert(1)</script>\"' onload=x {{ 7*7 }} \u202etxt.exe\u202c '; DROP TABLE run; -- 🧨"


@pytest.fixture
def root() -> dict:
    return json.loads(RECORDED.read_bytes())


def page_of(root: dict, **run: object) -> bytes:
    found = document(root)
    return renderer().run(run_report(result(found, **run), found)).html


def test_the_page_of_a_run(root: dict) -> None:
    html = page_of(root, name="a faster cross")
    found = Found(html)
    asks_for_nothing(found, html)
    assert found.text.startswith("a faster cross \N{EN DASH} Leanboard")
    for title in ("Equity", "Drawdown", "Returns by month", "Statistics"):
        assert title in found.text
    for name, text in root["statistics"].items():
        assert f"{name} {text}" in found.text
    wide = [svg for svg in found.named("svg") if svg.get("class") == "drawing wide"]
    assert [svg["aria-label"] for svg in wide] == ["Equity", "Drawdown"]
    assert "simulated" not in found.text


def test_the_policy_allows_this_style_and_nothing_else(root: dict) -> None:
    found = document(root)
    page = renderer().run(run_report(result(found), found))
    style = page.html.partition(b"<style>")[2].partition(b"</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    assert page.policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    (meta,) = [each for each in Found(page.html).named("meta") if "http-equiv" in each]
    assert meta["content"] == page.policy


def test_b06_strangers_texts_are_only_texts(root: dict) -> None:
    root["statistics"][HOSTILE] = HOSTILE
    root["algorithmConfiguration"]["parameters"] = {HOSTILE: HOSTILE}
    for order in root["orders"].values():
        order["symbol"]["value"] = HOSTILE
    found = document(root)
    hostile = result(found).evolve(
        run=result(found).run.model_copy(
            update={"name": HOSTILE, "strategy_name": HOSTILE, "tags": (HOSTILE,), "message": HOSTILE}
        )
    )
    html = renderer().run(run_report(hostile, found)).html
    read = Found(html)
    asks_for_nothing(read, html)
    assert "<script>alert(1)</script>" in read.text
    assert "{{ 7*7 }}" in read.text
    assert "\u202e" not in html.decode()


def test_b06_in_a_comparison(root: dict) -> None:
    other = copy.deepcopy(root)
    other["statistics"][HOSTILE] = HOSTILE
    other["algorithmConfiguration"]["parameters"] = {HOSTILE: HOSTILE}
    runs = [compared(root, 0), compared(other, 1)]
    made = comparison(runs, 0, 500)
    diff = FileDiff(path=HOSTILE, change=FileChange.CHANGED, diff=f"+{HOSTILE}", note=HOSTILE)
    hostile = made.runs[1].run.model_copy(update={"name": HOSTILE, "strategy_name": HOSTILE})
    made = made.model_copy(
        update={
            "runs": (made.runs[0], made.runs[1].model_copy(update={"run": hostile})),
            "code": (made.code[0].model_copy(update={"files": (diff,)}),),
        }
    )
    html = renderer().comparison(comparison_report(made, runs)).html
    read = Found(html)
    asks_for_nothing(read, html)
    assert read.text.count("<script>alert(1)</script>") >= 5


def test_a_run_without_a_result_says_why() -> None:
    failed = result(document({})).evolve(
        run=result(document({})).run.evolve(status=BacktestStatus.FAILED, message="division by zero")
    )
    html = renderer().run(run_report(failed, None, "the run ended before LEAN wrote a result")).html
    found = Found(html)
    asks_for_nothing(found, html)
    assert "division by zero" in found.text
    assert found.named("svg") == []
    silent = failed.evolve(run=failed.run.evolve(message=""))
    assert (
        "ended before LEAN wrote a result"
        in Found(renderer().run(run_report(silent, None, "it ended before LEAN wrote a result")).html).text
    )


def test_simulated_data_is_said_first(root: dict) -> None:
    found = document(root)
    made = result(found)
    html = renderer().run(run_report(made.evolve(data=made.data.evolve(kind="simulated")), found)).html
    text = Found(html).text
    assert text.index("market data is simulated") < text.index("Net Profit")


def test_a_commission_that_took_effect_is_said(root: dict) -> None:
    found = document(root)
    made = result(found)
    paying = made.evolve(applied=made.applied.evolve(effective={"commission": "1 per order"}))
    assert "Commission 1 per order" in Found(renderer().run(run_report(paying, found)).html).text
    assert "Commission" not in Found(renderer().run(run_report(made, found)).html).text


def test_the_verdict_takes_the_place_of_warnings(root: dict) -> None:
    found = document(root)
    made = result(found, warnings=("No order was placed",))
    why = Verdict(
        timestamp=made.timestamp,
        status=made.run.status,
        findings=(
            Finding(
                code=FindingCode.NO_DATA,
                severity=Severity.ERROR,
                title="SPY has no <minute> data",
                remedy="Choose dates.",
            ),
            Finding(code=FindingCode.POSITIONS_OPEN, severity=Severity.INFO, title="No position was closed"),
        ),
    )
    text = Found(renderer().run(run_report(made, found, verdict=why)).html).text
    assert "SPY has no <minute> data. Choose dates." in text
    assert "No order was placed" not in text
    assert "No position was closed" not in text
    assert "No order was placed" in Found(renderer().run(run_report(made, found)).html).text


def test_a_failure_is_the_users_line(root: dict) -> None:
    found = document(root)
    made = result(found, status=BacktestStatus.FAILED, message="division by zero")
    failure = Finding(
        code=FindingCode.RUNTIME_ERROR,
        severity=Severity.ERROR,
        title="division by zero",
        location=CodeLocation(file="main.py", line=11),
        source="x = 1 / 0",
        simulated_time="2013-10-08 11:21:00",
    )
    why = Verdict(timestamp=made.timestamp, status=made.run.status, findings=(failure,))
    text = Found(renderer().run(run_report(made, found, verdict=why)).html).text
    assert "division by zero main.py:11, at 2013-10-08 11:21:00 of the algorithm's clock x = 1 / 0" in " ".join(
        text.split()
    )


def test_runs_without_a_common_time_say_so(root: dict) -> None:
    one, other = compared(root, 1), compared(root, 2)
    other = replace(other, equity=[(at + 10 * 365 * 86_400, value) for at, value in other.equity])
    text = Found(renderer().comparison(comparison_report(comparison((one, other), 0, 100), (one, other))).html).text
    assert "no time that all runs have in common" in text


def test_a_comparison_calls_runs_by_letters(root: dict) -> None:
    other = copy.deepcopy(root)
    other["statistics"]["Net Profit"] = "99%"
    other["algorithmConfiguration"]["endDate"] = "2020-01-01T00:00:00Z"
    runs = [compared(root, 0), compared(other, 1, name="the other")]
    html = renderer().comparison(comparison_report(comparison(runs, 1, 500), runs)).html
    found = Found(html)
    asks_for_nothing(found, html)
    assert "B the other (baseline)" in found.text
    assert "Not comparable: the periods differ:" in found.text
    assert "2020-01-01 (B)" in found.text
    assert "Correlation of daily returns" in found.text or "Returns by" in found.text


def test_more_runs_than_colours(root: dict) -> None:
    runs = [compared(root, number) for number in range(20)]
    found = Found(renderer().comparison(comparison_report(comparison(runs, 0, 500), runs)).html)
    styles = {path["class"] for path in found.named("path") if str(path.get("class")).startswith("line run")}
    assert len(styles) == 16
    assert "line run1 dashed" in styles


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["ok-daily-many-years", "ok-many-orders", "ok-no-orders", "bankrupt", "runtime-error-python", "ok-crypto"]
)
def test_recorded_runs(shared: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(shared / "lean-recordings" / name / "results", tmp_path / "run")
    (tmp_path / "run" / "config.json").write_text(json.dumps({"algorithm-id": name}))
    found = load_document(tmp_path / "run")
    html = renderer().run(run_report(result(found), found)).html
    read = Found(html)
    asks_for_nothing(read, html)
    assert len(html) < 400_000
    for path in read.named("path"):
        assert "nan" not in str(path["d"])
        assert "inf" not in str(path["d"])
    rows = len(read.named("tr"))
    assert rows <= MAX_ROWS + 40
    if name == "ok-many-orders":
        assert f"The first {MAX_ROWS} of" in read.text
    if name == "ok-daily-many-years":
        assert "logarithmic" in read.text
        assert "1998 " in read.text
