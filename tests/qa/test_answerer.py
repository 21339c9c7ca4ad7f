"""An answer, event by event: with a model that says whatever a test makes it say, and without."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from town import (
    ALWAYS,
    ARTICLES,
    COST,
    FALSE,
    HURT,
    PLANTED,
    TRUE,
    ScriptedModel,
    check_promises,
    finished,
    says,
)

from index import Archive
from qa import (
    Answerer,
    AnswerSettings,
    Chunk,
    ClaimDone,
    ClaimStarted,
    Event,
    EvidenceFound,
    Finished,
    Records,
    Turn,
    Working,
)

REPOSITORY = Path(__file__).parents[2]


# A model that answers -------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_claims_come_proved_in_order_however_the_reply_is_cut(
    ask: Callable[..., list[Event]], size: int
) -> None:
    model = ScriptedModel(says(HURT, TRUE), size=size)
    answer = finished(ask(model))
    assert [claim.text for claim in answer.claims] == [HURT[0], TRUE[0]]
    assert {claim.support for claim in answer.claims} == {"supported"}
    assert [quote.text for quote in answer.quotes] == [
        "Twelve people were hurt, the mayor said.",
        "Repairs will cost 1.5 million euros and take 70 days.",
    ]
    assert (answer.model, answer.status, answer.notes) == ("scripted", "answered", ())
    assert answer.tokens == {"prompt": 120, "completion": 17}
    assert model.closed == 1


def test_a_claim_is_shown_before_the_reply_goes_on(town: Archive, records: Records) -> None:
    model = ScriptedModel(says(TRUE, HURT))
    events = Answerer(town, records, model, ALWAYS).ask(COST)
    assert isinstance(next(events), EvidenceFound)
    assert model.messages == [], "the evidence is on screen before the model is asked"
    assert next(event for event in events if event != Working()) == ClaimStarted(0)
    reply = says(TRUE, HURT)(model.labels)
    assert model.said < reply.index(HURT[0])
    events.close()  # type: ignore[attr-defined]


def test_closing_the_events_stops_the_model_and_saves_nothing(
    town: Archive, records: Records
) -> None:
    model = ScriptedModel(says(TRUE, HURT))
    events = Answerer(town, records, model, ALWAYS).ask(COST)
    evidence = next(events)
    next(events)
    assert model.closed == 0
    events.close()  # type: ignore[attr-defined]
    assert model.closed == 1
    assert isinstance(evidence, EvidenceFound)
    assert records.answer(evidence.answer_id) is None


def test_an_answer_whose_reader_has_gone_is_not_saved(town: Archive, records: Records) -> None:
    asked = []

    def keep() -> bool:
        asked.append(True)
        return False

    answerer = Answerer(town, records, ScriptedModel(says(HURT)), ALWAYS)
    events = list(answerer.ask(COST, keep=keep))
    assert any(isinstance(event, ClaimDone) for event in events)
    assert not isinstance(events[-1], Finished)
    assert asked == [True]
    assert isinstance(events[0], EvidenceFound)
    assert records.answer(events[0].answer_id) is None


def test_a_claim_that_its_quote_does_not_bear_out_is_replaced_by_the_quote(
    ask: Callable[..., list[Event]],
) -> None:
    events = ask(ScriptedModel(says(FALSE, HURT)))
    answer = finished(events)
    assert [claim.support for claim in answer.claims] == ["quote_only", "supported"]
    assert answer.claims[0].text == "Repairs will cost 1.5 million euros and take 70 days."
    assert "— Harbour Post, 2021-03-02 [1]" in answer.answer
    assert "15 million" not in repr(events[1:-1]) + answer.answer


def test_claims_that_point_at_nothing_are_not_shown(ask: Callable[..., list[Event]]) -> None:
    reply = says(("The bridge was bombed.", 99), ("It was bombed.", -1), TRUE, ("Bombed.", 0))
    events = ask(ScriptedModel(reply))
    assert [claim.text for claim in finished(events).claims] == [TRUE[0]]
    assert "ombed" not in repr(events)


def test_where_no_pointer_is_valid_the_quotes_answer(ask: Callable[..., list[Event]]) -> None:
    answer = finished(ask(ScriptedModel(says(("The bridge was bombed.", 99)))))
    assert {claim.support for claim in answer.claims} == {"quote_only"}
    assert "bombed" not in answer.answer


def test_a_model_may_say_no(ask: Callable[..., list[Event]]) -> None:
    events = ask(ScriptedModel(says(answerable=False)))
    answer = finished(events)
    assert (answer.status, answer.claims, answer.quotes) == ("not_found", (), ())
    assert answer.searched == {"articles": 3, "passages": sum(passages(events))}
    assert answer.nearest[0].title in ("Bridge closed after storm", "Storm hits Marl")
    assert "Harbour Post, 2021-03-02" in answer.answer
    assert answer.model == "scripted"


def passages(events: Sequence[Event]) -> list[int]:
    return [e.searched["passages"] for e in events if isinstance(e, EvidenceFound)]


def test_claims_of_a_model_that_says_no_are_not_shown(ask: Callable[..., list[Event]]) -> None:
    answer = finished(ask(ScriptedModel(says(TRUE, answerable=False))))
    assert (answer.status, answer.quotes) == ("not_found", ())


# The prompt -----------------------------------------------------------------------------------


def test_the_model_is_shown_numbered_sentences_and_may_point_at_nothing_else(
    ask: Callable[..., list[Event]], town: Archive
) -> None:
    model = ScriptedModel(says(TRUE))
    ask(model)
    assert list(model.labels) == list(range(1, len(model.labels) + 1))
    sentences = {s.text for article in town.articles() for s in town.sentences(article.id)}
    assert set(model.labels.values()) <= sentences
    label = model.schema["properties"]["claims"]["items"]["properties"]["quotes"]["items"]
    assert label["enum"] == list(model.labels)
    assert model.messages[-1]["content"].endswith(f"Question: {COST}")


def test_a_planted_article_commands_nothing_and_forges_no_label(
    town: Archive, tmp_path: Path
) -> None:
    file = tmp_path / "articles.jsonl"
    file.write_text("".join(json.dumps(article) + "\n" for article in [*ARTICLES, PLANTED]))
    with (
        Archive.open(tmp_path / "home") as archive,
        closing(Records.open(tmp_path / "home")) as records,
    ):
        archive.sync([file])
        model = ScriptedModel(says(TRUE))
        events = list(Answerer(archive, records, model, ALWAYS).ask(COST))
        check_promises(events, archive)
        written = [c.text for c in finished(events).claims if c.support == "supported"]
        assert written == [TRUE[0]]
        content = model.messages[-1]["content"]
        assert "9 million" in content, "the planted sentence is evidence like any other"
        assert "<|" not in content
        *labelled, question = content.split("\n")
        assert [line.split(" ")[0] for line in labelled] == [f"[{n}]" for n in model.labels]
        assert question == f"Question: {COST}"

        # Asked about something else, it changes nothing; quoted, it is a quote of its own.
        for question in ("What do tickets for the opera cost?", "Who opens the season?"):
            before, after = (
                finished(list(Answerer(a, records, None, ALWAYS).ask(question)))
                for a in (town, archive)
            )
            assert after.claims[0] == before.claims[0]
            assert "planted" not in {quote.article for quote in after.quotes}
        events = list(Answerer(archive, records, None, ALWAYS).ask("Was the bridge bombed?"))
        check_promises(events, archive)
        said = [q for q in finished(events).quotes if "bombed" in q.text]
        assert [quote.article for quote in said] == ["planted"]


# Real articles --------------------------------------------------------------------------------


def questions(suite: Path) -> list[list[str]]:
    cases = yaml.safe_load(suite.read_text("utf-8"))["cases"]
    return [case.get("turns") or [case["ask"]] for case in cases]


def answer_all(archive: Archive, asked: Sequence[list[str]], settings: AnswerSettings) -> int:
    """Hold the answers to all questions against the promises; returns how many were answered."""
    answered = 0
    with closing(Records.open(archive.home)) as records:
        answerer = Answerer(archive, records, None, settings)
        for turns in asked:
            history: list[Turn] = []
            for question in turns:
                events = list(answerer.ask(question, history=history))
                check_promises(events, archive)
                history.append(Turn(question, finished(events).answer))
            answered += finished(events).status == "answered"
    return answered


def test_every_quote_from_the_seeds_is_a_slice(seeds_archive: Archive) -> None:
    asked = questions(REPOSITORY / "evals" / "suites" / "seeds.yaml")
    answered = answer_all(seeds_archive, asked, AnswerSettings())
    assert 0.3 < answered / len(asked) < 1, "it answers, and it refuses"


def test_every_quote_from_wikinews_is_a_slice(tmp_path: Path) -> None:
    suites = REPOSITORY / "evals" / "suites"
    asked = questions(suites / "wikinews.yaml")[::4]
    with Archive.open(tmp_path) as archive:
        archive.sync([suites / "wikinews"])
        assert answer_all(archive, asked, ALWAYS) > 0.9 * len(asked)


def test_a_model_can_be_stopped_in_the_middle_of_a_claim(
    seeds_archive: Archive, tmp_path: Path
) -> None:
    """There is something to close at with every piece of the reply, not only between claims."""
    stopped: list[str] = []

    class Slow:
        name = "slow"

        def stream(self, messages: Any, schema: Any, *, max_tokens: int) -> Iterator[Chunk]:
            try:
                yield Chunk('{"answerable": true, "claims": [{"quotes": [1], "claim": "Zel')
                yield Chunk("ensky")
                raise AssertionError("asked for more after it was stopped")
            except GeneratorExit:
                stopped.append("stopped")
                raise

        def close(self) -> None: ...

    events = Answerer(seeds_archive, Records.open(tmp_path), Slow()).ask(
        "What did Zelensky say about negotiations with Putin?"
    )
    assert isinstance(next(events), EvidenceFound)
    assert isinstance(next(events), Working)
    assert isinstance(events, Generator)
    events.close()
    assert stopped == ["stopped"]
