"""Yes and no: said before the claims, as the model's word, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from town import ALWAYS, COST, TRUE, Labels, ScriptedModel, finished, says

from index import Archive, EndpointError
from qa import (
    Answerer,
    Chunk,
    ClaimStarted,
    Event,
    Message,
    Notice,
    Records,
    ReplyCache,
)

DIED = "Did anybody die on the bridge in Marl when the storm came?"


def judged(verdict: str, claim: tuple[str, str | int] = TRUE) -> Callable[[Labels], str]:
    """What answers with a claim, and with a verdict before it."""
    claims = says(claim)

    def reply(labels: Labels) -> str:
        return json.dumps({"answerable": True, "verdict": verdict} | json.loads(claims(labels)))

    return reply


@pytest.mark.parametrize(("verdict", "begins"), [("yes", "Yes, "), ("no", "No, ")])
def test_a_verdict_comes_first_and_is_told_to_be_the_models(
    ask: Callable[..., list[Event]], verdict: str, begins: str
) -> None:
    events = ask(ScriptedModel(judged(verdict)), DIED)
    told = [type(e) for e in events if isinstance(e, Notice | ClaimStarted)]
    assert told[:2] == [Notice, ClaimStarted]
    answer = finished(events)
    assert answer.answer.startswith(begins)
    assert "as the model reads the quotes" in answer.answer.split("\n\n")[0]
    assert answer.quotes


@pytest.mark.parametrize(
    ("question", "verdict"), [(DIED, "unclear"), (DIED, "perhaps"), (COST, "yes")]
)
def test_no_verdict_where_none_is_wanted_or_known(
    ask: Callable[..., list[Event]], question: str, verdict: str
) -> None:
    model = ScriptedModel(judged(verdict))
    answer = finished(ask(model, question))
    assert answer.notes == ()
    assert ("verdict" in model.schema["properties"]) == (question == DIED)
    assert ('"verdict"' in model.messages[-1]["content"]) == (question == DIED)


def test_no_verdict_where_the_articles_disagree(tmp_path: Path) -> None:
    said = {"post": "The mayor of Marl resigned on Monday.",
            "gazette": "The mayor of Marl did not resign on Monday."}  # fmt: skip
    rows = [{"id": i, "outlet": i, "published": "2021-03-02", "text": t} for i, t in said.items()]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with Archive.open(tmp_path / "home", embedding=None) as archive:
        archive.sync([tmp_path / "rows.jsonl"])
        model = ScriptedModel(judged("yes", ("The mayor resigned on Monday.", "resigned on")))
        with closing(Records.open(archive.home)) as records:
            answerer = Answerer(archive, records, model, ALWAYS)
            answer = finished(list(answerer.ask("Did the mayor of Marl resign?")))
    assert answer.disagreements
    assert "verdict" not in model.schema["properties"]
    assert not answer.answer.startswith(("Yes", "No"))


def test_a_model_is_asked_for_no_verdict_that_is_not_to_give_one(
    town: Archive, records: Records
) -> None:
    model = ScriptedModel(judged("yes"))
    silent = replace(ALWAYS, verdict=False)
    answer = finished(list(Answerer(town, records, model, silent).ask(DIED)))
    assert "verdict" not in model.schema["properties"]
    assert answer.notes == ()


WEIGHED = replace(ALWAYS, verdict=False, weigh_verdict=True)


class LeaningModel(ScriptedModel):
    """Claims something, and asked for yes or no by itself leans to yes so far."""

    def __init__(self, leaning: float | None) -> None:
        super().__init__(says(TRUE))
        self.leaning = leaning
        self.prompts: list[list[Message]] = []

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int
    ) -> Iterator[Chunk]:
        self.prompts.append(list(messages))
        if "yes" not in schema["properties"]:
            yield from super().stream(messages, schema, max_tokens=max_tokens)
        elif self.leaning is None:
            raise EndpointError("The endpoint fell over.", "Lift it up.")
        else:
            yield Chunk('{"yes":')
            yield Chunk("true", alternatives={"true": self.leaning, "false": 1 - self.leaning})
            yield Chunk("}", prompt_tokens=80, completion_tokens=4)


@pytest.mark.parametrize(
    ("leaning", "begins"),
    [(0.9, "Yes, "), (0.6, "Repairs"), (0.3, "No, "), (None, "Repairs")],
)
def test_a_verdict_that_is_weighed_is_said_where_the_model_leans_clearly(
    town: Archive, records: Records, leaning: float | None, begins: str
) -> None:
    model = LeaningModel(leaning)
    answer = finished(list(Answerer(town, records, model, WEIGHED).ask(DIED)))
    assert answer.answer.startswith(begins)
    assert (answer.status, len(answer.notes)) == ("answered", begins != "Repairs")
    assert records.trace(answer.id)["leaning"] == leaning
    told, weighed = model.prompts
    assert "verdict" not in told[-1]["content"]
    assert weighed[-1] == told[-1], "the same sentences and question, under other instructions"
    if leaning is not None:
        assert answer.tokens == {"prompt": 200, "completion": 21}


def test_a_verdict_that_is_weighed_is_asked_for_where_one_is_wanted_and_something_was_claimed(
    town: Archive, records: Records
) -> None:
    refusing = LeaningModel(0.9)
    refusing._reply = json.dumps({"answerable": False, "claims": []})
    for model, question in ((LeaningModel(0.9), COST), (refusing, DIED)):
        answer = finished(list(Answerer(town, records, model, WEIGHED).ask(question)))
        assert len(model.prompts) == 1
        assert "leaning" not in answer.answer


def test_a_verdict_that_is_weighed_is_the_same_from_the_cache(
    town: Archive, records: Records
) -> None:
    model = LeaningModel(0.9)
    answerer = Answerer(town, records, model, WEIGHED, cache=ReplyCache(records))
    answers = [finished(list(answerer.ask(DIED))) for _ in range(2)]
    assert len(model.prompts) == 2
    assert all(answer.answer.startswith("Yes, ") for answer in answers)
