"""What was answered, kept: every answer with its citations, reloadable as it was shown."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qa._answer import Answer, Claim, NearestArticle, Quote

_SCHEMA = """
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


def new_id() -> str:
    """A random id that cannot be guessed: whoever has an answer's id may see its sources."""
    return secrets.token_hex(8)


class Records:
    """Answers and conversations, in the archive's SQLite file.

    Safe to use from several threads. An answer is on disk when ``save`` returns.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(_SCHEMA)

    @classmethod
    def open(cls, home: Path) -> Records:
        """The records in ``home``, next to the articles they quote."""
        home.mkdir(parents=True, exist_ok=True)
        return cls(home / "archive.sqlite")

    def close(self) -> None:
        with self._guard:
            self._connection.close()

    def save(
        self,
        answer: Answer,
        *,
        conversation: str | None = None,
        trace: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep an answer. ``trace`` is how it came about, for those who look into it."""
        with self._guard, self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO answers VALUES (?,?,?,?,?,?)",
                (
                    answer.id,
                    conversation,
                    datetime.now(UTC).isoformat(timespec="milliseconds"),
                    answer.question,
                    # As ASCII: a raw reply may hold half characters, which SQLite refuses.
                    json.dumps(asdict(answer)),
                    json.dumps(dict(trace or {})),
                ),
            )

    def answer(self, answer_id: str) -> Answer | None:
        """The answer with this id, as it was given; None when there is none."""
        with self._guard:
            row = self._connection.execute(
                "SELECT answer FROM answers WHERE id = ?", (answer_id,)
            ).fetchone()
        return _load(row[0]) if row else None

    def trace(self, answer_id: str) -> dict[str, Any]:
        """How this answer came about; empty when it is not known."""
        with self._guard:
            row = self._connection.execute(
                "SELECT trace FROM answers WHERE id = ?", (answer_id,)
            ).fetchone()
        return dict(json.loads(row[0])) if row else {}

    def cited(self) -> set[tuple[str, str]]:
        """``(article id, text_sha256)`` of every text that a saved answer quotes."""
        with self._guard:
            rows = self._connection.execute("SELECT answer FROM answers").fetchall()
        quotes = (quote for row in rows for quote in json.loads(row[0])["quotes"])
        return {(quote["article"], quote["text_sha256"]) for quote in quotes}

    def new_conversation(self) -> str:
        """A fresh conversation id; it costs nothing until an answer is saved under it."""
        return new_id()

    def turns(self, conversation: str) -> list[Answer]:
        """The answers of a conversation, oldest first."""
        with self._guard:
            rows = self._connection.execute(
                "SELECT answer FROM answers WHERE conversation = ? ORDER BY rowid", (conversation,)
            ).fetchall()
        return [_load(row[0]) for row in rows]


def _load(text: str) -> Answer:
    data = json.loads(text)
    data["claims"] = tuple(
        Claim(claim["text"], tuple(claim["quotes"]), claim["support"]) for claim in data["claims"]
    )
    data["quotes"] = tuple(Quote(**quote) for quote in data["quotes"])
    data["nearest"] = tuple(NearestArticle(**nearest) for nearest in data["nearest"])
    data["disagreements"] = tuple(data["disagreements"])
    data["notes"] = tuple(data["notes"])
    return Answer(**data)
