"""A run's findings in a terminal: what matters with evidence and what to do, the rest counted."""

from collections.abc import Iterator

from rich.text import Text

from leanboard.models.severity import Severity
from leanboard.models.verdict import Finding, FindingCode, Verdict
from leanboard.terminal.client import Client
from leanboard.terminal.failure import CommandError
from leanboard.terminal.text import printable

INDENT = " " * 11
MAX_EVIDENCE = 2
SEVERITY_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


async def verdict_of(client: Client, timestamp: str) -> Verdict | None:
    """Return the findings about a run; None where the service cannot give them: its result is shown all the same."""
    try:
        return await client.verdict(timestamp)
    except CommandError:
        return None


def verdict_lines(verdict: Verdict, *, everything: bool) -> Iterator[Text]:
    """Return the findings as lines, the most important first.

    Args:
        verdict: As the service gave it.
        everything: What is only good to know too, and all evidence.
    """
    shown = [item for item in verdict.findings if everything or item.severity is not Severity.INFO]
    for finding in shown:
        yield from _lines(finding, None if everything else MAX_EVIDENCE)
    if verdict.problem:
        yield Text(f"  not looked at: {printable(verdict.problem)}", style="yellow")
    told = {FindingCode.SIMULATED_DATA}  # by the report itself, for every run
    rest = sum(item not in shown and item.code not in told for item in verdict.findings) + verdict.omitted
    if everything and verdict.omitted:
        yield Text(f"  and {verdict.omitted} more findings", style="dim")
    elif rest and not everything:
        notes = "1 note" if rest == 1 else f"{rest} notes"
        yield Text(f"  {notes}: leanboard results show {verdict.timestamp} --notes", style="dim")


def _lines(finding: Finding, evidence: int | None) -> Iterator[Text]:
    word = finding.severity.value
    yield Text.assemble(("  " + word.ljust(9), SEVERITY_STYLES[finding.severity]), printable(finding.title))
    if finding.location is not None:
        when = f", at {finding.simulated_time} of its own time" if finding.simulated_time else ""
        yield Text(printable(f"{INDENT}{finding.location.file}:{finding.location.line}{when}"), style="bold")
    elif finding.simulated_time:
        yield Text(printable(f"{INDENT}at {finding.simulated_time} of its own time"))
    if finding.location is not None and finding.source:
        yield Text(printable(f"{INDENT}{finding.location.line:>5} | {finding.source}"))
    for line in finding.evidence[:evidence]:
        yield Text(printable(INDENT + line), style="dim")
    if finding.remedy:
        yield Text(printable(f"{INDENT}> {finding.remedy}"), style="green")
