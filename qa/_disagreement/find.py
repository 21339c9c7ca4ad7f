"""Where the articles contradict each other, found by program from the evidence.

Precision comes first: a disagreement that is none costs the reader's trust. Two values are held
against each other only if they are about the same thing (``rivals``), or if both articles
answer the question itself with them (``slots``). Figures: ``benchmarks/disagreements.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from qa._disagreement.positions import positions
from qa._disagreement.rivals import Rivals, rivals
from qa._disagreement.sides import Disagreement, Said, disagreement, newest_first, same, whole
from qa._disagreement.slots import agree, answers
from qa._disagreement.statements import Statement, Value
from qa._evidence.selection import NEAR_BEST
from qa._evidence.sentences import Evidence
from qa._language.normalise import content_words

# Sentences that are compared, each with each; below this share of the best score they are not
# about the question.
SENTENCES = 24
# What is shown of them at most.
MOST = 3


def find_disagreements(evidence: Evidence, origins: Mapping[str, str]) -> tuple[Disagreement, ...]:
    """The disagreements between articles on what the question is about, the surest first.

    Args:
        evidence: Its candidates, in whatever order of articles.
        origins: The origin of each article, as ``Archive.origins`` has it.
    """
    if not evidence.candidates:
        return ()
    best = evidence.candidates[0].score
    near = [c for c in evidence.candidates if c.score >= NEAR_BEST * best]
    near = [c for c in near if not c.sentence.text.endswith("?")]
    statements = [Statement(candidate) for candidate in near[:SENTENCES]]
    found = [
        *_slot(evidence, statements, origins),
        *_positions(evidence, statements, origins),
        *_pairs(evidence, statements, origins),
    ]
    kept: list[Disagreement] = []
    for one in found:
        if len(kept) < MOST and not any(same(one, other) for other in kept):
            kept.append(one)
    return tuple(kept)


def _slot(
    evidence: Evidence, statements: Sequence[Statement], origins: Mapping[str, str]
) -> list[Disagreement]:
    given = answers(evidence, statements)
    groups: list[list[int]] = []
    for index, one in enumerate(given):
        joined = [g for g in groups if any(agree(one, given[other]) for other in g)]
        groups = [g for g in groups if g not in joined]
        groups.append([index, *(i for g in joined for i in g)])
    if len(groups) < 2:
        return []
    sides = [
        [Said(given[i].value, given[i].statement.candidate) for i in sorted(group)]
        for group in groups
    ]
    return [disagreement(evidence.question, sides, origins)]


def _positions(
    evidence: Evidence, statements: Sequence[Statement], origins: Mapping[str, str]
) -> list[Disagreement]:
    sides = [
        [Said(whole(one), one.candidate) for one in side]
        for side in positions(evidence.question, statements)
    ]
    return [disagreement(evidence.question, sides, origins)] if sides else []


def _pairs(
    evidence: Evidence, statements: Sequence[Statement], origins: Mapping[str, str]
) -> list[Disagreement]:
    found = []
    asked = set(content_words(evidence.question))
    for one, other in combinations(statements, 2):
        if one.candidate.article.id == other.candidate.article.id:
            continue
        # The newer first, so that what it is about does not depend on the order.
        first, second = sorted((one, other), key=lambda s: newest_first(s.candidate))
        for pair in rivals(first, second):
            # A question that names both compares two things.
            values = set(content_words(pair.one.text)), set(content_words(pair.other.text))
            if values[0] != values[1] and values[0] | values[1] <= asked:
                continue
            found.append(_grouped(pair, first, second, statements, origins))
    return found


def _grouped(
    pair: Rivals,
    one: Statement,
    other: Statement,
    statements: Sequence[Statement],
    origins: Mapping[str, str],
) -> Disagreement:
    """The two, each with the articles that say the same in the same words."""
    sides = []
    for statement, value in ((one, pair.one), (other, pair.other)):
        side = [Said(value, statement.candidate)]
        for more in statements:
            ids = {said.candidate.article.id for said in side}
            if more.candidate.article.id not in ids and more.text == statement.text:
                shift = more.candidate.sentence.start - statement.candidate.sentence.start
                moved = Value(value.start + shift, value.end + shift, value.text)
                side.append(Said(moved, more.candidate))
        sides.append(side)
    return disagreement(pair.about, sides, origins)
