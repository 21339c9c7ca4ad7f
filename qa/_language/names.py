"""Names in English text, and whether they are borne out by other text.

Kiev's = Kyiv, Zelenskyy = Zelensky, Russians = Russia, U.S. = the United States, EU = European
Union; a surname alone is borne out by the full name, not the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from qa._language.normalise import canonical, plain, stem, unify_countries
from qa._language.number_words import NUMBER_WORDS
from qa._language.wordlists import INFLECTIONS, ORDINARY_OPENERS, STOP_WORDS, TITLES

_WORD = re.compile(r"[^\W_]+(?:(?:['’&]|\.(?=[^\W_]\b))[^\W_]+)*")
_CALENDAR_WORDS = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "monday tuesday wednesday thursday friday saturday sunday"
)
_CALENDAR = frozenset(_CALENDAR_WORDS.split())
_COMMON_ENDINGS = (
    *("ing", "ed", "ly", "tion", "tions", "sion", "sions", "ment", "ments", "ness", "ity", "ities"),
    *("ists", "ers", "ors", "ence", "ance", "ism", "ship", "ures", "ices", "ages", "als"),
)
_ADJECTIVE_ENDINGS = ("al", "ic", "ive", "ous", "ful", "less", "able", "ible", "ary", "ant", "ent")
_AUXILIARY_WORDS = "is are was were has have had will would may might can could should must did do"
_AUXILIARIES = frozenset(_AUXILIARY_WORDS.split())
_ABBREVIATED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Capt|Sgt|Sen|Rep|Gov|St|Jr|Sr|vs|[A-Z])\.$"
)
_DEMONYM = re.compile(r"(?:ians?|ans?|ese|ish|is?|ns?)$")
_PLACE_ENDINGS = ("", "a", "ia", "y", "o", "e", "n", "an", "ian", "land")


@dataclass(frozen=True, slots=True)
class Name:
    """A capitalised word of a text that is, or may be, (part of) a name.

    Attributes:
        text: As written.
        key: Its canonical form.
        start: Its offset in the text with countries unified.
    """

    text: str
    key: str
    start: int


@lru_cache(maxsize=512)
def names(text: str) -> tuple[Name, ...]:
    """The words of ``text`` that stand for names, in order.

    Capitalised words, without the ordinary words that begin a sentence, days, months and
    courtesy titles. A hyphenated name gives its parts.
    """
    text = unify_countries(text)
    words = list(_WORD.finditer(text))
    found = []
    for index, match in enumerate(words):
        word = match[0]
        if not word[0].isupper():
            continue
        key = canonical(word)
        if key in STOP_WORDS or key in _CALENDAR or key in TITLES or (len(key) < 2):
            continue
        if _begins_sentence(text, match.start()) and not _is_name_there(words, index):
            continue
        found.append(Name(word, key, match.start()))
    return tuple(found)


def _begins_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip(" \t\n\"'“”‘’«»([—–-")
    if _ABBREVIATED.search(before):
        return False
    return not before or before[-1] in ".!?:…" or "\n" in text[len(before) : at]


def _is_name_there(words: list[re.Match[str]], index: int) -> bool:
    """Whether the first word of a sentence is a name all the same."""
    word = words[index][0]
    following = words[index + 1][0] if index + 1 < len(words) else ""
    key, verb = plain(word), plain(following)
    if word.endswith(("'s", "’s")) or (len(word) > 1 and word.isupper()):
        return True
    if {key, key.removesuffix("s")} & (ORDINARY_OPENERS | NUMBER_WORDS):
        return False
    if (following[:1].isupper() and verb not in _CALENDAR) or (
        # One that says or has something is no plural and no gerund: Reuters, Boeing.
        (key.endswith("s") and verb in ("has", "is", "was", "says", "does", "wants"))
        or (key.endswith("ing") and verb in ("has", "had", "said", "says", "told", "announced"))
    ):
        return True
    if key.endswith(_COMMON_ENDINGS) or not key.endswith(_ADJECTIVE_ENDINGS):
        return not key.endswith(_COMMON_ENDINGS)
    # A verb after it makes it a subject, not an adjective: "Nadal won".
    return (
        verb in _AUXILIARIES
        or verb in INFLECTIONS
        or verb in ("", "said", "told", "and")
        or verb.endswith(("ed", "s"))
    )


class KnownNames:
    """What names the texts of evidence contain.

    Args:
        texts: Quotes, metadata, the question; capitals are not needed in them.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._words: set[str] = set()
        self._acronyms: set[str] = set()
        for text in texts:
            unified = unify_countries(text)
            matches = list(_WORD.finditer(unified))
            self._words.update(canonical(match[0]) for match in matches)
            self._words.update(plain(match[0]) for match in matches)
            self._acronyms.update(_acronyms([match[0] for match in matches]))
        self._stems = {stem(word) for word in self._words}

    def __contains__(self, name: Name) -> bool:
        """Whether the evidence has this name, in whatever spelling or form."""
        key = name.key
        if key in self._words or stem(key) in self._stems:
            return True
        if name.text.isupper() and key.replace(".", "") in self._acronyms:
            return True
        base = _DEMONYM.sub("", key)
        return len(base) >= 4 and any(base + ending in self._words for ending in _PLACE_ENDINGS)

    def missing(self, text: str) -> Iterator[Name]:
        """The names in ``text`` that the evidence does not have.

        A row of names whose initials are an acronym of the evidence (European Union for EU) is
        there.
        """
        row: list[Name] = []
        for name in [*names(text), None]:
            if row and (name is None or name.start > row[-1].start + len(row[-1].text) + 1):
                yield from self._missing_of_row(row)
                row = []
            if name:
                row.append(name)

    def _missing_of_row(self, row: list[Name]) -> Iterator[Name]:
        initials = "".join(name.text[0] for name in row).lower()
        if len(row) > 1 and initials in self._words:
            return
        for name in row:
            if name not in self:
                yield name


def _acronyms(words: list[str]) -> Iterator[str]:
    """The initials of every row of two to five capitalised words, small words left out."""
    row: list[str] = []
    for word in [*words, ""]:
        if word[:1].isupper():
            row.append(word[0].lower())
            for length in range(2, min(len(row), 5) + 1):
                yield "".join(row[-length:])
        elif word not in ("of", "the", "and", "for"):
            row = []
