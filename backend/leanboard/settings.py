"""Every setting, from ``LEANBOARD_*`` environment variables; docs/reference/settings.md is tested against it."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from leanboard.models.notifications import NotifyOn
from leanboard.models.requests import MAX_CPUS, MAX_IMAGE, MAX_MEMORY, MIN_CPUS, MIN_MEMORY, EngineChoice

SEPARATORS = {
    "strategies": ":",
    "allowed_hosts": ",",
    "allowed_origins": ",",
    "allowed_images": ",",
    "notify_on": ",",
}
MAX_NOTIFY = 20  # URLs; each has a thread
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MIN_KEY_LENGTH = 16


class DockerFiles(StrEnum):
    """How files reach LEAN's containers."""

    AUTO = "auto"
    MOUNT = "mount"
    COPY = "copy"


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _check_notify(value: SecretStr) -> SecretStr:
    urls = value.get_secret_value().split()
    if len(urls) > MAX_NOTIFY:
        msg = f"{len(urls)} URLs are too many: {MAX_NOTIFY} at most"
        raise ValueError(msg)
    for number, url in enumerate(urls, 1):
        if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://\S", url):  # the text must not show the URL
            msg = f"URL {number} does not begin as Apprise's do: 'schema://...'; several are separated by blanks"
            raise ValueError(msg)
    return value


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]


