"""How the service is, for people, probes and the start page of a client."""

from enum import StrEnum

from pydantic import Field

from leanboard.models.base import Frozen


class HealthStatus(StrEnum):
    """The whole service in one word."""

    OK = "ok"
    DEGRADED = "degraded"  # answers and keeps results, but something that was asked for does not work
    UNAVAILABLE = "unavailable"  # takes no work; old results may still be read


class HealthSummary(Frozen):
    """What everybody may know, without an API key."""

    status: HealthStatus


class EngineHealth(Frozen):
    """Whether an engine could start a run now.

    Attributes:
        name: docker, embedded or replay.
        detail: What was found, such as a version or an error's text.
        remedy: What to do about it; empty when ready.
    """

    name: str
    ready: bool
    detail: str = ""
    remedy: str = ""


class WarmSlotsHealth(Frozen):
    """The slots of an engine, with one image, that boot before anybody asks.

    Attributes:
        engine: docker or embedded.
        image: LEAN image; empty for the engine's own.
        size: How many there may be.
        ready: How many wait for a run, or for the turn of theirs.
        booting: How many are on their way.
        hits: Runs since the start of the service that were given one.
        misses: Runs that booted their own.
        boot_seconds: How long the last boot took; null before the first.
    """

    engine: str
    image: str = ""
    size: int = Field(ge=1)
    ready: int = Field(ge=0)
    booting: int = Field(ge=0)
    hits: int = Field(ge=0)
    misses: int = Field(ge=0)
    boot_seconds: float | None = None


class HealthReport(HealthSummary):
    """The state of the service.

    Attributes:
        warm: Engines that boot ahead.
        running: Runs that have a sandbox now.
        queued: Runs that wait for one.
        max_running: How many may have one at a time, now.
        paused: Whether somebody has paused the queue: nobody starts then.
        free_disk_mb: Free space where results are kept; null when it could not be found out.
        uptime: Seconds since the service started.
    """

    engines: tuple[EngineHealth, ...] = ()
    warm: tuple[WarmSlotsHealth, ...] = ()
    running: int = Field(default=0, ge=0)
    queued: int = Field(default=0, ge=0)
    max_running: int | None = None
    paused: bool = False
    free_disk_mb: int | None = None
    version: str = ""
    uptime: float = Field(default=0.0, ge=0)
