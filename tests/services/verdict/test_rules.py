"""Every rule on evidence made for it: what is found, how it is ranked, what is not said of a good run."""

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from docs.test_pages import PROJECT
from leanboard.models.run import Applied, BacktestStatus, CodeLocation, Reason
from leanboard.models.severity import Severity
from leanboard.models.verdict import MAX_FINDINGS, FindingCode
from leanboard.services.applied import NOT_STARTED
from leanboard.services.verdict.evidence import SeriesUse
from leanboard.services.verdict.verdict import judge
from leanboard.strategies.trading_calls import CallKind
from services.verdict.evidences import (
    COMPLETED,
    DAILY,
    DAYS,
    EXAMPLES,
    EXTENT,
    FIRST,
    HOURS,
    LAST,
    LEAN,
    MINUTES,
    TRADED,
    calls,
    data,
    failed,
    log,
    result,
    run,
    told,
)

PAGE = PROJECT / "docs" / "reference" / "findings.md"
ERROR, WARNING, INFO = Severity


def codes(evidence):
    return [finding.code for finding in judge(evidence).findings]


def only(evidence, code):
    [found] = [finding for finding in judge(evidence).findings if finding.code is code]
    return found


def documented():
    """Code to the text of its first cell, or of its example, in the order of the page."""
    cells = [line.strip("| ").split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    found = {}
    for first, second, _ in cells:
        code, text = (first, second) if re.fullmatch(r"`[a-z_]+`", first) else (second, first)
        if re.fullmatch(r"`[a-z_]+`", code):
            assert code.strip("`") not in found
            found[code.strip("`")] = text
    return found


def test_the_page_has_every_code_in_the_order_in_which_they_rank():
    assert list(documented()) == [code.value for code in FindingCode]


def test_every_reason_is_a_code():
    assert {reason.value for reason in Reason} <= {code.value for code in FindingCode}


@pytest.mark.parametrize("code", FindingCode)
def test_every_code_is_found_first_and_says_what_the_page_says(code):
    found = judge(EXAMPLES[code]).findings[0]
    assert found.code is code
    if found.code.value not in {reason.value for reason in Reason} | {"lean_analysis", "lean_message"}:
        message = documented()[code.value].split("`")[1]
        pattern = ".*".join(re.escape(piece) for piece in message.split("…"))
        assert re.match(pattern, found.title), (message, found.title)


def test_a_good_run_has_no_finding():
    verdict = judge(TRADED)
    assert verdict.findings == ()
    assert verdict.trades


@pytest.mark.parametrize("code", [code for code in FindingCode if EXAMPLES[code].traded is False])
def test_a_run_without_trades_has_one_cause_or_its_failure(code):
    evidence = EXAMPLES[code]
    verdict = judge(evidence)
    assert verdict.trades is False
    assert verdict.findings
    if evidence.run.status is BacktestStatus.COMPLETED:
        assert verdict.findings[0].severity in (ERROR, WARNING)


FIRST_CAUSE = list(FindingCode).index(FindingCode.WARM_UP_UNFINISHED)
CAUSES = list(FindingCode)[FIRST_CAUSE : list(FindingCode).index(FindingCode.NEVER_ORDERED) + 1]
UNTRADED = [example for example in EXAMPLES.values() if example.traded is False and example.run.reason is None]


@pytest.mark.parametrize("orders", [0, 3])
def test_without_trades_there_is_a_cause_whatever_comes_together(orders):
    for one, two, three in product(UNTRADED, repeat=3):
        mixed = replace(COMPLETED, log=one.log, data=two.data, code=three.code)
        found = judge(result(mixed, orders=orders, invalid=orders // 2)).findings
        assert found[0].severity in (Severity.ERROR, Severity.WARNING)
        assert found[0].code in CAUSES


class TestRanking:
    def test_by_severity_then_in_the_order_of_the_codes(self):
        worst = result(log(run(TRADED, warnings=("LEAN's process ended",)), quit=True), margin_calls=1, closed_trades=0)
        assert codes(worst) == [
            FindingCode.ENDED_EARLY,
            FindingCode.MARGIN_CALLS,
            FindingCode.RUN_WARNING,
            FindingCode.POSITIONS_OPEN,
        ]

    def test_only_so_many_are_told_and_the_rest_is_counted(self):
        verdict = judge(run(TRADED, warnings=tuple(f"warning {number}" for number in range(20))))
        assert len(verdict.findings) == MAX_FINDINGS
        assert verdict.omitted == 20 - MAX_FINDINGS

    def test_what_a_finding_tells_better_is_not_told_as_a_warning_of_the_run_too(self):
        quits = log(run(TRADED, warnings=("The strategy ended the run early by calling quit().",)), quit=True)
        assert codes(quits) == [FindingCode.ENDED_EARLY]


class TestFailure:
    def test_the_users_line_and_the_clock_come_with_the_message(self):
        broken = failed(
            Reason.RUNTIME_ERROR, message="division by zero", location=CodeLocation(file="main.py", line=14)
        )
        found = only(
            result(broken, error="2013-10-09 09:31:00 Runtime Error: division by zero"), FindingCode.RUNTIME_ERROR
        )
        assert (found.title, found.source, found.simulated_time) == (
            "division by zero",
            "x = 1 / 0",
            "2013-10-09 09:31:00",
        )
        assert found.location == CodeLocation(file="main.py", line=14)
        assert "divisor" in found.remedy

    def test_before_the_simulation_there_is_no_clock(self):
        assert only(failed(Reason.INIT_ERROR), FindingCode.INIT_ERROR).simulated_time is None

    def test_a_long_message_is_cut_at_its_sentences(self):
        message = f"{'It broke ' * 15}. Then this. It said: that."
        found = only(failed(Reason.CRASHED, message=message), FindingCode.CRASHED)
        assert found.title == f"{'It broke ' * 15}."
        assert found.evidence == ("Then this.", "It said: that.")

    def test_nothing_of_the_numbers_is_said_beside_a_failure(self):
        broken = result(failed(Reason.RUNTIME_ERROR), benchmark_flat=True, margin_calls=1)
        assert FindingCode.BENCHMARK_MISSING not in codes(broken)

    def test_parameters_of_a_run_that_never_began_are_not_blamed(self):
        early = replace(failed(Reason.INIT_ERROR), applied=Applied(ignored={"start_date": NOT_STARTED}))
        assert codes(early) == [FindingCode.INIT_ERROR]


class TestData:
    def test_what_is_available_is_told_near_the_period(self):
        found = only(data(COMPLETED, SeriesUse(MINUTES, missing=DAYS, extents=(EXTENT,))), FindingCode.NO_DATA)
        assert "Available: minute 2013-10-09 to 2013-10-11, 2014-06-05 to 2014-06-09" in found.remedy
        assert (found.symbol, found.severity) == ("SPY", ERROR)

    @pytest.mark.parametrize(("days", "word"), [(-400, "before 2013-10-09"), (4000, "after 2014-06-09")])
    def test_where_the_data_begins_and_ends(self, days, word):
        there = FIRST + timedelta(days=days)
        moved = result(COMPLETED, first_date=there, last_date=there)
        found = only(data(moved, SeriesUse(MINUTES, missing=(there,), extents=(EXTENT,))), FindingCode.NO_DATA)
        assert found.title == f"SPY has no minute data {word} in this folder"

    def test_without_the_folder_nothing_is_claimed_about_it(self):
        unknown = replace(
            COMPLETED, data=replace(COMPLETED.data, series=(SeriesUse(MINUTES, missing=DAYS),), folder="")
        )
        found = only(unknown, FindingCode.NO_DATA)
        assert "in this folder" not in found.title
        assert "does not have it" in found.remedy

    def test_one_of_several_without_data_is_a_warning(self):
        some = data(COMPLETED, SeriesUse(MINUTES, found=DAYS), SeriesUse(DAILY, opened=False))
        assert only(some, FindingCode.NO_DATA).severity is WARNING

    def test_many_without_data_are_one_finding(self):
        many = [replace(SeriesUse(DAILY, opened=False), series=replace(DAILY, ticker=f"t{n}")) for n in range(20)]
        found = only(data(COMPLETED, *many), FindingCode.NO_DATA)
        assert found.title.startswith("20 of 20 series: T0 has no daily data")
        assert found.evidence[-1].endswith("T7 and 12 more")

    def test_days_round_the_period_that_time_zones_ask_for_are_no_gap(self):
        round_it = (FIRST - timedelta(days=1), LAST + timedelta(days=1))
        assert codes(data(TRADED, SeriesUse(MINUTES, found=DAYS, missing=round_it))) == []

    def test_a_few_days_are_only_mentioned(self):
        days = tuple(FIRST + timedelta(days=number) for number in range(100))
        long = result(TRADED, last_date=days[-1])
        found = only(
            data(long, SeriesUse(MINUTES, found=days[:50] + days[52:], missing=days[50:52])), FindingCode.DATA_GAPS
        )
        assert found.severity is INFO

    def test_daily_data_that_ends_in_the_period(self):
        extent = replace(EXTENT, resolution=DAILY.resolution, stretches=((date(1998, 1, 2), DAYS[1]),))
        use = SeriesUse(DAILY, opened=True, expected_days=5, present_days=2, extents=(extent,))
        found = only(data(TRADED, use), FindingCode.DATES_OUTSIDE_DATA)
        assert found.title == f"XYZ has no daily data after {DAYS[1]} in this folder"
        assert "3 of 5 trading days" in found.evidence[0]

    def test_a_stock_listed_later_lacks_nothing(self):
        use = SeriesUse(DAILY, opened=True, expected_days=2, present_days=2, listed=(DAYS[3], date(2050, 12, 31)))
        assert codes(data(TRADED, use)) == []

    def test_leans_own_benchmark_is_no_subscription(self):
        missing = data(result(TRADED, benchmark_flat=True), SeriesUse(HOURS, own=True, opened=False))
        found = only(missing, FindingCode.BENCHMARK_MISSING)
        assert found.symbol == "SPY"
        assert FindingCode.NO_DATA not in codes(missing)

    def test_a_benchmark_of_zero_that_the_strategy_set_is_its_own_matter(self):
        own = replace(result(TRADED, benchmark_flat=True), code=calls(CallKind.BENCHMARK))
        assert codes(own) == []


class TestOrders:
    LOW = "Order Error: ids: [{}], Insufficient buying power to complete orders (Value:[{}]), Reason: Id: {}, Free: 5."

    def test_the_most_frequent_reason_is_in_the_title_without_its_values(self):
        refusals = [("SPY", self.LOW.format(n, n * 10.5, n)) for n in range(5)] + [
            ("IBM", "The minimum order size is 5.")
        ]
        found = only(
            result(TRADED, orders=10, filled=4, invalid=6, refusals=tuple(refusals)), FindingCode.ORDERS_INVALID
        )
        assert found.title == "6 of 10 orders were refused: Insufficient buying power to complete orders"
        assert found.evidence[0].startswith("5 times: Order Error")
        assert found.evidence[-1] == "orders of: SPY, IBM"
        assert found.severity is WARNING

    def test_a_few_are_only_mentioned(self):
        found = only(result(TRADED, orders=740, filled=739, invalid=1), FindingCode.ORDERS_INVALID)
        assert found.severity is INFO

    def test_refusals_that_hindered_nothing_are_messages(self):
        message = told("Unable to submit order with id -10 that has zero quantity.")
        assert codes(log(TRADED, messages=(message,))) == [FindingCode.LEAN_MESSAGE]


class TestParameters:
    def test_a_near_name_is_proposed(self):
        assert only(EXAMPLES[FindingCode.NOT_APPLIED], FindingCode.NOT_APPLIED).remedy == "Did you mean fast?"

    def test_many_are_one_finding(self):
        ignored = {f"parameters.p{number}": "the strategy does not read it" for number in range(9)}
        found = only(replace(TRADED, applied=Applied(ignored=ignored)), FindingCode.NOT_APPLIED)
        assert found.title == "9 fields of the request had no effect"

    def test_limits_that_an_engine_does_not_have_change_no_number(self):
        ignored = Applied(ignored={"cpus": "the embedded engine does not limit cores"})
        assert only(replace(TRADED, applied=ignored), FindingCode.NOT_APPLIED).severity is INFO


def test_a_completed_run_whose_result_is_gone():
    gone = replace(COMPLETED, result=replace(COMPLETED.result, known=False), statistics=LEAN, problem="it is cut off")
    verdict = judge(gone)
    assert verdict.trades is None
    assert verdict.findings[0].code is FindingCode.RESULT_UNREADABLE
    assert verdict.findings[0].evidence == ("it is cut off",)
