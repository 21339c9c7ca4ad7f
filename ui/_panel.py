"""The source panel: the cited articles, whole, with the quotes of one answer marked.

Everything here is a pure function from an answer's quotes and the articles they stand in to
HTML. All text passes through ``html.escape``. The result is put on the page by the template
``${value.html}``, which inserts it and evaluates nothing in it.

A quote is marked by ``<mark id="q-<answer id>-<n>">``. Marks that lie inside one another are
nested; one that crosses the end of another, or a line, is cut into pieces, of which the first
has the id and all have ``data-quote="<answer id>-<n>"``. Without its tags an article's markup
is the article's frozen text, character by character.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from index import Article
from qa import Quote

Headings = Mapping[str, Collection[int]]
"""By article id: the offsets at which a title or a sub-heading starts."""

NO_HEADINGS: Headings = {}


def counted(number: int, noun: str) -> str:
    """``1 article``, ``2,000 articles``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def source_panel(
    answer_id: str,
    quotes: Sequence[Quote],
    articles: Mapping[str, Article],
    headings: Headings = NO_HEADINGS,
) -> str:
    """The panel of some quotes as HTML: their articles in the order in which they are cited.

    Args:
        answer_id: Part of the ids of the marks.
        quotes: The quotes to mark.
        articles: By id, the articles as they are now. Where one is missing, or a quote is no
            longer in its place, the quotes stand alone, with a note.
        headings: Where lines begin that are set as headings.
    """
    cited = list(dict.fromkeys(quote.article for quote in quotes))
    if not cited:
        return empty_panel("This answer quotes no article.")
    sections = []
    for position, article_id in enumerate(cited):
        marked = [quote for quote in quotes if quote.article == article_id]
        body = _body(answer_id, articles.get(article_id), marked, headings.get(article_id, ()))
        sections.append(_section(marked[0], marked, body, is_open=position == 0))
    count = f"{counted(len(cited), 'article')}, {counted(len(quotes), 'quote')} marked"
    return (
        f'<section class="sources" aria-label="Sources" data-answer="{_escape(answer_id)}">'
        f'<header class="panel-head"><h2>Sources</h2><p>{count}</p></header>'
        f"{''.join(sections)}</section>"
    )


def article_panel(article: Article, headings: Collection[int] = ()) -> str:
    """The panel with one article that nothing was quoted from."""
    body = f'<div class="article-text">{marked_text("", article, (), headings)}</div>'
    return (
        '<section class="sources" aria-label="Sources"><header class="panel-head">'
        "<h2>Sources</h2><p>1 article, not quoted</p></header>"
        f"{_section(article, (), body, is_open=True)}</section>"
    )


def empty_panel(
    message: str = "The articles an answer quotes are shown here, whole, with the quotes marked.",
) -> str:
    """The panel when there is no article to show."""
    return (
        '<section class="sources" aria-label="Sources">'
        f'<header class="panel-head"><h2>Sources</h2></header>'
        f'<p class="panel-empty">{_escape(message)}</p></section>'
    )


def marked_text(
    answer_id: str, article: Article, quotes: Sequence[Quote], headings: Collection[int] = ()
) -> str:
    """The article's text as HTML, a paragraph a line, with ``quotes`` marked."""
    marker = _Marker(answer_id, article.text)
    lines = []
    start = 0
    for line in article.text.split("\n"):
        end = start + len(line)
        spans = [
            _Span(max(quote.start, start), min(quote.end, end), quote.n)
            for quote in quotes
            if quote.start < end and quote.end > start
        ]
        marked = marker.mark(start, end, spans)
        kind = ' class="heading"' if start in headings else ""
        lines.append(f"<p{kind}>{marked}</p>" if line.strip() else marked)
        start = end + 1
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    n: int


