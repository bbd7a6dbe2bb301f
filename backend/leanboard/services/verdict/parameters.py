"""What of the request did not take effect."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from leanboard.models.severity import Severity
from leanboard.models.strategies import ParameterType
from leanboard.models.verdict import Finding, FindingCode
from leanboard.services.applied import NOT_BOOTED, NOT_STARTED
from leanboard.services.verdict.evidence import Evidence
from leanboard.strategies.parameters import convert

MAX_SINGLE = 3  # more of them are told as one
MAX_NAMES = 12
_PREFIX = "parameters."
_LIMITS = frozenset({"image", "memory", "cpus"})  # of the sandbox: the numbers are the same without them
_WANTED: Final = {
    ParameterType.INTEGER: "a whole number",
    ParameterType.NUMBER: "a number",
    ParameterType.BOOLEAN: "true or false",
}


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Return what had no effect, of runs that had come as far as the strategy."""
    ignored = {name: why for name, why in evidence.applied.ignored.items() if why not in (NOT_STARTED, NOT_BOOTED)}
    if len(ignored) > MAX_SINGLE:
        yield _several(evidence, ignored)
    else:
        yield from (_one(evidence, name, why) for name, why in ignored.items())
    yield from _unfit(evidence)


def _one(evidence: Evidence, name: str, why: str) -> Finding:
    return Finding(
        code=FindingCode.NOT_APPLIED,
        severity=Severity.INFO if name in _LIMITS else Severity.WARNING,
        title=f"{name} had no effect: {why}",
        evidence=_read_by_the_strategy(evidence) if name.startswith(_PREFIX) else (),
        remedy=_remedy(evidence, name),
    )


def _several(evidence: Evidence, ignored: dict[str, str]) -> Finding:
    limits_only = ignored.keys() <= _LIMITS
    return Finding(
        code=FindingCode.NOT_APPLIED,
        severity=Severity.INFO if limits_only else Severity.WARNING,
        title=f"{len(ignored)} fields of the request had no effect",
        evidence=(
            *(f"{name}: {why}" for name, why in list(ignored.items())[:MAX_NAMES]),
            *_read_by_the_strategy(evidence),
        ),
        remedy=next(filter(None, (_remedy(evidence, name) for name in ignored)), ""),
    )


def _read_by_the_strategy(evidence: Evidence) -> tuple[str, ...]:
    names = [parameter.name for parameter in evidence.code.parameters]
    if not evidence.code.known:
        return ()
    if not names:
        return ("the strategy reads no parameter",)
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return (f"the strategy reads: {', '.join(names[:MAX_NAMES])}{more}",)


def _remedy(evidence: Evidence, name: str) -> str:
    if not name.startswith(_PREFIX):
        return ""
    known = [parameter.name for parameter in evidence.code.parameters]
    near = get_close_matches(name.removeprefix(_PREFIX), known, n=1)
    if near:
        return f"Did you mean {near[0]}?"
    return f'Read it in the strategy: self.get_parameter("{name.removeprefix(_PREFIX)}").'


def _unfit(evidence: Evidence) -> Iterator[Finding]:
    """Parameters whose text LEAN cannot convert: it takes the default, and says nothing."""
    given = evidence.request.lean_parameters()
    for parameter in evidence.code.parameters:
        text, wanted = given.get(parameter.name), _WANTED.get(parameter.type)
        if text is None or wanted is None or convert(text, parameter.type) is not None:
            continue
        yield Finding(
            code=FindingCode.PARAMETER_UNFIT,
            severity=Severity.WARNING,
            title=f"parameter {parameter.name} is {text[:80]!r}, not {wanted}: LEAN took the strategy's default",
            evidence=() if parameter.default is None else (f"the default is {parameter.default!r}"[:200],),
            remedy=f"Give {wanted}.",
        )
