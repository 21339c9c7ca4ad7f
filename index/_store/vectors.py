"""Vectors in the store, keyed by the hash of what was embedded and the model that did it.

A text is embedded once, however many passages and sentences have it, and is never embedded again
while one of them does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from index._store.database import Database, chunks, marks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


# The passage itself is numbered -1. CROSS JOIN keeps SQLite from going through all vectors first.
_OF_PASSAGE = """
SELECT -1, v.vector FROM passages p CROSS JOIN vectors v
    ON v.model = :model AND v.input_sha256 = p.input_sha256
    WHERE p.article_id = :article AND p.ordinal = :ordinal
UNION ALL
SELECT s.ordinal, v.vector FROM passages p
    CROSS JOIN sentences s ON s.article_id = p.article_id
        AND s.ordinal BETWEEN p.first_sentence AND p.last_sentence
    CROSS JOIN vectors v ON v.model = :model AND v.input_sha256 = s.input_sha256
    WHERE p.article_id = :article AND p.ordinal = :ordinal
"""


class PassageVectors(NamedTuple):
    """Unit vectors, where they are stored: a passage's own, and its sentences' by ordinal."""

    own: NDArray[np.float32] | None
    sentences: dict[int, NDArray[np.float32]]


class VectorStore(Database):
    """The part of the store that keeps vectors."""

    def missing(self, model: str, table: str) -> list[str]:
        """Input hashes of ``passages`` or ``sentences`` without a vector, each once.

        Those of an article come together.
        """
        rows = self._connection.execute(
            f"SELECT d FROM (SELECT DISTINCT input_sha256 AS d FROM {table})"  # noqa: S608
            " WHERE NOT EXISTS"
            " (SELECT 1 FROM vectors v INDEXED BY vectors_input"
            " WHERE v.model = ? AND v.input_sha256 = d) ORDER BY"
            f" (SELECT t.article_id FROM {table} t WHERE t.input_sha256 = d LIMIT 1)",
            (model,),
        )
        return [row[0] for row in rows]

    def inputs(self, table: str, digests: Sequence[str]) -> dict[str, str]:
        """The texts to embed for ``passages`` or ``sentences``, by their hashes."""
        rows = [
            row
            for chunk in chunks(digests)
            for row in self._connection.execute(
                f'SELECT input_sha256, article_id, start, "end" FROM {table}'  # noqa: S608
                f" WHERE input_sha256 IN ({marks(chunk)}) GROUP BY input_sha256",
                chunk,
            )
        ]
        articles = {
            article_id: (text, title)
            for chunk in chunks({row[1] for row in rows})
            for article_id, text, title in self._connection.execute(
                f"SELECT id, text, title FROM articles WHERE id IN ({marks(chunk)})",  # noqa: S608
                chunk,
            )
        }
        found: dict[str, str] = {}
        for digest, article_id, start, end in rows:
            text, title = articles[article_id]
            piece = text[start:end]
            found[digest] = f"{title}\n{piece}" if title and table == "passages" else piece
        return {digest: found[digest] for digest in digests if digest in found}

    def missing_inputs(self, model: str, table: str) -> list[tuple[str, str]]:
        """``(input hash, text to embed)`` of ``passages`` or ``sentences`` without a vector.

        Each distinct text comes once.
        """
        return list(self.inputs(table, self.missing(model, table)).items())

    def put_vectors(self, model: str, digests: Sequence[str], vectors: Vectors) -> None:
        with self.transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?,?,?)",
                [(model, d, v.tobytes()) for d, v in zip(digests, vectors, strict=True)],
            )

    def vector_rows(self, model: str) -> list[tuple[str, str, str, str | None, int | None]]:
        """``(passage id, input hash, article id, outlet, day as YYYYMMDD)`` of the passages that
        have a vector, in order."""
        missing = set(self.missing(model, "passages"))
        rows = self._connection.execute(
            "SELECT p.article_id || '#' || p.ordinal, p.input_sha256, a.id, a.outlet,"
            " a.published_day FROM passages p JOIN articles a ON a.id = p.article_id"
            " ORDER BY a.rowid, p.ordinal"
        )
        return [row for row in rows if row[1] not in missing]

    def vectors(self, model: str, digests: Sequence[str]) -> Vectors:
        """The vectors stored under these input hashes, one row each.

        Raises:
            KeyError: One of them has none.
        """
        import numpy as np

        found: dict[str, bytes] = {}
        for chunk in chunks(list(dict.fromkeys(digests))):
            found.update(
                self._connection.execute(
                    "SELECT input_sha256, vector FROM vectors"  # noqa: S608
                    f" WHERE model = ? AND input_sha256 IN ({marks(chunk)})",
                    (model, *chunk),
                ).fetchall()
            )
        matrix = np.frombuffer(b"".join(found[digest] for digest in digests), dtype=np.float32)
        return matrix.reshape(len(digests), -1) if digests else matrix.reshape(0, 0)

    def passage_vectors(
        self, model: str, article_ids: Sequence[str] | None = None
    ) -> tuple[list[str], Vectors]:
        """Ids of the passages that have a vector, and the vectors, row by row."""
        return self._vectors("passages", "t.article_id || '#' || t.ordinal", model, article_ids)

    def sentence_vectors(
        self, model: str, article_ids: Sequence[str]
    ) -> dict[tuple[str, int], NDArray[np.float32]]:
        """Vectors of these articles' sentences by ``(article id, ordinal)``, where stored."""
        key = "t.article_id || '#' || t.ordinal"
        ids, vectors = self._vectors("sentences", key, model, article_ids)
        return {
            (i.rpartition("#")[0], int(i.rpartition("#")[2])): vector
            for i, vector in zip(ids, vectors, strict=True)
        }

    def vectors_of_passages(
        self, model: str, passage_ids: Sequence[str]
    ) -> dict[str, PassageVectors]:
        """The vectors of these passages and of their sentences.

        A passage without any is left out.
        """
        import numpy as np

        found: dict[str, PassageVectors] = {}
        with self.snapshot() as db:
            for passage_id in passage_ids:
                article_id, _, ordinal = passage_id.rpartition("#")
                rows = db.execute(
                    _OF_PASSAGE, {"model": model, "article": article_id, "ordinal": int(ordinal)}
                )
                vectors = {n: np.frombuffer(blob, dtype=np.float32) for n, blob in rows}
                if vectors:
                    found[passage_id] = PassageVectors(vectors.pop(-1, None), vectors)
        return found

    def _vectors(
        self, table: str, key: str, model: str, article_ids: Sequence[str] | None
    ) -> tuple[list[str], Vectors]:
        import numpy as np

        # SQLite goes through the tables of a CROSS JOIN as they are named. Left to choose, it goes
        # through the vectors, of which the model names all: a second among 200,000.
        join = "JOIN" if article_ids is None else "CROSS JOIN"
        query = (
            f"SELECT {key}, v.vector FROM {table} t"  # noqa: S608
            f" {join} vectors v ON v.model = ? AND v.input_sha256 = t.input_sha256"
        )
        rows: list[tuple[str, bytes]] = []
        if article_ids is None:
            rows = self._connection.execute(query, (model,)).fetchall()
        else:
            for chunk in chunks(article_ids):
                rows += self._connection.execute(
                    f"{query} WHERE t.article_id IN ({marks(chunk)})", (model, *chunk)
                ).fetchall()
        if not rows:
            return [], np.zeros((0, 0), dtype=np.float32)
        matrix = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.float32)
        return [row[0] for row in rows], matrix.reshape(len(rows), -1)


def drop_unused_vectors(db: sqlite3.Connection, inputs: Iterable[str]) -> None:
    """Delete the vectors of those of these input hashes that nothing uses any more."""
    models = _models(db)
    for chunk in chunks(set(inputs)):
        used = {
            row[0]
            for table in ("passages", "sentences")
            for row in db.execute(
                f"SELECT input_sha256 FROM {table} WHERE input_sha256 IN ({marks(chunk)})",  # noqa: S608
                chunk,
            )
        }
        db.executemany(
            "DELETE FROM vectors WHERE model = ? AND input_sha256 = ?",
            [(model, digest) for digest in set(chunk) - used for model in models],
        )


def _models(db: sqlite3.Connection) -> list[str]:
    """The models there are vectors of, by skipping from one to the next in the key."""
    models: list[str] = []
    row = db.execute("SELECT min(model) FROM vectors").fetchone()
    while row[0] is not None:
        models.append(row[0])
        row = db.execute("SELECT min(model) FROM vectors WHERE model > ?", models[-1:]).fetchone()
    return models
