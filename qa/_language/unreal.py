"""What a text does not say is so: plans, wishes and threats, conditions, and claims called false.

``UNREAL`` and ``SUPPOSED`` are the words of it. "Russia plans to withdraw" does not say that it
withdrew, nor "if they win, taxes will rise" that taxes will rise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa._language.normalise import content_stems, content_words, plain, stem, unify_countries
from qa._language.wordlists import INFLECTIONS

UNREAL = frozenset(
    content_words(
        "want hope aim seek plan threaten propose consider call urge demand need try attempt ask"
        " expect vow promise pledge intend doubt question fear warn believe plead suggest"
    )
) | {"should", "must"}
"""Stems: what is wished, planned or asked for is not so."""

SUPPOSED = frozenset({"if", "whether", "unless", "until", "plead", "pleads", "pleaded"})
"""Plain words: what they introduce is supposed, not said."""

# Right before "to" these leave open, as those of UNREAL do, whether what follows is ever done;
# the others also with somebody between them and "to".
_OPEN_BEFORE_TO = UNREAL | frozenset(
    content_words(
        "tries tried effort bid offer threat proposal claim allege schedule prepare poised"
    )
)
_OPEN_FOR_OTHERS = frozenset(content_words("urge ask want expect order need believe call press"))
_CALLED = frozenset({"on", "upon", "for"})
_OPEN_RIGHT_BEFORE_TO = frozenset({"set", "due", "about", "likely", "bound", "slated", "ready"})
_MODALS = frozenset({"will", "'ll", "won't", "shall", "should", "must", "may", "might"})
_FUTURE = frozenset({"will", "'ll", "shall"})
_BEFORE_GERUND = frozenset(
    content_words("consider propose suggest discuss mull weigh contemplate ponder")
)
# Between a modal or "to" and its verb.
_BETWEEN_WORDS = (
    "not be been have being also soon then only ever never now still again both even at least "
    "first finally"
)
_BETWEEN = frozenset(_BETWEEN_WORDS.split())
_CLAUSE_ENDS_WORDS = '. ; : ! ? — ( ) " “ ” , that which who whom because while but'
_CLAUSE_ENDS = frozenset(_CLAUSE_ENDS_WORDS.split())
_NOT = frozenset({"not", "never", "yet", "no"})
_OBJECT_WORDS = 5
"""Words between "urge" and its "to", as in "urged both sides to"."""

_NO_VERBS = ("s", "al", "th", "ing", "en's", "sion", "men", "ren", "dead", "loss", "sale")
_PARTICIPLES = frozenset(
    form for form in INFLECTIONS if not form.endswith(_NO_VERBS) and INFLECTIONS[form] != form
)

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|['’]ll\b|[.,;:!?—()]|[\"“”]")

_IF = re.compile(r"\b(?:if|unless|provided that|assuming|on condition)\b", re.IGNORECASE)
_NO_CONDITION = re.compile(r"\b(?:even|as) if\b|\bif (?:not|any|ever|only)\b", re.IGNORECASE)
_CONDITIONAL_WORDS = (
    "if unless provided should would could may might whether when once until without depends "
    "depending assuming condition conditional case event subject otherwise"
)
_CONDITIONAL = frozenset(_CONDITIONAL_WORDS.split())
_OPENING = _MODALS | SUPPOSED | _CONDITIONAL
_APART = re.compile(r"[.;:!?\"“”—()]|\b(?:said|says|but|while|adding|added|who|which)\b")

_REPORTS = (
    r"(?:claim|allegation|accusation|statement|rumou?r|report|stor(?:y|ie)|assertion|narrative|"
    r"theor(?:y|ie)|idea|notion|belief|suggestion|charge|conspirac(?:y|ie)|information)s?"
)
_THAT = r"(?:that\b|(?=(?:the|he|she|they|it|his|her|their|there)\s))"
_FALSE = re.compile(
    rf"""\b(?:
      (?:false|baseless|unfounded|debunked|bogus|discredited|fake|untrue|fabricated|disproven
        |misleading|incorrect|erroneous|groundless)\s(?:\w+\s){{0,2}}?{_REPORTS}\s{_THAT}
    | conspiracy\stheor(?:y|ies)\s{_THAT}
    | (?:myth|hoax|lie|misconception|fallacy|misinformation|disinformation)s?\sthat\b
    | (?:falsely|wrongly|mistakenly|incorrectly|erroneously|baselessly)\s
      (?:claim|say|said|state|alleg|assert|suggest|report|told|tell|believ|accus|announc|cit)\w*
    | (?:lied|lying)\sthat\b
    | (?:is|was)\s(?:false|untrue|not\strue|a\smyth|a\shoax|a\slie)\sthat\b
    | den(?:y|ies|ied|ying)\s(?:\w+\s){{0,2}}?{_REPORTS}\sthat\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_SAID_FALSE = re.compile(
    r"\b(?:fals\w*|wrong\w*|mistaken\w*|incorrect\w*|erroneous\w*|baseless\w*|unfounded|debunk\w*|"
    r"bogus|discredit\w*|fake\w*|untrue|fabricat\w*|dispro\w+|mislead\w*|groundless|claim\w*|"
    r"alleg\w*|accus\w*|rumou?r\w*|theor\w+|myth\w*|hoax\w*|lies?|lied|lying|\w+information|"
    r"den(?:y|ies|ied|ying|ial)|conspirac\w+|not|never|no|assert\w*|suggest\w*|belie\w+|"
    r"narrative|notion|untruth\w*)\b|n['’]t\b",
    re.IGNORECASE,
)
_FALSE_WORDS = 8
_REPEATED = 0.6
"""Of what is called false, the share of content words with which a claim says it."""


@dataclass(frozen=True, slots=True)
class _Word:
    """A word with its stem, and what it is said as."""

    word: str
    root: str
    unreal: bool
    future: bool
    denied: bool


def reality_conflicts(claim: str, quotes: Sequence[str]) -> Iterator[str]:
    """Why the claim says that something is done where its quotes only plan or suppose it.

    A verb that stands in the past in the claim must stand in the quotes, if at all, otherwise
    than after "plans to", "is expected to", "urged them to", "will" and their like; one after
    "will" otherwise than under an "if" that the claim leaves out.
    """
    said = _read(claim)
    there = [word for quote in quotes for word in _read(quote)]
    for at, word in enumerate(said):
        if word.unreal or word.denied or not _is_past(word.word) or word.root in UNREAL:
            continue
        found = [other for other in there if other.root == word.root]
        if found and all(o.unreal for o in found) and not any(_opens(w) for w in said[:at]):
            yield f"“{word.word}” is not done yet in its quotes"
    if any(word.word in _CONDITIONAL for word in said):
        return
    supposed = {root for quote in quotes for root in _under_conditions(quote)}
    for word in said:
        if word.future and word.root in supposed:
            yield f"the “if” of its quotes is missing before “{word.word}”"


def falsehood_conflicts(claim: str, quotes: Sequence[str]) -> Iterator[str]:
    """Why the claim states what its quotes call false, a myth or a lie."""
    if _SAID_FALSE.search(claim):
        return
    said = set(content_words(claim))
    for at, quote in enumerate(quotes):
        for found in _FALSE.finditer(quote):
            clause = re.split(r"[.;:!?]\s|, (?:but|while|and|which|who)\b", quote[found.end() :])[0]
            called = set(content_words(clause)[:_FALSE_WORDS])
            outside = [quote[: found.start()], quote[found.end() + len(clause) :]]
            outside += [other for n, other in enumerate(quotes) if n != at]
            elsewhere = {word for text in outside for word in content_words(text)}
            repeated = called & said
            if len(repeated) >= max(2, _REPEATED * len(called)) and not repeated <= elsewhere:
                yield f"its quotes say of that “{found[0]}”"


def _opens(word: _Word) -> bool:
    return word.root in _OPEN_BEFORE_TO | _OPEN_FOR_OTHERS or word.word in _OPENING


def _is_past(word: str) -> bool:
    regular = word.endswith("ed") and len(word) > 4 and not word.endswith("eed")
    return regular or word in _PARTICIPLES


@lru_cache(maxsize=512)
def _read(text: str) -> tuple[_Word, ...]:
    tokens = _TOKEN.findall(unify_countries(text))
    words = [plain(token) if token[-1].isalnum() else token for token in tokens]
    roots = [stem(word) for word in words]
    unreal: set[int] = set()
    future: set[int] = set()
    for at, word in enumerate(words):
        verb = _verb_left_open(at, words, roots)
        if verb is not None:
            unreal.update(_joined(verb, words))
            if word in _FUTURE:
                future.add(verb)
    found = []
    for at, word in enumerate(words):
        if not word[-1].isalpha():
            continue
        left_open = at in unreal or words[at - 1 : at] == ["be"]
        denied = any(w in _NOT or w.endswith("n't") for w in words[max(0, at - 3) : at])
        if content_stems(word) or left_open or word in _OPENING:
            found.append(_Word(word, roots[at], left_open, at in future, denied))
    return tuple(found)


def _verb_left_open(at: int, words: Sequence[str], roots: Sequence[str]) -> int | None:
    """Where the verb stands of which the word at ``at`` says that it is not done yet."""
    word, root = words[at], roots[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    if word in _MODALS or (root in _BEFORE_GERUND and following.endswith("ing")):
        return _verb_from(at + 1, words)
    if following == "to" and (word in _OPEN_RIGHT_BEFORE_TO or root in _OPEN_BEFORE_TO):
        verb = _verb_from(at + 2, words)
        return verb if verb is None or not words[verb].endswith("ing") else None
    # "In order for it to"; "called the police to report it".
    other = words[at - 1 : at] == ["in"] or (root == "call" and following not in _CALLED)
    if root not in _OPEN_FOR_OTHERS or other:
        return None
    object_ = list(words[at + 1 : at + 2 + _OBJECT_WORDS])
    if "to" not in object_ or not _CLAUSE_ENDS.isdisjoint(object_[: object_.index("to")]):
        return None
    return _verb_from(at + 2 + object_.index("to"), words)


def _verb_from(at: int, words: Sequence[str]) -> int | None:
    for place in range(at, min(len(words), at + 5)):
        word = words[place]
        if not word[0].isalpha():
            return None
        if word not in _BETWEEN and not (word.endswith("ly") and len(word) > 4):
            return place
    return None


def _joined(verb: int, words: Sequence[str]) -> Iterator[int]:
    """The verb, and what follows an "and" or "or" near it: "to withdraw and regroup"."""
    yield verb
    for place in range(verb + 1, min(len(words), verb + 8)):
        if words[place] in _CLAUSE_ENDS - {","}:
            return
        if words[place] in ("and", "or"):
            joined = _verb_from(place + 1, words)
            # "Plans to cut costs and raised prices": the second is done.
            if joined is not None and _is_past(words[joined]) == _is_past(words[verb]):
                yield joined
            return


def _under_conditions(quote: str) -> set[str]:
    """The stems of verbs that stand after "will" under an "if" and nowhere without."""
    kept = _NO_CONDITION.sub(" ", quote)
    bound: set[str] = set()
    free: set[str] = set()
    for will in re.finditer(r"\b(?:will|shall)\b|['’]ll\b", kept):
        words = [plain(word) for word in _TOKEN.findall(kept[will.end() : will.end() + 80])]
        verb = _verb_from(0, words)
        if verb is None:
            continue
        conditions = any(
            not _APART.search(kept[min(found.end(), will.end()) : max(found.start(), will.start())])
            for found in _IF.finditer(kept)
        )
        (bound if conditions else free).add(stem(words[verb]))
    return bound - free
