"""The monitor's own rules: lines, forged lines, phases, progress, stall, the curve, what goes to a stream."""

from datetime import UTC, date, datetime
from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leanboard.models.results import EquityPoint
from leanboard.models.run import BacktestStatus, Outcome, Phase
from leanboard.services.backtest_monitor import BacktestMonitor, Source, Update
from leanboard.services.monitoring.log_parser import MAX_LINE
from leanboard.services.monitoring.log_reader import MAX_LINES
from monitor.recorded import NOW, Clock, new_monitor


def log(*texts: str) -> bytes:
    return b"".join(f"2026-01-31T12:00:00.1234567Z {text}\n".encode() for text in texts)


def console(*texts: str) -> bytes:
    return b"".join(f"20260131 12:00:00.123 {text}\n".encode() for text in texts)


BANNER = "TRACE:: Engine.Main(): LEAN ALGORITHMIC TRADING ENGINE v2.5.0.0 Mode: DEBUG (64bit) Host: h"
IMPORTED = "TRACE:: AlgorithmPythonWrapper(): main successfully imported."
DATES = "TRACE:: Dates: Start: 10/07/2013 End: 10/11/2013 Cash: ¤100,000.00 MaximumRuntime: 100.00:00:00 MaxOrders: 1"
LAUNCHED = "TRACE:: Debug: 2013-10-07 00:00:00 Launching analysis for run with LEAN Engine v2.5.0.0"
POSTED = "TRACE:: Engine.Main(): Analysis Completed and Results Posted."
REMOVED = "TRACE:: Engine.Main(): Packet removed from queue: run"


def frame(day: str, equity: float, *, warming_up: bool = False, extra: str = "") -> bytes:
    flag = str(warming_up).lower()
    return (
        f'{{"t":"{day}T00:00:00","w":1.5,"equity":{equity},"cash":1.0,"holdings":2.0,"unrealised":-3.0,'
        f'"orders":4,"warming_up":{flag}{extra}}}\n'
    ).encode()


def finished(monitor: BacktestMonitor, update: Update) -> list[Update]:
    return [update, monitor.finish()]


def lines(*updates: Update) -> list[str]:
    return [line.text for update in updates for line in update.lines]


class TestLines:
    def test_kinds_of_lines(self):
        monitor = new_monitor()
        data = log(
            BANNER,
            "TRACE:: Debug: 2013-10-07 09:31:00 bought",
            "TRACE:: Log: 2013-10-07 09:32:00 noted",
            "ERROR:: 2013-10-07 09:33:00 careful",
            "ERROR:: 2013-10-07 09:33:00 Runtime Error: boom",
            LAUNCHED,
            "TRACE:: Log: without a clock",
        )
        found = [line for update in finished(monitor, monitor.feed(Source.LOG, data)) for line in update.lines]
        assert [(line.level, line.source, line.simulated_time, line.text) for line in found[1:]] == [
            ("debug", "user", "2013-10-07 09:31:00", "bought"),
            ("trace", "user", "2013-10-07 09:32:00", "noted"),
            ("error", "user", "2013-10-07 09:33:00", "careful"),
            ("error", "engine", "2013-10-07 09:33:00", "Runtime Error: boom"),
            ("trace", "engine", "2013-10-07 00:00:00", "Launching analysis for run with LEAN Engine v2.5.0.0"),
            ("trace", "user", None, "without a clock"),
        ]
        assert found[0].logged_at == datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)

    def test_r26_a_line_of_10_mb_without_end(self):
        monitor = new_monitor()
        head = b"2026-01-31T12:00:00.1234567Z TRACE:: Log: "
        updates = [monitor.feed(Source.LOG, head)]
        updates += [monitor.feed(Source.LOG, b"x" * 100_000) for _ in range(100)]
        updates += finished(monitor, monitor.feed(Source.LOG, b"\n" + log("TRACE:: Log: next")))
        long, after = (line for update in updates for line in update.lines)
        assert len(long.text) + long.truncated == 10_000_000 + len("")
        assert len(head) + len(long.text) - len("Log: ") <= MAX_LINE
        assert after.text == "next"
        assert after.truncated == 0

    def test_r26_the_last_line_needs_no_end(self):
        monitor = new_monitor()
        update = monitor.feed(Source.LOG, log(BANNER) + log("TRACE:: Log: last words")[:-1])
        assert lines(update, monitor.finish())[-1] == "last words"

    def test_r26_bad_bytes_control_characters_and_unicode_line_ends(self):
        monitor = new_monitor()
        data = log("TRACE:: Log: a\u2028b\u0085c").replace(b"a", b"\xff\x00\x1b[31ma\r")
        (line,) = [line for update in finished(monitor, monitor.feed(Source.LOG, data)) for line in update.lines]
        assert line.text == "\ufffda\u2028bc"

    def test_a_message_of_many_lines_is_bounded(self):
        monitor = new_monitor()
        data = log("TRACE:: Log: first") + b"0123456789\n" * 20_000 + log("TRACE:: Log: next")
        found = [line for update in finished(monitor, monitor.feed(Source.LOG, data)) for line in update.lines]
        assert [line.text[:5] for line in found] == ["first", "next"]
        assert len(found[0].text) <= MAX_LINE
        assert len(found[0].text) + found[0].truncated == len("first\n") + 11 * 20_000 - 1

    def test_too_many_lines_are_counted_and_the_newest_shown(self):
        monitor = new_monitor()
        update = monitor.feed(Source.LOG, log(*(f"TRACE:: Log: {n}" for n in range(10_001))))
        assert len(update.lines) == MAX_LINES
        assert update.lines[-1].text == "9999"
        assert update.skipped == 10_000 - MAX_LINES

    def test_the_last_record_does_not_wait_for_the_next_one(self):
        clock = Clock()
        monitor = new_monitor(clock)
        assert monitor.feed(Source.LOG, log("TRACE:: Log: alone")).lines == ()
        assert monitor.tick().lines == ()
        clock.at += 1
        assert lines(monitor.tick()) == ["alone"]
        assert lines(monitor.feed(Source.LOG, b"late second line\n"), monitor.finish()) == ["late second line"]


