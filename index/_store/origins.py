"""Origins in the store: which articles are one report, kept up with every change.

``texts`` has a row for each distinct frozen text, ``sketches`` the inverted index of their
samples, ``copies`` the pairs found to be copies, ``articles.origin`` the outcome. Adding a text
costs a look-up of its sample and the comparison with the few candidates, whatever the size of
the archive; a change regroups only the texts that are connected with it through copies.

What an archive's origins are depends on its articles alone, not on the order they came in or on
what was there before, as long as no shingle is shared by more than ``MAX_HOLDERS`` texts.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from index._store.database import chunks, marks
from index._store.duplicates import (
    DUPLICATES_VERSION,
    MIN_SHARED,
    are_copies,
    is_candidate,
    origins,
    shared,
    shingles,
    sketch,
)

if TYPE_CHECKING:
    from index._store.duplicates import Shingles

# A sampled shingle that many texts have is page furniture or a very popular story. It is
# followed to this many texts, so that a corpus full of furniture does not cost its square.
MAX_HOLDERS = 64
# Candidates come from one site or story: their shingles are wanted again.
KEPT_SHINGLES = 512


def link(db: sqlite3.Connection, texts: Sequence[tuple[str, str]]) -> None:
    """Enter ``(text_sha256, text)`` of new articles and regroup what they are connected with.

    Texts that are there already may come too: a changed date changes who is first.
    """

    @lru_cache(KEPT_SHINGLES)
    def shingles_of(key: int) -> Shingles:
        return shingles(
            db.execute(
                "SELECT a.text FROM texts t JOIN articles a ON a.text_sha256 = t.text_sha256"
                " WHERE t.id = ? LIMIT 1",
                (key,),
            ).fetchone()[0]
        )

    touched: set[int] = set()
    for digest, text in texts:
        row = db.execute("SELECT id FROM texts WHERE text_sha256 = ?", (digest,)).fetchone()
        touched.add(row[0] if row else _enter(db, digest, shingles(text), shingles_of))
    _regroup(db, touched)


def unlink(db: sqlite3.Connection, texts: Sequence[tuple[str, str]]) -> None:
    """Forget those of ``(text_sha256, text)`` that no article has any more, and regroup."""
    touched: set[int] = set()
    for digest, text in texts:
        row = db.execute("SELECT id FROM texts WHERE text_sha256 = ?", (digest,)).fetchone()
        if row is None:
            continue
        if _held(db, digest):
            touched.add(row[0])
            continue
        touched.update(*_neighbours(db, row).values())
        db.executemany(
            "DELETE FROM sketches WHERE value = ? AND text = ?",
            [(value, row[0]) for value in sketch(shingles(text))],
        )
        db.execute(
            "DELETE FROM copies WHERE other = ? AND text IN"
            " (SELECT other FROM copies WHERE text = ?)",
            row * 2,
        )
        db.execute("DELETE FROM copies WHERE text = ?", row)
        db.execute("DELETE FROM texts WHERE id = ?", row)
        touched.discard(row[0])
    _regroup(db, touched)


def unlinked(db: sqlite3.Connection) -> list[str]:
    """Ids of the articles without an origin: from before there were origins, or these rules."""
    rows = db.execute(
        "SELECT id FROM articles WHERE id NOT IN (SELECT article_id FROM origins) ORDER BY rowid"
    )
    return [row[0] for row in rows]


def forget_other_rules(db: sqlite3.Connection) -> None:
    """Drop what was found by other rules than today's."""
    row = db.execute("SELECT value FROM state WHERE key = 'duplicates'").fetchone()
    if row[0] == str(DUPLICATES_VERSION):
        return
    for table in ("copies", "sketches", "texts", "origins"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608
    db.execute("UPDATE state SET value = ? WHERE key = 'duplicates'", (str(DUPLICATES_VERSION),))


def _enter(
    db: sqlite3.Connection, digest: str, own: Shingles, shingles_of: Callable[[int], Shingles]
) -> int:
    """Store a new text's sketch and the copies it has; returns its key."""
    sample = sketch(own) if len(own) >= MIN_SHARED else []
    key = db.execute(
        "INSERT INTO texts (text_sha256, shingles, sketched) VALUES (?,?,?)",
        (digest, len(own), len(sample)),
    ).lastrowid
    assert key is not None  # noqa: S101 - for the type checker: an insert has a row id
    for other, size in _candidates(db, sample):
        common = shared(own, shingles_of(other))
        if are_copies(common, len(own), size):
            db.executemany(
                "INSERT INTO copies VALUES (?,?,?)", [(key, other, common), (other, key, common)]
            )
    db.executemany("INSERT INTO sketches VALUES (?,?)", [(value, key) for value in sample])
    return key


def _candidates(db: sqlite3.Connection, sample: Sequence[int]) -> list[tuple[int, int]]:
    """Key and number of shingles of the texts that share enough of a sketch."""
    holders = Counter(
        chain.from_iterable(
            db.execute(
                "SELECT text FROM sketches WHERE value = ? LIMIT ?", (value, MAX_HOLDERS)
            ).fetchall()
            for value in sample
        )
    )
    counts = {key: count for (key,), count in holders.items()}
    return [
        (key, size)
        for chunk in chunks(counts)
        for key, size, sketched in db.execute(
            f"SELECT id, shingles, sketched FROM texts WHERE id IN ({marks(chunk)})",  # noqa: S608
            chunk,
        )
        if is_candidate(counts[key], len(sample), sketched)
    ]


def _neighbours(db: sqlite3.Connection, keys: Iterable[int]) -> dict[int, dict[int, int]]:
    """The copies of each of these texts that has any, with the shingles they share."""
    found: dict[int, dict[int, int]] = {}
    for chunk in chunks(keys):
        rows = db.execute(
            f"SELECT text, other, shared FROM copies WHERE text IN ({marks(chunk)})",  # noqa: S608
            chunk,
        )
        for text, other, common in rows:
            found.setdefault(text, {})[other] = common
    return found


def _regroup(db: sqlite3.Connection, seeds: set[int]) -> None:
    """Find the origins of these texts, and of all that copies connect them with, anew."""
    near: dict[int, dict[int, int]] = {}
    seen, fresh = set(seeds), set(seeds)
    while fresh:
        found = _neighbours(db, fresh)
        near.update(found)
        fresh = set[int]().union(*found.values()) - seen
        seen |= fresh
    names: dict[int, str] = {}
    sizes: dict[str, int] = {}
    for chunk in chunks(seen):
        for key, digest, size in db.execute(
            f"SELECT id, text_sha256, shingles FROM texts WHERE id IN ({marks(chunk)})",  # noqa: S608
            chunk,
        ):
            names[key], sizes[digest] = digest, size
    copies = {
        names[key]: {names[other]: common for other, common in others.items()}
        for key, others in near.items()
    }
    holders: dict[str, list[tuple[str, str | None]]] = {}
    current: dict[str, str | None] = {}
    for chunk in chunks(sizes):
        for digest, article_id, published, origin in db.execute(
            "SELECT a.text_sha256, a.id, a.published, o.origin FROM articles a"  # noqa: S608
            " LEFT JOIN origins o ON o.article_id = a.id"
            f" WHERE a.text_sha256 IN ({marks(chunk)})",
            chunk,
        ):
            holders.setdefault(digest, []).append((article_id, published))
            current[article_id] = origin
    changed: list[tuple[str, str]] = []
    for group in origins(sizes, copies):
        members = [member for digest in group for member in holders[digest]]
        first, _ = min(members, key=lambda member: first_published(*member))
        changed += [(i, first) for i, _ in members if current[i] != first]
    db.executemany("INSERT OR REPLACE INTO origins VALUES (?,?)", changed)


def first_published(article_id: str, published: str | None) -> tuple[bool, datetime, str]:
    """What sorts the articles of an origin: the earliest first, those without a date last.

    A day without a time counts as its first moment, a time without a zone as UTC.
    """
    if published is None:
        return True, datetime.max.replace(tzinfo=UTC), article_id
    moment = datetime.fromisoformat(published)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return False, moment, article_id


def _held(db: sqlite3.Connection, digest: str) -> bool:
    row = db.execute("SELECT 1 FROM articles WHERE text_sha256 = ?", (digest,)).fetchone()
    return row is not None
