"""Articles, and the places in them that everything else points at.

An article's text is cleaned once and then frozen. Whatever is shown of it later is a slice
``text[start:end]`` of that frozen text. Offsets count Unicode code points, start at 0, and
``end`` is exclusive.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

SentenceKind = Literal["sentence", "heading"]


def sha256_hex(text: str) -> str:
    """SHA-256 of the UTF-8 bytes of ``text`` (lone surrogates pass), as 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


ID_DIGITS = 16
"""Of the hash in a derived id: 64 bits, by which a million sources of one name hardly ever meet."""
EARLIER_ID_DIGITS = 8
"""The same in archives of earlier versions, whose articles keep their ids."""


def derive_id(name: str, source: str, *, digits: int = ID_DIGITS) -> str:
    """An id for an article whose record names none.

    It is the same whenever the same ``source`` is read again, safe in URLs, file names and
    HTML ids, and starts with a readable piece of ``name`` (a file stem or a title). It ends with
    so many ``digits`` of a hash of ``source``.
    """
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:40].strip("-")
    digest = sha256_hex(source)[:digits]
    return f"{slug}-{digest}" if slug else digest


@dataclass(frozen=True, slots=True)
class Article:
    """One article: its frozen text and what is known of it.

    Attributes:
        id: Unique in an archive; given by the record, or derived from the source.
        source: The file's path as given, or for a record its URL, or ``PATH#line``.
        text: The frozen text, page furniture removed.
        title, outlet, author, url: As the document states them; None where it does not.
        published: ISO date or date-time as the document states it; None where it does not.
    """

    id: str
    source: str
    text: str
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None

    @property
    def text_sha256(self) -> str:
        """The hash that saved answers keep, so that a later change of the text is noticed."""
        return sha256_hex(self.text)

    @property
    def published_day(self) -> date | None:
        """The calendar day of ``published``, for filters; None when unknown."""
        return date.fromisoformat(self.published[:10]) if self.published else None


class Listing(NamedTuple):
    """What is known of an article, without its text; see :class:`Article`."""

    id: str
    source: str
    title: str | None
    outlet: str | None
    author: str | None
    published: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article, as the slice ``article.text[start:end]``.

    Attributes:
        article_id: The article it stands in.
        ordinal: Its position in the article, from 0.
        start, end: Its slice of the frozen text; no white space at either end.
        text: The slice itself.
        kind: ``heading`` for a title or sub-heading line, else ``sentence``.
    """

    article_id: str
    ordinal: int
    start: int
    end: int
    text: str
    kind: SentenceKind = "sentence"


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is indexed: some consecutive sentences of one article.

    The passages of an article cover each of its sentences exactly once.

    Attributes:
        id: ``<article id>#<ordinal>``.
        article_id: The article it stands in.
        ordinal: Its position in the article, from 0.
        start, end: From the start of its first sentence to the end of its last one.
        text: The slice itself.
        first_sentence, last_sentence: Ordinals of its sentences, the last one included.
    """

    article_id: str
    ordinal: int
    start: int
    end: int
    text: str
    first_sentence: int
    last_sentence: int

    @property
    def id(self) -> str:
        return f"{self.article_id}#{self.ordinal}"
