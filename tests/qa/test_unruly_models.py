"""Models that fail, break off, or do not keep to the form of a reply."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import scripted_endpoint
from hypothesis import given, settings
from hypothesis import strategies as st
from town import (
    ALWAYS,
    COST,
    FALSE,
    HURT,
    TRUE,
    Labels,
    Reply,
    ScriptedModel,
    check_promises,
    finished,
    says,
)

from index import Archive
from qa import (
    Answerer,
    Event,
    Notice,
    Records,
)
from qa._models.endpoint import OpenAIModel
from qa._write import inert


def test_without_a_word_from_the_model_the_answer_is_extractive(
    ask: Callable[..., list[Event]],
) -> None:
    events = ask(ScriptedModel(says(TRUE), fails_after=0))
    notices = [event for event in events if isinstance(event, Notice)]
    assert [notice.unavailable for notice in notices] == [True]
    answer, alone = finished(events), finished(ask(None))
    assert answer.model == alone.model == "extractive"
    assert (answer.claims, answer.quotes) == (alone.claims, alone.quotes)
    assert answer.claims
    assert "The endpoint fell over. Lift it up." in answer.notes[0]
    assert answer.notes == (notices[0].text,)
    assert answer.notes[0] in answer.answer


def test_what_was_finished_when_the_model_failed_is_kept(ask: Callable[..., list[Event]]) -> None:
    def reply(labels: Labels) -> str:
        return says(TRUE, HURT)(labels)

    model = ScriptedModel(reply, fails_after=0)
    ask(model)
    halfway = reply(model.labels).index("twelve")
    events = ask(ScriptedModel(reply, fails_after=halfway))
    answer = finished(events)
    assert [claim.text for claim in answer.claims] == [TRUE[0]]
    assert answer.model == "scripted"
    assert [event.unavailable for event in events if isinstance(event, Notice)] == [False]


@pytest.mark.parametrize(
    "nonsense",
    [
        "I'm sorry, but I cannot help with that.",
        "<html><body>Welcome to the hotel</body></html>",
        "",
        "null",
        "{}",
        '{"answerable": true, "claims": 7}',
        '{"answerable": true, "claims": [{"quotes": [1], "claim"',
        '{"answerable": true, "claims": [{"quotes": "one", "claim": null}, 3, [], "x"]}',
        "[" * 3000,
        '{"answerable": true, "claims": [{"quotes": [1], "claim": "' + "never " * 2000,
        "\x00\ud800\ufeff",
    ],
)
def test_nonsense_leaves_the_quotes(ask: Callable[..., list[Event]], nonsense: str) -> None:
    answer = finished(ask(ScriptedModel(nonsense, size=50)))
    assert {claim.support for claim in answer.claims} == {"quote_only"}


@settings(max_examples=60)
@given(
    claims=st.lists(
        st.tuples(
            st.lists(st.integers(-2, 12), max_size=3),
            st.sampled_from([TRUE[0], HURT[0], FALSE[0], "Zebras dance.", "", "“Bombed” [1]"]),
        ),
        max_size=5,
    ),
    answerable=st.booleans(),
    size=st.sampled_from([1, 13, 500]),
    fails_after=st.none() | st.integers(0, 300),
)
def test_no_reply_breaks_a_promise(
    town: Archive,
    records: Records,
    claims: list[tuple[list[int], str]],
    answerable: bool,
    size: int,
    fails_after: int | None,
) -> None:
    written = [{"quotes": labels, "claim": text} for labels, text in claims]
    model = ScriptedModel(
        json.dumps({"answerable": answerable, "claims": written}),
        size=size,
        fails_after=fails_after,
    )
    events = list(Answerer(town, records, model, ALWAYS).ask(COST))
    check_promises(events, town)
    assert model.closed == 1
    told = {text for _, text in claims}
    for claim in finished(events).claims:
        assert claim.support == "quote_only" or claim.text in told


PROSE = "The repairs of the bridge cost 1.5 million euros, says [1]."


def python_reply(labels: Labels) -> str:
    return repr(json.loads(says(TRUE)(labels)))


def endpoint_says(*replies: Reply, refuses_schema: bool = False) -> Iterator[Any]:
    """Steps of a scripted endpoint, a reply each; one that may refuse every reply format."""

    def step(reply: Reply) -> Any:
        def answer(exchange: Any) -> None:
            if refuses_schema and "response_format" in exchange.request.body:
                exchange.error(400, "response_format is not supported")
                return
            asked = exchange.request.body["messages"]
            prompt = next(m["content"] for m in reversed(asked) if "Question: " in m["content"])
            found = re.findall(r"^\[(\d+)\] (.*)$", prompt, re.MULTILINE)
            labels = {int(label): text for label, text in found}
            scripted_endpoint.says(reply if isinstance(reply, str) else reply(labels))(exchange)

        return answer

    return map(step, replies)


@pytest.mark.parametrize("refuses_schema", [False, True], ids=["ignores", "refuses"])
@pytest.mark.parametrize(
    ("replies", "requests", "support", "notes"),
    [
        ([says(TRUE)], 1, "supported", []),
        ([lambda labels: f"Here:\n```json\n{says(TRUE)(labels)}\n```"], 1, "supported", []),
        ([python_reply], 1, "supported", ["mended"]),
        ([PROSE, says(TRUE)], 2, "supported", ["once more"]),
        ([PROSE, python_reply], 2, "supported", ["once more", "mended"]),
        ([PROSE, PROSE], 2, "quote_only", ["once more", "quotes alone"]),
        ([PROSE, says(answerable=False)], 2, None, ["once more"]),
    ],
)
def test_an_endpoint_that_does_not_keep_to_the_schema(
    town: Archive,
    records: Records,
    replies: list[Reply],
    requests: int,
    support: str | None,
    notes: list[str],
    refuses_schema: bool,
) -> None:
    steps = [*endpoint_says(*replies, refuses_schema=refuses_schema)]
    if refuses_schema:
        # The reply formats are refused one after the other before the first is answered.
        steps = [steps[0], steps[0], *steps]
    with scripted_endpoint.ScriptedEndpoint(steps) as endpoint:
        model = OpenAIModel(base_url=endpoint.base_url, api_key=None, model="scripted")
        events = list(Answerer(town, records, model, ALWAYS).ask(COST))
        asked = [request.body for request in endpoint.requests]
        model.close()
    check_promises(events, town)
    answer = finished(events)
    assert len(asked) == requests + (2 if refuses_schema else 0)
    if requests == 2:
        assert "response_format" not in asked[-1]
        assert asked[-1]["messages"][:-2] == asked[0]["messages"], "the same, and what is wanted"
        assert '"claims"' in asked[-1]["messages"][-1]["content"]
    assert len(answer.notes) == len(notes)
    for note, said in zip(answer.notes, notes, strict=True):
        assert said in note
        assert inert(note) in answer.answer
    assert [event.text for event in events if isinstance(event, Notice)] == list(answer.notes)
    if support is None:
        assert answer.status == "not_found"
    else:
        assert answer.claims[0].support == support


def test_a_reply_that_is_cut_short_leaves_what_it_points_at(
    ask: Callable[..., list[Event]],
) -> None:
    def cut(labels: Labels) -> str:
        return says(TRUE)(labels)[:-12]

    model = ScriptedModel(cut)
    answer = finished(ask(model))
    assert answer.claims[0].text.startswith("Repairs will cost 1.5 million")
    assert answer.claims[0].support == "quote_only"
    assert "mended" in answer.notes[0]


@settings(max_examples=40)
@given(
    replies=st.lists(
        st.text(alphabet="{}[]\"':, 12ab", max_size=40)
        | st.sampled_from([PROSE, '{"answerable": true, "claims": [{"quotes": [1], "claim": "R']),
        min_size=2,
        max_size=2,
    ),
    size=st.integers(1, 9),
)
def test_nothing_shown_is_taken_back_however_often_it_is_asked(
    town: Archive, records: Records, replies: list[str], size: int
) -> None:
    waiting = iter(replies)
    model = ScriptedModel(lambda _: next(waiting, ""), size=size)
    check_promises(list(Answerer(town, records, model, ALWAYS).ask(COST)), town)
    assert model.closed <= 2