class TestConsole:
    def test_before_the_banner_the_console_is_shown(self):
        monitor = new_monitor()
        updates = [
            monitor.feed(Source.STDOUT, b"Collecting numpy\n" + console("TRACE:: Composer(): Loading", BANNER)),
            monitor.feed(Source.STDOUT, console("TRACE:: Log: 2013-10-07 09:31:00 twice?")),
            monitor.feed(Source.LOG, log(BANNER, "TRACE:: Log: 2013-10-07 09:31:00 twice?")),
            monitor.finish(),
        ]
        shown = lines(*updates)
        assert shown[:2] == ["Collecting numpy", "Composer(): Loading"]
        assert len(shown) == 4
        assert shown[-1] == "twice?"

    def test_the_console_steps_in_when_no_log_comes(self):
        clock = Clock()
        monitor = new_monitor(clock)
        assert monitor.feed(Source.STDOUT, console(BANNER, "TRACE:: Log: only here")).lines == ()
        clock.at += 5
        assert lines(monitor.tick())[-1] == "only here"

    def test_a_log_that_comes_whole_at_the_end_is_not_read_a_second_time(self):
        clock = Clock()
        monitor = new_monitor(clock)
        texts = (BANNER, DATES, LAUNCHED, *(f"TRACE:: Log: 2013-10-07 09:{minute}:00 once" for minute in range(31, 50)))
        updates = [monitor.feed(Source.STDOUT, console(*texts))]
        clock.at += 5
        updates.append(monitor.tick())
        updates.append(monitor.feed(Source.STDOUT, console("TRACE:: Log: 2013-10-07 09:50:00 once", POSTED)))
        late = [monitor.feed(Source.LOG, log(*texts, "TRACE:: Log: 2013-10-07 09:50:00 once", POSTED))]
        late += [monitor.feed(Source.STDOUT, console(REMOVED)), monitor.finish()]
        shown = lines(*updates, *late)
        assert shown.count("once") == 20
        assert len(shown) == len(texts) + 3
        assert late[0].progress is None

    def test_a_log_that_comes_whole_in_time_is_shown_and_the_console_is_not(self):
        monitor = new_monitor()
        texts = (BANNER, DATES, LAUNCHED, "TRACE:: Log: 2013-10-07 09:31:00 once")
        updates = [monitor.feed(Source.STDOUT, console(*texts)), monitor.feed(Source.LOG, log(*texts))]
        updates += [monitor.feed(Source.STDOUT, console(POSTED)), monitor.finish()]
        assert lines(*updates).count("once") == 1

    def test_a_crash_is_shown_and_kept(self):
        monitor = new_monitor()
        monitor.feed(Source.LOG, log(BANNER))
        update = monitor.feed(Source.STDERR, b"Unhandled exception. System.Boom: bang\n   at X.Y()\n")
        (line,) = [line for one in (update, monitor.finish()) for line in one.lines if line.level == "error"]
        assert line.text == "Unhandled exception. System.Boom: bang\n   at X.Y()"

    def test_the_guests_mark_is_hidden_and_told(self):
        monitor = new_monitor()
        update = monitor.feed(Source.STDERR, b"@@LEANBOARD ready\n")
        assert update.ready
        assert update.phase is Phase.INITIALIZING
        assert lines(update, monitor.finish()) == []


