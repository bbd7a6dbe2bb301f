"""Where the Docker engine is, found without asking the SDK, which takes a third of a second to import.

The docker command's contexts are read here, too: the SDK finds none as long as there is no config.json beside them.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

DEFAULT_ADDRESS: Final = "unix:///var/run/docker.sock"
_REMOTE = ("tcp://", "ssh://", "http://", "https://")


@dataclass(frozen=True, slots=True)
class Context:
    """One of the docker command's contexts.

    Attributes:
        address: Of the engine; empty where the context is not there, or says none.
        certificates: Folder with ca.pem, cert.pem and key.pem, as far as there are; None for no TLS.
        verify: Whether the engine's certificate is to be looked at.
    """

    address: str
    certificates: Path | None = None
    verify: bool = True


def known_address(address: str | None) -> str:
    """Return the engine's address in the docker command's order: given, DOCKER_HOST, context, the local socket.

    Args:
        address: Of our own setting; None if unset.

    Returns:
        Empty for a context that is not there, or says no address.
    """
    return address or os.environ.get("DOCKER_HOST") or current_context().address


def is_remote(address: str) -> bool:
    """Whether an engine of this address is likely not to share our disk."""
    return address.startswith(_REMOTE)


def current_context() -> Context:
    """Read the context that the docker command would use: DOCKER_CONTEXT, or its config.json's."""
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    name = os.environ.get("DOCKER_CONTEXT") or _read(folder / "config.json").get("currentContext")
    if not isinstance(name, str) or not name or name == "default":
        return Context(DEFAULT_ADDRESS)
    place = hashlib.sha256(name.encode()).hexdigest()
    endpoints = _read(folder / "contexts" / "meta" / place / "meta.json").get("Endpoints")
    endpoint = endpoints.get("docker") if isinstance(endpoints, dict) else None
    if not isinstance(endpoint, dict) or not isinstance(endpoint.get("Host"), str):
        return Context("")
    certificates = folder / "contexts" / "tls" / place / "docker"
    return Context(
        endpoint["Host"],
        certificates if certificates.is_dir() else None,
        verify=endpoint.get("SkipTLSVerify") is not True,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
