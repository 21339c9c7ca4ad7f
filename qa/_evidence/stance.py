"""What a sentence says of a proposition: that it is so, that it is not, or nothing to rely on.

The proposition is the one that a question asks about ("Did X resign?") or takes for granted ("Why
did X resign?"). There is no parser here: a sentence speaks of the proposition if it has its words,
or words of the same sense, and its subject before its verb. Whatever is hedged, wished for,
supposed or of another time counts as nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa._evidence.sentences import Candidate
from qa._language.names import names
from qa._language.normalise import content_words
from qa._language.polarity import Token, read_tokens
from qa._language.senses import among, one_word, sense
from qa._language.unreal import SUPPOSED, UNREAL

_AUX = r"(?:do|does|did|is|are|was|were|has|have|had|will|would|can|could)(?:n['’]t)?"
_YES_NO = re.compile(rf"^\W*(?:and |but |so )?(?P<aux>{_AUX})\s+(?P<rest>.+)$", re.I | re.S)
_PRESUPPOSES = re.compile(
    rf"^\W*(?:and |but |so )?(?:(?:on|in|at|to|for|since|until|by|from|with)\s+)?(?:why|when|where"
    rf"|how|what|which|whom?)\b(?:(?!\b{_AUX}\b).){{0,60}}?\s+(?P<aux>{_AUX})\s+(?P<rest>.+)$",
    re.I | re.S,
)
# Two propositions, or one that is put into other words than the articles would use.
_MORE_THAN_ONE = re.compile(
    r"\b(?:or|while|whereas|whether|if|when|because|article|articles|report|reports|compared|change)\b"
    r"|[;:]|, (?:and|but)\b|\?.*\w",
    re.I,
)
_OR_NOT = re.compile(r",? or not\b|\bever\b|\balready\b|\breally\b", re.I)

# Verbs that say nothing of what is done.
_LIGHT = frozenset(
    {
        "put",
        "take",
        "make",
        "give",
        "get",
        "go",
        "come",
        "bring",
        "keep",
        "be",
        "use",
        "find",
        "hold",
    }
)
_LIGHTLY = re.compile(rf"\b(?:{'|'.join(_LIGHT - {'find'})})\b", re.I)
_SAYING = re.compile(r"\b(?:say|says|said|tell|told|think|believe|mean|claim|comment)\b", re.I)
OTHER_TIME = re.compile(
    r"\b(?:yet|earlier|previous(?:ly)?|once|former(?:ly)?|initial(?:ly)?|originally|last (?:year"
    r"|month|week|season|time)|(?:a|\w+) years? ago|no longer|still|again)\b",
    re.I,
)
# "No sign that it is willing" denies that it is.
_SIGNS = frozenset(content_words("sign signs indication evidence signal hint proof show see"))
_SIGN_VERBS = _SIGNS | frozenset(
    content_words("observe find express indicate signal clear public current immediate say")
)
# "Did not say why" denies nothing of what follows.
_INDIRECT = frozenset({"why", "how", "when", "where", "whether", "what", "who", "which", "say"})
_DETERMINERS = frozenset({"the", "a", "an", "his", "her", "its", "their", "this", "that", "these"})
# Whoever acts in the news: never the verb after a name, "US officials urge".
_PEOPLE = frozenset(
    content_words(
        "official officials president minister government army police troops forces spokesman"
        " spokeswoman company leader leaders voters authorities soldiers people party parliament"
        " court council senator lawmakers diplomats ambassador negotiators prosecutors workers"
    )
)
_SPEAKER = re.compile(r"([A-Z][\w’'-]+(?: [\w’'-]+){0,3}?) (?:said|says|told|added|wrote)\b")
# How far from a sentence in code points who speaks in it is looked for.
BESIDE = 300
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
        text: What is asked about or taken for granted, in the question's own words.
        question: The question.
        asked: Whether it asks for yes or no; else it takes the proposition for granted.
        words: Stems of its content, in order; ``names`` are those that are names.
        pivot: The stem of what is said of the subject.
    """

    text: str
    question: str
    asked: bool
    words: tuple[str, ...]
    names: frozenset[str]
    pivot: str

    @property
    def plain(self) -> tuple[str, ...]:
        return tuple(word for word in self.words if word not in self.names)

    @property
    def subject(self) -> frozenset[str]:
        """The words before the pivot."""
        return frozenset(self.words[: self.words.index(self.pivot)])


def proposition(question: str) -> Proposition | None:
    """The one proposition of a question; None where it has none or more than one."""
    text = _OR_NOT.sub("", question.strip().rstrip("?!. "))
    yes_no = _YES_NO.match(text)
    match = yes_no or _PRESUPPOSES.match(text)
    if match is None or _MORE_THAN_ONE.search(match["rest"]):
        return None
    # What somebody said is another matter than whether it is so; and where a light verb says
    # what was done, the next word is no verb.
    if _SAYING.search(match["rest"]) or (not yes_no and _LIGHTLY.search(match["rest"])):
        return None
    rest = one_word(match["rest"])
    named = frozenset(stem for name in names(f"It {rest}") for stem in content_words(name.text))
    tokens = read_tokens(rest)
    if (match["aux"].endswith("t") and not yes_no) or any(token.denied for token in tokens):
        return None  # "Why did X not resign?" takes the contrary for granted
    words = tuple(stem for token in tokens for stem in token.stems if stem not in _LIGHT)
    pivot = _pivot(
        tokens, named, is_be=match["aux"].lower().startswith(("is", "are", "was", "were"))
    )
    if pivot is None:
        return None
    return Proposition(match["rest"].strip(), question, yes_no is not None, words, named, pivot)


