"""Tables that grow with the program: the steps from any earlier schema of a file to this one.

A new file goes through all steps, so an old file that was migrated and a new one have the same
tables by construction. A step is never changed once released: what must change comes as a
further step.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from index._errors import ArchiveError


def apply_steps(
    connection: sqlite3.Connection,
    steps: Sequence[str],
    *,
    name: str,
    read: Callable[[sqlite3.Connection], int],
    write: Callable[[sqlite3.Connection, int], None],
) -> None:
    """Bring tables to the schema that all ``steps`` lead to.

    Each step is a transaction of its own that also counts the step: killed at any moment, a file
    is at the schema before or after a step, with all it holds, and the next opening goes on.
    Several processes may do this at once; one does the work.

    Args:
        connection: In autocommit mode (``isolation_level=None``).
        steps: Scripts of statements.
        name: What to call the file in a message.
        read: The number of steps that the file has been through.
        write: Sets that number.

    Raises:
        ArchiveError: A newer version wrote the file, which is left alone.
        sqlite3.DatabaseError: It is no database, is not ours, or cannot be written.
    """
    while (found := read(connection)) < len(steps):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have been faster.
            if read(connection) == found:
                for statement in _statements(steps[found]):
                    connection.execute(statement)
                write(connection, found + 1)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    if found > len(steps):
        raise ArchiveError(
            f"{name} was written by a newer version of Pullquote.",
            "Update Pullquote, or name another folder in PULLQUOTE_HOME.",
        )


def _statements(script: str) -> list[str]:
    """The statements of a script; ``executescript`` would commit behind our back."""
    statements, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements
