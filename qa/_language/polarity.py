"""What a text denies and what it leaves open, by the words around "not", "may" and their like.

A cue has a scope: the content words that follow it in its clause, four at most. Words in the
scope of an odd number of negations are denied; "did not rule out talks" denies no talks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from qa._language.normalise import content_stems, plain, stem, unify_countries

_TOKEN = re.compile(r"[^\W_]+(?:['’.,][^\W_]+)*|[.,;:!?—()]|[\"“”]")

_SCOPE_WORDS = 4
_HEDGED_WORDS = 6


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


def _stems(*lines: str) -> frozenset[str]:
    return frozenset(map(stem, _words(*lines)))


_CLAUSE_ENDS = _words(
    "but while although though however whereas because since until unless instead",
    '. ; : ! ? — ( ) " “ ”',
)
# After "and" these begin a clause of its own.
_CLAUSE_OPENERS = _words(
    "is are was were has have had will would may might could can should must do does did not that",
    "he she they it we i you there this",
)
# Stop words elsewhere; after "not" they are what is denied.
_LIGHT_VERBS = _words(
    "go goes going gone went make makes making made get gets got give gives given know use used",
)

_NOT = _words(
    "not cannot never no none nobody nothing neither nor without hardly barely scarcely unable",
    "unlikely unwilling unaware lack lacks lacked lacking",
)
_NOT_AFTER_ALL = _words("only just merely simply least doubt matter")
_MORE = _words("more fewer less")
_DENYING = _stems("deny refuse reject refute rebuff")
_DENY = stem("deny")
_NEGATIVE_PREFIX = re.compile(r"(?:un|in|im|ir|il|non|dis)(?=[a-z]{4})")
# Words that can say "not" in a paraphrase, though they deny nothing on their own.
_SOFT_NEGATIVES = _stems(
    "doubt skeptical sceptical skepticism scepticism oppose against unclear uncertain ban prevent",
    "block halt avoid exclude only little few fewer less stop reluctant impossible end absence",
    "absent dismiss forbid prohibit bar short limited cancel abandon drop resist",
)

_MODALS = _words("may might could would")
_OPEN = _words("may might could")
# Adverbs and adjectives that leave open what follows them.
_UNSURE = _words("reportedly allegedly possibly probably perhaps maybe likely")
_TENTATIVE = _stems("allegedly alleged suspected accused")
# What says in a paraphrase that somebody else vouches for it, as "reportedly" does.
_ATTRIBUTING = _stems("report accord allege claim")
_HEDGES = _TENTATIVE | _stems(
    "may might could would can should possible possibly possibility perhaps maybe potential",
    "potentially likely unlikely probably",
)
# Words that can stand for the quotes' "may" in a paraphrase, but not beside "will".
_SOFT_HEDGES = _stems(
    "expect suggest appear seem hope threaten propose proposal consider believe think warn fear",
    "risk if whether able chance option prospect allege allegedly reportedly suspect speculate",
    "predict forecast imply hint plan intend aim want seek ask urge call ability open ready",
    "prepared claim opportunity goal",
)


@dataclass(frozen=True, slots=True)
class Scope:
    """A cue such as "not" or "may" and what it bears on.

    Attributes:
        cue: The cue as written.
        stems: Those of the content words it bears on, in order; at least one.
        subject: The stem of the content word before the cue; "" where there is none.
    """

    cue: str
    stems: tuple[str, ...]
    subject: str

    def repeated_in(self, stems: set[str]) -> bool:
        """Whether a text with these stems says the same again, with the cue or without it.

        It does with two words of the scope, or its first one and the subject.
        """
        repeated = stems.intersection(self.stems)
        return len(repeated) >= min(2, len(set(self.stems))) or (
            self.stems[0] in stems and self.subject in stems
        )


@dataclass(slots=True)
class Polarity:
    """What one or more texts deny, leave open and state.

    Attributes:
        negations: Each cue of negation with what it denies; cues that cancel out are not there.
        modals: Each may, might, could or would, with what it leaves open.
        hedged, softened: Stems around a word that hedges, or can stand for one in a paraphrase.
        announced: The first content stem after each "will"; ``purposes``: after each "to".
        denied, stated: Stems that stand, at least once, inside or outside a negation.
        certain: Stems that stand at least once outside the scope of a modal.
        words: All words, plain; ``stems`` their stems, stop words included.
        denies_speech: Whether somebody "denied" a whole sentence or quotation beside the word.
    """

    negations: list[Scope] = field(default_factory=list)
    modals: list[Scope] = field(default_factory=list)
    hedged: set[str] = field(default_factory=set)
    softened: set[str] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)
    purposes: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    stated: set[str] = field(default_factory=set)
    certain: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    stems: set[str] = field(default_factory=set)
    denies_speech: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A word in its place.

    Attributes:
        word: Plain; punctuation as it stands.
        stems: Of its content; a light verb ("make", "know") has one too.
        cues: Places of the negations that bear on it; an even number cancels out.
        left_open: Whether it stands in the scope of a "may" or "allegedly".
    """

    word: str
    stems: tuple[str, ...]
    cues: tuple[int, ...]
    left_open: bool

    @property
    def denied(self) -> bool:
        return len(self.cues) % 2 == 1


