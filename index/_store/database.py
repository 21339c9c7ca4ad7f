"""One SQLite file: connections, transactions, and what makes deleted text leave the disk."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index._errors import ArchiveError
from index._faults import is_full, no_room
from index._store.connection import can_write, open_sqlite
from index._store.schema import migrate

# SQLite's default limit on bound variables in older builds.
MAX_VARIABLES = 900


class _Handle:
    """A thread's connection, closed when the thread is gone and nobody holds it any more."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


class Database:
    """One SQLite file. Safe to use from several threads: each gets its own connection.

    Attributes:
        writable: Whether it can be changed; else it is only read.
    """

    def __init__(self, path: Path) -> None:
        """Open ``path``, creating it when absent and migrating it when it is old.

        Raises:
            ArchiveError: It is not a database of ours, or a newer version wrote it.
        """
        self._path = path
        self.writable = can_write(path)
        self._local = threading.local()
        self._handles: weakref.WeakSet[_Handle] = weakref.WeakSet()
        self._guard = threading.Lock()
        try:
            migrate(self._connection, str(path))
        except sqlite3.OperationalError as error:
            self.close()
            if is_full(error, path.parent):
                raise no_room(path.parent) from error
            raise ArchiveError(
                f"{path} cannot be opened as an archive: {error}.",
                "Check that its folder can be written to, or name another in PULLQUOTE_HOME.",
            ) from error
        except sqlite3.DatabaseError as error:
            self.close()
            raise ArchiveError(
                f"{path} cannot be opened as an archive: {error}.",
                "Move the file away and sync again, or name another folder in PULLQUOTE_HOME.",
            ) from error
        except BaseException:
            self.close()
            raise

    @property
    def _connection(self) -> sqlite3.Connection:
        handle: _Handle | None = getattr(self._local, "handle", None)
        if handle is None:
            connection = open_sqlite(self._path)
            handle = _Handle(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            # Text must not stay behind in files elsewhere.
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("PRAGMA synchronous = NORMAL")
            self._local.handle = handle
            with self._guard:
                self._handles.add(handle)
        return handle.connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: everything or nothing."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            # A full disk makes SQLite roll back by itself.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Several reads that see one state, so that offsets fit the text they point into."""
        connection = self._connection
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._guard:
            for handle in list(self._handles):
                handle.connection.close()
            self._handles.clear()
        self._local = threading.local()

    def checkpoint(self) -> bool:
        """Fold the write-ahead log into the file, so that deleted text is gone from both.

        Returns False when somebody who reads keeps it from being done for so long as one waits;
        the next one does it.
        """
        row = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return bool(row[0] == 0)


def marks(values: Sequence[Any]) -> str:
    """A question mark for each value, for ``IN (...)``."""
    return ",".join("?" * len(values))


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The values in lists short enough to be bound to one statement."""
    values = list(values)
    for first in range(0, len(values), MAX_VARIABLES):
        yield values[first : first + MAX_VARIABLES]