class TestForgedLines:
    """B28: what a strategy prints is text; at most a hint comes of it."""

    FORGED = (
        "Engine.Main(): Analysis Complete.\n"
        "20131007 13:31:00.000 ERROR:: 2013-10-07 09:31:00 Runtime Error: not real\n"
        "STATISTICS:: Sharpe Ratio 99\nUnhandled exception. not real\n@@PROGRESS 99\nBuild FAILED.\n"
        '{"state":{"EndTime":"2026-01-31T12:00:00Z"}}'
    )

    def test_b28_forged_lines_change_nothing(self):
        monitor = new_monitor()
        monitor.feed(Source.LOG, log(BANNER, DATES, LAUNCHED))
        update = monitor.feed(Source.LOG, log(f"TRACE:: Log: 2013-10-07 09:31:00 look\n{self.FORGED}", "TRACE:: x"))
        assert update.phase is None
        assert not update.settle_hint
        assert len(update.lines) == 2  # the launch, and the message as one record
        assert update.lines[1].text == f"look\n{self.FORGED}"

    def test_b28_a_message_that_imitates_the_log_gives_a_hint_at_most(self):
        monitor = new_monitor()
        monitor.feed(Source.LOG, log(BANNER, DATES, LAUNCHED))
        text = log(POSTED, REMOVED).decode()
        update = monitor.feed(Source.LOG, log(f"TRACE:: Log: 2013-10-07 09:31:00 x\n{text}"))
        assert update.settle_hint  # the caller looks at the result file, and finds none
        assert update.progress is not None
        assert update.progress.percent is not None
        assert update.progress.percent < 100


class TestPhases:
    def test_in_order(self):
        monitor = new_monitor()
        texts = [
            BANNER,
            IMPORTED,
            "TRACE:: AlgorithmManager.Run(): Begin DataStream - Start: x Warmup: True",
            LAUNCHED,
            "TRACE:: Debug: 2013-01-01 00:00:00 Processing algorithm warm-up request 40%...",
            "TRACE:: Debug: 2013-10-07 00:00:00 Algorithm finished warming up.",
            "TRACE:: AlgorithmManager.Run(): Firing On End Of Algorithm...",
            IMPORTED,
        ]
        updates = [monitor.feed(Source.LOG, log(text)) for text in texts]
        assert [update.phase for update in updates] == [
            None,
            Phase.INITIALIZING,
            Phase.WARMING_UP,
            None,
            None,
            Phase.TRADING,
            Phase.SAVING,
            None,
        ]
        assert [update.launched for update in updates].index(True) == 3
        assert updates[4].progress is not None
        assert updates[4].progress.warm_up_percent == 40
        assert monitor.lean_version == "2.5.0.0"

    def test_an_interrupt_before_the_launch_is_swallowed(self):
        cancelled = "TRACE:: Program.ExitKeyPress(): Lean instance has been cancelled, shutting down safely now"
        monitor = new_monitor()
        assert monitor.feed(Source.LOG, log(IMPORTED, cancelled)).interrupt_swallowed
        assert not new_monitor().feed(Source.LOG, log(LAUNCHED, cancelled)).interrupt_swallowed

    def test_the_hint_comes_when_lean_has_posted_its_results(self):
        monitor = new_monitor()
        assert not monitor.feed(Source.LOG, log(POSTED)).settle_hint
        assert monitor.feed(Source.LOG, log(REMOVED)).settle_hint
        assert not monitor.feed(Source.LOG, log("TRACE:: more")).settle_hint


