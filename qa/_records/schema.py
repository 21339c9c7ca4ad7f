"""The tables of what is kept of answers, as the steps that lead to them.

They stand in the archive's SQLite file and have a version of their own, in ``records_schema``,
since an archive is changed by other hands. Files from before that version have its first table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from index import apply_steps

_ANSWERS = """
CREATE TABLE IF NOT EXISTS answers (
    id TEXT PRIMARY KEY,
    conversation TEXT,
    created TEXT NOT NULL,               -- UTC, ISO 8601
    question TEXT NOT NULL,
    answer TEXT NOT NULL,                -- JSON of the whole Answer
    trace TEXT NOT NULL                  -- JSON: prompt version, settings, evidence, raw reply
);
CREATE INDEX IF NOT EXISTS answers_conversation ON answers(conversation);
"""

_DIGESTS_FEEDBACK_REPLIES = """
CREATE TABLE records_schema (version INTEGER NOT NULL);
INSERT INTO records_schema VALUES (1);
ALTER TABLE answers ADD COLUMN digest TEXT; -- SHA-256 of question and answer; not of older ones
CREATE TABLE feedback (
    id INTEGER PRIMARY KEY,
    answer_id TEXT NOT NULL,
    created TEXT NOT NULL,               -- UTC, ISO 8601
    helpful INTEGER NOT NULL,            -- 1 or 0
    comment TEXT
);
CREATE INDEX feedback_answer ON feedback(answer_id);
CREATE TABLE replies (                   -- what models replied, to be taken again
    key TEXT PRIMARY KEY,                -- hash of all that shaped the reply
    answer_id TEXT NOT NULL,             -- the answer it was first given for
    used TEXT NOT NULL,                  -- UTC, ISO 8601; the least recently used go first
    chunks TEXT NOT NULL                 -- JSON, see qa/_records/cache.py
) WITHOUT ROWID;
CREATE INDEX replies_used ON replies(used);
"""

STEPS: Sequence[str] = (_ANSWERS, _DIGESTS_FEEDBACK_REPLIES)
RECORDS_VERSION = len(STEPS)


def migrate_records(connection: sqlite3.Connection, name: str) -> None:
    """Bring what is kept of answers to the newest schema; see ``index.apply_steps``."""
    apply_steps(connection, STEPS, name=name, read=records_version, write=_set_version)


def records_version(connection: sqlite3.Connection) -> int:
    """How many of the steps a file has been through; 0 where nothing was ever kept in it."""
    names = {
        row[0]
        for row in connection.execute(
            "SELECT name FROM sqlite_master WHERE name IN ('answers', 'records_schema')"
        )
    }
    if "records_schema" not in names:
        return int("answers" in names)
    return int(connection.execute("SELECT version FROM records_schema").fetchone()[0])


def _set_version(connection: sqlite3.Connection, version: int) -> None:
    if version > 1:  # the first schema had no place for it
        connection.execute("UPDATE records_schema SET version = ?", (version,))
