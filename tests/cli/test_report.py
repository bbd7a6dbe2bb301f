import io

import pytest
from rich.console import Console

from cli.values import STATISTICS, result, run_info
from leanboard.models.results import BacktestStatistics, DataProvenance, Versions
from leanboard.models.run import Applied, CodeLocation
from leanboard.terminal.report import (
    Report,
    SourceLine,
    provenance_lines,
    read_source_line,
    statistics_lines,
    version_lines,
)


def shown(found, source=None, width=80):
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    Report(console, "xterm").show(found, source=source, place="var/results/2026-01-31_12-00-00")
    return console.file.getvalue()


def test_completed():
    text = shown(result())
    assert "main  completed after 2.00 s, engine embedded" in text
    assert "#" not in text
    assert "result  var/results/2026-01-31_12-00-00" in text
    assert "max 110.00 (2013-10-08)" in text
    assert "SIMULATED" not in text


def test_two_columns_are_read_downwards():
    lines = [line.plain for line in statistics_lines(STATISTICS, 80)]
    assert len(lines) == 4
    assert lines[0].split() == ["Statistic", "1", "1.5%", "Statistic", "5", "5.5%"]
    assert lines[3].split() == ["Statistic", "4", "4.5%"]


@pytest.mark.parametrize("width", [10, 30])
def test_one_column_where_two_have_no_room_and_nothing_is_cut(width):
    lines = [line.plain.split() for line in statistics_lines(STATISTICS, width)]
    assert lines == [[*name.split(), value] for name, value in STATISTICS.items()]


def test_leans_whole_table_fits_a_terminal_of_80_columns():
    table = {
        "Compounding Annual Return": "271.453%",
        "End Equity": "101691.92",
        "Probabilistic Sharpe Ratio": "67.459%",
        "Estimated Strategy Capacity": "$56000000.00",
        "Lowest Capacity Asset": "SPY R735QTJ8XC9X",
        "Drawdown Recovery": "3",
    }
    lines = statistics_lines(table, 80)
    assert len(lines) == 3
    assert all(len(line) <= 80 for line in lines)


def test_a_run_without_statistics():
    text = shown(result(statistics=BacktestStatistics(), equity=()))
    assert text.startswith("main  completed")


def test_simulated_data_is_said_plainly():
    data = DataProvenance(kind="simulated", sources=("SPY minute bars, seed 7",), requests=10, failed_requests=3)
    text = shown(result(data=data))
    assert "SIMULATED DATA: these prices are made up" in text
    assert "SPY minute bars, seed 7" in text
    assert "3 of 10 data files that LEAN asked for are missing" in text
    assert provenance_lines(DataProvenance(kind="mixed"))[0].startswith("PARTLY SIMULATED")


def test_what_took_effect_and_what_did_not():
    applied = Applied(effective={"start_date": "2013-10-08", "fast": "20"}, ignored={"symbols": "not read by it"})
    text = shown(result(applied=applied))
    assert "took effect      start_date 2013-10-08, fast 20" in text
    assert "had no effect    symbols: not read by it" in text


def test_failed():
    location = CodeLocation(file="main.py", line=14)
    run = run_info(
        status="failed",
        reason="runtime_error",
        message="division by\x1b[2J zero",
        location=location,
        warnings=("late",),
    )
    text = shown(result(run, problem="log.txt is cut"), SourceLine(location, "    x = 1 / 0"))
    assert "failed (runtime_error)" in text
    assert "  division by^[[2J zero" in text
    assert "at main.py:14" in text
    assert "14 | x = 1 / 0" in text
    assert "warning  late" in text
    assert "warning  log.txt is cut" in text


def test_cancelled_keeps_a_part():
    text = shown(result(run_info(status="cancelled", reason="cancelled_by_user", partial=True)))
    assert "cancelled after 2.00 s, partial result kept" in text


def test_source_line(tmp_path):
    (tmp_path / "code" / "lib").mkdir(parents=True)
    (tmp_path / "code" / "lib" / "a.py").write_text("one\ntwo\n")
    (tmp_path / "secret.py").write_text("secret\n")
    found = read_source_line(tmp_path, CodeLocation(file="lib/a.py", line=2))
    assert found is not None
    assert found.text == "two"
    assert read_source_line(tmp_path, CodeLocation(file="lib/a.py", line=3)) is None
    assert read_source_line(tmp_path, CodeLocation(file="../secret.py", line=1)) is None
    assert read_source_line(tmp_path, CodeLocation(file="none.py", line=1)) is None
    assert read_source_line(tmp_path, None) is None


def test_what_made_it_is_shown_for_real_lean():
    assert version_lines(Versions(engine="minilean 0.1.0", python="3.11.2")) == []
    real = Versions(engine="Docker 20.10.24", lean="2.5.0.0", python="3.11.11", dotnet="net10.0", image="lean:x")
    [made, image] = version_lines(real.evolve(image_id="sha256:1"))
    assert made.split(None, 2)[2] == "LEAN 2.5.0.0, Python 3.11.11, net10.0, Docker 20.10.24"
    assert image.split(None, 1)[1] == "lean:x = sha256:1"
    assert version_lines(real.evolve(image_id="sha256:1", image_digest="lean@sha256:2"))[1].endswith("lean@sha256:2")
