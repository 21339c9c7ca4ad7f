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
from functools import cached_property

from qa._language.normalise import plain
from qa._language.saying import ADVERBS, PASSIVE, REPLYING, SAYING, TALKING, WRITING
from qa._language.wordlists import ORDINARY_OPENERS, STOP_WORDS, TITLES
from qa._verify.quotes import find_quoted_strings

_WORD = r"[A-Z](?:\.|[^\W\d_]*(?:['’-][^\W\d_]+)*)"
_PARTICLE = r"(?:(?:al|el|de|da|di|del|van|von|der|den|bin|ibn|la|le)[ -]+)"
_ROW = re.compile(rf"(?<![\w’'-]){_WORD}(?: +{_PARTICLE}{{0,2}}{_WORD})*")
_SAYS = re.compile(rf"\b(?:{SAYING}|{WRITING}|{REPLYING}|{TALKING})\b")
_PASSIVE = re.compile(PASSIVE)
_ADVERB = re.compile(rf"(?:\b(?:{ADVERBS})\s+)*$")
_PRONOUN_BEFORE = re.compile(r"\b(he|she)\s*$", re.IGNORECASE)
_PRONOUN_AFTER = re.compile(r"\s*(he|she)\b")
_SENTENCE_END = re.compile(r"(?<!\b[A-Z])(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)[.!?:](?=[\s\x00]|$)")
_QUOTATION = "\x00"

