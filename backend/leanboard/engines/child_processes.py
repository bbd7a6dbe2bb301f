"""Limits of child processes, and how they end."""

import resource
import signal


def set_limit(pid: int, which: int, soft: int, hard: int | None = None) -> None:
    """Limit a process, or leave it at the lower limit that the service itself was started with.

    Args:
        pid: Of the process.
        which: One of ``resource.RLIMIT_*``.
        soft: In the limit's unit.
        hard: Likewise; ``soft`` if left out.

    Raises:
        ProcessLookupError: It has ended.
    """
    hard = soft if hard is None else hard
    _, most = resource.prlimit(pid, which)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.prlimit(pid, which, (soft, hard))


def signal_text(code: int) -> str:
    """Say which signal ended a process; empty for one that has exited.

    Args:
        code: Its exit code; negative for a signal.
    """
    if code >= 0:
        return ""
    try:
        return f"ended by {signal.Signals(-code).name}"
    except ValueError:  # a real-time signal
        return f"ended by signal {-code}"
