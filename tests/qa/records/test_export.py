"""What leaves the program: whole, cited in full, and harmless whatever an article says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from town import ALWAYS, ARTICLES, COST, HURT, TRUE, ScriptedModel, finished, says

from index import Archive
from qa import Answer, Answerer, Claim, ExportFormat, Quote, Records, SavedAnswer, reverify
from qa._records.disagreeing import DisagreementCheck
from qa._records.export import export_answers, web_address
from qa._records.reverify import ClaimCheck, QuoteCheck, Verification

FORMATS: tuple[ExportFormat, ...] = ("md", "html", "json")
URL = "https://inland.example/storm?a=1&b=2"


@pytest.fixture
def conversation(tmp_path: Path) -> Iterator[list[Verification]]:
    """A written answer, a bare quote of an article of which little is known, and a refusal."""
    file = tmp_path / "articles.jsonl"
    articles = [{**ARTICLES[0], "url": URL}, *ARTICLES[1:]]
    file.write_text("".join(json.dumps(article) + "\n" for article in articles))
    home = tmp_path / "home"
    with Archive.open(home) as archive, closing(Records.open(home)) as records:
        archive.sync([file])
        name = records.new_conversation()
        for model, question in (
            (ScriptedModel(says(HURT, TRUE)), COST),
            (None, "What do tickets for the opera cost?"),
            (ScriptedModel('{"answerable": false, "claims": []}'), "Why did the mayor resign?"),
        ):
            finished(
                list(Answerer(archive, records, model, ALWAYS).ask(question, conversation=name))
            )
        saved = records.conversation(name)
        assert [one.answer.status for one in saved] == ["answered", "answered", "not_found"]
        yield [reverify(one, archive) for one in saved]


class Page(HTMLParser):
    """The tags, links and text of an exported page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def _shown(document: str, form: ExportFormat) -> Page:
    """A document as it is shown: Markdown with everything allowed that a renderer may allow."""
    if form == "md":
        document = MarkdownIt("commonmark", {"html": True}).enable(["table"]).render(document)
    return Page(document)


@pytest.mark.parametrize("form", ["md", "html"])
def test_all_of_a_conversation_is_there_with_full_citations(
    conversation: list[Verification], form: ExportFormat
) -> None:
    page = _shown(export_answers(conversation, form, exported="2026-01-02"), form)
    for found in conversation:
        answer = found.saved.answer
        assert answer.question in page.text
        assert answer.id in page.text
        for claim in answer.claims:
            assert claim.text in page.text
        for check in found.quotes:
            quote = check.quote
            cited = [quote.title, quote.outlet, quote.author, quote.published]
            unknown = ["unknown title", "unknown outlet", "unknown author", "date unknown"]
            said = [known or none for known, none in zip(cited, unknown, strict=True)]
            place = [f"article {quote.article}", f"characters {quote.start}–{quote.end}"]
            assert "; ".join([*said, *place, quote.url or "unknown URL"]) in page.text
            assert quote.text in page.text
    assert page.text.count("Verdict: exact.") == sum(len(found.quotes) for found in conversation)
    assert "The articles don't tell" in page.text
    assert {link for link in page.links if not link.startswith("#")} == {URL}


@pytest.mark.parametrize("form", ["md", "html"])
def test_both_sides_of_a_disagreement_are_there(tmp_path: Path, form: ExportFormat) -> None:
    said = {"Post": "The storm killed 12 people in the port of Marl on Tuesday.",
            "Gazette": "The storm killed 19 people in the port of Marl on Tuesday."}  # fmt: skip
    rows = [{"id": i, "outlet": i, "published": "2024-03-06", "text": t} for i, t in said.items()]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    home = tmp_path / "home"
    with Archive.open(home) as archive, closing(Records.open(home)) as records:
        archive.sync([tmp_path / "rows.jsonl"])
        asked = "How many people did the storm kill in Marl?"
        answer = finished(list(Answerer(archive, records, None, ALWAYS).ask(asked)))
        saved = records.saved(answer.id)
        assert saved is not None
        document = export_answers([reverify(saved, archive)], form, exported="2026-01-02")
    page = _shown(document, form).text
    assert "Sources disagree: " in page
    for outlet, number in (("Post", 12), ("Gazette", 19)):
        assert re.search(rf"“{number}” — {outlet}, 2024-03-06 \[\d\]", page)


def test_json_has_everything_that_is_kept(conversation: list[Verification]) -> None:
    exported = json.loads(export_answers(conversation, "json", exported="2026-01-02"))
    assert len(exported["answers"]) == len(conversation)
    for given_, found in zip(exported["answers"], conversation, strict=True):
        contract = found.saved.answer.to_json()
        assert list(given_)[: len(contract)] == list(contract)
        assert (given_["holds"], given_["intact"]) == (True, True)
        assert given_["trace"]["prompt_version"]
        for quote, check in zip(given_["quotes"], found.quotes, strict=True):
            assert quote["text_sha256"] == check.quote.text_sha256
            assert quote["check"]["verdict"] == "exact"
            assert {key: quote[key] for key in contract["quotes"][0]}["text"] == check.quote.text


