"""Finding passages: a ranking by words and one by meaning, fused."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index._article import Article, Passage
from index._errors import ArchiveError, UsageError
from index._faults import is_full
from index._filters import Filters
from index._fusion import reciprocal_rank_fusion
from index._keywords import KeywordIndex
from index._store.store import Store
from index._vectors.vectors import VectorIndex

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index._embeddings.minilm import Embedding

# How deep each ranking is read before fusion: several times what is asked for, so that a
# passage that only one of them likes can still come up.
POOL = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage. ``rank`` counts from 1; ``score`` is the fused score."""

    rank: int
    score: float
    passage: Passage
    article: Article


@dataclass(frozen=True, slots=True)
class Search:
    """The parts of one archive that a search needs; see ``Archive`` for what its methods do."""

    home: Path
    store: Store
    keywords: KeywordIndex
    vectors: VectorIndex
    embedding: Embedding | None

    def matching(self, filters: Filters) -> list[str]:
        """See ``Archive.matching``."""
        _check(filters)
        return self.store.matching(filters)

    def searched(self, filters: Filters) -> dict[str, int]:
        """See ``Archive.searched``."""
        _check(filters)
        articles, passages = self.store.catalogue().numbers(filters)
        return {"articles": articles, "passages": passages}

    def hits(self, question: str, k: int, filters: Filters) -> list[Hit]:
        """See ``Archive.search``."""
        if k < 1:
            raise UsageError(f"The number of passages asked for is {k}.", "Ask for at least 1.")
        allowed = self.matching(filters) if filters else None
        if allowed == []:
            return []
        pool = max(POOL, k)
        rankings = [[i for i, _ in self.by_words(question, pool, allowed)]]
        if self.embedding is not None:
            [dense] = self.by_meaning(self.embedding.embed([question]), pool, allowed)
            rankings.append([i for i, _ in dense])
        fused = reciprocal_rank_fusion(rankings)
        hits: list[Hit] = []
        # An article's text is read with its passage, so no more are read than are asked for;
        # again where some were removed since they were ranked.
        for first in range(0, len(fused), k):
            some = fused[first : first + k]
            found = self.store.passages_by_id([i for i, _ in some])
            for passage_id, score in some:
                if passage_id in found and len(hits) < k:
                    hits.append(Hit(len(hits) + 1, score, *found[passage_id]))
            if len(hits) == k:
                break
        return hits

    def by_words(
        self, question: str, k: int, articles: Collection[str] | None
    ) -> list[tuple[str, float]]:
        """See ``Archive.keyword_ranking``."""
        return self.keywords.search(question, k, articles=articles)

    def by_meaning(
        self, vectors: NDArray[np.float32], k: int, articles: Collection[str] | None
    ) -> list[list[tuple[str, float]]]:
        """See ``Archive.dense_rankings``."""
        none: list[list[tuple[str, float]]] = [[] for _ in vectors]
        generation = self.vectors.current()
        if self.embedding is None or generation is None:
            return none
        if generation.model != self.embedding.name:
            return none
        try:
            return self.vectors.search_each(vectors, k, articles)
        except ArchiveError as error:
            # Chroma writes even to read; the vectors in the store need no room.
            if not is_full(error, self.home):
                raise
        within = None if articles is None else list(articles)
        ids, matrix = self.store.passage_vectors(self.embedding.name, within)
        if not ids:
            return none
        ranked = []
        for vector in vectors:
            scores = matrix @ vector
            order = (-scores).argsort(kind="stable")[:k]
            ranked.append([(ids[i], float(scores[i])) for i in order])
        return ranked


def _check(filters: Filters) -> None:
    if filters.since and filters.until and filters.since > filters.until:
        raise UsageError(
            f"--since {filters.since} is after --until {filters.until}.", "Swap the two dates."
        )
