"""The slot: the directory in which caller and sandbox meet (engines/base.py draws it), as either side sees it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Slot:
    """The directory in which caller and sandbox meet, used for one run.

    Attributes:
        id: Unique for all time; part of the sandbox's name.
        root: Absolute path as the service sees it.
    """

    id: str
    root: Path

    @property
    def code(self) -> Path:
        """The user's project."""
        return self.root / "code"

    @property
    def output(self) -> Path:
        """LEAN's results folder."""
        return self.root / "output"

    @property
    def console(self) -> Path:
        """Both streams of the process."""
        return self.root / "console"

    @property
    def storage(self) -> Path:
        """LEAN's object store."""
        return self.root / "storage"

    @property
    def build(self) -> Path:
        """What a C# project was compiled into; not there for others."""
        return self.root / "build"

    @property
    def packages(self) -> Path:
        """What requirements.txt asks for; not there where it asks for nothing."""
        return self.root / "packages"

    @property
    def config(self) -> Path:
        """LEAN's configuration."""
        return self.root / "config.json"

    @property
    def origin(self) -> Path:
        """What the engine notes about its sandbox; not there before boot, and not for every engine."""
        return self.root / "sandbox.json"

    @property
    def job(self) -> Path:
        """What the guest waits for."""
        return self.root / "job.json"


@dataclass(frozen=True, slots=True)
class SandboxPaths:
    """Where the sandbox sees what the caller sees elsewhere; goes into ``config.json``.

    A container sees mounts (``/Results``); a child process sees the host's own paths.
    """

    guest: str
    code: str
    output: str
    storage: str
    data: str
    job: str
    build: str = ""  # of engines that run C#
    packages: str = ""  # of engines that install
