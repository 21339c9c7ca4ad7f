"""How likely the evidence is to answer the question at all.

A logistic model over a few scores of the best evidence. Its weights are fitted by
``benchmarks/confidence.py`` on the development suite and reported there on the others.
"""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass

from qa._evidence.sentences import Evidence
from qa._language.normalise import content_words

# Candidates that the features look at.
TOP = 3
# Stands in for the cosine where nothing has vectors: the words then decide alone. Below the
# median of the development suite (0.62), because without vectors less is known.
NEUTRAL_COSINE = 0.45

_NAME = re.compile(r"(?<!^)\b[A-Z][\w’'-]+")


@dataclass(frozen=True, slots=True)
class Features:
    """What the estimate rests on; all between 0 and 1.

    Attributes:
        cosine: The largest between the question and a candidate.
        coverage: Rarity-weighted share of the question's words in the best candidates and
            the sentences next to them.
        plain_coverage: The same over words that are not names: a question can share all its
            names with an article that says nothing of what it asks.
        names_alone: Share of the question's words that the best candidate has as names, as far
            as its plain words are not covered. It counts against: a sentence about the same
            people that says nothing of what is asked.
        typed: Whether one of the best candidates holds the kind of thing that is asked for.
    """

    cosine: float
    coverage: float
    plain_coverage: float
    names_alone: float
    typed: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the features in log-odds, and the intercept."""

    cosine: float
    coverage: float
    plain_coverage: float
    names_alone: float
    typed: float
    intercept: float


# From: benchmarks/confidence.py (development suite: wikinews).
FITTED = Weights(
    cosine=3.84,
    coverage=0.68,
    plain_coverage=0.1,
    names_alone=-3.37,
    typed=0.27,
    intercept=-1.93,
)


def confidence(evidence: Evidence, weights: Weights = FITTED) -> float:
    """Estimated probability that the evidence answers the question; 0 without evidence."""
    found = features(evidence)
    if found is None:
        return 0.0
    named = asdict(weights)
    odds = named.pop("intercept") + sum(named[k] * v for k, v in asdict(found).items())
    return 1.0 / (1.0 + math.exp(-odds))


def features(evidence: Evidence) -> Features | None:
    """The features of some evidence; None when there is none."""
    if not evidence.candidates:
        return None
    best = evidence.candidates[:TOP]
    covered = frozenset[str]().union(*(candidate.context for candidate in best))
    names = {w for m in _NAME.finditer(evidence.question) for w in content_words(m.group())}
    plain = {word: weight for word, weight in evidence.rarity.items() if word not in names}
    plain_coverage = _share(plain, covered)
    named = {word: weight for word, weight in evidence.rarity.items() if word in names}
    own_names = sum(weight for word, weight in named.items() if word in best[0].own)
    return Features(
        cosine=max(candidate.cosine for candidate in evidence.candidates) or NEUTRAL_COSINE,
        coverage=_share(evidence.rarity, covered),
        plain_coverage=plain_coverage,
        names_alone=own_names * (1 - plain_coverage),
        typed=float(any(candidate.typed for candidate in best)),
    )


def _share(weights: dict[str, float], covered: frozenset[str]) -> float:
    """The covered share of the weights; all of it where there is nothing to cover."""
    total = sum(weights.values())
    if not total:
        return 1.0
    return sum(weight for word, weight in weights.items() if word in covered) / total
