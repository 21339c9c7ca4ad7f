"""Contradictions that a model reports: shown as its own word, and unless rules object."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from index import Archive, Filters
from qa import Answer, Answerer, AnswerSettings, Chunk, Finished, Message, Records, find_evidence
from qa._disagreement.reported import reported_disagreement

QUESTION = "What happened to the ferry off Marl?"
REST = " ".join(f"Its {n} lifeboat was lowered within minutes, one sailor said." for n in range(9))
SENTENCES = {
    "sank": "The ferry sank off Marl with all of its cargo.",
    "towed": "The ferry off Marl was towed to Brenn on Monday.",
    "crew": "The crew of the ferry off Marl numbered 12.",
    "large": "The ferry off Marl had a crew of 40.",
    "denied": "The ferry off Marl did not sink.",
    "opera": "Tickets for the opera in Lund start at 25 euros.",
    "same": "Off Marl the ferry sank with its cargo.",
}
# How sure the evidence must be is fitted to the shipped embedding model; not the subject here.
ASKED = AnswerSettings(refuse_below=0.0, model_floor=0.0, contradictions=True)


class Reporter:
    """Claims the first sentence it is shown, and contradictions between those with these words."""

    name = "reporter"

    def __init__(self, *sides: str) -> None:
        self._sides = sides
        self.prompt = ""
        self.schema: Mapping[str, Any] = {}

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int
    ) -> Iterator[Chunk]:
        self.prompt, self.schema = messages[-1]["content"], schema
        labels = {
            int(line[1 : line.index("]")]): line
            for line in self.prompt.split("\n")
            if line.startswith("[")
        }
        sides = [[n for n, text in labels.items() if words in text] for words in self._sides]
        claim = {"quotes": [1], "claim": labels[1].partition(") ")[2]}
        reply = {"answerable": True, "claims": [claim], "contradictions": [{"sides": sides}]}
        yield Chunk(json.dumps(reply), prompt_tokens=100, completion_tokens=20)

    def close(self) -> None:
        """Nothing to give back."""


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    rows = [
        {"id": name, "text": text, "outlet": f"The {name}", "published": f"2024-03-0{n}"}
        for n, (name, text) in enumerate(SENTENCES.items(), 1)
    ]
    rows += [
        {**rows[1], "id": f"copy-{n}", "text": f"{SENTENCES['towed']} {REST} Copy {n}."}
        for n in (1, 2)
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with Archive.open(tmp_path / "home", embedding=None) as opened:
        opened.sync([tmp_path / "rows.jsonl"])
        yield opened


@pytest.mark.parametrize(
    ("sides", "holds"),
    [
        (("sank", "towed"), True),  # no rule would know
        (("crew", "large"), True),
        (("sank", "denied"), True),
        (("sank", "same"), False),  # nothing differs
        (("sank", "opera"), False),  # not about one thing
        (("copy-1", "copy-2"), False),  # one report
        (("sank", "sank"), False),
        (("sank",), False),
        (("sank", "towed", "opera"), False),
    ],
)
def test_rules_can_object(archive: Archive, sides: tuple[str, ...], holds: bool) -> None:
    candidates = {
        name: min(
            find_evidence(archive, f"{QUESTION} opera", Filters(articles=(name,))).candidates,
            key=lambda candidate: candidate.sentence.start,
        )
        for name in sides
    }
    origins = archive.origins([article.id for article in archive.articles()])
    for order in permutations(sides):
        found = reported_disagreement(QUESTION, [[candidates[name]] for name in order], origins)
        assert (found is not None) == holds
        if found:
            assert found.found_by == "model"
            assert {side.value for side in found.sides} == {SENTENCES[name] for name in sides}
            days = [side.spans[0].article.published or "" for side in found.sides]
            assert days == sorted(days, reverse=True)
    assert reported_disagreement(QUESTION, [[], []], origins) is None


def answer(archive: Archive, model: Reporter, settings: AnswerSettings) -> Answer:
    with closing(Records.open(archive.home)) as records:
        *_, last = Answerer(archive, records, model, settings).ask(QUESTION)
        assert isinstance(last, Finished)
        assert records.answer(last.answer.id) == last.answer
    return last.answer


def test_what_a_model_reports_is_shown_as_its_word_with_both_sides_quoted(
    archive: Archive,
) -> None:
    model = Reporter("sank with", "was towed")
    given = answer(archive, model, ASKED)
    reported = [found for found in given.disagreements if found["found_by"] == "model"]
    assert len(reported) == 1
    quotes = {quote.n: quote.text for quote in given.quotes}
    for side in reported[0]["sides"]:
        assert side["value"] in {quotes[n] for n in side["quotes"]}
    assert "Sources disagree, as the model reads them" in given.answer
    assert "(The same, 2024-03-07) Off" in model.prompt
    # What rules find themselves is not told twice.
    again = answer(archive, Reporter("sank with", "did not sink"), ASKED)
    assert [found["found_by"] for found in again.disagreements].count("model") <= 1
    assert len({json.dumps(found["sides"]) for found in again.disagreements}) == len(
        again.disagreements
    )


def test_labels_that_do_not_exist_contradict_nothing(archive: Archive) -> None:
    given = answer(archive, Reporter("sank with", "no such words"), ASKED)
    assert all(found["found_by"] == "program" for found in given.disagreements)


def test_only_a_model_that_is_asked_reports(archive: Archive) -> None:
    silent = replace(ASKED, contradictions=False)
    model = Reporter("sank with", "was towed")
    answer(archive, model, silent)
    assert "contradictions" not in model.schema["properties"]
    assert "contradictions" not in model.prompt
    answer(archive, model, ASKED)
    assert model.schema["required"] == ["answerable", "claims", "contradictions"]
    # One article cannot contradict another.
    with closing(Records.open(archive.home)) as records:
        answerer = Answerer(archive, records, model, ASKED)
        list(answerer.ask(QUESTION, filters=Filters(articles=("sank",))))
    assert "contradictions" not in model.schema["properties"]
