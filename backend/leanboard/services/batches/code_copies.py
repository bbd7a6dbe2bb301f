"""Copies of strategies as they are at one moment, named after their content."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from leanboard.errors import InvalidInput, NotFound
from leanboard.models.code import CodeDigest
from leanboard.services.strategy_service import StrategyService

DIGITS = 12


@dataclass(frozen=True, slots=True)
class Copies:
    """Copies of some strategies.

    Attributes:
        keys: Strategy's name to the key of its code: the name, and the beginning of its digest.
        digests: Strategy's name to what its copy holds.
        snapshots: By key: copies the code into the folder it is given; blocks.
    """

    keys: Mapping[str, str]
    digests: Mapping[str, CodeDigest]
    snapshots: Mapping[str, Callable[[Path], None]]


class CodeCopies:
    """Takes copies.

    Args:
        strategies: What there is.
    """

    def __init__(self, strategies: StrategyService) -> None:
        self._strategies = strategies

    @asynccontextmanager
    async def taken(self, names: Iterable[str]) -> AsyncIterator[Copies]:
        """Copy strategies into a folder that is there while the block lasts.

        Raises:
            InvalidInput: A strategy is gone, broken or too large.
        """
        folder = Path(await self._strategies.in_thread(partial(tempfile.mkdtemp, prefix="leanboard-batch-")))
        try:
            yield await self._all(folder, dict.fromkeys(names))
        finally:
            await self._strategies.in_thread(partial(shutil.rmtree, folder, ignore_errors=True))

    async def _all(self, folder: Path, names: Iterable[str]) -> Copies:
        keys: dict[str, str] = {}
        digests: dict[str, CodeDigest] = {}
        snapshots: dict[str, Callable[[Path], None]] = {}
        for name in names:
            try:
                taken = await self._strategies.take(name, folder / name)
            except NotFound as error:  # it was there a moment ago
                raise InvalidInput(error.detail) from error
            digests[name] = taken.digest
            keys[name] = f"{name}-{taken.digest.sha256[:DIGITS]}"
            snapshots[keys[name]] = partial(_copy, folder / name)
        return Copies(keys, digests, snapshots)


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