# Capitals before a name that say what somebody is.
_ROLE_WORDS = (
    "president prime minister senator governor secretary general professor administrator "
    "ambassador chairman chairwoman chief director judge justice king queen prince pope bishop "
    "archbishop representative congressman congresswoman mayor chancellor captain colonel "
    "lieutenant sergeant detective attorney undersecretary spokesman spokeswoman spokesperson "
    "coach vice deputy foreign home shadow interior defense defence executive senior emeritus "
    "associate assistant former coauthor author leader analyst commander sheriff researcher "
    "curator founder editor reporter player actor actress singer lawyer father mother defender "
    "goalkeeper striker member"
)
_ROLES = frozenset(_ROLE_WORDS.split())
# Capitals that make a name one of an office, a body or a place.
_BODY_WORDS = (
    "university college school court council church ministry department agency party police office "
    "commission center centre institute association company group museum bank union army force "
    "forces service services government house senate congress parliament committee club team press "
    "news times post herald guardian journal magazine television tv radio organization project "
    "organisation foundation society league federation authority board cup games states kingdom "
    "nations republic city county street road bridge square international north south east west "
    "new united day festival fair world award prize act directorate "
    "mission program programme office campaign"
)
_BODIES = frozenset(_BODY_WORDS.split())
_FAR = 60
"""Code points between a quotation and its verb of saying, and after it to its subject."""
_REACH = 600
"""Code points of a clause that are looked at before its verb of saying."""
_PARAGRAPH = 4000
"""Code points of a paragraph that are looked at on either side of a quote."""
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
    it leaves any doubt. The name is as full as the article has it.
    """
    return _Article(text).hidden_speaker(start, end)


class _Article:
    """An article as narrative and quotations; offsets are those of its text."""

    def __init__(self, text: str) -> None:
        # Where marks of both kinds are mixed, “ may be closed by ".
        text = text.translate({ord("“"): '"', ord("”"): '"'})
        self._text = text
        self._quotations = [
            (max(0, a - 1), min(len(text), b + 1)) for a, b in find_quoted_strings(text)
        ]
        for a, b in self._quotations:
            text = text[:a] + _QUOTATION * (b - a) + text[b:]
        self._told = text

    def hidden_speaker(self, start: int, end: int) -> str | None:
        first, last = self._paragraph(start)
        sayings = list(self._sayings(first, last))
        here = [saying for saying in sayings if start <= saying.at < end]
        if here:
            found = self._resolved(here[0]) if here[0].pronoun else None
        else:
            cut = next(((a, b) for a, b in self._quotations if a < end and start < b), None)
            found = self._of_quotation(*cut, sayings) if cut else None
        if found is None or _last(found) in re.findall(r"[^\W\d_]+", self._told[start:end]):
            return None
        return self._full(found)

    def _paragraph(self, at: int) -> tuple[int, int]:
        """Where the line of a place begins and ends; of an endless one, what is near the place."""
        last = self._text.find("\n", at)
        first = self._text.rfind("\n", 0, at) + 1
        last = last if last >= 0 else len(self._text)
        return max(first, at - _PARAGRAPH), min(last, at + _PARAGRAPH)

    # --- quotations ---------------------------------------------------------------------------

    def _of_quotation(self, start: int, end: int, sayings: list[_Saying]) -> str | None:
        """Who says a quotation: by its own tag, that of the one before it, or an announcement."""
        first, _ = self._paragraph(start)
        tag = self._tag(start, end, sayings)
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
            if near and _QUOTATION not in between and not _SENTENCE_END.search(between):
                return saying
        for saying in reversed(sayings):
            between = self._told[saying.at : start]
            if saying.at < start and _QUOTATION not in between:
                ends = [match.start() for match in _SENTENCE_END.finditer(between)]
                if not ends or (between.rstrip().endswith(":") and len(ends) == 1):
                    return saying
        return None

    # --- verbs of saying ----------------------------------------------------------------------

    def _sayings(self, first: int, last: int) -> Iterator[_Saying]:
        """The verbs of saying in the narrative of a paragraph, each with its subject."""
        for verb in _SAYS.finditer(self._told, first, last):
            reach = max(first, verb.start() - _REACH)
            if _PASSIVE.search(self._told, reach, verb.start()):
                continue
            head = self._told[reach : verb.start()]
            ends = [match.end() for match in _SENTENCE_END.finditer(head)]
            begin = max([0, *ends, head.rfind(_QUOTATION) + 1])
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
        rows = list(_ROW.finditer(before))
        if rows and rows[-1].end() == len(before):
            return _Saying(begin, at, name=self._person(before, rows[-1]))
        return _Saying(begin, at)

    def _subject_after(self, after: str) -> str | None:
        """The name in "said A" or "said the spokesman of B, A": the first that is a person."""
        clause = re.split(r"[.;:\x00]\s|\x00", after)[0]
        for row in _ROW.finditer(clause):
            if not re.search(r"\b(?:of|in|at|for|from|to|the)\s+$", clause[: row.start()]):
                return self._person(clause, row)
        return None

    # --- names --------------------------------------------------------------------------------

    def _person(self, text: str, row: re.Match[str]) -> str | None:
        """A row of capitals as a person's name, without titles; None if it is none."""
        words = _name_words(text, row)
        name = " ".join(words)
        if not words or name.isupper():
            return None
        titled = len(words) < len(row[0].split()) or _role_before(text[: row.start()])
        if not titled and re.search(r"\bthe\s+$", text[: row.start()]):
            return None
        return name if titled or len(words) > 1 or _last(name) in self._surnames else None

    @cached_property
    def _rows(self) -> list[str]:
        """Every row of capitals of the article, titles and opening words left out."""
        found = (_name_words(self._told, row) for row in _ROW.finditer(self._told))
        return [" ".join(words) for words in found if words]

    @cached_property
    def _surnames(self) -> frozenset[str]:
        """The last words of all rows of several."""
        return frozenset(_last(row) for row in self._rows if " " in row)

    def _full(self, name: str) -> str:
        """The longest row that ends in a name, if there is no other of that surname."""
        rows = {row for row in self._rows if _last(row) == _last(name) and " " in row}
        longest = max(rows, key=len, default=name)
        same = all(longest.endswith(row) or row.split()[0] == longest.split()[0] for row in rows)
        return longest if same and longest.endswith(_last(name)) and rows else name

    # --- whom "he" and "she" mean -------------------------------------------------------------

    def _resolved(self, saying: _Saying) -> str | None:
        return self._meant(saying) if saying.pronoun else saying.name

    def _meant(self, saying: _Saying) -> str | None:
        """The only person that the nearest sentence with any person names before a pronoun."""
        pronoun = saying.pronoun or ""
        told = self._told[: saying.at]
        first = saying.start
        units = [(first, saying.at)]
        for sentence in reversed(_sentences(told[:first])):
            if re.search(r"\w", told[slice(*sentence)]):
                units.append(sentence)
            if len(units) > _STEPS:
                break
        for start, end in units:
            persons = self._persons(start, end)
            if len(persons) == 1:
                (person,) = persons
                return person if _agrees(pronoun, person, self._text) else None
            if persons:
                return None
            if start != first and not re.search(rf"\b{pronoun}\b", told[start:end], re.IGNORECASE):
                return None
        return None

    def _persons(self, start: int, end: int) -> set[str]:
        """The persons that a stretch names, by surname as the article has them in full."""
        part = self._told[start:end]
        found: set[str] = set()
        for row in _ROW.finditer(part):
            person = self._person(part, row)
            # One who is named here alone counts where the sentence is likely about them.
            leads = not part[: row.start()].strip(_QUOTATION + " \n")
            if person and (leads or self._is_known(person, part, row)):
                found.add(self._full(person))
        return found

    def _is_known(self, person: str, part: str, row: re.Match[str]) -> bool:
        """Whether the article treats a name as a person's: by surname alone, or with a role."""
        surname = _last(person)
        return (
            surname in self._rows
            or person != row[0]
            or _role_before(part[: row.start()])
            or re.match(r", \d\d,", part[row.end() :]) is not None
            or re.search(rf"\b(?:{'|'.join(_ROLES)}) {re.escape(person)}\b", self._told) is not None
        )