@lru_cache(maxsize=512)
def read_tokens(text: str) -> tuple[Token, ...]:
    """The words of ``text`` in order, with what is denied and what is left open."""
    return _Reader(_TOKEN.findall(unify_countries(text))).tokens()


def polarity(texts: Iterable[str]) -> Polarity:
    """What ``texts`` together deny, leave open and state."""
    found = Polarity()
    for one in map(_polarity_of, texts):
        found.negations += one.negations
        found.modals += one.modals
        found.hedged |= one.hedged
        found.softened |= one.softened
        found.announced |= one.announced
        found.purposes |= one.purposes
        found.denied |= one.denied
        found.stated |= one.stated
        found.certain |= one.certain
        found.words |= one.words
        found.stems |= one.stems
        found.denies_speech |= one.denies_speech
    return found


@lru_cache(maxsize=512)
def _polarity_of(text: str) -> Polarity:
    return _Reader(_TOKEN.findall(unify_countries(text))).read()


class _Reader:
    """Finds the cues in one text and what they bear on, all by position of the token."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._words = [plain(token) if token[0].isalnum() else token for token in tokens]
        self._roots = [stem(word) for word in self._words]
        self._content = [
            content_stems(token) or ((root,) if word in _LIGHT_VERBS else ())
            for token, word, root in zip(tokens, self._words, self._roots, strict=True)
        ]

    def read(self) -> Polarity:
        found = Polarity(words=set(self._words), stems=set(self._roots))
        everywhere = range(len(self._words))
        negated = self._negated()
        depth = [sum(at in scope for scope in negated.values()) for at in everywhere]
        for cue, scope in negated.items():
            self._add(found.negations, cue, [at for at in scope if depth[at] % 2])
            if self._words[cue] == "no":
                # "Sees no sign" is "does not see a sign".
                found.denied.update(self._before(cue, 1))
        left_open: set[int] = set()
        for at in everywhere:
            root = self._roots[at]
            if root == _DENY and self._ends_clause_or_text(at + 1):
                found.denies_speech = True
            if self._leaves_open(at):
                scope = self._scope(at)
                left_open.update(scope)
                self._add(found.modals, at, scope)
            if root in _HEDGES or root in _SOFT_HEDGES:
                around = (*self._before(at, 3), root, *self._after(at, _HEDGED_WORDS))
                (found.hedged if root in _HEDGES else found.softened).update(around)
            if self._words[at] in ("will", "won't", "'ll"):
                found.announced.update({*self._after(at, 1)} - _HEDGES)
            elif self._words[at] == "to":
                found.purposes.update(self._after(at, 1))
        for at in everywhere:
            (found.denied if depth[at] % 2 else found.stated).update(self._content[at])
            if at not in left_open:
                found.certain.update(self._content[at])
            if match := _NEGATIVE_PREFIX.match(self._words[at]):
                found.denied.add(stem(self._words[at][match.end() :]))
        return found

    def tokens(self) -> tuple[Token, ...]:
        negated = self._negated()
        left_open = {
            place
            for at in range(len(self._words))
            if self._leaves_open(at)
            for place in self._scope(at)
        }
        return tuple(
            Token(
                word,
                self._content[at],
                tuple(cue for cue, scope in negated.items() if at in scope),
                at in left_open,
            )
            for at, word in enumerate(self._words)
        )

    def _negated(self) -> dict[int, list[int]]:
        """The places of the negations, each with those of the words it bears on."""
        return {at: self._scope(at) for at in range(len(self._words)) if self._negates(at)}

    def _leaves_open(self, at: int) -> bool:
        unsure = self._words[at] in _UNSURE and self._words[at - 1 : at] != ["more"]
        return self._tokens[at] in _MODALS or self._roots[at] in _TENTATIVE or unsure

    def _add(self, scopes: list[Scope], cue: int, scope: list[int]) -> None:
        stems = tuple(root for at in scope for root in self._content[at])
        if stems:
            scopes.append(Scope(self._tokens[cue], stems, "".join(self._before(cue, 1))))

    def _before(self, cue: int, count: int) -> tuple[str, ...]:
        """The last content stems among the few words before ``cue``."""
        content = self._content[max(0, cue - 2 - count) : cue]
        return tuple(root for stems in content for root in stems)[-count:]

    def _after(self, cue: int, count: int) -> tuple[str, ...]:
        """The next content stems in the sentence after ``cue``."""
        found: list[str] = []
        for at in range(cue + 1, len(self._words)):
            if len(found) >= count or self._words[at] in ".!?;":
                break
            found += self._content[at]
        return tuple(found)

    def _negates(self, at: int) -> bool:
        word, root = self._words[at], self._roots[at]
        following = self._words[at + 1] if at + 1 < len(self._words) else ""
        if word in _NOT or word.endswith("n't"):
            after = self._words[at + 1 : at + 3]
            numbered = word == "no" and any(token[0].isdigit() for token in after)
            # "No more than 50" sets a bound.
            numbered = numbered or (following in _MORE and after[1:] == ["than"])
            return following not in _NOT_AFTER_ALL and not numbered
        return (
            (root in _DENYING and self._words[at - 1 : at] != ["or"])
            or (root == "declin" and following in ("to", "comment"))
            or (root == "fail" and following == "to")
            or (root == "rule" and "out" in self._words[at + 1 : at + 3])
            or (word, following) in (("rather", "than"), ("instead", "of"))
        )

    def _scope(self, cue: int) -> list[int]:
        """Where the content words stand that the cue bears on."""
        scope: list[int] = []
        for at in range(cue + 1, len(self._words)):
            if len(scope) == _SCOPE_WORDS or self._ends_clause(at, begun=bool(scope)):
                break
            if self._content[at]:
                scope.append(at)
        if scope:
            return scope
        return [at for at in range(max(0, cue - 4), cue) if self._content[at]][-2:]

    def _ends_clause_or_text(self, at: int) -> bool:
        return at >= len(self._words) or self._words[at] == "," or self._ends_clause(at, begun=True)

    def _ends_clause(self, at: int, *, begun: bool) -> bool:
        word = self._words[at]
        following = self._words[at + 1] if at + 1 < len(self._words) else ""
        joins = word == "," or (word in ("and", "or") and following in _CLAUSE_OPENERS)
        return word in _CLAUSE_ENDS or (begun and joins)


def negation_conflicts(claim: Polarity, quotes: Polarity) -> Iterator[str]:
    """Why the claim denies what its quotes do not, or the other way round.

    A negation of the claim must meet one in the quotes that bears on a word of its scope, and the
    first word of its scope must not be stated by the quotes and never denied. A negation of the
    quotes that the claim repeats (``Scope.repeated_in``, and not in words that the quotes state
    elsewhere) must likewise be met by one in the claim.
    """
    for negation in claim.negations:
        if not _met(negation, quotes):
            yield f"“{negation.cue}” is not in its quotes in this place"
    if claim.denies_speech and quotes.stems.isdisjoint(_DENYING):
        yield "in its quotes nobody denies that"
    softened = (claim.stems - quotes.stems) & _SOFT_NEGATIVES
    for negation in quotes.negations:
        repeated = claim.stated.intersection(negation.stems)
        if (
            negation.repeated_in(claim.stated)
            and not repeated <= quotes.stated
            and not softened
            and not _met(negation, claim)
        ):
            yield f"“{negation.cue}” of its quotes is missing"


def _met(negation: Scope, other: Polarity) -> bool:
    head = negation.stems[0]
    if head in other.stated and head not in other.denied:
        return False
    return not other.denied.isdisjoint(negation.stems)


def modality_conflicts(claim: Polarity, quotes: Polarity) -> Iterator[str]:
    """Why the claim states as a fact what its quotes leave open.

    That is so where the claim repeats what stands in the scope of the quotes' "may", and has no
    hedge of its own near it. "Will" may stand for the "would" of reported speech, but not for
    "may". "Reportedly" is kept by naming who reports it.
    """
    said = claim.stated | claim.denied
    for modal in quotes.modals:
        head = modal.stems[0]
        if modal.cue in _OPEN and head in claim.announced and head not in quotes.announced:
            yield f"“{modal.cue}” of its quotes became “will”"
            continue
        if modal.cue == "reportedly" and not claim.stems.isdisjoint(_ATTRIBUTING):
            continue
        repeated = said.intersection(modal.stems)
        announced = not claim.announced.isdisjoint(modal.stems)
        if (
            modal.repeated_in(said)
            and not repeated <= quotes.certain
            and claim.hedged.isdisjoint(modal.stems)
            and (announced or claim.softened.isdisjoint(modal.stems))
            and not (announced and modal.cue == "would")
            and modal.stems[0] not in claim.purposes
        ):
            yield f"“{modal.cue}” of its quotes is missing"
