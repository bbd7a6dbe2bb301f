"""Files of one finished run as they lie: listed, opened, packed. What is no regular file is not there."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from leanboard.errors import NotFound
from leanboard.models.analytics import FileListResponse, LogResponse
from leanboard.models.analytics_queries import LogQuery
from leanboard.models.results import ResultFile
from leanboard.services.analytics.archive import archive
from leanboard.services.analytics.log_pages import read_log
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.storage.layout import MANIFEST
from leanboard.storage.manifest import MAX_BYTES, manifest_of
from leanboard.storage.safe_files import FoundFile, list_files, open_file, read_file


class RunFiles:
    """Serves what lies in run directories.

    Args:
        storage: Knows them.
    """

    def __init__(self, storage: BacktestStorage) -> None:
        self._storage = storage

    async def page(self, timestamp: str, page: int, page_size: int) -> FileListResponse:
        """List files, with the digests that were taken when the run was settled.

        Raises:
            NotFound: There is no such run.
        """
        directory = await self._storage.directory(timestamp)
        return await self._storage.in_thread(_page, directory, page, page_size)

    async def opened(self, timestamp: str, path: str) -> BinaryIO:
        """Open one for reading; the caller closes it.

        Raises:
            NotFound: There is no such run, or no such regular file in its directory.
        """
        directory = await self._storage.directory(timestamp)
        return await self._storage.in_thread(open_file, directory, path)

    async def archive(self, timestamp: str) -> Iterator[bytes]:
        """Return what makes the zip, piece by piece; each piece is blocking work.

        Raises:
            NotFound: There is no such run.
        """
        return archive(await self._storage.directory(timestamp), timestamp)

    async def log(self, timestamp: str, query: LogQuery) -> LogResponse:
        """Return a part of a log.

        Raises:
            NotFound: There is no such run, or it has no such log.
        """
        directory = await self._storage.directory(timestamp)
        return await self._storage.in_thread(read_log, directory, query)


def _page(directory: Path, page: int, page_size: int) -> FileListResponse:
    listing = list_files(directory)
    digests = _digests(directory)
    window = listing.files[(page - 1) * page_size : page * page_size]
    return FileListResponse(
        items=tuple(_file(found, digests) for found in window),
        total=len(listing.files),
        page=page,
        page_size=page_size,
        notes=listing.notes,
    )


def _digests(directory: Path) -> dict[tuple[str, int], str]:
    """Path and size to digest; a file of another size has changed since."""
    try:
        manifest = manifest_of(read_file(directory, MANIFEST, MAX_BYTES))
    except (NotFound, OSError, ValueError):
        return {}
    return {(file.path, file.size): file.sha256 for file in manifest.files}


def _file(found: FoundFile, digests: dict[tuple[str, int], str]) -> ResultFile:
    return ResultFile(path=found.path, size=found.size, sha256=digests.get((found.path, found.size), ""))
