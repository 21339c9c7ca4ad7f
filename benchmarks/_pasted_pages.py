"""Articles with the furniture of their own pages put back: labelled lines for `furniture.py`.

Made from the pages and the hand-marked article bodies of the article-extraction benchmark
(Zyte/Scrapinghub, https://github.com/scrapinghub/article-extraction-benchmark). Each page is
rendered to lines as a browser copies them, and its words are aligned with those of the marked
body. The text of an example is the paragraphs of the body, character for character, with the
other lines of the page before, between and after them, where they stood.

What a line is:

* ``article``: a paragraph of the marked body, unless it is a plain photo credit.
* ``furniture``: a line of the page at most a fifth of whose words stand in the body.
* ``neutral``, in the text but not counted either way: lines in between; the first line that is
  the headline, and lines that contain it; the standfirst (the page's own description); before the
  body and just below it, lines that name the author or a date; captions that are not plain
  credits (whether a caption is part of the article is a matter of taste); plain photo credits that
  the annotators took into the body, as they left most out; lines without a letter
  or digit; quotations set apart (block quotes, embedded posts) that the annotators left out.

Two cuts of a page: ``region`` is what a person selects (from the headline, at most 15 lines
above the body, to 20 lines below it); ``page`` is everything.

A page belongs to the development half if the SHA-256 of its id is even, else to the test half.
Rules and weights were made by looking at the development half alone.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from lxml import html

DATA = Path(__file__).parents[2] / "shared" / "data" / "article-extraction"
HEAD, TAIL = 15, 20


@dataclass(frozen=True, slots=True)
class Labelled:
    text: str
    label: str  # "article", "furniture" or "neutral"


@dataclass(frozen=True, slots=True)
class Page:
    id: str
    url: str
    english: bool
    body: str
    lines: tuple[Labelled, ...]
    region: tuple[int, int]

    def cut(self, variant: str) -> tuple[Labelled, ...]:
        return self.lines[slice(*self.region)] if variant == "region" else self.lines


def is_development(page_id: str) -> bool:
    return hashlib.sha256(page_id.encode()).digest()[-1] % 2 == 0


def pages(*, development: bool) -> Iterator[Page]:
    truth = json.loads((DATA / "ground-truth.json").read_text("utf-8"))
    for page_id, record in truth.items():
        if is_development(page_id) == development:
            markup = gzip.decompress((DATA / "html" / f"{page_id}.html.gz").read_bytes())
            yield build(page_id, record["url"], record["articleBody"], markup.decode("utf-8"))


# --- rendering ------------------------------------------------------------------------------

_INLINE = frozenset(
    """
    a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd mark nobr q s samp
    small span strike strong sub sup time tt u var wbr
    """.split()  # noqa: SIM905
)
_UNSEEN = frozenset(
    """
    script style noscript template head svg iframe textarea select datalist audio video object
    embed canvas map math input
    """.split()  # noqa: SIM905
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")


@dataclass(slots=True)
class Rendered:
    text: str
    marks: frozenset[str]


def render(markup: str) -> list[Rendered]:
    """The visible lines of a page. What only a style sheet hides is visible here."""
    lines: list[Rendered] = []
    buffer: list[str] = []
    marks: set[str] = set()

    def flush() -> None:
        text = " ".join("".join(buffer).split())
        if text:
            lines.append(Rendered(text, frozenset(marks)))
        buffer.clear()
        marks.clear()

    def add(text: str | None, inside: frozenset[str]) -> None:
        if text and text.strip():
            marks.update(inside)
        buffer.append(text or "")

    def walk(element: html.HtmlElement, inside: frozenset[str]) -> None:
        tag = element.tag
        if not isinstance(tag, str):
            return
        if tag in _UNSEEN or "hidden" in element.attrib:
            return
        if _HIDDEN.search(element.get("style") or ""):
            return
        if tag == "br":
            flush()
            return
        inside = inside | _marks(element)
        block = tag not in _INLINE
        if block:
            flush()
        elif tag == "a":
            before = element.getprevious()
            if before is not None and not before.tail:
                buffer.append(" ")
        add(element.text, inside)
        for child in element:
            walk(child, inside)
            add(child.tail, inside)
        if block:
            flush()

    tree = html.document_fromstring(markup)
    for body in tree.iter("body"):
        walk(body, frozenset())
        break
    flush()
    return lines


_MARKED = re.compile(
    r"caption|tweet|instagram-media|pull-?quote|byline|author|contributor|dateline|timestamp"
)


def _marks(element: html.HtmlElement) -> frozenset[str]:
    found = set()
    if element.tag in ("figcaption", "blockquote"):
        found.add(element.tag)
    if element.tag in ("body", "main", "article"):
        return frozenset()
    names = " ".join(element.get(key) or "" for key in ("class", "id", "rel", "itemprop")).lower()
    found.update(_MARKED.findall(names))
    return frozenset(found)


# --- alignment ------------------------------------------------------------------------------

_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{1,2}:\d\d\b|\bago\b|\byesterday\b"
    r"|\btoday\b|\d ?(?:年|月|日|년|월|일|мин|час)",
    re.IGNORECASE,
)
_BY = re.compile(
    r"(?:by|author|written by|posted by|publish(?:ed)?(?: date| on)?|от|por|oleh|автор)\b"
    r"|.*\b(?:reporting by|contributed to this (?:report|story|article))\b",
    re.IGNORECASE,
)
_BUTTON = re.compile(
    r"\b(?:share|shares|sharing|copy|copied|print|e ?mail|facebook|twitter|linkedin|reddit"
    r"|pinterest|whatsapp|flipboard|tumblr|follow|submit|comments?|subscribe)\b"
)
_CREDIT = re.compile(
    r"\W*(?:photo|photograph|image|picture|credit|getty|ap\b|reuters|afp|foto|фото)", re.IGNORECASE
)
_PLAIN_CREDIT = re.compile(
    r"\W*(?:\w+ )?(?:photo|photograph|image|picture|foto|фото)s?"
    r"(?: (?:credit|courtesy(?: of)?|by|via))? ?[:©].{2,60}",
    re.IGNORECASE,
)
_CAPTION = frozenset({"figcaption", "caption"})
_APART = frozenset({"blockquote", "tweet", "instagram-media", "pull-quote", "pullquote"})
_BYLINE = frozenset({"byline", "author", "contributor", "dateline", "timestamp"})


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


@dataclass(slots=True)
class _Head:
    """What a page says of itself, folded to words."""

    titles: set[str] = field(default_factory=set)
    description: set[str] = field(default_factory=set)
    authors: set[str] = field(default_factory=set)

    def has_title(self, folded: str) -> bool:
        if folded in self.titles:
            return True
        return len(folded.split()) >= 4 and any(folded in title for title in self.titles)

    def is_within(self, folded: str) -> bool:
        return any(len(title.split()) >= 4 and title in folded for title in self.titles)


def _head(markup: str) -> _Head:
    tree = html.document_fromstring(markup)
    head = _Head()
    for found in tree.xpath("//title/text() | //h1"):
        head.titles.add(_folded(found if isinstance(found, str) else found.text_content()))
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        content = meta.get("content") or ""
        if name in ("og:title", "twitter:title"):
            head.titles.add(_folded(content))
        elif "description" in name:
            head.description.update(tokens(content))
        elif name in ("author", "article:author", "parsely-author", "sailthru.author"):
            head.authors.add(_folded(content))
    head.titles.discard("")
    head.authors.discard("")
    return head


def _folded(text: str) -> str:
    return " ".join(tokens(text))


@dataclass(slots=True)
class _Aligned:
    """A page's lines against the words of the marked body."""

    shares: list[float]  # of each line's words that stand in the body; -1 without words
    reached: list[int]  # words of the body passed at the end of each line
    first: int
    last: int


