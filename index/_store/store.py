"""The SQLite store: the only part of an archive that cannot be rebuilt.

Articles with their raw and frozen text, sentence and passage offsets, and vectors keyed by
the hash of what was embedded. The keyword index and the Chroma generations are made from it.

A document with the text and the outlet of an article that is stored already is a *duplicate*: it
is remembered and not stored, and takes the article's place when that goes or changes. The same or
nearly the same text from another outlet is an article of its own, of the same *origin*.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from index._article import Article, Listing, Passage, Sentence
from index._filters import Catalogue, Filters
from index._store import origins
from index._store.database import chunks, marks
from index._store.files import FileStore
from index._store.write import FIELDS, Change, StoredArticle, Write, passage_input

__all__ = ["Change", "Store", "StoredArticle", "passage_input"]

# Texts per transaction where an old archive is searched for copies.
LINKED_AT_ONCE = 200


class Store(FileStore):
    """Articles and everything that belongs to them."""

    def __init__(self, path: Path) -> None:
        """See :class:`Database`."""
        super().__init__(path)
        self._catalogue: Catalogue | None = None

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

    def fold(self) -> bool:
        """Make deleted text leave the disk; see ``checkpoint``. Remembers where it could not.

        Returns whether it could.
        """
        folded, held = self.checkpoint(), self.unfolded()
        if folded == held:
            with self.transaction() as db:
                if folded:
                    db.execute("DELETE FROM state WHERE key = 'unfolded'")
                else:
                    db.execute("INSERT INTO state VALUES ('unfolded', '')")
        return folded

    def unfolded(self) -> bool:
        """Whether deleted text may be in the file, because its deletion could not be folded in."""
        row = self._connection.execute("SELECT 1 FROM state WHERE key = 'unfolded'").fetchone()
        return row is not None

    # What is there ----------------------------------------------------------------------

    def content_keys(self) -> dict[str, str]:
        """The hash of the record each article and each duplicate was made from, by id."""
        rows = self._connection.execute(
            "SELECT id, content_key FROM articles UNION ALL SELECT id, content_key FROM duplicates"
        )
        return dict(rows.fetchall())

    def duplicate_ids(self) -> set[str]:
        """Ids of the duplicates."""
        return {row[0] for row in self._connection.execute("SELECT id FROM duplicates")}

    # Changing ---------------------------------------------------------------------------

    def put(
        self, batch: Sequence[StoredArticle], *, files: Mapping[str, str] | None = None
    ) -> Change:
        """Store articles, replacing those with the same ids, and find their origins.

        A new one with the text and outlet of another is remembered as its duplicate; one that
        is stored already stays an article whatever its text becomes, so that its id keeps
        leading to it. Of a replaced article the earlier text is kept, see ``article_version``;
        vectors of it that nothing else uses go. ``files`` are remembered as by ``set_files``.

        Ids must not repeat in a batch.
        """
        with self.transaction() as db:
            write = Write(db)
            write.put(batch)
            db.executemany("INSERT OR REPLACE INTO files VALUES (?,?)", (files or {}).items())
            return write.finish()

    def delete(self, ids: Sequence[str], *, with_duplicates: bool = False) -> Change:
        """Remove articles and duplicates by id, with their earlier texts and unused vectors.

        The duplicates of a removed article that are not themselves named take its place, or go
        as well ``with_duplicates``: where the text must leave the disk.
        """
        with self.transaction() as db:
            write = Write(db)
            write.delete(ids, with_duplicates=with_duplicates)
            return write.finish()

    def recut(
        self, article: Article, sentences: Sequence[Sentence], passages: Sequence[Passage]
    ) -> int:
        """Replace the cuts of a stored article, its text untouched; returns the new version."""
        with self.transaction() as db:
            write = Write(db)
            write.recut(article, sentences, passages)
            return write.finish(recut=True).version

    # Articles ---------------------------------------------------------------------------

    def articles(self, ids: Sequence[str] | None = None) -> list[Article]:
        """The articles with these ids in the order given, or all in the order they came."""
        select = f"SELECT id, {FIELDS} FROM articles"  # noqa: S608
        if ids is None:
            return [Article(*row) for row in self._connection.execute(f"{select} ORDER BY rowid")]
        found = {
            row[0]: Article(*row)
            for chunk in chunks(ids)
            for row in self._connection.execute(f"{select} WHERE id IN ({marks(chunk)})", chunk)
        }
        return [found[i] for i in ids if i in found]

    def listing(self) -> list[Listing]:
        """What is known of all articles in the order they came; their texts are not read."""
        return [
            Listing(*row)
            for row in self._connection.execute(
                "SELECT id, source, title, outlet, author, published, url FROM articles"
                " ORDER BY rowid"
            )
        ]

    def article_version(self, article_id: str, text_sha256: str) -> Article | None:
        """The article with the frozen text of this hash, which may be an earlier one.

        None when the article was removed, or that text of it was dropped. What is known of the
        article is as it was with that text.
        """
        for query in (
            f"SELECT id, {FIELDS} FROM articles WHERE id = ? AND text_sha256 = ?",  # noqa: S608
            f"SELECT article_id, {FIELDS} FROM article_versions"  # noqa: S608
            " WHERE article_id = ? AND text_sha256 = ?",
        ):
            row = self._connection.execute(query, (article_id, text_sha256)).fetchone()
            if row:
                return Article(*row)
        return None

    def replaced(self, article_id: str, text_sha256: str) -> str | None:
        """When this text of an article was replaced by another (UTC, ISO 8601), if it was."""
        row = self._connection.execute(
            "SELECT replaced FROM article_versions WHERE article_id = ? AND text_sha256 = ?",
            (article_id, text_sha256),
        ).fetchone()
        return str(row[0]) if row else None

    def versions(self, replaced_before: datetime | None = None) -> list[tuple[str, str]]:
        """``(article id, text_sha256)`` of the earlier texts, or of those replaced before then."""
        return [
            (article_id, digest)
            for article_id, digest, replaced in self._connection.execute(
                "SELECT article_id, text_sha256, replaced FROM article_versions"
            )
            if replaced_before is None or datetime.fromisoformat(replaced) < replaced_before
        ]

    def drop_versions(
        self, keep: Collection[tuple[str, str]], replaced_before: datetime | None = None
    ) -> int:
        """Delete the earlier texts but those of these ``(article id, text_sha256)``.

        Only those replaced before a moment, if that is given. Returns how many went.
        """
        kept = set(keep)
        with self.transaction() as db:
            gone = [version for version in self.versions(replaced_before) if version not in kept]
            db.executemany(
                "DELETE FROM article_versions WHERE article_id = ? AND text_sha256 = ?", gone
            )
        return len(gone)

    def catalogue(self) -> Catalogue:
        """What filters ask for, of all articles; kept until the articles change."""
        found = self._catalogue
        if found is None or found.version != self.version():
            with self.snapshot() as db:
                version = self.version()
                rows = db.execute(
                    "SELECT a.id, a.outlet, a.published_day, ifnull(p.passages, 0)"
                    " FROM articles a INDEXED BY articles_filter LEFT JOIN"
                    " (SELECT article_id, count(*) AS passages FROM passages GROUP BY article_id) p"
                    " ON p.article_id = a.id ORDER BY a.rowid"
                )
                found = self._catalogue = Catalogue(version, rows)
        return found

    def matching(self, filters: Filters) -> list[str]:
        """Ids of the articles that pass the filters."""
        return self.catalogue().matching(filters)

    def outlets(self) -> dict[str, int]:
        """How many articles each outlet has; spellings that differ in case are one outlet."""
        rows = self._connection.execute(
            "SELECT outlet, count(*) FROM articles WHERE outlet IS NOT NULL"
            " GROUP BY outlet ORDER BY count(*) DESC, outlet"
        )
        found: dict[str, tuple[str, int]] = {}
        for outlet, count in rows:
            name, before = found.get(outlet.casefold(), (outlet, 0))
            found[outlet.casefold()] = name, before + count
        return dict(found.values())

    def days(self) -> tuple[date, date] | None:
        """The first and the last day that an article was published on."""
        row = self._connection.execute(
            "SELECT min(published_day), max(published_day) FROM articles"
        ).fetchone()
        if row[0] is None:
            return None
        first, last = (date(day // 10000, day // 100 % 100, day % 100) for day in row)
        return first, last

    def raw(self, article_id: str) -> tuple[str, list[tuple[int, int, int]]]:
        """The text as read, and ``(start, raw_start, length)`` of each kept slice."""
        row = self._connection.execute(
            "SELECT raw, segments FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        return row[0], [tuple(segment) for segment in json.loads(row[1])]

    def original(self, article_id: str) -> bytes | None:
        """The bytes that were read, where ``raw`` is a guess or a repair; else None."""
        row = self._connection.execute(
            "SELECT original FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        return zlib.decompress(row[0]) if row and row[0] is not None else None

    # Origins ----------------------------------------------------------------------------

    def origins(self, ids: Collection[str]) -> dict[str, str]:
        """The id of the first article of the same origin, for each of these articles."""
        found = {
            article_id: origin or article_id
            for chunk in chunks(ids)
            for article_id, origin in self._connection.execute(
                "SELECT a.id, o.origin FROM articles a"  # noqa: S608
                f" LEFT JOIN origins o ON o.article_id = a.id WHERE a.id IN ({marks(chunk)})",
                chunk,
            )
        }
        return {i: found[i] for i in ids if i in found}

    def origin_members(self, article_id: str) -> list[Article]:
        """The articles of the same origin, this one included: first published first."""
        with self.snapshot():
            rows = self._connection.execute(
                "SELECT article_id FROM origins WHERE origin ="
                " (SELECT origin FROM origins WHERE article_id = ?)",
                (article_id,),
            ).fetchall()
            found = self.articles([row[0] for row in rows] or [article_id])
        return sorted(found, key=lambda a: origins.first_published(a.id, a.published))

    def origin_count(self) -> int:
        """How many origins the articles have."""
        row = self._connection.execute(
            "SELECT (SELECT count(DISTINCT origin) FROM origins)"
            " + (SELECT count(*) FROM articles) - (SELECT count(*) FROM origins)"
        ).fetchone()
        return int(row[0])

    def link_copies(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Find the origins of articles that have none: from before there were any, or these rules.

        To be called before articles are put. Killed in between, what is done is kept. Returns
        how many articles there were; ``progress`` gets how many are done, and that.
        """
        with self.transaction() as db:
            origins.forget_other_rules(db)
        ids = origins.unlinked(self._connection)
        for first in range(0, len(ids), LINKED_AT_ONCE):
            with self.transaction() as db:
                texts = [
                    (a.text_sha256, a.text) for a in self.articles(ids[first:][:LINKED_AT_ONCE])
                ]
                origins.link(db, texts)
            if progress:
                progress(min(first + LINKED_AT_ONCE, len(ids)), len(ids))
        return len(ids)

    # Sentences and passages -------------------------------------------------------------

    def sentences(self, article: Article) -> list[Sentence]:
        rows = self._connection.execute(
            'SELECT ordinal, start, "end", kind FROM sentences WHERE article_id = ?'
            " ORDER BY ordinal",
            (article.id,),
        )
        return [Sentence(article.id, n, s, e, article.text[s:e], k) for n, s, e, k in rows]

    def sentences_around(
        self, passages: Iterable[tuple[Passage, Article]]
    ) -> dict[str, dict[int, Sentence]]:
        """The sentences of these passages, and those next to them, by article id and ordinal.

        An article that has another text by now has none.
        """
        found: dict[str, dict[int, Sentence]] = {}
        with self.snapshot() as db:
            for passage, article in passages:
                rows = db.execute(
                    'SELECT s.ordinal, s.start, s."end", s.kind FROM articles a'
                    " CROSS JOIN sentences s ON s.article_id = a.id"
                    " WHERE a.id = ? AND a.text_sha256 = ? AND s.ordinal BETWEEN ? AND ?",
                    (
                        *(article.id, article.text_sha256),
                        *(passage.first_sentence - 1, passage.last_sentence + 1),
                    ),
                )
                found.setdefault(article.id, {}).update(
                    (n, Sentence(article.id, n, s, e, article.text[s:e], k)) for n, s, e, k in rows
                )
        return found

    def passages(self, articles: Mapping[str, Article]) -> list[Passage]:
        """All passages of these articles, in order."""
        found = [
            _passage(row, articles[row[0]])
            for chunk in chunks(list(articles))
            for row in self._connection.execute(
                'SELECT article_id, ordinal, start, "end", first_sentence, last_sentence'  # noqa: S608
                f" FROM passages WHERE article_id IN ({marks(chunk)}) ORDER BY ordinal",
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


def _passage(row: Sequence[Any], article: Article) -> Passage:
    article_id, ordinal, start, end, first, last = row
    return Passage(article_id, ordinal, start, end, article.text[start:end], first, last)
