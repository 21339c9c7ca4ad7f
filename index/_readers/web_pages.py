"""Saved web pages: HTML, XHTML, and MHTML as browsers save it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from index._readers import limits
from index._readers.documents import Found, Unreadable
from index._readers.encodings import decode
from index._readers.inputs import Input, held

Report = Callable[[str, bool], None]

_ADVICE = "it is no article"
_NO_TEXT = (
    "no article text in it; if the page is made by scripts, save it again from the browser "
    "after it has loaded"
)


def read_html(source: Input, report: Report) -> Iterator[Found]:
    data = source.read(limits.PAGE, _ADVICE)
    if not data.strip():
        raise Unreadable("empty")
    yield from _page(data, None, {}, report)


def read_mhtml(source: Input, report: Report) -> Iterator[Found]:
    """The page of an MHTML file; its pictures and frames are passed over."""
    from email import policy
    from email.parser import BytesParser

    data = source.read(limits.BINARY, _ADVICE)
    message = BytesParser(policy=policy.default).parsebytes(data)
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            page = part.get_payload(decode=True)
            place = part.get("Content-Location") or message.get("Snapshot-Content-Location") or ""
            if not isinstance(page, bytes) or not page.strip():
                break
            outer = {"url": str(place)} if str(place).startswith(("http://", "https://")) else {}
            yield from _page(page, part.get_content_charset(), outer, report)
            return
    raise Unreadable("no web page in it")


def _page(
    data: bytes, charset: str | None, outer: dict[str, str], report: Report
) -> Iterator[Found]:
    from index._readers.main_text import main_text, parse
    from index._readers.page_metadata import page_metadata

    decoded = decode(data, lambda reason: report(reason, False), charset or declared_charset(data))
    html = _DATA.sub("data:,", decoded.text)
    if len(html) > limits.TEXT:
        raise Unreadable(f"more than {limits.shown(limits.TEXT)} of markup; {_ADVICE}")
    tree = parse(html)
    if tree is None:
        raise Unreadable(_NO_TEXT)
    fields = {**page_metadata(tree, html, lambda reason: report(reason, False)), **outer}
    text = main_text(tree, title=fields.get("title"))
    if not text:
        raise Unreadable(_NO_TEXT)
    yield Found(text, fields, original=None if decoded.faithful else data)


# Pictures and fonts that were saved into the page.
_DATA = re.compile(r"data:[\w/+.-]*;base64,[A-Za-z0-9+/=\s%]{200,}")

# HTML Living Standard, "prescan a byte stream to determine its encoding"; it looks at 1024 bytes,
# saved pages have comments before it.
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:-]{2,30})", re.IGNORECASE)
_XML = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w:-]{2,30})[\"']")


def declared_charset(data: bytes) -> str | None:
    """The encoding that a page, or an XML file, says it is in."""
    found = _XML.search(data[:1024]) or _CHARSET.search(data[:8192])
    return found[1].decode("ascii") if found else None


def text_of_fragment(html: str) -> str:
    """The text of a piece of HTML without looking for furniture: a paragraph a block."""
    from index._readers.main_text import blocks, joined, parse

    tree = parse(f"<html><body><div>{html}</div></body></html>")
    return "" if tree is None else joined(blocks(tree))


def page_in(name: str, data: bytes, like: Input, report: Report) -> Iterator[Found]:
    """A page that is part of something else."""
    return read_html(held(name, data, like), report)
