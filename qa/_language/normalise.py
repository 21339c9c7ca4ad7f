"""Words in a form in which they can be compared: stems, spelling variants, content words.

Evidence selection and the support check share this, so that what the one thinks similar the
other does too. The proof of a quote does not use it: see ``qa._verify.fold``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from qa._language.wordlists import DEMONYMS, INFLECTIONS, SPELLINGS, STOP_WORDS

_UNITED_STATES = re.compile(
    r"\b(?:the\s+)?United\s+States(?:\s+of\s+America)?\b|\bU\.\s?S\.(?:A\.)?|\bUSA?\b"
)
_UNITED_KINGDOM = re.compile(
    r"\b(?:the\s+)?(?:United\s+Kingdom|Great\s+Britain)\b|\bU\.\s?K\.|\bUK\b"
)
_WORD = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\w)|[^\W_]+(?:['’.-][^\W_]+)*")


@lru_cache(maxsize=1 << 16)
def plain(word: str) -> str:
    """``word`` in lower case, without accents, with straight apostrophes and no possessive."""
    if not word.isascii():
        decomposed = unicodedata.normalize("NFKD", word.replace("’", "'"))
        word = "".join(c for c in decomposed if not unicodedata.combining(c))
    word = word.lower()
    if word.endswith("'s"):
        return word[:-2]
    return word.rstrip("'")


@lru_cache(maxsize=1 << 16)
def canonical(word: str) -> str:
    """One form for the spellings, inhabitants and adjectives of a name: Kiev's → kyiv.

    Words that are in no table come back ``plain``.
    """
    word = plain(word)
    if word in SPELLINGS:
        return SPELLINGS[word]
    if word in DEMONYMS:
        return DEMONYMS[word]
    if word.endswith("s") and word[:-1] in DEMONYMS:
        return DEMONYMS[word[:-1]]
    return word


def unify_countries(text: str) -> str:
    """``text`` with every form of United States and United Kingdom written USA and UK.

    Done before words are looked at one by one: "US" in lower case is a pronoun.
    """
    if "U" in text or "Great" in text:  # else there is nothing to look for at every word
        text = _UNITED_KINGDOM.sub("UK", _UNITED_STATES.sub("USA", text))
    return text


def content_words(text: str) -> list[str]:
    """The stems of the words of ``text`` that say what it is about, in order, repeats kept.

    Stop words are left out; numbers stay as written, without thousands commas. Names are in
    their canonical form. A hyphenated word gives its parts.
    """
    words = _WORD.findall(unify_countries(text))
    return [found for word in words for found in content_stems(word)]


@lru_cache(maxsize=1 << 16)
def content_stems(word: str) -> tuple[str, ...]:
    """What one word gives to ``content_words``: nothing, its stem, or the stems of its parts."""
    parts = (canonical(part) for part in canonical(word.replace(",", "")).split("-"))
    return tuple(
        stem(part) for part in parts if part not in STOP_WORDS and (len(part) > 1 or part.isdigit())
    )


# --- Porter's stemmer -------------------------------------------------------------------------

_STEP_2 = (
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("abli", "able"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
)
_STEP_3 = (
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
)
_STEP_4 = (
    *("ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ion", "ism", "ate", "iti"),
    *("ous", "ive", "ize", "al", "er", "ic", "ou"),
)


def _shape(word: str) -> str:
    """``word`` as a string of v(owel) and c(onsonant); y is a vowel after a consonant."""
    shape = ""
    for letter in word:
        vowel = letter in "aeiou" or (letter == "y" and shape.endswith("c"))
        shape += "v" if vowel else "c"
    return shape


def _measure(word: str) -> int:
    """Porter's m: how often a run of vowels is followed by a run of consonants."""
    return _shape(word).count("vc")


def _ends_cvc(word: str) -> bool:
    return _shape(word).endswith("cvc") and word[-1] not in "wxy"


def _replace(word: str, rules: tuple[tuple[str, str], ...]) -> str:
    """The longest matching rule, applied if what is left has a measure above 0."""
    for suffix, replacement in sorted(rules, key=lambda rule: -len(rule[0])):
        if word.endswith(suffix):
            rest = word[: len(word) - len(suffix)]
            return rest + replacement if _measure(rest) > 0 else word
    return word


def _step_1(word: str) -> str:
    if word.endswith(("sses", "ies")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for suffix in ("ed", "ing"):
        rest = word.removesuffix(suffix)
        if rest != word and "v" in _shape(rest):
            if rest.endswith(("at", "bl", "iz")):
                return rest + "e"
            if rest[-1] == rest[-2:-1] and rest[-1] not in "aeioulsz":
                return rest[:-1]
            return rest + "e" if _measure(rest) == 1 and _ends_cvc(rest) else rest
    return word


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The stem of a lower-case English word; the same word is always given the same stem.

    M. F. Porter, "An algorithm for suffix stripping", Program 14 (3), 1980, preceded by a small
    table of irregular inflections (met → meet). Words with anything but a-z come back as they
    are, as do words of one or two letters.
    """
    word = INFLECTIONS.get(word, word)
    if len(word) <= 2 or not (word.isascii() and word.isalpha()):
        return word
    word = _step_1(word)
    if word.endswith("y") and "v" in _shape(word[:-1]):
        word = word[:-1] + "i"
    word = _replace(_replace(word, _STEP_2), _STEP_3)
    for suffix in _STEP_4:
        if word.endswith(suffix):
            rest = word[: len(word) - len(suffix)]
            if _measure(rest) > 1 and (suffix != "ion" or rest.endswith(("s", "t"))):
                word = rest
            break
    if word.endswith("e"):
        rest = word[:-1]
        measure = _measure(rest)
        if measure > 1 or (measure == 1 and not _ends_cvc(rest)):
            word = rest
    if word.endswith("ll") and _measure(word) > 1:
        word = word[:-1]
    return word
