"""Things to know about a run that is valid all the same."""

from collections.abc import Iterator

from leanboard.engines.sandbox_exit import LossCause
from leanboard.services.monitoring.facts import Facts
from leanboard.services.monitoring.updates import Evidence

_BANKRUPT = "LEAN stopped the run early: the portfolio's value was zero or less."
_QUIT = "The strategy ended the run early by calling quit()."
_NO_ORDER = "No order was placed, and "
_ONE_DAY = "The run covers one day: LEAN takes its statistics from daily values, so most are zero or missing."
_NO_STATISTICS = "LEAN wrote no statistics: the run has too few daily values."


def is_told_by_findings(warning: str) -> bool:
    """Whether a run's verdict has a finding of its own for a warning, with evidence and what to do."""
    return warning.startswith((_BANKRUPT, _QUIT, _NO_ORDER, _ONE_DAY, _NO_STATISTICS))


def warnings_of(evidence: Evidence, facts: Facts) -> tuple[str, ...]:
    """Return the warnings of a completed run, most important first."""
    return (*_about_the_end(evidence, facts), *_about_the_result(evidence, facts))


def _about_the_end(evidence: Evidence, facts: Facts) -> Iterator[str]:
    exit_ = evidence.exit
    if exit_ is not None and (exit_.out_of_memory or exit_.lost is LossCause.MACHINE_MEMORY):
        yield "A process of the run was killed for memory; LEAN itself finished and its result is complete."
    elif exit_ is not None and exit_.exit_code not in (0, None) and not evidence.settled:
        yield f"LEAN's process ended with code {exit_.exit_code} after its result was complete."
    if facts.store_failed:
        yield f"LEAN could not write all of its files: {facts.store_failed.partition(chr(10))[0]}"
    if facts.bankrupt:
        yield _BANKRUPT
    elif facts.interrupted:
        yield "Somebody outside stopped LEAN (SIGINT) on the run's last day: the end of that day may be missing."
    elif facts.quit:
        yield _QUIT


def _about_the_result(evidence: Evidence, facts: Facts) -> Iterator[str]:
    result = evidence.result
    failed, total = result.failed_data_requests, result.data_requests
    if result.total_orders == 0 and failed:
        yield (
            f"{_NO_ORDER}{failed} of {total or failed} data files that LEAN looked for are missing: "
            "see failed-data-requests-*.txt, and check symbols, dates and resolution against the data folder."
        )
    first, last = _period(evidence, facts)
    if first is not None and first == last:
        yield _ONE_DAY
    elif not result.statistics:
        yield _NO_STATISTICS


def _period(evidence: Evidence, facts: Facts) -> tuple[object, object]:
    configured = evidence.result.configuration
    if configured.start_date is not None:
        return configured.start_date, configured.end_date
    return facts.dates or (None, None)
