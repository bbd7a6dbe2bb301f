"""JSON text, whole files, data monitor, messages and the sections about the run."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from minilean.numbers import ZERO
from minilean.results.data_monitor import DataMonitor
from minilean.results.json_text import Raw, dumps, dumps_indented, iso_time
from minilean.results.messages import MessageLog
from minilean.results.result_files import ResultFolder, write_whole
from minilean.results.run_state import RuntimeFigures, runtime_statistics
from minilean.results.views import PortfolioTotals


def test_numbers_keep_their_scale_and_whole_ones_get_a_point():
    values = [Decimal("1.50"), Decimal(3), Decimal("-0.00"), Decimal("1E+2"), 2.5, 3.0, 1e-7, 7, True, None]
    assert dumps(values) == "[1.50,3.0,0.00,100.0,2.5,3.0,1E-07,7,true,null]"


def test_strings_escape_what_newtonsoft_escapes():
    assert dumps('a"\\\n\t\x01\u2028é/') == '"a\\"\\\\\\n\\t\\u0001\\u2028é/"'


def test_indented_text_nests_by_two_and_keeps_empty_containers_short():
    assert dumps_indented({"a": {}, "b": [], "c": [1, {"d": Raw("[1,2]")}]}) == (
        '{\n  "a": {},\n  "b": [],\n  "c": [\n    1,\n    {\n      "d": [1,2]\n    }\n  ]\n}'
    )


def test_a_value_without_json_is_refused():
    with pytest.raises(TypeError, match="no JSON for set"):
        dumps({"a": set()})
    with pytest.raises(TypeError, match="no JSON for set"):
        dumps_indented({"a": set()})


@pytest.mark.parametrize(("microseconds", "text"), [(0, "1970-01-01T00:00:00Z"), (1_500_000, "1970-01-01T00:00:01.5Z")])
def test_times_have_a_fraction_only_when_they_need_one(microseconds: int, text: str):
    assert iso_time(microseconds) == text


def test_files_appear_whole_or_not_at_all(tmp_path: Path):
    folder = ResultFolder(tmp_path, "run")
    path = folder.write("-log.txt", "one\n")
    assert path.read_text() == "one\n"
    assert [each.name for each in tmp_path.iterdir()] == ["run-log.txt"]
    write_whole(path, "two \ud83d")
    assert path.read_text() == "two ?"
    path.unlink()
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(path, "three")
    assert [each.name for each in tmp_path.iterdir()] == ["run-log.txt"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path):
    with pytest.raises(OSError, match="absent"):
        write_whole(tmp_path / "absent" / "x.json", "{}")


def test_data_requests_are_listed_without_the_data_folder(tmp_path: Path):
    monitor = DataMonitor("/Lean/Data")
    monitor.record("/Lean/Data/equity/usa/daily/spy.zip", succeeded=True)
    monitor.record("/Lean/Data/equity/usa/daily/x.zip", succeeded=False)
    monitor.record("/Lean/Data/equity/usa/daily/y.zip", succeeded=False)
    usage = monitor.write(tmp_path, 1_381_153_200.25, 1_381_153_201.0)
    assert usage.lines()[3] == "DATA USAGE:: Failed data requests percentage 67%"
    assert (tmp_path / "succeeded-data-requests-20131007134000250.txt").read_text() == "/equity/usa/daily/spy.zip\n"
    assert len((tmp_path / "failed-data-requests-20131007134000250.txt").read_text().splitlines()) == 2
    report = json.loads((tmp_path / "data-monitor-report-20131007134001000.json").read_text())
    assert (report["total-data-requests-count"], report["failed-data-requests-percentage"]) == (3, 67.0)


def test_a_run_without_requests_has_no_percentage():
    assert DataMonitor("/Lean/Data").usage().failed_percentage == 0


class Output:
    """Keeps records."""

    def __init__(self):
        self.records: list[str] = []

    def trace(self, text: str) -> None:
        self.records.append(f"TRACE {text}")

    def error(self, text: str) -> None:
        self.records.append(f"ERROR {text}")


def test_messages_drain_by_kind_and_engine_lines_go_out_at_once():
    output = Output()
    messages = MessageLog(output)
    messages.log("l1")
    messages.error("e1")
    messages.debug("d1")
    messages.system_debug("Launching")
    assert messages.entries == ["Launching"]
    messages.drain()
    messages.drain()
    assert messages.entries == ["Launching", "d1", "e1", "l1"]
    assert output.records == ["TRACE Debug: Launching", "TRACE Debug: d1", "ERROR e1", "TRACE Log: l1"]


def test_a_runtime_error_shows_its_stack_below():
    output = Output()
    messages = MessageLog(output)
    messages.runtime_error("t Runtime Error: x", "x\n at y")
    assert output.records == ["ERROR t Runtime Error: x\n x\n at y"]
    assert messages.count == 1


def test_runtime_statistics_are_sorted_and_the_engine_s_own_win():
    totals = PortfolioTotals(Decimal("37.27"), Decimal("-15650.78"), ZERO, Decimal("1.005"), Decimal("1059294.4"))
    figures = RuntimeFigures(totals, Decimal("84349.22"), Decimal(100000), "$")
    text = runtime_statistics(figures, {"Bars": "504", "Last Close": "1", "Equity": "no"})
    assert text == {
        "Bars": "504",
        "Equity": "$84,349.22",
        "Fees": "-$37.27",
        "Holdings": "$1.01",
        "Last Close": "1",
        "Net Profit": "$-15,650.78",
        "Probabilistic Sharpe Ratio": "0%",
        "Return": "-15.65 %",
        "Unrealized": "$0.00",
        "Volume": "$1,059,294.40",
    }
    assert list(text) == sorted(text)
