"""Ranked passages, without what only repeats a report shown above, and no article crowding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index import Archive, Hit
from qa._language.normalise import content_words

# Of one article at most so many passages come before those of the others: half of the first ten.
# It costs .01 of the recall of passages on wikinews, whose questions want one article each.
PER_ARTICLE = 5
# A copy of a report that is shown already adds nothing when so many of a passage's runs of words
# stand there too; copies are known by the archive, so this only spares what one of them adds.
SAME_REPORT = 0.6
SHINGLE = 3


def thinned(
    archive: Archive,
    ranked: Sequence[tuple[str, float]],
    k: int,
    named: set[str],
    per_article: int,
) -> list[Hit]:
    """The first ``k`` hits without what repeats a report above, and the articles spread out.

    A passage of a copy stays where it says more than the report that is shown, has another
    number, or comes from an outlet that is ``named``. Of one article ``per_article`` passages
    come before those of the others.
    """
    hits: list[Hit] = []
    later: list[Hit] = []
    shown: dict[str, Hit] = {}
    counts: dict[str, int] = {}
    for first in range(0, len(ranked), k):
        batch = archive.hits(ranked[first : first + k])
        origins = archive.origins({hit.article.id for hit in batch})
        for hit in batch:
            before = shown.setdefault(origins.get(hit.article.id, hit.article.id), hit)
            copied = before.article.id != hit.article.id and hit.article.outlet not in named
            if copied and _says_it_all(before.article.text, hit.passage.text):
                continue
            counts[hit.article.id] = counts.get(hit.article.id, 0) + 1
            (hits if counts[hit.article.id] <= per_article else later).append(hit)
        if len(hits) >= k:
            break
    return [replace(hit, rank=rank) for rank, hit in enumerate((hits + later)[:k], 1)]


def _says_it_all(report: str, passage: str) -> bool:
    """Whether a report has most of a passage's words in their order, and all of its numbers."""
    words, wanted = content_words(report), content_words(passage)
    if not {word for word in wanted if word[0].isdigit()} <= set(words):
        return False
    rows, wanted_rows = _shingles(words), _shingles(wanted)
    return len(rows & wanted_rows) >= SAME_REPORT * len(wanted_rows)


def _shingles(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))}
