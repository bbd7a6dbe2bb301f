"""LEAN's log, read as a whole after the run, by the reader that follows it live, too."""

import re

from leanboard.models.events import LogLine
from leanboard.models.run import Phase
from leanboard.services.monitoring.facts import Facts
from leanboard.services.monitoring.log_reader import LineTail, LogReader
from leanboard.services.verdict.evidence import LogFacts, ToldMessage
from leanboard.services.verdict.lean_messages import KnownMessage, recognise

MAX_RECORDS = 20_000
MAX_MESSAGE = 300
_CONTEXT = re.compile(
    r"RuntimeError at [\d/: ]{1,30} UTC\. Context: (?P<what>.{1,200}?) "
    r"(?:Python\.Runtime\.|System\.|QuantConnect\.|\w+Exception)"
)
_FAILURE_HEAD = "Extensions.SetRuntimeError()"


def read_log(data: bytes) -> LogFacts:
    """Return what log.txt says.

    Args:
        data: The log, or its beginning and end.
    """
    facts, tail = Facts(), LineTail(MAX_RECORDS)
    reader = LogReader(facts, tail)
    reader.feed(data, 0.0)
    reader.finish()
    lines, _ = tail.take()
    first, last = facts.dates or (None, None)
    return LogFacts(
        launched=facts.launched,
        warming_up=facts.phase is Phase.WARMING_UP,
        quit=facts.quit and not facts.interrupted,  # an interrupt looks the same
        latest=facts.latest,
        data_points=facts.speed[1] if facts.speed else None,
        first_date=first,
        last_date=last,
        user_lines=sum(line.source == "user" and recognise(line.text) is None for line in lines),
        messages=_messages(lines),
        context=_context(lines),
    )


def _messages(lines: tuple[LogLine, ...]) -> tuple[ToldMessage, ...]:
    """What LEAN told, once a kind."""
    first: dict[KnownMessage, LogLine] = {}
    counts: dict[KnownMessage, int] = {}
    for line in lines:
        known = recognise(line.text)
        if known is not None:
            first.setdefault(known, line)
            counts[known] = counts.get(known, 0) + 1
    found = [
        ToldMessage(known, line.text.partition("\n")[0][:MAX_MESSAGE], counts[known], line.simulated_time)
        for known, line in first.items()
    ]
    return tuple(sorted(found, key=lambda message: -message.count))


def _context(lines: tuple[LogLine, ...]) -> str:
    for line in lines:
        if line.level == "error" and line.text.startswith(_FAILURE_HEAD):
            match = _CONTEXT.search(line.text[:1000])
            if match is not None:
                return match["what"]
    return ""
