"""What files were like when they were read, and which of them each article belongs to.

An article and a duplicate belong to one file: the one they were read from last. A file whose
fingerprint is remembered holds nothing but what belongs to it, so that a sync which finds it
unchanged need not read it. When an id comes to belong to another file, the fingerprint of the one
that had it is therefore forgotten in the same transaction, see ``give``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping

from index._store.vectors import VectorStore

_UNOWNED = (
    "FROM files WHERE file NOT IN (SELECT file FROM articles UNION SELECT file FROM duplicates)"
)


def give(db: sqlite3.Connection, owners: Iterable[tuple[str, str]]) -> None:
    """``(id, file)`` are about to be stored: forget the fingerprint of each file that loses one."""
    db.executemany(
        "DELETE FROM files WHERE file != ?2 AND file IN (SELECT file FROM articles WHERE id = ?1"
        " UNION ALL SELECT file FROM duplicates WHERE id = ?1)",
        owners,
    )


class FileStore(VectorStore):
    """The files that articles and duplicates were read from, by their resolved paths."""

    def ids_by_file(self) -> list[tuple[str, str]]:
        """``(id, resolved path)`` of every article and every duplicate."""
        return self._connection.execute(
            "SELECT id, file FROM articles UNION ALL SELECT id, file FROM duplicates"
        ).fetchall()

    def ids_of_file(self, file: str) -> list[str]:
        """Ids of the articles and duplicates that were read from this resolved path."""
        rows = self._connection.execute(
            "SELECT id FROM articles WHERE file = ? UNION ALL"
            " SELECT id FROM duplicates WHERE file = ?",
            (file, file),
        )
        return [row[0] for row in rows]

    def source(self, article_id: str) -> str | None:
        """The source of an article or a duplicate; None when there is none with this id."""
        row = self._connection.execute(
            "SELECT source FROM articles WHERE id = ?1 UNION ALL"
            " SELECT source FROM duplicates WHERE id = ?1",
            (article_id,),
        ).fetchone()
        return str(row[0]) if row else None

    def files(self) -> dict[str, str]:
        """The fingerprint of each file that nothing of has changed since; see ``set_files``."""
        return dict(self._connection.execute("SELECT file, fingerprint FROM files").fetchall())

    def unowned_files(self) -> list[str]:
        """Files that are remembered though nothing belongs to them: none, in a sound store."""
        return [row[0] for row in self._connection.execute(f"SELECT file {_UNOWNED}")]

    def set_files(self, fingerprints: Mapping[str, str]) -> None:
        """Remember what files were like when all that is in them was stored.

        Call it after what they hold was put. Removing an article or a duplicate of a
        file forgets the file, so that it is read again.
        """
        with self.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO files VALUES (?,?)", fingerprints.items())

    def delete_files(self, files: Collection[str]) -> None:
        """Forget what these files were like."""
        with self.transaction() as db:
            db.executemany("DELETE FROM files WHERE file = ?", [(file,) for file in files])

    def move(self, files: Mapping[str, str]) -> None:
        """Articles and duplicates, by id, were found in these files, otherwise unchanged."""
        with self.transaction() as db:
            give(db, files.items())
            rows = [(file, article_id) for article_id, file in files.items()]
            for table in ("articles", "duplicates"):
                db.executemany(f"UPDATE {table} SET file = ? WHERE id = ?", rows)  # noqa: S608
