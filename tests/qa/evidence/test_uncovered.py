"""Questions of two parts: told apart, and the part that nothing was found on is named."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
import yaml

from index import Archive, Filters
from qa import Answer, Answerer, Finished, Notice, Records, find_evidence
from qa._evidence.uncovered import uncovered_parts
from qa._question.joined import questions_in

SUITE = Path(__file__).parents[3] / "evals" / "suites" / "seeds.yaml"
SURVEY = "How many Russians would back an end to the war this week"


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("How many were hurt, and who?", ()),
        (
            "How many people were hurt in Marl, and what did the mayor promise about it?",
            ("How many people were hurt in Marl", "what did the mayor promise about it"),
        ),
        (
            "Does the Post praise the mayor of Marl, while the Gazette criticizes his repairs?",
            ("Does the Post praise the mayor of Marl", "the Gazette criticizes his repairs"),
        ),
        (
            "What did the mayor of Marl promise? When does the bridge open again?",
            ("What did the mayor of Marl promise", "When does the bridge open again"),
        ),
        ("Who was hurt in the storm of Marl and is now in hospital there?", ()),
        ("What did the mayor say while the bridge of Marl was closed?", ()),
        ("Which towns and villages did the storm strike on Monday?", ()),
        ("When the storm struck Marl, what did the mayor say and do?", ()),
        ("", ()),
    ],
)
def test_parts(question: str, found: tuple[str, ...]) -> None:
    assert questions_in(question) == found


def ask(archive: Archive, question: str) -> tuple[Answer, list[str]]:
    with closing(Records.open(archive.home)) as records:
        events = list(Answerer(archive, records, None).ask(question))
        assert isinstance(events[-1], Finished)
        answer = events[-1].answer
        assert records.answer(answer.id) == answer
    return answer, [event.text for event in events if isinstance(event, Notice)]


@pytest.mark.parametrize(
    "strange",
    [
        "what is the population of Brazil?",
        "what did Erdogan say about extending the Black Sea grain deal?",
        "who won the men's singles final at Wimbledon in 2019?",
    ],
)
def test_the_part_that_nothing_was_found_on_is_named(seeds_archive: Archive, strange: str) -> None:
    answer, notices = ask(seeds_archive, f"{SURVEY}, and {strange}")
    assert answer.status == "partial"
    assert answer.claims
    assert list(answer.notes) == notices
    (note,) = answer.notes
    assert strange.rstrip("?") in note
    assert "Russians" not in note
    assert "70%" in answer.answer


def test_no_question_with_two_answers_is_told_to_have_one(seeds_archive: Archive) -> None:
    cases = yaml.safe_load(SUITE.read_text("utf-8"))["cases"]
    asked = [c["ask"] for c in cases if "ask" in c and not c["expect"].get("abstain")]
    joint = [question for question in asked if questions_in(question)]
    assert len(joint) >= 5
    for question in joint:
        assert uncovered_parts(question, lambda q: find_evidence(seeds_archive, q, Filters())) == ()
