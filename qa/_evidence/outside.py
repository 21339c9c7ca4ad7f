"""What the reader's filters leave out, where it would have answered the question."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from index import Archive, Article, Filters
from qa._evidence.confidence import confidence
from qa._evidence.search import article_line, filters_in_words
from qa._evidence.sentences import Evidence, find_evidence

# Articles that are named at most.
MOST = 3


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Articles that the filters leave out, the nearest first, and a sentence that says so."""

    articles: tuple[Article, ...]
    note: str


def left_out(
    archive: Archive,
    evidence: Evidence,
    filters: Filters,
    at_least: float,
    *,
    now: date | None = None,
    without: Collection[str] = (),
) -> LeftOut | None:
    """What answers the question of ``evidence`` once ``filters`` are dropped; None if nothing.

    Args:
        at_least: The confidence from which evidence is taken to answer a question.
        now: The day the question is asked on.
        without: Keys of what was understood that is not to count.
    """
    if not filters:
        return None
    if evidence.found is not None and evidence.found.outside:  # the search has said it
        articles = {hit.article.id: hit.article for hit in evidence.found.outside}
        return LeftOut(tuple(articles.values())[:MOST], "")
    free = find_evidence(archive, evidence.question, Filters(), now=now, without=without)
    if not free.candidates or confidence(free) < at_least:
        return None
    inside = set(archive.matching(filters))
    # Only if what answers best is outside: else the filters are not what is in the way.
    if free.candidates[0].article.id in inside:
        return None
    articles = {a.id: a for a in free.articles if a.id not in inside}
    found = tuple(articles.values())[:MOST]
    return LeftOut(
        found,
        f"Only articles {filters_in_words(filters)} were searched. Without these filters an answer"
        f" is likely in: {article_line(found[0])}.",
    )
