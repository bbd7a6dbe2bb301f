"""What an engine does not support of a strategy."""

from pydantic import Field

from leanboard.models.base import Frozen


class UnsupportedUse(Frozen):
    """One use of something that an engine does not have.

    Attributes:
        name: As the strategy writes it, such as ``add_option``.
        line: In the strategy's file, from 1.
        message: For people; says what to do.
    """

    name: str
    line: int = Field(ge=0)
    message: str
    file: str = ""
