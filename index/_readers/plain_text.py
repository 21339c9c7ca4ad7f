"""Text and Markdown files, and what their first lines state of title, author, date and outlet.

A plain text has no fields, so a line counts as a statement only where it can be nothing else: a
labelled line, a byline between the headline and the first paragraph, a date that is a whole line,
the dateline that opens the first paragraph of an agency's story. The text keeps all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from index._readers import limits
from index._readers.documents import Found, Unreadable
from index._readers.encodings import decode
from index._readers.inputs import Input
from index._readers.stated import iso_date, metadata

Report = Callable[[str, bool], None]

_ADVICE = "split it into one file per article, or write it as JSONL"
_HEAD_LINES = 12
_LONGEST = 200


def read_text(source: Input, report: Report) -> Iterator[Found]:
    yield _read(source, report, markdown=False)


def read_markdown(source: Input, report: Report) -> Iterator[Found]:
    yield _read(source, report, markdown=True)


def _read(source: Input, report: Report, *, markdown: bool) -> Found:
    data = source.read(limits.TEXT, _ADVICE)
    decoded = decode(data, lambda reason: report(reason, False))
    text = decoded.text
    if not text.strip():
        raise Unreadable("empty")
    fields: dict[str, str] = {}
    if markdown:
        front, text = _front_matter(text)
        fields = metadata(front, lambda reason: report(reason, False))
        if not text.strip():
            raise Unreadable("no text below its front matter")
    fields = {**stated_at_top(text, markdown=markdown), **fields}
    return Found(text, fields, original=None if decoded.faithful else data)


# --- front matter ---------------------------------------------------------------------------

_FRONT = re.compile(
    r"\A(?P<mark>---|\+\+\+)[ \t]*\n(?P<block>.{0,65536}?)\n(?P=mark)[ \t]*(?:\n|\Z)", re.S
)


def _front_matter(text: str) -> tuple[dict[str, object], str]:
    """The block of YAML or TOML that opens a Markdown file, and the text below it."""
    match = _FRONT.match(text)
    if not match:
        return {}, text
    values = (_yaml if match["mark"] == "---" else _toml)(match["block"])
    # Between two rules of Markdown may stand anything; fields are names with values.
    if not isinstance(values, dict) or not values:
        return {}, text
    return {str(key): value for key, value in values.items()}, text[match.end() :].lstrip("\n")


def _yaml(block: str) -> object:
    import yaml

    class Loader(yaml.SafeLoader):
        """Without dates: what YAML takes for one is read like any other statement of a date."""

        yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own shape
            first: [(tag, regexp) for tag, regexp in found if not tag.endswith(":timestamp")]
            for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    try:
        return yaml.load(block, Loader=Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _toml(block: str) -> object:
    import tomllib

    try:
        return tomllib.loads(block)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


# --- the first lines ------------------------------------------------------------------------

_LABELLED = re.compile(
    r"(?P<label>title|headline|author|by|byline|date|published|published on|publication date"
    r"|outlet|publisher|publication|url)\s*:\s+(?P<value>\S.*)",
    re.IGNORECASE,
)
_LABELS = {
    "title": "title", "headline": "title", "author": "author", "by": "author", "byline": "author",
    "date": "published", "published": "published", "published on": "published",
    "publication date": "published", "outlet": "outlet", "publisher": "outlet",
    "publication": "outlet", "url": "url",
}  # fmt: skip
_NAME = r"[^\W\d_][\w.'’-]*"
# Two to four names, each with a capital but for the particles of family names.
_PERSON = (
    rf"(?-i:(?=[^\W\d_a-z]){_NAME})(?: (?:(?:de|da|di|del|der|den|van|von|al|el|bin|ibn|la|le|du"
    rf"|dos|ter|zu)\b ?)*(?-i:(?=[^\W\d_a-z]){_NAME})){{1,3}}"
)
_BYLINE = re.compile(rf"by (?P<names>{_PERSON}(?:(?:, | and |, and ){_PERSON})*)", re.IGNORECASE)
_DATE_LABEL = re.compile(r"\A(?:published|posted|date)(?: on| at)?:?\s+", re.IGNORECASE)
# "KYIV, Nov. 4, 2023 (Agency) —": a place in capitals, a date or none, a name in brackets, a dash.
_DATELINE = re.compile(
    r"(?P<place>[^\W\d_a-z][^\W\d_a-z.'’-]{2,}(?: [^\W\d_a-z.'’-]+){0,3})"
    r"(?:, (?:[A-Z][\w.]*\.?)(?=[,( ]))?"
    r"(?:, (?P<date>[A-Z][a-z]{2,8}\.? \d{1,2}(?:, \d{4})?|\d{1,2} [A-Z][a-z]{2,8}\.?(?: \d{4})?))?"
    r",? ?\((?P<agency>[A-Z][\w.&'’-]*(?: [A-Z][\w.&'’-]*){0,3})\) ?(?:[-–—]{1,2})\s+\S"
)


def stated_at_top(text: str, *, markdown: bool = False) -> dict[str, str]:
    """Title, author, date, outlet and URL that the first lines of a text state.

    Args:
        text: The whole text.
        markdown: Whether a line that begins with ``# `` is the title.
    """
    fields: dict[str, str] = {}
    above: list[str] = []
    unlabelled = ""  # what may be a headline: the line directly above the first byline or date
    for line in _first_lines(text):
        labelled = _LABELLED.fullmatch(line) if len(line) <= _LONGEST else None
        byline = _BYLINE.fullmatch(line)
        day = iso_date(_DATE_LABEL.sub("", line))
        if markdown and line.startswith("# ") and not above:
            fields.setdefault("title", line.strip("# \t"))
        elif labelled:
            field = _LABELS[labelled["label"].lower()]
            for name, value in metadata({field: labelled["value"]}, lambda _: None).items():
                fields.setdefault(name, value)
        elif above and (byline or day):
            if byline:
                fields.setdefault("author", byline["names"])
            else:
                fields.setdefault("published", str(day))
            unlabelled = unlabelled or (above[0] if len(above) == 1 else "")
        elif above and _is_title(above[0]) and line == above[0]:
            unlabelled = line
        elif _is_paragraph(line):
            fields = {**_from_dateline(line), **fields}
            break
        above.append(line)
    else:
        # No paragraph was reached: these were not the first lines of an article.
        return {name: value for name, value in fields.items() if markdown and name == "title"}
    if _is_title(unlabelled) and not _LABELLED.fullmatch(unlabelled):
        fields.setdefault("title", unlabelled)
    return fields


def _is_title(line: str) -> bool:
    return 0 < len(line) <= _LONGEST and not line.endswith((".", ":", ","))


def _first_lines(text: str) -> Iterator[str]:
    for match in islice(re.finditer(r"[^\n]*\S[^\n]*", text), _HEAD_LINES):
        yield " ".join(match[0][: _LONGEST * 4].split())


def _is_paragraph(line: str) -> bool:
    return len(line) > _LONGEST or (len(line) >= 40 and line.endswith((*".!?。”", '"')))


def _from_dateline(line: str) -> dict[str, str]:
    match = _DATELINE.match(line)
    if not match:
        return {}
    fields = {"outlet": match["agency"]}
    day = iso_date(match["date"]) if match["date"] else None
    if day:
        fields["published"] = day
    return fields
