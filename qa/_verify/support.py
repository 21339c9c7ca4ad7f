"""Whether a claim is borne out by the quotes it points at.

A quote can be verbatim and still not say what the claim says. This check cannot prove that it
does, but it objects to what small models get wrong: a number, date or name that is nowhere in the
quotes, a lost or added "not", a "may" turned into a fact, words put into the wrong mouth, and
claims about something else altogether. It knows words, not meaning: it has no model, and takes
about a millisecond.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from index import Article
from qa._language.dates import (
    agrees,
    dates,
    is_bare,
    iso_day,
    known_dates,
    quoted_dates,
    shares_part,
)
from qa._language.names import KnownNames, names
from qa._language.normalise import content_words, stem
from qa._language.opposites import opposite_conflicts
from qa._language.polarity import modality_conflicts, negation_conflicts, polarity
from qa._language.quantities import NUMBER_WORDS, quantities, supports
from qa._verify.quotes import find_quoted_strings, locate
from qa._verify.speakers import speaker_conflicts

ObjectionKind = Literal[
    "number", "date", "name", "speaker", "negation", "modality", "quotation", "broken_off", "topic"
]

MIN_SHARE_IN_QUOTES = 0.5
"""Of a claim's content words, the share that must be in its quotes themselves.

Of 122 true claims about the seed articles the lowest share was just that; of 14,520 pairs of a
claim with some other sentence of these articles, 12 passed all checks.
"""

_TIME_UNITS = frozenset(
    map(stem, ("second", "minute", "hour", "day", "week", "month", "year", "decade", "century"))
)
_REPORTING = frozenset(map(stem, ("report", "state", "announce", "write", "add", "note")))
_NUMERALS = frozenset(stem(word) for word in NUMBER_WORDS)

_NEAR = 50
"""Code points around a number in which its quotes must have what the claim lets it count."""

_SHARED_ENDING = 2
"""Last words of a claim by which the place in its quotes is found where it broke off."""

MIN_PREFIX = 5
"""Words that share so many first letters count as one: their stems may differ."""


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason not to show a claim.

    Attributes:
        kind: What went wrong.
        detail: The same for a reader, naming the words.
    """

    kind: ObjectionKind
    detail: str


@dataclass(frozen=True, slots=True)
class SupportResult:
    """``supported`` is true if there are no objections."""

    supported: bool
    objections: tuple[Objection, ...] = ()


def check_support(
    claim: str, quotes: Sequence[str], *, context: Sequence[str] = ()
) -> SupportResult:
    """Look for reasons why ``claim`` does not follow from ``quotes``.

    Args:
        claim: One statement, in English.
        quotes: The texts it points at.
        context: What the claim may name besides: the question, and title, outlet, author and day
            of publication of the articles. An ISO date on its own is a day of publication.
            Context bears out names, numbers and dates, and nothing else.

    Objections, by kind:
        number, date: One that is not in quotes or context, in any notation.
        name: A capitalised name that is not there, in any spelling.
        speaker, modality: See ``speaker_conflicts`` and ``modality_conflicts``.
        negation: See ``negation_conflicts`` and ``opposite_conflicts``.
        quotation: A string in quotation marks that is neither verbatim in the quotes nor the whole
            of a context, as an outlet's name or a title is.
        broken_off: It ends without a full stop where its quotes open a quotation mark, as a reply
            does whose model did not escape one.
        topic: Fewer than half of the claim's content words are in its quotes, or fewer than half
            of those that are neither names nor numbers in words. Names of the context do not
            count, nor do words such as "reported".
    """
    objections = tuple(_objections(claim, quotes, context))
    return SupportResult(not objections, objections)


def claim_context(questions: Sequence[str], articles: Iterable[Article]) -> list[str]:
    """What a claim may name besides its quotes: see ``check_support``."""
    context = list(questions)
    for article in articles:
        known = (article.title, article.outlet, article.author, article.published)
        context += [value for value in known if value]
    return context


