"""A run, live: the user's log scrolls by, below it the equity curve grows and a bar moves."""

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from leanboard.models.events import RunEvent
from leanboard.models.run import Phase
from leanboard.terminal.equity_curve import CharacterSet, character_set_for, draw
from leanboard.terminal.narration import FETCHES, is_shown, log_text, progress_parts, where_it_is
from leanboard.terminal.run_view import RunView
from leanboard.terminal.text import printable

CURVE_HEIGHT = 5
ROOM_FOR_CURVE = 16  # lines a terminal must have to spend seven of them on the curve
BAR_WIDTH = 30


class LiveNarration:
    """Draws on a terminal ten times a second, from another thread; close() takes the drawing away again."""

    def __init__(self, view: RunView, console: Console, terminal: str) -> None:
        self._view = view
        self._console = console
        characters = character_set_for(console.encoding, terminal)
        self._live = Live(_Picture(view, characters), console=console, refresh_per_second=10, transient=True)
        self._live.start()

    def tell(self, event: RunEvent) -> None:
        """Take one event in; log lines go above the picture, which refreshes by itself."""
        for line in self._view.apply(event):
            if is_shown(line):
                self._console.print(Text(log_text(line), style="red" if line.level == "error" else ""))

    def notice(self, text: str) -> None:
        """Show a line of our own above the picture."""
        self._console.print(Text(printable(text), style="yellow"))

    def close(self) -> None:
        """Take the picture away and give the cursor back."""
        self._live.stop()


class _Picture:
    def __init__(self, view: RunView, characters: CharacterSet) -> None:
        self._view, self._characters = view, characters
        self._spinner = Spinner("dots" if characters.name == "braille" else "line")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        parts: list[RenderableType] = []
        if console.height >= ROOM_FOR_CURVE:
            curve = draw(
                tuple(self._view.equity),
                width=min(options.max_width, 100),
                height=CURVE_HEIGHT,
                characters=self._characters,
            )
            parts.extend(Text(line, style="cyan", no_wrap=True) for line in curve)
        parts.append(self._status_line(options.max_width))
        yield Group(*parts)

    def _status_line(self, width: int) -> Table:
        """Build the last line; what has no room is left out from the right, the bar first becomes shorter."""
        row = Table.grid(padding=(0, 1))
        words = Text(printable(where_it_is(self._view)), style="bold", no_wrap=True, overflow="ellipsis")
        cells: list[RenderableType] = [self._spinner, words]
        room = width - 3 - len(words)
        percent = self._percent()
        parts = progress_parts(self._view)
        if percent is not None and room >= 16:
            bar = max(10, min(BAR_WIDTH, room - sum(len(part) + 2 for part in parts)))
            cells.append(ProgressBar(total=100, completed=percent, width=bar, complete_style="cyan"))
            room -= bar + 1
        text = ""
        for part in parts:
            if len(text) + len(part) + 2 > room:
                break
            text += ("  " if text else "") + part
        cells.append(Text(text, no_wrap=True))
        row.add_row(*cells)
        return row

    def _percent(self) -> float | None:
        if self._view.phase is Phase.WARMING_UP:
            return self._view.progress.warm_up_percent
        if self._view.phase in FETCHES and self._view.progress.fetching is not None:
            return self._view.progress.fetching.percent
        return self._view.progress.percent
