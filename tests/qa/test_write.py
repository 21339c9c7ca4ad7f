"""Answers as Markdown: markers are the program's alone, and so is who said it when."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import Answer, Claim, NearestArticle, Quote, attribution, label
from qa._write import plain_line, refusal, write_answer

QUOTE = Quote(
    1, "Twelve people were hurt.", "exact", "a", "town/a.txt", None, "Harbour Post", "Ida Lund",
    "2021-03-02T10:00:00+01:00", None, 0, 24, "0" * 64,
)  # fmt: skip
NEAREST = NearestArticle("a", "town/a.txt", None, None, None)


def test_attribution_is_printed_from_the_articles_own_fields() -> None:
    assert attribution(QUOTE) == "Harbour Post, 2021-03-02"
    assert attribution(NEAREST) == "unknown outlet, date unknown"
    hiding = replace(QUOTE, speaker="Ada Berg")
    assert attribution(hiding) == "Ada Berg, quoted by Harbour Post, 2021-03-02"
    assert label(QUOTE) == "town/a.txt"
    assert label(replace(QUOTE, title="Storm")) == "Storm"


def test_a_claim_has_its_markers_and_a_bare_quote_its_marks_and_attribution() -> None:
    answer = Answer(
        "i", "Q?", "answered", "",
        claims=(
            Claim("A dozen were hurt.", (1, 2), "supported"),
            Claim("Twelve people\nwere hurt.", (1,), "quote_only"),
        ),
        quotes=(QUOTE, replace(QUOTE, n=2)),
        notes=("The model fell silent.",),
    )  # fmt: skip
    assert write_answer(answer) == (
        "A dozen were hurt. [1][2]\n\n"
        "“Twelve people were hurt.” — Harbour Post, 2021-03-02 [1]\n\n"
        "*The model fell silent.*"
    )


@pytest.mark.parametrize(
    ("articles", "passages", "counted"),
    [(1, 1, "1 article (1 passage)"), (0, 0, "0 articles (0 p"), (1234, 5, "1,234 articles (5 p")],
)
def test_a_refusal_says_what_was_searched(articles: int, passages: int, counted: str) -> None:
    searched = {"articles": articles, "passages": passages}
    text = refusal(Answer("i", "Q?", "not_found", "", searched=searched, nearest=(NEAREST,)))
    assert counted in text
    assert "- town/a.txt (unknown outlet, date unknown)" in text


MARKED = st.lists(st.sampled_from(["[1]", "[ 2]", "[[3]]", "[", "4]", "\n", "he said"])).map(
    "".join
)


@given(text=MARKED, outlet=MARKED, title=MARKED, note=MARKED)
def test_no_text_can_pass_for_a_marker(text: str, outlet: str, title: str, note: str) -> None:
    quote = replace(QUOTE, outlet=outlet, title=title)
    answer = Answer(
        "i", "Q?", "answered", "", claims=(Claim(text, (1,), "quote_only"),), quotes=(quote,),
        notes=(note,),
    )  # fmt: skip
    assert re.findall(r"\[\d+\]", write_answer(answer)) == ["[1]"]
    nearest = replace(NEAREST, outlet=outlet, title=title)
    searched = {"articles": 1, "passages": 1}
    no = Answer("i", "Q?", "not_found", "", searched=searched, nearest=(nearest,), notes=(note,))
    assert not re.findall(r"\[\d+\]", refusal(no))
    assert "\n" not in plain_line(text)