def test_what_does_not_hold_is_said(tmp_path: Path, conversation: list[Verification]) -> None:
    with Archive.open(tmp_path / "empty") as empty:
        gone = [reverify(found.saved, empty) for found in conversation]
    for form in ("md", "html"):
        text = _shown(export_answers(gone, form, exported="2026-01-02"), form).text
        quotes = sum(len(found.quotes) for found in gone)
        assert text.count("Verdict: cannot be checked.") == quotes
        assert "No longer borne out" in text
        assert gone[0].quotes[0].quote.text_sha256 in text
    tampered = replace(gone[0], saved=replace(gone[0].saved, intact=False))
    assert "changed after it was saved" in export_answers([tampered], "md", exported="")


# Whatever an article says ---------------------------------------------------------------------

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/x.png)",
    "[click](javascript:alert(1)) and [ref]: https://evil.example 'x'",
    "<https://evil.example> <me@evil.example> https://evil.example www.evil.example",
    "` ``` ~~~ # > - 1. * _ **bold** \\[x](y)",
    "</blockquote></article><h1>Forged</h1>",
    '" onmouseover="alert(1)',
    "&lt;b&gt; &#60;b&#62; &amp;",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "Title\n=====\n\n# Heading\n\n    code\n\n<div>\n\n```\nfence",
    "\x1b]0;owned\x07\x1b[2J\u202egnp.exe",
    "1. one\n2) two\n- three\n+ four",
    "{{7*7}} ${alert(1)} $x^2$",
]
MARKUP = st.lists(
    st.sampled_from([*"<>[]()!*_`~#|\\&\"'=+-.:/@ \n\t", "1.", "a", "www.", "http://a.b", "<b>"]),
    max_size=25,
).map("".join)


def _forged(text: str) -> Verification:
    """An answer in which every word that is not ours is ``text``."""
    quote = Quote(
        n=1, text=text, verdict="exact", article=text, source=text, title=text, outlet=text,
        author=text, published=text, url=text, start=0, end=len(text), text_sha256="0",
    )  # fmt: skip
    claim = Claim(text, (1,), "supported")
    side = {"value": text, "quotes": [1], "outlet": text, "published": text, "origins": 2}
    differing = {"about": text, "sides": [side, side], "found_by": text}
    answer = Answer(
        text, text, "answered", text, (claim, replace(claim, support="quote_only")), (quote,),
        disagreements=(differing,), model=text, notes=(text,), searched_for=text,
    )  # fmt: skip
    saved = SavedAnswer(answer, "2026-01-02T03:04:05", None, True, {"raw_reply": text})
    check = QuoteCheck(quote, "corrected", None, "exact", "exact", 0, 1, text, (text,), False)
    claims = tuple(ClaimCheck(c, None, (), (text,), False) for c in answer.claims)
    sides = (DisagreementCheck(text, (text,), False),)
    return Verification(saved, (check,), claims, sides, (text,))


def _check_harmless(text: str) -> None:
    found = [_forged(text)]
    harmless = _forged("plain words")
    for form in ("md", "html"):
        document = export_answers(found, form, exported="2026-01-02")
        page = _shown(document, form)
        expected = _shown(export_answers([harmless], form, exported="2026-01-02"), form)
        own = web_address(text)
        assert page.attributes <= expected.attributes | ({"href", "rel"} if own else set())
        assert [tag for tag in page.tags if tag != "a"] == [
            tag for tag in expected.tags if tag != "a"
        ], document
        # Markdown writes a bracket in an address as %5B; it is the same address.
        links = [unquote(link) for link in page.links if not link.startswith("#q-")]
        assert links == ([unquote(own)] if own else [])
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", document)
        shown = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]+", " ", text).split())
        assert shown in page.text
    assert json.loads(export_answers(found, "json", exported=""))["answers"][0]["id"] == text


@pytest.mark.parametrize("text", ATTACKS)
def test_no_attack_becomes_more_than_words(text: str) -> None:
    _check_harmless(text)


@example("http://a.bhttp://a.b[")
@given(MARKUP.filter(lambda text: any(character.isalnum() for character in text)))
def test_no_markup_becomes_more_than_words(text: str) -> None:
    _check_harmless(text)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example/b?c=d&e=f#g", True),
        ("http://a.example", True),
        ("HTTPS://a.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example", False),
        ("https://", False),
        ("https://a.example/ b", False),
        ('https://a.example/"onclick="x', False),
        ("https://a.example/<b>", False),
        ("https://a.example\n", False),
        ("https://[broken", False),
        ("https://müller.example", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(url: Any, safe: bool) -> None:
    assert (web_address(url) == url and url is not None) == safe
