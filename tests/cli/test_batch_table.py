"""What a terminal, a file and a pipe see of a batch."""

import io
from datetime import UTC, datetime, timedelta

from rich.console import Console

from leanboard.models.batch_events import BatchEndEvent, BatchItemsEvent, BatchProgressEvent, BatchSnapshotEvent
from leanboard.models.batch_outcome import BatchComparisonQuery
from leanboard.models.batches import AxisLength, Batch, BatchDetail, BatchEstimate, BatchItem, BatchProgress, KeyMetrics
from leanboard.services.batches.outcome.comparison import comparison
from leanboard.terminal.batch_narration import LiveBatchNarration, PlainBatchNarration, shown_items
from leanboard.terminal.batch_results import show_comparison
from leanboard.terminal.batch_table import best_first, estimate_words, failure_lines, outcome_words, short_labels
from leanboard.terminal.batch_view import BatchView

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ID = "ab" * 16
EVENT = {"batch_id": ID, "time": NOW}


def item(number, status="pending", **changes):
    fields = {"number": number, "label": f"AAPL / cross / fast={number}", "strategy_name": "cross", "status": status}
    if status not in {"pending", "running"}:
        fields |= {"started_at": NOW, "finished_at": NOW + timedelta(seconds=number)}
    return BatchItem.model_validate(fields | changes)


def batch(status="running", **counts):
    state = "final" if status in {"completed", "failed", "cancelled"} else "partial"
    progress = BatchProgress(**{"total": 3, **counts})
    return Batch(id=ID, name="b", kind="sweep", status=status, state=state, progress=progress, created_at=NOW)


def good(number, sharpe=None, **changes):
    metrics = KeyMetrics(net_profit=0.5, sharpe_ratio=sharpe)
    return item(number, "completed", metrics=metrics, **changes)


def narrated(*events):
    view, stream = BatchView(batch("pending", pending=3)), io.StringIO()
    narrator = PlainBatchNarration(view, stream)
    for event in events:
        narrator.tell(event)
    return stream.getvalue().splitlines(), view


def test_a_pipe_gets_a_line_for_each_item_that_ends():
    lines, view = narrated(
        BatchSnapshotEvent(**EVENT, batch=batch("pending", pending=3), items=(item(1), item(2), item(3))),
        BatchProgressEvent(**EVENT, batch=batch(running=1, pending=2)),
        BatchItemsEvent(**EVENT, items=(good(1), item(2, "running", percent=5))),
        BatchItemsEvent(
            **EVENT, items=(good(1), item(2, "failed", reason="runtime_error", error_message="a\x1b[2J\nb"))
        ),
        BatchItemsEvent(**EVENT, items=(good(3, reused=True),)),
        BatchEndEvent(**EVENT, batch=batch("completed", completed=2, failed=1)),
    )
    assert lines == [
        "running",
        "  1/3  #1 AAPL / cross / fast=1: completed, net profit 50.00%",
        "  2/3  #2 AAPL / cross / fast=2: failed (runtime_error), a^[[2J",
        "  3/3  #3 AAPL / cross / fast=3: reused, net profit 50.00%",
    ]
    assert view.batch.status == "completed"


def test_why_a_batch_does_not_go_on_is_told_once_whatever_its_numbers():
    held = [batch("pending", pending=3).evolve(message=f"only {n} MB are free") for n in (12, 11, 10)]
    lines, _ = narrated(*(BatchProgressEvent(**EVENT, batch=each) for each in [*held, batch("pending", pending=3)]))
    assert lines == ["pending: only 12 MB are free"]


def test_an_item_that_runs_again_is_news_when_it_ends_again():
    lines, _ = narrated(
        BatchSnapshotEvent(**EVENT, batch=batch(), items=(good(1),)),
        BatchItemsEvent(**EVENT, items=(good(1),)),
        BatchItemsEvent(**EVENT, items=(good(1, attempt=2),)),
    )
    assert len([line for line in lines if "#1" in line]) == 2


def test_a_terminal_gets_a_table_that_fits_and_its_cursor_back():
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=60, height=8, color_system=None, legacy_windows=False)
    items = [item(n, "running", percent=n) if n < 3 else item(n) for n in range(1, 41)]
    view = BatchView(batch(total=40, running=2, pending=38), {one.number: one for one in items})
    narrator = LiveBatchNarration(view, console)
    narrator.tell(BatchItemsEvent(**EVENT, items=(good(1),)))
    narrator.close()
    text = screen.getvalue()
    assert "fast=2" in text
    assert "AAPL / cross" not in text  # all of them share it
    assert "and 36 more" in text
    assert "0 of 40 runs, 2 running" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    assert max(len(line) for line in text.splitlines() if "\x1b" not in line) <= 60


