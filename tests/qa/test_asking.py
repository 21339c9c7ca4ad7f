"""What is asked: follow-ups, filters, what was understood, and what is no question."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from town import COST, HURT, ScriptedModel, finished, says

from index import Archive, ArchiveError, Filters, UsageError
from qa import (
    MAX_CHARACTERS,
    Answerer,
    AnswerSettings,
    Event,
    EvidenceFound,
    Item,
    Notice,
    Records,
    Turn,
)


def test_a_follow_up_is_searched_for_with_what_it_leans_on(
    ask: Callable[..., list[Event]], records: Records
) -> None:
    conversation = records.new_conversation()
    first = finished(ask(None, COST, conversation=conversation))
    model = ScriptedModel(says(HURT))
    events = ask(
        model,
        "And how long will it take?",
        history=[Turn(COST, first.answer)],
        conversation=conversation,
    )
    answer, evidence = finished(events), events[0]
    assert isinstance(evidence, EvidenceFound)
    assert answer.question == "And how long will it take?"
    assert answer.searched_for == evidence.searched_for
    assert COST in (answer.searched_for or "")
    assert f"Asked before: {COST}" in model.messages[-1]["content"]
    assert "70 days" in " ".join(model.labels.values())
    assert records.turns(conversation) == [first, answer]


@pytest.mark.parametrize(
    ("question", "note"),
    [
        (
            "What did the Inland Gazette say of the storm in Marl on 2 March 2021?",
            "No article from",
        ),
        ("Who closed “the bridge of sighs” in Marl?", "No article has the words"),
        ("Who closed the bridge in Marl in March 1999?", "No article is of"),
    ],
)
def test_what_is_not_there_is_told_with_the_answer(
    ask: Callable[..., list[Event]], question: str, note: str
) -> None:
    answer = finished(ask(None, question))
    assert [text.startswith(note) for text in answer.notes] == [True], answer.notes
    assert answer.answer.count(note) == 1


def test_a_question_without_a_word_is_not_answered_and_its_follow_up_is(
    ask: Callable[..., list[Event]],
) -> None:
    answer = finished(ask(None, "Who?"))
    assert (answer.status, answer.nearest) == ("not_found", ())
    assert "no word to search for" in answer.answer
    leaning = finished(ask(None, "Who?", history=[Turn("Who was hurt at the bridge?", "It.")]))
    assert leaning.status == "answered"


def test_filters_narrow_what_is_searched_and_quoted(ask: Callable[..., list[Event]]) -> None:
    answer = finished(ask(None, filters=Filters(outlet=("inland gazette",))))
    assert {quote.article for quote in answer.quotes} == {"bridge-b"}
    assert answer.searched["articles"] == 1


def test_filters_that_leave_nothing_are_said_and_what_they_leave_out_is_named(
    ask: Callable[..., list[Event]],
) -> None:
    answer = finished(ask(None, filters=Filters(since=date(2031, 1, 1))))
    assert (answer.status, answer.searched["articles"]) == ("not_found", 0)
    assert "bridge-a" in [near.article for near in answer.nearest]
    assert "No article is of 2031-01-01 or later." in answer.answer


def test_filters_that_leave_out_the_answer_alone_are_said(
    town: Archive, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    # How sure the evidence is, is not the subject: it is, where the repairs' cost is among it.
    for module in ("qa._answerer", "qa._evidence.outside"):
        monkeypatch.setattr(
            f"{module}.confidence",
            lambda evidence: float(any("1.5" in c.sentence.text for c in evidence.candidates)),
        )
    answerer = Answerer(town, records, None, AnswerSettings(refuse_below=0.5, model_floor=0.5))
    for filters, said in ((Filters(articles=("bridge-b",)), True), (Filters(), False)):
        events = list(answerer.ask(COST if said else "Who sang at the opera?", filters=filters))
        answer = finished(events)
        notes = [event.text for event in events if isinstance(event, Notice)]
        assert notes == list(answer.notes)
        if said:
            assert answer.status == "not_found"
            (note,) = notes
            assert "Bridge closed after storm (Harbour Post, 2021-03-02)" in note
            assert [near.article for near in answer.nearest] == ["bridge-a", "bridge-b"]
        else:
            assert notes == []


def test_what_was_understood_can_be_taken_back_and_both_are_kept(
    ask: Callable[..., list[Event]], records: Records
) -> None:
    question = "What did the Harbour Post say of the bridge in Marl on March 2, 2021?"
    first, *_ = ask(None, question)
    assert isinstance(first, EvidenceFound)
    assert first.found is not None
    items = first.found.understood.items
    assert [item.kind for item in items] == ["outlet", "published"]
    events = ask(None, question, without=[items[0].key, "no such key"])
    first = events[0]
    assert isinstance(first, EvidenceFound)
    assert first.found is not None
    assert first.found.understood.items == items[1:]
    assert first.found.understood.removed == items[:1]
    trace = records.trace(finished(events).id)
    assert [Item(**item) for item in trace["understood"]] == list(items[1:])
    assert [Item(**item) for item in trace["removed"]] == list(items[:1])
    assert trace["without"] == [items[0].key, "no such key"]


def test_an_item_is_met_by_the_reports_that_it_asks_for() -> None:
    outlet = Item("outlet:News|World | Today", "News or World | Today")
    assert outlet.met_by("News", None)
    assert outlet.met_by("World | Today", "2021-03-02")
    assert not outlet.met_by("New", None)
    assert not outlet.met_by(None, None)
    for key, days in (
        ("published:2021-03-02/2021-03-03", (False, True, True, False)),
        ("published:2021-03-03/", (False, False, True, True)),
        ("published:/2021-03-02", (True, True, False, False)),
    ):
        published = ("2021-03-01", "2021-03-02T23:00:00Z", "2021-03-03", "2021-03-04")
        assert tuple(Item(key, "").met_by("News", day) for day in published) == days
        assert not Item(key, "").met_by("News", None)
    assert Item("phrase:open to talks", "").met_by(None, None)


@pytest.mark.parametrize("question", ["", "  \n\t ", "?!", "🦓", "x" * 20_000])
def test_what_is_no_question_is_refused_before_the_first_event(
    town: Archive, records: Records, question: str
) -> None:
    with pytest.raises(UsageError):
        next(Answerer(town, records).ask(question))


def test_contradicting_dates_are_refused(town: Archive, records: Records) -> None:
    filters = Filters(since=date(2024, 1, 2), until=date(2024, 1, 1))
    with pytest.raises(UsageError, match="after"):
        next(Answerer(town, records).ask(COST, filters=filters))


def test_warming_needs_no_article(town: Archive, records: Records, tmp_path: Path) -> None:
    Answerer(town, records).warm()
    with Archive.open(tmp_path / "empty") as empty:
        Answerer(empty, records).warm()


def test_an_empty_archive_says_how_to_fill_it(tmp_path: Path) -> None:
    with (
        Archive.open(tmp_path) as archive,
        closing(Records.open(tmp_path)) as records,
        pytest.raises(ArchiveError) as caught,
    ):
        next(Answerer(archive, records).ask(COST))
    assert "index sync" in caught.value.hint


@pytest.mark.parametrize(
    "question", ["Who is the of and to?", "它说了什么？", "x" * MAX_CHARACTERS]
)
def test_promises_hold_for_odd_questions(ask: Callable[..., list[Event]], question: str) -> None:
    ask(None, question)
