"""Values of two sentences that cannot both be true: numbers, days, names, yes and no.

Two sentences are compared only when they are about the same thing: either one is an edited copy
of the other (an update, a correction, a planted error), so that the place of a value in the one
is its place in the other; or both share what the number counts and what happened, and neither
has a name or a day that sets it apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from qa._disagreement.statements import (
    Statement,
    Value,
    compatible_days,
    compatible_names,
    of_some,
    published_together,
    same_day,
    touch,
    written_days,
)
from qa._evidence.stance import OTHER_TIME
from qa._language.amounts import Amount
from qa._language.normalise import content_words
from qa._language.opposites import opposite_conflicts
from qa._language.polarity import Polarity, Scope

# An edited copy: this share of the words of both together, and no more places changed.
COPIED = 0.7
CHANGES = 2
# Different wordings of one fact share at least so many content words, and where one says yes and
# the other no, so much of the shorter: "the water is safe to drink" and "residents do not drink
# the water" are about different things.
SHARED_WORDS = 3
SHARED = 0.75
# Accounts of one count differ by less than this factor.
FACTOR = 5
_PERSONS = frozenset(content_words("people persons men women others individuals"))
# What follows is not denied: "did not say why it closed".
_INDIRECT = re.compile(
    r"\s+(?:say|said|know|knew|tell|told|explain|ask)\b|\s+\w+ (?:why|how|when|where|who|what)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Rivals:
    """Two values for one thing. ``about``: words of the first sentence that both have."""

    one: Value
    other: Value
    about: str


def rivals(one: Statement, other: Statement) -> Iterator[Rivals]:
    """What two sentences of different articles say differently of the same thing."""
    changed = edited_copy(one, other)
    if changed is not None:
        yield from _changed_values(one, other, changed)
        return
    if published_together(one, other) and compatible_days(one, other):
        yield from _rival_amounts(one, other)
        yield from _rival_positions(one, other)


Change = tuple[int, int, int, int]
"""``words[a:b]`` of the one stand where ``words[c:d]`` stand in the other."""


def edited_copy(one: Statement, other: Statement) -> list[Change] | None:
    """The places changed between two copies of one sentence; None if they are no copies."""
    shared = len(one.stems & other.stems)
    if shared < SHARED_WORDS or shared < COPIED * min(len(one.stems), len(other.stems)):
        return None
    matcher = SequenceMatcher(None, one.plain, other.plain, autojunk=False)
    if matcher.ratio() < COPIED:
        return None
    changes = [(a, b, c, d) for op, a, b, c, d in matcher.get_opcodes() if op != "equal"]
    return changes if len(changes) <= CHANGES else []


def _changed_values(one: Statement, other: Statement, changes: list[Change]) -> Iterator[Rivals]:
    for a, b, c, d in changes:
        if not (b > a and d > c):
            continue
        for found in _changed_amounts(one, other, (a, b, c, d)):
            yield found
            return
        for found in _changed_days(one, other, (a, b, c, d)):
            yield found
            return
        # A name in the place of another, and nothing else: what is said of whom is the same.
        if len(changes) == 1 and (found_name := _changed_name(one, other, (a, b, c, d))):
            yield found_name
            return
    if changes:
        yield from _rival_positions(one, other, copies=True)


def _slice(statement: Statement, first: int, last: int) -> tuple[int, int]:
    return statement.words[first].start(), statement.words[last - 1].end()


def _within(statement: Statement, first: int, last: int) -> list[Amount]:
    start, end = _slice(statement, first, last)
    return [a for a in statement.amounts if a.start < end and start < a.end]


def _changed_amounts(one: Statement, other: Statement, change: Change) -> Iterator[Rivals]:
    mine, theirs = _within(one, *change[:2]), _within(other, *change[2:])
    if len(mine) == len(theirs) == 1 and mine[0].unit == theirs[0].unit:
        (first,), (second,) = mine, theirs
        if not first.agrees(second) and _unknown_to_each_other(one, first, other, second):
            yield Rivals(
                one.value(first.start, first.end),
                other.value(second.start, second.end),
                _about(one, other, first.start),
            )


def _changed_days(one: Statement, other: Statement, change: Change) -> Iterator[Rivals]:
    found = []
    for statement, (first, last) in ((one, change[:2]), (other, change[2:])):
        start, end = _slice(statement, first, last)
        spans = [when for when in written_days(statement.text) if touch(when.span, (start, end))]
        found.append(spans)
    mine, theirs = found
    if len(mine) == len(theirs) == 1 and not same_day(one, mine[0], other, theirs[0]):
        yield Rivals(
            one.value(*mine[0].span),
            other.value(*theirs[0].span),
            _about(one, other, mine[0].span[0]),
        )


def _changed_name(one: Statement, other: Statement, change: Change) -> Rivals | None:
    values = []
    for statement, rival, (first, last) in (
        (one, other, change[:2]),
        (other, one, change[2:]),
    ):
        start, end = _slice(statement, first, last)
        words = [word[0] for word in statement.words[first:last]]
        stems = {stem for word in words for stem in content_words(word)}
        if not stems or not stems <= statement.names or last - first > 5:
            return None
        text = rival.candidate.article.text.lower()
        if any(word.lower() in text for word in words if len(word) > 3):
            return None
        values.append(statement.value(start, end))
    return Rivals(values[0], values[1], _about(one, other, values[0].start))


def _unknown_to_each_other(one: Statement, a: Amount, other: Statement, b: Amount) -> bool:
    """Whether neither sentence has the other's number as well: "rose from 12 to 15"."""
    return not any(x.agrees(b) for x in one.amounts) and not any(x.agrees(a) for x in other.amounts)


