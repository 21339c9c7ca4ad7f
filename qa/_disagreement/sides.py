"""What contradicts what: the sides of a disagreement, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from qa._disagreement.statements import Statement, Value
from qa._evidence.selection import Span, sentence_span
from qa._evidence.sentences import Candidate

# What is shown of the sides at most.
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

    ``about`` is the question, or words of the newest side's sentence. ``found_by`` a program's
    rules, or by a model and no more than not objected to by rules.
    """

    about: str
    sides: tuple[Side, ...]
    found_by: Literal["program", "model"] = "program"


@dataclass(frozen=True, slots=True)
class Said:
    """A value, and the sentence that has it."""

    value: Value
    candidate: Candidate


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
        "found_by": found.found_by,
    }


def disagreement(
    about: str, sides: Sequence[Sequence[Said]], origins: Mapping[str, str]
) -> Disagreement:
    """The disagreement of these, in the order in which it is shown.

    Args:
        origins: The origin of each article, as ``Archive.origins`` has it.
    """
    ordered = [sorted(side, key=lambda said: newest_first(said.candidate)) for side in sides]
    ordered.sort(key=lambda side: newest_first(side[0].candidate))
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


def newest_first(candidate: Candidate) -> tuple[bool, tuple[int, ...], str, int]:
    """What sorts accounts: by day of publication, those without one last."""
    published = candidate.article.published
    moment = tuple(-ord(character) for character in published or "")
    return not published, moment, candidate.article.id, candidate.sentence.start


def whole(statement: Statement) -> Value:
    """The whole sentence, without the quotation marks around it: it is shown between such."""
    text = statement.text
    inside = text.strip('“”"')
    if inside and not any(mark in inside for mark in '“”"'):
        start = text.index(inside)
        return statement.value(start, start + len(inside))
    return statement.value(0, len(text))


def same(one: Disagreement, other: Disagreement) -> bool:
    """Whether two have the same articles on their sides, or one sentence on the same values."""
    first = {(s.article.id, s.start) for side in one.sides for s in side.spans}
    second = {(s.article.id, s.start) for side in other.sides for s in side.spans}
    values = {side.value for side in one.sides} & {side.value for side in other.sides}
    return first <= second or len(values) > 1
