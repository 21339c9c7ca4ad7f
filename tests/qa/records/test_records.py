"""What is kept of answers: all of it, at once, and as it was shown."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Archive, ArchiveError, UsageError
from qa import Answer, Claim, NearestArticle, Quote, Records
from qa._records.records import REPLIES_KEPT
from qa._records.schema import RECORDS_VERSION, migrate_records

SAVED = sorted((Path(__file__).parents[1] / "data").glob("records-*.sql"))

TEXT = st.text(max_size=20)
NAME = st.none() | TEXT
QUOTE = st.builds(
    Quote, n=st.integers(1, 9), text=TEXT, verdict=st.just("exact"), article=TEXT, source=TEXT,
    title=NAME, outlet=NAME, author=NAME, published=NAME, url=NAME, start=st.integers(0),
    end=st.integers(0), text_sha256=TEXT,
)  # fmt: skip
CLAIM = st.builds(
    Claim,
    text=TEXT,
    quotes=st.lists(st.integers(1, 9)).map(tuple),
    support=st.sampled_from(["supported", "quote_only"]),
)
NEAREST = st.builds(
    NearestArticle, article=TEXT, source=TEXT, title=NAME, outlet=NAME, published=NAME
)
COUNTS = st.dictionaries(TEXT, st.integers(0, 2**40), max_size=4)
ANSWER = st.builds(
    Answer, id=st.uuids().map(str), question=st.text(st.characters(exclude_categories=["Cs"])),
    status=st.sampled_from(["answered", "partial", "not_found"]), answer=TEXT,
    claims=st.lists(CLAIM, max_size=3).map(tuple), quotes=st.lists(QUOTE, max_size=3).map(tuple),
    disagreements=st.lists(st.dictionaries(TEXT, TEXT | st.lists(TEXT))).map(tuple),
    searched=COUNTS, nearest=st.lists(NEAREST, max_size=3).map(tuple), model=TEXT,
    timings_ms=COUNTS, tokens=COUNTS, notes=st.lists(TEXT).map(tuple), searched_for=NAME,
)  # fmt: skip


@settings(max_examples=30)
@given(answer=ANSWER, trace=st.dictionaries(TEXT, TEXT | st.integers() | st.lists(TEXT)))
def test_an_answer_comes_back_as_it_was_saved(answer: Answer, trace: dict[str, Any]) -> None:
    with closing(Records.in_memory()) as records:
        records.save(answer, trace=trace)
        assert records.answer(answer.id) == answer
        assert records.trace(answer.id) == trace
        assert records.answer("another") is None
        assert records.trace("another") == {}


@settings(max_examples=15)
@given(answers=st.lists(ANSWER, max_size=4, unique_by=lambda answer: answer.id))
def test_what_answers_quote(answers: list[Answer]) -> None:
    with closing(Records.in_memory()) as records:
        for answer in answers:
            records.save(answer)
        quotes = {(q.article, q.text_sha256) for answer in answers for q in answer.quotes}
        assert records.cited() == quotes


def test_answers_outlive_the_process_in_the_order_they_were_given(tmp_path: Path) -> None:
    given_ = [Answer(f"a{n}", f"Question {n}?", "not_found", "No.") for n in range(5)]
    with closing(Records.open(tmp_path)) as records:
        one, other = records.new_conversation(), records.new_conversation()
        assert one != other
        for answer in given_:
            records.save(answer, conversation=one)
        records.save(Answer("b", "Why?", "not_found", "No."), conversation=other)
        # Another process reads while this one still has it open: it is on disk by then.
        with closing(Records.open(tmp_path)) as reader:
            assert reader.turns(one) == given_
    with closing(Records.open(tmp_path)) as records:
        assert records.turns(one) == given_
        assert [answer.id for answer in records.turns(other)] == ["b"]
        assert records.turns("no such") == []


def test_a_record_that_is_written_with_the_program_killed_is_not_half_there(
    tmp_path: Path,
) -> None:
    """SQLite's own promise, held on to: a transaction that never ended leaves nothing."""
    with closing(Records.open(tmp_path)) as records:
        records.save(Answer("whole", "Why?", "not_found", "No."))
        connection = sqlite3.connect(tmp_path / "archive.sqlite", isolation_level=None)
        connection.execute("BEGIN")
        connection.execute("INSERT INTO answers VALUES ('half', NULL, '', '', '{', '', '')")
        connection.close()
        assert records.answer("half") is None
        assert records.answer("whole") is not None


