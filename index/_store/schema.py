"""The tables of ``archive.sqlite``, as the steps that lead to them.

``PRAGMA user_version`` counts the steps a file has been through. What ``qa`` keeps in the same file
has a version of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from index._store.migration import apply_steps

_ARTICLES = """
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

_COPIES_AND_VERSIONS = """
ALTER TABLE articles ADD COLUMN original BLOB; -- bytes read, compressed, where raw is a guess
CREATE INDEX articles_key ON articles(id, content_key); -- all keys without reading the texts
CREATE TABLE duplicates (            -- documents with the text and outlet of a stored article
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL, file TEXT NOT NULL,
    title TEXT, outlet TEXT, author TEXT, published TEXT, url TEXT,
    text_sha256 TEXT NOT NULL,
    raw TEXT NOT NULL, segments TEXT NOT NULL, content_key TEXT NOT NULL, original BLOB
);
CREATE INDEX duplicates_file ON duplicates(file);
CREATE INDEX duplicates_text ON duplicates(text_sha256);
CREATE TABLE article_versions (      -- earlier frozen texts, for answers that quote them
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    text_sha256 TEXT NOT NULL,
    source TEXT NOT NULL, text TEXT NOT NULL,
    title TEXT, outlet TEXT, author TEXT, published TEXT, url TEXT,
    replaced TEXT NOT NULL,          -- UTC, ISO 8601
    PRIMARY KEY (article_id, text_sha256)
);
CREATE TABLE texts (                 -- one row for all articles with the same frozen text
    id INTEGER PRIMARY KEY,
    text_sha256 TEXT NOT NULL UNIQUE,
    shingles INTEGER NOT NULL, sketched INTEGER NOT NULL
);
CREATE TABLE sketches (              -- sampled shingle -> the texts that have it
    value INTEGER NOT NULL, text INTEGER NOT NULL,
    PRIMARY KEY (value, text)
) WITHOUT ROWID;
CREATE TABLE copies (                -- texts that are copies of each other, both ways round
    text INTEGER NOT NULL, other INTEGER NOT NULL, shared INTEGER NOT NULL,
    PRIMARY KEY (text, other)
) WITHOUT ROWID;
CREATE TABLE origins (               -- of every article but those from before this table
    article_id TEXT PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
    origin TEXT NOT NULL             -- the first article of the same origin
) WITHOUT ROWID;
CREATE INDEX origins_origin ON origins(origin);
CREATE TABLE files (                 -- what a file was like when its articles were stored
    file TEXT PRIMARY KEY, fingerprint TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO state VALUES ('duplicates', '0'); -- version of the rules that origins were found by
"""

# An article's row is mostly text and a vector's mostly vector: these answer without reading them.
_COVERING_INDEXES = """
CREATE INDEX articles_filter ON articles(published_day, outlet, id); -- what filters ask for
CREATE INDEX vectors_key ON vectors(input_sha256, model); -- which vectors there are
"""

# As rows of the key, vectors overflowed their pages and made the tree deep: at 100,000 passages
# this takes two thirds of the time off reading those of a search, and a third off the file. Those
# of an article are stored together, for they are embedded together.
_VECTORS_IN_ROWS = """
DROP INDEX vectors_key;
CREATE TABLE vectors_in_rows (
    model TEXT NOT NULL, input_sha256 TEXT NOT NULL, vector BLOB NOT NULL
);
INSERT INTO vectors_in_rows SELECT model, input_sha256, vector FROM vectors;
DROP TABLE vectors;
ALTER TABLE vectors_in_rows RENAME TO vectors;
CREATE UNIQUE INDEX vectors_input ON vectors(model, input_sha256);
"""

STEPS: Sequence[str] = (_ARTICLES, _COPIES_AND_VERSIONS, _COVERING_INDEXES, _VECTORS_IN_ROWS)
SCHEMA_VERSION = len(STEPS)


def migrate(connection: sqlite3.Connection, name: str) -> None:
    """Bring a file to the newest schema; see ``apply_steps``. ``name`` says which in a message."""
    apply_steps(connection, STEPS, name=name, read=_version, write=_set_version)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _set_version(connection: sqlite3.Connection, version: int) -> None:
    connection.execute(f"PRAGMA user_version = {version}")
