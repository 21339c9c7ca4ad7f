"""What a write to the store does, within one transaction.

It keeps five promises at once: every duplicate that is remembered has an article with its text
and outlet; the earlier text of a changed article is kept; vectors that nothing uses are gone;
the origins are those of the articles that are there; and a file that is remembered holds what
belongs to it alone.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from index._article import Article, Passage, Sentence, sha256_hex
from index._filters import day_number
from index._store import origins
from index._store.files import give
from index._store.vectors import drop_unused_vectors

# Columns of an article's fields after its id, in the order of ``Article``.
FIELDS = "source, text, title, outlet, author, published, url"


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article ready to be stored, with everything that was derived from it.

    Attributes:
        file: Resolved path of the file it was read from.
        raw: The text as read.
        segments: ``(start, raw_start, length)`` of each slice of ``raw`` that was kept.
        content_key: Hash of the record as read.
        original: The bytes read, where turning them into ``raw`` needed a guess or a repair.
    """

    article: Article
    file: str
    raw: str
    segments: Sequence[tuple[int, int, int]]
    content_key: str
    sentences: Sequence[Sentence]
    passages: Sequence[Passage]
    original: bytes | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a write did.

    Attributes:
        version: Of the archive, now.
        stored: The articles that must be indexed: new, changed, and ``promoted``.
        added: Ids of those that were not stored before and came with this write.
        updated: Ids of those that were.
        duplicates: Ids of the documents that were remembered instead of stored.
        promoted: Ids of duplicates remembered before that took the place of what went.
        removed: Ids of the articles that went.
    """

    version: int
    stored: tuple[StoredArticle, ...] = ()
    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    promoted: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def passage_input(passage: Passage, title: str | None) -> str:
    """The text that is embedded for a passage: its title gives short passages their topic."""
    return f"{title}\n{passage.text}" if title else passage.text


@dataclass(frozen=True, slots=True)
class _Left:
    """An article whose text and outlet it has no longer, while a duplicate still does."""

    article: Article
    sentences: Sequence[Sentence]
    passages: Sequence[Passage]


class Write:
    """Collects what changes; ``finish`` brings everything that depends on it up to date."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._stored: list[StoredArticle] = []
        self._added: list[str] = []
        self._updated: list[str] = []
        self._duplicates: list[str] = []
        self._promoted: list[str] = []
        self._removed: list[str] = []
        self._left: list[_Left] = []
        # Texts that articles had before, and inputs that may have a vector no more in use.
        self._texts: dict[str, str] = {}
        self._inputs: set[str] = set()

    def put(self, batch: Sequence[StoredArticle]) -> None:
        """See ``Store.put``. What changes goes first: it may free a text for what is new."""
        give(self._db, [(item.article.id, item.file) for item in batch])
        new: list[StoredArticle] = []
        for item in batch:
            old = self._article(item.article.id)
            if old is None:
                self._db.execute("DELETE FROM duplicates WHERE id = ?", (item.article.id,))
                new.append(item)
            else:
                self._replace(old, item)
        for item in new:
            if self._twin(item.article):
                self._remember(item)
            else:
                self._insert(item)
                self._added.append(item.article.id)

    def delete(self, ids: Sequence[str], *, with_duplicates: bool) -> None:
        """See ``Store.delete``."""
        for article_id in ids:
            self._forget("id = ?", article_id)
        for article_id in ids:
            old = self._article(article_id)
            if old is None:
                continue
            if with_duplicates:
                self._forget("text_sha256 = ? AND outlet IS ?", old.text_sha256, old.outlet)
            self._leave(old)
            self._db.execute(
                "DELETE FROM files WHERE file = (SELECT file FROM articles WHERE id = ?)",
                (article_id,),
            )
            self._db.execute("DELETE FROM articles WHERE id = ?", (article_id,))
            self._removed.append(article_id)

    def finish(self, *, recut: bool = False) -> Change:
        """Promote, drop and link what follows from the changes made."""
        for left in self._left:
            self._promote(left)
        drop_unused_vectors(self._db, self._inputs)
        origins.unlink(self._db, list(self._texts.items()))
        origins.link(self._db, [(s.article.text_sha256, s.article.text) for s in self._stored])
        step = 1 if self._stored or self._removed or recut else 0
        row = self._db.execute(
            "UPDATE state SET value = CAST(value AS INTEGER) + ? WHERE key = 'version'"
            " RETURNING value",
            (step,),
        ).fetchone()
        return Change(
            version=int(row[0]),
            stored=tuple(self._stored),
            added=tuple(self._added),
            updated=tuple(self._updated),
            duplicates=tuple(self._duplicates),
            promoted=tuple(self._promoted),
            removed=tuple(self._removed),
        )

    def _article(self, article_id: str) -> Article | None:
        row = self._db.execute(
            f"SELECT id, {FIELDS} FROM articles WHERE id = ?",  # noqa: S608
            (article_id,),
        ).fetchone()
        return Article(*row) if row else None

    def _twin(self, article: Article) -> bool:
        """Whether an article has this text and this outlet."""
        row = self._db.execute(
            "SELECT 1 FROM articles WHERE text_sha256 = ? AND outlet IS ?",
            (article.text_sha256, article.outlet),
        ).fetchone()
        return row is not None

    def _insert(self, item: StoredArticle) -> None:
        article = item.article
        self._db.execute(
            "INSERT INTO articles VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (article.id, *_columns(item)),
        )
        self._insert_derived(item)

    def _replace(self, old: Article, item: StoredArticle) -> None:
        article = item.article
        if old.text_sha256 != article.text_sha256:
            self._db.execute(
                "INSERT OR REPLACE INTO article_versions VALUES (?,?,?,?,?,?,?,?,?,?)",
                (
                    old.id, old.text_sha256, old.source, old.text, old.title, old.outlet,
                    old.author, old.published, old.url,
                    datetime.now(UTC).isoformat(timespec="seconds"),
                ),
            )  # fmt: skip
            self._db.execute(
                "DELETE FROM article_versions WHERE article_id = ? AND text_sha256 = ?",
                (article.id, article.text_sha256),
            )
        if (old.text_sha256, old.outlet) != (article.text_sha256, article.outlet):
            self._leave(old)
        self._inputs.update(self._inputs_of(old.id))
        self._drop_cuts(old.id)
        self._db.execute(
            "UPDATE articles SET source = ?, file = ?, title = ?, outlet = ?, author = ?,"
            " published = ?, url = ?, published_day = ?, text = ?, text_sha256 = ?, raw = ?,"
            " segments = ?, content_key = ?, original = ? WHERE id = ?",
            (*_columns(item), article.id),
        )
        self._insert_derived(item)
        self._updated.append(article.id)

    def recut(
        self, article: Article, sentences: Sequence[Sentence], passages: Sequence[Passage]
    ) -> None:
        """See ``Store.recut``."""
        self._inputs.update(self._inputs_of(article.id))
        self._drop_cuts(article.id)
        self._insert_cuts(article, sentences, passages)

    def _drop_cuts(self, article_id: str) -> None:
        for table in ("sentences", "passages"):
            self._db.execute(f"DELETE FROM {table} WHERE article_id = ?", (article_id,))  # noqa: S608

    def _insert_derived(self, item: StoredArticle) -> None:
        self._insert_cuts(item.article, item.sentences, item.passages)
        self._stored.append(item)

    def _insert_cuts(
        self, article: Article, sentences: Sequence[Sentence], passages: Sequence[Passage]
    ) -> None:
        self._db.executemany(
            "INSERT INTO sentences VALUES (?,?,?,?,?,?)",
            [
                (article.id, s.ordinal, s.start, s.end, s.kind, sha256_hex(s.text))
                for s in sentences
            ],
        )
        self._db.executemany(
            "INSERT INTO passages VALUES (?,?,?,?,?,?,?)",
            [
                (
                    article.id, p.ordinal, p.start, p.end, p.first_sentence, p.last_sentence,
                    sha256_hex(passage_input(p, article.title)),
                )
                for p in passages
            ],
        )  # fmt: skip

    def _inputs_of(self, article_id: str) -> list[str]:
        rows = self._db.execute(
            "SELECT input_sha256 FROM sentences WHERE article_id = ?"
            " UNION SELECT input_sha256 FROM passages WHERE article_id = ?",
            (article_id, article_id),
        )
        return [row[0] for row in rows]

    def _leave(self, old: Article) -> None:
        """An article is about to lose its text or its outlet."""
        self._texts[old.text_sha256] = old.text
        self._inputs.update(self._inputs_of(old.id))
        row = self._db.execute(
            "SELECT 1 FROM duplicates WHERE text_sha256 = ? AND outlet IS ?",
            (old.text_sha256, old.outlet),
        ).fetchone()
        if row is None:
            return
        sentences = [
            Sentence(old.id, n, start, end, old.text[start:end], kind)
            for n, start, end, kind in self._db.execute(
                'SELECT ordinal, start, "end", kind FROM sentences WHERE article_id = ?'
                " ORDER BY ordinal",
                (old.id,),
            )
        ]
        passages = [
            Passage(old.id, n, start, end, old.text[start:end], first, last)
            for n, start, end, first, last in self._db.execute(
                'SELECT ordinal, start, "end", first_sentence, last_sentence FROM passages'
                " WHERE article_id = ? ORDER BY ordinal",
                (old.id,),
            )
        ]
        self._left.append(_Left(old, sentences, passages))

    def _promote(self, left: _Left) -> None:
        """Store the first duplicate of what was left behind, if no article has it now."""
        old = left.article
        if self._twin(old):
            return
        row = self._db.execute(
            "SELECT id, source, file, title, outlet, author, published, url, raw, segments,"
            " content_key, original FROM duplicates WHERE text_sha256 = ? AND outlet IS ?"
            " ORDER BY rowid LIMIT 1",
            (old.text_sha256, old.outlet),
        ).fetchone()
        if row is None:
            return
        article_id, source, file, title, outlet, author, published, url, *record = row
        raw, segments, content_key, original = record
        self._insert(
            StoredArticle(
                article=Article(
                    article_id, source, old.text, title, outlet, author, published, url
                ),
                file=file,
                raw=raw,
                segments=[tuple(segment) for segment in json.loads(segments)],
                content_key=content_key,
                sentences=[replace(s, article_id=article_id) for s in left.sentences],
                passages=[replace(p, article_id=article_id) for p in left.passages],
                original=zlib.decompress(original) if original is not None else None,
            )
        )
        self._db.execute("DELETE FROM duplicates WHERE id = ?", (article_id,))
        self._promoted.append(article_id)

    def _remember(self, item: StoredArticle) -> None:
        article = item.article
        self._db.execute(
            "INSERT INTO duplicates VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                article.id, article.source, item.file, article.title, article.outlet,
                article.author, article.published, article.url, article.text_sha256,
                item.raw, json.dumps(list(item.segments)), item.content_key,
                _packed(item.original),
            ),
        )  # fmt: skip
        self._duplicates.append(article.id)

    def _forget(self, which: str, *values: str | None) -> None:
        """Drop the duplicates that ``which`` selects, and what their files were like."""
        self._db.execute(
            f"DELETE FROM files WHERE file IN (SELECT file FROM duplicates WHERE {which})",  # noqa: S608
            values,
        )
        self._db.execute(f"DELETE FROM duplicates WHERE {which}", values)  # noqa: S608


def _columns(item: StoredArticle) -> tuple[object, ...]:
    """An article's row after its id, in the order of the table."""
    article = item.article
    return (
        article.source, item.file, article.title, article.outlet, article.author,
        article.published, article.url, day_number(article.published_day), article.text,
        article.text_sha256, item.raw, json.dumps(list(item.segments)), item.content_key,
        _packed(item.original),
    )  # fmt: skip


def _packed(original: bytes | None) -> bytes | None:
    return None if original is None else zlib.compress(original)
