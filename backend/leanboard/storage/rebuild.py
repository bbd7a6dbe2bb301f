"""The index against the disk: opened, made anew when it is lost, and compared with the run directories at start."""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, insert, select

from leanboard.errors import ConfigurationError, Conflict, StorageError
from leanboard.storage.database import Database, sqlite_url
from leanboard.storage.durable_files import disk_errors, sync_directory
from leanboard.storage.layout import HomeLayout
from leanboard.storage.manifest import RunManifest
from leanboard.storage.queries import CommittedResult, KnownRun, ProblemKind, StorageProblem
from leanboard.storage.run_directory import RunDirectories
from leanboard.storage.run_index import RunIndex
from leanboard.storage.stored_results import StoredResult, read_stored
from leanboard.storage.tables import OWNER
from leanboard.storage.trash import Trash, TrashEntry

_COMPANIONS = ("", "-wal", "-shm")
_BATCH = 500
_DAMAGED = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})

Report = Callable[[StorageProblem], None]


def damage_of(path: Path) -> str | None:
    """Say what is wrong with a database file; None when nothing is. Blocking.

    Raises:
        StorageError: It cannot be opened at all, which is the disk's fault and not the file's.
    """
    try:
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True)
    except sqlite3.OperationalError as error:
        msg = f"index.db cannot be opened: {error}. Check owner and permissions of LEANBOARD_HOME."
        raise StorageError(msg) from error
    try:
        return _damage(connection)
    except sqlite3.DatabaseError as error:
        # The low byte is the error, the rest its kind.
        if error.sqlite_errorcode & 0xFF in _DAMAGED:
            return str(error)
        msg = f"index.db cannot be read: {error}. Check owner and permissions of LEANBOARD_HOME."
        raise StorageError(msg) from error
    finally:
        connection.close()


def _damage(connection: sqlite3.Connection) -> str | None:
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        return str(verdict)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return None if {"run", "alembic_version"} <= tables else "its tables are missing"


async def open_index(
    layout: HomeLayout, directories: RunDirectories, trash: Trash, executor: Executor, report: Report
) -> Database:
    """Open the index; if it is missing or damaged, make it anew from the run directories first.

    The new one is filled under another name and then renamed, so a start that is killed in between starts over. The
    damaged one is kept as ``index.db.corrupt-<n>``.

    Raises:
        ConfigurationError: It is from a newer version.
        StorageError: Disk or database refused.
    """
    loop = asyncio.get_running_loop()
    damage = "it is missing"
    if layout.database.exists():
        found = await loop.run_in_executor(executor, damage_of, layout.database)
        if found is None:
            return await _opened(sqlite_url(layout.database))
        damage = found
    elif not directories.names() and not trash.entries():
        return await _opened(sqlite_url(layout.database))  # a new home
    fresh = layout.database.with_name("index.db.new")
    await loop.run_in_executor(executor, _remove, fresh)
    database = await _opened(sqlite_url(fresh))
    try:
        await import_results(RunIndex(database), directories, trash, executor, report)
    finally:
        await database.close()
    kept = await loop.run_in_executor(executor, _replace, layout.database, fresh)
    detail = f"index.db was unusable ({damage}) and was made anew from the run directories"
    report(StorageProblem(ProblemKind.INDEX_LOST, "index.db", f"{detail}; the old file is {kept}" if kept else detail))
    return await _opened(sqlite_url(layout.database))


async def open_server(url: URL, installation: str) -> Database:
    """Open the index on a database server; runs that it does not know are taken over when runs are put in order.

    Args:
        url: Of the database, which may be empty.
        installation: Whose runs these are.

    Raises:
        ConfigurationError: It holds another installation's runs, or is from a newer version.
        StorageError: The server refused.
    """
    database = await _opened(url)
    try:
        await _claim(database, installation)
    except BaseException:
        await database.close()
        raise
    return database


async def _claim(database: Database, installation: str) -> None:
    async with database.write() as connection:
        owner = (await connection.execute(select(OWNER.c.installation))).scalars().first()
        if owner is None:
            await connection.execute(insert(OWNER).values(installation=installation))
        elif owner != installation:
            msg = (
                f"the database that LEANBOARD_DATABASE names holds the index of another installation ({owner}; this "
                f"home is {installation}): name one of its own"
            )
            raise ConfigurationError(msg)


async def _opened(url: URL) -> Database:
    database = Database(url)
    try:
        await database.open()
    except BaseException:
        await database.close()
        raise
    return database


