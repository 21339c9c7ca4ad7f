"""The parts of a question that asks for two things, and those that nothing was found on."""

from __future__ import annotations

import re
from collections.abc import Callable

from qa._evidence.confidence import confidence
from qa._evidence.sentences import Evidence
from qa._language.names import KnownNames
from qa._language.normalise import content_words
from qa._question.stand_alone import Turn, stand_alone

_WH = r"(?:how|what|which|who|whom|whose|when|where|why)\b"
_AUX = r"(?:do|does|did|is|are|was|were|has|have|had|will|would|can|could|should)\b"
_AND_WH = re.compile(rf"(?:,?\s+and|,?\s+while|,?\s+whereas|;|\?)\s+(?={_WH})", re.IGNORECASE)
# "Who was hurt and is in hospital" asks one thing: only a question that begins so goes on so.
_AND_AUX = re.compile(rf"(?:,?\s+and|;|\?)\s+(?={_AUX})|,\s+(?:while|whereas)\s+", re.IGNORECASE)

FEWEST_WORDS = 2
"""A part with fewer content words says too little to tell whether anything answers it."""

# Chosen on the development suites, on 117 pairs of answerable questions joined by "and", of which
# none may be told to be half answered, and 112 pairs with one that nothing answers, of which every
# fifth is: those about something else altogether. A near miss is left to the model to see.
UNCOVERED = 0.25
UNCOVERED_WITH_STRANGE_NAME = 0.45


def questions_in(question: str) -> tuple[str, ...]:
    """The questions that ``question`` is made of, in order; empty where it is only one.

    "How many did A, and what did B say?" and "Does A …, while B …?" have two. A part is a slice
    of the question; it may lean on the one before it, as a follow-up does.
    """
    joint = _AND_AUX if re.match(_AUX, question.strip(), re.IGNORECASE) else _AND_WH
    found = tuple(part.strip(" ,;?") for part in joint.split(question))
    long_enough = all(len(set(content_words(part))) >= FEWEST_WORDS for part in found)
    return found if len(found) > 1 and long_enough else ()


def stand_alone_parts(question: str) -> list[tuple[str, str]]:
    """The parts of a question, each with what to search for: it may lean on the one before."""
    found = questions_in(question)
    before = [[], *([Turn(part, "")] for part in found)]
    return [(part, stand_alone(part, turns)) for part, turns in zip(found, before, strict=False)]


def uncovered_parts(question: str, find: Callable[[str], Evidence]) -> tuple[str, ...]:
    """The parts that no evidence is about; none where the question has one part or all are.

    ``find`` searches for the evidence of a question.
    """
    found = stand_alone_parts(question)
    missing = [part for part, asked in found if not _covered(part, find(asked))]
    return () if len(missing) == len(found) else tuple(missing)


def _covered(part: str, evidence: Evidence) -> bool:
    sure = confidence(evidence)
    if sure >= UNCOVERED_WITH_STRANGE_NAME:
        return True
    known = [candidate.sentence.text for candidate in evidence.candidates]
    for article in evidence.articles:
        fields = (article.title, article.outlet, article.author, article.published)
        known += [value for value in fields if value]
    return sure >= UNCOVERED and not any(KnownNames(known).missing(part))
