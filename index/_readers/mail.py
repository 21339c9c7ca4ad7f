"""Mail files (.eml): newsletters and press releases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

from index._readers import limits
from index._readers.documents import Found, Unreadable
from index._readers.encodings import decode
from index._readers.inputs import Input
from index._readers.stated import metadata
from index._readers.web_pages import declared_charset, text_of_fragment

Report = Callable[[str, bool], None]


def read_mail(source: Input, report: Report) -> Iterator[Found]:
    """The text of a mail: its plain part, or its HTML where that is all there is.

    The title is the subject, the author the sender, the date that of sending.
    """
    from email import policy
    from email.parser import BytesParser

    data = source.read(limits.BINARY, "save its text alone")
    if not data.strip():
        raise Unreadable("empty")
    message = BytesParser(policy=policy.default).parsebytes(data)
    if not isinstance(message, EmailMessage) or not message.keys():
        raise Unreadable("not a mail: it has no header")

    def note(reason: str) -> None:
        report(reason, False)

    try:
        found = _body(message, note)
    except (LookupError, ValueError, AttributeError) as error:
        raise Unreadable(f"not a mail that can be read ({error})") from None
    others = [name for part in message.iter_attachments() if (name := part.get_filename())]
    if others:
        note(f"attachments not read: {', '.join(others[:5])}")
    yield replace(found, fields=_headers(message, note))


def _body(message: EmailMessage, note: Callable[[str], None]) -> Found:
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        content: Any = part.get_payload(decode=True) if part is not None else None
        if part is None or not isinstance(content, bytes) or not content.strip():
            continue
        charset = part.get_content_charset()
        if kind == "html":
            charset = charset or declared_charset(content)
        decoded = decode(content, note, charset)
        text = decoded.text if kind == "plain" else text_of_fragment(decoded.text)
        if text.strip():
            return Found(text, original=None if decoded.faithful else content)
    raise Unreadable("no text in it")


def _headers(message: EmailMessage, note: Callable[[str], None]) -> dict[str, str]:
    stated: dict[str, object] = {"title": _header(message, "subject")}
    sender = message["from"]
    addresses = getattr(sender, "addresses", ())
    names = [address.display_name or address.addr_spec for address in addresses]
    stated["author"] = ", ".join(filter(None, names))
    stated["date"] = _header(message, "date")
    archived = _header(message, "archived-at").strip("<>")
    if archived.startswith(("http://", "https://")):
        stated["url"] = archived
    return metadata(stated, note)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name) or "")
    except (ValueError, IndexError, AttributeError):
        return ""  # headers are whatever a stranger wrote
