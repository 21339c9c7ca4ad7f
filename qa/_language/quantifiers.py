"""How many of a kind a text speaks of without a number: few, some, many, most, all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from qa._language.normalise import content_words

_FEW, _SOME, _MANY, _MOST, _ALL = range(1, 6)
_RANKS = {
    "few": _FEW,
    "a few": _SOME,
    "some": _SOME,
    "several": _SOME,
    "many": _MANY,
    "numerous": _MANY,
    "most": _MOST,
    "all": _ALL,
    "every": _ALL,
    "each": _ALL,
}
# Before what is counted: "all of the hostages".
_COUNTED = re.compile(
    rf"(?<![\w’'-])(?P<before>(?:(?!a\s)\w+\s)?)(?P<word>{'|'.join(map(re.escape, _RANKS))})\s"
    r"(?:of\s)?(?:(?:the|its|their|his|her|these|those|our)\s)?(?P<counted>[^\W\d_][\w’'-]*)",
    re.IGNORECASE,
)
# "Not all", "at all", "a few", "the most": another thing is meant.
_OTHERWISE_WORDS = "not at after above of in almost nearly the very so too only"
_OTHERWISE = frozenset(_OTHERWISE_WORDS.split())
_ONLY = re.compile(r"(?P<denied>(?:\bnot|n['’]t)\s+)?\bonly\b", re.IGNORECASE)


def quantifier_conflicts(claim: str, quotes: Sequence[str]) -> Iterator[str]:
    """Why the claim speaks of more of a kind than its quotes, or of few where they have many.

    "All" must not stand for "most", nor "most" for "some", nor "many" for "few", before the same
    word; and the claim's own word is nowhere in the quotes.
    """
    there = [found for quote in quotes for found in _quantified(quote)]
    words = {word for quote in quotes for word in re.findall(r"\w+", quote.lower())}
    for word, counted in _quantified(claim):
        ranks = [_RANKS[other] for other, of in there if of == counted]
        if not ranks or word in words:
            continue
        mine, most, least = _RANKS[word], max(ranks), min(ranks)
        if (
            (mine >= _MOST and mine > most)
            or (mine == _MANY and most == _FEW)
            or (mine == _FEW and least >= _MANY)
        ):
            yield f"its quotes do not say “{word}”"


def only_conflicts(claim: str, quotes: Sequence[str]) -> Iterator[str]:
    """Why the claim says "only" where its quotes say "not only"."""
    quoted = [bool(found["denied"]) for quote in quotes for found in _ONLY.finditer(quote)]
    said = [bool(found["denied"]) for found in _ONLY.finditer(claim)]
    if said and quoted and not any(said) and all(quoted):
        yield "its quotes say “not only”"


@lru_cache(maxsize=512)
def _quantified(text: str) -> tuple[tuple[str, str], ...]:
    """The words that say how many, each with the stem of the word they stand before."""
    return tuple(
        (found["word"].lower(), counted[0])
        for found in _COUNTED.finditer(text)
        if found["before"].strip().lower() not in _OTHERWISE
        and (counted := content_words(found["counted"]))
    )
