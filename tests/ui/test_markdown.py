"""Answers as Markdown: read by a Markdown parser, they hold the program's own links alone."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index import Filters
from qa import (
    LEADS,
    Answer,
    Claim,
    ClaimDone,
    ClaimStarted,
    ClaimText,
    EvidenceFound,
    Finished,
    Item,
    NearestArticle,
    Notice,
    Quote,
)
from ui._asked import Asked
from ui._markdown import (
    Draft,
    answer_markdown,
    error_markdown,
    escape,
    notice_markdown,
    plain_text,
    question_markdown,
)

AID = "0123abcd"
BUTTON = (
    rf'<button class="pq-(?:less|again)" id="less-{AID}-(?:\d+|filters)">|</button>'
    r'|<span class="pq-hidden">|</span>'
)
PIECES = (
    "![x](http://evil.example/a.png?d=", "](http://evil.example)", "[1]", "[go](", "<img src=x>",
    "<script>", "</div>", "<https://evil.example>", "www.evil.example", "https://evil.example",
    "a@evil.example", "`", "```", "**", "_", "~~", "# ", "- ", "1. ", "> ", "| a | b |", "|---|",
    "\n", "\n\n", "    ", "\t", "---", "===", "&lt;", "&#60;", "\\", "$$x$$", "[a]: http://evil.example",
    ")", '"', "'", "words ", "10 % ", "é",
)  # fmt: skip
hostile = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=8).map("".join)


def quote(n: int, text: str = "He said so.", outlet: str | None = None) -> Quote:
    return Quote(
        n=n,
        text=text,
        verdict="exact",
        article="x",
        source="articles/x.txt",
        title=None,
        outlet=outlet,
        author=None,
        published="2023-11-04" if outlet else None,
        url=None,
        start=0,
        end=len(text),
        text_sha256="",
    )


def answer(*claims: Claim, quotes: tuple[Quote, ...] = (), **fields: object) -> Answer:
    values: dict[str, object] = {
        "id": AID,
        "question": "?",
        "status": "answered",
        "answer": "text",
        "claims": claims,
        "quotes": quotes,
        "searched": {"articles": 5, "passages": 41},
        "timings_ms": {"total": 1234},
    }
    return Answer(**(values | fields))  # type: ignore[arg-type]


def tokens(markdown: str) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown):
        yield token
        yield from token.children or ()


def links(markdown: str) -> list[str]:
    return [str(t.attrGet("href")) for t in tokens(markdown) if t.type == "link_open"]


def shown(markdown: str) -> str:
    return "".join(t.content for t in tokens(markdown) if t.type in {"text", "text_special"})


def assert_harmless(markdown: str) -> None:
    for token in tokens(markdown):
        assert token.type not in {"image", "code_inline", "fence", "code_block"}
        if token.type == "html_inline":
            assert re.fullmatch(BUTTON, token.content)
        if token.type == "html_block":
            assert re.fullmatch(r'<div class="pq-[a-z-]+">|</div>', token.content.strip())
    for link in links(markdown):
        assert re.fullmatch(rf"#((cite|article)-{AID}-\d+|copy-{AID})", link)
    ours = re.sub(rf'<div class="pq-[a-z-]+">|</div>|{BUTTON}', "", markdown)
    assert "<" not in ours
    assert "](http" not in ours
    assert "![" not in ours
    assert "www." not in ours


@settings(deadline=None)  # other programs may have the machine
@given(hostile | st.text())
def test_escaped_text_reads_as_it_was_and_is_no_markup(text: str) -> None:
    escaped = escape(text)
    assert re.fullmatch(r"[^!-/:-@\[-`{-~]*", re.sub(r"&#\d+;", "", escaped))
    seen = re.sub(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+", " ", text).strip()
    assert html.unescape(escaped) == seen


@settings(deadline=None)  # other programs may have the machine
@given(hostile, hostile, hostile)
def test_nothing_of_theirs_works_in_an_answer(claim: str, quoted: str, outlet: str) -> None:
    quotes = (quote(1, quoted or "q", outlet or None), quote(2, "He said so.", outlet or None))
    given_answer = answer(
        Claim(claim, (1, 2), "supported"),
        Claim(quoted, (1,), "quote_only"),
        quotes=quotes,
        notes=(claim,),
        searched_for=claim,
        model=outlet,
    )
    items = tuple(Item(f"{kind}:{outlet}", outlet) for kind in ("outlet", "phrase", "spelling"))
    asked = Asked(claim, 0, Filters(outlet=(quoted,)), (), items, (Item("phrase:x", quoted),))
    markdown = answer_markdown(given_answer, asked)
    assert_harmless(markdown)
    assert_harmless(question_markdown(asked))
    assert links(markdown).count(f"#cite-{AID}-1") == 2
    assert_harmless(
        answer_markdown(
            answer(
                status="not_found",
                nearest=(NearestArticle("x", quoted, claim or None, outlet or None, None),),
            ),
            asked,
        )
    )
    assert_harmless(notice_markdown(claim))
    assert_harmless(error_markdown(claim, quoted))


def test_a_chip_stands_only_for_a_quote_there_is() -> None:
    markdown = answer_markdown(
        answer(Claim("It is so [2] [7].", (1, 7), "supported"), quotes=(quote(1), quote(2)))
    )
    assert links(markdown) == [f"#cite-{AID}-1", f"#copy-{AID}"]
    assert "It is so [2] [7]." in shown(markdown)


def test_a_tooltip_names_outlet_and_date() -> None:
    outlet = 'The "Wire" (UK) \\'
    markdown = answer_markdown(
        answer(Claim("So.", (1, 2), "supported"), quotes=(quote(1, outlet=outlet), quote(2)))
    )
    titles = [t.attrGet("title") for t in tokens(markdown) if t.type == "link_open"]
    assert titles == [f"{outlet}, 2023-11-04", "unknown outlet, date unknown", None]


def test_a_bare_quote_is_a_block_quote_with_its_source() -> None:
    markdown = answer_markdown(
        answer(Claim("He said so.", (1,), "quote_only"), quotes=(quote(1, outlet="The Wire"),))
    )
    assert any(token.type == "blockquote_open" for token in tokens(markdown))
    assert "He said so." in shown(markdown)
    assert "— The Wire, 2023-11-04" in shown(markdown)


def test_a_refusal_says_what_was_searched_and_cites_nothing() -> None:
    nearest = NearestArticle("x", "articles/x.txt", None, "The Wire", "2023-11-04")
    markdown = answer_markdown(answer(status="not_found", nearest=(nearest,)))
    assert "Searched 5 articles, 41 passages." in shown(markdown)
    assert "articles/x.txt (The Wire, 2023-11-04)" in shown(markdown)
    assert links(markdown) == [f"#article-{AID}-1"]
    assert "less-" not in markdown


def test_a_refusal_through_filters_offers_to_ask_without_them() -> None:
    asked = Asked("?", filters=Filters(outlet=("The Wire",)))
    some = answer(status="not_found", notes=("The filters leave out what may answer this.",))
    none = replace(some, searched={"articles": 0, "passages": 0}, notes=("No article is from it.",))
    for given_answer, said, kept in (
        (some, "Searched 5 articles", True),
        (none, "No article passes the filters.", False),
    ):
        markdown = answer_markdown(given_answer, asked)
        assert said in shown(markdown)
        assert (given_answer.notes[0] in shown(markdown)) is kept
        assert f'<button class="pq-again" id="less-{AID}-filters">' in markdown
        assert "outlet: The Wire" in shown(markdown)


def test_a_draft_grows_with_its_events_into_the_answer() -> None:
    found, cited = quote(1, "Found first."), quote(1, "Cited.", "The Wire")
    claim = Claim("It is so.", (1,), "supported")
    finished = answer(claim, quotes=(cited,))
    draft = Draft()
    assert "Searching…" in shown(draft.markdown())

    draft.apply(EvidenceFound(AID, (found,), {"articles": 5, "passages": 41}, "so?"))
    assert "Found first." in shown(draft.markdown())
    assert "Searched for: so?" in shown(draft.markdown())
    assert links(draft.markdown()) == []
    assert draft.quotes == (found,)

    draft.apply(ClaimStarted(0))
    draft.apply(ClaimText(0, "It is "))
    draft.apply(ClaimText(0, "so."))
    assert shown(draft.markdown()).index("It is so.") < shown(draft.markdown()).index("Writing…")
    assert links(draft.markdown()) == []

    draft.apply(ClaimDone(0, claim, (cited,)))
    draft.apply(Notice("The model broke off."))
    assert links(draft.markdown()) == [f"#cite-{AID}-1"]
    assert "The model broke off." in shown(draft.markdown())
    assert draft.quotes == (cited,)

    stopped = draft.stop()
    assert "Stopped." in shown(stopped)
    assert "Writing…" not in shown(stopped)
    assert "It is so." in shown(stopped)

    draft.apply(Finished(finished))
    assert draft.markdown() == answer_markdown(finished)
    assert "Found first." not in shown(draft.markdown())


@pytest.mark.parametrize("outlet", ["The Wire", None])
def test_the_copy_carries_quotes_and_sources(outlet: str | None) -> None:
    copied = plain_text(answer(answer="It is so.[1]", quotes=(quote(1, outlet=outlet),)))
    when = "2023-11-04" if outlet else "date unknown"
    assert copied == (
        "It is so.[1]\n\nQuotes:\n\n"
        f"[1] He said so.\n    {outlet or 'unknown outlet'}, {when}; articles/x.txt"
    )


@pytest.mark.parametrize("lead", sorted(LEADS))
def test_what_the_claims_amount_to_is_said_before_them(lead: str) -> None:
    denied = answer(
        Claim("He said so.", (1,), "quote_only"),
        quotes=(quote(1),),
        notes=(lead, "Something else."),
    )
    said = escape(lead)
    shown = answer_markdown(denied)
    places = [shown.index(text) for text in (said, "He said so", "Something else")]
    assert places == sorted(places)
    assert shown.count(said) == 1
    draft = Draft()
    for event in (
        Notice(lead, failure=False),
        ClaimStarted(0),
        ClaimText(0, denied.claims[0].text),
    ):
        draft.apply(event)
    shown = draft.markdown()
    assert shown.index(said) < shown.index("He said so")
    assert shown.count(said) == 1
