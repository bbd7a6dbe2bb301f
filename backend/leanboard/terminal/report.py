"""What a finished run looks like in a terminal: outcome, curve, LEAN's table, what took effect, where it lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from leanboard.models.results import BacktestResult, DataProvenance, Versions
from leanboard.models.run import Applied, BacktestRunInfo, BacktestStatus, CodeLocation
from leanboard.models.verdict import Verdict
from leanboard.terminal.equity_curve import character_set_for, draw, extremes
from leanboard.terminal.findings import verdict_lines
from leanboard.terminal.text import printable, short_duration

MAX_WIDTH = 110
GUTTER = "   "  # between two columns of statistics
CURVE_HEIGHT = 8
STATUS_STYLES = {
    BacktestStatus.COMPLETED: "bold green",
    BacktestStatus.FAILED: "bold red",
    BacktestStatus.CANCELLED: "bold yellow",
    BacktestStatus.RUNNING: "bold cyan",
    BacktestStatus.PENDING: "bold",
}


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the user's code, as it was when it ran."""

    location: CodeLocation
    text: str


class Report:
    """Prints results on a console.

    Args:
        console: Where to; its width, colours and encoding decide how it looks.
        terminal: The value of TERM.
    """

    def __init__(self, console: Console, terminal: str) -> None:
        self._console = console
        self._characters = character_set_for(console.encoding, terminal)
        self._width = min(console.width, MAX_WIDTH)

    def show(
        self,
        result: BacktestResult,
        *,
        source: SourceLine | None,
        place: str,
        verdict: Verdict | None = None,
        notes: bool = False,
    ) -> None:
        """Print everything about a finished run, the most important last: that is what a terminal still shows.

        Args:
            result: As the service gave it.
            source: The user's line that failed, if one did and it could be read.
            place: Where the result lies, for people.
            verdict: Takes the place of warnings, of what had no effect, and of the bare message of a failure.
            notes: Show every finding, those that are only good to know too.
        """
        self._curve(result)
        self.statistics(result.statistics.lean)
        self._applied(result.applied, told=verdict is not None)
        self._warnings(result, told=verdict is not None)
        for line in version_lines(result.versions):
            self._line(printable(line), style="dim")
        self._headline(result.run)
        self._why(result.run, source, verdict, notes=notes)
        self._line(f"result  {place}", style="bold")

    def _why(self, run: BacktestRunInfo, source: SourceLine | None, verdict: Verdict | None, *, notes: bool) -> None:
        if verdict is not None:
            for line in verdict_lines(verdict, everything=notes):
                self._console.print(line, soft_wrap=True)
        elif run.status is BacktestStatus.FAILED:
            self._failure(run, source)
        if run.message and run.status is not BacktestStatus.FAILED:
            self._line(printable(run.message))

    def statistics(self, table: Mapping[str, str]) -> None:
        """Print LEAN's table: its names, its order (downwards, then the next column), its text."""
        for line in statistics_lines(table, self._width):
            self._console.print(line, soft_wrap=True)
        if table:
            self._console.print()

    def _curve(self, result: BacktestResult) -> None:
        lines = draw(result.equity, width=self._width, height=CURVE_HEIGHT, characters=self._characters)
        for line in lines:
            self._line(line, style="cyan")
        for line in extremes(result.equity, self._width) if lines else ():
            self._line(line, style="dim")
        if lines:
            self._console.print()

    def _applied(self, applied: Applied, *, told: bool) -> None:
        pairs = [f"{field} {value}" for field, value in applied.effective.items()]
        if pairs:
            self._line("took effect      " + printable(", ".join(pairs)))
        for field, why in () if told else applied.ignored.items():
            self._line(printable(f"had no effect    {field}: {why}"), style="yellow")

    def _warnings(self, result: BacktestResult, *, told: bool) -> None:
        for text in provenance_lines(result.data):
            self._line(printable(text), style="yellow" if result.data.kind in {"simulated", "mixed"} else "dim")
        for warning in () if told else (*result.run.warnings, *((result.problem,) if result.problem else ())):
            self._line(printable(f"warning  {warning}"), style="yellow")

    def _headline(self, run: BacktestRunInfo) -> None:
        duration = run.duration
        took = f" after {short_duration(duration.total_seconds())}" if duration is not None else ""
        partial = ", partial result kept" if run.partial else ""
        reason = f" ({run.reason.value})" if run.reason is not None and run.status is BacktestStatus.FAILED else ""
        headline = Text(printable(run.name))
        if run.name != run.strategy_name:
            headline.append(f" [{run.strategy_name}]")
        headline.append("  ")
        headline.append(run.status.value, style=STATUS_STYLES[run.status])
        headline.append(f"{reason}{took}{partial}, engine {run.engine.value}")
        self._console.print(headline, soft_wrap=True)
        labels = "  ".join((*("*" * run.starred), *(f"#{tag}" for tag in run.tags), *filter(None, (run.note,))))
        if labels:
            self._line(f"  {printable(labels)}", style="dim")

    def _failure(self, run: BacktestRunInfo, source: SourceLine | None) -> None:
        for line in printable(run.message).splitlines():
            self._line(f"  {line}", style="red")
        if run.location is not None:
            self._line(printable(f"  at {run.location.file}:{run.location.line}"), style="bold")
        if source is not None:
            self._line(f"  {source.location.line:>5} | {printable(source.text).strip()}")

    def _line(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style=style), soft_wrap=True)


