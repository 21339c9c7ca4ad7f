"""How sure the evidence is: a probability, that tells answerable questions from others."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from index import Archive, Filters
from qa import Features, Weights, confidence, features, find_evidence
from qa._evidence.sentences import Evidence

SUITE = Path(__file__).parents[3] / "evals" / "suites" / "seeds.yaml"

NOTHING = Evidence("Who?", (), {"articles": 0, "passages": 0}, {}, frozenset())


def test_without_evidence_there_is_no_confidence() -> None:
    assert confidence(NOTHING) == 0
    assert features(NOTHING) is None


@given(st.lists(st.floats(-20, 20), min_size=5, max_size=5))
def test_it_is_a_probability_whatever_the_weights(
    seeds_evidence: Evidence, weights: list[float]
) -> None:
    assert 0 <= confidence(seeds_evidence, Weights(*weights)) <= 1


def test_each_feature_counts_by_its_weight(seeds_evidence: Evidence) -> None:
    found = features(seeds_evidence)
    assert found is not None
    for name in Features.__dataclass_fields__:
        assert -1 <= getattr(found, name) <= 1
        none = dict.fromkeys([*Features.__dataclass_fields__, "intercept"], 0.0)
        assert confidence(seeds_evidence, Weights(**none)) == 0.5
        more = confidence(seeds_evidence, Weights(**none | {name: 1.0}))
        assert (more > 0.5) == (getattr(found, name) > 0)


@pytest.fixture(scope="module")
def seeds_evidence(seeds_archive: Archive) -> Evidence:
    question = "What share of Russians would support ending the war?"
    return find_evidence(seeds_archive, question, Filters())


def test_answerable_questions_are_told_from_others(seeds_archive: Archive) -> None:
    """The chance that of two questions about the seeds the answerable one looks surer."""
    sure: dict[bool, list[float]] = {True: [], False: []}
    for case in yaml.safe_load(SUITE.read_text("utf-8"))["cases"]:
        if "ask" in case:
            evidence = find_evidence(seeds_archive, case["ask"], Filters())
            answerable = not case["expect"].get("abstain", False)
            sure[answerable].append(confidence(evidence))
    assert min(len(sure[True]), len(sure[False])) >= 5
    pairs = [yes > no for yes in sure[True] for no in sure[False]]
    assert sum(pairs) / len(pairs) > 0.75


def test_a_name_that_nobody_reports_on_counts_against_an_answer(seeds_archive: Archive) -> None:
    question = "What share of Russians would support ending the war, according to {}?"
    known, strange = (
        find_evidence(seeds_archive, question.format(name), Filters())
        for name in ("Putin", "Quillington")
    )
    assert features(known).strange_names == 0  # type: ignore[union-attr]
    assert features(strange).strange_names == 0.5  # type: ignore[union-attr]
    assert confidence(strange) < confidence(known)
