"""Lists as pythonnet shows .NET's."""

from typing import Any


class NetList(list[Any]):
    """A list whose ``count`` is its length."""

    __slots__ = ()

    @property
    def count(self) -> int:  # type: ignore[override]  # .NET's Count
        """Number of items."""
        return len(self)

    @property
    def Count(self) -> int:  # noqa: N802 - LEAN's name
        """Number of items."""
        return len(self)
