"""Connections to a SQLite file, which can be written to or only be read."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

BUSY_SECONDS = 30


def can_write(path: Path) -> bool:
    """Whether a SQLite file can be written to, or made.

    That takes its folder, too: SQLite keeps its log beside the file.
    """
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return False
    return os.access(path, os.W_OK) or not os.access(path, os.F_OK)


def open_sqlite(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode, for any thread; to be read only where no more is allowed.

    Raises:
        sqlite3.OperationalError: It cannot be opened.
    """
    if not can_write(path):
        return _to_read(path)
    connection = _connect(str(path))
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except BaseException:
        connection.close()
        raise
    # Deleted text must not stay behind in free pages.
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def _to_read(path: Path) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode=ro"
    connection = _connect(address, uri=True)
    try:
        connection.execute("PRAGMA user_version")
    except sqlite3.OperationalError:
        connection.close()
        log = path.with_name(f"{path.name}-wal")
        if not os.access(path, os.R_OK) or (log.exists() and log.stat().st_size):
            raise
    else:
        return connection
    # Even to read, SQLite wants files beside one that has a write-ahead log, and may not make
    # them. No log is there, so nobody has the file open to write: it is read as one that stays as
    # it is. Who is allowed to write and begins while this process reads may upset it, no more.
    return _connect(f"{address}&immutable=1", uri=True)


def _connect(address: str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(
        address, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=uri
    )