class Settings(BaseSettings):
    """Where things are, what is allowed, and how much."""

    model_config = SettingsConfigDict(
        env_prefix="LEANBOARD_",
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,  # some are secrets
    )

    home: AbsolutePath = Field(
        default=Path("var"),
        description="All state lives here: results, index, slots, demonstration data. One service at a time.",
    )
    database: SecretStr | None = Field(
        default=None,
        description="PostgreSQL for the index: postgresql://USER:PASSWORD@HOST/NAME; needs the extra 'postgresql'. If "
        "unset: a file in home.",
    )
    strategies: Annotated[tuple[AbsolutePath, ...], NoDecode] = Field(
        default=(Path("lean_strategies"),),
        description="Folders with strategies, separated by ':'. Single files and lean-cli projects.",
    )
    data: AbsolutePath | None = Field(
        default=None,
        description="LEAN data folder. If unset: ../shared/lean-data when there, else demonstration data.",
    )
    recordings: AbsolutePath | None = Field(
        default=None,
        description="Folder of recorded LEAN runs; switches the replay engine on.",
    )
    replay_speed: float = Field(
        default=1.0,
        gt=0,
        description="How many times faster than recorded the replay engine plays.",
    )

    host: str = Field(default="127.0.0.1", description="Address to listen on. Others than loopback need api_key.")
    port: int = Field(default=8700, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    api_key: SecretStr | None = Field(
        default=None,
        description="Asked for as 'Authorization: Bearer KEY' everywhere, WebSocket included; 16 characters or more.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Further names under which the service may be addressed (Host header), separated by ','.",
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Further origins whose pages may open the WebSocket or change state, separated by ','.",
    )

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
    max_running: int = Field(
        default=2,
        ge=1,
        le=256,
        description="Runs at the same time; the others wait. A change by `PATCH queue` or `leanboard queue limit` "
        "lasts until the service restarts.",
    )
    max_queued: int = Field(default=1000, ge=1, le=100_000, description="Waiting runs; more are refused with 503.")
    max_batch: int = Field(default=5000, ge=1, le=100_000, description="Runs that one batch may have.")
    timeout: float = Field(
        default=3600.0,
        ge=1,
        le=604800,
        description="Wall-clock limit of a run in seconds, where the request names none.",
    )
    cancel_grace: float = Field(
        default=60.0,
        ge=0.1,
        le=600,
        description="Seconds between asking LEAN to end (SIGINT) and ending it (SIGKILL).",
    )
    boot_timeout: float = Field(
        default=180.0,
        ge=1,
        le=3600,
        description="Seconds until a sandbox must have shown its first sign of life.",
    )
    memory: int = Field(default=2048, ge=MIN_MEMORY, le=MAX_MEMORY, description="Memory limit of a run in MB.")
    max_memory: int | None = Field(
        default=None,
        ge=MIN_MEMORY,
        le=MAX_MEMORY,
        description="MB that a request may ask for at most. If unset: the memory of this machine.",
    )
    max_cpus: float | None = Field(
        default=None,
        ge=MIN_CPUS,
        le=MAX_CPUS,
        description="Cores that a request may ask for at most. If unset: those of this machine.",
    )
    cpu_seconds: float | None = Field(
        default=None,
        ge=1,
        description="CPU-time limit of a run in seconds; unset for none. Embedded engine.",
    )
    stall_after: float = Field(
        default=180.0,
        ge=1,
        description="Seconds without any sign of life after which a run is shown as stalled.",
    )
    restart_attempts: int = Field(
        default=1,
        ge=0,
        le=10,
        description="How often an interrupted run is started again from its snapshot after the service died.",
    )
    batch_tries: int = Field(
        default=3,
        ge=1,
        le=100,
        description="How often an item of a batch is tried when its engine or the disk fails it; what its strategy "
        "does wrong is never tried again.",
    )
    batch_retry_pause: float = Field(
        default=10.0,
        ge=0.1,
        le=3600,
        description="Seconds before the second try of an item; twice as long before each further one, 10 minutes at "
        "most.",
    )
    min_free_disk: int = Field(
        default=200,
        ge=0,
        description="MB that must be free under home; below it no run is started, and the queue waits.",
    )
    max_output: int = Field(default=4096, ge=1, description="MB that one run may write before it is ended.")
    trash_days: float = Field(
        default=30.0,
        ge=0,
        le=36_500,
        description="Days that a deleted result can be restored; 0 deletes at once.",
    )
    keep_days: float | None = Field(
        default=None,
        gt=0,
        le=36_500,
        description="Days after which a result goes to the trash, unless it is starred; unset for never.",
    )
    keep_runs: int | None = Field(
        default=None,
        ge=1,
        le=10_000_000,
        description="Results that are kept; the oldest that are not starred go to the trash. Unset for all.",
    )
    keep_size: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000_000,
        description="MB that results may have together; the oldest that are not starred go to the trash. Unset for "
        "any.",
    )
    poll_interval: float = Field(
        default=0.025,
        ge=0.005,
        le=1,
        description="Seconds between two looks at a run's files; bounds the delay of live events.",
    )
    stream_ring: int = Field(
        default=2000,
        ge=16,
        le=100_000,
        description="Events held per run for clients that come back with ?since=.",
    )
    max_streams: int = Field(default=200, ge=1, le=10_000, description="WebSocket connections at the same time.")
    send_timeout: float = Field(
        default=10.0,
        gt=0,
        le=60,
        description="Seconds a WebSocket client may take for one message before it loses its connection.",
    )
    result_cache: int = Field(
        default=96,
        ge=0,
        le=65_536,
        description="MB of memory for results that were read lately: two thirds parsed, one third as they were sent.",
    )
    max_body: int = Field(default=1024, ge=1, le=51200, description="KB of a request's body.")
    notify: Annotated[SecretStr, AfterValidator(_check_notify)] | None = Field(
        default=None,
        description="Where the operator is told, as URLs of Apprise, separated by blanks: 'mailto://...', "
        "'tgram://...' and so on. Secrets, never logged or shown.",
    )
    notify_on: Annotated[tuple[NotifyOn, ...], NoDecode] = Field(
        default=tuple(NotifyOn),
        description="What the operator is told of, separated by ','.",
    )
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$", description="The service's own log.")

    @property
    def notify_urls(self) -> tuple[str, ...]:
        """Apprise's URLs, one by one: secrets."""
        return () if self.notify is None else tuple(self.notify.get_secret_value().split())

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: dict[str, object]) -> dict[str, object]:
        for field, separator in SEPARATORS.items():
            raw = values.get(field)
            if isinstance(raw, str):
                values[field] = tuple(part.strip() for part in raw.split(separator) if part.strip())
        return values

    @model_validator(mode="after")
    def _defaults_within_bounds(self) -> Self:
        for default, most in (("memory", "max_memory"), ("docker_cpus", "max_cpus")):
            value, bound = getattr(self, default), getattr(self, most)
            if value is not None and bound is not None and value > bound:
                msg = f"LEANBOARD_{most.upper()}={bound:g} is below LEANBOARD_{default.upper()}={value:g}"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _warm_images_allowed(self) -> Self:
        for image in self.warm_images:
            if image not in self.allowed_images:
                msg = (
                    f"LEANBOARD_WARM_IMAGES names {image!r}, which no run may use: add it to LEANBOARD_ALLOWED_IMAGES "
                    f"(LEANBOARD_WARM_DOCKER is for {self.image})"
                )
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _guarded_bind(self) -> Self:
        key = self.api_key.get_secret_value() if self.api_key else ""
        if self.api_key is not None and len(key) < MIN_KEY_LENGTH:
            msg = f"LEANBOARD_API_KEY is too short: {MIN_KEY_LENGTH} characters or more (`openssl rand -hex 24`)"
            raise ValueError(msg)
        if self.host not in LOOPBACK and self.api_key is None:
            msg = (
                f"refusing to listen on {self.host} without an API key: everybody who reaches the port could run code. "
                "Set LEANBOARD_API_KEY, or keep LEANBOARD_HOST=127.0.0.1 and use an SSH tunnel"
            )
            raise ValueError(msg)
        return self
