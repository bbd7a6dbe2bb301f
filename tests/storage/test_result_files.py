"""LEAN's result files in every shape: all versions, half-written, hostile, and as real LEAN wrote them."""

import json
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leanboard.models.results import EquityPoint
from leanboard.storage.equity_series import equity_points, thinned_curve
from leanboard.storage.json_files import ResultKind
from leanboard.storage.result_files import ResultState, equity_curve, read_result, read_summary
from leanboard.storage.statistics_text import money, percent, plain, statistics

FINAL = {
    "rollingWindow": {},
    "charts": {
        "Strategy Equity": {
            "name": "Strategy Equity",
            "series": {"Equity": {"values": [[1381118400, 1.0, 3.0, 0.5, 2.0], [1381204800, 2.0, 2.0, 2.0, 2.5]]}},
        },
    },
    "statistics": {"Total Orders": "1", "Net Profit": "1.692%", "Total Fees": "$3.44"},
    "runtimeStatistics": {"Equity": "$101,691.92", "Return": "1.69 %"},
    "state": {
        "StartTime": "2026-11-21T00:28:26Z",
        "EndTime": "2026-11-21T00:28:37Z",
        "RuntimeError": "",
        "StackTrace": "",
        "OrderCount": "1",
        "Status": "Completed",
    },
    "serverStatistics": {"LEAN Version": "v2.5.0.0"},
    "algorithmConfiguration": {
        "name": "run",
        "accountCurrency": "USD",
        "parameters": {"fast": "10"},
        "startDate": "2013-10-07T00:00:00Z",
        "endDate": "2013-10-11T00:00:00Z",
    },
}


def pascal(value: object, depth: int = 0) -> object:
    """The casing of files before May 2024; keys of dictionaries (names of charts, statistics) were never changed."""
    if not isinstance(value, dict):
        return value
    untouched = depth and any(" " in key for key in value)
    return {key if untouched else key[:1].upper() + key[1:]: pascal(entry, depth + 1) for key, entry in value.items()}