def _pivot(tokens: Sequence[Token], named: frozenset[str], *, is_be: bool) -> str | None:
    """The stem of what is said of the subject.

    A question's words stand in runs between function words, "the Tarn mayor | in court | charged".
    The first run of two plain words, or the first after a subject, has the verb: its last word
    where it begins with "the", else the one after the subject.
    """
    subject = False
    for run, determined in _runs(tokens):
        plain = [
            stem for stem in run if stem not in named and stem.isalpha() and not stem.endswith("li")
        ]
        named_first = bool(run) and run[0] in named
        if len(plain) > 1 and plain[0] in _PEOPLE:
            return plain[1]
        if not plain:
            subject = subject or named_first
        elif subject:
            return plain[0]
        elif len(plain) == 1:
            if named_first and not (determined and is_be):
                return plain[0]
            subject = True
        elif determined:
            return plain[-1]
        else:
            return plain[0] if named_first else plain[1]
    return None


def _runs(tokens: Sequence[Token]) -> Iterator[tuple[list[str], bool]]:
    """The rows of content words, and whether a determiner stands before each."""
    run: list[str] = []
    determined = False
    for token in tokens:
        content = [stem for stem in token.stems if stem not in _LIGHT]
        if content:
            run += content
        elif run and not token.stems:
            yield run, determined
            run, determined = [], token.word in _DETERMINERS
        elif not run:
            determined = token.word in _DETERMINERS
    if run:
        yield run, determined


@dataclass(frozen=True, slots=True)
class Stance:
    """What a sentence says: ``holds`` or not, and whether of the future."""

    holds: bool
    future: bool


def stance(candidate: Candidate, about: Proposition) -> Stance | None:
    """What a sentence says of a proposition; None where it says nothing to rely on."""
    text, context = candidate.sentence.text, candidate.context
    if text.rstrip("”\"'").endswith("?") or (
        OTHER_TIME.search(text) and not OTHER_TIME.search(about.question)
    ):
        return None
    if not all(among(name, context) for name in about.names):
        return None
    tokens = read_tokens(one_word(text))
    own = frozenset(stem for token in tokens for stem in token.stems)
    if any(token.word in SUPPOSED for token in tokens):
        return None
    plain = about.plain
    known = [word for word in plain if spoken_of(word, own)]
    everywhere = [word for word in plain if spoken_of(word, own | context)]
    if len(everywhere) < len(plain) or len(known) < OWN * len(plain):
        return None
    found = [
        one
        for at in range(len(tokens))
        if (one := _said_at(at, tokens, candidate, about)) is not None
    ]
    denying = [one for one in found if not one.holds]
    if denying or not found:
        return denying[0] if denying else None
    # Where anything is denied, what is affirmed beside it is too uncertain.
    return None if any(token.denied for token in tokens) else found[0]


def spoken_of(word: str, stems: frozenset[str]) -> bool:
    """Whether one of ``stems`` means the same as ``word``, or the opposite."""
    return among(word, stems) or any(sense(word, stem) for stem in stems)


def _said_at(
    at: int, tokens: Sequence[Token], candidate: Candidate, about: Proposition
) -> Stance | None:
    """What the sentence says of the proposition by the word at one place."""
    token, before = tokens[at], tokens[:at]
    agreement = next((found for s in token.stems if (found := sense(about.pivot, s))), 0)
    if not agreement or token.left_open:
        return None
    if not _subject_precedes(before, candidate, about.subject):
        return None
    near = [t for t in before[-6:] if t.word not in about.question.lower()]
    if agreement > 0 and any(t.word in UNREAL or set(t.stems) & UNREAL for t in near):
        return None
    denied = token.denied
    if denied and not _reaches(token.cues, at, tokens, about):
        return None
    denied = denied or _signs_denied(before)
    words = {t.word for t in before[-4:]}
    return Stance((agreement > 0) != denied, bool(words & _FUTURE) and not words & _PAST)


def _subject_precedes(
    before: Sequence[Token], candidate: Candidate, subject: frozenset[str]
) -> bool:
    """Whether the subject stands before what is said of it, or a pronoun that means it.

    "I" is who is said to speak beside it, "he" whom the sentence before begins with.
    """
    if any(among(stem, subject) for token in before for stem in token.stems):
        return True
    if any(token.stems for token in before):
        return False
    article, sentence = candidate.article.text, candidate.sentence
    if any(token.word.partition("'")[0] in ("i", "we") for token in before):
        beside = article[sentence.end - 1 : sentence.end + BESIDE]
        speakers = [match[1] for match in _SPEAKER.finditer(beside)]
    else:
        earlier = article[max(0, sentence.start - BESIDE) : sentence.start].rstrip()
        speakers = [" ".join(re.split(r"(?<=[.!?])\s", earlier)[-1].split()[:8])]
    return any(among(s, subject) for text in speakers[:1] for s in content_words(text))


def _reaches(cues: Sequence[int], at: int, tokens: Sequence[Token], about: Proposition) -> bool:
    """Whether what is denied is the word itself, and not "say" in "did not say why it did"."""
    cue = max(cue for cue in cues)
    between = tokens[cue + 1 : at] if cue < at else ()
    words = frozenset(about.words)
    if any(token.word in _INDIRECT for token in between):
        return False
    return all(
        token.word.endswith("ly") or set(token.stems) <= _SIGN_VERBS or among(stem, words)
        for token in between
        for stem in token.stems
    )


def _signs_denied(before: Sequence[Token]) -> bool:
    return any(token.denied and set(token.stems) & _SIGNS for token in before)
