"""Making a container so that a lost answer, or an earlier life of its slot, never makes a second one."""

import structlog

from leanboard.engines.docker.client import DockerClient
from leanboard.engines.docker.facts import ENGINE_PROBLEMS, ContainerState, NameTaken
from leanboard.engines.docker.spec import LABEL_BOOT, LABEL_INSTANCE, LABEL_SLOT, ContainerSettings
from leanboard.errors import EngineError

log = structlog.get_logger(__name__)


async def create(client: DockerClient, settings: ContainerSettings) -> str:
    """Create a container, or take the one of the very same boot that is there; returns its id.

    Raises:
        EngineError: A container of its name is there that is not ours.
    """
    try:
        return await client.create(settings)
    except NameTaken:
        found = await client.inspect(settings.name)
    if found is not None:
        if _is_of(found, settings):
            return found.id
        if found.labels.get(LABEL_INSTANCE) != settings.labels[LABEL_INSTANCE]:
            msg = f"a container named {settings.name} is there and is not ours: rename or remove it"
            raise EngineError(msg)
        await client.remove(settings.name)  # of an earlier life of this slot
    return await client.create(settings)


async def create_started(client: DockerClient, settings: ContainerSettings) -> str:
    """Create a container as :func:`create` does, and start it; one that does not start is removed."""
    container_id = await create(client, settings)
    try:
        await client.start(settings.name)
    except ENGINE_PROBLEMS:
        await _undo(client, settings.name)
        raise
    return container_id


def _is_of(found: ContainerState, settings: ContainerSettings) -> bool:
    """Whether it is the very container that this boot would make."""
    return all(found.labels.get(key) == settings.labels[key] for key in (LABEL_INSTANCE, LABEL_SLOT, LABEL_BOOT))


async def _undo(client: DockerClient, name: str) -> None:
    try:
        await client.remove(name)
    except ENGINE_PROBLEMS as error:  # the next boot of this slot finds it by its name
        log.warning("a container that did not start is left", name=name, problem=error.detail)