# What is kept beside an answer ----------------------------------------------------------------


def test_an_answer_is_found_with_what_is_kept_beside_it(tmp_path: Path) -> None:
    with closing(Records.open(tmp_path)) as records:
        for n in range(4):
            answer = Answer(f"a{n}", f"Question {n}?", "not_found", "No.")
            records.save(answer, conversation="one" if n < 2 else None, trace={"n": n})
        assert [saved.answer.id for saved in records.recent(3)] == ["a3", "a2", "a1"]
        assert [saved.answer.id for saved in records.conversation("one")] == ["a0", "a1"]
        found = records.saved("a1")
        assert found is not None
        assert (found.conversation, found.trace, found.intact) == ("one", {"n": 1}, True)
        for unknown in ("b", "", "\udcff"):
            assert records.saved(unknown) is None
            assert records.conversation(unknown) == []


def test_feedback_is_kept_all_of_it_and_only_of_answers(tmp_path: Path) -> None:
    with closing(Records.open(tmp_path)) as records:
        records.save(Answer("a", "Why?", "not_found", "No."))
        records.feedback("a", helpful=False, comment="It stands in the second article.")
        records.feedback("a", helpful=True)
        with pytest.raises(UsageError, match="no answer 'b'"):
            records.feedback("b", helpful=True)
    with closing(Records.open(tmp_path)) as records:
        found = records.saved("a")
        assert found is not None
        assert [(f.helpful, f.comment) for f in found.feedback] == [
            (False, "It stands in the second article."),
            (True, None),
        ]


@pytest.mark.parametrize("column", ["question", "answer"])
def test_a_record_that_was_changed_is_known_to_be(tmp_path: Path, column: str) -> None:
    with closing(Records.open(tmp_path)) as records:
        records.save(Answer("a", "Were 12 hurt?", "not_found", "Not 12."))
        with closing(sqlite3.connect(tmp_path / "archive.sqlite")) as db, db:
            db.execute(f"UPDATE answers SET {column} = replace({column}, '12', '13')")
        found = records.saved("a")
        assert found is not None
        assert found.intact is False
        with closing(sqlite3.connect(tmp_path / "archive.sqlite")) as db, db:
            db.execute("UPDATE answers SET answer = substr(answer, 2)")
        with pytest.raises(ArchiveError, match="answer a cannot be read"):
            records.saved("a")


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[]", "null", "7", '{"quotes": [1]}', '{"quotes": 1, "claims": []}', "[" * 100_000],
)
def test_a_record_beyond_reading_is_named_and_the_others_are_read(
    tmp_path: Path, damage: str
) -> None:
    whole = Answer("whole", "Why?", "not_found", "No.")
    with closing(Records.open(tmp_path)) as records:
        for answer in (Answer("torn", "Who?", "not_found", "No."), whole):
            records.save(answer, conversation="one")
        with closing(sqlite3.connect(tmp_path / "archive.sqlite")) as db, db:
            db.execute("UPDATE answers SET answer = ?, trace = ? WHERE id = 'torn'", [damage] * 2)
        single = (records.saved, records.answer)
        for read in (*single, lambda _: records.turns("one"), lambda _: records.recent(9)):
            with pytest.raises(ArchiveError, match="answer torn cannot be read"):
                read("torn")
        assert records.cited() is None, "it may quote anything"
        damaged: list[ArchiveError] = []
        for found in (
            records.recent(9, damaged.append),
            records.conversation("one", damaged.append),
        ):
            assert [saved.answer for saved in found] == [whole]
        assert len(damaged) == 2
        assert records.answer("whole") == whole


