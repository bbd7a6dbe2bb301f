"""How a sandbox ended: what its engine saw, as evidence for the monitor."""

from dataclasses import dataclass
from enum import StrEnum


class LossCause(StrEnum):
    """Who ended a sandbox that neither ended by itself nor was ended by us."""

    ENGINE_RESTART = "engine_restart"  # the container engine died or was restarted, and took it along
    EXTERNAL_KILL = "external_kill"  # somebody sent it a signal
    CONTAINER_MISSING = "container_missing"  # it is not there any more
    MACHINE_MEMORY = (
        "machine_memory"  # the kernel did: the machine had no memory left, and the sandbox was in its limit
    )


@dataclass(frozen=True, slots=True)
class SandboxExit:
    """How a sandbox ended; evidence for the monitor.

    Attributes:
        exit_code: Of the process; 128+n for a signal n; None when it vanished and nobody knows.
        out_of_memory: The engine saw the memory limit kill it.
        cpu_exhausted: The engine saw the CPU-time limit end it.
        detail: The engine's own words, for people.
        incomplete: Why files of its slot are missing that the engine should have brought; empty when all are there.
        lost: Who ended it, where it was neither LEAN nor we.
        memory_limit: Bytes it was allowed; None where there was no limit, or it is not known.
        memory_peak: Most bytes it used, as far as the engine saw.
    """

    exit_code: int | None
    out_of_memory: bool = False
    cpu_exhausted: bool = False
    detail: str = ""
    incomplete: str = ""
    lost: LossCause | None = None
    memory_limit: int | None = None
    memory_peak: int | None = None
