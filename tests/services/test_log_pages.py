"""Parts of logs: pages that join without gap or overlap, search, bounded reads."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leanboard.errors import NotFound
from leanboard.models.analytics_queries import LogLevel, LogQuery, LogSource
from leanboard.services.analytics.log_pages import read_log

STAMP = "2026-01-31T12:00:00.0000000Z"
ENGINE = f"""\
{STAMP} TRACE:: Engine.Main(): Started
{STAMP} TRACE:: Debug: 2013-10-07 09:31:00 bought Ä
and why
{STAMP} ERROR:: 2013-10-07 09:32:00 no such symbol
{STAMP} TRACE:: Engine.Main(): Analysis Complete.
"""


def write(folder: Path, content: str | bytes = ENGINE, name: str = "log.txt") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text('{"algorithm-id": "a"}')
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def texts(folder: Path, **query: object) -> list[str]:
    return [line.text for line in read_log(folder, LogQuery.model_validate(query)).lines]


def test_a_message_of_several_lines_is_one_record(tmp_path: Path):
    found = read_log(write(tmp_path), LogQuery())
    assert [line.text for line in found.lines] == [
        "Engine.Main(): Started",
        "bought Ä\nand why",
        "no such symbol",
        "Engine.Main(): Analysis Complete.",
    ]
    assert (found.lines[1].level, found.lines[1].source) == ("debug", "user")
    assert found.lines[1].simulated_time == "2013-10-07 09:31:00"
    assert (found.file, found.size, found.next_offset) == ("log.txt", len(ENGINE.encode()), None)


def test_search_and_level(tmp_path: Path):
    write(tmp_path)
    assert texts(tmp_path, query="AND WHY") == ["bought Ä\nand why"]
    assert texts(tmp_path, query="ä") == ["bought Ä\nand why"]
    assert texts(tmp_path, level=LogLevel.ERROR) == ["no such symbol"]
    assert texts(tmp_path, query="nothing of that kind") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_join(tmp_path: Path, limit: int):
    write(tmp_path)
    found, offset = [], 0
    while offset is not None:
        page = read_log(tmp_path, LogQuery(offset=offset, limit=limit))
        found += page.lines
        offset = page.next_offset
    assert found == list(read_log(tmp_path, LogQuery()).lines)


def test_from_the_end(tmp_path: Path):
    write(tmp_path)
    assert texts(tmp_path, offset=-10) == []
    assert texts(tmp_path, offset=-70) == []
    assert texts(tmp_path, offset=-71) == ["Engine.Main(): Analysis Complete."]
    assert len(texts(tmp_path, offset=-(10**12))) == 4
    assert texts(tmp_path, offset=10**12) == []


def test_a_search_stops_after_its_share_and_says_where(tmp_path: Path):
    write(tmp_path, "".join(f"{STAMP} TRACE:: line {number}\n" for number in range(1000)))
    first = read_log(tmp_path, LogQuery(query="line 999"), scanned=1000)
    assert first.lines == ()
    offset, answers = first.next_offset, 1
    while offset is not None:
        page = read_log(tmp_path, LogQuery(query="line 999", offset=offset), scanned=1000)
        offset, answers = page.next_offset, answers + 1
    assert [line.text for line in page.lines] == ["line 999"]
    assert answers > 20


def test_one_endless_line_is_cut(tmp_path: Path):
    write(tmp_path, f"{STAMP} TRACE:: {'x' * 300_000}\n{STAMP} TRACE:: after\n")
    long, after = read_log(tmp_path, LogQuery()).lines
    assert len(long.text) < 70_000
    assert len(long.text) + long.truncated == 300_000
    assert after.text == "after"
    (only,) = read_log(write(tmp_path, b"y" * 300_000), LogQuery()).lines
    assert only.truncated > 200_000


def test_a_line_of_a_terabyte_is_not_read_to_its_end_at_once(tmp_path: Path):
    folder = write(tmp_path, "short\n")
    os.truncate(folder / "log.txt", 1 << 40)
    first = read_log(folder, LogQuery(), 1 << 20)
    assert first.next_offset is not None
    second = read_log(folder, LogQuery(offset=first.next_offset), 1 << 20)
    assert second.lines == ()
    assert second.next_offset is not None
    assert first.next_offset < second.next_offset < 1 << 24


@pytest.mark.parametrize("source", [LogSource.ENGINE, LogSource.USER])
def test_empty_lines_count_too(tmp_path: Path, source: LogSource):
    name = "log.txt" if source is LogSource.ENGINE else "a-log.txt"
    folder = write(tmp_path, "\n" * 100_000, name)
    found = read_log(folder, LogQuery(query="nothing", source=source), 1 << 16)
    assert found.next_offset is not None
    assert 0 < found.next_offset <= 2 * (1 << 16) // 64


def test_every_source(tmp_path: Path):
    write(tmp_path, "2013-10-07 09:31:00 Debug: hello\n", "a-log.txt")
    (line,) = read_log(tmp_path, LogQuery(source=LogSource.USER)).lines
    assert line.source == "user"
    assert line.text.endswith("hello")
    for source in ("stdout", "stderr", "build"):
        write(tmp_path, "20260131 12:00:00.000 TRACE:: one\ntwo\n", f"console/{source}.txt")
    assert texts(tmp_path, source="stdout") == texts(tmp_path, source="stderr") == ["one\ntwo"]
    assert len(texts(tmp_path, source="build")) == 2
    with pytest.raises(NotFound, match=r"log\.txt"):
        read_log(tmp_path, LogQuery())


def test_links_are_no_logs(tmp_path: Path):
    folder = tmp_path / "run"
    write(folder)
    (folder / "log.txt").unlink()
    (folder / "log.txt").symlink_to("/etc/passwd")
    with pytest.raises(NotFound):
        read_log(folder, LogQuery())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.integers(-500, 500), st.sampled_from(LogSource))
def test_whatever_is_in_it(tmp_path: Path, content: bytes, offset: int, source: LogSource):
    for name in ("log.txt", "a-log.txt", "console/stdout.txt", "console/stderr.txt", "console/build.txt"):
        write(tmp_path, content, name)
    found = read_log(tmp_path, LogQuery(offset=offset, source=source))
    assert json.loads(found.model_dump_json())["size"] == len(content)
    assert found.next_offset is None


@pytest.mark.shared
def test_no_record_of_a_real_log_is_lost(shared: Path):
    folder = shared / "lean-recordings" / "ok-multiline-logs" / "results"
    whole = read_log(folder, LogQuery(limit=5000)).lines
    offset, found = 0, []
    while offset is not None:
        page = read_log(folder, LogQuery(offset=offset, limit=7))
        found += page.lines
        offset = page.next_offset
    assert found == list(whole)
    assert len(found) > 50
