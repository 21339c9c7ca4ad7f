"""The whole way from question to proved answer, with the real embedded model.

The smaller file is enough: what is tested is that nothing unproved comes out, not how clever it
is. What it answers is measured by the suites.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Archive, EndpointError, find
from qa import (
    MAX_CHARACTERS,
    Answer,
    Answerer,
    EvidenceFound,
    Finished,
    LanguageModel,
    ModelSettings,
    Notice,
    Records,
    open_model,
)

PROMPT_TOKENS = 700

QUESTIONS = (
    "What share of Russians would support ending the war?",
    "Who is the Swedish national security adviser?",
    "Which teams played in the 1994 World Cup final?",
)


@pytest.fixture(scope="module")
def model(models_dir: Path) -> Iterator[LanguageModel]:
    if find("qwen-0.5b", models_dir) is None:
        reason = f"the model is not in {models_dir}: pullquote model pull qwen-0.5b"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    notes: list[str] = []
    opened = open_model("local:qwen-0.5b", ModelSettings(models_dir=models_dir), notes.append)
    assert opened is not None
    yield opened
    opened.close()


@pytest.fixture
def answerer(seeds_archive: Archive, model: LanguageModel, tmp_path: Path) -> Iterator[Answerer]:
    records = Records.open(tmp_path)
    yield Answerer(seeds_archive, records, model)
    records.close()


def finished(answerer: Answerer, question: str) -> Answer:
    events = list(answerer.ask(question))
    assert isinstance(events[0], EvidenceFound)
    assert not [event for event in events if isinstance(event, Notice)]
    assert isinstance(events[-1], Finished)
    return events[-1].answer


def test_what_the_model_writes_is_proved(answerer: Answerer, seeds_archive: Archive) -> None:
    answers = [finished(answerer, question) for question in QUESTIONS]
    for answer in answers:
        assert answer.model == "local:qwen-0.5b"
        for quote in answer.quotes:
            assert seeds_archive.article(quote.article).text[quote.start : quote.end] == quote.text
        assert all(claim.quotes for claim in answer.claims)
        assert (answer.status == "not_found") == (not answer.claims)
        assert answer.tokens["prompt"] <= PROMPT_TOKENS
    assert [answer.tokens["prompt"] > 0 for answer in answers] == [True, True, False], (
        "a model is not asked about what nothing in the archive is near to"
    )
    assert "70%" in answers[0].answer


def test_the_prompt_stays_small_whatever_is_asked(answerer: Answerer) -> None:
    longest = ("What did Zelensky say about negotiations with Putin? " * 30)[:MAX_CHARACTERS]
    assert 0 < finished(answerer, longest).tokens["prompt"] <= PROMPT_TOKENS


def test_a_closed_model_is_replaced_by_quotes(
    seeds_archive: Archive, models_dir: Path, model: LanguageModel, tmp_path: Path
) -> None:
    gone = open_model("local:qwen-0.5b", ModelSettings(models_dir=models_dir), print)
    assert gone is not None
    gone.close()
    with pytest.raises(EndpointError):
        next(iter(gone.stream([{"role": "user", "content": "?"}], {}, max_tokens=1)))
    events = list(Answerer(seeds_archive, Records.open(tmp_path), gone).ask(QUESTIONS[0]))
    assert [event.unavailable for event in events if isinstance(event, Notice)] == [True]
    assert isinstance(events[-1], Finished)
    assert events[-1].answer.model == "extractive"
    assert events[-1].answer.quotes
