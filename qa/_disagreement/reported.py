"""Contradictions that a model reports, shown as its word unless rules object.

A model sees what no rule does ("sank", "was towed into port"), and too easily sees a clash. Rules
object where the sides are not of independent reports, are not about the same thing, or say the
same. Nothing proves the rest, so the reader is told whose reading it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product

from qa._disagreement.sides import Disagreement, Said, disagreement, whole
from qa._disagreement.statements import Statement, fits
from qa._evidence.sentences import Candidate

# Sentences about one thing share at least so many content words, numbers aside.
SHARED_WORDS = 2


def reported_disagreement(
    question: str, sides: Sequence[Sequence[Candidate]], origins: Mapping[str, str]
) -> Disagreement | None:
    """The disagreement of these sides; None where rules object.

    Args:
        question: What it is about.
        sides: The sentences of each side, as a model has them.
        origins: The origin of each article, as ``Archive.origins`` has it.
    """
    statements = [[Statement(candidate) for candidate in side] for side in sides if side]
    reports = [{origins.get(c.article.id, c.article.id) for c in side} for side in sides if side]
    if len(reports) < 2 or any(one & other for one, other in combinations(reports, 2)):
        return None
    if not all(
        any(_about_the_same(a, b) and _differ(a, b) for a, b in product(one, other))
        for one, other in combinations(statements, 2)
    ):
        return None
    said = [[Said(whole(one), one.candidate) for one in side] for side in statements]
    return replace(disagreement(question, said, origins), found_by="model")


def _about_the_same(one: Statement, other: Statement) -> bool:
    return len(one.stems & other.stems) >= SHARED_WORDS


def _differ(one: Statement, other: Statement) -> bool:
    """Whether they do not merely say the same: each has a word of its own, or a value differs."""
    amounts, days = product(one.amounts, other.amounts), list(product(one.days, other.days))
    return (
        bool(one.stems - other.stems and other.stems - one.stems)
        or any(a.unit == b.unit and not a.agrees(b) for a, b in amounts)
        or (bool(days) and not any(fits(a, b) for a, b in days))
        or any(_denies(a, b) for a, b in ((one, other), (other, one)))
    )


def _denies(one: Statement, other: Statement) -> bool:
    """Whether one denies a word that the other leaves standing."""
    return bool((one.polarity.denied & other.stems) - other.polarity.denied)
