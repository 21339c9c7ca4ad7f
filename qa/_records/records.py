"""What was answered, kept: every answer with its citations, reloadable as it was shown."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from index import ArchiveError, UsageError, can_write, open_sqlite
from qa._answer import Answer, Claim, NearestArticle, Quote
from qa._records.schema import migrate_records, records_version

REPLIES_KEPT = 2000
"""Replies of models that are kept to be taken again; one has about a kilobyte."""


OnDamaged = Callable[[ArchiveError], None]
_Made = TypeVar("_Made")


def new_id() -> str:
    """A random id that cannot be guessed: whoever has an answer's id may see its sources."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader thought of an answer. ``created`` is UTC, ISO 8601."""

    helpful: bool
    comment: str | None
    created: str


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """An answer and what is kept beside it.

    Attributes:
        created: When it was saved: UTC, ISO 8601.
        conversation: The conversation it belongs to, if any.
        intact: Whether the record is what was saved; None for one from before that was noted.
        trace: How it came about: prompt version, settings, evidence, raw reply.
        feedback: What readers thought of it, oldest first.
    """

    answer: Answer
    created: str
    conversation: str | None
    intact: bool | None
    trace: Mapping[str, Any]
    feedback: tuple[Feedback, ...] = ()


class Records:
    """Answers and conversations, in the archive's SQLite file.

    Safe to use from several threads. An answer is on disk when ``save`` returns.
    """

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        """See ``open`` and ``in_memory``; a connection in autocommit mode is taken over."""
        self._guard = threading.Lock()
        self._connection = connection
        # Damaged bytes are one record's fault and must not keep the others from being read.
        self._connection.text_factory = _text
        try:
            migrate_records(self._connection, name)
        except BaseException:
            self._connection.close()
            raise

    @classmethod
    def open(cls, home: Path) -> Records:
        """The records in ``home``, next to the articles they quote; they are made or migrated.

        Where they cannot be written to they can be read.

        Raises:
            ArchiveError: A newer version wrote them, or an older one and they cannot be migrated.
            sqlite3.DatabaseError: The file is no database.
        """
        home.mkdir(parents=True, exist_ok=True)
        path = home / "archive.sqlite"
        connection = open_sqlite(path)
        if can_write(path):
            return cls(connection, str(path))
        if records_version(connection) == 0:  # nothing was ever asked here
            connection.close()
            return cls.in_memory()
        try:
            return cls(connection, str(path))
        except sqlite3.OperationalError as error:
            raise ArchiveError(
                f"The answers in {path} are of an earlier version, and nothing can be written "
                "there.",
                "Run, with permission to write there: pullquote answers",
            ) from error

    @classmethod
    def in_memory(cls) -> Records:
        """Records that are gone when they are closed: for an archive that cannot be written to."""
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        return cls(connection, "memory")

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
        # As ASCII: a raw reply may hold half characters, which SQLite refuses.
        text = json.dumps(asdict(answer))
        with self._guard:
            self._connection.execute(
                "INSERT OR REPLACE INTO answers VALUES (?,?,?,?,?,?,?)",
                (
                    answer.id,
                    conversation,
                    _now(),
                    answer.question,
                    text,
                    json.dumps(dict(trace or {}), default=str),
                    _digest(answer.question, text),
                ),
            )

    def answer(self, answer_id: str) -> Answer | None:
        """The answer with this id, as it was given; None when there is none.

        Raises:
            ArchiveError: The record was damaged beyond reading.
        """
        with self._guard:
            row = self._connection.execute(
                "SELECT answer FROM answers WHERE id = ?", (answer_id,)
            ).fetchone()
        return _decoded(answer_id, row[0], _answer) if row else None

    def trace(self, answer_id: str) -> dict[str, Any]:
        """How this answer came about; empty when it is not known.

        Raises:
            ArchiveError: The record was damaged beyond reading.
        """
        with self._guard:
            row = self._connection.execute(
                "SELECT trace FROM answers WHERE id = ?", (answer_id,)
            ).fetchone()
        return _decoded(answer_id, row[0], _trace) if row else {}

    def saved(self, answer_id: str) -> SavedAnswer | None:
        """The answer with this id and what is kept beside it; None when there is none.

        Raises:
            ArchiveError: The record was damaged beyond reading.
        """
        return next(iter(self._saved("id = ?", (answer_id,))), None)

    def conversation(
        self, conversation: str, on_damaged: OnDamaged | None = None
    ) -> list[SavedAnswer]:
        """The answers of a conversation with what is kept beside them, oldest first.

        ``on_damaged`` is told of each record that was damaged beyond reading, and it is left out.

        Raises:
            ArchiveError: There is such a record, and nobody to be told of it.
        """
        return self._saved("conversation = ? ORDER BY rowid", (conversation,), on_damaged)

    def recent(self, limit: int, on_damaged: OnDamaged | None = None) -> list[SavedAnswer]:
        """The last ``limit`` answers, newest first; for ``on_damaged`` see ``conversation``.

        Raises:
            ArchiveError: One was damaged beyond reading, and there is nobody to be told of it.
        """
        return self._saved("1 ORDER BY rowid DESC LIMIT ?", (limit,), on_damaged)

    def _saved(
        self, where: str, values: Sequence[Any], on_damaged: OnDamaged | None = None
    ) -> list[SavedAnswer]:
        with self._guard:
            try:
                rows = self._connection.execute(
                    "SELECT id, question, answer, created, conversation, trace, digest"  # noqa: S608
                    f" FROM answers WHERE {where}",
                    values,
                ).fetchall()
                rated = [
                    [
                        Feedback(bool(helpful), comment, created)
                        for helpful, comment, created in self._connection.execute(
                            "SELECT helpful, comment, created FROM feedback"
                            " WHERE answer_id = ? ORDER BY id",
                            (row[0],),
                        )
                    ]
                    for row in rows
                ]
            except UnicodeEncodeError:  # bytes of a command line that are no UTF-8; no id has such
                return []
        found = []
        for row, feedback in zip(rows, rated, strict=True):
            try:
                found.append(_saved_answer(row, feedback))
            except ArchiveError as error:
                if on_damaged is None:
                    raise
                on_damaged(error)
        return found

    def feedback(self, answer_id: str, *, helpful: bool, comment: str | None = None) -> None:
        """Keep what a reader thought of an answer; what was said of it before stays.

        Raises:
            UsageError: There is no such answer.
        """
        if self.answer(answer_id) is None:
            raise UsageError(f"There is no answer {answer_id!r}.", "Run: pullquote answers")
        with self._guard:
            self._connection.execute(
                "INSERT INTO feedback (answer_id, created, helpful, comment) VALUES (?,?,?,?)",
                (answer_id, _now(), helpful, comment or None),
            )

    # Replies of models, for ``qa._records.cache`` -------------------------------------------------

    def keep_reply(self, key: str, answer_id: str, chunks: str) -> None:
        """Keep a reply under a key; of more than ``REPLIES_KEPT`` the least recently used go."""
        with self._guard:
            self._connection.execute(
                "INSERT OR REPLACE INTO replies VALUES (?,?,?,?)", (key, answer_id, _now(), chunks)
            )
            self._connection.execute(
                "DELETE FROM replies WHERE key IN"
                " (SELECT key FROM replies ORDER BY used DESC LIMIT -1 OFFSET ?)",
                (REPLIES_KEPT,),
            )

    def reply(self, key: str) -> tuple[str, str, str] | None:
        """``(chunks, answer id, when that answer was saved)`` of the reply kept under a key."""
        with self._guard:
            row = self._connection.execute(
                "SELECT r.chunks, r.answer_id, a.created FROM replies r"
                " JOIN answers a ON a.id = r.answer_id WHERE r.key = ?",
                (key,),
            ).fetchone()
            if row is None:
                return None
            self._connection.execute("UPDATE replies SET used = ? WHERE key = ?", (_now(), key))
        return str(row[0]), str(row[1]), str(row[2])

    # -----------------------------------------------------------------------------------------

    def cited(self) -> set[tuple[str, str]] | None:
        """``(article id, text_sha256)`` of every text that a saved answer quotes.

        None where one of the records was damaged beyond reading: it may quote any text.
        """
        with self._guard:
            rows = self._connection.execute("SELECT id, answer FROM answers").fetchall()
        try:
            return {
                text for answer_id, answer in rows for text in _decoded(answer_id, answer, _cited)
            }
        except ArchiveError:
            return None

    def new_conversation(self) -> str:
        """A fresh conversation id; it costs nothing until an answer is saved under it."""
        return new_id()

    def turns(self, conversation: str) -> list[Answer]:
        """The answers of a conversation, oldest first.

        Raises:
            ArchiveError: One of the records was damaged beyond reading.
        """
        with self._guard:
            rows = self._connection.execute(
                "SELECT id, answer FROM answers WHERE conversation = ? ORDER BY rowid",
                (conversation,),
            ).fetchall()
        return [_decoded(answer_id, answer, _answer) for answer_id, answer in rows]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _digest(question: str, answer: str) -> str:
    return hashlib.sha256(json.dumps([question, answer]).encode()).hexdigest()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _saved_answer(row: Sequence[Any], feedback: Sequence[Feedback]) -> SavedAnswer:
    answer_id, question, text, created, conversation, trace, digest = row
    return SavedAnswer(
        answer=_decoded(answer_id, text, _answer),
        created=created,
        conversation=conversation,
        intact=None if digest is None else digest == _digest(question, text),
        trace=_decoded(answer_id, trace, _trace),
        feedback=tuple(feedback),
    )


def _decoded(answer_id: str, text: str, make: Callable[[Any], _Made]) -> _Made:
    """What ``make`` makes of the JSON in a record.

    Raises:
        ArchiveError: It is none, or not what was saved.
    """
    try:
        return make(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ArchiveError(
            f"The record of answer {answer_id} cannot be read: it was changed after it was saved.",
            "Take the archive's SQLite file back from a copy.",
        ) from error


def _answer(data: Any) -> Answer:
    data["claims"] = tuple(
        Claim(claim["text"], tuple(claim["quotes"]), claim["support"]) for claim in data["claims"]
    )
    data["quotes"] = tuple(Quote(**quote) for quote in data["quotes"])
    data["nearest"] = tuple(NearestArticle(**nearest) for nearest in data["nearest"])
    data["disagreements"] = tuple(data["disagreements"])
    data["notes"] = tuple(data["notes"])
    return Answer(**data)


def _trace(data: Any) -> dict[str, Any]:
    return dict(data)


def _cited(data: Any) -> list[tuple[str, str]]:
    return [(quote["article"], quote["text_sha256"]) for quote in data["quotes"]]
