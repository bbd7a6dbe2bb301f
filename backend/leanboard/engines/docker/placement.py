"""What a path of the service is called on the engine's host.

Docker takes the sources of mounts as paths of *its* machine. A service on that machine uses the same names; one in a
container of its own does not. :func:`find_path_map` finds out, in this order:

1. the setting ``LEANBOARD_DOCKER_PATH_MAPPINGS`` says it: ``SERVICE=HOST[,SERVICE=HOST...]``;
2. the service runs in no container: same names on both sides;
3. it runs in one: the engine says what is mounted there. Host folders have their own names; a named volume of the
   ``local`` driver is a folder of the host, too, and what is mounted is a folder *within* it: no run sees another's.

It fails closed: a wrong translation would give a strategy some other folder of the host. So a path on the container's
own disk, in a tmpfs, or with another mount inside has no name on the host, and asking for it is an error.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from leanboard.engines.docker.spec import Mount
from leanboard.errors import ConfigurationError, EngineError

SETTING: Final = "LEANBOARD_DOCKER_PATH_MAPPINGS"
EXAMPLE: Final = f"{SETTING}=/var/lib/leanboard=/srv/leanboard,/data=/srv/lean-data"
MOUNTINFO: Final = Path("/proc/self/mountinfo")

# Docker mounts these three from a directory that is named after the container, whatever its network, its host name or
# the version of cgroups; nothing mounts the marked ones on a machine of its own. The file /.dockerenv is no evidence:
# machines that were made from an image keep it.
_OWN_FILES: Final = ("/etc/hostname", "/etc/hosts", "/etc/resolv.conf")
_CONTAINER_MARKS: Final = ("/etc/hostname", "/etc/hosts", "/run/.containerenv")
_CONTAINER_DIRECTORY: Final = re.compile(r"/containers/([0-9a-f]{64})/(?:hostname|hosts|resolv\.conf)\Z", re.ASCII)
_ESCAPED: Final = re.compile(r"\\([0-7]{3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """One mount as both sides see it.

    Attributes:
        service: Where the service sees it; absolute, without links.
        host: Where the engine's host has it; None where it cannot be mounted from there.
    """

    service: PurePosixPath
    host: PurePosixPath | None
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class PathMap:
    """Translates paths of the service; pure but for :meth:`on_host`, which reads links."""

    places: tuple[Place, ...]

    def on_host(self, path: Path, *, write: bool = False) -> str:
        """Return what the engine's host calls ``path``, links resolved first.

        Args:
            path: Absolute, as the service sees it.
            write: LEAN's container is to write there.

        Raises:
            EngineError: The host does not have it, or not all of it, or it is mounted read-only; says the ways out.
        """
        return self.translate(PurePosixPath(os.path.realpath(path)), write=write)

    def translate(self, path: PurePosixPath, *, write: bool = False) -> str:
        """Do what :meth:`on_host` does, for a path without links."""
        place = max(
            (place for place in self.places if path.is_relative_to(place.service)),
            key=lambda place: len(place.service.parts),
            default=None,
        )
        if place is None or place.host is None:
            raise EngineError(_not_shared(path))
        if write and place.read_only:
            msg = f"{path} must be written by LEAN's container, but {place.service} is mounted read-only: mount it rw"
            raise EngineError(msg)
        found = place.host / path.relative_to(place.service)
        self._refuse_hidden(path, found)
        return str(found)

    def _refuse_hidden(self, path: PurePosixPath, found: PurePosixPath) -> None:
        """A mount of the host's folder shows what is below other mounts, not what is in them."""
        for inner in self.places:
            if inner.service == path or not inner.service.is_relative_to(path):
                continue
            if inner.host != found / inner.service.relative_to(path):
                msg = (
                    f"{inner.service} is a mount of its own inside {path}; LEAN's container would not see it. "
                    f"Mount {path} as one folder of the host"
                )
                raise EngineError(msg)


SAME_PATHS: Final = PathMap((Place(PurePosixPath("/"), PurePosixPath("/")),))


class MountInspector(Protocol):
    """The one question that goes to the engine."""

    async def own_mounts(self, container_id: str) -> tuple[Mount, ...]:
        """Return the mounts of a container, sources as the engine's host names them; empty when it knows none."""
        ...


