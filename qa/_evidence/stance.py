"""What a sentence says of a proposition: that it is so, that it is not, or nothing to rely on.

The proposition is the one that a question asks about ("Did X resign?") or takes for granted ("Why
did X resign?"). There is no parser here: a sentence speaks of the proposition if it has its words,
or words of the same sense, and its subject before its verb. Whatever is hedged, wished for,
supposed or of another time counts as nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa._language.names import names
from qa._language.normalise import content_words
from qa._language.polarity import Token, read_tokens
from qa._language.senses import among, one_word, sense

_AUX = (
    r"(?:do|does|did|is|are|was|were|has|have|had|will|would|can|could)(?:n['’]t)?"  # noqa: RUF001
)
_YES_NO = re.compile(rf"^\W*(?:and |but |so )?(?P<aux>{_AUX})\s+(?P<rest>.+)$", re.I | re.S)
_PRESUPPOSES = re.compile(
    rf"^\W*(?:and |but |so )?(?:why|when|where|how(?! (?:many|much|long|old|far|often|likely)\b)"
    rf"|(?:on|in|at|to|for|since|until|by)?\s*(?:what|which) (?:\w+ )?(?:day|date|year|month|reason"
    rf"|town|city|country|place)|since when|how come)\s+(?P<aux>{_AUX})\s+(?P<rest>.+)$",
    re.I | re.S,
)
# Two propositions, or one that is put into other words than the articles would use.
_MORE_THAN_ONE = re.compile(
    r"\b(?:while|whereas|whether|if|when|because|article|articles|report|reports|compared|change)\b"
    r"|[;:]|, (?:and|but)\b|\?.*\w",
    re.I,
)
_OR_NOT = re.compile(r",? or not\b|\bever\b|\balready\b|\breally\b", re.I)

# Verbs that say nothing of what is done.
_LIGHT = frozenset(
    {"put", "take", "make", "give", "get", "go", "come", "bring", "keep", "be", "use", "know"}
) - {"know"}
# What is wished, planned or asked for is not so.
_UNREAL = frozenset(
    content_words(
        "want hope aim seek plan threaten propose consider call urge demand need try attempt ask"
        " expect vow promise pledge intend doubt question fear warn believe plead suggest"
    )
) | {"should", "must", "if", "whether", "unless", "to"}
_SUPPOSED = frozenset({"if", "whether", "unless", "until", "plead", "pleads", "pleaded"})
_OTHER_TIME = re.compile(
    r"\b(?:yet|earlier|previous(?:ly)?|once|former(?:ly)?|initial(?:ly)?|originally|last (?:year"
    r"|month|week|season|time)|(?:a|\w+) years? ago|no longer|still|again)\b",
    re.I,
)
# "No sign that it is willing" denies that it is.
_SIGNS = frozenset(content_words("sign signs indication evidence signal hint proof show see"))
_SIGN_VERBS = _SIGNS | frozenset(
    content_words("observe find express indicate signal clear public current immediate say")
)
_FUTURE = frozenset({"will", "won't", "would", "shall"})
_PAST = frozenset(
    {"has", "have", "had", "was", "were", "did", "hasn't", "haven't", "didn't", "wasn't", "weren't"}
)

# Of the plain words of a proposition, the share that a sentence has itself.
OWN = 0.6


@dataclass(frozen=True, slots=True)
class Proposition:
    """What a question asks about or takes for granted.

    Attributes:
        question: The question.
        asked: Whether it asks for yes or no; else it takes the proposition for granted.
        words: Stems of its content, in order; ``names`` are those that are names.
        pivots: Stems of the words that can be what is said of the subject.
    """

    question: str
    asked: bool
    words: tuple[str, ...]
    names: frozenset[str]
    pivots: tuple[str, ...]

    @property
    def plain(self) -> tuple[str, ...]:
        return tuple(word for word in self.words if word not in self.names)

    def subject(self, pivot: str) -> frozenset[str]:
        """The words before the first pivot."""
        at = self.words.index(pivot)
        return frozenset(self.words[:at])


def proposition(question: str) -> Proposition | None:
    """The one proposition of a question; None where it has none or more than one."""
    text = _OR_NOT.sub("", question.strip().rstrip("?!. "))
    yes_no = _YES_NO.match(text)
    match = yes_no or _PRESUPPOSES.match(text)
    if match is None or _MORE_THAN_ONE.search(match["rest"]):
        return None
    rest = one_word(match["rest"])
    named = frozenset(stem for name in names(f"It {rest}") for stem in content_words(name.text))
    words: list[str] = []
    pivots: list[str] = []
    purposes: list[str] = []
    before = ""
    for token in read_tokens(rest):
        for stem in token.stems:
            if stem in _LIGHT:
                continue
            if words and stem not in named:
                (purposes if before == "to" else pivots).append(stem)
            words.append(stem)
        before = token.word
    found = tuple(pivots or purposes)
    return Proposition(question, yes_no is not None, tuple(words), named, found) if found else None


@dataclass(frozen=True, slots=True)
class Stance:
    """What a sentence says: ``holds`` or not, and whether of the future."""

    holds: bool
    future: bool


def stance(text: str, context: frozenset[str], about: Proposition) -> Stance | None:
    """What a sentence says of a proposition; None where it says nothing to rely on.

    Args:
        text: The sentence.
        context: Stems of its words, its neighbours' and its article's title.
    """
    if text.rstrip("”\"'").endswith("?") or (
        _OTHER_TIME.search(text) and not _OTHER_TIME.search(about.question)
    ):
        return None
    if not all(among(name, context) for name in about.names):
        return None
    tokens = read_tokens(one_word(text))
    own = frozenset(stem for token in tokens for stem in token.stems)
    if any(token.word in _SUPPOSED for token in tokens):
        return None
    plain = about.plain
    known = [word for word in plain if _spoken_of(word, own)]
    everywhere = [word for word in plain if _spoken_of(word, own | context)]
    if len(everywhere) < len(plain) or len(known) < OWN * len(plain):
        return None
    found = [
        one
        for at, token in enumerate(tokens)
        for pivot in about.pivots
        if (one := _said_at(at, token, tokens, pivot, about)) is not None
    ]
    if any(one.holds for one in found) and any(not one.holds for one in found):
        denied = [one for one in found if not one.holds]
        return denied[0]
    # Affirmed only if every word that can be denied is there and stated.
    if found and found[0].holds and (any(token.denied for token in tokens) or len(found) < 1):
        return None
    return found[0] if found else None


def _spoken_of(word: str, stems: frozenset[str]) -> bool:
    return among(word, stems) or any(sense(word, stem) for stem in stems)


def _said_at(
    at: int, token: Token, tokens: Sequence[Token], pivot: str, about: Proposition
) -> Stance | None:
    """What the sentence says of the proposition by the word at one place."""
    agreement = next((found for s in token.stems if (found := sense(pivot, s))), 0)
    if not agreement or token.left_open:
        return None
    before = tokens[:at]
    if not _subject_precedes(before, about.subject(pivot)):
        return None
    if any(t.word in _UNREAL or set(t.stems) & _UNREAL for t in before[-6:]) and (
        agreement > 0 and pivot not in _UNREAL
    ):
        near = [t for t in before[-6:] if t.word != "to"]
        if any(t.word in _UNREAL or set(t.stems) & _UNREAL for t in near):
            return None
    denied = token.denied
    if denied and not _reaches(token.cues, at, tokens, about):
        return None
    if not denied and _signs_denied(before):
        denied = True
    holds = (agreement > 0) != denied
    near_words = [t.word for t in before[-4:]]
    future = any(w in _FUTURE for w in near_words) and not any(w in _PAST for w in near_words)
    return Stance(holds, future)


def _subject_precedes(before: Sequence[Token], subject: frozenset[str]) -> bool:
    stems = [stem for token in before for stem in token.stems]
    if any(among(stem, subject) for stem in stems):
        return True
    return not stems  # "I am ready": who speaks stands around it


def _reaches(cues: Sequence[int], at: int, tokens: Sequence[Token], about: Proposition) -> bool:
    """Whether what is denied is the word itself, and not "say" in "did not say why it did"."""
    cue = max(cue for cue in cues)
    between = tokens[cue + 1 : at] if cue < at else ()
    words = frozenset(about.words)
    return all(
        token.word.endswith("ly") or set(token.stems) <= _SIGN_VERBS or among(stem, words)
        for token in between
        for stem in token.stems
    )


def _signs_denied(before: Sequence[Token]) -> bool:
    return any(token.denied and set(token.stems) & _SIGNS for token in before)
