"""The SDK's calls, blocking, with typed answers and our errors.

Only this module and ``sdk_sockets`` import docker.

Imported late and in a thread (see client.py): the SDK takes a third of a second to import, which a machine without
Docker should not pay.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

import docker
import docker.errors
import requests
from docker import auth
from docker.client import DockerClient as SdkClient
from docker.tls import TLSConfig
from docker.types import CancellableStream, LogConfig, Ulimit
from docker.types import Mount as SdkMount
from docker.utils import kwargs_from_env, parse_repository_tag

from leanboard.engines.docker.addresses import current_context
from leanboard.engines.docker.facts import ContainerState, EngineFacts, ImageFacts, ListedContainer, NameTaken
from leanboard.engines.docker.sdk_sockets import take_unix_sockets
from leanboard.engines.docker.spec import LABEL_INSTANCE, LABEL_SLOT, ContainerSettings, Mount
from leanboard.errors import EngineError, EngineUnavailable

_CREATED = "created"
_LIMITS = (("memory", "MemoryLimit"), ("swap", "SwapLimit"), ("cpu", "CpuCfsQuota"), ("pids", "PidsLimit"))
CONNECT_SECONDS = 20
_ANY_VERSION = "1.24"  # until the engine has told its own
_TLS_PROBLEMS = (
    # What OpenSSL and dockerd say, and what it means here.
    ("CERTIFICATE_VERIFY_FAILED", "the Docker engine's certificate is not the expected one: is ca.pem in "
     "DOCKER_CERT_PATH its authority's, and does the certificate name the address"),
    ("bad certificate", "the Docker engine refuses this client's certificate: cert.pem in DOCKER_CERT_PATH"),
    ("CERTIFICATE_REQUIRED", "the Docker engine wants a client's certificate: cert.pem in DOCKER_CERT_PATH"),
    ("certificate required", "the Docker engine wants a client's certificate: cert.pem in DOCKER_CERT_PATH"),
    ("UNKNOWN_CA", "the Docker engine does not know who signed this client's certificate: cert.pem in "
     "DOCKER_CERT_PATH"),
    ("EOF occurred in violation of protocol", "the Docker engine hung up on the TLS handshake, as one does that "
     "refuses this client's certificate: cert.pem in DOCKER_CERT_PATH"),
    ("WRONG_VERSION_NUMBER", "the Docker engine speaks without TLS there: unset DOCKER_TLS_VERIFY, or better give "
     "the engine certificates"),
    ("HTTP request to an HTTPS server", "the Docker engine wants TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH"),
    ("Path to a certificate and key files", "DOCKER_CERT_PATH has no cert.pem and key.pem"),
    ("Invalid CA certificate provided", "DOCKER_CERT_PATH has no ca.pem"),
)  # fmt: skip
_DISK_FULL = "no space left on device"

T = TypeVar("T")


class EndingStream:
    """Containers that end, as the engine tells.

    Args:
        events: The SDK's stream.
    """

    def __init__(self, events: "CancellableStream[dict[str, Any]]") -> None:
        self._events = events

    def names(self) -> Iterator[str]:
        """Give names until the engine dies or somebody closes."""
        for event in self._events:
            yield event["Actor"]["Attributes"]["name"]

    def close(self) -> None:
        """End the stream; may be called from another thread, and ends a read that blocks."""
        self._events.close()


def connect(address: str | None, seconds: int) -> SdkClient:
    """Return a client that has spoken with the engine.

    The version is negotiated: old engines know no new one, and engines from 29 on refuse the old ones. Certificates
    are those of DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, also for an address of our own setting; without an address
    DOCKER_HOST and the docker command's context say where.
    """
    with our_errors():
        client = docker.DockerClient(version=_ANY_VERSION, timeout=seconds, **_place_of(address))
        try:
            take_unix_sockets(client)
            _take_environment(client)
            api: Any = client.api
            api._version = api._retrieve_server_version()  # noqa: SLF001  # "auto" would ask too early
        except Exception:
            client.close()  # the SDK would leave its sockets open
            raise
        return client


def _place_of(address: str | None) -> dict[str, Any]:
    environment = {**os.environ, **({"DOCKER_HOST": address} if address else {})}
    place = dict(kwargs_from_env(environment=environment))
    if "base_url" in place:
        return place
    context = current_context()
    if not context.address:
        msg = "the docker command's context is not there, or names no address (docker context ls)"
        raise EngineUnavailable(msg)
    if context.certificates is None:
        return {"base_url": context.address, **place}
    ca, cert, key = (context.certificates / f"{name}.pem" for name in ("ca", "cert", "key"))
    tls = TLSConfig(
        client_cert=(str(cert), str(key)) if cert.exists() else None,
        ca_cert=str(ca) if ca.exists() else None,
        verify=context.verify,
    )
    return {"base_url": context.address, "tls": tls}


def _take_environment(client: SdkClient) -> None:
    """Let no REQUESTS_CA_BUNDLE of the environment win over the engine's own certificate authority."""
    client.api.trust_env = False
    if client.api.base_url.startswith("http"):
        client.api.proxies = requests.utils.get_environ_proxies(client.api.base_url)


