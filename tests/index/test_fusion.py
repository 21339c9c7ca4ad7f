import pytest

from index import reciprocal_rank_fusion


def test_against_a_computation_by_hand() -> None:
    fused = reciprocal_rank_fusion([["a", "b", "c"], ["c", "a"], ["d"]], k=1)

    # a: 1/2 + 1/3, b: 1/3, c: 1/4 + 1/2, d: 1/2
    assert [item for item, _ in fused] == ["a", "c", "d", "b"]
    assert [score for _, score in fused] == pytest.approx([5 / 6, 3 / 4, 1 / 2, 1 / 3])


def test_one_ranking_keeps_its_order_and_ties_go_by_id() -> None:
    assert [item for item, _ in reciprocal_rank_fusion([["z", "y", "x"]])] == ["z", "y", "x"]
    assert reciprocal_rank_fusion([["b"], ["a"]]) == [("a", 1 / 61), ("b", 1 / 61)]
    assert reciprocal_rank_fusion([[], []]) == []
