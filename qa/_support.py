"""Whether a claim is borne out by the quotes it points at.

A quote can be verbatim and still not say what the claim says. This check cannot prove that it
does, but it objects to what small models get wrong: a number, date or name that is nowhere in the
quotes, a lost or added "not", a "may" turned into a fact, words put into the wrong mouth, and
claims about something else altogether. It knows words, not meaning: it has no model, and takes
about a millisecond.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from qa._dates import agrees, dates, known_dates
from qa._names import KnownNames, Name, names
from qa._normalise import content_words, stem, unify_countries
from qa._polarity import modality_conflicts, negation_conflicts, polarity
from qa._quantities import NUMBER_WORDS, quantities, supports
from qa._verify import find_quoted_strings, locate

ObjectionKind = Literal[
    "number", "date", "name", "speaker", "negation", "modality", "quotation", "topic"
]

MIN_SHARE_IN_QUOTES = 0.5
"""Of a claim's content words, the share that must be in its quotes themselves.

Of 122 true claims about the seed articles the lowest share was just that; of 14,520 pairs of a
claim with some other sentence of these articles, 12 passed all checks.
"""

_TIME_UNITS = frozenset(
    map(stem, ("second", "minute", "hour", "day", "week", "month", "year", "decade", "century"))
)
_NUMERALS = frozenset(stem(word) for word in NUMBER_WORDS)

_NEAR = 50
"""Code points around a number in which its quotes must have what the claim lets it count."""

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
        speaker: "X said", where the quotes let only others speak.
        negation, modality: See ``negation_conflicts`` and ``modality_conflicts``.
        quotation: A string in quotation marks that is not verbatim in the quotes.
        topic: Fewer than half of the claim's content words are in its quotes, or fewer than half
            of those that are neither names nor numbers in words.
    """
    objections = tuple(_objections(claim, quotes, context))
    return SupportResult(not objections, objections)


def _objections(claim: str, quotes: Sequence[str], context: Sequence[str]) -> Iterator[Objection]:
    yield from _check_figures(claim, quotes, context)
    for name in KnownNames([*quotes, *context]).missing(claim):
        yield Objection("name", f"the name {name.text} is not in its quotes")
    yield from _check_speaker(claim, quotes)
    said, quoted = polarity([claim]), polarity(quotes)
    for reason in negation_conflicts(said, quoted):
        yield Objection("negation", reason)
    for reason in modality_conflicts(said, quoted):
        yield Objection("modality", reason)
    for start, end in find_quoted_strings(claim):
        if not any(locate(claim[start:end], quote) for quote in quotes):
            yield Objection("quotation", f"“{claim[start:end]}” is not verbatim in its quotes")
    yield from _check_topic(claim, quotes)


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
        if not agrees(when, known_days):
            yield Objection("date", f"the date {when.text} is not in its quotes")
    years = {day.year for day in known_days}
    for quantity in claimed:
        if any(value in years and not unit for value, unit in quantity.readings):
            continue
        if any(supports(quantity, quantities(text)) for text in context):
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


_SAYS = re.compile(
    r"\b(?:said|says|say|told|tells|warned|warns|added|adds|argued|argues|claimed|claims|stated|"
    r"states|announced|announces|declared|declares|insisted|insists|noted|notes|reported|reports|"
    r"wrote|writes|explained|explains|suggested|suggests|acknowledged|acknowledges|admitted|"
    r"admits|denied|denies|confirmed|confirms|predicted|predicts|estimated|estimates|stressed|"
    r"stresses|emphasi[sz]ed|emphasi[sz]es|highlighted|highlights|questioned|questions|"
    r"criticized|criticised|criticizes|criticises|accused|accuses|expressed|expresses|indicated|"
    r"indicates|revealed|reveals|pledged|pledges|promised|promises|vowed|vows|asserted|asserts)\b"
)
_ACCORDING = re.compile(r"\b[Aa]ccording to\b")
_BEFORE_SAYS = re.compile(
    r"(?:\b(?:has|have|had|also|later|previously|repeatedly|recently|then|once|publicly|already|"
    r"privately|reportedly)\s+)*$"
)


