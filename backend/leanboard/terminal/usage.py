"""What is wrong with a command's options and arguments, as the rest of the command line says it."""

from typing import Any

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from leanboard.models.wrong_values import message_of


class PlainUsage(TyperGroup):
    """The group of all commands; what typer's own types refuse is told without pydantic's words."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  # typer's own context and result
        """Run the command that is named; its options are read here."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            if isinstance(error.__cause__, ValidationError):
                error.message = message_of(error.__cause__.errors()[0])
            raise
