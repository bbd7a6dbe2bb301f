"""Settings of the docker engine."""

from dataclasses import dataclass, field
from pathlib import Path

from leanboard.engines.docker.images import PullOptions
from leanboard.engines.docker.spec import Profile
from leanboard.engines.requirements_installer import InstallOptions


@dataclass(frozen=True, slots=True)
class DockerOptions:
    """Settings of the engine.

    Attributes:
        instance: Tells this installation's containers from others'.
        image: LEAN's image, where a run names none.
        user: As in the settings: auto, root, or UID:GID.
        profile: How containers are held.
        required: The installation is set to this engine: runs wait for it even if it never was there.
        pulls: How images that are not there are fetched.
        path_mappings: Text of LEANBOARD_DOCKER_PATH_MAPPINGS.
        builds: Where compiled C# projects are kept; without it none are compiled.
        build_network: Docker's name of the network that compilers get; ``none`` for none.
        installs: How requirements.txt is installed; without it none is.
    """

    instance: str
    image: str
    profile: Profile
    user: str = "auto"
    required: bool = False
    pulls: PullOptions = field(default_factory=PullOptions)
    path_mappings: str | None = None
    builds: Path | None = None
    build_network: str = "none"
    installs: InstallOptions | None = None
