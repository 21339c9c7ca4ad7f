"""How well the search serves a case, whatever is made of it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evals._corpus import Corpus, GoldQuote
from evals._metrics import retrieval_metrics
from evals._suite import Case
from index import Filters


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A hit of the harness's own search for the case's question. Ranks count from 1."""

    rank: int
    score: float
    article: str
    passage: str


def case_filters(case: Case, corpus: Corpus) -> Filters:
    """What a case is asked over: articles up to its day, those it names if it names any."""
    # Names that no article has must not open the whole corpus.
    articles = tuple(sorted(corpus.find_any(case.articles))) or case.articles
    return Filters(until=case.as_of, articles=articles)


def gold_quotes(case: Case, corpus: Corpus) -> dict[str, list[GoldQuote]]:
    """Where the expected quotes stand, by article; only in the expected sources if any."""
    names = [name for group in case.expect.source_groups for name in group]
    among = corpus.find_any(names) if names else None
    gold: dict[str, list[GoldQuote]] = {}
    for quote in case.expect.quotes:
        for place in corpus.places(quote, among):
            gold.setdefault(place.article_id, []).append(place)
    return gold


def judge_retrieval(case: Case, corpus: Corpus, retrieved: Sequence[Retrieved]) -> dict[str, float]:
    """Retrieval metrics of one case: over articles, and with ``passage.`` over passages.

    Articles of which any one will do count as one, which stands where the first of them does.
    A passage is relevant when it holds at least half of an expected quote. Nothing is measured
    where nothing is relevant: the case abstains, or names no sources (quotes) that are there.
    """
    if case.expect.abstain:
        return {}
    metrics: dict[str, float] = {}
    groups = {corpus.find_any(names) for names in case.expect.source_groups}
    if groups and all(groups):
        key_of: dict[str, str] = {}
        # The narrowest group first: an article that is needed itself is no mere alternative.
        for group in sorted(groups, key=lambda ids: (len(ids), sorted(ids))):
            for article_id in group:
                key_of.setdefault(article_id, min(group))
        ranking = list(dict.fromkeys(key_of.get(hit.article, hit.article) for hit in retrieved))
        metrics |= retrieval_metrics(ranking, set(key_of.values()))
    gold = [quote for quotes in gold_quotes(case, corpus).values() for quote in quotes]
    relevant = frozenset[str]().union(*map(corpus.passages_of, gold))
    if relevant:
        ranking = list(dict.fromkeys(hit.passage for hit in retrieved))
        over_passages = retrieval_metrics(ranking, relevant)
        metrics |= {f"passage.{name}": value for name, value in over_passages.items()}
    return metrics