def _remove(path: Path) -> None:
    with disk_errors("rebuilding the index"):
        for suffix in _COMPANIONS:
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def _replace(old: Path, new: Path) -> str:
    """Move the damaged index and its companions aside and the new one in place; returns the old one's new name."""
    with disk_errors("rebuilding the index"):
        number = 1
        while any(old.with_name(f"{old.name}.corrupt-{number}{suffix}").exists() for suffix in _COMPANIONS):
            number += 1
        kept = ""
        # The companions first: a write-ahead log beside a database that it does not belong to would be applied to it.
        for suffix in reversed(_COMPANIONS):
            source = old.with_name(old.name + suffix)
            if source.exists():
                kept = f"{old.name}.corrupt-{number}"
                source.rename(old.with_name(kept + suffix))
        handle = os.open(new, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        new.rename(old)
        sync_directory(old.parent)
    return kept


@dataclass(slots=True)
class Comparison:
    """What a comparison of ``results/`` with the rows found.

    Attributes:
        unsettled: Manifests under ``results/`` of runs whose rows have not ended.
    """

    unsettled: list[RunManifest] = field(default_factory=list)


async def import_results(
    index: RunIndex, directories: RunDirectories, trash: Trash, executor: Executor, report: Report
) -> Comparison:
    """Take over every run directory that the index does not know, also from the trash; report what does not fit.

    Raises:
        StorageError: Disk or database refused.
    """
    loop = asyncio.get_running_loop()
    rows = await index.known()
    names = await loop.run_in_executor(executor, directories.names)
    entries = await loop.run_in_executor(executor, trash.entries)
    for row in rows:
        if row.committed and row.timestamp not in names and row.timestamp not in entries:
            report(_vanished(row))
    known = {row.timestamp for row in rows if row.committed}
    unknown = iter(sorted(names - known))
    comparison = Comparison()
    book = _Book(rows, report, comparison)
    while batch := tuple(islice(unknown, _BATCH)):
        found = await loop.run_in_executor(executor, directories.all_stored, batch)
        await _adopt(index, tuple(book.new_ones(found)), report)
    deleted = [entries[name] for name in sorted(entries.keys() - known - names)]
    found = await loop.run_in_executor(executor, _read_all, deleted)
    await _adopt(index, tuple(book.new_ones(found)), report)
    return comparison


def _read_all(entries: list[TrashEntry]) -> tuple[StoredResult | StorageProblem, ...]:
    return tuple(read_stored(entry.directory, entry.timestamp, entry.trashed_at) for entry in entries)


def _vanished(row: KnownRun) -> StorageProblem:
    detail = "the index lists it, but the directory is gone: put it back, or delete the result"
    return StorageProblem(ProblemKind.VANISHED, f"results/{row.timestamp}", detail)


class _Book:
    """Sorts manifests: new ones, those of runs that have not ended, and those that cannot be right."""

    def __init__(self, rows: tuple[KnownRun, ...], report: Report, comparison: Comparison) -> None:
        self._by_id = {row.id: row for row in rows}
        self._reserved = {row.timestamp: row.id for row in rows}
        self._report = report
        self._comparison = comparison

    def new_ones(self, found: tuple[StoredResult | StorageProblem, ...]) -> Iterator[CommittedResult]:
        for stored in found:
            if isinstance(stored, StorageProblem):
                self._report(stored)
                continue
            manifest = stored.manifest
            row = self._by_id.get(manifest.run.id)
            if row is not None and not row.committed and row.status in {"pending", "running"}:
                self._comparison.unsettled.append(manifest)
            elif row is not None:
                self._quarantine(manifest, f"its run is in the index already, as {row.timestamp}: remove one of them")
            elif manifest.run.timestamp in self._reserved:
                self._quarantine(manifest, "its name is reserved for another run: give it another one in run.json, too")
            else:
                run = manifest.run
                self._by_id[run.id] = KnownRun(run.id, run.timestamp, run.status.value, committed=True)
                if stored.problem is not None:
                    self._report(stored.problem)
                yield stored.committed

    def _quarantine(self, manifest: RunManifest, detail: str) -> None:
        self._report(StorageProblem(ProblemKind.QUARANTINED, f"results/{manifest.run.timestamp}", detail))


async def _adopt(index: RunIndex, results: tuple[CommittedResult, ...], report: Report) -> None:
    try:
        if results:
            await index.adopt(results)
    except (Conflict, OverflowError):
        if len(results) > 1:  # one of them spoils it for all: find out which
            for result in results:
                await _adopt(index, (result,), report)
            return
        detail = "the index does not take it: its id or name is taken, or it holds a number out of range"
        report(StorageProblem(ProblemKind.QUARANTINED, f"results/{results[0].run.timestamp}", detail))
