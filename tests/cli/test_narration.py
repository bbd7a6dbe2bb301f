import asyncio
import io
from datetime import UTC, datetime

from rich.console import Console

from cli.values import points, run_info
from leanboard.models.events import (
    EndEvent,
    EquityEvent,
    LogEvent,
    LogLine,
    ProgressEvent,
    ResultEvent,
    SnapshotEvent,
    StatusEvent,
)
from leanboard.models.results import BacktestStatistics
from leanboard.models.run import BacktestProgress, BacktestStatus, FetchProgress, Outcome, Phase, QueuePlace
from leanboard.terminal.live_narration import LiveNarration
from leanboard.terminal.narration import PlainNarration, Silence, progress_parts
from leanboard.terminal.run_view import MAX_POINTS, RunView

NOW = {"run_id": "0" * 31 + "1", "time": datetime(2026, 1, 31, 12, tzinfo=UTC)}


def going(**changes):
    return run_info(status="running", phase="trading", finished_at=None, **changes)


def progress(percent, **fields):
    return ProgressEvent(**NOW, phase=Phase.TRADING, progress=BacktestProgress(percent=percent, **fields))


def plain(*events, run=None):
    stream = io.StringIO()
    view = RunView(run or going())
    narration = PlainNarration(view, stream)
    for event in events:
        narration.tell(event)
    narration.close()
    return stream.getvalue().splitlines()


def test_view_follows_the_events():
    view = RunView(going())
    assert view.apply(SnapshotEvent(**NOW, run=going(), log=(LogLine(text="a"),), equity=points(100.0))) != ()
    view.apply(EquityEvent(**NOW, points=points(101.0, 102.0)))
    view.apply(progress(40.0, equity=102.0))
    assert view.gain == 102.0 / 100.0 - 1
    assert [p.value for p in view.equity] == [100.0, 101.0, 102.0]
    view.apply(ResultEvent(**NOW, timestamp="2026-01-31_12-00-00", statistics=BacktestStatistics(lean={"a": "1"})))
    view.apply(EndEvent(**NOW, run=run_info(), outcome=Outcome(status=BacktestStatus.COMPLETED)))
    assert view.statistics is not None
    assert view.run.status is BacktestStatus.COMPLETED
    assert view.outcome is not None


def test_lines_are_not_told_twice_after_a_reset():
    view = RunView(going())
    assert view.apply(SnapshotEvent(**NOW, reset=True, run=going(), log=(LogLine(text="a"),))) == ()


def test_a_new_attempt_begins_anew():
    view = RunView(going())
    view.apply(EquityEvent(**NOW, points=points(1.0, 2.0)))
    view.apply(StatusEvent(**NOW, run=going(attempt=2)))
    assert view.equity == []