@contextlib.contextmanager
def our_errors() -> Iterator[None]:
    """Translate: the one place where Docker's errors are told apart."""
    try:
        yield
    except docker.errors.APIError as error:
        text = str(error.explanation or error)
        if error.status_code == requests.codes.conflict and "is already in use" in text:
            raise NameTaken(text) from error
        if _DISK_FULL in text:
            msg = f"the Docker engine's disk is full: {text}"
            raise EngineUnavailable(msg) from error
        msg = f"Docker refused: {text}"
        raise EngineError(msg) from error
    except (docker.errors.DockerException, requests.exceptions.RequestException, OSError) as error:
        raise EngineUnavailable(_short(error)) from error


def _short(error: Exception) -> str:
    if isinstance(error, requests.exceptions.Timeout):
        return "the Docker engine does not answer in time"
    text = str(error)
    for mark, meaning in _TLS_PROBLEMS:
        if mark in text:
            return f"{meaning} ({mark})"
    return f"no Docker engine answers: {text[:200]}"


def absent_is_none(work: Callable[[], T]) -> T | None:
    """Return what ``work`` gives; None when there is no such thing."""
    try:
        return work()
    except docker.errors.NotFound:
        return None


def facts(client: SdkClient) -> EngineFacts:
    """Ask the engine for itself."""
    info = client.api.info()
    options = " ".join(info.get("SecurityOptions") or ())
    return EngineFacts(
        version=str(info.get("ServerVersion", "unknown")),
        cpus=int(info.get("NCPU", 0)),
        memory=int(info.get("MemTotal", 0)),
        rootless="name=rootless" in options,
        remapped="name=userns" in options,
        api=str(client.api.api_version),
        url=str(client.api.base_url),
        system=str(info.get("OperatingSystem") or ""),
        kind=str(info.get("OSType") or "linux"),
        unlimited=tuple(what for what, field in _LIMITS if not info.get(field, True)),
        selinux="name=selinux" in options,
    )


@contextlib.contextmanager
def endings(client: SdkClient, instance: str) -> Iterator[EndingStream]:
    """Open the engine's stream of endings of an instance's containers."""
    with our_errors():
        events = client.api.events(
            decode=True,
            filters={"label": f"{LABEL_INSTANCE}={instance}", "event": ["die", "destroy"]},
        )
        try:
            yield EndingStream(events)
        finally:
            release(events)


def close_if_refused(api: Any, response: Any) -> None:  # noqa: ANN401  # of the SDK and of requests
    """Raise what the engine refused; a streamed answer that nobody reads would keep its connection."""
    try:
        api._raise_for_status(response)  # noqa: SLF001
    except Exception:
        response.close()
        raise


def release(stream: "CancellableStream[Any]") -> None:
    """Give a stream's connection back, in the thread that reads it.

    The SDK's own ``close`` is for other threads: it ends a read, and leaves the socket to the garbage collector.
    """
    hidden: Any = stream
    hidden._response.close()  # noqa: SLF001


def listed(client: SdkClient, instance: str) -> tuple[ListedContainer, ...]:
    """Return an instance's containers, also those that have ended."""
    found = client.api.containers(all=True, filters={"label": f"{LABEL_INSTANCE}={instance}"})
    now = datetime.now(UTC).timestamp()
    return tuple(
        ListedContainer(
            id=entry["Id"],
            name=entry["Names"][0].lstrip("/") if entry.get("Names") else "",
            slot_id=entry["Labels"].get(LABEL_SLOT, ""),
            status=entry["State"],
            age=max(0.0, now - entry["Created"]),
        )
        for entry in found
    )


def pull(client: SdkClient, reference: str, inactivity: float) -> "CancellableStream[dict[str, Any]]":
    """Begin to pull; the answer is the stream of progress."""
    # The SDK's own pull() waits for ever between two lines, and cannot be ended from another thread.
    api: Any = client.api
    repository, tag = parse_repository_tag(reference)
    registry, _ = auth.resolve_repository_name(repository)
    header = auth.get_config_header(api, registry)
    response = api._post(  # noqa: SLF001
        api._url("/images/create"),  # noqa: SLF001
        params={"fromImage": repository, "tag": tag or "latest"},
        headers={"X-Registry-Auth": header} if header else {},
        stream=True,
        timeout=(CONNECT_SECONDS, inactivity),
    )
    close_if_refused(api, response)
    return CancellableStream(api._stream_helper(response, decode=True), response)  # noqa: SLF001


