"""A group of commands that does the obvious when no command is named."""

from typing import Any

from typer.core import TyperGroup

_HELP = frozenset({"-h", "--help"})


class DefaultGroup(TyperGroup):
    """Options without a command go to ``list``: ``leanboard results --status failed``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # typer's own context
        """Put ``list`` in front where no command stands."""
        if not args or (args[0].startswith("-") and args[0] not in _HELP):
            args = ["list", *args]
        return super().parse_args(ctx, args)
