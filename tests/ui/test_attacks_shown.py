"""Hostile articles on the page, in the clipboard and in the terminal: text, and nothing else.

The oracle is the same article disarmed, every character but white space replaced by an "x":
whatever the hostile one says, the tags, attributes and links around it must be the same.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from attacks import FIELDS, attacks, write_articles
from markdown_it import MarkdownIt

from index import Article, Filters
from qa import (
    Answer,
    Claim,
    ClaimDone,
    ClaimStarted,
    ClaimText,
    EvidenceFound,
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
    plain_text,
    question_markdown,
)
from ui._panel import article_panel, source_panel

AID = "0123abcd"
IDS = [attack["id"] for attack in attacks()]
COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
ACTIVE = ("script", "img", "iframe", "style", "svg", "form", "object", "embed", "base", "meta")
HARMLESS = ("class", "id", "href", "title", "tabindex", "open", "aria-label")
Attack = dict[str, str]


class Skeleton(HTMLParser):
    """The tags of a page with all their attributes, and apart from them the text."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Tooltips hold an outlet and a date: their text differs, their presence may not.
        shown = tuple((name, "…" if name == "title" else value) for name, value in attrs)
        self.tags.append((tag, shown))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}", ()))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    handle_decl = handle_pi = unknown_decl = handle_comment


def disarmed(attack: Attack) -> Attack:
    """The article with nothing but x in it, in lines of the same kind."""
    fields = {name: value for name, value in attack.items() if name in FIELDS}
    return attack | {name: re.sub(r"[^\s]", "x", value) for name, value in fields.items()}


def made(attack: Attack) -> tuple[Article, tuple[Quote, ...]]:
    """The article, and two quotes of it: a part of it, and all of it."""
    fields: dict[str, Any] = {name: attack.get(name) for name in FIELDS if name != "text"}
    article = Article(id=IDS[0], source=attack.get("url", "x.txt"), text=attack["text"], **fields)
    size = len(article.text)
    spans = [(size // 4, size // 2), (0, size)]
    quotes = tuple(
        Quote(
            n=n,
            text=article.text[start:end],
            verdict="exact",
            article=article.id,
            source=article.source,
            published=None,
            start=start,
            end=end,
            text_sha256=article.text_sha256,
            **fields,
        )
        for n, (start, end) in enumerate(spans, 1)
    )
    return article, quotes


def pages(attack: Attack) -> list[str]:
    """All that the page may show of an article, as HTML."""
    article, quotes = made(attack)
    text = attack["text"]
    claims = (Claim(quotes[0].text, (1,), "quote_only"), Claim(text, (2, 1), "supported"))
    near = NearestArticle(article.id, article.source, article.title, article.outlet, None)
    base = Answer(AID, text, "answered", text, searched={"articles": 5, "passages": 9})
    answers = [
        replace(base, claims=claims, quotes=quotes, notes=(text,), searched_for=text),
        replace(base, status="not_found", nearest=(near,), notes=(text,), model=text),
    ]
    draft = Draft()
    writing = []
    for event in (
        EvidenceFound(AID, quotes, {"articles": 5, "passages": 9}, text),
        ClaimStarted(0),
        *(ClaimText(0, text[start : start + 40]) for start in range(0, min(len(text), 400), 40)),
        Notice(text),
        ClaimDone(0, claims[1], quotes),
    ):
        draft.apply(event)
        writing.append(draft.markdown())
    # An outlet's name is an article's own, and gets into what was understood.
    item = Item(f"outlet:{article.outlet}", article.outlet or text)
    asked = Asked(text, 0, Filters(outlet=(item.label,)), (), (item,), (item,))
    markdown = [answer_markdown(answer, asked) for answer in answers]
    markdown += [*writing, error_markdown(text, text), question_markdown(asked)]
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    panels = [source_panel(AID, quotes, {article.id: article}), source_panel(AID, quotes, {})]
    panels.append(article_panel(article))
    return [*map(reader.render, markdown), *panels]


@pytest.mark.parametrize("attack", attacks(), ids=IDS)
def test_a_page_is_made_of_the_same_tags_as_without_the_attack(attack: Attack) -> None:
    for hostile, harmless in zip(pages(attack), pages(disarmed(attack)), strict=True):
        assert Skeleton(hostile).tags == Skeleton(harmless).tags


@pytest.mark.parametrize("attack", attacks(), ids=IDS)
def test_the_page_has_the_programs_own_links_and_nothing_active(attack: Attack) -> None:
    for page in pages(attack):
        for tag, attributes in Skeleton(page).tags:
            assert tag.lstrip("/") not in ACTIVE
            for name, value in attributes:
                assert name in HARMLESS or name.startswith("data-")
                if name == "href":
                    assert value is not None
                    assert re.fullmatch(rf"#(?:(?:cite|article)-{AID}-\d|copy-{AID}|chat)", value)


@pytest.mark.parametrize("attack", attacks(), ids=IDS)
def test_what_is_copied_can_be_pasted_into_a_terminal(attack: Attack) -> None:
    _, quotes = made(attack)
    claims = (Claim(quotes[0].text, (1,), "quote_only"),)
    answer = Answer(AID, "?", "answered", attack["text"], claims=claims, quotes=quotes)
    assert not COMMANDS.search(plain_text(answer))


# In the terminal ----------------------------------------------------------------------------------


@pytest.mark.parametrize("terminal", [False, True], ids=["pipe", "terminal"])
def test_nothing_commands_the_terminal(
    command: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    terminal: bool,
) -> None:
    file = write_articles(tmp_path / "attacks.jsonl")
    outcomes = [command("index", "sync", file), command("extract", file)]
    if terminal:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    outcomes += [
        command("index", "list"),
        command("search", "harbour lamp buoy mill port horn", "-k", "60"),
        command("search", "harbour lamp buoy mill port horn", "-k", "60", "--json"),
        command("ask", "What went out at midnight?", "--model", "extractive"),
    ]
    for name in ("ansi", "ansi-c1", "nul-and-controls", "bidi", "carriage-return"):
        ask = ("ask", "What of the lamp, buoy, mill, port and horn?", "--article", name)
        outcomes += [
            command(*ask, "--model", "extractive"),
            command(*ask, "--model", "extractive", "--json"),
            command("index", "show", name),
            command("index", "show", name, "--json"),
        ]
        if terminal:
            exact = command("index", "show", name, "--text")
            outcomes.append(exact)
            assert len(exact.out) == len(outcomes[-2].json()["text"]), "offsets stay the same"
    for outcome in outcomes:
        assert outcome.code == 0, outcome.error
        plain = re.sub(r"\x1b\[[\d;]*m", "", outcome.out) if terminal else outcome.out
        assert not COMMANDS.search(plain.replace("\r\n", "\n"))
        assert not COMMANDS.search(outcome.error)


def test_a_terminal_is_told_nothing_by_an_error(command: Callable[..., Any]) -> None:
    outcome = command("extract", "no\x1b[2Jsuch\x9bfile.txt")
    assert outcome.code != 0
    assert not COMMANDS.search(outcome.error)
