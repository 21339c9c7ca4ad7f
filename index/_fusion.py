"""Reciprocal rank fusion of several rankings."""

from __future__ import annotations

from collections.abc import Sequence

# The constant of Cormack, Clarke and Büttcher (SIGIR 2009), who introduced the method.
RRF_K = 60


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[str]], *, k: int = RRF_K
) -> list[tuple[str, float]]:
    """Fuse rankings of ids, each best first: an id scores ``sum(1 / (k + rank))``.

    Returns ``(id, score)``, best first, ties by id. An id should occur once per ranking.
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, 1):
            scores[item] = scores.get(item, 0.0) + 1.0 / (k + rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
