"""A group of commands that does the obvious when no command is named."""

from typing import Any, ClassVar

from typer.core import TyperGroup

_HELP = frozenset({"-h", "--help"})


class DefaultGroup(TyperGroup):
    """Options without a command go to the default one: ``leanboard results --status failed``.

    Attributes:
        default: Its name.
    """

    default: ClassVar[str] = "list"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # typer's own context
        """Put the default in front where no command stands."""
        if not args or (args[0].startswith("-") and args[0] not in _HELP):
            args = [self.default, *args]
        return super().parse_args(ctx, args)
