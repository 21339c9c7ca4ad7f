"""Metrics against published values and against trec_eval itself."""

from __future__ import annotations

import math

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import AP, RR, Qrel, R, ScoredDoc, Success, nDCG

from evals._metrics import mcnemar_exact, mean, percentile, rate, retrieval_metrics, wilson

ORACLE = {
    "hit@1": Success @ 1,
    "hit@4": Success @ 4,
    "hit@10": Success @ 10,
    "recall@10": R @ 10,
    "MRR@10": RR @ 10,
    "AP@10": AP @ 10,
    "nDCG@10": nDCG @ 10,
}
documents = st.integers(0, 25).map(lambda n: f"d{n}")
queries = st.dictionaries(
    st.integers(0, 8).map(lambda n: f"q{n}"),
    st.tuples(
        st.lists(documents, unique=True, max_size=20),
        st.sets(documents, min_size=1, max_size=14),
    ),
    min_size=1,
    max_size=6,
)


@given(queries)
def test_retrieval_metrics_agree_with_trec_eval(
    queries: dict[str, tuple[list[str], set[str]]],
) -> None:
    """Rankings shorter and longer than k, empty ones (the query is missing in the run), and
    more relevant documents than k."""
    qrels = [Qrel(q, d, 1) for q, (_, relevant) in queries.items() for d in relevant]
    # trec_eval sorts by score and breaks ties by id: strictly falling scores keep the order.
    scored = [
        ScoredDoc(q, d, 1 / position)
        for q, (ranking, _) in queries.items()
        for position, d in enumerate(ranking, 1)
    ]
    expected = {
        (metric.query_id, str(metric.measure)): metric.value
        for metric in ir_measures.iter_calc(list(ORACLE.values()), qrels, scored)
    }
    for query, (ranking, relevant) in queries.items():
        ours = retrieval_metrics(ranking, relevant)
        for name, measure in ORACLE.items():
            # A query that is missing in the whole run has no row in trec_eval: nothing found.
            assert ours[name] == pytest.approx(expected.get((query, str(measure)), 0.0)), name
        assert ours["all_gold@10"] == (ours["recall@10"] == 1)
        assert ours["all_gold@4"] == float(relevant <= set(ranking[:4]))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)
    mirrored = wilson(n - successes, n)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=5e-5)


def test_no_trials_prove_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert rate(0, 0).value is None
    assert mean([]).value is None


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_two_sided_binomial_test(one: int, other: int) -> None:
    flips = one + other
    as_uneven = [k for k in range(flips + 1) if abs(2 * k - flips) >= abs(one - other)]
    expected = sum(math.comb(flips, k) for k in as_uneven) / 2**flips
    assert mcnemar_exact(one, other) == pytest.approx(expected)
    assert mcnemar_exact(one, other) == mcnemar_exact(other, one)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 100))
def test_percentile_is_numpys(values: list[float], percent: float) -> None:
    assert percentile(values, percent) == pytest.approx(float(np.percentile(values, percent)))


def test_bootstrap_covers_the_normal_interval_and_is_repeatable() -> None:
    values = [(i * 37 % 100) / 100 for i in range(100)]
    found = mean(values)
    assert found == mean(values)
    assert found.value == pytest.approx(0.495)
    assert found.interval is not None
    half = 1.96 * float(np.std(values)) / math.sqrt(len(values))
    assert found.interval == pytest.approx((0.495 - half, 0.495 + half), abs=0.01)


def test_questions_on_the_same_article_widen_the_interval() -> None:
    values = [float(i % 10 < 5) for i in range(100)]
    alone, clustered = mean(values), mean(values, [i % 10 for i in range(100)])
    assert alone.interval is not None
    assert clustered.interval is not None
    width = alone.interval[1] - alone.interval[0]
    assert clustered.interval[1] - clustered.interval[0] > 2 * width
