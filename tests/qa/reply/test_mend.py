"""Replies that are almost JSON: what they plainly mean, and nothing that they do not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa._reply.mend import mend

A = [("A.", (1,))]


@pytest.mark.parametrize(
    ("text", "claims", "complete"),
    [
        ("{'answerable': True, 'claims': [{'quotes': [1], 'claim': 'A.'}]}", A, True),
        ("{answerable: true, claims: [{quotes: [1], claim: 'A.'}]}", A, True),
        ('{"answerable": true, "claims": [{"quotes": [1,], "claim": "A.",},],}', A, True),
        ('Sure!\n```json\n{"claims": [{"quotes": ["[1]"], "claim": “A.”}]}\n```', A, True),
        ('{"claims": [{"quotes": [1], "claim": "A."}', A, False),
        ('{"claims": [{"quotes": [1], "claim": "A."}, {"quotes": [2], "claim": "B', None, False),
        ("{'claims': [{'quotes': 1, 'claim': 'It isn't 'A'.'}]}", [("It isn't 'A'.", (1,))], True),
        ('{"claims": [{"quotes": [1], "claim": "a\\"b\\nc"}]}', [('a"b c', (1,))], True),
        ('{"answerable": "yes", "claims": {"quotes": [1], "claim": "A."}}', A, True),
        ("[1] says so, [2] too: [{'quotes': [1], 'claim': 'A.'}]", A, True),
        ("{'answerable': False}", [], True),
        (
            "{claims: [{quotes: 1, claim: '\\u00e9 \\ud83d\\ude00 \\ud83d'}]}",
            [("é 😀 �", (1,))],
            True,
        ),
    ],
)
def test_what_is_plain_is_read(
    text: str, claims: list[tuple[str, tuple[int, ...]]] | None, complete: bool
) -> None:
    reply = mend(text)
    assert reply is not None
    # The text of a claim that was cut off is lost; what it points at is not.
    expected = [*A, ("", (2,))] if claims is None else claims
    assert [(claim.text, claim.quotes) for claim in reply.claims] == expected
    assert reply.complete is complete
    assert [claim.index for claim in reply.claims] == list(range(len(expected)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot help.",
        "See [1] and [2].",
        "{}",
        "[]",
        "{'a': 1}",
        "[[[[",
        "{" * 5000,
        "[1" * 9,
    ],
)
def test_what_is_no_reply_is_none(text: str) -> None:
    assert mend(text) is None


CLAIMS = st.lists(
    st.fixed_dictionaries(
        {
            "quotes": st.lists(st.integers(1, 12), min_size=1, unique=True),
            "claim": st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=30),
        }
    ),
    min_size=1,
    max_size=3,
)


@given(CLAIMS, st.booleans(), st.data())
def test_python_and_json_are_read_alike_and_cuts_only_lose(
    claims: list[dict[str, Any]], answerable: bool, data: Any
) -> None:
    value = {"answerable": answerable, "claims": claims}
    for text in (json.dumps(value), repr(value)):
        reply = mend(text)
        assert reply is not None
        assert (reply.answerable, reply.complete) == (answerable, True)
        said = [(claim.text, claim.quotes) for claim in reply.claims]
        assert said == [(claim["claim"], tuple(claim["quotes"])) for claim in claims]
        cut = mend(text[: data.draw(st.integers(0, len(text) - 1))])
        if cut is not None:
            assert not cut.complete or cut.claims == reply.claims[: len(cut.claims)]
            assert all(claim.text in {"", *(c["claim"] for c in claims)} for claim in cut.claims)


@given(st.text(alphabet="{}[]'\",:\\ aT1\n“”", max_size=60))
def test_nothing_makes_it_raise(text: str) -> None:
    mend(text)
