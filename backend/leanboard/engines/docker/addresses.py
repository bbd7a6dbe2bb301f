"""Where the Docker engine is, found without asking the SDK, which takes a third of a second to import."""

import hashlib
import json
import os
from pathlib import Path
from typing import Final

DEFAULT_ADDRESS: Final = "unix:///var/run/docker.sock"
_REMOTE = ("tcp://", "ssh://", "http://", "https://")


def known_address(address: str | None) -> str:
    """Return the engine's address in the docker command's order: given, DOCKER_HOST, context, the local socket.

    Args:
        address: Of our own setting; None if unset.

    Returns:
        Empty for a context that is not there, or says no address.
    """
    if address or (address := os.environ.get("DOCKER_HOST")):
        return address
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    name = os.environ.get("DOCKER_CONTEXT") or _text(folder / "config.json", "currentContext")
    if not name or name == "default":
        return DEFAULT_ADDRESS
    place = hashlib.sha256(name.encode()).hexdigest()
    return _text(folder / "contexts" / "meta" / place / "meta.json", "Endpoints", "docker", "Host")


def is_remote(address: str) -> bool:
    """Whether an engine of this address is likely not to share our disk."""
    return address.startswith(_REMOTE)


def _text(path: Path, *keys: str) -> str:
    try:
        found = json.loads(path.read_bytes())
        for key in keys:
            found = found[key]
    except (OSError, ValueError, LookupError, TypeError):
        return ""
    return found if isinstance(found, str) else ""
