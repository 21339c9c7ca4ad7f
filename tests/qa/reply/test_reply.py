"""The streamed reply: any way of cutting it gives the same, and nothing is taken back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from qa._reply.parse import (
    REPLY_SCHEMA,
    Answerable,
    ClaimComplete,
    ClaimDelta,
    ContradictionSaid,
    Reply,
    ReplyParser,
    VerdictSaid,
    reply_schema,
)

# Other programs may have the machine.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

Read = tuple[bool | None, dict[int, str], list[ClaimComplete], Reply]


def read(pieces: list[str]) -> Read:
    """Everything a parser says of a reply, after checking the order in which it says it."""
    parser = ReplyParser()
    answerable: bool | None = None
    texts: dict[int, str] = {}
    complete: list[ClaimComplete] = []
    for piece in pieces:
        for item in parser.feed(piece):
            if isinstance(item, Answerable):
                assert answerable is None
                answerable = item.value
            elif isinstance(item, ClaimDelta):
                assert item.index == len(complete)
                assert item.text
                texts[item.index] = texts.get(item.index, "") + item.text
            elif isinstance(item, ClaimComplete):
                assert item.index == len(complete)
                assert item.text == texts.get(item.index, "")
                complete.append(item)
    reply = parser.finish()
    assert reply.claims == tuple(complete)
    assert reply.answerable == (bool(complete) if answerable is None else answerable)
    return answerable, texts, complete, reply


def read_whole(text: str) -> Read:
    """The same for a text in one piece, after checking it against one character at a time."""
    whole = read([text])
    assert read(list(text)) == whole
    return whole


CLAIMS = st.lists(
    st.fixed_dictionaries(
        {"quotes": st.lists(st.integers(1, 12), min_size=1), "claim": st.text(max_size=60)}
    ),
    max_size=4,
)


@PATIENT
@given(CLAIMS, st.booleans(), st.booleans(), st.integers(0, 2), st.data())
def test_a_proper_reply_is_read_as_json_reads_it(
    claims: list[dict[str, Any]], answerable: bool, ascii_only: bool, indent: int, data: Any
) -> None:
    value = {"answerable": answerable, "claims": claims}
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent or None)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    said, texts, complete, reply = read(pieces)
    assert said is answerable
    assert reply.complete
    expected = [(c["claim"], tuple(dict.fromkeys(c["quotes"]))) for c in claims]
    assert [(claim.text, claim.quotes) for claim in complete] == expected
    assert read(list(text)) == read([text]) == (said, texts, complete, reply)


PIECES = st.sampled_from(
    [
        *('{"answerable": ', "true", "false", ', "claims": [', '{"quotes": [1, 2], ', '"claim": "'),
        *('He said \\"no\\"', "\\u00e9", "\\ud83d\\ude00", "\\ud83d", "\\q", "\n", '"', "}", "]"),
        *("}", ",", ":", "{", "[", "```json\n", "text ", '"quotes": "3"', "null", "12", "\\", "é"),
    ]
)


@PATIENT
@given(st.lists(PIECES, max_size=24).map("".join), st.data())
@example('{"claims": [{"claim": "a", "claim": "ab", "quotes": 1}]}', None)
@example('{"claims": [{"claim": "a\\', None)
def test_damaged_replies_never_raise_and_never_depend_on_the_cuts(text: str, data: Any) -> None:
    whole = read_whole(text)
    if data is not None:
        cut = data.draw(st.integers(0, len(text)))
        assert read([text[:cut], text[cut:]]) == whole


@PATIENT
@given(CLAIMS, st.data())
def test_a_reply_that_is_cut_off_keeps_what_had_ended(
    claims: list[dict[str, Any]], data: Any
) -> None:
    text = json.dumps({"answerable": True, "claims": claims})
    cut = data.draw(st.integers(0, len(text) - 1))
    _, texts, complete, reply = read_whole(text[:cut])
    assert not reply.complete
    for claim, expected in zip(complete, claims, strict=False):
        assert claim.text == expected["claim"]
    if len(complete) < len(texts):
        begun = texts[len(complete)]
        assert claims[len(complete)]["claim"].startswith(begun)


GOOD = '{"answerable": true, "claims": [{"quotes": [1], "claim": "A."}]}'


@pytest.mark.parametrize(
    ("text", "expected", "complete"),
    [
        (GOOD, [("A.", (1,))], True),
        ("```json\n" + GOOD + "\n```\nI hope this helps {you}.", [("A.", (1,))], True),
        ("See [1] and {that}: " + GOOD, [("A.", (1,))], True),
        ('<think>{"a": [1]}</think>' + GOOD, [("A.", (1,))], True),
        ('{"claims": [{"claim": "A.", "quotes": "3"}]}', [("A.", (3,))], True),
        ('{"claims": [{"claim": "A.", "quotes": "[3], [4]"}]}', [("A.", (3, 4))], True),
        ('{"claims": [{"claim": "A.", "quotes": ["[3]", 4.0, 3]}]}', [("A.", (3, 4))], True),
        ('{"claims": [{"claim": "A.", "quotes": 3}]}', [("A.", (3,))], True),
        ('{"claims": [{"claim": "A.", "quotes": [true, null, 2.5, -1]}]}', [("A.", (-1,))], True),
        (
            '[{"quotes": [2], "claim": "A."}, {"quotes": [3], "claim": "B."}]',
            [("A.", (2,)), ("B.", (3,))],
            True,
        ),
        (
            '{"why": {"claims": [{"claim": "no"}]}, "claims": [{"quotes": [1], "x": [{}], '
            '"claim": "A."}]}',
            [("A.", (1,))],
            True,
        ),
        (
            '{"claims": [{"quotes": [1]}, {"claim": "B."}, {}, "C.", 4]}',
            [("", (1,)), ("B.", ())],
            True,
        ),
        (
            '{"claims": [{"quotes": [1], "claim": "line\nbreak\tand \\"quote\\""}]}',
            [('line break and "quote"', (1,))],
            True,
        ),
        ('{"claims": [], "answerable": false}', [], True),
        ('{"claims": []}', [], True),
        (GOOD[:-1], [("A.", (1,))], False),
        (GOOD[:-3], [], False),
        (
            '{"answerable": true, "claims": [{"quotes": [1], "claim": "A."} oops',
            [("A.", (1,))],
            False,
        ),
        ("I cannot answer that.", [], False),
        ("{'answerable': True}", [], False),
        ("", [], False),
        ("[1, 2]", [], False),
        ("A [note, and { so on: " + GOOD, [("A.", (1,))], True),
        ('{ {"a": 1 ' + GOOD, [], False),
        ('{"answerable": "True", "claims": []}', [], True),
        ('{"answerable": maybe, "claims": [{"quotes": [1], "claim": "A."}]}', [("A.", (1,))], True),
        ('{"claims": [{"quotes": {"label": 3}, "claim": "A."}]}', [("A.", (3,))], True),
        ('{"claims": [{"quotes": [1,, 2], "claim": "A."}]}', [("A.", ())], True),
        ('{"claims": [{"quotes": [1], "claim": null}]}', [("", (1,))], True),
        ('{"answerable": true]', [], False),
        ('{"answerable": true, {', [], False),
    ],
)
def test_lenient(text: str, expected: list[tuple[str, tuple[int, ...]]], complete: bool) -> None:
    _, _, _, reply = read_whole(text)
    assert [(claim.text, claim.quotes) for claim in reply.claims] == expected
    assert reply.complete is complete


def test_answerable_is_told_before_the_claims_begin() -> None:
    parser = ReplyParser()
    items = parser.feed('{"answerable": false,')
    assert items == [Answerable(False)]
    assert parser.feed(' "claims": [{"quotes": [2], "claim": "Mid') == [ClaimDelta(0, "Mid")]
    assert parser.feed("way") == [ClaimDelta(0, "way")]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('"yes"', "yes"),
        ('"No."', "no"),
        ("true", "yes"),
        ("false", "no"),
        ('"unclear"', None),
        ("null", None),
        ('["yes"]', None),
    ],
)
def test_a_verdict_is_told_once_and_before_the_claims(written: str, said: str | None) -> None:
    parser = ReplyParser()
    items = parser.feed(f'{{"answerable": true, "verdict": {written}, "verdict": "no", "claims": [')
    assert items == [Answerable(True), VerdictSaid(said)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "sides"),
    [
        ('[{"sides": [[1], [2, 3]]}]', [((1,), (2, 3))]),
        ('[{"about": "the date", "sides": [["1"], ["[2]"]]}]', [((1,), (2,))]),
        ('[{"one": [1], "other": [2]}, [[4], [5], [6]]]', [((1,), (2,)), ((4,), (5,), (6,))]),
        ("[[1, 2]]", [((1,), (2,))]),
        ('[{"sides": [[1, 2], [2, 3, 3]]}]', [((1, 2), (3,))]),
        ('[{"sides": [[1], [1]]}, {"sides": [[1]]}, {"sides": "none"}, "none", 7, null, []]', []),
        ('"none"', []),
        ("null", []),
    ],
)
def test_contradictions_are_told_once_however_the_reply_is_cut(
    written: str, sides: list[tuple[tuple[int, ...], ...]]
) -> None:
    claims = '"claims": [{"quotes": [1], "claim": "A [2] \\"claim\\"."}]'
    text = f'{{"answerable": true, {claims}, "contradictions": {written}, "contradictions": []}}'
    for size in (1, 7, len(text)):
        parser = ReplyParser()
        pieces = [text[start : start + size] for start in range(0, len(text), size)]
        items = [item for piece in pieces for item in parser.feed(piece)]
        assert [i.sides for i in items if isinstance(i, ContradictionSaid)] == sides
        assert [i.quotes for i in items if isinstance(i, ClaimComplete)] == [(1,)]
        assert parser.finish().complete


def test_schema_is_strict_and_bounded() -> None:
    assert list(reply_schema()["properties"]) == ["answerable", "claims"]
    with_verdict = reply_schema(verdict=True)
    assert with_verdict["required"] == list(with_verdict["properties"])
    assert with_verdict["required"] == ["answerable", "verdict", "claims"]
    asked = reply_schema([1, 2], contradictions=True)
    assert asked["required"] == list(asked["properties"])
    assert asked["required"] == ["answerable", "claims", "contradictions"]
    schema = reply_schema([1, 2, 5], max_claims=3)
    claims = schema["properties"]["claims"]
    assert claims["maxItems"] == 3
    assert claims["items"]["properties"]["quotes"]["items"]["enum"] == [1, 2, 5]
    for node in (schema, claims["items"], REPLY_SCHEMA):
        assert node["additionalProperties"] is False
        assert node["required"] == list(node["properties"])
