"""The SQLite store: the only part of an archive that cannot be rebuilt.

Articles with their raw and frozen text, sentence and passage offsets, and vectors keyed by
the hash of what was embedded. The keyword index and the Chroma generations are made from it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index._article import Article, Passage, Sentence, sha256_hex
from index._errors import ArchiveError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

SCHEMA_VERSION = 1
BUSY_SECONDS = 30
# SQLite's default limit on bound variables in older builds.
MAX_VARIABLES = 900

_SCHEMA = """
CREATE TABLE articles (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    file TEXT NOT NULL,              -- resolved path it was read from, for --prune
    title TEXT, outlet TEXT, author TEXT, published TEXT, url TEXT,
    published_day INTEGER,           -- YYYYMMDD, for ranges
    text TEXT NOT NULL,              -- frozen
    text_sha256 TEXT NOT NULL,
    raw TEXT NOT NULL,               -- as read
    segments TEXT NOT NULL,          -- JSON [[start, raw_start, length], ...]: frozen -> raw
    content_key TEXT NOT NULL        -- hash of the record as read: unchanged or not
);
CREATE INDEX articles_file ON articles(file);
CREATE INDEX articles_text ON articles(text_sha256);
CREATE TABLE sentences (
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, kind TEXT NOT NULL,
    input_sha256 TEXT NOT NULL,
    PRIMARY KEY (article_id, ordinal)
) WITHOUT ROWID;
CREATE TABLE passages (
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    first_sentence INTEGER NOT NULL, last_sentence INTEGER NOT NULL,
    input_sha256 TEXT NOT NULL,
    PRIMARY KEY (article_id, ordinal)
) WITHOUT ROWID;
CREATE INDEX passages_input ON passages(input_sha256);
CREATE INDEX sentences_input ON sentences(input_sha256);
CREATE TABLE vectors (
    model TEXT NOT NULL, input_sha256 TEXT NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (model, input_sha256)
) WITHOUT ROWID;
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO state VALUES ('version', '0'), ('keywords', '0');
"""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is limited to. An empty filter lets everything through.

    Attributes:
        outlet: Outlet names, compared without regard to case; any of them.
        since, until: Days of publication, both included. Articles of unknown date never match.
        articles: Article ids; any of them.
    """

    outlet: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    articles: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.outlet or self.since or self.until or self.articles)


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article ready to be stored, with everything that was derived from it."""

    article: Article
    file: str
    raw: str
    segments: Sequence[tuple[int, int, int]]
    content_key: str
    sentences: Sequence[Sentence]
    passages: Sequence[Passage]


def passage_input(passage: Passage, title: str | None) -> str:
    """The text that is embedded for a passage: its title gives short passages their topic."""
    return f"{title}\n{passage.text}" if title else passage.text


class _Handle:
    """A thread's connection, closed when the thread is gone and nobody holds it any more."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