class _Marker:
    """Marks the quotes of one answer in one text."""

    def __init__(self, answer_id: str, text: str) -> None:
        self._answer_id = answer_id
        self._text = text
        self._named: set[int] = set()

    def mark(self, start: int, end: int, spans: Sequence[_Span]) -> str:
        """``text[start:end]`` with ``spans``, which lie in it, marked; called in text order."""
        out = []
        waiting = list(spans)
        while waiting:
            waiting.sort(key=lambda span: (span.start, -span.end, span.n))
            outer, *others = waiting
            # What runs out of the outer mark goes on as a piece of its own behind it.
            inner = [replace(s, end=min(s.end, outer.end)) for s in others if s.start < outer.end]
            waiting = [
                replace(s, start=max(s.start, outer.end)) for s in others if s.end > outer.end
            ]
            out.append(_escape(self._text[start : outer.start]))
            out.append(_mark_tag(self._answer_id, outer.n, named=outer.n not in self._named))
            self._named.add(outer.n)
            out.append(self.mark(outer.start, outer.end, inner))
            out.append("</mark>")
            start = outer.end
        out.append(_escape(self._text[start:end]))
        return "".join(out)


def _mark_tag(answer_id: str, n: int, *, named: bool = True) -> str:
    key = f"{_escape(answer_id)}-{n}"
    identity = f'id="q-{key}" data-n="{n}" tabindex="-1" ' if named else ""
    return f'<mark {identity}data-quote="{key}">'


def _quotes_alone(answer_id: str, quotes: Sequence[Quote]) -> str:
    items = "".join(
        f"<blockquote>{_mark_tag(answer_id, quote.n)}{_escape(quote.text)}</mark></blockquote>"
        for quote in quotes
    )
    return f'<div class="article-text">{items}</div>'


def _body(
    answer_id: str, article: Article | None, quotes: Sequence[Quote], headings: Collection[int]
) -> str:
    if article is None:
        note = "This article is no longer in the archive; these are its quotes."
        return _note(note) + _quotes_alone(answer_id, quotes)
    if any(article.text[quote.start : quote.end] != quote.text for quote in quotes):
        note = "This article has changed since; these are the quotes as they stood in it."
        return _note(note) + _quotes_alone(answer_id, quotes)
    changed = any(quote.text_sha256 != article.text_sha256 for quote in quotes)
    note = _note("Other parts of this article have changed since.") if changed else ""
    marked = marked_text(answer_id, article, quotes, headings)
    return f'{note}<div class="article-text">{marked}</div>'


def _section(known: Quote | Article, quotes: Sequence[Quote], body: str, *, is_open: bool) -> str:
    """An article with what is ``known`` of it in its head."""
    title = _escape(known.title) if known.title else _unknown("title")
    byline = (
        f'<span class="outlet">{_escape(known.outlet) if known.outlet else _unknown("outlet")}'
        f'</span> <span class="author">'
        f"{_escape(known.author) if known.author else _unknown('author')}"
        f'</span> <span class="date">'
        f"{_escape(_day(known.published))}</span>"
    )
    # As text: no link out of an article reaches the reader's browser.
    url = f'<span class="url">{_escape(known.url) if known.url else _unknown("URL")}</span>'
    source = f' <span class="file">{_escape(known.source)}</span>'
    numbers = "".join(f'<span class="number">{q.n}</span>' for q in quotes)
    return (
        f"<details{' open' if is_open else ''}><summary>"
        f'<span class="numbers">{numbers}</span>'
        f'<span class="summary"><h3>{title}</h3><span class="byline">{byline}</span></span>'
        f'</summary><p class="where">{url}{source if known.source != known.url else ""}</p>'
        f'{body}<p class="back"><a href="#chat">Back to the answer</a></p></details>'
    )


def _day(published: str | None) -> str:
    return published[:10] if published else "date unknown"


def _note(text: str) -> str:
    return f'<p class="panel-note">{text}</p>'


def _unknown(field: str) -> str:
    return f'<span class="unknown">unknown {field}</span>'


def _escape(text: str) -> str:
    return html.escape(text, quote=True)
