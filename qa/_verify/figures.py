"""Whether the numbers and dates of a claim are those of its quotes, of the same thing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa._language.amounts import bound
from qa._language.dates import (
    When,
    agrees,
    dates,
    is_bare,
    known_dates,
    other_time,
    quoted_dates,
    shares_part,
)
from qa._language.normalise import content_words, stem
from qa._language.quantities import Quantity, quantities, supports
from qa._verify.cited import CitedQuote

_TIME_UNITS = frozenset(
    map(stem, ("second", "minute", "hour", "day", "week", "month", "year", "decade", "century"))
)
_MEASURE_SPELLINGS = """
    kilometre kilometer km kms kph kmh
    metre meter
    centimetre centimeter cm
    millimetre millimeter mm
    mile mph
    foot feet ft
    inch
    yard
    acre
    hectare
    tonne ton tonnes
    kilogram kilo kg
    gram
    ounce
    barrel
    gallon
    litre liter
    celsius
    fahrenheit
    megawatt mw
    gigawatt gw
    kilowatt kw
    bushel
"""
_MEASURES = {
    stem(word): row.split()[0]
    for row in _MEASURE_SPELLINGS.strip().splitlines()
    for word in row.split()
}
"""Units of measure in their spellings: the same number of another is another amount."""

_PERSONS = {stem(word): stem("people") for word in ("person", "persons", "people")}

_NEAR = 50
"""Code points around a number in which its quotes must have what the claim lets it count."""

_BEFORE_DAY = re.compile(r"\b(?:before|until|till|prior to|ahead of)\s+$", re.IGNORECASE)
_AFTER_DAY = re.compile(r"\b(?:after|since|following)\s+$", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|never|no)\b|n['’]t\b", re.IGNORECASE)


def number_conflicts(
    claim: str, quotes: Sequence[CitedQuote], questions: Sequence[str], context: Sequence[str]
) -> Iterator[str]:
    """Why the numbers of the claim are not those of its quotes.

    A number must be in the quotes or ``context``, in any notation, and a year may be that of a
    date. In the quotes it must count the same thing in the same unit, and "at most" there may not
    be "at least" here. One that is only in the questions, and words that are numbers only
    sometimes, as "one" and "first", need not be in the quotes, but the quotes may not have another
    number of the same thing instead.
    """
    rest = _without_dates(claim)
    texts = [quote.text for quote in quotes]
    years = {day.year for day in known_dates(_dated(quotes), [*questions, *context])}
    for quantity in quantities(rest):
        if any(value in years and not unit for value, unit in quantity.readings):
            continue
        if _in_any(quantity, context):
            continue
        places = [
            (text, known)
            for text in texts
            for known in quantities(text)
            if supports(quantity, (known,))
        ]
        if not places and (not quantity.certain or _in_any(quantity, questions)):
            if other := _other_number(quantity, rest, texts):
                yield f"{quantity.text} is {other} in its quotes"
        elif not places:
            yield f"the number {quantity.text} is not in its quotes"
        elif not quantity.certain:
            continue
        elif _counts_another(quantity, _counted(rest, quantity.end), places, texts):
            yield f"{quantity.text} is something else in its quotes"
        elif _other_bound(quantity, rest, places):
            yield f"{quantity.text} is a bound of the other kind in its quotes"


def date_conflicts(
    claim: str, quotes: Sequence[CitedQuote], questions: Sequence[str], context: Sequence[str]
) -> Iterator[str]:
    """Why the dates of the claim are not those of its quotes or ``context``.

    One of the questions will do where the quotes give no day, or the claim gives theirs as well.
    What is before a day here may not be after it there, nor next month here last month there.
    """
    texts = [quote.text for quote in quotes]
    for words in other_time(claim, texts, questions):
        yield f"“{words}” is another in its quotes"
    claimed = dates(claim)
    if not claimed:
        return
    quoted = quoted_dates(_dated(quotes))
    days = [day for day in quoted if day.day]
    if not days or any(when.day and agrees(when, days) for when in claimed):
        context = [*questions, *context]
    known = known_dates(_dated(quotes), context)
    for when in claimed:
        # A weekday or month alone says when it happened, not when that was published.
        own = [day for day in quoted if shares_part(when, day)]
        if not agrees(when, own if own and is_bare(when) else known):
            yield f"the date {when.text} is not in its quotes"
        elif _other_side(claim, when, texts):
            yield f"before and after {when.text} are confused"


def _dated(quotes: Sequence[CitedQuote]) -> list[tuple[str, str | None]]:
    return [(quote.text, quote.published) for quote in quotes]


def _without_dates(text: str) -> str:
    for when in dates(text):
        start, end = when.span
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _in_any(quantity: Quantity, texts: Sequence[str]) -> bool:
    return any(supports(quantity, quantities(text)) for text in texts)


def _counts_another(
    quantity: Quantity,
    counted: str,
    places: Sequence[tuple[str, Quantity]],
    texts: Sequence[str],
) -> bool:
    """Whether a number counts something else wherever the quotes have it."""
    if not counted:
        return False
    near = [content_words(text[max(0, k.start - _NEAR) : k.end + _NEAR]) for text, k in places]
    if unit := _MEASURES.get(counted):
        measured = [{_MEASURES[word] for word in words if word in _MEASURES} for words in near]
        # "3 million tonnes" for "3 million dollars"; but a price may be one per tonne.
        money = not _unit(quantity) and all(_unit(known) for _, known in places)
        return money or (all(measured) and not any(unit in units for units in measured))
    known = counted in _TIME_UNITS or any(counted in content_words(text) for text in texts)
    return known and not any(counted in words for words in near)


def _other_bound(quantity: Quantity, claim: str, places: Sequence[tuple[str, Quantity]]) -> bool:
    """Whether a number is the least here and the most wherever the quotes have it, or so."""
    side = bound(claim, quantity.start, quantity.end)
    found = {bound(text, known.start, known.end) for text, known in places}
    return bool(side) and found == {-side}


def _unit(quantity: Quantity) -> str:
    return quantity.readings[0][1]


def _other_number(quantity: Quantity, claim: str, texts: Sequence[str]) -> str:
    """Another number of the quotes of what a word such as "one" or "first" counts in the claim.

    "" where the quotes have what it counts without a number.
    """
    counted = _next_word(claim, quantity.end)
    if not counted:
        return ""
    ordinal = _unit(quantity) == "th"
    others = ""
    for text in texts:
        found = {_next_word_at(text, known.end): known for known in quantities(text)}
        for at in _places(text, counted):
            known = found.get(at)
            if known is None or (_unit(known) == "th") != ordinal:
                return ""
            others = known.text
    return others


def _places(text: str, counted: str) -> list[int]:
    """Where words of this stem begin."""
    return [m.start() for m in re.finditer(r"[^\W\d_]+", text) if _root(m[0]) == counted]


def _next_word_at(text: str, end: int) -> int:
    found = re.compile(r"[\s-]+(?=[^\W\d_])").match(text, end)
    return found.end() if found else -1


def _next_word(text: str, end: int) -> str:
    """The stem of the word right after a number."""
    at = _next_word_at(text, end)
    word = re.compile(r"[^\W\d_]+").match(text, at) if at >= 0 else None
    return _root(word[0]) if word and content_words(word[0]) else ""


def _root(word: str) -> str:
    root = stem(word.lower())
    return _PERSONS.get(root, root)


def _counted(claim: str, end: int) -> str:
    """The stem of the word that a number before ``end`` counts, as Russians in "70% of"."""
    phrase = re.split(r"[^\w\s'’.-]", claim[end : end + _NEAR])[0]
    words = content_words(" ".join(phrase.split()[:3]))
    return words[0] if words else ""


def _other_side(claim: str, when: When, texts: Sequence[str]) -> bool:
    """Whether the claim is of before a day and its quotes are of after it, or the other way."""
    side = _side(claim, when)
    sides = [_side(text, day) for text in texts for day in dates(text) if agrees(when, [day])]
    return bool(side) and bool(sides) and all(found == -side for found in sides)


def _side(text: str, when: When) -> int:
    before = text[: when.span[0]]
    if _NOT.search(text):
        return 0  # "not before" is after
    return -1 if _BEFORE_DAY.search(before) else 1 if _AFTER_DAY.search(before) else 0
