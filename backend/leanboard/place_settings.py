"""The settings of where things are, and of who may come."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]


class PlaceSettings(BaseSettings):
    """A part of :class:`leanboard.settings.Settings`."""

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
