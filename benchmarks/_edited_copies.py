"""Edited copies of articles, as outlets make them of a wire story, and stories that are none.

Everything is drawn from a seeded generator: the same articles give the same copies.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

MIN_WORDS = 100

_SENTENCE = re.compile(r"(?<=[.!?”\"])\s+(?=[A-Z“\"])")
_NUMBER = re.compile(r"\d+")

# What sub-editors change without changing what is said.
_WORDING = [
    ("said", "stated"), ("says", "states"), ("told", "informed"), ("about", "around"),
    ("also", "additionally"), ("but", "however,"), ("because", "since"), ("while", "as"),
    ("many", "numerous"), ("big", "large"), ("large", "sizeable"), ("began", "started"),
    ("start", "begin"), ("help", "assist"), ("show", "demonstrate"), ("shows", "demonstrates"),
    ("use", "employ"), ("used", "employed"), ("need", "require"), ("needs", "requires"),
    ("several", "a number of"), ("near", "close to"), ("after", "following"),
    ("before", "ahead of"), ("people", "persons"), ("children", "kids"), ("police", "officers"),
    ("government", "administration"), ("country", "nation"), ("company", "firm"),
    ("according to", "as reported by"), ("such as", "including"), ("more than", "over"),
    ("however", "nevertheless"), ("very", "extremely"), ("important", "significant"),
    ("can", "is able to"), ("would", "might"), ("will", "is set to"), ("now", "currently"),
    ("new", "recent"), ("first", "initial"), ("last", "previous"), ("other", "further"),
    ("only", "just"), ("some", "certain"), ("most", "the majority of"), ("think", "believe"),
    ("get", "obtain"), ("make", "produce"), ("made", "produced"), ("found", "discovered"),
    ("asked", "questioned"), ("called", "named"), ("including", "among them"), ("years", "yrs"),
    ("not", "no longer"), ("don't", "do not"), ("it's", "it is"), ("do not", "don't"),
    ("it is", "it's"), ("when", "once"), ("where", "in which"), ("these", "those"),
]  # fmt: skip
_REWORDED = dict(_WORDING)
_WORDS = re.compile(
    r"\b(" + "|".join(sorted(map(re.escape, _REWORDED), key=len, reverse=True)) + r")\b"
)

_HEADLINES = [
    "What we know so far", "Officials respond as questions grow", "Five things to know today",
    "Region reacts to latest developments", "New details emerge", "Experts weigh in on the news",
]  # fmt: skip
_BEFORE = [
    "By our news desk. Updated at 14:32. Reading time: four minutes.",
    "This story first appeared in our morning briefing, delivered to subscribers at 6 a.m.",
    "(Wire services) -",
    "LIVE updates from our reporters around the world, with additional material from agencies.",
]
_AFTER = [
    "Copyright by the publisher. All rights reserved. This material may not be published,"
    " broadcast, rewritten or redistributed without permission.",
    "Do you have a story to share? Write to our newsroom or call the tip line at any hour. We"
    " read every message and protect our sources.",
    "Our journalism is free to read because readers support it. If you value independent"
    " reporting from your region, consider becoming a member today; it takes one minute.",
    "The reporter can be reached at the newsroom. Agencies contributed to this report. An earlier"
    " version of this article misspelled a name.",
]

Edit = Callable[[list[str], random.Random, str], list[str]]


def paragraphs(text: str) -> list[str]:
    return [p for p in re.split(r"\n\s*", text) if p.strip()]


def words(parts: Sequence[str]) -> int:
    return sum(len(part.split()) for part in parts)


def cut(parts: list[str], rng: random.Random, foreign: str) -> list[str]:
    """Only the first paragraphs: a quarter of the words to four fifths, at least 100 words."""
    del foreign
    return beginning(parts, max(MIN_WORDS, rng.uniform(0.25, 0.8) * words(parts)))


def beginning(parts: Sequence[str], wanted: float) -> list[str]:
    """The first paragraphs, until there are so many words."""
    kept: list[str] = []
    for part in parts:
        if words(kept) >= wanted:
            break
        kept.append(part)
    return kept


def numbers(parts: list[str], rng: random.Random, foreign: str) -> list[str]:
    """Six numbers of ten are updated."""
    del foreign

    def update(match: re.Match[str]) -> str:
        if rng.random() > 0.6:
            return match[0]
        return str(int(match[0]) + rng.randint(1, 9)).zfill(len(match[0]))

    return [_NUMBER.sub(update, part) for part in parts]


def lead(parts: list[str], rng: random.Random, foreign: str) -> list[str]:
    """The first paragraph, or the first two sentences of it, written anew."""
    sentences = _SENTENCE.split(parts[0])
    new = " ".join(_SENTENCE.split(foreign)[: rng.randint(1, 2)])
    return [" ".join([" ".join(new.split()[:45]), *sentences[2:]]), *parts[1:]]


def headline(parts: list[str], rng: random.Random, foreign: str) -> list[str]:
    """Another headline, in the text as pasted pages have it."""
    del foreign
    return [rng.choice(_HEADLINES), *parts]


def furniture(parts: list[str], rng: random.Random, foreign: str) -> list[str]:
    """What the outlet puts before and after every story of its own."""
    del foreign
    before = [rng.choice(_BEFORE)] if rng.random() < 0.6 else []
    return [*before, *parts, *rng.sample(_AFTER, rng.randint(1, 2))]


def reword(parts: list[str], rng: random.Random, foreign: str) -> list[str]:
    """One to four sentences of ten reworded: two words each, or a clause put elsewhere."""
    del foreign
    share = rng.uniform(0.1, 0.4)
    changed = []
    for part in parts:
        sentences = _SENTENCE.split(part)
        changed.append(" ".join(_reword(s, rng) if rng.random() < share else s for s in sentences))
    return changed


def _reword(sentence: str, rng: random.Random) -> str:
    found = list(_WORDS.finditer(sentence))
    for match in sorted(rng.sample(found, min(2, len(found))), key=lambda m: -m.start()):
        new = _REWORDED[match[0]]
        sentence = sentence[: match.start()] + new + sentence[match.end() :]
    if not found and ", " in sentence:
        first, _, rest = sentence.partition(", ")
        sentence = f"{rest.rstrip('.')}, {first}."
    return sentence


EDITS: dict[str, Edit] = {
    "cut": cut,
    "numbers": numbers,
    "lead": lead,
    "headline": headline,
    "furniture": furniture,
    "reword": reword,
}
# As they come in life: a short version with the outlet's own headline, a late update, ...
COMBINATIONS = [
    ("cut", "headline", "furniture"),
    ("cut", "lead"),
    ("numbers", "lead", "headline"),
    ("cut", "reword"),
    ("numbers", "reword", "furniture"),
    ("cut", "lead", "furniture"),
    ("cut", "numbers", "lead", "headline", "reword", "furniture"),
]


def edited(text: str, edits: Sequence[str], rng: random.Random, foreign: str) -> str:
    """A copy of ``text`` with these edits; ``foreign`` is another story, for a new lead."""
    parts = paragraphs(text)
    for name in edits:
        parts = EDITS[name](parts, rng, foreign)
    return "\n\n".join(parts)


def sharing(text: str, other: str, rng: random.Random, share: float) -> str:
    """``text`` with sentences of another story in it: quotations, or background on the event.

    Two reports on one event share what was said there, and an agency's paragraph on what went
    before. ``share`` is the part of the shorter story's words that they have in common at most.
    """
    parts = paragraphs(text)
    wanted = share * min(words(parts), words([other]))
    sentences = [s for part in paragraphs(other) for s in _SENTENCE.split(part)]
    start = rng.randrange(max(1, len(sentences) // 2))
    taken: list[str] = []
    for sentence in sentences[start:]:
        if words(taken) + len(sentence.split()) > wanted:
            break
        taken.append(sentence)
    for n in range(0, len(taken), 3):
        parts.insert(rng.randint(0, len(parts)), " ".join(taken[n : n + 3]))
    return "\n\n".join(parts)


def roundup(texts: Sequence[str]) -> str:
    """The first paragraphs of several stories, about 80 words of each."""
    pieces: list[str] = []
    for text in texts:
        pieces += beginning(paragraphs(text), 80)
    return "\n\n".join(pieces)
