"""Every setting, from ``LEANBOARD_*`` environment variables; docs/reference/settings.md is tested against it."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from leanboard.engine_settings import EngineSettings
from leanboard.models.notifications import NotifyOn
from leanboard.models.requests import MAX_CPUS, MAX_MEMORY, MIN_CPUS, MIN_MEMORY
from leanboard.place_settings import PlaceSettings

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


class Settings(EngineSettings, PlaceSettings):  # fields come in the order of the bases, the last one's first
    """Where things are, what is allowed, and how much."""

    model_config = SettingsConfigDict(
        env_prefix="LEANBOARD_",
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,  # some are secrets
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
