"""Whether a question has no answer only because of the filters."""

from __future__ import annotations

from collections.abc import Callable

from index import Article
from qa._evidence.confidence import confidence
from qa._evidence.sentences import Evidence


def filtered_out(
    evidence: Evidence, find_all: Callable[[], Evidence], *, above: float
) -> Article | None:
    """The article that may answer a question, where it is one that the filters leave out.

    Args:
        evidence: What was found under the filters, and did not do for an answer.
        find_all: Finds the evidence without them. Not called where no article passes the
            filters: the search has said so.
        above: How sure that evidence must be at least; surer than ``evidence`` it must be, too.
    """
    if not evidence.candidates:
        return None
    everything = find_all()
    if not everything.candidates or confidence(everything) < max(above, confidence(evidence)):
        return None
    best = everything.articles[0]
    return None if best.id in {article.id for article in evidence.articles} else best