def _objections(claim: str, quotes: Sequence[str], context: Sequence[str]) -> Iterator[Objection]:
    yield from _check_figures(claim, quotes, context)
    for name in KnownNames([*quotes, *context]).missing(claim):
        yield Objection("name", f"the name {name.text} is not in its quotes")
    for reason in speaker_conflicts(claim, quotes, context):
        yield Objection("speaker", reason)
    said, quoted = polarity([claim]), polarity(quotes)
    for reason in (*negation_conflicts(said, quoted), *opposite_conflicts(said, quoted)):
        yield Objection("negation", reason)
    for reason in modality_conflicts(said, quoted):
        yield Objection("modality", reason)
    named = {text.casefold() for text in context}
    for start, end in find_quoted_strings(claim):
        # 'The Age' in quotation marks is an outlet, not something that was said.
        if claim[start:end].strip(" .,;").casefold() in named:
            continue
        if not any(locate(claim[start:end], quote) for quote in quotes):
            yield Objection("quotation", f"“{claim[start:end]}” is not verbatim in its quotes")
    if _broken_off(claim, quotes):
        yield Objection("broken_off", "it ends where its quotes have a quotation mark")
    yield from _check_topic(claim, quotes, context)


def _broken_off(claim: str, quotes: Sequence[str]) -> bool:
    words = claim.split()
    if not words or not words[-1][-1].isalnum():
        return False
    ending = r"\s+".join(re.escape(word) for word in words[-_SHARED_ENDING:])
    cut = re.compile(rf"\b{ending}\s+[\"“„«]", re.IGNORECASE)
    return any(cut.search(quote) for quote in quotes)


def _check_figures(
    claim: str, quotes: Sequence[str], context: Sequence[str]
) -> Iterator[Objection]:
    claimed_dates = dates(claim)
    rest = claim
    for when in claimed_dates:
        start, end = when.span
        rest = rest[:start] + " " * (end - start) + rest[end:]
    claimed = [quantity for quantity in quantities(rest) if quantity.certain]
    if not (claimed or claimed_dates):
        return
    known_days = known_dates(quotes, context)
    for when in claimed_dates:
        # A weekday or month alone says when it happened, not when that was published.
        own = [d for d in quoted_dates(quotes, context) if shares_part(when, d)]
        if not agrees(when, own if own and is_bare(when) else known_days):
            yield Objection("date", f"the date {when.text} is not in its quotes")
    years = {day.year for day in known_days}
    for quantity in claimed:
        if any(value in years and not unit for value, unit in quantity.readings):
            continue
        if any(supports(quantity, quantities(text)) for text in context if not iso_day(text)):
            continue
        places = [
            (quote, known)
            for quote in quotes
            for known in quantities(quote)
            if supports(quantity, (known,))
        ]
        if not places:
            yield Objection("number", f"the number {quantity.text} is not in its quotes")
        elif counted := _counted(rest, quantity.end):
            near = (quote[max(0, k.start - _NEAR) : k.end + _NEAR] for quote, k in places)
            known = counted in _TIME_UNITS or any(
                counted in content_words(quote) for quote in quotes
            )
            if known and not any(counted in content_words(part) for part in near):
                yield Objection("number", f"{quantity.text} is something else in its quotes")


def _counted(claim: str, end: int) -> str:
    """The stem of the word that a number before ``end`` counts, as Russians in "70% of"."""
    phrase = re.split(r"[^\w\s'’.-]", claim[end : end + _NEAR])[0]
    words = content_words(" ".join(phrase.split()[:3]))
    return words[0] if words else ""


def _check_topic(claim: str, quotes: Sequence[str], context: Sequence[str]) -> Iterator[Objection]:
    there = {word for quote in quotes for word in content_words(quote)}
    prefixes = {word[:MIN_PREFIX] for word in there if len(word) >= MIN_PREFIX}
    named = {word for name in names(claim) for word in content_words(name.text)}
    # "CNN reported that" says where it stands, not what.
    attributed = {word for text in context for word in content_words(text)} & named - there
    wanted = set(content_words(claim)) - attributed - _REPORTING
    if not wanted:
        yield Objection("topic", "it says nothing that its quotes could bear out")
        return
    for words in (wanted, wanted - named - _NUMERALS):
        covered = sum(
            word in there or (len(word) >= MIN_PREFIX and word[:MIN_PREFIX] in prefixes)
            for word in words
        )
        if covered < MIN_SHARE_IN_QUOTES * len(words):
            yield Objection("topic", f"only {covered} of {len(words)} words are in its quotes")
            return
