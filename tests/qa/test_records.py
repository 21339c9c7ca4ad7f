"""What is kept of answers: all of it, at once, and as it was shown."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from qa import Answer, Claim, NearestArticle, Quote, Records

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
    with closing(Records(Path(":memory:"))) as records:
        records.save(answer, trace=trace)
        assert records.answer(answer.id) == answer
        assert records.trace(answer.id) == trace
        assert records.answer("another") is None
        assert records.trace("another") == {}


@settings(max_examples=15)
@given(answers=st.lists(ANSWER, max_size=4, unique_by=lambda answer: answer.id))
def test_what_answers_quote(answers: list[Answer]) -> None:
    with closing(Records(Path(":memory:"))) as records:
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
        connection.execute("INSERT INTO answers VALUES ('half', NULL, '', '', '{', '')")
        connection.close()
        assert records.answer("half") is None
        assert records.answer("whole") is not None