def _unfinished(told: str) -> bool:
    """Whether narrative breaks off within a sentence."""
    left = told.rstrip()
    return bool(left) and left[-1] not in ".!?:" + _QUOTATION


def _sentences(told: str) -> list[tuple[int, int]]:
    """The sentences of a stretch of narrative, roughly: at full stops and line breaks."""
    found, start = [], 0
    for match in re.finditer(rf"{_SENTENCE_END.pattern}|\n+|$", told):
        if told[start : match.end()].strip(f" \n{_QUOTATION}.,;:!?"):
            found.append((start, match.end()))
        start = match.end()
    return found


def _name_words(text: str, row: re.Match[str]) -> list[str]:
    """The words of a row of capitals that may name a person: without what a person is.

    None for a body. Of "governor of Washington Ada Berg" it is not clear where the name begins:
    the surname is left.
    """
    words = row[0].split()
    forms = [plain(word.rstrip(".")) for word in words]
    if forms[0] == "the" or _BODIES.intersection(forms):
        return []
    said = [n for n, form in enumerate(forms) if form in TITLES | _ROLES or _is_owner(words[n])]
    start = said[-1] + 1 if said and said[-1] + 1 < len(words) else 0
    if said and not start:
        return []
    while start < len(words) and forms[start] in STOP_WORDS:
        start += 1
    if start + 1 < len(words) and forms[start] in ORDINARY_OPENERS:
        start += 1
    if (
        not said
        and len(words) - start > 2
        and re.search(r"\b(?:of|for|in)\s+$", text[: row.start()])
    ):
        start = len(words) - 1
    return words[start:]


def _is_owner(word: str) -> bool:
    return word.endswith(("'s", "’s"))


def _role_before(text: str) -> bool:
    found = re.search(r"([A-Za-z]+)\.?\s+$", text)
    return found is not None and found[1].lower() in _ROLES | TITLES


def _agrees(pronoun: str, person: str, text: str) -> bool:
    """Whether no courtesy title in the article speaks against it."""
    other = r"(?:Mrs|Ms|Miss)" if pronoun == "he" else r"(?:Mr|Sir)"
    return not re.search(rf"\b{other}\.? (?:\w+ )?{re.escape(_last(person))}\b", text)


def _last(name: str) -> str:
    found: list[str] = re.findall(r"[^\W\d_]+", name)
    return found[-1]
