"""Words of a question that the archive writes differently.

Zelenskyy where it has Zelensky, Kiev where it has Kyiv, "parliment" where it has parliament. The
archive's own words decide: nothing is corrected to a word that it does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from index import Hit
from qa._language.normalise import plain
from qa._language.wordlists import SPELLINGS, STOP_WORDS

# Words that are looked at. Typing errors are looked for in longer ones: shorter have too many
# others within one letter of them.
SHORTEST, SHORTEST_TYPED = 4, 5
# From this length on two letters may be wrong, below it one: of typing errors four in five are
# one letter too many, too few, wrong, or swapped with the next (Damerau 1964), and among words
# of eight and nine letters two that differ in two are often just two words: particles, parties.
TWO_ERRORS = 10
# Stems whose words are compared with what was typed.
CANDIDATES = 4
# Two names written in Latin letters from one original have this many letters at least.
SHORTEST_NAME = 5
# Words looked at for one; a question with more is no question.
MOST_WORDS = 60
# Words that the archive does not have and that are mended; with more, it is about something else.
MOST_UNKNOWN = 5
# A passage or two shows how a stem is written.
SHOWN_BY = 3

_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
_ENDINGS = ("s", "es", "ed", "ing", "er", "ers", "ion", "ions", "ation", "ations", "ment", "ments")
_SOUNDS = (
    *(("kh", "h"), ("ph", "f"), ("ck", "k"), ("q", "k"), ("x", "ks"), ("w", "v"), ("ou", "u")),
    *(("tz", "ts"), ("sch", "sh"), ("dj", "j"), ("dzh", "j"), ("gh", "g"), ("ee", "i")),
)


class Words(Protocol):
    """What this needs of an archive."""

    def holding(self, word: str) -> int: ...

    def index_term(self, word: str) -> str: ...

    def index_terms(self, prefix: str) -> list[tuple[str, int]]: ...

    def keyword_ranking(self, question: str, k: int) -> list[tuple[str, float]]: ...

    def hits(self, scores: Sequence[tuple[str, float]]) -> list[Hit]: ...


@dataclass(frozen=True, slots=True)
class Spelling:
    """Other spellings of a word of the question.

    Attributes:
        written: As the question has it.
        others: As the archive has it, the likeliest first.
        unknown: The archive does not have the word as it is written.
    """

    written: str
    others: tuple[str, ...]
    unknown: bool


def spellings(
    archive: Words, question: str, skip: Iterable[tuple[int, int]] = ()
) -> list[Spelling]:
    """The words of ``question`` that ``archive`` writes otherwise, or otherwise too.

    Args:
        archive: Whose words count.
        question: The question.
        skip: Spans whose words are left alone.
    """
    closed = list(skip)
    found: dict[str, Spelling] = {}
    tried = 0
    matches = [
        m for m in _WORD.finditer(question) if not any(s <= m.start() < e for s, e in closed)
    ]
    for match in matches[:MOST_WORDS]:
        word = re.sub(r"[’']s?$", "", match[0])
        if word in found or len(word) < SHORTEST or plain(word) in STOP_WORDS:
            continue
        unknown = not archive.holding(word)
        others = _known_variants(archive, word)
        if word[0].isupper() and len(word) >= SHORTEST_NAME:
            others += _same_name(archive, word)
        if unknown and not others and len(word) >= SHORTEST_TYPED and tried < MOST_UNKNOWN:
            tried += 1
            others = _near(archive, word)
        term = archive.index_term(word)
        by_term = {archive.index_term(other): other for other in reversed(others)}
        others = [o for o in dict.fromkeys(others) if o in by_term.values()]
        if not unknown:
            others = [o for o in others if archive.index_term(o) != term]
        if others:
            found[word] = Spelling(word, tuple(others), unknown)
    return list(found.values())


@lru_cache(maxsize=1 << 14)
def sound(name: str) -> str:
    """One key for the transliterations of a name: Zelenskyy = Zelenskiy = Zelensky.

    Vowels that stand for one letter (i, j, y), doubled letters and the common pairs of
    consonants are made one.
    """
    key = plain(name)
    for spelt, heard in _SOUNDS:
        key = key.replace(spelt, heard)
    key = re.sub(r"[iyj]+", "i", key)
    return re.sub(r"(.)\1+", r"\1", key)


def _known_variants(archive: Words, word: str) -> list[str]:
    form = SPELLINGS.get(plain(word), plain(word))
    others = [form, *_variants().get(form, ())]
    if len(others) == 1:
        return []
    return [_like(word, other) for other in others if archive.holding(other)]


@lru_cache(maxsize=1)
def _variants() -> dict[str, list[str]]:
    """The variants of each form in the list of spellings."""
    table: dict[str, list[str]] = {}
    for variant, form in SPELLINGS.items():
        table.setdefault(form, []).append(variant)
    return table


def _same_name(archive: Words, word: str) -> list[str]:
    """Words of the archive that sound the same."""
    term = archive.index_term(word)
    wanted = sound(term)
    thirds = "iyj" if term[2:3] in "iyj" else term[2:3]
    near = [
        (-count, other)
        for third in thirds
        for other, count in archive.index_terms(term[:2] + third)
        if other != term and abs(len(other) - len(term)) <= 2 and sound(other) == wanted
    ]
    return [_surface(archive, other, word) for _, other in sorted(near)]


def _near(archive: Words, word: str) -> list[str]:
    """The word of the archive that was most likely meant; the commoner of equally near ones."""
    typed = plain(word)
    allowed = 2 if len(typed) >= TWO_ERRORS else 1
    bases = [typed, archive.index_term(typed)]
    bases += [typed[: -len(ending)] for ending in _ENDINGS if typed.endswith(ending)]
    bases = [base for base in dict.fromkeys(bases) if len(base) >= SHORTEST]
    ranked: dict[str, tuple[int, int]] = {}
    # Hardly anyone mistypes a first letter. The second one is right, or left out, or swapped.
    prefixes = dict.fromkeys((typed[:2], typed[0] + typed[2]))
    terms = [found for prefix in prefixes for found in archive.index_terms(prefix)]
    sizes = range(min(map(len, bases)) - allowed, len(typed) + allowed + 1)
    for term, count in terms:
        if len(term) not in sizes or len(term) < SHORTEST:
            continue
        for base in bases:
            if abs(len(term) - len(base)) > allowed or len(set(term) ^ set(base)) > 2 * allowed:
                continue
            distance = edits(base, term, allowed)
            if distance <= allowed and (distance, -count) < ranked.get(term, (allowed + 1, 0)):
                ranked[term] = distance, -count
    best: tuple[int, int, str] | None = None
    for term in sorted(ranked, key=lambda term: (ranked[term], term))[:CANDIDATES]:
        # Stems may be near where the words are not: denies, Deng.
        surface = _surface(archive, term, word)
        distance = edits(plain(surface), typed, allowed)
        if distance <= allowed and (best is None or (distance, ranked[term][1]) < best[:2]):
            best = distance, ranked[term][1], surface
    return [best[2]] if best else []


def edits(one: str, other: str, most: int) -> int:
    """Edits from one word to another, swapped neighbours counting once; ``most`` + 1 if more.

    The optimal string alignment distance.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def _surface(archive: Words, term: str, like: str) -> str:
    """The word behind an index term that is nearest to ``like``, as the archive writes it."""
    hits = archive.hits(archive.keyword_ranking(term, SHOWN_BY))
    words = {
        re.sub(r"[’']s?$", "", match[0])
        for hit in hits
        for match in _WORD.finditer(f"{hit.article.title or ''} {hit.passage.text}")
    }
    # A stem begins as its word does; finding the stem of every word would take longest.
    alike = (word for word in words if word[:1].lower() == term[:1])
    fitting = [word for word in alike if archive.index_term(word) == term]
    limit = len(like) + len(term)
    nearest = min(fitting, key=lambda w: (edits(plain(w), plain(like), limit), w), default=term)
    return _like(like, nearest)


def _like(model: str, word: str) -> str:
    """``word`` with a capital where ``model`` has one."""
    return word[:1].upper() + word[1:] if model[:1].isupper() else word.lower()
