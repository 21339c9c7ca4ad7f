"""Questions of two parts: told apart, and the part that nothing was found on is named."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from town import ALWAYS, ARTICLES, TRUE, ScriptedModel, check_promises, finished, says

from index import Archive, Filters
from qa import Answer, Answerer, Chunk, Finished, Message, Notice, Records, find_evidence
from qa._evidence.uncovered import uncovered_parts
from qa._question.parts import questions_in

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


REPAIRS = "How much will the repairs of the bridge in Marl cost"
PART = "when will the opera house of Marl burn down"


class Cautious(ScriptedModel):
    """Refuses whatever asks for ``PART``, alone or with something else."""

    def __init__(self) -> None:
        super().__init__(says(TRUE), size=40)
        self.asked: list[str] = []

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int
    ) -> Iterator[Chunk]:
        self.asked.append(messages[-1]["content"].rpartition("Question: ")[2].strip())
        refuses = PART in self.asked[-1]
        self._reply = '{"answerable": false, "claims": []}' if refuses else says(TRUE)
        return super().stream(messages, schema, max_tokens=max_tokens)


def test_where_a_model_refuses_the_whole_each_part_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    file.write_text("".join(json.dumps(article) + "\n" for article in ARTICLES))
    model = Cautious()
    with Archive.open(tmp_path / "home") as archive, closing(Records.open(archive.home)) as records:
        archive.sync([file])
        answerer = Answerer(archive, records, model, ALWAYS)
        events = list(answerer.ask(f"{REPAIRS}, and {PART}?"))
        check_promises(events, archive)
        answer = finished(events)
        assert answer.status == "partial"
        assert [claim.text for claim in answer.claims if claim.support == "supported"] == [TRUE[0]]
        assert answer.notes == (f"Nothing was found on this part of the question: “{PART}”.",)
        assert [PART in asked for asked in model.asked] == [True, False, True]
        refused = finished(list(answerer.ask(f"{PART}, and {PART}?")))
    assert refused.status == "not_found"
    assert refused.notes == ()