_INVERTED_SUBJECT = 60
"""Code points after "said" in which an inverted subject is looked for."""


def _check_speaker(claim: str, quotes: Sequence[str]) -> Iterator[Objection]:
    speakers = _claimed_speakers(_without_quotations(unify_countries(claim)))
    if not speakers:
        return
    known: set[str] = set()
    for quote in quotes:
        known |= _possible_speakers(_without_quotations(unify_countries(quote)))
    if known:
        for key, text in speakers.items():
            if key not in known:
                yield Objection("speaker", f"in its quotes it is not {text} who speaks")


def _without_quotations(text: str) -> str:
    for start, end in find_quoted_strings(text):
        text = text[:start] + "," * (end - start) + text[end:]
    return text


def _row_ending(text_names: Sequence[Name], text: str, end: int) -> list[Name]:
    """The row of names that ends at ``end`` of ``text``, as "Sergey Lavrov" does."""
    row: list[Name] = []
    for name in reversed(text_names):
        gap = text[name.start + len(name.text) : row[0].start if row else end]
        if name.start < end and not gap.strip("’'s "):
            row.insert(0, name)
    return row


def _claimed_speakers(claim: str) -> dict[str, str]:
    """The surname right before "said" or right after "according to": key → as written."""
    found = {}
    claimed = names(claim)
    for says in _SAYS.finditer(claim):
        row = _row_ending(claimed, claim, len(_BEFORE_SAYS.sub("", claim[: says.start()])))
        if row:
            found[row[-1].key] = row[-1].text
    for according in _ACCORDING.finditer(claim):
        row_end = according.end()
        for name in claimed:
            if name.start > row_end and not claim[row_end : name.start].strip():
                row_end = name.start + len(name.text)
                last = name
        if row_end > according.end():
            found[last.key] = last.text
    return found


def _possible_speakers(quote: str) -> set[str]:
    """The names that may be the subject of a verb of saying.

    The name right before the verb or its apposition. Failing that ("the Kremlin's spokesman
    said") any name before it in the sentence; after it where the order is inverted.
    """
    found: set[str] = set()
    quoted = names(quote)
    for says in _SAYS.finditer(quote):
        sentence = max(quote.rfind(mark, 0, says.start()) for mark in (". ", "; ", "! ", "? ")) + 1
        before = _BEFORE_SAYS.sub("", quote[sentence : says.start()]).rstrip()
        if before.endswith((" and", " but")):
            continue  # the subject is that of the verb before
        apposition = before.endswith(",")
        if apposition:
            before = before[: max(0, before.rfind(",", 0, len(before) - 1))]
        row = _row_ending(quoted, quote, sentence + len(before))
        if not row:
            end = says.end() + _INVERTED_SUBJECT if apposition else says.start()
            row = [name for name in quoted if sentence <= name.start < end]
        found.update(name.key for name in row)
    for according in _ACCORDING.finditer(quote):
        found.update(name.key for name in quoted if name.start > according.start())
    return found


def _check_topic(claim: str, quotes: Sequence[str]) -> Iterator[Objection]:
    wanted = set(content_words(claim))
    if not wanted:
        yield Objection("topic", "it says nothing that its quotes could bear out")
        return
    there = {word for quote in quotes for word in content_words(quote)}
    prefixes = {word[:MIN_PREFIX] for word in there if len(word) >= MIN_PREFIX}
    named = {word for name in names(claim) for word in content_words(name.text)}
    for words in (wanted, wanted - named - _NUMERALS):
        covered = sum(
            word in there or (len(word) >= MIN_PREFIX and word[:MIN_PREFIX] in prefixes)
            for word in words
        )
        if covered < MIN_SHARE_IN_QUOTES * len(words):
            yield Objection("topic", f"only {covered} of {len(words)} words are in its quotes")
            return
