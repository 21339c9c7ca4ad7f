"""A sentence of the evidence, read for its numbers, days and names; when two may be compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from qa._evidence.sentences import Candidate
from qa._language.amounts import Amount, amounts
from qa._language.dates import When, dates, known_dates
from qa._language.names import names
from qa._language.normalise import content_words
from qa._language.polarity import Polarity, polarity

# A count that is older than this is another count, not another account of the same.
DAYS_APART = 45
# Words around a number among which what it counts and what happened is looked for.
WINDOW = 4

_WORD = re.compile(r"[^\W_]+(?:['’.,&-][^\W_]+)*")
CLAUSE = re.compile(r"[;:—()\"“”]|, | but | while ")
_PART = re.compile(
    r"\b(?:among|including|another|further|additional|of (?:them|whom|those|these)|goal of"
    r"|target of|up to)\b",
    re.I,
)
# A year with a word before it that makes it one; "1313 Belknap Street" is none.
_YEAR = re.compile(
    r"(?:(?<=\bin )|(?<=\(born )|(?<=\(died )|(?<=\bborn )|(?<=\bdied )|(?<=\bsince )|(?<=\bby )"
    r"|(?<=\buntil )|(?<=\(c\. )|(?<=\baround )|(?<=\()|(?<=\bof )|(?<=\d[./])|(?<=\bAct ))"
    r"(?:1[0-9]|20)\d\d\b(?!\s?%)"
)


@dataclass(frozen=True, slots=True)
class Value:
    """What one sentence says: ``article.text[start:end]``, and the words around it."""

    start: int
    end: int
    text: str


class Statement:
    """A sentence of the evidence, read for its values."""

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self.text = candidate.sentence.text

    @cached_property
    def words(self) -> list[re.Match[str]]:
        return list(_WORD.finditer(self.text))

    @cached_property
    def plain(self) -> list[str]:
        return [word[0].lower().replace("’", "'") for word in self.words]

    @cached_property
    def stems(self) -> frozenset[str]:
        """Of its content words, numbers left out."""
        found = (self.stems_of(word) for word in self.words)
        return frozenset(stem for stems in found for stem in stems)

    def stems_of(self, word: re.Match[str]) -> tuple[str, ...]:
        if word[0][0].isdigit() or any(
            amount.start <= word.start() < amount.end for amount in self.amounts
        ):
            return ()
        return tuple(content_words(word[0]))

    @cached_property
    def amounts(self) -> tuple[Amount, ...]:
        return amounts(self.text)

    @cached_property
    def names(self) -> frozenset[str]:
        """The stems of its names."""
        return frozenset(stem for name in names(self.text) for stem in content_words(name.text))

    @cached_property
    def polarity(self) -> Polarity:
        return polarity([self.text])

    @cached_property
    def days(self) -> list[When]:
        """The days and months it speaks of, and bare years."""
        published = self.candidate.article.published
        found = known_dates([(self.text, published)])
        own = [day for day in found if day.text or day.year or day.month]
        if published:  # the day of publication itself is in the list of known dates
            issued = date.fromisoformat(published[:10])
            spoken = {(w.month, w.day) for w in dates(self.text)}
            own = [
                day
                for day in own
                if (day.year, day.month, day.day) != (issued.year, issued.month, issued.day)
                or (day.month, day.day) in spoken
            ]
        return own + [When(year=int(year[0])) for year in _YEAR.finditer(self.text)]

    def value(self, start: int, end: int) -> Value:
        """The slice of the sentence, with its offsets in the article."""
        at = self.candidate.sentence.start
        return Value(at + start, at + end, self.text[start:end])

    def around(self, start: int, end: int) -> tuple[list[str], list[str]]:
        """The content stems before and after a slice, nearest first, in its clause."""
        before = CLAUSE.split(self.text[:start])[-1]
        after = CLAUSE.split(self.text[end:])[0]
        left = [s for w in _WORD.finditer(before) for s in content_words(w[0])]
        right = [s for w in _WORD.finditer(after) for s in content_words(w[0])]
        return left[::-1][:WINDOW], right[:WINDOW]


def compatible_days(one: Statement, other: Statement) -> bool:
    """Whether the two may speak of the same day: neither names one, or some of them fit."""
    if not _compatible_years(one, other) or not _compatible_years(other, one):
        return False
    if not (one.days and other.days):
        return True
    return any(fits(a, b) for a in one.days for b in other.days)


def _compatible_years(one: Statement, other: Statement) -> bool:
    """Whether what is said without a year may be of the years that ``one`` writes out.

    What is reported without one happened about when it was published.
    """
    years = {int(year[0]) for year in _YEAR.finditer(one.text)}
    published = other.candidate.article.published_day
    if not years or published is None or _YEAR.search(other.text):
        return True
    return any(abs(published.year - year) <= 1 for year in years)


def fits(one: When, other: When) -> bool:
    """Whether two descriptions of a day can mean the same one."""
    pairs = ((one.year, other.year), (one.month, other.month), (one.day, other.day))
    same = all(a is None or b is None or a == b for a, b in pairs)
    known = any(a is not None and a == b for a, b in pairs)
    if one.weekday is not None and other.weekday is not None and not (one.day and other.day):
        return same and one.weekday == other.weekday
    return same and (known or one.weekday is not None or other.weekday is not None)


def compatible_names(one: Statement, other: Statement) -> bool:
    """Whether not each of them names something that the other's surroundings do not."""
    return not (one.names - other.candidate.context and other.names - one.candidate.context)


def published_together(one: Statement, other: Statement) -> bool:
    first, second = one.candidate.article.published_day, other.candidate.article.published_day
    return first is None or second is None or abs((first - second).days) <= DAYS_APART


def written_days(text: str) -> list[When]:
    """The dates and weekdays that a text writes out, and its years alone, in order."""
    found = list(dates(text))
    for year in _YEAR.finditer(text):
        if not any(touch(when.span, year.span()) for when in found):
            found.append(When(year=int(year[0]), text=year[0], span=year.span()))
    return sorted(found, key=lambda when: when.span)


def touch(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def same_day(one: Statement, first: When, other: Statement, second: When) -> bool:
    return any(
        fits(a, b)
        for a in resolved(one.candidate, first)
        for b in resolved(other.candidate, second)
    )


def resolved(candidate: Candidate, when: When) -> list[When]:
    """What a written day can mean, a weekday counted from the day of publication."""
    published = candidate.article.published
    if when.weekday is None or not published:
        return [when]
    issued = date.fromisoformat(published[:10])
    known = known_dates([(when.text, published)])
    return [
        day
        for day in known
        if day.day is not None
        and day.weekday == when.weekday
        and day.month is not None
        and date(day.year or issued.year, day.month, day.day) <= issued
    ] or [when]


def of_another_year(statement: Statement, question: str) -> bool:
    """Whether a sentence tells of a year long before it was published that nobody asked for."""
    published = statement.candidate.article.published_day
    years = {int(year[0]) for year in _YEAR.finditer(statement.text)}
    if published is None or not years or any(str(year) in question for year in years):
        return False
    return all(abs(published.year - year) > 1 for year in years)


def of_some(statement: Statement, amount: Amount) -> bool:
    """Whether a number counts only a part: "among those killed were three", "another 900"."""
    before = CLAUSE.split(statement.text[: amount.start])[-1]
    return bool(_PART.search(before))
