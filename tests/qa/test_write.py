"""Answers as Markdown: markers are the program's alone, and so is who said it when."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qa import Answer, Claim, NearestArticle, Quote, attribution, label
from qa._write import inert, plain_line, refusal, write_answer

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


# What GitHub's Markdown makes a link of by itself (its specification, 6.9), somewhat more widely.
AUTOLINK = re.compile(
    r"(?<![^\s*_~(\[\]“])www\.[\w-]|\b(?:https?|ftp|mailto|xmpp)://[\w-]"
    r"|[\w.+-]+@[\w-]*\.[\w-]|<[^\s<>]+@[^\s<>]+>|<\w+:[^\s<>]*>",
    re.IGNORECASE,
)
PIECES = st.sampled_from(
    [
        *("www.", "WWW.", "evil.com", "1", "a", "é", "https://", "FTP://", "mailto:", "xmpp:"),
        *("b@evil.com", "1!@evil", "img src=x", "[x](//e.com)", "[x]: //e.com"),
        *"_*~([<>])!:/@.-+&#;\\` ",
    ]
)


@given(st.lists(PIECES, max_size=9).map("".join))
def test_nothing_becomes_a_link_or_a_tag(text: str) -> None:
    renderer = MarkdownIt("commonmark", {"html": True})
    for before, after in (("", ""), ("“", "”"), ("*", "*")):
        written = f"{before}{inert(text)}{after}"
        assert not AUTOLINK.search(written), written
        assert not re.search(r"<(?:a|img|code|!|\?)|<i\b", renderer.render(written)), written


@pytest.mark.parametrize(
    "text", ["_www.evil.com", "*www.evil.com", "~www.evil.com", "(www.evil.com", "é www.evil.com",
             "<1!@evil>", "<.@evil.com>", "a@.evil.com", "ftp://evil.com", "xmpp:a@evil.com/b"]
)  # fmt: skip
def test_an_address_gets_a_backslash(text: str) -> None:
    assert inert(text).replace("\\", "") == text
    assert "\\" in inert(text)


@pytest.mark.parametrize("text", ["Awww...", "5 < 6 > 4", "a*b", "at 3: no", "@reader", "Q & A; R"])
def test_ordinary_prose_is_left_alone(text: str) -> None:
    assert inert(text) == text