def test_bytes_that_are_no_text_are_one_records_fault(tmp_path: Path) -> None:
    with closing(Records.open(tmp_path)) as records:
        for name in ("torn", "whole"):
            records.save(Answer(name, "Why?", "not_found", "No."))
        with closing(sqlite3.connect(tmp_path / "archive.sqlite")) as db, db:
            db.execute("UPDATE answers SET question = CAST(x'ff' AS TEXT) WHERE id = 'torn'")
        assert [(s.answer.id, s.intact) for s in records.recent(9)] == [
            ("whole", True),
            ("torn", False),
        ]
        with closing(sqlite3.connect(tmp_path / "archive.sqlite")) as db, db:
            db.execute("UPDATE answers SET trace = '{' WHERE id = 'torn'")
        with pytest.raises(ArchiveError, match="answer torn cannot be read"):
            records.trace("torn")


def test_of_the_replies_the_last_used_are_kept(tmp_path: Path) -> None:
    with closing(Records.open(tmp_path)) as records:
        assert records.reply("key") is None
        records.keep_reply("key", "a", "[]")
        assert records.reply("key") is None, "a reply without its answer is nobody's"
        records.save(Answer("a", "Why?", "not_found", "No."))
        assert (records.reply("key") or ())[:2] == ("[]", "a")
    with closing(sqlite3.connect(tmp_path / "archive.sqlite")) as db, db:
        rows = [(f"old {n}", "a", "2001", "[]") for n in range(REPLIES_KEPT)]
        db.executemany("INSERT INTO replies VALUES (?,?,?,?)", rows)
    with closing(Records.open(tmp_path)) as records:
        records.keep_reply("new", "a", "[1]")
        assert (records.reply("new") or ())[:1] == ("[1]",)
        assert records.reply("key") is not None
    with closing(sqlite3.connect(tmp_path / "archive.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM replies").fetchone() == (REPLIES_KEPT,)


# Migrations -----------------------------------------------------------------------------------


def _tables(path: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT name, sql FROM sqlite_master").fetchall()
    plain = ((name, re.sub(r"--[^\n]*", "", sql or "")) for name, sql in rows)
    return {(name, "".join(sql.replace(" IF NOT EXISTS", "").split())) for name, sql in plain}


def test_there_is_a_saved_file_of_every_earlier_version() -> None:
    assert [path.stem for path in SAVED] == [f"records-{n}" for n in range(1, RECORDS_VERSION)]


@pytest.mark.parametrize("script", SAVED, ids=lambda path: path.stem)
def test_old_records_become_new_ones_and_keep_all(script: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for home in (old, new):
        Archive.open(home).close()  # in whose file they stand, with a version of its own
    path = old / "archive.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script.read_text(encoding="utf-8"))
        before = db.execute(
            "SELECT id, conversation, created, question, answer, trace FROM answers"
        )
        rows = before.fetchall()
    assert len(rows) == 3

    # The files as they are at each statement, which is what a kill leaves, open as ever.
    images: list[Path] = []

    def image(statement: str) -> None:
        images.append(tmp_path / f"image-{len(images)}")
        shutil.copytree(old, images[-1])

    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.set_trace_callback(image)
        migrate_records(db, "records")
    assert len(images) > 5
    Records.open(new).close()
    for home in (old, *images):
        with closing(Records.open(home)) as records:
            assert [saved.answer.id for saved in records.recent(9)] == [
                row[0] for row in rows[::-1]
            ]
            assert {saved.intact for saved in records.recent(9)} == {None}
            first = records.turns(rows[0][1])[0]
            assert first.quotes
            assert {(q.article, q.text_sha256) for q in first.quotes} <= records.cited()
            records.feedback(first.id, helpful=True)
        with closing(sqlite3.connect(home / "archive.sqlite")) as db:
            kept = db.execute(
                "SELECT id, conversation, created, question, answer, trace FROM answers"
            )
            assert kept.fetchall() == rows
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert _tables(home / "archive.sqlite") == _tables(new / "archive.sqlite")


def test_records_of_a_newer_version_are_left_alone(tmp_path: Path) -> None:
    Records.open(tmp_path).close()
    path = tmp_path / "archive.sqlite"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE records_schema SET version = version + 1")
    with pytest.raises(ArchiveError, match="newer version"):
        Records.open(tmp_path)
