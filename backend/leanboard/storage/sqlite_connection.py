"""A connection to SQLite that asks its thread once a statement.

aiosqlite keeps a thread per connection and goes there for every call: a cursor made, a statement run, its rows fetched,
the cursor closed. With a dozen statements a run that is more work than the statements themselves. A transaction begins
with its first statement, on the same way to the thread, and one that has only read ends without going there.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Self

import aiosqlite

ITER_CHUNK = 64  # aiosqlite's own
BEGIN = "BEGIN"  # of what only reads
BEGIN_IMMEDIATE = "BEGIN IMMEDIATE"


class OneCallCursor:
    """As much of a cursor as SQLAlchemy uses: everything is there when the statement has run.

    Args:
        connection: Runs the statements.
    """

    arraysize = 1

    def __init__(self, connection: "OneCallConnection") -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, operation: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement and fetch all of its rows; a transaction begins with the statement that comes next."""
        if operation in {BEGIN, BEGIN_IMMEDIATE}:
            self._connection.wanted = operation
            return
        await self._connection.in_thread(self._run, self._connection.begun(), "execute", operation, parameters)

    async def executemany(self, operation: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Run a statement with each of several parameters."""
        await self._connection.in_thread(self._run, self._connection.begun(), "executemany", operation, parameters)

    async def fetchall(self) -> Sequence[Any]:
        """Return the rows."""
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        """Forget the rows; the thread's own cursor is closed already."""
        self._rows = ()

    def _run(self, connection: sqlite3.Connection, begin: str, how: str, operation: str, parameters: Any) -> None:  # noqa: ANN401
        cursor = connection.cursor()
        try:
            if begin:
                cursor.execute(begin)
            getattr(cursor, how)(operation, parameters)
            self._rows = cursor.fetchall() if cursor.description else ()  # a rowcount with RETURNING needs them fetched
            self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()


class OneCallConnection(aiosqlite.Connection):
    """aiosqlite's connection with such cursors.

    Attributes:
        wanted: The transaction that begins with the next statement; empty for none.
    """

    wanted = ""
    _open = ""  # what the thread was told to begin; it may not have come to that yet, if the statement was cancelled

    def cursor(self) -> OneCallCursor:  # type: ignore[override]  # its own is a coroutine, entered all the same
        """Return a cursor, which costs nothing yet."""
        return OneCallCursor(self)

    def begun(self) -> str:
        """Return what the thread has to begin with the statement that it gets now; empty for nothing."""
        begin, self.wanted = self.wanted, ""
        self._open = begin or self._open
        return begin

    async def rollback(self) -> None:
        """End a transaction, where there is one."""
        if self._ended() or self.in_transaction:
            await super().rollback()

    async def commit(self) -> None:
        """Make a transaction durable, where there is one."""
        if self._ended() == BEGIN and self.in_transaction:
            self._conn.commit()
        elif self.in_transaction:
            await super().commit()

    def _ended(self) -> str:
        ended, self._open, self.wanted = self._open, "", ""
        return ended

    async def in_thread(self, work: Any, *arguments: object) -> None:  # noqa: ANN401
        """Let the thread do something with SQLite's own connection."""
        await self._execute(work, self._conn, *arguments)  # type: ignore[no-untyped-call]  # aiosqlite's own


async def connect(path: str) -> OneCallConnection:
    """Open a database file; asked from other threads than its own is only what takes no time."""
    connection = OneCallConnection(partial(sqlite3.connect, path, check_same_thread=False), ITER_CHUNK)
    await connection
    return connection
