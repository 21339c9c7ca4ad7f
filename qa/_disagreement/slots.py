"""The value that each article gives for what a question asks: a day, a number, a name.

"When was Judge Ritter born?" may be answered by two articles with two days: one of them errs, or
there are two judges. Either way the reader must see both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa._disagreement.statements import (
    Statement,
    Value,
    fits,
    of_another_year,
    of_some,
    resolved,
    written_days,
)
from qa._evidence.sentences import Evidence
from qa._language.amounts import Amount
from qa._language.dates import When
from qa._language.names import names
from qa._language.normalise import content_words
from qa._language.senses import among

# A sentence answers only if it has this much of the question's plain words itself, and its
# surroundings have this much of all its words.
PLAIN = 0.6
ALL = 0.8
# Words between a value and the nearest word of the question.
NEAR = 4

_ASKS_TIME = re.compile(r"^\W*(?:when|(?:in |on )?(?:what|which) (?:year|date|day|month))\b", re.I)
_ASKS_NUMBER = re.compile(
    r"^\W*(?:how (?:many|much)|what (?:is|was|are|were) the (?:\w+ ){0,3}?(?:population|number|"
    r"share|percentage|proportion|amount|size|death toll|toll))\b",
    re.I,
)
_ASKS_PLACE = re.compile(
    r"^\W*(?:where (?:is|was|are|were)\b|(?:in )?(?:what|which) (?:city|country|town|state|village|"
    r"county)\b|what (?:is|was) the location)",
    re.I,
)
_ASKS_PERSON = re.compile(
    r"^\W*who (?:(?:is|was) the\b|directed|wrote|founded|produced|composed|created|designed|"
    r"invented|discovered|won|leads?|led|killed|owns|owned|painted)",
    re.I,
)
_ASKS = {
    "time": _ASKS_TIME,
    "number": _ASKS_NUMBER,
    "place": _ASKS_PLACE,
    "person": _ASKS_PERSON,
}
_AT = re.compile(
    r"\b(?:in|at|near|of|from|to)(?: the)?(?: (?:northern|southern|eastern|western))?\W*$"
)
_ROW = re.compile(
    r"[A-ZÀ-Þ][\w’'-]*\.?(?:,? (?:(?:of|de|la|von|van|al|bin|the) )?[A-ZÀ-Þ][\w’'-]*\.?)*"
)


@dataclass(frozen=True, slots=True)
class Answered:
    """A value that an article gives, what it is compared by, and all else it has of its kind."""

    statement: Statement
    value: Value
    known: tuple[object, ...]


def slot_kind(question: str) -> str | None:
    """``time``, ``number``, ``place`` or ``person``; None where the question has no such slot."""
    return next((kind for kind, asks in _ASKS.items() if asks.search(question)), None)


def answers(evidence: Evidence, statements: Sequence[Statement]) -> list[Answered]:
    """The value that each article gives, the article of the best sentence first."""
    kind = slot_kind(evidence.question)
    if kind is None:
        return []
    asked = _Asked(evidence)
    found: dict[str, Answered] = {}
    known: dict[str, list[object]] = {}
    for statement in statements:
        article = statement.candidate.article.id
        values = list(_values(kind, statement, asked))
        known.setdefault(article, []).extend(compared for _, _, compared in values)
        if article in found or not asked.answered_by(statement):
            continue
        near = [(gap, value.start, value) for gap, value, _ in values if gap <= NEAR]
        if near:
            *_, value = min(near, key=lambda item: item[:2])
            found[article] = Answered(statement, value, ())
    return [
        Answered(one.statement, one.value, tuple(known[article])) for article, one in found.items()
    ]


def agree(one: Answered, other: Answered) -> bool:
    """Whether the one article has a value anywhere that the other has too."""
    return any(_equal(a, b) for a in one.known for b in other.known)


def _equal(one: object, other: object) -> bool:
    if isinstance(one, Amount) and isinstance(other, Amount):
        return one.agrees(other)
    if isinstance(one, list) and isinstance(other, list):
        return any(fits(a, b) for a in one for b in other)
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return bool(one & other)
    return False


class _Asked:
    """The words of a question: names, and plain words with what they weigh."""

    def __init__(self, evidence: Evidence) -> None:
        self.question = evidence.question
        self.rarity = evidence.rarity
        self.names = frozenset(
            stem for name in names(evidence.question) for stem in content_words(name.text)
        )
        self.words = frozenset(content_words(evidence.question))
        self.plain = self.words - self.names

    def answered_by(self, statement: Statement) -> bool:
        own, context = statement.candidate.own, statement.candidate.context
        everything = sum(self.rarity.get(w, 0.0) for w in self.words if among(w, context))
        plain = sum(self.rarity.get(word, 0.0) for word in self.plain if among(word, own))
        weight = sum(self.rarity.get(word, 0.0) for word in self.plain)
        return everything >= ALL and plain >= PLAIN * weight


def _values(kind: str, statement: Statement, asked: _Asked) -> Iterator[tuple[int, Value, object]]:
    """Each value of this kind with its distance from the question's words."""
    places = [
        index
        for index, word in enumerate(statement.words)
        if any(among(stem, asked.plain or asked.words) for stem in content_words(word[0]))
    ]

    def gap(start: int, end: int) -> int:
        inside = [i for i, w in enumerate(statement.words) if w.start() < end and start < w.end()]
        if not (places and inside):
            return NEAR + 1
        return min(min(abs(i - place) for i in inside) for place in places) - 1

    if kind == "time":
        for when in written_days(statement.text):
            span = when.span
            yield gap(*span), statement.value(*span), _days(statement, when)
    elif kind == "number":
        for amount in statement.amounts:
            left, right = statement.around(amount.start, amount.end)
            if any(among(stem, asked.plain) for stem in (*left, *right)) and not (
                of_some(statement, amount) or of_another_year(statement, asked.question)
            ):
                span = amount.start, amount.end
                yield gap(*span), statement.value(*span), amount
    else:
        for row in _ROW.finditer(statement.text):
            start, end = row.span()
            stems = frozenset(content_words(row[0])) & statement.names - asked.words
            if not stems or (kind == "place" and not _AT.search(statement.text[:start])):
                continue
            if kind == "person" and " " not in row[0]:
                continue
            yield gap(start, end), statement.value(start, end), stems


def _days(statement: Statement, when: When) -> list[When]:
    return resolved(statement.candidate, when)
