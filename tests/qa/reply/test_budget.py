"""The budget of an answer: what is proved by then is kept, and an endpoint is let go of."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scripted_endpoint import Exchange, ScriptedEndpoint
from town import (
    ALWAYS,
    ARTICLES,
    COST,
    HURT,
    TRUE,
    ScriptedModel,
    check_promises,
    finished,
    says,
)

from index import Archive
from qa import Answerer, AnswerSettings, Chunk, LanguageModel, Message, Notice, Records
from qa._models.endpoint import OpenAIModel
from qa._reply.budget import Budget, BudgetError, Limited

MESSAGES: list[Message] = [{"role": "user", "content": "Why?" * 10}]


def test_within_its_budget_a_reply_passes_unchanged_a_chunk_at_a_time() -> None:
    taken = 0

    def reply() -> Iterator[Chunk]:
        nonlocal taken
        for n in range(5):
            taken = n + 1
            yield Chunk(str(n))

    limited = Limited(reply(), MESSAGES, Budget(60, 100))
    for n, chunk in enumerate(limited, 1):
        assert (chunk.text, taken) == (str(n - 1), n), "nothing is read ahead of the reader"
    assert n == 5
    limited.close()


def test_a_silent_reply_is_given_up_and_closed_when_it_stirs() -> None:
    stirs, closed = threading.Event(), threading.Event()

    def reply() -> Iterator[Chunk]:
        try:
            yield Chunk("first")
            stirs.wait(60)
            yield Chunk("too late")
        finally:
            closed.set()

    limited = Limited(reply(), MESSAGES, Budget(0.2, 100))
    chunks = iter(limited)
    assert next(chunks).text == "first"
    with pytest.raises(BudgetError, match=r"0\.2 seconds"):
        next(chunks)
    limited.close()
    assert not closed.is_set()
    stirs.set()
    assert closed.wait(30)


def test_time_in_line_is_not_counted() -> None:
    starts = threading.Event()

    def reply() -> Iterator[Chunk]:
        yield Chunk(waiting=1)
        starts.wait(60)
        yield Chunk("at last")

    limited = Limited(reply(), MESSAGES, Budget(0.1, 100))
    threading.Timer(0.4, starts.set).start()
    assert [chunk.text for chunk in limited] == ["", "at last"]
    limited.close()


def test_an_endless_reply_ends_with_its_tokens_and_a_long_prompt_is_not_sent() -> None:
    closed = 0

    def reply() -> Iterator[Chunk]:
        nonlocal closed
        try:
            while True:
                yield Chunk("blah ")
        finally:
            closed += 1

    limited = Limited(reply(), MESSAGES, Budget(60, 60))
    with pytest.raises(BudgetError, match="60 tokens"):
        list(limited)
    limited.close()
    assert closed == 1
    assert 60 < sum(limited.tokens.values()) < 65

    asked = Limited(reply(), MESSAGES, Budget(60, 5))
    with pytest.raises(BudgetError, match="prompt"):
        next(iter(asked))
    asked.close()
    assert asked.tokens == {"prompt": 0, "completion": 0}
    assert closed == 1, "it was never begun"


def test_what_the_model_raises_is_raised_and_closing_ends_it() -> None:
    def fails() -> Iterator[Chunk]:
        yield Chunk("first")
        raise KeyError("odd")

    limited = Limited(fails(), MESSAGES, Budget(60, 100))
    with pytest.raises(KeyError, match="odd"):
        list(limited)
    limited.close()


# In an answer ---------------------------------------------------------------------------------


@pytest.fixture
def town(tmp_path: Path) -> Iterator[tuple[Archive, Records]]:
    file = tmp_path / "articles.jsonl"
    file.write_text("".join(json.dumps(article) + "\n" for article in ARTICLES))
    home = tmp_path / "home"
    with Archive.open(home) as archive, closing(Records.open(home)) as records:
        archive.sync([file])
        yield archive, records


Ask = Callable[[LanguageModel, AnswerSettings], list[Any]]


@pytest.fixture
def ask(town: tuple[Archive, Records]) -> Ask:
    def ask(model: LanguageModel, settings: AnswerSettings) -> list[Any]:
        archive, records = town
        events = list(Answerer(archive, records, model, settings).ask(COST))
        check_promises(events, archive)
        return events

    return ask


class Garrulous(ScriptedModel):
    """Goes on for ever after its first claims, as one that ignores its limits."""

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int
    ) -> Iterator[Chunk]:
        try:
            for chunk in super().stream(messages, schema, max_tokens=max_tokens):
                yield Chunk(chunk.text.removesuffix("]}"))
            yield Chunk(', {"quotes": [1], "claim": "')
            while True:
                yield Chunk("and so on ")
        finally:
            self.closed += 1


@pytest.mark.parametrize("claims", [(), (HURT,), (HURT, TRUE)])
def test_what_was_proved_stays_and_the_rest_is_quoted(
    ask: Ask, claims: tuple[tuple[str, str], ...]
) -> None:
    model = Garrulous(says(*claims), size=10_000)
    events = ask(model, replace(ALWAYS, budget_tokens=1500))
    answer = finished(events)
    written = [claim.text for claim in answer.claims if claim.support == "supported"]
    assert written == [text for text, _ in claims]
    assert any("1.5 million" in quote.text for quote in answer.quotes), "the best quote is there"
    (notice,) = (event for event in events if isinstance(event, Notice))
    assert answer.notes == (notice.text,)
    assert "1,500 tokens" in notice.text
    assert "answered with quotes alone" in notice.text
    assert not notice.unavailable
    assert 1500 < sum(answer.tokens.values()) < 1520, "counted, though the endpoint did not"
    assert model.closed == 2


def test_an_endpoint_that_falls_silent_is_let_go_of(ask: Ask) -> None:
    written = '{"answerable": true, "claims": [{"quotes": [1], "claim": "Repairs will cost '
    hung_up = threading.Event()

    def step(exchange: Exchange) -> None:
        exchange.start_stream()
        try:
            exchange.text(written)
            while True:
                exchange.comment()  # alive, so that no read times out, and says nothing
                exchange.wait(0.05)
        except OSError:
            hung_up.set()
            raise

    with ScriptedEndpoint([step]) as endpoint:
        model = OpenAIModel(base_url=endpoint.base_url, api_key=None, model="scripted")
        answer = finished(ask(model, replace(ALWAYS, budget_seconds=1.5)))
        assert [claim.support for claim in answer.claims][:1] == ["quote_only"]
        assert "1.5 seconds" in answer.notes[0]
        assert answer.model == "extractive"
        assert hung_up.wait(30), "and the request is cancelled"
        model.close()


class Stubborn(ScriptedModel):
    """Its first reply is prose; the second is what was asked for."""

    def __init__(self, reply: Callable[[Mapping[int, str]], str], prose: str) -> None:
        super().__init__(reply, size=50)
        self.asked = 0
        self._prose = prose

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int
    ) -> Iterator[Chunk]:
        self.asked += 1
        if self.asked > 1:
            yield from super().stream(messages, schema, max_tokens=max_tokens)
        else:
            yield from (Chunk(self._prose[n : n + 50]) for n in range(0, len(self._prose), 50))


def test_asking_again_is_paid_for_from_the_same_budget(ask: Ask) -> None:
    prose = "I would say that it depends on many things. " * 60
    for tokens, again in ((4000, True), (1500, False)):
        model = Stubborn(says(HURT), prose)
        answer = finished(ask(model, replace(ALWAYS, budget_tokens=tokens)))
        assert any(c.support == "supported" for c in answer.claims) == again
        assert any("was cut" in note for note in answer.notes) != again
        assert model.said == 0 or again, "the second was not even sent"
        assert sum(answer.tokens.values()) <= tokens


def test_a_second_request_has_the_seconds_that_the_first_left() -> None:
    def slow() -> Iterator[Chunk]:
        yield Chunk("a")
        threading.Event().wait(0.3)
        yield Chunk("b")

    first = Limited(slow(), MESSAGES, Budget(60, 100))
    assert len(list(first)) == 2
    first.close()
    assert first.spent.seconds >= 0.3
    second = Limited(slow(), MESSAGES, Budget(0.3, 100), first.spent)
    with pytest.raises(BudgetError, match=r"0\.3 seconds"):
        list(second)
    second.close()
    assert second.spent.tokens > first.spent.tokens
