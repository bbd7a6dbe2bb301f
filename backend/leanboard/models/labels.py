"""What people say about a finished run: its name, a note, tags, a star."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, model_validator

from leanboard.models.base import Frozen
from leanboard.models.requests import Label, Tag
from leanboard.models.run import BacktestRunInfo, RunId

MAX_NOTE = 10_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def _lines(value: str) -> str:
    text = value.replace("\r\n", "\n")
    if _CONTROL.search(text):
        msg = "control characters and direction marks are not allowed; line breaks and tabs are"
        raise ValueError(msg)
    return text.strip()


def _something(value: str) -> str:
    if not value:
        msg = "a name needs a character that can be seen"
        raise ValueError(msg)
    return value


def _once_each(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags))


Note = Annotated[str, Field(max_length=MAX_NOTE), AfterValidator(_lines)]
Name = Annotated[Label, AfterValidator(_something)]
Tags = Annotated[tuple[Tag, ...], Field(max_length=20), AfterValidator(_once_each)]


class ResultChanges(Frozen):
    """New labels of a result; what is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "minProperties": 1,
            "examples": [{"starred": True, "tags": ["keep"], "note": "the best of the sweep"}],
        }
    )

    name: Name = Field(default="", description="For people")
    note: Note = Field(default="", description="Text of several lines; empty for none")
    tags: Tags = Field(default=(), description="All tags that the run has from now on")
    starred: StrictBool = Field(default=False, description="Retention never takes a starred run")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            msg = "nothing to change: give name, note, tags or starred"
            raise ValueError(msg)
        return self


class ResultLabels(Frozen):
    """labels.json in a run directory: what was changed after the run had ended; run.json itself never changes.

    Attributes:
        run_id: Of the run that lies there; a file of another run is not believed.
    """

    schema_version: int = Field(default=1, ge=1, le=1)
    run_id: RunId
    name: Label
    note: Note
    tags: Tags
    starred: StrictBool

    def on(self, run: BacktestRunInfo) -> BacktestRunInfo:
        """Return the run with these labels."""
        return run.evolve(name=self.name, note=self.note, tags=self.tags, starred=self.starred)


def labels_of(run: BacktestRunInfo, changes: ResultChanges) -> ResultLabels:
    """Return a run's labels with some of them changed."""
    present = {"name": run.name, "note": run.note, "tags": run.tags, "starred": run.starred}
    return ResultLabels.model_validate({"run_id": run.id, **present, **changes.model_dump(exclude_unset=True)})