class TestProgress:
    def test_frames_give_percent_curve_and_portfolio(self):
        monitor = new_monitor()
        monitor.feed(Source.LOG, log(DATES))
        update = monitor.feed(Source.FRAMES, frame("2013-10-08", 100.5) + frame("2013-10-09", 101.5))
        assert update.equity == (
            EquityPoint(time=datetime(2013, 10, 8, 4, tzinfo=UTC), value=100.5),  # midnight in New York
            EquityPoint(time=datetime(2013, 10, 9, 4, tzinfo=UTC), value=101.5),
        )
        progress = update.progress
        assert progress is not None
        assert progress.percent == 40
        assert (progress.equity, progress.cash, progress.holdings) == (101.5, 1.0, 2.0)
        assert (progress.unrealised, progress.orders) == (-3.0, 4)
        assert progress.simulated_time == "2013-10-09 00:00:00"
        assert progress.updated_at == NOW
        assert update.launched
        assert update.phase is Phase.TRADING

    def test_a_frame_may_name_its_zone(self):
        update = new_monitor().feed(Source.FRAMES, frame("2013-10-08", 1.0, extra=',"zone":"Asia/Tokyo"'))
        assert update.equity[0].time == datetime(2013, 10, 7, 15, tzinfo=UTC)

    def test_warm_up_is_no_part_of_the_curve(self):
        monitor = new_monitor()
        update = monitor.feed(Source.FRAMES, frame("2013-10-01", 1.0, warming_up=True))
        assert update.equity == ()
        assert update.phase is Phase.WARMING_UP

    @pytest.mark.parametrize(
        "line",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b"[" * 50_000,
            b'{"t":"2013-10-08T00:00:00"}',
            b'{"t":5,"equity":1}',
            b'{"t":"2013-10-08T00:00:00","equity":NaN}',
            b'{"t":"2013-10-08T00:00:00","equity":1e999}',
            b'{"t":"2013-10-08T00:00:00","equity":true}',
            b'{"t":"2013-10-08T00:00:00","equity":' + b"9" * 5000 + b"}",
        ],
    )
    def test_what_is_no_frame_is_nothing(self, line: bytes):
        update = new_monitor().feed(Source.FRAMES, line + b"\n")
        assert update.equity == ()
        assert update.progress is None

    def test_a_torn_frame_is_read_when_it_is_whole(self):
        monitor = new_monitor()
        data = frame("2013-10-08", 1.0)
        assert monitor.feed(Source.FRAMES, data[:30]).equity == ()
        assert len(monitor.feed(Source.FRAMES, data[30:]).equity) == 1

    def test_the_clocks_of_messages_give_progress_too(self):
        monitor = new_monitor()
        update = monitor.feed(Source.LOG, log(DATES, "TRACE:: Log: 2013-10-09 12:00:00 noon"))
        assert update.progress is not None
        assert update.progress.percent == 50

    def test_the_dates_asked_for_count_until_lean_tells_its_own(self):
        monitor = BacktestMonitor("run", (date(2013, 10, 7), date(2013, 10, 16)), lambda: NOW, Clock(), 1)
        first = monitor.feed(Source.FRAMES, frame("2013-10-08", 1.0)).progress
        assert first is not None
        assert first.percent == 10
        second = monitor.feed(Source.LOG, log(DATES)).progress
        assert second is not None
        assert second.percent == 20

    def test_a_time_beyond_the_end_is_nobodys_progress(self):
        monitor = new_monitor()
        monitor.feed(Source.LOG, log(DATES))
        assert monitor.feed(Source.LOG, log("TRACE:: Log: 2099-01-01 00:00:00 x")).progress is None
        update = monitor.feed(Source.LOG, log("TRACE:: Log: 2013-10-08 00:00:00 y"))
        assert update.progress is not None
        assert update.progress.percent == 20

    def test_an_intermediate_result_gives_progress(self):
        monitor = new_monitor()
        monitor.feed(Source.LOG, log(DATES))
        update = monitor.observe(EquityPoint(time=datetime(2013, 10, 9, 4, tzinfo=UTC), value=1.0))
        assert update.progress is not None
        assert update.progress.percent == 40

    def test_speed_and_time_left(self):
        clock = Clock()
        monitor = new_monitor(clock)
        monitor.feed(Source.LOG, log(DATES))
        monitor.feed(Source.FRAMES, frame("2013-10-08", 1.0))
        clock.at += 2
        progress = monitor.feed(Source.FRAMES, frame("2013-10-09", 1.0)).progress
        assert progress is not None
        assert (progress.points_per_second, progress.speed_unit) == (0.5, "simulated days")
        assert progress.eta == 6
        clock.at += 1
        later = monitor.tick().progress
        assert later is not None
        assert later.eta == 5
        clock.at += 0.01
        assert monitor.tick().progress is None

    def test_leans_own_speed_at_the_end(self):
        monitor = new_monitor()
        text = (
            "TRACE:: Debug: 2013-10-11 16:00:00 Algorithm Id:(run) completed in 1.25 seconds at 4k data points per "
            "second. Processing total of 5,000 data points."
        )
        progress = monitor.feed(Source.LOG, log(text)).progress
        assert progress is not None
        assert (progress.points_per_second, progress.speed_unit, progress.eta) == (4000.0, "data points", None)

    def test_100_only_when_completed(self):
        monitor = new_monitor()
        update = monitor.feed(Source.LOG, log(DATES, "TRACE:: Log: 2013-10-12 00:00:00 end"))
        assert update.progress is not None
        assert update.progress.percent == 99.9
        assert monitor.final_progress(Outcome(status=BacktestStatus.FAILED)).percent == 99.9
        assert monitor.final_progress(Outcome(status=BacktestStatus.COMPLETED)).percent == 100

    def test_a_silent_run_is_stalled_until_it_speaks(self):
        clock = Clock()
        monitor = new_monitor(clock, stall_after=10)
        monitor.feed(Source.LOG, log(BANNER))
        clock.at += 9
        assert monitor.tick().progress is None
        clock.at += 1
        stalled = monitor.tick().progress
        assert stalled is not None
        assert stalled.stalled
        assert monitor.tick().progress is None
        alive = monitor.feed(Source.STDOUT, b"x").progress
        assert alive is not None
        assert not alive.stalled