@dataclass(frozen=True, slots=True)
class MountPoint:
    """A line of mountinfo.

    Attributes:
        root: What of the file system is mounted.
        target: Where.
    """

    root: str
    target: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the service sees of the machine or container it runs in.

    Attributes:
        mountinfo: Text of ``/proc/self/mountinfo``; empty on systems without one.
        resolve: Gives a path without links.
    """

    mountinfo: str
    resolve: Callable[[str], str] = os.path.realpath


class HostPaths:
    """The map of one engine, found when it is first needed; mounts of a running container do not change.

    Args:
        setting: Text of LEANBOARD_DOCKER_PATH_MAPPINGS; None or blank if unset.
        client: The engine that is to mount the paths.
        surroundings: Others than this process's; for tests.

    Raises:
        ConfigurationError: The setting cannot be read.
    """

    def __init__(self, setting: str | None, client: MountInspector, surroundings: Surroundings | None = None) -> None:
        self._client = client
        self._surroundings = surroundings
        self._found = _configured(setting)

    async def on_host(self, path: Path, *, write: bool = False) -> str:
        """Return what the engine's host calls ``path``; a failure is not kept: the next call asks again.

        Raises:
            EngineError: As :func:`find_path_map` and :meth:`PathMap.on_host`.
            EngineUnavailable: As :func:`find_path_map`.
        """
        if self._found is None:  # two at a time would ask twice and find the same
            self._found = await find_path_map(None, self._client, self._surroundings)
        return self._found.on_host(path, write=write)


async def find_path_map(
    setting: str | None, client: MountInspector, surroundings: Surroundings | None = None
) -> PathMap:
    """Find out how paths are to be translated; asks the engine once when the service runs in a container.

    Args:
        setting: Text of LEANBOARD_DOCKER_PATH_MAPPINGS; None or blank if unset.
        client: The engine that is to mount the paths.
        surroundings: Others than this process's; for tests.

    Raises:
        ConfigurationError: The setting cannot be read.
        EngineError: The service runs in a container, and the engine does not say what is mounted there.
        EngineUnavailable: The engine does not answer.
    """
    configured = _configured(setting)
    if configured is not None:
        return configured
    around = surroundings or Surroundings(_read_mountinfo())
    points = tuple(parse_mountinfo(around.mountinfo))
    if not in_container(points):
        return SAME_PATHS
    container_id = own_container_id(points)
    if container_id is None:
        msg = f"the service runs in a container, but not in one of Docker's; say where its folders are: {EXAMPLE}"
        raise EngineError(msg)
    mounts = await client.own_mounts(container_id)
    return PathMap(tuple(places_of(mounts, points, container_id, around.resolve)))


def parse_mappings(text: str) -> Iterator[Place]:
    """Read ``SERVICE=HOST[,SERVICE=HOST...]``; blanks inside paths are kept, those around them are not.

    Raises:
        ConfigurationError: A part has no ``=``, a path is not absolute or has ``..``, or one is mapped twice.
    """
    seen: set[PurePosixPath] = set()
    for part in filter(str.strip, text.split(",")):
        service, _, host = (piece.strip() for piece in part.partition("="))
        if not (_is_plain(service) and _is_plain(host)):
            msg = f"{SETTING}: {part.strip()!r} is no SERVICE_PATH=HOST_PATH with two absolute paths; such as {EXAMPLE}"
            raise ConfigurationError(msg)
        place = Place(_clean(os.path.realpath(service)), _clean(host))
        if place.service in seen:
            msg = f"{SETTING}: {service} is mapped twice; such as {EXAMPLE}"
            raise ConfigurationError(msg)
        seen.add(place.service)
        yield place


def parse_mountinfo(text: str) -> Iterator[MountPoint]:
    """Read what is mounted where; lines that are not as proc(5) says are passed over."""
    for line in text.split("\n"):
        fields = line.split(" ")
        if len(fields) >= 10 and "-" in fields[6:]:
            yield MountPoint(root=_unescape(fields[3]), target=_unescape(fields[4]))


def in_container(points: Iterable[MountPoint]) -> bool:
    """Say whether this process has another view of the disk than the machine."""
    return any(point.target in _CONTAINER_MARKS for point in points)


def own_container_id(points: Iterable[MountPoint]) -> str | None:
    """Return the id of the Docker container that this process runs in; None when it is none, or not clear which."""
    matches = (_CONTAINER_DIRECTORY.search(point.root) for point in points if point.target in _OWN_FILES)
    ids = {match.group(1) for match in matches if match}
    return ids.pop() if len(ids) == 1 else None


def places_of(
    mounts: Iterable[Mount], points: Iterable[MountPoint], container_id: str, resolve: Callable[[str], str]
) -> Iterator[Place]:
    """Join what the engine says of the container with what is seen from inside.

    Every mount point that the engine does not account for (the container's own disk, a tmpfs) has no name on the host.

    Raises:
        EngineError: The engine knows no mounts, or others than there are: it is another engine, or, with a network
            shared between containers, another container.
    """
    seen = {_clean(point.target) for point in points}
    known = {_clean(resolve(mount.target)): mount for mount in mounts}
    short = container_id[:12]
    if not known:
        msg = (
            f"the Docker engine knows no mounts of container {short}, in which the service runs: nothing is shared "
            f"with its host, or this is another host's engine. Mount a folder of the host, or set {EXAMPLE}"
        )
        raise EngineError(msg)
    missing = sorted(str(target) for target in known.keys() - seen)
    if missing:
        msg = (
            f"the Docker engine says that container {short} has {missing[0]} mounted, but the service does not see it: "
            f"it runs in another container, whose network it shares. Say where its folders are: {EXAMPLE}"
        )
        raise EngineError(msg)
    for target in sorted(seen):
        mount = known.get(target)
        host = _clean(mount.source) if mount and _is_plain(mount.source) else None
        yield Place(target, host, read_only=mount.read_only if mount else False)


def _configured(setting: str | None) -> PathMap | None:
    return PathMap(tuple(parse_mappings(setting))) if setting and setting.strip() else None


def _not_shared(path: PurePosixPath) -> str:
    return (
        f"{path} is in no folder that the service's container shares with the Docker engine's host, so LEAN's "
        "container cannot have it. Mount a folder of the host there (the same path on both sides is simplest), or "
        f"say where it is on the host: {SETTING}={path}=/path/on/the/host"
    )


def _is_plain(path: str) -> bool:
    return path.startswith("/") and ".." not in PurePosixPath(path).parts


def _clean(path: str) -> PurePosixPath:
    return PurePosixPath("/", path.lstrip("/"))  # two leading slashes mean something else to PurePosixPath


def _unescape(field: str) -> str:
    r"""Blanks, tabs, line ends and backslashes are written as ``\040`` and the like."""
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 8)), field)


def _read_mountinfo() -> str:
    try:
        return MOUNTINFO.read_text("utf-8", errors="surrogateescape")
    except OSError:
        return ""
