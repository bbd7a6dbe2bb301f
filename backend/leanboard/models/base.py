"""What all models share."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value; changed copies are made with :meth:`evolve`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def evolve(self, **changes: Any) -> Self:  # noqa: ANN401  # the fields' types are checked by validation
        """Return a validated copy with some fields changed."""
        return type(self).model_validate({**dict(self), **changes})


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        msg = "the time needs a zone, such as 2026-01-31T12:00:00Z"
        raise ValueError(msg)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        msg = "the time lies before the year 1 or after 9999 in UTC"
        raise ValueError(msg) from error


UtcDatetime = Annotated[datetime, AfterValidator(_aware)]
"""An aware time, kept in UTC."""