class Store:
    """One SQLite file. Safe to use from several threads: each gets its own connection."""

    def __init__(self, path: Path) -> None:
        """Open ``path``, creating it when absent.

        Raises:
            ArchiveError: It is not a database of ours, or a newer version wrote it.
        """
        self._path = path
        self._local = threading.local()
        self._handles: weakref.WeakSet[_Handle] = weakref.WeakSet()
        self._guard = threading.Lock()
        try:
            self._create()
        except sqlite3.OperationalError as error:
            self.close()
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

    def _create(self) -> None:
        connection = self._connection
        connection.execute("PRAGMA journal_mode = WAL")
        with self.transaction() as db:
            found = db.execute("PRAGMA user_version").fetchone()[0]
            if found == 0:
                for statement in _SCHEMA.split(";"):
                    if statement.strip():
                        db.execute(statement)
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        if found > SCHEMA_VERSION:
            raise ArchiveError(
                f"{self._path} was written by a newer version of Pullquote.",
                "Update Pullquote, or name another folder in PULLQUOTE_HOME.",
            )

    @property
    def _connection(self) -> sqlite3.Connection:
        handle: _Handle | None = getattr(self._local, "handle", None)
        if handle is None:
            connection = sqlite3.connect(
                self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            handle = _Handle(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            # Deleted text must not stay behind in free pages.
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA synchronous = NORMAL")
            # SQLite's own lower() knows ASCII only.
            connection.create_function("casefold", 1, _casefold, deterministic=True)
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
    def snapshot(self) -> Iterator[None]:
        """Several reads that see one state, so that offsets fit the text they point into."""
        connection = self._connection
        if connection.in_transaction:
            yield
            return
        connection.execute("BEGIN")
        try:
            yield
        finally:
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._guard:
            for handle in list(self._handles):
                handle.connection.close()
            self._handles.clear()
        self._local = threading.local()

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file, so that deleted text is gone from both."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # State ------------------------------------------------------------------------------

    def version(self) -> int:
        """A counter that grows with every change to the articles."""
        return int(self._state("version"))

    def keywords_version(self) -> int:
        """The version that the keyword index was last brought up to."""
        return int(self._state("keywords"))

    def set_keywords_version(self, version: int) -> None:
        with self.transaction() as db:
            db.execute("UPDATE state SET value = ? WHERE key = 'keywords'", (str(version),))

    def _state(self, key: str) -> str:
        row = self._connection.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return str(row[0])

    # Articles ---------------------------------------------------------------------------

    def content_key(self, article_id: str) -> str | None:
        """The hash of the record that this article was made from; None when not stored."""
        row = self._connection.execute(
            "SELECT content_key FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        return row[0] if row else None

    def file_of(self, article_id: str) -> str | None:
        """The resolved path this article was read from; None when not stored."""
        row = self._connection.execute(
            "SELECT file FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        return row[0] if row else None

    def ids_with_text(self, text_sha256: str) -> list[tuple[str, str | None]]:
        """``(id, outlet)`` of the articles with exactly this frozen text."""
        rows = self._connection.execute(
            "SELECT id, outlet FROM articles WHERE text_sha256 = ? ORDER BY rowid", (text_sha256,)
        )
        return [(row[0], row[1]) for row in rows]

    def ids_by_file(self) -> list[tuple[str, str]]:
        """``(id, resolved path)`` of every article."""
        rows = self._connection.execute("SELECT id, file FROM articles ORDER BY rowid")
        return [(row[0], row[1]) for row in rows]

    def put(self, batch: Sequence[StoredArticle]) -> int:
        """Store articles, replacing those with the same ids; returns the new version.

        Vectors of a replaced text that nothing else uses go with it.
        """
        with self.transaction() as db:
            replaced = False
            for item in batch:
                article = item.article
                gone = db.execute("DELETE FROM articles WHERE id = ?", (article.id,))
                replaced = replaced or gone.rowcount > 0
                db.execute(
                    "INSERT INTO articles VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                    (
                        article.id, article.source, item.file, article.title, article.outlet,
                        article.author, article.published, article.url,
                        _day_number(article.published_day), article.text, article.text_sha256,
                        item.raw, json.dumps(list(item.segments)), item.content_key,
                    ),
                )  # fmt: skip
                db.executemany(
                    "INSERT INTO sentences VALUES (?,?,?,?,?,?)",
                    [
                        (article.id, s.ordinal, s.start, s.end, s.kind, sha256_hex(s.text))
                        for s in item.sentences
                    ],
                )
                db.executemany(
                    "INSERT INTO passages VALUES (?,?,?,?,?,?,?)",
                    [
                        (
                            article.id, p.ordinal, p.start, p.end, p.first_sentence,
                            p.last_sentence, sha256_hex(passage_input(p, article.title)),
                        )
                        for p in item.passages
                    ],
                )  # fmt: skip
            if replaced:
                _drop_orphans(db)
            return _bump(db)

    def delete(self, ids: Sequence[str]) -> int:
        """Remove articles and the vectors that nothing else uses; returns the new version."""
        with self.transaction() as db:
            db.executemany("DELETE FROM articles WHERE id = ?", [(i,) for i in ids])
            _drop_orphans(db)
            return _bump(db)

    def articles(self, ids: Sequence[str] | None = None) -> list[Article]:
        """The articles with these ids in the order given, or all in the order they came."""
        select = "SELECT id, source, text, title, outlet, author, published, url FROM articles"
        if ids is None:
            return [Article(*row) for row in self._connection.execute(f"{select} ORDER BY rowid")]
        found = {
            row[0]: Article(*row)
            for chunk in _chunks(ids)
            for row in self._connection.execute(f"{select} WHERE id IN ({_marks(chunk)})", chunk)
        }
        return [found[i] for i in ids if i in found]

    def matching(self, filters: Filters) -> list[str]:
        """Ids of the articles that pass the filters."""
        clauses, values = ["1"], list[Any]()
        if filters.outlet:
            clauses.append(f"casefold(outlet) IN ({_marks(filters.outlet)})")
            values += [outlet.casefold() for outlet in filters.outlet]
        if filters.since:
            clauses.append("published_day >= ?")
            values.append(_day_number(filters.since))
        if filters.until:
            clauses.append("published_day <= ?")
            values.append(_day_number(filters.until))
        if filters.articles:
            clauses.append(f"id IN ({_marks(filters.articles)})")
            values += filters.articles
        query = f"SELECT id FROM articles WHERE {' AND '.join(clauses)}"  # noqa: S608
        return [row[0] for row in self._connection.execute(query, values)]

    def raw(self, article_id: str) -> tuple[str, list[tuple[int, int, int]]]:
        """The text as read, and ``(start, raw_start, length)`` of each kept slice."""
        row = self._connection.execute(
            "SELECT raw, segments FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        return row[0], [tuple(segment) for segment in json.loads(row[1])]

    # Sentences and passages -------------------------------------------------------------

    def sentences(self, article: Article) -> list[Sentence]:
        rows = self._connection.execute(
            'SELECT ordinal, start, "end", kind FROM sentences WHERE article_id = ?'
            " ORDER BY ordinal",
            (article.id,),
        )
        return [Sentence(article.id, n, s, e, article.text[s:e], k) for n, s, e, k in rows]

    def passages(self, articles: Mapping[str, Article]) -> list[Passage]:
        """All passages of these articles, in order."""
        found = [
            _passage(row, articles[row[0]])
            for chunk in _chunks(list(articles))
            for row in self._connection.execute(
                'SELECT article_id, ordinal, start, "end", first_sentence, last_sentence'  # noqa: S608
                f" FROM passages WHERE article_id IN ({_marks(chunk)}) ORDER BY ordinal",
                chunk,
            )
        ]
        position = {article_id: n for n, article_id in enumerate(articles)}
        return sorted(found, key=lambda p: (position[p.article_id], p.ordinal))

    def passages_by_id(self, ids: Sequence[str]) -> dict[str, tuple[Passage, Article]]:
        """Passages and their articles by passage id; unknown ids are left out."""
        keys = [(i.rpartition("#")[0], int(i.rpartition("#")[2])) for i in ids]
        found: dict[str, tuple[Passage, Article]] = {}
        with self.snapshot():
            articles = {a.id: a for a in self.articles(list({key[0] for key in keys}))}
            for article_id, ordinal in keys:
                row = self._connection.execute(
                    'SELECT article_id, ordinal, start, "end", first_sentence, last_sentence'
                    " FROM passages WHERE article_id = ? AND ordinal = ?",
                    (article_id, ordinal),
                ).fetchone()
                if row:
                    passage = _passage(row, articles[article_id])
                    found[passage.id] = (passage, articles[article_id])
        return found

    def counts(self) -> dict[str, int]:
        """Numbers of articles, sentences and passages."""
        return {
            table: int(self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
            for table in ("articles", "sentences", "passages")
        }

    # Vectors ----------------------------------------------------------------------------

    def missing(self, model: str, table: str) -> list[str]:
        """Input hashes of ``passages`` or ``sentences`` without a vector, each once.

        Those of an article come together.
        """
        rows = self._connection.execute(
            f"SELECT d FROM (SELECT DISTINCT input_sha256 AS d FROM {table})"  # noqa: S608
            " WHERE NOT EXISTS"
            " (SELECT 1 FROM vectors v WHERE v.model = ? AND v.input_sha256 = d) ORDER BY"
            f" (SELECT t.article_id FROM {table} t WHERE t.input_sha256 = d LIMIT 1)",
            (model,),
        )
        return [row[0] for row in rows]

    def inputs(self, table: str, digests: Sequence[str]) -> dict[str, str]:
        """The texts to embed for ``passages`` or ``sentences``, by their hashes."""
        rows = [
            row
            for chunk in _chunks(digests)
            for row in self._connection.execute(
                f'SELECT input_sha256, article_id, start, "end" FROM {table}'  # noqa: S608
                f" WHERE input_sha256 IN ({_marks(chunk)}) GROUP BY input_sha256",
                chunk,
            )
        ]
        articles = {a.id: a for a in self.articles(list({row[1] for row in rows}))}
        found: dict[str, str] = {}
        for digest, article_id, start, end in rows:
            article = articles[article_id]
            title = article.title if table == "passages" else None
            piece = article.text[start:end]
            found[digest] = f"{title}\n{piece}" if title else piece
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
        for chunk in _chunks(list(dict.fromkeys(digests))):
            found.update(
                self._connection.execute(
                    "SELECT input_sha256, vector FROM vectors"  # noqa: S608
                    f" WHERE model = ? AND input_sha256 IN ({_marks(chunk)})",
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

    def _vectors(
        self, table: str, key: str, model: str, article_ids: Sequence[str] | None
    ) -> tuple[list[str], Vectors]:
        import numpy as np

        query = (
            f"SELECT {key}, v.vector FROM {table} t"  # noqa: S608
            " JOIN vectors v ON v.model = ? AND v.input_sha256 = t.input_sha256"
        )
        rows: list[tuple[str, bytes]] = []
        if article_ids is None:
            rows = self._connection.execute(query, (model,)).fetchall()
        else:
            for chunk in _chunks(article_ids):
                rows += self._connection.execute(
                    f"{query} WHERE t.article_id IN ({_marks(chunk)})", (model, *chunk)
                ).fetchall()
        if not rows:
            return [], np.zeros((0, 0), dtype=np.float32)
        matrix = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.float32)
        return [row[0] for row in rows], matrix.reshape(len(rows), -1)


def _passage(row: Sequence[Any], article: Article) -> Passage:
    article_id, ordinal, start, end, first, last = row
    return Passage(article_id, ordinal, start, end, article.text[start:end], first, last)


def _drop_orphans(db: sqlite3.Connection) -> None:
    db.execute(
        "DELETE FROM vectors WHERE input_sha256 NOT IN (SELECT input_sha256 FROM passages)"
        " AND input_sha256 NOT IN (SELECT input_sha256 FROM sentences)"
    )


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _bump(db: sqlite3.Connection) -> int:
    row = db.execute(
        "UPDATE state SET value = CAST(value AS INTEGER) + 1 WHERE key = 'version' RETURNING value"
    ).fetchone()
    return int(row[0])


def _day_number(day: date | None) -> int | None:
    return day.year * 10000 + day.month * 100 + day.day if day else None


def _marks(values: Sequence[Any]) -> str:
    return ",".join("?" * len(values))


def _chunks(values: Sequence[str]) -> Iterable[list[str]]:
    for first in range(0, len(values), MAX_VARIABLES):
        yield list(values[first : first + MAX_VARIABLES])