def test_a_picture_keeps_its_columns_while_runs_go_on_and_leaves_room_for_the_echo_of_ctrl_c():
    def drawn(percent):
        screen = io.StringIO()
        console = Console(
            file=screen, force_terminal=True, width=40, height=20, color_system=None, legacy_windows=False
        )
        view = BatchView(batch(total=2, running=1), {1: good(1), 2: item(2, "running", percent=percent)})
        LiveBatchNarration(view, console).close()
        return [line.split("\x1b")[0].rstrip() for line in screen.getvalue().splitlines() if "\x1b[1A" not in line]

    early, late = drawn(1), drawn(100)
    assert next(line for line in early if "completed" in line) == next(line for line in late if "completed" in line)
    assert max(map(len, [line for line in early if " of 2 runs" in line])) <= 38


def test_a_small_picture_shows_what_runs_what_ended_last_and_what_comes():
    items = [good(n) for n in range(1, 11)] + [item(11, "running"), item(12, "running")]
    items += [item(n) for n in range(13, 30)]
    assert [one.number for one in shown_items(items, 8)] == [7, 8, 9, 10, 11, 12, 13, 14]
    assert [one.number for one in shown_items(items[:10], 4)] == [7, 8, 9, 10]
    assert shown_items(items, 100) == items


def test_labels_lose_what_all_share_unless_nothing_is_left():
    labels = short_labels([item(1), item(2, label="AAPL / cross / fast=2 / slow=3")])
    assert labels == {1: "fast=1", 2: "fast=2 / slow=3"}
    assert short_labels([item(1, label="x"), item(2, label="x")]) == {1: "x", 2: "x"}
    assert short_labels([item(1)]) == {1: "AAPL / cross / fast=1"}


def test_equal_failures_are_told_once():
    failed = [item(n, "failed", reason="runtime_error", error_message="division by zero\n  at x") for n in range(1, 8)]
    lines = failure_lines([*failed, item(8, "failed", reason="timed_out"), good(9)])
    assert lines == [
        "7 x runtime_error: division by zero (#1, #2, #3, #4, #5 ...)",
        "1 x timed_out (#8)",
    ]


def test_the_best_comes_first_and_what_has_no_number_last():
    assert [one.number for one in best_first([item(1), good(2, 0.5), good(3, 2.0), good(4)])] == [3, 2, 1, 4]


def test_what_failed_or_covers_a_part_is_not_the_best():
    metrics = KeyMetrics(sharpe_ratio=9)
    items = [item(1, "failed", metrics=metrics), good(2, 0.5), good(3, 8.0, partial=True)]
    assert [one.number for one in best_first(items)] == [2, 1, 3]


def test_how_it_stands_in_words():
    assert outcome_words(batch("completed", completed=2, failed=1)) == "2 of 3 runs completed, 1 failed"
    assert outcome_words(batch("paused", completed=1, pending=2)) == "paused: 1 of 3 runs completed, 2 waiting"
    assert "(1 answered by earlier runs)" in outcome_words(batch("completed", completed=3, reused=1))


def test_an_estimate_in_words():
    axes = (AxisLength(name="symbol", values=2), AxisLength(name="fast", values=6))
    known = BatchEstimate(runs=12, axes=axes, workers=2, seconds=75, based_on=1, disk=3_000_000)
    assert estimate_words(known) == (
        "12 runs (2 symbols x 6 fast); about 1:15 min with 2 workers, 3.0 MB of results (from 1 past run)"
    )
    assert estimate_words(BatchEstimate(runs=1, workers=1)) == "1 run"
    assert estimate_words(BatchEstimate(runs=5, axes=axes, workers=1)) == "5 runs (2 symbols, 6 fast)"
    some = "12 runs (2 symbols x 6 fast), 4 of them answered by earlier runs; about 1:15 min with 2 workers"
    assert estimate_words(known.evolve(reused=4)).startswith(some)
    assert estimate_words(known.evolve(reused=12)).endswith("x 6 fast), 12 of them answered by earlier runs")


def test_money_of_a_comparison_has_cents_and_counts_have_none(capsys):
    items = [
        item(
            n,
            "completed",
            parameters={"fast": f"{n}0", "slow": f"{n}0"},
            metrics=KeyMetrics(total_orders=22, end_equity=5),
        )
        for n in (1, 2)
    ]
    detail = BatchDetail(**dict(batch("completed", completed=2)), items=tuple(items))
    for metric, shown in (("total_orders", "22"), ("end_equity", "5.00")):
        show_comparison(comparison(detail, BatchComparisonQuery(metric=metric)))
        rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith(("10 ", "20 "))]
        assert rows == [["10", shown], ["20", shown]]
