"""PDF files: the text of the pages, in paragraphs again.

A PDF has lines, not paragraphs. A line ends a paragraph where it ends a sentence although the next
word would have had room on it, or where it is a short line of its own, a heading; a word divided
at the end of a line is put together again where the whole word occurs elsewhere in the file.
Lines that come at the top or the bottom of most pages go.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from index._readers import limits
from index._readers.documents import Found, Unreadable
from index._readers.encodings import plain
from index._readers.inputs import Input
from index._readers.plain_text import stated_at_top
from index._readers.stated import is_account, label

Report = Callable[[str, bool], None]


def read_pdf(source: Input, report: Report) -> Iterator[Found]:
    import io
    import logging

    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    # It logs a line for every odd object of a file.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    data = source.read(limits.BINARY, "print its text to a smaller file")
    if not data.strip():
        raise Unreadable("empty")
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("encrypted; save it without a password first")
        count = len(reader.pages)
        if count > limits.PAGES:
            raise Unreadable(f"{count:,} pages, more than {limits.PAGES:,}; split it")
        information = _information(reader)
        pages = []
        for number in range(count):
            pages.append(_page_lines(reader, number, report))
    except DependencyError:
        raise Unreadable("encrypted; save it without a password first") from None
    except (PyPdfError, RecursionError, *_BROKEN) as error:
        raise Unreadable(f"not a PDF that can be read ({_reason(error)})") from None
    empty = [number for number, lines in enumerate(pages, start=1) if not any(lines)]
    if len(empty) == len(pages):
        raise Unreadable("no text in it: it is a scan and needs OCR first")
    if empty:
        report(f"no text on {len(empty)} of {len(pages)} pages (first: page {empty[0]})", False)
    text = _paragraphs(_without_running_lines(pages))
    yield Found(text, {**stated_at_top(text), **information})


# What a damaged file makes pypdf trip over.
_BROKEN = (ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError,
           OverflowError, NotImplementedError, OSError, EOFError, MemoryError)  # fmt: skip


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _page_lines(reader: Any, number: int, report: Report) -> list[str]:
    try:
        text = reader.pages[number].extract_text()
    except (RecursionError, *_BROKEN) as error:
        report(f"page {number + 1} cannot be read ({_reason(error)})", True)
        return []
    return [" ".join(line.split()) for line in plain(text).split("\n")]


_MADE_BY_PROGRAM = re.compile(
    r"(?:microsoft word|microsoft powerpoint|powerpoint presentation|untitled|document\d*\b|print\b"
    r"|slide \d|layout \d).*|\S*\.\w{2,5}",
    re.IGNORECASE,
)


def _information(reader: Any) -> dict[str, str]:
    """Title and author of the file, unless a program put them there for want of better ones."""
    fields: dict[str, str] = {}
    found = reader.metadata or {}
    for field, key in (("title", "/Title"), ("author", "/Author")):
        value = found.get(key)
        read = label(str(value), field) if value else None
        if (
            read
            and not _MADE_BY_PROGRAM.fullmatch(read)
            and not (field == "author" and is_account(read))
        ):
            fields[field] = read
    return fields


def _without_running_lines(pages: Sequence[list[str]]) -> list[list[str]]:
    """Without headers, footers and page numbers: lines at an edge of more than half the pages."""
    if len(pages) < 3:
        return [list(page) for page in pages]
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update({_without_digits(line) for line in _edges(page)})
    running = {line for line, count in counts.items() if count * 2 > len(pages)}
    kept: list[list[str]] = []
    for page in pages:
        edges = {line for line in _edges(page) if _without_digits(line) in running}
        kept.append([line for line in page if line not in edges])
    return kept


def _edges(page: list[str]) -> list[str]:
    lines = [line for line in page if line]
    return lines[:2] + lines[-2:]


def _without_digits(line: str) -> str:
    return re.sub(r"\d+", "0", line)


_ENDS = re.compile(r"[.!?…。！？:][\"'”’»)\]]*\Z")
_DIVIDED = re.compile(r"(?P<head>[^\W\d_]+)[-\u2010\u00ad]\Z")


def _paragraphs(pages: Sequence[list[str]]) -> str:
    lines = [line for page in pages for line in [*page, ""]]
    widths = sorted(len(line) for line in lines if line)
    usual = widths[len(widths) * 9 // 10]
    words = set(re.findall(r"[^\W\d_]+", " ".join(lines)))
    paragraphs: list[str] = []
    current: list[str] = []  # pieces of a paragraph; a divided word is one over two of them
    last = ""
    after_page = False

    def close() -> None:
        paragraphs.append("".join(current))
        current.clear()

    for line in lines:
        if not line:
            # A paragraph may run on over the end of a page.
            if current and _ENDS.search(last[-_TAIL:]):
                close()
            after_page = True
            continue
        if current and _ends_paragraph(last, line, usual, over_page=after_page):
            close()
        if current:
            current[-1], between = _joint(current[-1], line, words)
            current.append(between)
        current.append(line)
        last, after_page = line, False
    if current:
        close()
    return "\n\n".join(paragraphs)


_TAIL = 80  # characters at the end of a line that decide how it goes on


def _ends_paragraph(line: str, following: str, usual: int, *, over_page: bool) -> bool:
    if _ENDS.search(line[-_TAIL:]):
        # Letters are of different widths, so the room is a guess within a few letters.
        return len(line) + 1 + len(following.split(maxsplit=1)[0]) <= 0.95 * usual
    return len(line) < 0.7 * usual and following[:1].isupper() and not over_page


def _joint(line: str, following: str, words: set[str]) -> tuple[str, str]:
    """The end of a line, and what comes between it and the next, as one text."""
    divided = _DIVIDED.search(line[-_TAIL:])
    if divided and following[:1].islower():
        tail = re.match(r"[^\W\d_]+", following)
        if tail and (divided["head"] + tail[0] in words or line[-1] == "\u00ad"):
            return line[:-1], ""
        return line, ""
    return line, " "
