"""Yes and no: said before the claims, as the model's word, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from town import ALWAYS, COST, TRUE, Labels, ScriptedModel, finished, says

from index import Archive
from qa import (
    Answerer,
    ClaimStarted,
    Event,
    Notice,
    Records,
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