def test_the_curve_stays_bounded_and_keeps_its_end():
    view = RunView(going())
    for _ in range(5):
        view.apply(EquityEvent(**NOW, points=points(*range(MAX_POINTS // 2), 7.0)))
    assert len(view.equity) <= MAX_POINTS + 1
    assert view.equity[-1].value == 7.0


def test_plain_lines():
    lines = plain(
        SnapshotEvent(**NOW, run=going()),
        progress(4.0),
        progress(12.0, simulated_time="2013-10-08T00:00:00", equity=1234.5, eta=7.0, points_per_second=3.2),
        progress(13.0),
        LogEvent(**NOW, lines=(LogLine(text="\x1b[2Jhi", source="user"), LogLine(text="engine's own"))),
        progress(95.0),
    )
    assert lines == [
        "trading",
        "  12 %, 2013-10-08 00:00, equity 1,234.50, 3.2 /s, ETA 0:07",
        "  ^[[2Jhi",
        "  95 %",
    ]


def test_warm_up_stall_attempt_and_cancel_are_said():
    warm = going(attempt=2, cancel_requested_at=NOW["time"]).evolve(phase="warming_up")
    event = ProgressEvent(
        **NOW, phase=Phase.WARMING_UP, progress=BacktestProgress(warm_up_percent=50.0, percent=10.0, stalled=True)
    )
    assert plain(event, run=warm) == [
        "warming up (attempt 2), no sign of life, cancelling",
        "  50 % of the warm-up",
    ]


def pulling(text, percent=None):
    fetching = FetchProgress(text=f"pulling lean: {text}", percent=percent)
    return ProgressEvent(**NOW, phase=Phase.PULLING, progress=BacktestProgress(fetching=fetching))


def test_a_pull_is_told_every_few_seconds():
    stream = io.StringIO()
    seconds = iter([0, 1, 2, 5, 6, 11, 12])
    narration = PlainNarration(RunView(going().evolve(phase="pulling")), stream, lambda: next(seconds))
    narration.tell(StatusEvent(**NOW, run=going().evolve(phase="pulling")))
    for percent in (1, 2, 3, 4, 5):
        narration.tell(pulling(f"{percent / 10} of 10.0 GB", percent))
    narration.tell(StatusEvent(**NOW, run=going().evolve(phase="booting")))
    narration.close()
    assert stream.getvalue().splitlines() == [
        "fetching the image",
        "pulling lean: 0.3 of 10.0 GB (3 %)",
        "pulling lean: 0.5 of 10.0 GB (5 %)",
        "booting",
    ]


def test_an_installation_is_told():
    fetching = FetchProgress(text="installing requirements: Collecting scipy")
    event = ProgressEvent(**NOW, phase=Phase.INSTALLING, progress=BacktestProgress(fetching=fetching))
    assert plain(event) == ["installing requirements: Collecting scipy"]
    assert "installing requirements: Collecting scipy" in live(100, 30, event)


def test_a_pull_in_the_live_picture():
    screen = live(100, 30, pulling("1.2 of 9.8 GB", 12.2))
    assert "pulling lean: 1.2 of 9.8 GB (12 %)" in screen
    assert "━" in screen
    assert "pulling lean: 0.1 GB, 1 of 9 layers" in live(100, 30, pulling("0.1 GB, 1 of 9 layers"))


async def test_waiting_is_told_only_when_it_takes_long():
    stream = io.StringIO()
    waiting = run_info(
        status="pending",
        phase="queued",
        started_at=None,
        finished_at=None,
        queue=QueuePlace(position=3, reason="2 of 2 slots busy, position 3"),
    )
    narration = PlainNarration(RunView(waiting), stream)
    narration.tell(SnapshotEvent(**NOW, run=waiting))
    assert stream.getvalue() == ""
    await asyncio.sleep(0.6)
    assert stream.getvalue() == "queued: 2 of 2 slots busy, position 3\n"
    narration.close()


def test_silence():
    stream = io.StringIO()
    narration = Silence(RunView(going()), stream)
    narration.tell(LogEvent(**NOW, lines=(LogLine(text="hi", source="user"),)))
    assert stream.getvalue() == ""
    narration.notice("cancelling")
    assert stream.getvalue() == "cancelling\n"


def live(width, height, *events):
    console = Console(
        file=io.StringIO(), force_terminal=True, width=width, height=height, color_system=None, legacy_windows=False
    )
    view = RunView(going())
    narration = LiveNarration(view, console, "xterm")
    for event in events:
        narration.tell(event)
    narration.notice("a word of ours")
    narration.close()
    narration.close()
    return console.file.getvalue()


FULL = (
    EquityEvent(**NOW, points=points(100.0, 101.0, 99.0)),
    progress(62.0, simulated_time="2013-10-09T00:00:00", equity=99.0, eta=3.0),
    LogEvent(**NOW, lines=(LogLine(text="hello", source="user", simulated_time="2013-10-09 09:31:00"),)),
)


def test_live_picture():
    screen = live(100, 30, *FULL)
    assert "2013-10-09 09:31:00  hello" in screen
    assert "a word of ours" in screen
    assert "62 %" in screen
    assert "equity 99.00 (-1.00%)" in screen
    assert "┤" in screen


def test_the_equity_of_the_last_frame_is_not_told_for_a_later_time():
    view = RunView(going())
    fields = {"simulated_time": "2013-10-11T16:00:00", "equity": 100.0}
    view.apply(ProgressEvent(**NOW, phase=Phase.SAVING, progress=BacktestProgress(percent=93.0, **fields)))
    assert progress_parts(view) == ["93 %", "2013-10-11 16:00"]


def test_live_picture_in_a_small_terminal_has_no_curve_and_no_long_lines():
    screen = live(40, 10, *FULL)
    assert "┤" not in screen
    assert "62 %" in screen
