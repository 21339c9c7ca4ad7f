"""RSS and Atom files: a document an entry."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

from index._readers import limits
from index._readers.documents import Found, Unreadable
from index._readers.encodings import plain
from index._readers.inputs import Input
from index._readers.stated import metadata
from index._readers.web_pages import text_of_fragment

Report = Callable[[str, bool], None]


def read_feed(source: Input, report: Report) -> Iterator[Found]:
    """The entries of a feed with what they hold of their articles, which may be a summary only."""
    import feedparser

    data = source.read(limits.TEXT, "split it")
    if not data.strip():
        raise Unreadable("empty")
    # A stream: bytes might be taken for the name of a file or an address.
    feed = feedparser.parse(io.BytesIO(data))
    if not feed.entries:
        if not feed.get("version"):
            reason = feed.get("bozo_exception")
            raise Unreadable(f"not an RSS or Atom feed{f' ({reason})' if reason else ''}")
        raise Unreadable("a feed without entries")
    if feed.bozo and not isinstance(feed.bozo_exception, feedparser.CharacterEncodingOverride):
        # What comes after a fault may be missing, so nothing may be taken for gone.
        report(f"a damaged feed ({feed.bozo_exception}); entries may be missing", True)
    outlet = feed.feed.get("title")
    for number, entry in enumerate(feed.entries, start=1):
        place = f"entry {number}"
        text = _text(entry)
        if not text.strip():
            report(f"{place}: no text", True)
            continue

        def note(reason: str, place: str = place) -> None:
            report(f"{place}: {reason}", False)

        fields = metadata(_stated(entry, outlet), note)
        # Entries move down a feed from day to day: their number says nothing.
        name = entry.get("id") or str(number)
        yield Found(text, fields, f"#{name}", place, by_url="url" in fields)


def _stated(entry: Any, outlet: str | None) -> dict[str, object]:
    authors = [author.get("name") for author in entry.get("authors", []) if author.get("name")]
    return {
        "title": _line(entry.get("title", "")),
        "outlet": _line(entry.get("source", {}).get("title") or outlet or ""),
        "authors": authors or entry.get("author"),
        "published": entry.get("published"),
        "url": entry.get("link"),
    }


def _text(entry: Any) -> str:
    """The longest of an entry's contents and its summary."""
    candidates = [*entry.get("content", []), entry.get("summary_detail", {})]
    texts = []
    for candidate in candidates:
        value = candidate.get("value") or ""
        if candidate.get("type") == "text/plain" and "</" not in value:
            texts.append(plain(value).strip())
        else:
            texts.append(text_of_fragment(plain(value)))
    return max(texts, key=len, default="")


def _line(html: str) -> str:
    return " ".join(text_of_fragment(html).split()) if "<" in html or "&" in html else html
