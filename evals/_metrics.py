"""Numbers over many cases: rates, means, rankings, and the comparison of two runs.

Retrieval metrics follow trec_eval for binary relevance. A ranking lists distinct ids, best
first; ``relevant`` is never empty, since a question without an answer in the corpus has no
ranking to judge.
"""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

Z_95 = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A number with what it rests on.

    Attributes:
        value: None where nothing could be measured.
        n: How many measurements it rests on.
        interval: 95 %: Wilson for a rate, bootstrap for a mean.
    """

    value: float | None
    n: int
    interval: tuple[float, float] | None = None


def wilson(successes: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson's score interval for a proportion (Wilson 1927); (0, 1) for no trials."""
    if n == 0:
        return 0.0, 1.0
    rate = successes / n
    centre = rate + z * z / (2 * n)
    margin = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if successes == 0 else (centre - margin) / scale
    high = 1.0 if successes == n else (centre + margin) / scale
    return low, high


def rate(successes: int, n: int) -> Metric:
    """A proportion with its Wilson interval."""
    if n == 0:
        return Metric(None, 0)
    return Metric(successes / n, n, wilson(successes, n))


def mean(
    values: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Metric:
    """A mean with its percentile-bootstrap interval.

    Args:
        values: The measurements.
        clusters: One label for each; whole clusters are drawn, because questions about the
            same article are not independent of each other.
        resamples: How many samples are drawn.
        seed: Makes the interval the same each time.
    """
    if not values:
        return Metric(None, 0)
    sums: dict[Hashable, tuple[float, int]] = {}
    for position, value in enumerate(values):
        label = clusters[position] if clusters else position
        total, count = sums.get(label, (0.0, 0))
        sums[label] = (total + value, count + 1)
    centre = math.fsum(values) / len(values)
    pool = list(sums.values())
    if len(pool) < 2 or len(set(values)) == 1:
        return Metric(centre, len(values))
    draw = random.Random(seed)  # noqa: S311 (statistics, no secret)
    means = []
    for _ in range(resamples):
        sample = draw.choices(pool, k=len(pool))
        means.append(sum(total for total, _ in sample) / sum(count for _, count in sample))
    return Metric(centre, len(values), (percentile(means, 2.5), percentile(means, 97.5)))


def percentile(values: Sequence[float], percent: float) -> float:
    """The percentile by linear interpolation between ranks, as numpy's default.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("no values have no percentile")
    ordered = sorted(values)
    position = (len(ordered) - 1) * percent / 100
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def mcnemar_exact(one_way: int, other_way: int) -> float:
    """Two-sided exact McNemar test: the p-value of so uneven a split of the flips.

    Args:
        one_way: Cases that only the first run passed.
        other_way: Cases that only the second run passed.
    """
    flips = one_way + other_way
    tail = sum(math.comb(flips, i) for i in range(min(one_way, other_way) + 1))
    return min(1.0, 2 * tail / (1 << flips))


# --- Rankings ---------------------------------------------------------------------------------


def hit(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """1 if any of the first ``k`` is relevant (Success@k)."""
    return float(any(item in relevant for item in ranking[:k]))


def recall(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """The share of what is relevant that is among the first ``k``."""
    return sum(item in relevant for item in ranking[:k]) / len(relevant)


def all_gold(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """1 if all that is relevant is among the first ``k``: what a multi-hop question needs."""
    return float(sum(item in relevant for item in ranking[:k]) == len(relevant))


def reciprocal_rank(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """1 / rank of the first relevant one among the first ``k``, else 0 (RR@k)."""
    for position, item in enumerate(ranking[:k], 1):
        if item in relevant:
            return 1 / position
    return 0.0


def average_precision(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Precision at each relevant rank among the first ``k``, over all that is relevant (AP@k)."""
    found, total = 0, 0.0
    for position, item in enumerate(ranking[:k], 1):
        if item in relevant:
            found += 1
            total += found / position
    return total / len(relevant)


def ndcg(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Discounted gain (log2 of rank + 1) of the first ``k``, over that of the best order."""
    gain = sum(1 / math.log2(i + 1) for i, item in enumerate(ranking[:k], 1) if item in relevant)
    best = sum(1 / math.log2(i + 1) for i in range(1, min(k, len(relevant)) + 1))
    return gain / best


RETRIEVAL_RATES = ("hit@1", "hit@4", "hit@10", "all_gold@4", "all_gold@10")
RETRIEVAL_MEANS = ("recall@10", "MRR@10", "AP@10", "nDCG@10")
SCORE_RATES = ("status", "sources", "not", "verdict", "as_of", "markers")
SCORE_MEANS = ("facts", "conflict", "citation_recall", "citation_precision", "quote_recall")
TIMINGS = ("retrieve", "first_quote", "first_text", "total")
METRIC_NAMES = frozenset(
    (
        *("pass_rate", "stable", "not_measured", "not_measured_rate"),
        *("quote_verified", "over_refusal", "refusal_recall", "refusal_precision"),
        *SCORE_RATES,
        *SCORE_MEANS,
        *(
            f"{unit}{name}"
            for name in RETRIEVAL_RATES + RETRIEVAL_MEANS
            for unit in ("", "passage.")
        ),
        *(f"{name}_{p}_ms" for name in TIMINGS for p in ("p50", "p95")),
        *(f"{name}_tokens_{p}" for name in ("prompt", "completion") for p in ("p50", "p95")),
    )
)
"""Every name that a gate may be set on."""

_MEASURES = {
    "hit": hit,
    "all_gold": all_gold,
    "recall": recall,
    "MRR": reciprocal_rank,
    "AP": average_precision,
    "nDCG": ndcg,
}


def retrieval_metrics(ranking: Sequence[str], relevant: Collection[str]) -> dict[str, float]:
    """All retrieval metrics of one question, by name."""
    values = {}
    for name in RETRIEVAL_RATES + RETRIEVAL_MEANS:
        measure, k = name.split("@")
        values[name] = _MEASURES[measure](ranking, relevant, int(k))
    return values