def _rival_amounts(one: Statement, other: Statement) -> Iterator[Rivals]:
    shared = one.stems & other.stems
    if len(shared) < SHARED_WORDS - 1 or not compatible_names(one, other):
        return
    for first in one.amounts:
        for second in other.amounts:
            if (
                first.unit == second.unit
                and not first.agrees(second)
                and first.value < FACTOR * second.value
                and second.value < FACTOR * first.value
                and not (of_some(one, first) or of_some(other, second))
                and _count_the_same(one, first, other, second, shared)
                and _unknown_to_each_other(one, first, other, second)
            ):
                yield Rivals(
                    one.value(first.start, first.end),
                    other.value(second.start, second.end),
                    _about(one, other, first.start),
                )


def _count_the_same(
    one: Statement, a: Amount, other: Statement, b: Amount, shared: frozenset[str]
) -> bool:
    """Whether both numbers count the same thing and the same happened to it.

    "15 people were killed in Kharkiv" and "killed 12 in Kharkiv" do; "killed 12 soldiers" and
    "15 civilians killed" do not.
    """
    left_a, right_a = one.around(a.start, a.end)
    left_b, right_b = other.around(b.start, b.end)
    counted_a = right_a[0] if right_a else ""
    counted_b = right_b[0] if right_b else ""
    near = {*left_a[:2], *right_a[:3]} & {*left_b[:2], *right_b[:3]}
    if a.unit:
        local = {*left_a[:3], *right_a[:3]} & {*left_b[:3], *right_b[:3]}
        return len(local) >= 2 and len(shared - local) >= 1
    if counted_a == counted_b and counted_a:
        return len(near) >= 2 and len(shared - {counted_a}) >= 2
    event = near - _PERSONS
    generic = [c for c in (counted_a, counted_b) if c in _PERSONS or c in near or not c]
    return bool(event) and len(generic) == 2 and len(shared - near) >= 1


def _rival_positions(one: Statement, other: Statement, *, copies: bool = False) -> Iterator[Rivals]:
    """One denies what the other states, in the same words."""
    shared = one.stems & other.stems
    if bool(OTHER_TIME.search(one.text)) != bool(OTHER_TIME.search(other.text)):
        return
    if not copies and (
        len(shared) < SHARED_WORDS
        or len(shared) < SHARED * min(len(one.stems), len(other.stems))
        or not compatible_names(one, other)
    ):
        return
    denies = [
        (scope, denying, stating)
        for denying, stating in ((one, other), (other, one))
        for scope in denying.polarity.negations
        if _stated(scope, stating.polarity, denying.polarity) and _follows(scope, denying.text)
    ]
    opposite = copies and any(
        any(opposite_conflicts(a.polarity, b.polarity)) for a, b in ((one, other), (other, one))
    )
    if denies or opposite:
        yield Rivals(
            one.value(0, len(one.text)), other.value(0, len(other.text)), _about(one, other, 0)
        )


def _follows(scope: Scope, text: str) -> bool:
    """Whether what is denied stands after the cue: "did not say how" denies nothing before it.

    Nor does "did not say why it closed" deny that it closed.
    """
    following = text.rpartition(scope.cue)[2]
    if _INDIRECT.match(following):
        return False
    return scope.stems[0] in content_words(following)


def _stated(scope: Scope, stating: Polarity, denying: Polarity) -> bool:
    """Whether ``stating`` says plainly what ``scope`` of ``denying`` denies."""
    needed = min(2, len(set(scope.stems)))
    said = [s for s in scope.stems if s in stating.stated and s not in stating.denied]
    return (
        len(set(said)) >= needed
        and scope.stems[0] in said
        and scope.stems[0] not in denying.stated
        and not stating.negations
        and not any(s in stating.hedged | stating.softened for s in said)
        and (not scope.subject or scope.subject in stating.stems)
    )


def _about(one: Statement, other: Statement, at: int) -> str:
    """The content words near offset ``at`` of ``one`` that ``other`` has too, in its order."""
    found = [
        word for word in one.words if (stems := one.stems_of(word)) and set(stems) <= other.stems
    ]
    nearest = sorted(found, key=lambda word: abs(word.start() - at))[:5]
    return " ".join(word[0] for word in sorted(nearest, key=lambda word: word.start()))
