"""Where the articles contradict each other, found by program from the evidence.

Precision comes first: a disagreement that is none costs the reader's trust. Two values are held
against each other only if they are about the same thing (``rivals``), or if both articles
answer the question itself with them (``slots``). Figures: ``benchmarks/disagreements.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from qa._disagreement.positions import positions
from qa._disagreement.rivals import Rivals, rivals
from qa._disagreement.slots import agree, answers
from qa._disagreement.statements import Statement, Value
from qa._evidence.selection import NEAR_BEST, Span, sentence_span
from qa._evidence.sentences import Candidate, Evidence
from qa._language.normalise import content_words

# Sentences that are compared, each with each; below this share of the best score they are not
# about the question.
SENTENCES = 24
# What is shown of them at most.
MOST = 3
MOST_SIDES = 5


@dataclass(frozen=True, slots=True)
class Side:
    """One account.

    Attributes:
        value: As it stands in the first of the spans.
        spans: The sentences that say it, of the newest article first.
        origins: How many independent reports these are: copies of one count once.
    """

    value: str
    spans: tuple[Span, ...]
    origins: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What articles say differently. ``sides`` has two or more, the newest first.

    ``about`` is the question, or words of the newest side's sentence.
    """

    about: str
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    value: Value
    candidate: Candidate


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
        if len(kept) < MOST and not any(_same(one, other) for other in kept):
            kept.append(one)
    return tuple(kept)


def disagreement_json(found: Disagreement, quotes: Sequence[Sequence[int]]) -> dict[str, Any]:
    """The documented form; ``quotes`` has, for each side, the numbers of the quotes that say it.

    Outlet and date are those of the side's newest article, ``origins`` counts the independent
    reports among those that are known to say it.
    """
    return {
        "about": found.about,
        "sides": [
            {
                "value": side.value,
                "quotes": list(numbers),
                "outlet": side.spans[0].article.outlet,
                "published": side.spans[0].article.published,
                "origins": side.origins,
            }
            for side, numbers in zip(found.sides, quotes, strict=True)
        ],
    }


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
        [_Said(given[i].value, given[i].statement.candidate) for i in sorted(group)]
        for group in groups
    ]
    return [_disagreement(evidence.question, sides, origins)]


def _positions(
    evidence: Evidence, statements: Sequence[Statement], origins: Mapping[str, str]
) -> list[Disagreement]:
    sides = [
        [_Said(_unquoted(one), one.candidate) for one in side]
        for side in positions(evidence.question, statements)
    ]
    return [_disagreement(evidence.question, sides, origins)] if sides else []


def _unquoted(statement: Statement) -> Value:
    """The whole sentence, without the quotation marks around it: it is shown between such."""
    text = statement.text
    inside = text.strip('“”"')
    if inside and not any(mark in inside for mark in '“”"'):
        start = text.index(inside)
        return statement.value(start, start + len(inside))
    return statement.value(0, len(text))


def _pairs(
    evidence: Evidence, statements: Sequence[Statement], origins: Mapping[str, str]
) -> list[Disagreement]:
    found = []
    asked = set(content_words(evidence.question))
    for one, other in combinations(statements, 2):
        if one.candidate.article.id == other.candidate.article.id:
            continue
        # The newer first, so that what it is about does not depend on the order.
        first, second = sorted((one, other), key=lambda s: _newest_first(s.candidate))
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
        side = [_Said(value, statement.candidate)]
        for more in statements:
            ids = {said.candidate.article.id for said in side}
            if more.candidate.article.id not in ids and more.text == statement.text:
                shift = more.candidate.sentence.start - statement.candidate.sentence.start
                moved = Value(value.start + shift, value.end + shift, value.text)
                side.append(_Said(moved, more.candidate))
        sides.append(side)
    return _disagreement(pair.about, sides, origins)


def _disagreement(
    about: str, sides: Sequence[Sequence[_Said]], origins: Mapping[str, str]
) -> Disagreement:
    ordered = [sorted(side, key=lambda said: _newest_first(said.candidate)) for side in sides]
    ordered.sort(key=lambda side: _newest_first(side[0].candidate))
    return Disagreement(
        about,
        tuple(
            Side(
                side[0].value.text,
                tuple(dict.fromkeys(sentence_span(said.candidate) for said in side)),
                len({origins.get(s.candidate.article.id, s.candidate.article.id) for s in side}),
            )
            for side in ordered[:MOST_SIDES]
        ),
    )


def _newest_first(candidate: Candidate) -> tuple[bool, tuple[int, ...], str, int]:
    """What sorts accounts: by day of publication, those without one last."""
    published = candidate.article.published
    moment = tuple(-ord(character) for character in published or "")
    return not published, moment, candidate.article.id, candidate.sentence.start


def _same(one: Disagreement, other: Disagreement) -> bool:
    """Whether two have the same articles on their sides, or one sentence on the same values."""
    first = {(s.article.id, s.start) for side in one.sides for s in side.spans}
    second = {(s.article.id, s.start) for side in other.sides for s in side.spans}
    values = {side.value for side in one.sides} & {side.value for side in other.sides}
    return first <= second or len(values) > 1
