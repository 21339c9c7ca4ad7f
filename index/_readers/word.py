"""Word files (.docx): paragraphs and tables in their order."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

from index._readers import limits
from index._readers.documents import Found, Unreadable
from index._readers.encodings import plain
from index._readers.inputs import Input
from index._readers.plain_text import stated_at_top
from index._readers.stated import is_account, label

Report = Callable[[str, bool], None]


def read_docx(source: Input, _report: Report) -> Iterator[Found]:
    """The body of a Word file; headers, footers, notes and comments are passed over."""
    data = source.read(limits.BINARY, "save its text to a smaller file")
    if not data.strip():
        raise Unreadable("empty")
    _check_package(data)
    document = _opened(data)
    lines = [line for line in _lines(document) if line]
    text = "\n\n".join(lines)
    if not text:
        raise Unreadable("no text in it")
    fields = stated_at_top(text)
    fields.update(_properties(document))
    yield Found(text, fields)


def _check_package(data: bytes) -> None:
    """Before a library unpacks it: that it is a package, and none that fills the memory."""
    import zipfile

    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("encrypted, or an old Word file; save it as .docx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            size = sum(member.file_size for member in package.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Unreadable(f"not a Word file ({error})") from None
    if size > max(limits.RATIO_FROM, limits.RATIO * len(data)) or size > limits.BINARY * 2:
        raise Unreadable(f"unpacks to {limits.shown(size)}, like a zip bomb")


def _opened(data: bytes) -> Any:
    import docx
    from lxml import etree

    try:
        return docx.Document(io.BytesIO(data))
    except (ValueError, KeyError, OSError, AttributeError, etree.LxmlError) as error:
        raise Unreadable(f"not a Word file ({' '.join(str(error).split())[:200]})") from None
    except Exception as error:
        # python-docx's own errors have no common base, and zlib and zipfile have theirs.
        raise Unreadable(f"damaged ({type(error).__name__}: {error})") from None


def _lines(container: Any) -> Iterator[str]:
    from docx.table import Table

    for block in container.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                # A merged cell comes once for each column it spans.
                cells = {cell._tc: cell for cell in row.cells}.values()
                texts = (" ".join(cell.text.split()) for cell in cells)
                yield "\t".join(plain(text) for text in texts if text)
        else:
            yield "\n".join(" ".join(line.split()) for line in plain(block.text).split("\n"))


def _properties(document: Any) -> dict[str, str]:
    fields: dict[str, str] = {}
    properties = document.core_properties
    for field, value in (("title", properties.title), ("author", properties.author)):
        read = label(value, field) if value else None
        if (
            read
            and not (field == "author" and is_account(read))
            and read.lower() != "word document"
        ):
            fields[field] = read
    for block in document.paragraphs[:5]:
        if block.style is not None and block.style.name == "Title" and block.text.strip():
            fields["title"] = " ".join(plain(block.text).split())
            break
    return fields
