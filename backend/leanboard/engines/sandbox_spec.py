"""What is to be booted, and what it needs before; the same for every engine."""

from dataclasses import dataclass, field
from pathlib import Path

from leanboard.engines.slot import Slot


@dataclass(frozen=True, slots=True)
class Limits:
    """What a sandbox may use.

    Attributes:
        memory: Bytes.
        cpu_seconds: CPU time, all threads together; None for no limit.
        cpus: Cores it may use at a time; None for all.
    """

    memory: int
    cpu_seconds: float | None = None
    cpus: float | None = None


@dataclass(frozen=True, slots=True)
class CSharpBuild:
    """A C# project in ``code`` that is compiled, against the image's own LEAN, before its sandbox is made.

    Attributes:
        project: The project file, relative to ``code``; empty where there is none and one is made.
        assembly: What it becomes: ``build/<assembly>.dll``.
    """

    project: str
    assembly: str


@dataclass(frozen=True, slots=True)
class Requirements:
    """Packages that a strategy needs, installed before its sandbox has its job.

    Attributes:
        files: Relative to ``code``; the first is the one to install, the others are those that it includes.
        digest: Of what they ask for, whatever the comments and blanks; hex.
    """

    files: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """What to boot; the same for every engine.

    Attributes:
        slot: Directories exist and ``config.json`` is written.
        algorithm_id: The id in ``config.json``: result files are named after it.
        data_folder: Market data, read-only for the sandbox.
        limits: Memory and CPU.
        labels: For engines that can attach them; values are plain text.
        project: Name of the strategy; the replay engine finds its recording by it.
        image: LEAN image to boot; empty for the engine's own. Engines without images ignore it.
        build: What is to be compiled before the boot; None for nothing.
        requirements: What is to be installed; None for nothing.
        sees_data: Whether it runs a strategy, and has the market data.
    """

    slot: Slot
    algorithm_id: str
    data_folder: Path
    limits: Limits
    project: str = ""
    image: str = ""
    build: CSharpBuild | None = None
    requirements: Requirements | None = None
    sees_data: bool = True
    labels: dict[str, str] = field(default_factory=dict)
