"""From evidence to a verdict: all rules, ranked. Pure."""

from leanboard.models.severity import Severity
from leanboard.models.verdict import MAX_FINDINGS, Finding, FindingCode, Verdict
from leanboard.services.verdict import data, failure, no_trades, orders, other_files, parameters, statistics
from leanboard.services.verdict.evidence import Evidence

_RULES = (failure, no_trades, data, other_files, orders, parameters, statistics)
_SEVERITIES = {severity: rank for rank, severity in enumerate(Severity)}
_CODES = {code: rank for rank, code in enumerate(FindingCode)}


def judge(evidence: Evidence) -> Verdict:
    """Return the verdict: the reason why somebody would ask comes first, at most MAX_FINDINGS are told."""
    found = sorted((finding for rule in _RULES for finding in rule.findings(evidence)), key=_rank)
    return Verdict(
        timestamp=evidence.run.timestamp,
        status=evidence.run.status,
        trades=evidence.traded,
        findings=tuple(found[:MAX_FINDINGS]),
        omitted=max(0, len(found) - MAX_FINDINGS),
        problem=evidence.problem,
    )


def _rank(finding: Finding) -> tuple[int, int]:
    return _SEVERITIES[finding.severity], _CODES[finding.code]