def create(client: SdkClient, settings: ContainerSettings) -> str:
    """Make a container; returns its id."""
    api = client.api
    config = api.create_container_config(
        image=settings.image,
        command=list(settings.command),
        entrypoint=list(settings.entrypoint),
        user=settings.user,
        environment=settings.environment,
        labels=settings.labels,
        working_dir=settings.working_directory or None,
        stop_signal=settings.stop_signal,
        network_disabled=settings.network == "none",
        host_config=_host_config(client, settings),
    )
    return str(api.create_container_from_config(config, settings.name)["Id"])


def _host_config(client: SdkClient, settings: ContainerSettings) -> Any:  # noqa: ANN401  # the SDK's dictionary
    limits = [Ulimit(name="core", soft=0, hard=0), Ulimit(name="nofile", soft=4096, hard=4096)]
    if settings.max_file:
        limits.append(Ulimit(name="fsize", soft=settings.max_file, hard=settings.max_file))
    return client.api.create_host_config(
        mounts=[_mount(mount) for mount in settings.mounts],
        network_mode=settings.network,
        init=True,
        mem_limit=settings.memory,
        memswap_limit=settings.memory,
        nano_cpus=round(settings.cpus * 1e9) if settings.cpus else None,
        pids_limit=settings.pids or None,
        read_only=settings.read_only,
        cap_drop=["ALL"] if settings.drop_capabilities else None,
        security_opt=["no-new-privileges"] if settings.no_new_privileges else None,
        tmpfs={"/tmp": f"rw,noexec,nosuid,nodev,size={settings.tmp}"} if settings.tmp else None,  # noqa: S108
        ipc_mode="private",
        ulimits=limits,
        restart_policy=None,
        log_config=LogConfig(type="json-file", config={"max-size": str(settings.log_bytes), "max-file": "2"}),
    )


def _mount(mount: Mount) -> SdkMount:
    # Not `-v`: that would make a missing folder on the host, as root.
    return SdkMount(
        mount.target,
        mount.source or None,
        type="volume" if mount.is_volume else "bind",
        read_only=mount.read_only,
        labels=dict(mount.labels) if mount.labels else None,
    )


def inspect(client: SdkClient, name: str) -> ContainerState | None:
    """Look at a container; None when it is not there."""
    return absent_is_none(lambda: _state(client.api.inspect_container(name)))


def console(client: SdkClient, name: str, tail: int) -> bytes:
    """Return what Docker kept of both streams; empty when the container is gone."""
    return absent_is_none(lambda: client.api.logs(name, tail=tail)) or b""


def mounts_of(client: SdkClient, container_id: str) -> tuple[Mount, ...]:
    """Return a container's mounts; empty when it is not there."""
    found = absent_is_none(lambda: client.api.inspect_container(container_id)) or {}
    return tuple(
        Mount(entry["Source"], entry["Destination"], read_only=not entry.get("RW", True))
        for entry in found.get("Mounts", ())
    )


def image(client: SdkClient, reference: str) -> ImageFacts | None:
    """Look at an image; None when it is not there."""
    return absent_is_none(lambda: _image(client.api.inspect_image(reference), reference))


def _state(found: dict[str, Any]) -> ContainerState:
    state = found["State"]
    ran = state["Status"] != _CREATED and not state.get("Running")
    return ContainerState(
        id=found["Id"],
        name=found["Name"].lstrip("/"),
        status=state["Status"],
        exit_code=int(state["ExitCode"]) if ran else None,
        oom_killed=bool(state.get("OOMKilled")),
        error=str(state.get("Error") or ""),
        labels=dict(found["Config"].get("Labels") or {}),
        image_id=str(found["Image"]),
    )


def _image(found: dict[str, Any], reference: str) -> ImageFacts:
    config = found.get("Config") or {}
    repository, _ = parse_repository_tag(reference)
    digests = sorted(found.get("RepoDigests") or (), key=lambda digest: not digest.startswith(f"{repository}@"))
    return ImageFacts(
        id=str(found["Id"]),
        digest=next(iter(digests), ""),
        labels=dict(config.get("Labels") or {}),
        entrypoint=(*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())),
        size=int(found.get("Size", 0)),
    )


def send_signal(client: SdkClient, name: str, signal: str) -> None:
    """Send a signal; one that has ended or vanished is left alone."""
    # 404: it has vanished; 409: it does not run any more.
    with _tolerating(404, 409):
        client.api.kill(name, signal)


def remove(client: SdkClient, name: str) -> None:
    """Remove a container by force; one that is gone is fine."""
    # 404: it has vanished; 409: somebody else removes it at this moment.
    with _tolerating(404, 409):
        client.api.remove_container(name, force=True, v=True)


@contextlib.contextmanager
def _tolerating(*codes: int) -> Iterator[None]:
    try:
        yield
    except docker.errors.APIError as error:
        if error.status_code not in codes:
            raise
