"""The code of a batch's runs: the copy that was taken when it was accepted."""

import shutil
from functools import partial
from pathlib import Path

from leanboard.errors import NotFound
from leanboard.models.code import CodeDigest
from leanboard.models.run import BatchId, EngineName
from leanboard.services.backtest_manager import ReadyToRun, no_code
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.storage.code_digests import CodeDigests
from leanboard.strategies.folder_scan import MAIN_NAME


class BatchCode:
    """Makes runs ready from stored code.

    Args:
        storage: Has the copies.
    """

    def __init__(self, storage: BacktestStorage) -> None:
        self._storage = storage
        self._digests = CodeDigests()

    async def digest(self, batch_id: BatchId, code_key: str) -> CodeDigest | None:
        """Say what a copy holds; None where nobody can."""
        folder = self._storage.batches.code(batch_id, code_key)
        return await self._storage.in_thread(self._digests.of, folder)

    async def ready(self, batch_id: BatchId, code_key: str, engine: EngineName) -> ReadyToRun:
        """Return what a run needs beside its request.

        Args:
            batch_id: Of the batch.
            code_key: Of the item's code; empty for a recording, which brings its own.
            engine: Executes it.

        Raises:
            NotFound: The copy is gone.
        """
        if not code_key:
            return ReadyToRun(engine, no_code)
        folder = self._storage.batches.code(batch_id, code_key)
        is_python = await self._storage.in_thread(_is_python, folder)
        return ReadyToRun(engine, partial(self._copy, folder), waits_in_guest=is_python)

    def _copy(self, folder: Path, target: Path) -> CodeDigest | None:
        digest = self._digests.of(folder)
        shutil.copytree(folder, target, symlinks=True, dirs_exist_ok=True)
        return digest


def _is_python(folder: Path) -> bool:
    if not folder.is_dir():
        msg = (
            f"the batch's copy of the code, {folder.name}, is gone: run the item again, with the strategy as it is now"
        )
        raise NotFound(msg)
    return (folder / MAIN_NAME).exists()
