"""Words of a question that the archive writes differently.

Zelenskyy where it has Zelensky, Kiev where it has Kyiv, "parliment" where it has parliament. The
archive's own words decide: nothing is corrected to a word that it does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_lowercase
from typing import Protocol

from index import Hit, whole_words
from qa._language.normalise import plain
from qa._language.wordlists import SPELLINGS, STOP_WORDS

SHORTEST = 4
# A word with an ending or a prefix has at least so many letters without it.
SHORTEST_BASE = 3
# From this length on two letters may be wrong, below it one: of typing errors four in five are
# one letter too many, too few, wrong, or swapped with the next (Damerau 1964), and among words
# of eight and nine letters two that differ in two are often just two words: particles, parties.
TWO_ERRORS = 10
# Stems whose words are compared with what was typed.
CANDIDATES = 4
# Names are looked at from five letters on: of four, too many are one letter from each other, but
# beside the rest of a name that the archive has, "Taylor Swft".
# Two names written in Latin letters from one original have this many letters at least.
SHORTEST_NAME = 5
# Words looked at for one; a question with more is no question.
MOST_WORDS = 60
# Words that the archive does not have and that are mended; with more, it is about something else.
MOST_UNKNOWN = 5
# How much likelier the common slips are than the others.
LIKELY = 10
# A passage or two shows how a stem is written.
SHOWN_BY = 3

_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
_ENDINGS = ("s", "es", "ed", "ing", "er", "ers", "ion", "ions", "ation", "ations", "ment", "ments")
_PREFIXES = ("un", "re", "mis", "non", "over", "under", "out", "pre")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
BESIDE = {
    letter: row[max(0, i - 1) : i] + row[i + 1 : i + 2]
    for row in _ROWS
    for i, letter in enumerate(row)
}
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
    looked_at = matches[:MOST_WORDS]
    beside = [None, *looked_at, None]
    for n, match in enumerate(looked_at):
        before, following = beside[n], beside[n + 2]
        word = re.sub(r"[’']s?$", "", match[0])
        if word in found or len(word) < SHORTEST or plain(word) in STOP_WORDS:
            continue
        unknown = not archive.holding(word)
        others = _known_variants(archive, word)
        if word[0].isupper() and len(word) >= SHORTEST_NAME:
            others += _same_name(archive, word)
        typed = unknown and not others and not is_word(word)
        if typed and tried < MOST_UNKNOWN:
            tried += 1
            first = _of_one_name(archive, question, before, match)
            last = _of_one_name(archive, question, match, following)
            others = _within_name(archive, word, first, last)
            if not others and (not word[0].isupper() or len(word) >= SHORTEST_NAME):
                others = _near(archive, word)
                if last:
                    others = [o for o in others if _side_by_side(archive, o, last)]
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


@lru_cache(maxsize=1 << 12)
def is_word(word: str) -> bool:
    """Whether a word is one that is well known, or an inflection of one: no typing error.

    "tanks" stays what it is where the archive only has talks, and "misusing" too.
    """
    typed = plain(word)
    stems = [typed, *(typed.removeprefix(p) for p in _PREFIXES if typed.startswith(p))]
    known = whole_words()
    return any(
        base in known for stem in stems for base in _bases(stem) if len(base) >= SHORTEST_BASE
    )


def _bases(word: str) -> Iterator[str]:
    """The words that ``word`` may be a regular inflection of: carries, making, stopped."""
    yield word
    yield word.removesuffix("s")
    yield word.removesuffix("ly")
    if word.endswith("ed"):
        yield word[:-1]
    if word.endswith(("ies", "ied")):
        yield word[:-3] + "y"
    for ending in ("es", "ed", "ing", "er", "ers"):
        base = word.removesuffix(ending)
        if base != word and (not base.endswith("e") or ending == "ing"):
            yield base
            yield base + "e"
            if re.search(r"([^aeiouhwxy])\1$", base) and not re.search(r"(.)\1\1$", base):
                yield base[:-1]


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
    written = (_written(archive, other, word) for _, other in sorted(near))
    # Taylor is not spelt otherwise where somebody is a tailor.
    return [name for name in written if name[:1].isupper()]


def _within_name(archive: Words, word: str, first: str, last: str) -> list[str]:
    """The word one slip away that the archive has behind ``first`` or before ``last``."""
    if not (first or last):
        return []
    weights = {v: w * archive.holding(v) for v, w in slips(plain(word)).items()}
    ranked = sorted((v for v, weight in weights.items() if weight), key=lambda v: (-weights[v], v))
    for variant in ranked[:CANDIDATES]:
        if (first and _side_by_side(archive, first, variant)) or (
            last and _side_by_side(archive, variant, last)
        ):
            return [_like(word, variant)]
    return []


def _near(archive: Words, word: str) -> list[str]:
    """The word of the archive that was most likely meant: one slip away, two in long words."""
    typed = plain(word)
    weights = {v: w * archive.holding(v) for v, w in slips(typed).items()}
    ranked = sorted((v for v, weight in weights.items() if weight), key=lambda v: (-weights[v], v))
    known = whole_words()
    for variant in sorted(ranked[:CANDIDATES], key=lambda v: v not in known):
        # The archive has its stem, which may be that of other words only.
        surface = variant
        if variant not in known:
            surface = _surface(archive, archive.index_term(variant), variant)
        if plain(surface) == variant:
            return [_like(word, surface)]
    return _two_slips(archive, word) if len(typed) >= TWO_ERRORS else []


def slips(typed: str) -> dict[str, int]:
    """The words that ``typed`` is one slip away from, with how likely the slip is.

    The first letter is right. A letter swapped with the next, left out, typed twice or hit beside
    its key is likelier than another one too many or in its place (Damerau 1964).
    """
    found: dict[str, int] = {}
    for i in range(1, len(typed) + 1):
        head, tail = typed[:i], typed[i:]
        near = BESIDE.get(tail[:1], "")
        for letter in ascii_lowercase:
            found[head + letter + tail] = LIKELY
            if tail:
                found.setdefault(head + letter + tail[1:], LIKELY if letter in near else 1)
        if tail:
            found[head + tail[1:]] = LIKELY if tail[0] in head[-1] + tail[1:2] else 1
        if len(tail) > 1:
            found[head + tail[1] + tail[0] + tail[2:]] = LIKELY
    found.pop(typed, None)
    return found


def _of_one_name(
    archive: Words, question: str, one: re.Match[str] | None, other: re.Match[str] | None
) -> str:
    """Of two words that stand in one name the one that the archive has; else nothing."""
    if one is None or other is None or not question[one.end() : other.start()].isspace():
        return ""
    if not (one[0][0].isupper() and other[0][0].isupper()):
        return ""
    return next(
        (m[0] for m in (one, other) if plain(m[0]) not in STOP_WORDS and archive.holding(m[0])), ""
    )


def _side_by_side(archive: Words, word: str, name: str) -> bool:
    """Whether the archive has them so: Simon is no error for Shimon where Peres is no Simon."""
    pair = re.compile(rf"\b{re.escape(word)}\s+{re.escape(name)}", re.IGNORECASE)
    hits = archive.hits(archive.keyword_ranking(f"{word} {name}", SHOWN_BY))
    return any(pair.search(f"{hit.article.title or ''}\n{hit.passage.text}") for hit in hits)


def _two_slips(archive: Words, word: str) -> list[str]:
    """The commonest of the nearest words of the archive that begin the same."""
    typed = plain(word)
    allowed = 2
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
    """The word behind an index term that is nearest to ``like``, with a capital where that has."""
    return _like(like, _written(archive, term, like))


def _written(archive: Words, term: str, like: str) -> str:
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
    return min(fitting, key=lambda w: (edits(plain(w), plain(like), limit), w), default=term)


def _like(model: str, word: str) -> str:
    """``word`` with a capital where ``model`` has one."""
    return word[:1].upper() + word[1:] if model[:1].isupper() else word.lower()
