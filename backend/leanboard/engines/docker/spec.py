"""What to run as a container's settings. Pure: nothing here asks Docker, the disk or the environment.

The profile is the one that was measured to work with real LEAN: non-root, read-only root, no capabilities, no new
privileges, no network, limits on memory, processes and cores, an init as PID 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.engines.slot import SandboxPaths

MEGABYTE = 1 << 20
PATHS = SandboxPaths(
    guest="/Leanboard/lean_run.py",
    code="/LeanCLI",
    output="/Results",
    storage="/Storage",
    data="/Lean/Data",
    job="/Leanboard/job.json",
    build="/Leanboard/build",
    packages="/Leanboard/packages",
)
# Where nothing is shared, the slot is one volume. Its root is root's, whoever LEAN runs as, and no archive can change
# that; so what LEAN writes lies in folders below, which are the right user's.
COPIED_PATHS = SandboxPaths(
    guest="/Leanboard/lean_run.py",
    code="/Leanboard/code",
    output="/Leanboard/output",
    storage="/Leanboard/storage",
    data=PATHS.data,
    job=PATHS.job,
    build="/Leanboard/build",
    packages="/Leanboard/packages",
)
VOLUME = "/Leanboard"
COPIED_CONFIG = "/Leanboard/config.json"
CONSOLE = "/Console"
CONFIG = "/Lean/Launcher/bin/Debug/config.json"  # LEAN reads config.json of its working directory
LOG_BYTES = 16 * MEGABYTE  # of what Docker keeps itself: next to nothing, where the streams go into the slot
LAUNCHER = ("dotnet", "QuantConnect.Lean.Launcher.dll")

LABEL_INSTANCE = "leanboard.instance"
LABEL_SLOT = "leanboard.slot"
LABEL_BOOT = "leanboard.boot"

# The shell is gone before LEAN starts (exec), so LEAN gets the init's signals itself. It writes its streams into files
# of the slot: Docker's own log drivers replace invalid UTF-8 (json-file), lose the line end after 16 KiB (local), and
# both lose the last lines of a container that ends while the engine is away.
_TO_FILES = f'exec "$@" >>{CONSOLE}/stdout.txt 2>>{CONSOLE}/stderr.txt'

# Measured on real LEAN: without tiered PGO and the server's garbage collector it boots a third faster in less memory;
# diagnostics sockets have no home on a read-only disk.
_ENVIRONMENT = {
    "DOTNET_TieredPGO": "0",
    "DOTNET_gcServer": "0",
    "DOTNET_EnableDiagnostics": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "HOME": "/tmp",  # noqa: S108  # the container's own
    "MPLCONFIGDIR": "/tmp",  # noqa: S108
    "LEANBOARD_JOB": PATHS.job,
}


@dataclass(frozen=True, slots=True)
class Profile:
    """How containers are held; each part can be relaxed by its setting.

    Attributes:
        user: ``UID:GID``, or empty for the image's own.
        network: Docker's name; ``none`` for no network.
        pids: Most processes and threads; 0 for no limit.
        cpus: Cores; None for all.
        tmp_mb: Size of /tmp in memory; 0 for none.
        max_output_mb: Most that one file may grow to.
        environment: On top of the measured defaults.
    """

    user: str = ""
    network: str = "none"
    read_only: bool = True
    drop_capabilities: bool = True
    no_new_privileges: bool = True
    pids: int = 512
    cpus: float | None = None
    tmp_mb: int = 64
    max_output_mb: int = 4096
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mount:
    """What a container sees of the engine's host.

    Attributes:
        source: A path on the engine's host, or a volume's name; empty for a new volume that goes with the container.
        target: Where the container sees it.
        is_volume: Whether ``source`` is a volume.
        labels: Of a new volume.
    """

    source: str
    target: str
    read_only: bool
    is_volume: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContainerSettings:
    """Everything that creating a container says; sizes in bytes."""

    name: str
    image: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    user: str
    environment: dict[str, str]
    labels: dict[str, str]
    mounts: tuple[Mount, ...]
    network: str
    memory: int | None
    cpus: float | None
    pids: int
    tmp: int
    max_file: int
    read_only: bool
    drop_capabilities: bool
    no_new_privileges: bool
    log_bytes: int = LOG_BYTES
    # What an engine that is stopped sends, and `docker stop`. Not SIGINT: LEAN would end as if all was well, with the
    # result of a part of the period.
    stop_signal: str = "SIGTERM"
    working_directory: str = ""


@dataclass(frozen=True, slots=True)
class Launch:
    """What an image starts.

    Attributes:
        entrypoint: The image's own; LEAN's launcher where it has none.
        to_files: Whether the streams go into the slot's console folder.
        arguments: What follows.
    """

    entrypoint: tuple[str, ...] = LAUNCHER
    to_files: bool = True
    arguments: tuple[str, ...] = ()

    def command(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return entrypoint and command."""
        start = self.entrypoint or LAUNCHER
        if not self.to_files:
            return start, self.arguments
        return ("/bin/sh", "-c", _TO_FILES, "leanboard"), (*start, *self.arguments)


