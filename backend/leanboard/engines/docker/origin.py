"""What a slot's sandbox.json says: which boot of the slot it was, and what the container was made from."""

import json
import secrets

from leanboard.engines.docker.facts import ImageFacts
from leanboard.engines.slot import Slot
from leanboard.engines.slot_files import write_whole
from leanboard.errors import EngineError
from leanboard.models.results import Versions


def versions_of(image: ImageFacts, reference: str, engine_version: str) -> Versions:
    """Return what a container of an image runs with, as far as its labels tell.

    Args:
        image: As the engine knows it.
        reference: As it was asked for.
        engine_version: Of the Docker engine; empty if not known.
    """
    labels = image.labels
    return Versions(
        engine=f"Docker {engine_version}".strip(),
        lean=labels.get("lean_version", ""),
        python=labels.get("strict_python_version") or labels.get("python_version", ""),
        dotnet=labels.get("target_framework", ""),
        image=reference,
        image_digest=image.digest,
        image_id=image.id,
    )


def note_origin(slot: Slot, versions: Versions) -> str:
    """Return the slot's boot, noting it first where there is none yet. Blocks.

    A repeated call (a lost answer, a restarted service) gives the same boot, and so the same container; with another
    image it gives another.

    Raises:
        EngineError: The slot cannot be written.
    """
    try:
        boot, image_id = _noted(slot)
        if boot and image_id == versions.image_id:
            return boot
        boot = secrets.token_hex(8)
        content = {"boot": boot, "versions": versions.model_dump()}
        write_whole(slot.origin, json.dumps(content, indent=1).encode())
    except OSError as error:
        msg = f"{slot.origin.name} could not be written: {error.strerror}"
        raise EngineError(msg) from error
    return boot


def _noted(slot: Slot) -> tuple[str, str]:
    try:
        found = json.loads(slot.origin.read_bytes())
        return str(found["boot"]), str(found["versions"]["image_id"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return "", ""
