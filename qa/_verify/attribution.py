"""Who says the words of a quote that does not name its speaker itself.

"He said it was over" and "It was over" hide who speaks where the sentence next to it tells. The
rules follow how English news attributes speech (O'Keefe et al., "A Sequence Labelling Approach to
Quote Attribution", EMNLP 2012: mostly to the name at the nearest verb of saying) and give a name
only where there is one candidate; whatever they do not cover stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa._language.saying import ADVERBS, PASSIVE, REPLYING, SAYING, TALKING, WRITING
from qa._verify.persons import QUOTATION, ROW, Persons, last_word, stands_before, words_of
from qa._verify.quotes import find_quoted_strings

_SAYS = re.compile(rf"\b(?:{SAYING}|{WRITING}|{REPLYING}|{TALKING})\b")
_PASSIVE = re.compile(PASSIVE)
_ADVERB = re.compile(rf"(?:\b(?:{ADVERBS})\s+)*$")
_PRONOUN_BEFORE = re.compile(r"\b(he|she)\s*$", re.IGNORECASE)
_PRONOUN_AFTER = re.compile(r"\s*(he|she)\b")
_SENTENCE_END = re.compile(r"(?<!\b[A-Z])(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)[.!?:](?=[\s\x00]|$)")
# "At an estimated cost", "their stated aim": nobody says anything.
_ADJECTIVE = re.compile(r"\b(?:an?|the|its|their|his|her|our)\s+$")
_OF_OR_THE_BEFORE = re.compile(r"\b(?:of|in|at|for|from|to|the)\s+$")

_FAR = 60
"""Code points between a quotation and its verb of saying, and after it to its subject."""
_REACH = 600
"""Code points of a clause that are looked at before its verb of saying."""
_PARAGRAPH = 4000
"""Code points of a paragraph that are looked at on either side of a quote; none is longer."""
_AROUND = 50_000
"""Code points of an article that are looked at on either side of a quote: five times the longest
of 3,000 reports. A file may hold a hundred times more, and is read anew for every quote."""
_MOST = 16
"""Verbs of saying and quotations in a quote; where there are more, several people speak."""
_STEPS = 3
"""Sentences that are looked back for whom "he" or "she" means."""


@dataclass(frozen=True, slots=True)
class _Saying:
    """A verb of saying: where it and its clause stand, and who says; neither: unknown."""

    start: int
    at: int
    name: str | None = None
    pronoun: str | None = None


def hidden_speaker(text: str, start: int, end: int) -> str | None:
    """Who says what the quote ``text[start:end]`` of an article holds, where the quote hides it.

    None where the quote names its speaker or nobody speaks in it, and where what stands around
    it leaves any doubt: whatever in it is said or stands between quotation marks must be the same
    person's. The name is as full as the article has it.
    """
    first = max(0, start - _AROUND)
    if first:  # from the beginning of a line, for quotations do not reach beyond one
        first = max(first, text.find("\n", first, start) + 1)
    return _Article(text[first : end + _AROUND]).hidden_speaker(start - first, end - first)


class _Article:
    """An article as narrative and quotations; offsets are those of its text."""

    def __init__(self, text: str) -> None:
        # Where marks of both kinds are mixed, “ may be closed by ".
        text = text.translate({ord("“"): '"', ord("”"): '"'})
        self._text = text
        self._quotations = [
            (max(0, a - 1), min(len(text), b + 1)) for a, b in find_quoted_strings(text)
        ]
        told, at = [], 0
        for a, b in self._quotations:
            told += [text[at:a], QUOTATION * (b - a)]
            at = b
        self._told = "".join([*told, text[at:]])
        self._persons = Persons(self._told)

    def hidden_speaker(self, start: int, end: int) -> str | None:
        if end - start > _PARAGRAPH:
            return None
        sayings = list(self._sayings_beside(start, end))
        here = [saying for saying in sayings if start <= saying.at < end]
        cut = [(a, b) for a, b in self._quotations if a < end and start < b]
        if len(here) + len(cut) > _MOST:
            return None
        found = {self._resolved(saying) for saying in here}
        found |= {self._of_quotation(a, b, sayings) for a, b in cut}
        speakers = {name and self._persons.full(name) for name in found}
        speaker = speakers.pop() if len(speakers) == 1 else None
        if speaker is None or last_word(speaker) in words_of(self._told[start:end]):
            return None
        return speaker

    def _sayings_beside(self, start: int, end: int) -> Iterator[_Saying]:
        """The verbs of saying of every line of a slice."""
        last = start - 1
        while last < max(start, end - 1):
            first, last = self._paragraph(last + 1)
            yield from self._sayings(first, last)

    def _paragraph(self, at: int) -> tuple[int, int]:
        """Where the line of a place begins and ends; of an endless one, what is near the place."""
        first, last = max(0, at - _PARAGRAPH), min(len(self._text), at + _PARAGRAPH)
        line_end = self._text.find("\n", at, last)
        return (
            max(first, self._text.rfind("\n", first, at) + 1),
            line_end if line_end >= 0 else last,
        )

    # --- quotations ---------------------------------------------------------------------------

    def _of_quotation(self, start: int, end: int, sayings: list[_Saying]) -> str | None:
        """Who says a quotation: by its own tag, that of the one before it, or an announcement."""
        first, last = self._paragraph(start)
        sayings = [saying for saying in sayings if first <= saying.at < last]
        tag = self._tag(start, end, sayings)
        if tag is None and self._is_tagged(end):
            return None
        opens_sentence = not _unfinished(self._told[first:start])
        if tag is None and opens_sentence:
            before = [(a, b) for a, b in self._quotations if first <= a and b <= start]
            # “…,” said A. “…”: between them stands nothing but the tag.
            if before and len(_sentences(self._told[before[-1][1] : start])) <= 1:
                tag = self._tag(*before[-1], sayings)
        if tag is None and opens_sentence:
            # "A said that it was over. “It is over.”": what is said goes on in A's own words.
            above = _sentences(self._told[first:start])
            if above:
                begin, stop = first + above[-1][0], first + above[-1][1]
                told = [saying for saying in sayings if begin <= saying.at < stop]
                tag = told[0] if len(told) == 1 else None
        if tag is None and not self._told[first:start].strip():
            # A paragraph that is only a quotation, after one that ends in "A said:".
            before_it = self._told[:first].rstrip()
            if before_it.endswith((":", ",")):
                told = list(self._sayings(*self._paragraph(max(0, len(before_it) - 1))))
                tag = told[-1] if told else None
        return self._resolved(tag) if tag else None

    def _tag(self, start: int, end: int, sayings: list[_Saying]) -> _Saying | None:
        """The verb of saying right after a quotation, or else right before it."""
        for saying in sayings:
            between = self._told[end : saying.at]
            near = saying.at >= end and saying.at - end <= 2 * _FAR
            if near and QUOTATION not in between and not _SENTENCE_END.search(between):
                return saying
        for saying in reversed(sayings):
            between = self._told[saying.at : start]
            if saying.at < start and QUOTATION not in between:
                ends = [match.start() for match in _SENTENCE_END.finditer(between)]
                if not ends or (between.rstrip().endswith(":") and len(ends) == 1):
                    return saying
        return None

    def _is_tagged(self, end: int) -> bool:
        """Whether the sentence goes on behind a quotation: whose it is stands there, if anywhere.

        “It is over,” sighed the mayor.
        """
        if self._text[end - 1] == "\n":
            return False
        after = self._text[end : end + _FAR].lstrip(" ")
        return self._text[end - 2] == "," or after[:1] == "," or after[:1].islower()

    # --- verbs of saying ----------------------------------------------------------------------

    def _sayings(self, first: int, last: int) -> Iterator[_Saying]:
        """The verbs of saying in the narrative of a paragraph, each with its subject."""
        for verb in _SAYS.finditer(self._told, first, last):
            reach = max(first, verb.start() - _REACH)
            if any(p.search(self._told, reach, verb.start()) for p in (_PASSIVE, _ADJECTIVE)):
                continue
            head = self._told[reach : verb.start()]
            ends = [match.end() for match in _SENTENCE_END.finditer(head)]
            begin = max([0, *ends, head.rfind(QUOTATION) + 1])
            yield self._saying(reach + begin, verb.start(), verb.end(), last)

    def _saying(self, begin: int, at: int, end: int, last: int) -> _Saying:
        before = _ADVERB.sub("", self._told[begin:at]).rstrip()
        if pronoun := _PRONOUN_BEFORE.search(before):
            return _Saying(begin, at, pronoun=pronoun[1].lower())
        if not before.strip(" ,"):
            after = self._told[end : min(last, end + _FAR)]
            if pronoun := _PRONOUN_AFTER.match(after):
                return _Saying(begin, at, pronoun=pronoun[1])
            return _Saying(begin, at, name=self._subject_after(after))
        if before.endswith(","):  # "A, the head of B, said"
            before = before[: max(0, before.rfind(",", 0, len(before) - 1))]
        rows = list(ROW.finditer(before))
        if rows and rows[-1].end() == len(before):
            return _Saying(begin, at, name=self._persons.person(before, rows[-1]))
        return _Saying(begin, at)

    def _subject_after(self, after: str) -> str | None:
        """The name in "said A" or "said the spokesman of B, A": the first that is a person."""
        clause = re.split(r"[.;:\x00]\s|\x00", after)[0]
        for row in ROW.finditer(clause):
            if not stands_before(_OF_OR_THE_BEFORE, clause, row.start()):
                return self._persons.person(clause, row)
        return None

    # --- whom "he" and "she" mean -------------------------------------------------------------

    def _resolved(self, saying: _Saying) -> str | None:
        return self._meant(saying) if saying.pronoun else saying.name

    def _meant(self, saying: _Saying) -> str | None:
        """The only person that the nearest sentence with any person names before a pronoun."""
        pronoun = saying.pronoun or ""
        told, first = self._told, saying.start
        units = [(first, saying.at)]
        begin = max(0, first - _PARAGRAPH)
        sentences = [(begin + a, begin + b) for a, b in _sentences(told[begin:first])]
        for sentence in reversed(sentences[1:] if begin else sentences):  # the first may be cut
            if re.search(r"\w", told[slice(*sentence)]):
                units.append(sentence)
            if len(units) > _STEPS:
                break
        for start, end in units:
            persons = self._persons.named_in(told[start:end])
            if len(persons) == 1:
                (person,) = persons
                return person if _agrees(pronoun, person, self._text) else None
            if persons:
                return None
            if start != first and not re.search(rf"\b{pronoun}\b", told[start:end], re.IGNORECASE):
                return None
        return None


def _unfinished(told: str) -> bool:
    """Whether narrative breaks off within a sentence."""
    left = told.rstrip()
    return bool(left) and left[-1] not in ".!?:" + QUOTATION


def _sentences(told: str) -> list[tuple[int, int]]:
    """The sentences of a stretch of narrative, roughly: at full stops and line breaks."""
    found, start = [], 0
    for match in re.finditer(rf"{_SENTENCE_END.pattern}|\n+|$", told):
        if told[start : match.end()].strip(f" \n{QUOTATION}.,;:!?"):
            found.append((start, match.end()))
        start = match.end()
    return found


def _agrees(pronoun: str, person: str, text: str) -> bool:
    """Whether no courtesy title in the article speaks against it."""
    other = r"(?:Mrs|Ms|Miss)" if pronoun == "he" else r"(?:Mr|Sir)"
    return not re.search(rf"\b{other}\.? (?:\w+ )?{re.escape(last_word(person))}\b", text)
