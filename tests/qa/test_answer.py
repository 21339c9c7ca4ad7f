"""The JSON of an answer: a contract that programs of others read."""

from __future__ import annotations

import json
import types
from typing import Any, get_args, get_type_hints

from qa import Answer, Claim, NearestArticle, Quote, Status, Support, Verdict

ANSWER = [
    "id", "question", "status", "answer", "claims", "quotes", "disagreements", "searched",
    "nearest", "model", "timings_ms", "tokens",
]  # fmt: skip
CLAIM = ["text", "quotes", "support"]
QUOTE = [
    "n", "text", "verdict", "article", "source", "title", "outlet", "author", "published", "url",
    "start", "end", "speaker"]  # fmt: skip
NEAREST = ["article", "source", "title", "outlet", "published"]

FULL = Answer(
    id="h01",
    question="Who was hurt?",
    status="answered",
    answer="Twelve were hurt. [1]",
    claims=(Claim("Twelve were hurt.", (1,), "supported"),),
    quotes=(
        Quote(
            1, "Twelve people were hurt.", "exact", "a", "a.txt", None, None, None, None, None,
            0, 24, "0" * 64,
        ),
    ),
    searched={"articles": 5, "passages": 41},
    nearest=(NearestArticle("a", "a.txt", None, None, None),),
    notes=("not part of it",),
    searched_for="nor this",
)  # fmt: skip


def test_exactly_the_documented_keys_in_the_documented_order() -> None:
    found = FULL.to_json()
    assert list(found) == ANSWER
    assert [list(claim) for claim in found["claims"]] == [CLAIM]
    assert [list(quote) for quote in found["quotes"]] == [QUOTE]
    assert [list(article) for article in found["nearest"]] == [NEAREST]


def test_it_is_plain_json() -> None:
    """Lists, not tuples: what is printed and what is held in memory are the same value."""
    found = FULL.to_json()
    assert json.loads(json.dumps(found)) == found


def test_an_answer_takes_the_id_of_the_question_in_a_file() -> None:
    assert FULL.with_id("q7").to_json() == FULL.to_json() | {"id": "q7"}


def test_the_documented_values() -> None:
    assert get_args(Status) == ("answered", "partial", "not_found")
    assert get_args(Support) == ("supported", "quote_only")
    assert set(get_args(Verdict)) == {"exact", "misattributed", "stitched", "not_found"}
    hints: dict[str, Any] = get_type_hints(Quote)
    unknown = [name for name in QUOTE if types.NoneType in get_args(hints[name])]
    assert unknown == ["title", "outlet", "author", "published", "url", "speaker"]
