"""The article of a web page, without what stands around it.

trafilatura (Barbaresi 2021) set to precision finds the article's elements. Its text is then cut
into the paragraphs of the page, and three kinds of block go that are never part of an article:
those that are links from end to end ("Read more: …"), the headline again, and what is empty.
`benchmarks/extraction.py` compares the outcome with plain trafilatura.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

# Share of a block's characters that stand in links, from which on it leads elsewhere. Chosen on
# one half of the pages of the benchmark; between .7 and .9 it makes little difference.
LINKS = 0.8
# Whatever drops furniture drops little beside an article, at most a quarter of a page in the
# benchmark's development half. Where less than this share would be left, it is no furniture.
KEPT = 0.75

_BLOCKS = frozenset(
    """
    ab address article aside blockquote body caption code dd details div dl dt fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 head header hr item li list main nav ol option p pre quote
    row section summary table tbody tfoot thead tr ul
    """.split()  # noqa: SIM905
)
_LINES = frozenset({"br", "lb"})
_CELLS = frozenset({"cell", "td", "th"})
_LINKS = frozenset({"a", "ref"})
_SILENT = frozenset(
    "graphic script style noscript template svg iframe object button select textarea title".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or list item of a page.

    Attributes:
        tag: The innermost element it is the text of.
        text: Its text, white space folded; a line break of the page is ``\\n``.
        linked: Share of its characters that stand in links.
    """

    tag: str
    text: str
    linked: float


def parse(html: str) -> Any:
    """The tree of a page; None if there is nothing in it."""
    from lxml import etree
    from trafilatura import load_html

    _quiet()
    try:
        return load_html(html)
    except (etree.LxmlError, ValueError, RecursionError):
        return None


def main_text(tree: Any, *, title: str | None) -> str:
    """The article's text, a blank line between paragraphs; empty if there is none."""
    strict = _extracted(tree, title, precision=True)
    balanced = _extracted(tree, title, precision=False)
    return joined(strict if _size(strict) >= KEPT * _size(balanced) else balanced)


def _size(found: Iterable[Block]) -> int:
    return sum(len(block.text) for block in found)


def _extracted(tree: Any, title: str | None, *, precision: bool) -> list[Block]:
    from copy import deepcopy

    from trafilatura import bare_extraction

    try:
        document = bare_extraction(
            deepcopy(tree),
            favor_precision=precision,
            include_comments=False,
            include_links=True,
            include_tables=True,
        )
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError, IndexError):
        # What a library does not expect of a page is no reason to stop a sync.
        return []
    body = getattr(document, "body", None)
    found = [] if body is None else blocks(body)
    headline = _folded(title or "")
    own = [
        block
        for block in found
        if block.linked < LINKS and not (headline and _folded(block.text) == headline)
    ]
    # Of a page that has little else, the links are the article: a review of the press, a list.
    return own if _size(own) >= KEPT * _size(found) else found


def joined(found: Iterable[Block]) -> str:
    """Blocks as text: a blank line between paragraphs, none between the items of a list."""
    parts: list[str] = []
    before = ""
    for block in found:
        together = block.tag == before and block.tag in ("item", "li", "row", "tr")
        if parts:
            parts.append("\n" if together else "\n\n")
        parts.append(block.text)
        before = block.tag
    return "".join(parts)


def blocks(tree: Any) -> list[Block]:
    """The blocks of a tree of HTML, or of trafilatura's own elements, in their order."""
    found: list[Block] = []
    pieces: list[tuple[str, bool]] = []
    tag = "p"

    def close() -> None:
        lines = ("".join(text for text, _ in pieces)).split("\n\0")
        text = "\n".join(filter(None, (" ".join(line.split()) for line in lines)))
        if text:
            letters = sum(len("".join(piece.split())) for piece, _ in pieces)
            linked = sum(len("".join(piece.split())) for piece, link in pieces if link)
            found.append(Block(tag, text, linked / max(1, letters)))
        pieces.clear()

    # By hand and not by recursion: pages nest a thousand elements deep.
    stack: list[tuple[Any, bool, bool]] = [(tree, False, False)]
    tags = ["p"]
    while stack:
        element, link, leaving = stack.pop()
        name = element.tag if isinstance(element.tag, str) else ""
        if leaving:
            if name in _BLOCKS:
                close()
                tags.pop()
                tag = tags[-1]
            elif name in _CELLS:
                pieces.append((" ", link))
            if element.tail and element is not tree:
                pieces.append((element.tail, link))
            continue
        stack.append((element, link, True))
        if name in _SILENT or not name:
            continue
        if name in _BLOCKS:
            close()
            tag = name
            tags.append(name)
        elif name in _LINES:
            pieces.append(("\n\0", link))
        inner = link or name in _LINKS
        if element.text:
            pieces.append((element.text, inner))
        stack.extend((child, inner, False) for child in reversed(element))
    close()
    return found


def _folded(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _quiet() -> None:
    # They log a warning for every odd page; what matters is reported by the reader.
    for name in ("trafilatura", "htmldate", "charset_normalizer"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