def container_name(instance: str, slot_id: str) -> str:
    """Name the one container of a slot: the key that makes creating it idempotent."""
    return f"lean-{instance}-{slot_id}"


def slot_mounts(spec: SandboxSpec, host_paths: Mapping[Path, str]) -> tuple[Mount, ...]:
    """Return what a container sees when service and engine share a disk.

    Args:
        spec: What to run.
        host_paths: What the engine's host calls the slot's root and, where it is seen, the data folder.
    """
    root = host_paths[spec.slot.root]
    data = (Mount(host_paths[spec.data_folder], PATHS.data, read_only=True),) if spec.sees_data else ()
    return (
        Mount(root, "/Leanboard", read_only=True),  # a folder: a mounted job.json would never change
        Mount(f"{root}/code", PATHS.code, read_only=True),
        Mount(f"{root}/output", PATHS.output, read_only=False),
        Mount(f"{root}/storage", PATHS.storage, read_only=False),
        Mount(f"{root}/console", CONSOLE, read_only=False),
        Mount(f"{root}/config.json", CONFIG, read_only=True),
        *data,
    )


def container_settings(
    spec: SandboxSpec,
    profile: Profile,
    launch: Launch,
    *,
    image_id: str,
    instance: str,
    boot: str,
    mounts: tuple[Mount, ...],
) -> ContainerSettings:
    """Return the settings of the container that runs ``spec``.

    Args:
        spec: What to run.
        profile: How it is held.
        launch: What the image starts.
        image_id: The image by its content, so that a moved tag changes nothing.
        instance: Of this installation.
        boot: Tells this boot of the slot from an earlier one.
        mounts: What it sees.
    """
    entrypoint, command = launch.command()
    return ContainerSettings(
        name=container_name(instance, spec.slot.id),
        image=image_id,
        entrypoint=entrypoint,
        command=command,
        user=profile.user,
        environment={**_ENVIRONMENT, **profile.environment},
        labels={**spec.labels, LABEL_INSTANCE: instance, LABEL_SLOT: spec.slot.id, LABEL_BOOT: boot},
        mounts=mounts,
        network=profile.network,
        memory=spec.limits.memory,
        cpus=spec.limits.cpus or profile.cpus,
        pids=profile.pids,
        tmp=profile.tmp_mb * MEGABYTE,
        max_file=profile.max_output_mb * MEGABYTE,
        log_bytes=LOG_BYTES if launch.to_files else max(LOG_BYTES, profile.max_output_mb * MEGABYTE),
        read_only=profile.read_only,
        drop_capabilities=profile.drop_capabilities,
        no_new_privileges=profile.no_new_privileges,
    )


def container_user(setting: str, uid: int, gid: int, *, rootless: bool) -> str:
    """Decide who LEAN runs as.

    Args:
        setting: ``auto``, ``root`` or ``UID:GID``.
        uid: The service's own.
        gid: The service's own.
        rootless: The engine runs as a normal user, who is root inside its containers: only that root can write into
            the service's folders.
    """
    if setting == "root" or (setting == "auto" and rootless):
        return "0:0"
    if setting != "auto":
        return setting
    return f"{uid}:{gid}" if uid else "10001:10001"
