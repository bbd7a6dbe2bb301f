"""What lies beside a run's files: run.json of a finished run, and its forerunners in the work directory."""

import json
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from leanboard.models.base import Frozen
from leanboard.models.results import BacktestStatistics, DataProvenance, ResultFile, Versions
from leanboard.models.run import Applied, BacktestRunInfo, Outcome
from leanboard.models.wrong_values import first_problem
from leanboard.storage.safe_files import relative_parts
from leanboard.storage.stored_request import StoredRequest

SCHEMA_VERSION = 1
MAX_BYTES = 16 * 1024 * 1024
_MAX_ATTEMPT = 1_000_000


class AcceptedRun(Frozen):
    """request.json in the work directory: enough to make the row again."""

    schema_version: int = Field(default=SCHEMA_VERSION, ge=1, le=SCHEMA_VERSION)
    run: BacktestRunInfo
    request: StoredRequest


class Settlement(Frozen):
    """settlement.json in the work directory: how the run ended, durable before anything is moved.

    A run with a settlement is never executed again; what is left to do is moving files.

    Attributes:
        run: In its final state.
    """

    schema_version: int = Field(default=SCHEMA_VERSION, ge=1, le=SCHEMA_VERSION)
    run: BacktestRunInfo
    request: StoredRequest
    outcome: Outcome
    applied: Applied
    data: DataProvenance


def _inside(file: ResultFile) -> ResultFile:
    relative_parts(file.path)
    return file


class RunManifest(Frozen):
    """run.json: everything the index holds about a finished run, so that the index can be made again.

    Attributes:
        schema_version: Of this file; a reader refuses what is newer than itself.
        files: Size and SHA-256 of every regular file beside run.json; '' for files too large to be read whole.
        notes: What the list of files leaves out.
    """

    schema_version: int = Field(default=SCHEMA_VERSION, ge=1)
    run: BacktestRunInfo
    request: StoredRequest
    applied: Applied
    outcome: Outcome
    statistics: BacktestStatistics
    data: DataProvenance
    versions: Versions
    files: tuple[Annotated[ResultFile, AfterValidator(_inside)], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all listed files."""
        return sum(file.size for file in self.files)

    @model_validator(mode="after")
    def _is_finished(self) -> Self:
        if not self.run.status.is_terminal or self.run.status is not self.outcome.status:
            msg = f"a finished run cannot be {self.run.status.value} with the outcome {self.outcome.status.value}"
            raise ValueError(msg)
        if self.run.attempt > _MAX_ATTEMPT:
            msg = f"attempt {self.run.attempt} is no number of ours"
            raise ValueError(msg)
        return self


class UnbelievableManifest(ValueError):
    """run.json is JSON, but not a manifest that this version can take over."""


def text_of(value: Frozen) -> bytes:
    """Return a manifest or one of its forerunners as it is stored: indented, for people who open it."""
    return value.model_dump_json(indent=1, exclude_defaults=False).encode() + b"\n"


def manifest_of(content: bytes) -> RunManifest:
    """Read run.json.

    Raises:
        UnbelievableManifest: It is JSON, but from a newer version, or says impossible things.
        ValueError: It is not JSON.
    """
    try:
        manifest = RunManifest.model_validate_json(content)
    except ValidationError:
        return _doubted(content)
    return manifest if manifest.schema_version <= SCHEMA_VERSION else _doubted(content)


def _doubted(content: bytes) -> RunManifest:
    """Say what is wrong with a manifest; slower, as ten thousand good ones are read for a bad one."""
    try:
        value = json.loads(content)
    except RecursionError as error:
        msg = "it is nested too deeply"
        raise UnbelievableManifest(msg) from error
    schema = value.get("schema_version") if isinstance(value, dict) else None
    if isinstance(schema, int) and schema > SCHEMA_VERSION:
        msg = f"it was written by a newer Leanboard (schema {schema}, this one reads up to {SCHEMA_VERSION})"
        raise UnbelievableManifest(msg)
    try:
        return RunManifest.model_validate(value)
    except ValidationError as error:
        raise UnbelievableManifest(first_problem(error)) from error
