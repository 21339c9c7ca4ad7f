"""Replies that are kept: when they are taken again, when not, and that it looks the same."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
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

from index import Archive, Filters
from qa import (
    Answerer,
    AnswerSettings,
    Chunk,
    ClaimDone,
    ClaimStarted,
    ClaimText,
    Event,
    EvidenceFound,
    Message,
    Notice,
    Records,
    ReplyCache,
    Turn,
)
from qa._models.endpoint import OpenAIModel
from qa._models.local_server import LocalModel


class CountingModel(ScriptedModel):
    """Counts how often it is asked."""

    asked = 0

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int
    ) -> Iterator[Chunk]:
        self.asked += 1
        yield from super().stream(messages, schema, max_tokens=max_tokens)


@dataclass
class Desk:
    folder: Path
    archive: Archive
    records: Records

    def write(self, articles: Sequence[Mapping[str, Any]]) -> None:
        file = self.folder / "articles.jsonl"
        file.write_text("".join(json.dumps(article) + "\n" for article in articles))
        self.archive.sync([file])

    def ask(
        self,
        model: ScriptedModel,
        question: str = COST,
        settings: AnswerSettings = ALWAYS,
        *,
        cached: bool = True,
        **options: Any,
    ) -> list[Event]:
        cache = ReplyCache(self.records) if cached else None
        answerer = Answerer(self.archive, self.records, model, settings, cache=cache)
        events = list(answerer.ask(question, **options))
        check_promises(events, self.archive)
        return events


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    home = tmp_path / "home"
    with Archive.open(home) as archive, closing(Records.open(home)) as records:
        desk = Desk(tmp_path, archive, records)
        desk.write(ARTICLES)
        yield desk


SHOWN = EvidenceFound | ClaimStarted | ClaimText | ClaimDone


def test_asked_again_the_same_comes_without_the_model_and_says_so(desk: Desk) -> None:
    model = CountingModel(says(HURT, TRUE))
    first = desk.ask(model)
    second = desk.ask(CountingModel("never asked"))
    assert model.asked == 1
    before, after = finished(first), finished(second)
    assert (after.claims, after.quotes, after.status) == (before.claims, before.quotes, "answered")
    assert after.id != before.id

    # The same events, but for the answer's id and the notice.
    def shown(events: list[Event]) -> list[Event]:
        kept = [event for event in events if isinstance(event, SHOWN)]
        return [replace(e, answer_id="") if isinstance(e, EvidenceFound) else e for e in kept]

    assert shown(second) == shown(first)
    (notice,) = (event for event in second if isinstance(event, Notice))
    assert after.notes == (notice.text,)
    assert "its reply of" in notice.text
    assert not notice.unavailable
    assert "cached" in after.timings_ms
    assert "cached" not in before.timings_ms
    assert before.tokens == {"prompt": 120, "completion": 17}
    assert after.tokens == {"prompt": 0, "completion": 0}, "it cost nothing"
    assert desk.records.trace(after.id)["cached_from"] == before.id
    assert desk.records.trace(after.id)["raw_reply"] == desk.records.trace(before.id)["raw_reply"]
    # It outlives the process, and a third finds what the first was told, not what the second was.
    with closing(Records.open(desk.archive.home)) as records:
        third = finished(replace(desk, records=records).ask(CountingModel("never asked")))
    assert desk.records.trace(third.id)["cached_from"] == before.id


def test_without_a_cache_a_model_is_asked_and_nothing_is_kept(desk: Desk) -> None:
    model = CountingModel(says(TRUE))
    for cached in (False, False, True):
        assert finished(desk.ask(model, cached=cached)).notes == ()
    assert model.asked == 3


@pytest.mark.parametrize("damage", ["{", "17", "[[1]]", ""])
def test_a_damaged_reply_is_asked_for_again(desk: Desk, damage: str) -> None:
    model = CountingModel(says(TRUE))
    desk.ask(model)
    with closing(sqlite3.connect(desk.folder / "home" / "archive.sqlite")) as db, db:
        assert db.execute("UPDATE replies SET chunks = ?", (damage,)).rowcount == 1
    assert finished(desk.ask(model)).notes == ()
    assert model.asked == 2


def test_how_sure_the_model_was_is_kept_with_its_refusal(desk: Desk) -> None:
    class Unsure(CountingModel):
        name = "unsure"

        def stream(
            self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int
        ) -> Iterator[Chunk]:
            self.asked += 1
            yield Chunk('{"answerable":')
            yield Chunk(" true", alternatives={"true": 0.51, "false": 0.49, "maybe": 0.0})
            yield Chunk(', "claims": [{"quotes": [1], "claim": "Not read any more."}]}')

    settings = replace(ALWAYS, answerable_above=0.999)
    model = Unsure("")
    answers = [finished(desk.ask(model, settings=settings)) for _ in range(2)]
    assert model.asked == 1
    assert {answer.status for answer in answers} == {"not_found"}
    traces = [desk.records.trace(answer.id) for answer in answers]
    assert traces[0]["sureness"] == traces[1]["sureness"] == pytest.approx(0.51)


@pytest.mark.parametrize(
    "changed",
    [
        {"question": "What will the repairs of the bridge in Marl cost?"},
        {"filters": Filters(outlet=("Harbour Post",))},
        {"filters": Filters(since=date(2021, 1, 1))},
        {"history": [Turn("Was the bridge in Marl closed?", "Yes.")], "question": "Why was it?"},
        {"settings": replace(ALWAYS, max_claims=2)},
        {"settings": replace(ALWAYS, search_weight=0.4)},
        {"name": "another"},
        {"identity": "another file under the same name"},
    ],
    ids="-".join,
)
def test_whatever_shapes_a_reply_tells_it_from_others(desk: Desk, changed: dict[str, Any]) -> None:
    first, second = CountingModel(says(TRUE)), CountingModel(says(TRUE))
    desk.ask(first)
    for name in ("name", "identity"):
        if name in changed:
            setattr(second, name, changed.pop(name))
    desk.ask(second, **changed)
    assert second.asked == 1
    desk.ask(second, **changed)
    assert second.asked == 1, "and is kept itself"


def test_a_changed_article_misses_though_the_sentences_shown_are_the_same(desk: Desk) -> None:
    model = CountingModel(says(TRUE))
    desk.ask(model)
    text = ARTICLES[0]["text"] + "\n\nThe editors regret a mistake in an earlier edition."
    desk.write([ARTICLES[0] | {"text": text}, *ARTICLES[1:]])
    answer = finished(desk.ask(model))
    assert model.asked == 2
    assert answer.notes == ()


@pytest.mark.parametrize(
    "reply",
    [
        ScriptedModel(says(TRUE), fails_after=0),
        ScriptedModel(says(TRUE, HURT), size=7, fails_after=120),
        ScriptedModel("I would rather not say."),
        ScriptedModel('{"answerable": true, "claims": [{"quotes": [1], "claim": "It'),
        ScriptedModel(says(("A claim that points nowhere.", 99))),
    ],
    ids=["fails", "fails halfway", "prose", "broken off", "points nowhere"],
)
def test_what_failed_or_fell_back_is_asked_again(desk: Desk, reply: ScriptedModel) -> None:
    desk.ask(reply)
    model = CountingModel(says(TRUE))
    assert finished(desk.ask(model)).notes == ()
    assert model.asked == 1


def test_a_reply_that_was_cut_off_is_asked_again(desk: Desk) -> None:
    class Cut(ScriptedModel):
        def stream(
            self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int
        ) -> Iterator[Chunk]:
            yield from super().stream(messages, schema, max_tokens=max_tokens)
            yield Chunk(truncated=True)

    assert finished(desk.ask(Cut(says(TRUE)))).claims
    model = CountingModel(says(TRUE))
    desk.ask(model)
    assert model.asked == 1


def test_a_stopped_answer_is_not_kept(desk: Desk) -> None:
    answerer = Answerer(
        desk.archive,
        desk.records,
        ScriptedModel(says(TRUE)),
        ALWAYS,
        cache=ReplyCache(desk.records),
    )
    events = answerer.ask(COST)
    while not isinstance(next(events), ClaimDone):
        pass
    events.close()  # type: ignore[attr-defined]
    model = CountingModel(says(TRUE))
    desk.ask(model)
    assert model.asked == 1


def test_a_model_is_known_by_its_address_or_its_file(tmp_path: Path) -> None:
    def at(url: str, model: str = "m") -> str:
        return OpenAIModel(base_url=url, api_key="k", model=model, name="same").identity

    assert (
        len({at("http://a/v1"), at("http://b/v1"), at("http://a/v1?v=2"), at("http://a/v1", "n")})
        == 4
    )
    assert "secret" not in at("http://user:secret@a/v1")
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF one")
    one = LocalModel(file, "local:model.gguf").identity
    assert one == LocalModel(file, "local:model.gguf").identity
    file.write_bytes(b"GGUF another")
    assert one != LocalModel(file, "local:model.gguf").identity