def _align(rendered: list[Rendered], body: list[str]) -> _Aligned:
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    for line in rendered:
        start = len(words)
        words.extend(tokens(line.text))
        spans.append((start, len(words)))
    starts = [start for start, _ in spans]
    place: dict[int, int] = {}  # of a word of the page: its place in the body
    for block in SequenceMatcher(None, words, body, autojunk=False).get_matching_blocks():
        end = block.a + block.size
        lines = spans[bisect_left(starts, block.a) : bisect_left(starts, end)]
        # Three words that two texts share may be chance, a whole line is not.
        if block.size >= 4 or any(start < stop <= end for start, stop in lines):
            place.update((block.a + n, block.b + n) for n in range(block.size))
    shares, reached = [], []
    position = 0
    for start, stop in spans:
        matched = [place[n] for n in range(start, stop) if n in place]
        shares.append(len(matched) / (stop - start) if stop > start else -1.0)
        position = max([position, *(n + 1 for n in matched)])
        reached.append(position)
    inside = [n for n, share in enumerate(shares) if share > _FOREIGN]
    return _Aligned(shares, reached, inside[0], inside[-1])


_FOREIGN = 0.2


def build(page_id: str, url: str, body: str, markup: str) -> Page:
    rendered = render(markup)
    head = _head(markup)
    paragraphs = [line.strip() for line in body.split("\n") if line.strip()]
    starts = [0]
    for paragraph in paragraphs:
        starts.append(starts[-1] + len(tokens(paragraph)))
    aligned = _align(rendered, tokens(body))
    first, last = aligned.first, aligned.last
    folded = [_folded(line.text) for line in rendered]
    opening = [
        n for n in range(max(0, first - HEAD), first)
        if len(folded[n].split()) >= 3 and head.has_title(folded[n])
    ]  # fmt: skip
    region_first = opening[0] if opening else max(0, first - HEAD)
    lines: list[Labelled] = []
    put = 0  # paragraphs of the body that are in the text
    region = [0, 0]
    for n, line in enumerate(rendered):
        if n == region_first:
            region[0] = len(lines)
        while put < len(paragraphs) and starts[put] < aligned.reached[n]:
            lines.append(_of_body(paragraphs[put]))
            put += 1
        # A line of the body is there as a paragraph; what is mixed, or only signs, stays out.
        # The words of a short line may be matched with another place where they stand.
        again = first <= n <= last and line.text in body
        if aligned.shares[n] > _FOREIGN or aligned.shares[n] < 0 or again:
            continue
        titled = head.has_title(folded[n]) or head.is_within(folded[n])
        repeated = bool(opening) and folded[n] in head.titles.intersection(folded[region_first:n])
        neutral = (titled and not repeated) or _of_the_article(line, folded[n], n, aligned, head)
        lines.append(Labelled(line.text, "neutral" if neutral else "furniture"))
        if n <= last + TAIL:
            region[1] = len(lines)
    lines.extend(map(_of_body, paragraphs[put:]))
    after_body = 1 + max(n for n, line in enumerate(lines) if line.label == "article")
    region[1] = max(region[1], after_body)
    return Page(page_id, url, _is_english(body), body, tuple(lines), (region[0], region[1]))


def _of_body(paragraph: str) -> Labelled:
    return Labelled(paragraph, "neutral" if _PLAIN_CREDIT.fullmatch(paragraph) else "article")


def _of_the_article(line: Rendered, folded: str, n: int, aligned: _Aligned, head: _Head) -> bool:
    """Byline, date, standfirst, caption, quotation set apart: see the module's docstring."""
    words = folded.split()
    described = sum(word in head.description for word in words) > 0.8 * len(words)
    if n <= aligned.first + 3 and len(words) >= 6 and described:
        return True
    if n < aligned.first and len(words) <= 15 and line.marks & _BYLINE:
        return not _BUTTON.search(folded)  # a share bar often shares the byline's box
    if n <= aligned.last + 5 and len(words) <= 30:
        if _DATE.search(line.text) or _BY.match(line.text):
            return True
        if any(author in folded for author in head.authors):
            return True
    if line.marks & _CAPTION and len(words) >= 2 and not _CREDIT.match(line.text):
        return True
    return bool(line.marks & _APART) and aligned.first < n < aligned.last


def _is_english(body: str) -> bool:
    words = tokens(body)
    return sum(word in {"the", "and", "of", "to", "in"} for word in words) > 0.08 * len(words)