def write(folder: Path, content: object, name: str = "run.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


class TestKinds:
    def test_final(self, tmp_path: Path):
        state = read_result(write(tmp_path, FINAL), "run")
        assert state.kind is ResultKind.FINAL
        assert state.status == "Completed"
        assert state.started_at == datetime(2026, 11, 21, 0, 28, 26, tzinfo=UTC)
        assert state.ended_at == datetime(2026, 11, 21, 0, 28, 37, tzinfo=UTC)
        assert list(state.statistics) == ["Total Orders", "Net Profit", "Total Fees"]
        assert state.total_orders == 1
        assert state.configuration.start_date == date(2013, 10, 7)
        assert state.configuration.end_date == date(2013, 10, 11)
        assert state.configuration.parameters == {"fast": "10"}
        assert state.lean_version == "v2.5.0.0"
        assert state.data_requests is None

    def test_intermediate(self, tmp_path: Path):
        running = FINAL | {"state": FINAL["state"] | {"EndTime": "", "Status": "Running"}, "statistics": {}}
        state = read_result(write(tmp_path, running), "run")
        assert state.kind is ResultKind.INTERMEDIATE
        assert state.has_result
        assert not state.is_final

    def test_absent(self, tmp_path: Path):
        assert read_result(tmp_path, "run") == ResultState(ResultKind.ABSENT)
        assert read_result(tmp_path / "nowhere", "run").kind is ResultKind.ABSENT
        assert equity_curve(tmp_path, "run") == ()

    @pytest.mark.parametrize("content", ["", "  \n", '{"state": {"EndTime": "2026', '{"a": [1, 2', "{"])
    def test_r30_empty_or_cut_off(self, tmp_path: Path, content: str):
        state = read_result(write(tmp_path, content), "run")
        assert state.kind is ResultKind.TORN
        assert "run.json" in state.problem

    @pytest.mark.parametrize("content", ['{"a": }', "}", '{"a": 1 "b": 2}', "{}}"])
    def test_r30_corrupt(self, tmp_path: Path, content: str):
        state = read_result(write(tmp_path, content), "run")
        assert state.kind is ResultKind.UNREADABLE
        assert "not valid JSON" in state.problem

    @pytest.mark.parametrize("content", ["[]", "5", '"text"', "null"])
    def test_r30_no_object(self, tmp_path: Path, content: str):
        assert read_result(write(tmp_path, content), "run").kind is ResultKind.UNREADABLE

    def test_r30_a_file_of_500_mb_is_not_loaded(self, tmp_path: Path):
        path = tmp_path / "run.json"
        with path.open("wb") as file:
            file.truncate(500 * 1024 * 1024)
        state = read_result(tmp_path, "run")
        assert state.kind is ResultKind.UNREADABLE
        assert "524,288,000 bytes" in state.problem
        assert state.size == 524_288_000
        assert equity_curve(tmp_path, "run") == ()

    @pytest.mark.parametrize(
        "content",
        [
            '{"a":' * 100_000 + "1" + "}" * 100_000,
            "[" * 200_000,
            '{"state": ' + "9" * 100_000 + "}",
            '{"state": {"EndTime": 5, "Status": [], "RuntimeError": {}}, "statistics": [], "charts": 7}',
            '{"charts": {"Strategy Equity": {"series": {"Equity": {"values": [[1e999, 1], [1, "x"], [], {}, 5]}}}}}',
            '{"state": {"RuntimeError": "\\ud83d"}}',
            '{"statistics": {"a": NaN, "b": Infinity, "c": null, "d": true, "e": {}}}',
        ],
    )
    def test_hostile_files_do_no_harm(self, tmp_path: Path, content: str):
        state = read_result(write(tmp_path, content), "run")
        assert not state.is_final
        assert equity_curve(tmp_path, "run") == ()
        statistics(state).model_dump_json()
        state.runtime_error.encode()

    def test_a_pipe_or_a_link_is_not_opened(self, tmp_path: Path):
        os.mkfifo(tmp_path / "run.json")
        assert read_result(tmp_path, "run").kind is ResultKind.UNREADABLE
        (tmp_path / "link.json").symlink_to("/etc/passwd")
        assert read_result(tmp_path, "link").kind is ResultKind.UNREADABLE

    @given(cut=st.integers(0, 2000), garbage=st.binary(max_size=30))
    @settings(max_examples=200, deadline=None)
    def test_any_prefix_with_any_end_is_read(self, tmp_path_factory: pytest.TempPathFactory, cut: int, garbage: bytes):
        folder = tmp_path_factory.mktemp("cut")
        (folder / "run.json").write_bytes(json.dumps(FINAL).encode()[:cut] + garbage)
        state = read_result(folder, "run")
        assert state.kind in ResultKind
        equity_curve(folder, "run")

    def test_a_byte_order_mark(self, tmp_path: Path):
        (tmp_path / "run.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(FINAL).encode())
        assert read_result(tmp_path, "run").is_final


class TestVersions:
    def test_pascal_case(self, tmp_path: Path):
        state = read_result(write(tmp_path, pascal(FINAL)), "run")
        expected = read_result(write(tmp_path, FINAL), "run")
        assert (state.kind, state.status, dict(state.statistics)) == (
            ResultKind.FINAL,
            "Completed",
            FINAL["statistics"],
        )
        assert state.configuration.start_date == expected.configuration.start_date
        assert [point.value for point in equity_points(pascal(FINAL), 100)] == [2.0, 2.5]  # type: ignore[arg-type]

    def test_before_2023_there_was_no_state(self, tmp_path: Path):
        old = {"Charts": {}, "Statistics": {"Total Trades": "12"}, "TotalPerformance": {"TradeStatistics": {}}}
        state = read_result(write(tmp_path, old), "run")
        assert (state.kind, state.status, state.total_orders) == (ResultKind.FINAL, "", 12)
        assert read_result(write(tmp_path, {"Charts": {}}), "run").kind is ResultKind.INTERMEDIATE

    @pytest.mark.parametrize(
        "values",
        [
            [[100, 1.0, 9.0, 0.0, 5.5]],
            [[100, 5.5]],
            [{"x": 100, "y": 5.5}],
            [{"x": 100, "y": "5.5"}],
            [{"X": 100, "Y": 5.5}],
            [{"x": 100, "open": 1, "high": 9, "low": 0, "close": 5.5}],
            [[100, 5.5], [200, None], [300, 1.0, 2.0, 3.0, None]],
        ],
    )
    def test_points_in_every_form(self, values: list[object]):
        result = {"charts": {"Strategy Equity": {"series": {"Equity": {"values": values}}}}}
        assert equity_points(result, 10) == (EquityPoint(time=datetime.fromtimestamp(100, UTC), value=5.5),)

    def test_the_summary_is_taken_for_lists(self, tmp_path: Path):
        write(tmp_path, FINAL | {"statistics": {"Total Orders": "7"}}, "run-summary.json")
        write(tmp_path, FINAL)
        assert read_summary(tmp_path, "run").total_orders == 7
        write(tmp_path, "{", "run-summary.json")
        assert read_summary(tmp_path, "run").total_orders == 1

    def test_the_newest_data_monitor_report_counts(self, tmp_path: Path):
        write(tmp_path, FINAL)
        report = {"total-data-requests-count": 19, "failed-data-requests-count": 16}
        write(tmp_path, {"total-data-requests-count": 1}, "data-monitor-report-20260101000000000.json")
        write(tmp_path, report, "data-monitor-report-20260102000000000.json")
        state = read_result(tmp_path, "run")
        assert (state.data_requests, state.failed_data_requests) == (19, 16)
        write(tmp_path, "{", "data-monitor-report-20260103000000000.json")
        assert read_result(tmp_path, "run").data_requests is None


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("271.453%", 2.71453),
            ("1.69 %", 0.0169),
            ("-2.200%", -0.022),
            ("0%", 0.0),
            ("-0%", 0.0),
            ("1,234.5%", 12.345),
            ("7E-05%", 7e-07),
            ("5", None),
            ("", None),
            ("%", None),
            ("NaN%", None),
            ("∞%", None),
            ("٣%", None),
            ("1" * 100 + "%", None),
        ],
    )
    def test_percent(self, text: str, number: float | None):
        assert percent(text) == number

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("8.854", 8.854),
            ("-0", 0.0),
            ("0", 0.0),
            (".5", 0.5),
            ("1e5", 1e5),
            ("", None),
            ("--1", None),
            ("1e999", None),
        ],
    )
    def test_plain(self, text: str, number: float | None):
        assert plain(text) == number

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("$3.44", "3.44"),
            ("-$3.44", "-3.44"),
            ("$-3.44", "-3.44"),
            ("$56000000.00", "56000000.00"),
            ("100000", "100000"),
            ("101691.92", "101691.92"),
            ("€1,000.50", "1000.50"),
            ("₮0.1", "0.1"),
            ("USDT1", "1"),
            ("$0", "0"),
            ("-$0.00", "0"),
            ("$", None),
            ("", None),
            ("abc", None),
            ("$1.2.3", None),
            ("$1" * 40, None),
        ],
    )
    def test_money(self, text: str, number: str | None):
        assert money(text) == (None if number is None else Decimal(number))

    def test_what_is_missing_or_not_understood_is_none(self):
        state = ResultState(ResultKind.FINAL, statistics={"Net Profit": "?", "Sharpe Ratio": "1.5"})
        found = statistics(state)
        assert (found.net_profit, found.sharpe_ratio, found.beta, found.total_orders) == (None, 1.5, None, None)
        assert found.lean == {"Net Profit": "?", "Sharpe Ratio": "1.5"}

    @given(text=st.text(max_size=80))
    @settings(max_examples=300)
    def test_no_text_raises(self, text: str):
        for parse in (percent, plain, money):
            parse(text)


