"""What reading gives: documents, and what could not be read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from index._article import sha256_hex


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that could not be read.

    Attributes:
        source: The file or folder on disk, as its path was given.
        reason: What is wrong, where in the file, and what to do about it; without the file's name.
        fatal: Whether a document was lost by it. A field left out, a character replaced or an
            encoding assumed is reported too, but the document went in.
    """

    source: str
    reason: str
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class RawDocument:
    """A document as it was read, before cleaning.

    Attributes:
        source: The URL of a record or of a feed's entry; otherwise ``file + fragment``.
        file: The path of the file on disk it was read from, as given; of an archive's member, the
            archive.
        text: Its text; line ends are ``\\n``.
        id, title, outlet, author, url: As the document states them; None where it does not.
        published: ISO date or date-time; None where the document states none.
        fragment: Which document of the file it is: empty for the only one, ``#7`` for the record
            on line 7 of a JSONL file or in place 7 of a list (from 1), ``!sub/a.html`` for a
            member of an archive, ``!dump.jsonl#7`` for a record in one.
        original: The bytes ``text`` was read from, where that took a guess or a repair: an
            encoding not stated, damaged characters, mojibake. None where ``text`` is what stands
            there. Of a web page it is the page.
    """

    source: str
    file: str
    text: str
    id: str | None = None
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None
    fragment: str = ""
    original: bytes | None = field(default=None, repr=False)

    def content_key(self) -> str:
        """SHA-256 over the text and everything stated about it, but not where it was found."""
        fields = [self.id, self.title, self.outlet, self.author, self.published, self.url]
        return sha256_hex(json.dumps([*fields, self.text]))


OnFailure = Callable[[Failure], None]


class Unreadable(Exception):  # noqa: N818 - it says what is the matter
    """A document, or the rest of a file, cannot be read; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document as the reader of one kind of file hands it on.

    Attributes:
        fields: What it states, under the names of :class:`RawDocument`.
        fragment, place: Which document of the file it is, for its source (``#7``) and for people
            (``line 7``); empty for the only one.
        by_url: Whether its URL is its source.
    """

    text: str
    fields: Mapping[str, str] = field(default_factory=dict)
    fragment: str = ""
    place: str = ""
    by_url: bool = False
    original: bytes | None = None
