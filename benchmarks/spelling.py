"""Typing errors in questions: how many are mended, and how many correct words are changed.

    python benchmarks/spelling.py

For the development half of multihop-rag, for wikinews and for the seeds: one error is made in
each word of the questions that has five letters or more and that the archive holds (letters
swapped, left out, doubled, or the key beside hit; never the first letter). *mended* is the share
for which the first other spelling is that word, *wrong* the share for which it is another.
*changed* counts the correct words of all sets' questions that the archive does not hold and that
are taken for others; the names among them apart.
"""

from __future__ import annotations

import random
import re
from contextlib import suppress

from _retrieval_sets import QuestionSet, all_sets

from evals import corpus_archive
from index import Archive
from qa._language.normalise import plain
from qa._language.wordlists import STOP_WORDS
from qa._question.spelling import BESIDE, SHORTEST, spellings
from ui._settings import load_settings

SETS = ("multihop-rag-dev", "wikinews", "seeds")
KINDS = ("swapped", "left out", "doubled", "beside")
SHORTEST_HURT = 5
# So many words of each set.
MOST = 400


def words(chosen: QuestionSet) -> set[str]:
    """The words of a set's questions that might be corrected."""
    text = " ".join(question for case in chosen.suite.cases for question in case.questions)
    found = set(re.findall(r"(?<![\w’'])[A-Za-z]+(?![\w’'])", text))
    return {w for w in found if len(w) >= SHORTEST and plain(w) not in STOP_WORDS}


def hurt(word: str, kind: str, draw: random.Random) -> str:
    """The word with one error behind its first letter."""
    at = draw.randrange(1, len(word) - 1)
    head, letter, tail = word[:at], word[at], word[at + 1 :]
    if kind == "swapped":
        return head + tail[0] + letter + tail[1:]
    if kind == "left out":
        return head + tail
    if kind == "doubled":
        return head + letter + letter + tail
    return head + draw.choice(BESIDE.get(letter.lower(), letter)) + tail


def mended(archive: Archive, held: list[str], kind: str, draw: random.Random) -> tuple[int, ...]:
    """How many errors were tried, mended, and taken for another word."""
    tried = right = wrong = 0
    for word in held:
        typed = hurt(word, kind, draw)
        if archive.holding(typed):
            continue
        tried += 1
        others = [s.others[0] for s in spellings(archive, f"what about {typed}")]
        hit = archive.index_term(word) in map(archive.index_term, others)
        right += hit
        wrong += bool(others) and not hit
    return tried, right, wrong


def main() -> None:
    settings = load_settings()
    draw = random.Random(1)  # noqa: S311 (a sample, no secret)
    sets = [chosen for chosen in all_sets(settings.home) if chosen.name in SETS]
    asked = sorted(set().union(*map(words, sets)))
    for chosen in sets:
        with corpus_archive(chosen.suite, settings.home, None) as archive:
            held = [w for w in sorted(words(chosen)) if len(w) >= SHORTEST_HURT]
            held = [w for w in held if archive.holding(w)]
            held = draw.sample(held, min(MOST, len(held)))
            print(f"\n{chosen.name}: {len(held)} words")
            for kind in KINDS:
                tried, right, wrong = mended(archive, held, kind, draw)
                print(f"{kind:10} mended {right / tried:.3f}  wrong {wrong / tried:.3f}")
            absent = [w for w in asked if not archive.holding(w)]
            changed = [w for w in absent if spellings(archive, f"what about {w}")]
            names = sum(w[0].isupper() for w in changed)
            print(
                f"changed    {len(changed)} of {len(absent)} correct words, {names} of them names"
            )


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main()
