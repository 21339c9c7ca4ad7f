"""Those parts of a question that asks for two things that nothing was found on."""

from __future__ import annotations

from collections.abc import Callable

from qa._evidence.confidence import confidence
from qa._evidence.sentences import Evidence
from qa._language.names import KnownNames
from qa._question.parts import questions_in
from qa._question.stand_alone import Turn, stand_alone

# Chosen on the development suites, on 117 pairs of answerable questions joined by "and", of which
# none may be told to be half answered, and 112 pairs with one that nothing answers, of which every
# fifth is: those about something else altogether. A near miss is left to the model to see.
UNCOVERED = 0.25
UNCOVERED_WITH_STRANGE_NAME = 0.45


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
