"""JSON and JSONL: articles as records, in the field names of the design and their like."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from index._readers import limits
from index._readers.documents import Found, Unreadable
from index._readers.encodings import plain, repair
from index._readers.inputs import DAMAGED, Input, damaged
from index._readers.stated import fold, metadata

# A reason, and whether a document was lost.
Report = Callable[[str, bool], None]

TEXT_FIELDS = ("text", "body", "content", "article_body", "content_text", "content_html", "html")
_SPLIT = "write it as JSONL, an article a line"
# How deep a list of articles is looked for: {"response": {"data": {"articles": [...]}}}.
_NESTED = 3


def read_json(source: Input, report: Report) -> Iterator[Found]:
    """An article, a list of articles, or lists of articles anywhere in an object."""
    value = _loads(source.read(limits.JSON, _SPLIT))
    if isinstance(value, dict) and not _has_text(value):
        lists = _lists_of_articles(value)
        if lists:
            outer = metadata({"outlet": value.get("title")} if _is_json_feed(value) else {}, _quiet)
            value = [record for found in lists for record in found]
            for found in _from_list(value, report):
                yield replace(found, fields={**outer, **found.fields})
            return
    if isinstance(value, list):
        if not value:
            raise Unreadable("an empty list")
        yield from _from_list(value, report)
        return
    try:
        yield from_record(value, lambda reason: report(reason, False))
    except Unreadable as error:
        raise Unreadable(f"{error}{_shape(value)}") from None


def read_jsonl(source: Input, report: Report) -> Iterator[Found]:
    """An article a line; lines are ended by ``\\n`` alone, as texts may hold other separators."""
    empty = True
    try:
        with source.open() as file:
            number = 0
            while line := file.readline(limits.TEXT + 1):
                number += 1
                place = f"line {number}"
                if len(line) > limits.TEXT and not line.endswith(b"\n"):
                    while line and not line.endswith(b"\n"):
                        line = file.readline(limits.TEXT)
                    report(f"{place}: longer than {limits.shown(limits.TEXT)}", True)
                    empty = False
                    continue
                raw = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                if not raw.strip():
                    continue
                empty = False
                try:
                    record = _loads(raw.rstrip())
                    yield _at(record, f"#{number}", place, report)
                except Unreadable as error:
                    report(f"{place}: {error}", True)
    except DAMAGED as error:
        raise Unreadable(damaged(error)) from None
    if empty:
        raise Unreadable("empty")


def from_record(record: object, note: Callable[[str], None]) -> Found:
    """The document a record is.

    Raises:
        Unreadable: It is no object, or has no text.
    """
    if not isinstance(record, dict):
        raise Unreadable("not a JSON object")
    text, original = _text(record, note)
    if not text.strip():
        raise Unreadable(f"no text (looked for {', '.join(TEXT_FIELDS)})")
    fields = metadata(record, note)
    return Found(text, fields, by_url="url" in fields, original=original)


def _from_list(records: list[Any], report: Report) -> Iterator[Found]:
    for number, record in enumerate(records, start=1):
        try:
            yield _at(record, f"#{number}", f"record {number}", report)
        except Unreadable as error:
            report(f"record {number}: {error}", True)


def _at(record: object, fragment: str, place: str, report: Report) -> Found:
    found = from_record(record, lambda reason: report(f"{place}: {reason}", False))
    return replace(found, fragment=fragment, place=place)


_MARKUP = re.compile(r"</(?:p|div|li|ul|h[1-6]|blockquote|span|a|em|strong|figure)\s*>|<br\s*/?>")


def _text(record: Mapping[str, object], note: Callable[[str], None]) -> tuple[str, bytes | None]:
    folded = {fold(key): value for key, value in reversed(list(record.items()))}
    for key in TEXT_FIELDS:
        value = folded.get(fold(key))
        if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
            value = "\n\n".join(value)  # a paragraph an item
        if not isinstance(value, str) or not value.strip():
            continue
        text = plain(value)
        original = None
        repaired = repair(text)
        if repaired is not None:
            note("wrongly encoded twice (mojibake); repaired")
            text, original = repaired, text.encode()
        if "html" in key or (text.lstrip().startswith("<") and _MARKUP.search(text)):
            from index._readers.web_pages import text_of_fragment

            original = original or text.encode()
            text = text_of_fragment(text)
        return text, original
    return "", None


def _loads(data: bytes) -> Any:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"not valid UTF-8 (byte {error.start})") from None
    try:
        return json.loads(text)
    except RecursionError:
        raise Unreadable("not valid JSON (nested too deeply)") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column" if error.lineno > 1 else "column"
        raise Unreadable(f"not valid JSON ({error.msg}, {where} {error.colno})") from None
    except ValueError as error:  # a number of more digits than Python reads
        raise Unreadable(f"not valid JSON ({error})") from None


def _has_text(record: object) -> bool:
    if not isinstance(record, dict):
        return False
    wanted = {fold(key) for key in TEXT_FIELDS}
    return any(
        fold(key) in wanted and isinstance(value, str) and value.strip()
        for key, value in record.items()
    )


def _lists_of_articles(value: Mapping[str, Any]) -> list[list[Any]]:
    """The lists nearest to the top that hold an article; of those in one depth, all."""
    level: list[Mapping[str, Any]] = [value]
    for _ in range(_NESTED):
        values = [inner for outer in level for inner in outer.values()]
        found = [each for each in values if isinstance(each, list) and any(map(_has_text, each))]
        if found:
            return found
        level = [each for each in values if isinstance(each, dict)]
    return []


def _is_json_feed(value: Mapping[str, Any]) -> bool:
    return "jsonfeed.org" in str(value.get("version", ""))


def _shape(value: object) -> str:
    if isinstance(value, dict):
        keys = ", ".join(map(repr, list(value)[:5]))
        return f"; the object has {keys}" if keys else "; the object is empty"
    return ""


def _quiet(_: str) -> None: ...
