"""Whether the closest sentences say otherwise than the question has it.

A question that the articles nearly answer often differs from one of their sentences in one word:
it denies what the sentence affirms, or it has another name, number or opposite in the same place
("the French border" for "the Dutch border"). The unanswerable questions of SQuAD 2.0 were made in
these ways among others (Rajpurkar, Jia and Liang, ACL 2018).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from qa._evidence.sentences import Candidate
from qa._language.normalise import content_words, unify_countries
from qa._language.opposites import opposite_words
from qa._language.polarity import read_tokens
from qa._language.senses import among, one_word

# Share of the question's words that a sentence must have to affirm what the question denies.
SAME_MATTER = 0.5

_YES_NO = re.compile(
    r"^\W*(?:and |but |so )?(?:do|does|did|is|are|was|were|has|have|had|will|would|can|could"
    r"|should)\b|\bor not\b|\bwhether\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['’.&-](?=[^\W_])[^\W_]+)*|[^\w\s]")
_BEFORE_WORDS = "the a an this that these those of in at from on by for with to as most about"
_BEFORE_A_NOUN = frozenset(_BEFORE_WORDS.split())
# Words before one noun that say different things of it: its place in a row, its size, likeness.
_SCALES = tuple(
    {word: place for place, words in enumerate(scale.split("/")) for word in words.split()}
    for scale in (
        "first/second/third/fourth/fifth/sixth/seventh/eighth/ninth/tenth/last final",
        "large larger largest big bigger biggest/small smaller smallest",
        "high higher highest/low lower lowest",
        "similar/different",
        "hot/cold",
    )
)


def says_otherwise(question: str, closest: Sequence[Candidate]) -> bool:
    """Whether ``closest``, the sentences nearest to ``question``, say otherwise.

    Never of a question for yes or no, which they answer by that.
    """
    return _YES_NO.search(question) is None and (
        _affirm_what_is_denied(question, closest) or _have_another_in_its_place(question, closest)
    )


def _affirm_what_is_denied(question: str, closest: Iterable[Candidate]) -> bool:
    """Whether one is of the same matter, without the question's negation, and none has it."""
    asked = read_tokens(one_word(question))
    denied = {stem for token in asked if token.denied for stem in token.stems}
    words = [stem for token in asked for stem in token.stems]
    affirmed = False
    for candidate in closest if denied else ():
        tokens = read_tokens(one_word(candidate.sentence.text))
        negated = frozenset(stem for token in tokens if token.denied for stem in token.stems)
        stated = frozenset(stem for token in tokens if not token.denied for stem in token.stems)
        if any(among(word, negated) for word in denied):
            return False
        shared = sum(among(word, stated | negated) for word in words)
        affirmed = affirmed or (
            shared >= SAME_MATTER * len(words) and any(among(word, stated) for word in denied)
        )
    return affirmed


def _have_another_in_its_place(question: str, closest: Sequence[Candidate]) -> bool:
    """Whether a noun of the question stands there too, with another name, number or opposite.

    The question's own stands before that noun in none of them, and not elsewhere in the sentence
    either; if it is a name or a number, not beside it.
    """
    there = [_before_nouns(candidate.sentence.text) for candidate in closest]
    asked = frozenset(content_words(question))
    for first, word, noun in _modified(question):
        if any(word in found.get(noun, ()) for found in there):
            continue
        kind = _kind(word) if first in _BEFORE_A_NOUN else None
        for candidate, found in zip(closest, there, strict=True):
            itself = word in _WORD.findall(candidate.sentence.text)
            near = all(among(stem, candidate.context) for stem in content_words(word))
            for other in found.get(noun, ()):
                if not itself and _excludes(word.lower(), other.lower()):
                    return True
                known = asked.issuperset(content_words(other))
                if kind and not near and not known and _kind(other) == kind:
                    return True
    return False


def _before_nouns(text: str) -> dict[str, set[str]]:
    """The words before each noun of a text, by the noun's stem."""
    found: dict[str, set[str]] = {}
    for _, word, noun in _modified(text):
        found.setdefault(noun, set()).add(word)
    return found


def _excludes(one: str, other: str) -> bool:
    return opposite_words(one, other) or any(
        one in group and other in group and group[one] != group[other] for group in _SCALES
    )


def _modified(text: str) -> Iterator[tuple[str, str, str]]:
    """Each content word next to another: what stands before both, the first, the second's stem."""
    words = _WORD.findall(unify_countries(text))
    for first, before, noun in zip(["", *words], words, words[1:], strict=False):
        stems = content_words(noun)
        if len(stems) == 1 and content_words(before):
            yield first.lower(), before, stems[0]


def _kind(word: str) -> str | None:
    """Whether a word that modifies another is a number or a name."""
    if any(character.isdigit() for character in word):
        return "number"
    return "name" if word[0].isupper() else None
