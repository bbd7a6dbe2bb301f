"""The settings of the engines: LEAN's image and containers, requirements.txt, and what boots ahead."""

from enum import StrEnum
from typing import Annotated

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, NoDecode

from leanboard.models.requests import MAX_IMAGE, MAX_MEMORY, EngineChoice


class DockerFiles(StrEnum):
    """How files reach LEAN's containers."""

    AUTO = "auto"
    MOUNT = "mount"
    COPY = "copy"


class EngineSettings(BaseSettings):
    """A part of :class:`leanboard.settings.Settings`."""

    engine: EngineChoice = Field(default=EngineChoice.AUTO, description="Engine for requests that say 'auto'.")
    image: str = Field(
        default="quantconnect/lean:latest",
        min_length=1,
        max_length=MAX_IMAGE,
        description="LEAN image for the docker engine, where a request names none.",
    )
    allowed_images: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Further images that a request may name, separated by ','. No others are ever run.",
    )
    docker_host: str | None = Field(
        default=None,
        description="Address of the Docker engine (unix://, tcp://, ssh://). If unset: DOCKER_HOST, the docker "
        "command's context, the local socket.",
    )
    docker_path_mappings: str | None = Field(
        default=None,
        validation_alias=AliasChoices("LEANBOARD_DOCKER_PATH_MAPPINGS", "DOCKER_PATH_MAPPINGS"),
        description="For a service in a container: SERVICE_PATH=HOST_PATH, several separated by ','. If unset, its "
        "own mounts tell. Also read as DOCKER_PATH_MAPPINGS.",
    )
    docker_files: DockerFiles = Field(
        default=DockerFiles.AUTO,
        description="How files reach containers: mount (service and engine share a disk), copy (engine on another "
        "machine), or auto: copy for tcp:// and ssh:// addresses.",
    )
    docker_data: str | None = Field(
        default=None,
        description="For docker_files=copy: LEAN data folder on the engine's machine, a path or a volume's name. If "
        "unset, the image's own /Lean/Data.",
    )
    docker_pull: bool = Field(
        default=True,
        description="Whether an image that is not there is pulled for a run that asks for engine docker.",
    )
    docker_pull_timeout: float = Field(
        default=120.0,
        ge=1,
        le=3600,
        description="Seconds without any progress after which pulling an image is given up.",
    )
    docker_user: str = Field(
        default="auto",
        pattern=r"^(auto|root|\d{1,10}:\d{1,10})$",
        description="Who LEAN runs as: UID:GID, root, or auto: the service's own user, 10001:10001 if that is root.",
    )
    docker_network: str = Field(
        default="none",
        pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$",
        description="Network of LEAN's containers; anything but none lets strategies reach others.",
    )
    docker_build_network: str = Field(
        default="none",
        pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$",
        description="Network in which C# projects are compiled; bridge lets them fetch NuGet packages.",
    )
    requirements_network: str = Field(
        default="bridge",
        pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$",
        description="Network of the container in which pip installs a strategy's requirements.txt; none for none.",
    )
    requirements_env: dict[str, str] = Field(
        default_factory=dict,
        description="Environment of pip for requirements.txt, as JSON: PIP_INDEX_URL, HTTPS_PROXY and the like. The "
        "service's own is not handed on.",
    )
    requirements_timeout: float = Field(
        default=600.0,
        ge=1,
        le=86_400,
        description="Seconds after which installing a requirements.txt is given up.",
    )
    requirements_cache_entries: int = Field(
        default=32,
        ge=1,
        le=10_000,
        description="Installed requirements.txt that are kept; those that were not used for the longest time go first.",
    )
    requirements_cache_size: int = Field(
        default=8192,
        ge=1,
        description="MB of all installed requirements.txt together, and of one.",
    )
    docker_read_only: bool = Field(default=True, description="Whether the container's own disk is read-only.")
    docker_drop_capabilities: bool = Field(default=True, description="Whether all capabilities are dropped.")
    docker_no_new_privileges: bool = Field(default=True, description="Whether setuid programs gain nothing.")
    docker_pids: int = Field(default=512, ge=0, le=100_000, description="Processes and threads; 0 for no limit.")
    docker_cpus: float | None = Field(default=None, gt=0, le=1024, description="Cores per container; unset for all.")
    docker_tmp: int = Field(default=64, ge=0, le=65536, description="MB of /tmp, in memory; 0 for none.")
    docker_env: dict[str, str] = Field(
        default_factory=dict,
        description="Further environment of LEAN's containers, as JSON; wins over the measured defaults.",
    )
    docker_orphan_grace: float = Field(
        default=300.0,
        ge=0,
        le=86_400,
        description="Seconds that a container with our label which no run knows is left alone before it is removed.",
    )
    warm_docker: int = Field(
        default=1,
        ge=0,
        le=64,
        description="Containers of the default image that boot before anybody asks, so that a run waits for its job "
        "alone; each holds about 350 MB. 0 for none.",
    )
    warm_images: dict[str, Annotated[int, Field(ge=0, le=64)]] = Field(
        default_factory=dict,
        description="The same for images of LEANBOARD_ALLOWED_IMAGES, as JSON: how many of each.",
    )
    warm_embedded: int = Field(
        default=1,
        ge=0,
        le=64,
        description="Processes of the embedded engine that start before anybody asks; each holds about 40 MB. 0 for "
        "none.",
    )
    warm_max_age: float = Field(
        default=3600.0,
        ge=1,
        le=82_800,
        description="Seconds after which what booted ahead and nobody wanted is replaced.",
    )
    warm_min_free_memory: int = Field(
        default=1024,
        ge=0,
        le=MAX_MEMORY,
        description="MB that must be available before anything boots ahead.",
    )
