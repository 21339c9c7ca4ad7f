"""Page furniture out of a pasted article, with a map back to the text as it was read.

Works on whole lines and never changes a character: the cleaned text is the concatenation of
slices of the raw one. A line goes if its wording is that of furniture (an invitation, a share
bar, a comment form), if it repeats the title, or if it is the headline of another story caught
between two paragraphs. Where such lines show that the text was taken from a page, a model of the
lines (``_line_model``) finds those that no wording gives away. No rule knows a site or an
article; when in doubt, a line stays, because a line too many is seen by the reader and a line too
few is not.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from index._cleaning.furniture import LONGEST, PLATFORM, fold, furniture_rule
from index._cleaning.line_features import words_in
from index._cleaning.line_model import furniture_by_model


@dataclass(frozen=True, slots=True)
class Segment:
    """``cleaned[start:start + length] == raw[raw_start:raw_start + length]``."""

    start: int
    raw_start: int
    length: int


@dataclass(frozen=True, slots=True)
class Removed:
    """A line that was taken out: ``raw[raw_start:raw_end]``, without its line break."""

    raw_start: int
    raw_end: int
    rule: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned text and where it came from.

    Attributes:
        text: The concatenation of the segments' slices of the raw text.
        segments: In order; what lies between them was removed or is white space at the edge
            of the text or of a removed line.
        removed: The lines taken out, in order, with the name of the rule.
    """

    text: str
    segments: tuple[Segment, ...]
    removed: tuple[Removed, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    start: int  # of the line, with its white space
    end: int  # after its line break
    text: str  # without white space at its ends

    @property
    def is_paragraph(self) -> bool:
        return len(self.text) >= 60 and _SENTENCE_END.search(self.text) is not None


def clean(text: str, *, title: str | None = None) -> Cleaned:
    """Take page furniture out of ``text``.

    White space at both ends of the text goes too. If nothing but furniture was there, the text
    stays as it is. What is cleaned once is clean: cleaning it again takes nothing more out.

    Args:
        text: Plain text, a paragraph a line or with blank lines between.
        title: The article's title if it is known; otherwise a first line that looks like a
            title is taken for one when repetitions are looked for.
    """
    cleaned = _pass(text, title)
    # What stood apart because of a line between may now stand together.
    while cleaned.removed:
        further = _pass(cleaned.text, title)
        if not further.removed:
            break
        cleaned = _composed(cleaned, further)
    return cleaned


def _pass(text: str, title: str | None) -> Cleaned:
    lines = [line for line in _lines(text) if line.text]
    rules = _rules(lines, title)
    for index in furniture_by_model([line.text for line in lines], rules):
        rules[index] = "company"
    if len(rules) == len(lines):
        rules = {}
    return _cut(text, [(lines[index], rules[index]) for index in sorted(rules)])


def rules_by_line(text: str, *, title: str | None = None) -> dict[int, str]:
    """The lines of ``text``, counted from 0 without blank ones, that wordings and repetition show
    to be furniture, with the name of the rule. The model has no say here: it builds on this."""
    lines = [line for line in _lines(text) if line.text]
    return _rules(lines, title)


def _rules(lines: list[_Line], title: str | None) -> dict[int, str]:
    rules: dict[int, str] = {}
    for index, line in enumerate(lines):
        rule = furniture_rule(line.text)
        if rule:
            rules[index] = rule
    rules.update(_share_bars(lines))
    rules.update(_closing_tags(lines, rules))
    rules.update(_title_again(lines, title))
    rules.update(_foreign_headlines(lines, rules))
    return rules


def _composed(first: Cleaned, second: Cleaned) -> Cleaned:
    """Both in one: ``second`` is a cleaning of ``first.text``."""
    starts = [segment.start for segment in first.segments]

    def pieces(start: int, length: int) -> Iterator[tuple[int, int]]:
        """The raw slices, as offset and length, of a slice of ``first.text``."""
        number = bisect_right(starts, start) - 1
        while length > 0:
            segment = first.segments[number]
            skipped = start - segment.start
            taken = min(length, segment.length - skipped)
            yield segment.raw_start + skipped, taken
            start, length, number = start + taken, length - taken, number + 1

    segments: list[Segment] = []
    for segment in second.segments:
        position = segment.start
        for raw_start, length in pieces(segment.raw_start, segment.length):
            segments.append(Segment(position, raw_start, length))
            position += length
    removed = list(first.removed)
    for line in second.removed:
        ((raw_start, length),) = pieces(line.raw_start, line.raw_end - line.raw_start)
        removed.append(Removed(raw_start, raw_start + length, line.rule))
    removed.sort(key=lambda line: line.raw_start)
    return Cleaned(second.text, tuple(segments), tuple(removed))


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        yield _Line(start, end, line.strip())
        start = end


def _cut(text: str, furniture: list[tuple[_Line, str]]) -> Cleaned:
    kept: list[tuple[int, int]] = []
    removed: list[Removed] = []
    position = 0
    for line, rule in furniture:
        kept.append((position, line.start))
        position = line.end
        start = line.start + text[line.start : line.end].index(line.text)
        removed.append(Removed(start, start + len(line.text), rule))
    kept.append((position, len(text)))
    kept = _trimmed(text, kept)
    segments: list[Segment] = []
    length = 0
    for start, end in kept:
        segments.append(Segment(length, start, end - start))
        length += end - start
    return Cleaned("".join(text[a:b] for a, b in kept), tuple(segments), tuple(removed))


def _trimmed(text: str, kept: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The slices without empty ones and without white space at the two ends of the whole."""
    kept = [(a, b) for a, b in kept if a < b]
    while kept and not text[kept[0][0] : kept[0][1]].strip():
        kept.pop(0)
    while kept and not text[kept[-1][0] : kept[-1][1]].strip():
        kept.pop()
    if kept:
        a, b = kept[0]
        kept[0] = (b - len(text[a:b].lstrip()), b)
        a, b = kept[-1]
        kept[-1] = (a, a + len(text[a:b].rstrip()))
    return kept


# --- share bars: the platforms' names in a row ----------------------------------------------

_SHARE_TOKEN = re.compile(
    rf"(?P<sure>share|tweet|e-?mail|print|pin it|copy link|whats ?app|messenger|save)|{PLATFORM}"
    r"|tumblr|line|more|link|comments?|like"
)
_PLATFORM_LINE = re.compile(
    rf"(?:(?:share|tweet|e-?mail|print|pin it|copy link|messenger|tumblr|{PLATFORM})[\s,|/•·]*)+"
)


def _share_bars(lines: list[_Line]) -> dict[int, str]:
    found: dict[int, str] = {}
    run: list[int] = []
    sure = False
    for index, line in enumerate([*lines, _Line(0, 0, "")]):
        folded = fold(line.text) if len(line.text) <= 60 else ""
        token = _SHARE_TOKEN.fullmatch(folded)
        if token:
            run.append(index)
            sure = sure or token["sure"] is not None
            continue
        # Three companies one below the other are a list; with "Share" or "Print" a share bar.
        if len(run) >= 3 and sure:
            found.update(dict.fromkeys(run, "share bar"))
        run, sure = [], False
        if _PLATFORM_LINE.fullmatch(folded) and len(set(folded.split())) >= 2:
            found[index] = "share bar"
    return found


# --- tags below the last paragraph ----------------------------------------------------------

_TAGS = re.compile(
    r"(?:tags?|tagged|categor(?:y|ies)|filed under|filed in|topics?|keywords|labels|posted in)"
    r" ?: .*|(?:tags?|tagged|filed under|filed in) [^.!?]{2,200}|#\S+"
)


def _closing_tags(lines: list[_Line], rules: dict[int, str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        if index in rules:
            continue
        if len(line.text) > LONGEST or line.is_paragraph:
            return found
        if _TAGS.fullmatch(fold(line.text)):
            found[index] = "tags"
    return {}  # there is no paragraph that this could be below of


# --- the title again ------------------------------------------------------------------------


def _title_again(lines: list[_Line], title: str | None) -> dict[int, str]:
    if not lines:
        return {}
    first = lines[0].text
    if title is None:
        if len(first) > LONGEST or _STATEMENT_END.search(first):
            return {}
        title = first
    wanted = fold(title)
    places = [
        index
        for index, line in enumerate(lines)
        if abs(len(line.text) - len(wanted)) < 20 and fold(line.text) == wanted
    ]
    # A few words may well be the heading of a section too; right below the title they are not.
    if words_in(wanted) < 4:
        places = [index for index in places if index < 2]
    return dict.fromkeys(places[1:], "title again")


# --- headlines of other stories -------------------------------------------------------------

_STATEMENT_END = re.compile(r"[.…。:;][\"'”’»)\]*]*\Z")
_SENTENCE_END = re.compile(r"[.!?…。！？:;][\"'”’»)\]*]*\Z")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_SMALL = frozenset(
    """
    a an and as at but by for from in into is it its nor of off on or out over per so than that
    the to up via vs was were with after before amid are be has have will about against say says
    said
    """.split()  # noqa: SIM905
)
_FEWEST_WORDS, _MOST_WORDS = 6, 22
_FAMILIAR = 0.25  # share of its larger words that the article has elsewhere


def _foreign_headlines(lines: list[_Line], rules: dict[int, str]) -> dict[int, str]:
    """Headlines of other stories: links that stood between two paragraphs of this one.

    On its form alone such a line cannot be told from a sub-heading. Two things together can:
    it stands tight between two full paragraphs, where a sub-heading has a blank line on one
    side at least; and what it talks about hardly occurs in the article. All lines of the same
    form are judged together, because an article that has sub-headings has several.
    """
    candidates = [
        index
        for index in range(1, len(lines) - 1)
        if index not in rules
        and _headline_form(lines[index].text)
        and lines[index - 1].end == lines[index].start
        and lines[index].end == lines[index + 1].start
        and lines[index - 1].is_paragraph
        and lines[index + 1].is_paragraph
    ]
    if not candidates:
        return {}
    chosen = set(candidates)
    vocabulary: set[str] = set()
    for index, line in enumerate(lines):
        if index not in chosen:
            vocabulary.update(_stems(line.text))
    familiar = total = 0
    for index in candidates:
        stems = _stems(lines[index].text)
        known = sum(stem in vocabulary for stem in stems)
        familiar += known
        total += len(stems)
    if total == 0 or familiar > _FAMILIAR * total:
        return {}
    return dict.fromkeys(candidates, "headline of another story")


def _headline_form(line: str) -> bool:
    """Title Case, the length of a headline, no punctuation at its end."""
    if len(line) > LONGEST or _SENTENCE_END.search(line):
        return False
    words = [word for word in _WORD.findall(line) if not word[0].isdigit()]
    if not _FEWEST_WORDS <= len(words) <= _MOST_WORDS:
        return False
    large = [word for word in words if word.lower() not in _SMALL]
    return len(large) >= 4 and sum(word[0].isupper() for word in large) >= 0.85 * len(large)


def _stems(line: str) -> set[str]:
    """What a line talks about: its larger words, cut to six letters, in no order."""
    words = (word.lower().replace("’s", "").replace("'s", "") for word in _WORD.findall(line))
    return {word[:6] for word in words if word not in _SMALL and (len(word) > 2 or word.isdigit())}
