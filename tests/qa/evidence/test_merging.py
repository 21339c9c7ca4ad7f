"""One order from the rankings of a question's parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa._evidence.merging import LEAD, merged

RANKING = st.dictionaries(st.sampled_from("abcdefghijkl"), st.floats(0, 2), max_size=12)


@given(st.lists(RANKING, min_size=1, max_size=6))
def test_everything_comes_once_and_the_best_of_all_first(rankings: list[dict[str, float]]) -> None:
    order = merged(rankings)
    best = {i: max(r[i] for r in rankings if i in r) for r in rankings for i in r}
    assert sorted(order) == sorted(best)
    assert order[:LEAD] == sorted(best, key=lambda i: (-best[i], i))[:LEAD]


@given(RANKING)
def test_one_ranking_is_kept(ranking: dict[str, float]) -> None:
    assert merged([ranking]) == sorted(ranking, key=lambda i: (-ranking[i], i))


def test_a_part_with_low_scores_is_served_too() -> None:
    """Scores of one part against those of another say nothing: each is measured by its best."""
    rich = {f"rich{n}": 0.99 - n / 1000 for n in range(50)}
    poor = {"poor": 0.3, "poorer": 0.1}
    order = merged([rich, poor])
    assert "poor" in order[: LEAD + 2]
    assert "poorer" not in order[:10]


def test_what_serves_two_parts_comes_before_what_serves_one() -> None:
    one = {"x": 1.0, "y": 0.99, "both": 0.95, "p": 0.95}
    other = {"u": 1.0, "v": 0.99, "both": 0.95, "q": 0.95}
    order = merged([one, other])
    assert order.index("both") < min(order.index("p"), order.index("q"))
