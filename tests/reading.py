"""Helpers of the readers' tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from index._readers import Failure, RawDocument, read_path

PARAGRAPHS = (
    "The harbour of Northport was closed on Tuesday after a storm had torn two ships from their "
    "moorings, the port authority said in a statement.",
    "“We have not seen waves like these since 1987,” the harbour master told reporters, adding "
    "that nobody had been hurt and that the ferries would sail again by the weekend.",
    "Repairs to the eastern pier are expected to cost 4.5 million crowns, of which the insurers "
    "will carry about a third, according to the town's treasurer.",
    "Fishermen, who had been warned on Monday evening, brought most of their boats to the inner "
    "basin in time, though several nets and a floating workshop were lost.",
)
ARTICLE = "\n\n".join(PARAGRAPHS)


def read(path: Path, **options: object) -> tuple[list[RawDocument], list[Failure]]:
    failures: list[Failure] = []
    return list(read_path(path, failures.append, **options)), failures  # type: ignore[arg-type]


def write(path: Path, data: str | bytes | object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(data, str):
        data = data.encode("utf-8")
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return path


def page(head: str = "", *, body: Sequence[str] = PARAGRAPHS, before: str = "") -> str:
    """A web page: navigation, an article, a footer."""
    paragraphs = "\n".join(f"<p>{text}</p>" for text in body)
    return (
        f"<!DOCTYPE html><html><head>{head}</head><body>"
        "<nav><ul><li><a href='/'>Home</a></li><li><a href='/sport'>Sport</a></li></ul></nav>"
        f"<main><article>{before}{paragraphs}</article></main>"
        "<footer><p>© The Northport Courier. All rights reserved.</p></footer></body></html>"
    )


def pdf(pages: Sequence[Sequence[str]], title: str | None = None) -> bytes:
    """A PDF file with these lines on its pages, written by hand."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 "
               b"/BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"]  # fmt: skip
    kids = []
    for lines in pages:
        shown = b"".join(
            b"(" + line.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(")
            .replace(b")", b"\\)") + b") Tj T*\n"
            for line in lines
        )  # fmt: skip
        stream = b"BT /F1 10 Tf 12 TL 50 780 Td\n" + shown + b"ET"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    trailer = b""
    if title is not None:
        objects.append(b"<< /Title (%s) >>" % title.encode("cp1252"))
        trailer = b" /Info %d 0 R" % len(objects)
    data = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer << /Size %d /Root 1 0 R%s >>\n" % (len(objects) + 1, trailer)
    return data + b"startxref\n%d\n%%%%EOF\n" % start
