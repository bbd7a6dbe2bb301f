"""How a batch is told while it goes on: a line for each item that ended, or a live table for eyes."""

import re
from dataclasses import replace
from typing import Protocol, TextIO

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from leanboard.models.batch_events import BatchEvent
from leanboard.models.batches import BatchItem, BatchStatus
from leanboard.models.run import BacktestStatus
from leanboard.terminal.batch_table import ITEM_COLUMNS, item_rows, item_status, percent, progress_words, short_labels
from leanboard.terminal.batch_view import BatchView
from leanboard.terminal.columns import table_lines
from leanboard.terminal.text import printable

AROUND = 4  # lines of the picture that are no items
FEWEST = 3
BAR_WIDTH, LEAST_BAR = 30, 5
ECHO = 2  # columns that stay free behind the last line: the terminal writes ^C there, and must not wrap
_COLUMNS = tuple(replace(one, steady=len("running 100 %")) if one.title == "status" else one for one in ITEM_COLUMNS)


class BatchNarrator(Protocol):
    """Tells a batch's events to somebody."""

    def tell(self, event: BatchEvent) -> None:
        """Take one event in and show what is new."""
        ...

    def notice(self, text: str) -> None:
        """Show a line of our own, such as what Ctrl-C did."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was; may be called twice."""
        ...


class PlainBatchNarration:
    """A line for every item that ended, and for every change of the batch's status; no control codes.

    Args:
        view: Of the batch.
        stream: Where to.
        quiet: Notices alone.
    """

    def __init__(self, view: BatchView, stream: TextIO, *, quiet: bool = False) -> None:
        self._view, self._stream, self._quiet = view, stream, quiet
        self._told = ""

    def tell(self, event: BatchEvent) -> None:
        """Take one event in and print what is new."""
        news = self._view.apply(event)
        if self._quiet:
            return
        self._tell_standing()
        before = sum(item.status.is_terminal for item in self._view.items.values()) - len(news)
        for place, item in enumerate(news, start=before + 1):
            self.notice(printable(f"  {place}/{self._view.batch.progress.total}  {_line(item)}"))

    def _tell_standing(self) -> None:
        batch = self._view.batch
        standing = ": ".join(filter(None, (batch.status.value, batch.message)))
        told = re.sub(r"\d+", "", standing)  # how many MB are free changes every second, and says nothing new
        if told != self._told and not batch.status.is_final and told != BatchStatus.PENDING:
            self._told = told
            self.notice(printable(standing))

    def notice(self, text: str) -> None:
        """Print a line."""
        print(text, file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing to do."""


def _line(item: BatchItem) -> str:
    words = f"#{item.number} {item.label}: {item_status(item)}"
    if item.status is BacktestStatus.COMPLETED and item.metrics is not None:
        return f"{words}, net profit {percent(item.metrics.net_profit) or 'unknown'}"
    return words + (f", {item.error_message.splitlines()[0]}" if item.error_message else "")


class LiveBatchNarration:
    """Draws on a terminal four times a second, from another thread; close() takes the drawing away again."""

    def __init__(self, view: BatchView, console: Console) -> None:
        self._view, self._console = view, console
        self._live = Live(_Picture(view), console=console, refresh_per_second=4, transient=True)
        self._live.start()

    def tell(self, event: BatchEvent) -> None:
        """Take one event in; the picture refreshes by itself."""
        self._view.apply(event)

    def notice(self, text: str) -> None:
        """Show a line of our own above the picture."""
        self._console.print(Text(printable(text), style="yellow"))

    def close(self) -> None:
        """Take the picture away and give the cursor back."""
        self._live.stop()


class _Picture:
    def __init__(self, view: BatchView) -> None:
        self._view = view

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        every = self._view.in_order()
        items = shown_items(every, max(FEWEST, console.height - AROUND))
        lines = table_lines(_COLUMNS, item_rows(items, short_labels(every)), options.max_width)
        hidden = len(self._view.items) - len(items)
        more = [Text(f"and {hidden} more", style="dim")] if hidden else []
        yield Group(*lines, *more, self._status_line(options.max_width - ECHO))

    def _status_line(self, width: int) -> Table:
        batch = self._view.batch
        row = Table.grid(padding=(0, 1))
        words = progress_words(batch)
        bar_width = max(LEAST_BAR, min(BAR_WIDTH, width - len(words[0]) - 2))
        room = width - bar_width - 2
        text = words[0]
        for word in words[1:]:
            if len(text) + len(word) + 2 <= room:
                text += f", {word}"
        bar = ProgressBar(total=100, completed=batch.progress.percent, width=bar_width, complete_style="cyan")
        row.add_row(bar, Text(text, style="bold", no_wrap=True, overflow="ellipsis"))
        return row


def shown_items(items: list[BatchItem], room: int) -> list[BatchItem]:
    """Return those items that a picture has room for, by number: what runs, what ended last, what comes next."""
    if len(items) <= room:
        return items
    running = [item for item in items if item.status is BacktestStatus.RUNNING][:room]
    past = [item for item in items if item.finished_at is not None and item.status.is_terminal]
    past.sort(key=lambda item: (item.finished_at, item.number))
    coming = [item for item in items if item.status is BacktestStatus.PENDING]
    left = room - len(running)
    latest = past[-max(left - min(len(coming), left // 3), 0) :] if left else []
    chosen = [*running, *latest, *coming[: left - len(latest)]]
    return sorted(chosen, key=lambda item: item.number)