class TestThinning:
    @given(values=st.lists(st.floats(-1e9, 1e9), max_size=400), limit=st.integers(0, 300))
    @settings(max_examples=200, deadline=None)
    def test_ends_and_extremes_stay(self, values: list[float], limit: int):
        points = thinned_curve(list(enumerate(values)), 10_000)
        kept = thinned_curve(list(enumerate(values)), limit)
        assert len(kept) <= max(limit, 4)
        assert list(kept) == sorted(kept, key=lambda point: point.time)
        assert set(kept) <= set(points)
        if points:
            assert (kept[0], kept[-1]) == (points[0], points[-1])
            assert min(point.value for point in kept) == min(values)
            assert max(point.value for point in kept) == max(values)

    def test_a_short_curve_stays_as_it_is(self):
        assert [point.value for point in thinned_curve([(0, 1.0), (1, 2.0), (2, 1.5)], 10)] == [1.0, 2.0, 1.5]


@pytest.mark.shared
class TestRealLean:
    def test_statistics_of_the_example(self, shared: Path):
        folder = shared / "lean-recordings" / "ok-minute" / "results"
        found = statistics(read_result(folder, "ok-minute"))
        assert found.compounding_annual_return == 2.71453
        assert found.end_equity == Decimal("101691.92")
        assert found.total_fees == Decimal("3.44")
        assert found.capacity == Decimal(56_000_000)
        assert found.lowest_capacity_asset == "SPY R735QTJ8XC9X"
        assert found.drawdown_recovery == 3
        summary = read_summary(folder, "ok-minute")
        assert dict(summary.statistics) == found.lean

    def test_every_statistic_of_every_recording_has_its_twin(self, shared: Path):
        texts = {"lean", "runtime", "lowest_capacity_asset"}
        seen = 0
        for path in sorted((shared / "lean-recordings").glob("*/case.json")):
            case = json.loads(path.read_text())
            state = read_result(path.parent / "results", case["algorithm_id"])
            assert str(state.kind) == case["final_json"], path.parent.name
            if len(state.statistics) >= 27:
                twins = statistics(state).model_dump(exclude=texts)
                assert None not in twins.values(), path.parent.name
                seen += 1
        assert seen > 30

    def test_the_curve_of_22_years_is_bounded(self, shared: Path):
        folder = shared / "lean-recordings" / "ok-daily-many-years" / "results"
        whole = equity_curve(folder, "ok-daily-many-years", points=10**6)
        few = equity_curve(folder, "ok-daily-many-years", points=200)
        assert len(few) <= 200 < len(whole)
        assert (few[0], few[-1]) == (whole[0], whole[-1])
        assert max(point.value for point in few) == max(point.value for point in whole)
