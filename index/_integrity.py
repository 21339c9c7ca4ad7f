"""Whether the store holds what it promises, and how to put right what can be.

SQLite checks its own pages. That the cuts of an article lie in its text, follow each other
and are the ones that were embedded is ours to check.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from index._article import Article, sha256_hex
from index._cleaning.clean import clean
from index._passages import build_passages
from index._sentences import split_sentences
from index._store.store import Store, passage_input

# Vectors of one look; a matrix of so many rows is a few megabytes.
VECTORS = 5000


def database_faults(store: Store, most: int = 20) -> list[str]:
    """What SQLite finds wrong with its file, at most so many findings; empty when it is sound."""
    try:
        with store.snapshot() as db:
            rows = db.execute(f"PRAGMA integrity_check({most})").fetchall()
            found = [str(row[0]) for row in rows if row[0] != "ok"]
            for table, _, parent, _ in db.execute("PRAGMA foreign_key_check").fetchmany(most):
                found.append(f"a row of {table} belongs to no row of {parent}")
            return found
    except sqlite3.DatabaseError as error:
        return [str(error)]


def mend_database(store: Store) -> None:
    """Make SQLite's indexes anew and drop rows whose article is gone.

    Damaged pages of a table cannot be mended; what was on them is not known any more.
    """
    with store.transaction() as db:
        db.execute("REINDEX")
        dangling = {row[0] for row in db.execute("PRAGMA foreign_key_check")}
        for table in sorted(dangling):
            for key in db.execute(f"PRAGMA foreign_key_list({table})").fetchall():
                _, _, parent, column, target = key[:5]
                db.execute(
                    f"DELETE FROM {table} WHERE {column} NOT IN (SELECT {target} FROM {parent})"  # noqa: S608
                )


def altered_articles(store: Store) -> Iterator[str]:
    """Ids of the articles whose frozen text is not the text that was frozen."""
    with store.snapshot() as db:
        for article_id, text, digest in db.execute("SELECT id, text, text_sha256 FROM articles"):
            if sha256_hex(text) != digest:
                yield article_id


def restore_text(store: Store, article_id: str) -> bool:
    """Put the frozen text back, cleaned anew from what was read; whether that gave it.

    Where it did not, the article counts as changed, so that the next sync reads it again.
    """
    with store.transaction() as db:
        raw, title, digest = db.execute(
            "SELECT raw, title, text_sha256 FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        text = clean(raw, title=title).text
        if sha256_hex(text) == digest:
            db.execute("UPDATE articles SET text = ? WHERE id = ?", (text, article_id))
            return True
        db.execute("UPDATE articles SET content_key = '' WHERE id = ?", (article_id,))
        db.execute(
            "DELETE FROM files WHERE file = (SELECT file FROM articles WHERE id = ?)", (article_id,)
        )
        return False


def badly_cut_articles(store: Store) -> Iterator[Article]:
    """Articles whose sentences or passages are not slices that cover it as they must."""
    for article in store.articles():
        if not _well_cut(store, article):
            yield article


def cut_anew(store: Store, article: Article) -> None:
    """Sentences and passages of an article from its frozen text, as at its first sync."""
    sentences = split_sentences(article.text, article.id)
    store.recut(article, sentences, build_passages(article, sentences))


def _well_cut(store: Store, article: Article) -> bool:
    size = len(article.text)
    with store.snapshot() as db:
        sentences = db.execute(
            'SELECT ordinal, start, "end", input_sha256 FROM sentences'
            " WHERE article_id = ? ORDER BY ordinal",
            (article.id,),
        ).fetchall()
        passages = store.passages({article.id: article})
        digests = db.execute(
            "SELECT input_sha256 FROM passages WHERE article_id = ? ORDER BY ordinal",
            (article.id,),
        ).fetchall()
    reached = 0
    for position, (ordinal, start, end, digest) in enumerate(sentences):
        if ordinal != position or not reached <= start < end <= size:
            return False
        if sha256_hex(article.text[start:end]) != digest:
            return False
        reached = end
    first = 0
    for position, (passage, (digest,)) in enumerate(zip(passages, digests, strict=True)):
        inside = passage.first_sentence == first <= passage.last_sentence < len(sentences)
        if passage.ordinal != position or not inside:
            return False
        bounds = (sentences[first][1], sentences[passage.last_sentence][2])
        if (passage.start, passage.end) != bounds:
            return False
        if sha256_hex(passage_input(passage, article.title)) != digest:
            return False
        first = passage.last_sentence + 1
    return first == len(sentences)


def bad_vectors(store: Store) -> Iterator[tuple[str, str]]:
    """``(model, input hash)`` of vectors that are none: torn, not finite, not of unit length."""
    import numpy as np

    with store.snapshot() as db:
        rows = db.execute("SELECT model, input_sha256, vector FROM vectors")
        while some := rows.fetchmany(VECTORS):
            sizes = {len(vector) for _, _, vector in some}
            for size in sizes:
                alike = [row for row in some if len(row[2]) == size]
                if size == 0 or size % 4:
                    yield from ((row[0], row[1]) for row in alike)
                    continue
                matrix = np.frombuffer(b"".join(row[2] for row in alike), dtype=np.float32)
                lengths = np.linalg.norm(matrix.reshape(len(alike), -1), axis=1)
                for row, length in zip(alike, lengths, strict=True):
                    if not abs(length - 1) < 1e-3:  # also where it is no number
                        yield row[0], row[1]


def drop_vectors(store: Store, keys: list[tuple[str, str]]) -> None:
    """Forget vectors; what they stood for is embedded again."""
    with store.transaction() as db:
        db.executemany("DELETE FROM vectors WHERE model = ? AND input_sha256 = ?", keys)


def unused_vectors(store: Store) -> int:
    """Number of vectors that no sentence and no passage has: traces of deleted text."""
    with store.snapshot() as db:
        row = db.execute(
            "SELECT count(*) FROM vectors v"
            " WHERE NOT EXISTS (SELECT 1 FROM passages p WHERE p.input_sha256 = v.input_sha256)"
            " AND NOT EXISTS (SELECT 1 FROM sentences s WHERE s.input_sha256 = v.input_sha256)"
        ).fetchone()
        return int(row[0])


def drop_unused_vectors(store: Store) -> None:
    """Forget the vectors that no sentence and no passage has."""
    with store.transaction() as db:
        db.execute(
            "DELETE FROM vectors WHERE input_sha256 NOT IN (SELECT input_sha256 FROM passages)"
            " AND input_sha256 NOT IN (SELECT input_sha256 FROM sentences)"
        )


def passage_ids(store: Store) -> set[str]:
    """Ids of all passages."""
    with store.snapshot() as db:
        return {row[0] for row in db.execute("SELECT article_id || '#' || ordinal FROM passages")}
