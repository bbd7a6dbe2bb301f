"""What the Docker engine says, as values."""

from dataclasses import dataclass

from leanboard.errors import EngineError, EngineUnavailable

ENGINE_PROBLEMS = (EngineError, EngineUnavailable)  # what a call to the engine can raise


class NameTaken(EngineError):
    """A container of that name is there already."""


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What the engine says about itself.

    Attributes:
        memory: Bytes of its machine.
        rootless: It runs as a normal user.
        remapped: The users of its containers are others on its host (userns-remap).
        api: Version of the interface that was agreed on.
        url: Where the SDK reaches it; ``http://`` where nothing protects the way.
        system: What its machine runs, such as ``Debian GNU/Linux 12`` or ``Docker Desktop``.
        kind: Of the containers it runs: ``linux`` or ``windows``.
        unlimited: What it cannot limit, of ``memory``, ``swap``, ``cpu``, ``pids``.
        selinux: SELinux confines its containers: they see only what is labelled for them.
    """

    version: str
    cpus: int
    memory: int
    rootless: bool
    remapped: bool
    api: str = ""
    url: str = ""
    system: str = ""
    kind: str = "linux"
    unlimited: tuple[str, ...] = ()
    selinux: bool = False


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """An image that is there.

    Attributes:
        id: Of its content, ``sha256:…``.
        digest: Of the registry, ``name@sha256:…``; empty for an image that never was in one.
        size: Bytes on the engine's disk.
    """

    id: str
    digest: str
    labels: dict[str, str]
    entrypoint: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class ContainerState:
    """A container as inspect shows it.

    Attributes:
        status: Docker's word: created, running, paused, restarting, removing, exited, dead.
        exit_code: None while it runs, and before it was started.
        oom_killed: The memory limit killed a process in it, not necessarily the first.
        error: Docker's own words about its end.
    """

    id: str
    name: str
    status: str
    exit_code: int | None
    oom_killed: bool
    error: str
    labels: dict[str, str]
    image_id: str

    @property
    def is_over(self) -> bool:
        """Whether it ran and has ended."""
        return self.status in ("exited", "dead", "removing")


@dataclass(frozen=True, slots=True)
class ListedContainer:
    """A container of this installation in the engine's list.

    Attributes:
        age: Seconds since it was created, by both machines' wall clocks.
    """

    id: str
    name: str
    slot_id: str
    status: str
    age: float