def statistics_lines(table: Mapping[str, str], width: int) -> list[Text]:
    """Return names and values in two columns, read downwards, or in one where two have no room.

    Nothing is ever shortened: a statistic that cannot be read is worse than a long line.
    """
    rows = [(printable(name), printable(value)) for name, value in table.items()]
    half = -(-len(rows) // 2)
    columns = [column for column in (rows[:half], rows[half:]) if column]
    if sum(_needed(column) for column in columns) + len(GUTTER) > width:
        columns = [rows]
    return [
        Text(GUTTER).join(
            _pair(name, value, _needed(column)) for column in columns for name, value in column[row : row + 1]
        )
        for row in range(len(columns[0]) if columns else 0)
    ]


def _needed(column: Sequence[tuple[str, str]]) -> int:
    return max(len(name) + 1 + len(value) for name, value in column)


def _pair(name: str, value: str, width: int) -> Text:
    return Text.assemble((name, "dim"), value.rjust(width - len(name)))


def provenance_lines(data: DataProvenance) -> list[str]:
    """Return what is to be said about the data of a run, simulated data first and plainly."""
    lines = []
    if data.kind == "simulated":
        lines.append("SIMULATED DATA: these prices are made up; the numbers say nothing about any market")
    elif data.kind == "mixed":
        lines.append("PARTLY SIMULATED DATA: some of these prices are made up")
    if lines:
        lines.extend(f"  {source}" for source in data.sources)
    if data.failed_requests:
        asked = f" of {data.requests}" if data.requests is not None else ""
        lines.append(f"data             {data.failed_requests}{asked} data files that LEAN asked for are missing")
    return lines


def version_lines(versions: Versions) -> list[str]:
    """Return what real LEAN ran with; nothing for engines that are part of this installation."""
    if not versions.image:
        return []
    made = [f"LEAN {versions.lean}".rstrip(), f"Python {versions.python}" * bool(versions.python), versions.dotnet]
    parts = ", ".join(filter(None, (*made, versions.engine)))
    return [
        f"made with        {parts}",
        f"image            {versions.image} = {versions.image_digest or versions.image_id}",
    ]


def read_source_line(directory: Path, location: CodeLocation | None) -> SourceLine | None:
    """Read the user's line from the snapshot in a run directory; None when it is not on this machine.

    Args:
        directory: The run directory.
        location: From the run; its file is relative to the project.
    """
    if location is None:
        return None
    file = (directory / "code" / location.file).resolve()
    if not file.is_relative_to((directory / "code").resolve()):
        return None
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return SourceLine(location, lines[location.line - 1]) if location.line <= len(lines) else None