LINES = st.lists(
    st.one_of(
        st.binary(max_size=80),
        st.sampled_from([log(text)[:-1] for text in (BANNER, IMPORTED, DATES, LAUNCHED, POSTED, REMOVED)]),
        st.sampled_from([console(text)[:-1] for text in (BANNER, IMPORTED, DATES, LAUNCHED)]),
        st.sampled_from([frame("2013-10-08", 1.0)[:-1], b"@@LEANBOARD ready", b"Unhandled exception. x"]),
        st.builds(lambda text: log(f"TRACE:: Log: {text}")[:-1], st.text(max_size=40)),
    ),
    max_size=30,
).map(b"\n".join)


class TestProperties:
    @given(data=LINES, source=st.sampled_from(Source), cuts=st.lists(st.integers(0, 3000), max_size=12))
    @settings(max_examples=300, deadline=None)
    def test_chunks_do_not_matter(self, data: bytes, source: Source, cuts: list[int]):
        whole, cut = new_monitor(), new_monitor()
        expected = finished(whole, whole.feed(source, data))
        edges = [0, *sorted(min(edge, len(data)) for edge in cuts), len(data)]
        updates = [cut.feed(source, data[a:b]) for a, b in pairwise(edges)]
        updates.append(cut.finish())
        assert lines(*updates) == lines(*expected)
        assert [point for update in updates for point in update.equity] == [p for u in expected for p in u.equity]
        for flag in ("launched", "interrupt_swallowed", "settle_hint", "ready"):
            assert any(getattr(u, flag) for u in updates) == any(getattr(u, flag) for u in expected)

    @given(data=st.lists(st.tuples(st.sampled_from(Source), st.binary(max_size=300)), max_size=20))
    @settings(max_examples=300, deadline=None)
    def test_garbage_never_raises(self, data: list[tuple[Source, bytes]]):
        monitor = new_monitor()
        for source, piece in data:
            update = monitor.feed(source, piece)
            for line in update.lines:
                line.model_dump_json()
        monitor.tick()
        monitor.finish()


def test_200000_lines_take_seconds_at_most():
    """The aim is 100,000 lines a second; this processor time is for the slowest machine that runs the tests."""
    monitor = new_monitor()
    block = log(*(f"TRACE:: Debug: 2013-10-07 09:31:00 message number {n}" for n in range(2000)))
    begin = process_time()
    for _ in range(100):
        monitor.feed(Source.LOG, block)
        monitor.feed(Source.STDOUT, block)
    assert process_time() - begin < 20
