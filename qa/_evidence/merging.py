"""One order from the rankings of a question's parts.

``merged`` covers the parts: xQuAD (Santos, Macdonald and Ounis, "Exploiting query reformulations
for web search result diversification", WWW 2010) with the parts as its aspects. ``in_turn`` gives
each ranking one place after the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeVar

_T = TypeVar("_T")

# Passages that come first whichever part they answer. With three, one question more has evidence
# among the first four, and one less has all of it among the first ten.
LEAD = 2
# A passage serves a part by its score over the part's best one, to this power: at .95 of the best
# it counts for .6, at .8 for .1. 6 to 16 differ by one question of the development half of
# multihop-rag.
SHARPNESS = 10
# How much of a part a perfect passage settles. With .5, all evidence of two questions more in a
# hundred is found than with .9: what one report says of a part is rarely all there is.
SETTLED = 0.5
# Places that are chosen so; nobody looks for the balance of the parts further down.
CHOSEN = 60


def merged(rankings: Sequence[Mapping[str, float]]) -> list[str]:
    """All passages: the best of any ranking, then what serves the parts least served so far.

    Args:
        rankings: Scores of passages, higher is better, not negative; one ranking for each part.
    """
    import numpy as np

    best: dict[str, float] = {}
    for ranking in rankings:
        for passage, score in ranking.items():
            best[passage] = max(score, best.get(passage, score))
    ranked = sorted(best, key=lambda i: (-best[i], i))
    if len(rankings) < 2:
        return ranked
    serves = np.array([[ranking.get(i, 0.0) for i in ranked] for ranking in rankings])
    serves /= np.maximum(serves.max(axis=1, keepdims=True, initial=0.0), 1e-9)
    serves **= SHARPNESS
    unsettled = np.ones(len(rankings))
    free = np.ones(len(ranked), dtype=bool)
    chosen: list[int] = []
    while len(chosen) < min(CHOSEN, len(ranked)):
        gain = np.where(free, unsettled @ serves, -1.0)
        place = len(chosen) if len(chosen) < LEAD else int(gain.argmax())
        chosen.append(place)
        free[place] = False
        unsettled *= 1 - SETTLED * serves[:, place]
    return [ranked[place] for place in [*chosen, *np.flatnonzero(free)]]


def in_turn(orders: Sequence[Sequence[_T]], before: Collection[_T]) -> Iterator[_T]:
    """The next of each ranking that has not come yet, nor ``before``, until all have."""
    seen = set(before)
    left = [iter(order) for order in orders]
    while left:
        for order in list(left):
            item = next((i for i in order if i not in seen), None)
            if item is None:
                left.remove(order)
                continue
            seen.add(item)
            yield item
