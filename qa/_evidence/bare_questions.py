"""Questions that are nothing but an outlet or a day: "What happened on 7 October?".

They ask for the reports themselves. No word or meaning of theirs says which passage answers them,
so all that is of the outlet and day comes before all that is not, every report with its opening:
news says first what it is about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

# What the outlet and the day are worth: more than any passage can score otherwise.
EVERYTHING = 2.0
# Reports whose openings are compared; with more, those of which a passage was found.
MOST_OPENINGS = 200


def openings(scores: Mapping[str, float], articles: Collection[str]) -> dict[str, float]:
    """The first passages of some articles, each with the best score that its article has so far."""
    best: dict[str, float] = {}
    for passage, score in scores.items():
        article = passage.rpartition("#")[0]
        best[article] = max(score, best.get(article, 0.0))
    wanted = sorted(articles) if len(articles) <= MOST_OPENINGS else sorted(best.keys() & articles)
    return {f"{article}#0": best.get(article, 0.0) for article in wanted}


def spread(
    order: Sequence[str], aimed: Iterable[tuple[Collection[str], Collection[str]]]
) -> list[str]:
    """Passages in an order in which the reports asked for come first, and each in its turn.

    Args:
        order: The passages, best first.
        aimed: The articles of the outlet and those of the day, for each that are asked for.
    """
    asked = list(aimed)
    turns = Counter[str]()
    places = []
    for n, passage in enumerate(order):
        article = passage.rpartition("#")[0]
        # Of a paper that has nothing of the day, what it has comes before other papers' of the day.
        fitting = max(
            (2 * (article in outlet) + (article in day) for outlet, day in asked), default=0
        )
        places.append((-fitting, turns[article], n, passage))
        turns[article] += 1
    return [passage for *_, passage in sorted(places)]
