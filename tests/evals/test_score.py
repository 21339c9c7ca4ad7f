"""Verdicts: a right answer passes, and each way of spoiling it is caught and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import answer, refusal

from evals import Case, Corpus, Retrieved, Suite, Verdict, score_case
from evals._score import GOLD_OVERLAP
from index import Archive
from qa import Answer

COST = "Repairs will cost 1.5 million euros and take 70 days."
TWELVE = "Twelve people were hurt, the mayor said."
FOURTEEN = "Fourteen people were hurt, according to the hospital."
BOTH = tuple(Retrieved(n, 1 / n, a, f"{a}#0") for n, a in enumerate(("bridge-a", "bridge-b"), 1))


def judge(
    suite: Suite,
    case_id: str,
    given: Answer,
    corpus: Corpus,
    retrieved: tuple[Retrieved, ...] = BOTH,
    change: Callable[[dict[str, Any]], None] | None = None,
    **expect: Any,
) -> Verdict:
    """The verdict on ``given``, after ``change`` to its JSON, with changed expectations."""
    (case,) = (c for c in suite.cases if c.id == case_id)
    if expect:
        data = case.model_dump(by_alias=True)
        data["expect"] |= expect
        case = Case.model_validate(data)
    as_json = given.to_json()
    if change:
        change(as_json)
    return score_case(case, as_json, corpus, retrieved)


def scores(verdict: Verdict) -> dict[str, float | str]:
    return {score.name: score.to_json() for score in verdict.scores}


def test_a_right_answer_passes(suite: Suite, archive: Archive, corpus: Corpus) -> None:
    verdict = judge(suite, "cost", answer(archive, ("bridge-a", COST)), corpus)
    assert (verdict.outcome, verdict.stage, verdict.reason) == ("passed", None, "")
    assert scores(verdict) == dict.fromkeys(
        (
            *("status", "facts", "sources", "quote_exact", "markers"),
            *("citation_recall", "citation_precision", "quote_recall"),
        ),
        1.0,
    )


def test_a_partial_answer_with_all_that_is_expected_passes(
    suite: Suite, archive: Archive, corpus: Corpus
) -> None:
    given = answer(archive, ("bridge-a", COST), status="partial")
    assert judge(suite, "cost", given, corpus).outcome == "passed"


def test_both_sides_of_a_conflict_are_needed(
    suite: Suite, archive: Archive, corpus: Corpus
) -> None:
    both = answer(archive, ("bridge-a", TWELVE), ("bridge-b", FOURTEEN))
    assert judge(suite, "hurt", both, corpus).outcome == "passed"
    one = judge(suite, "hurt", answer(archive, ("bridge-a", TWELVE)), corpus)
    assert (one.outcome, one.stage) == ("failed", "retrieved_not_cited")
    assert one.reason == "side not shown: fourteen"
    assert scores(one)["conflict"] == 0.5
    beside_it = answer(archive, ("bridge-a", TWELVE), ("bridge-b", "A storm struck the town"))
    assert judge(suite, "hurt", beside_it, corpus).reason == "side not shown: fourteen"
    said_by_one = answer(archive, ("bridge-a", TWELVE), prose="Fourteen or twelve were hurt")
    assert judge(suite, "hurt", said_by_one, corpus).outcome == "failed"


def test_refusals(suite: Suite, archive: Archive, corpus: Corpus) -> None:
    assert judge(suite, "moon", refusal(), corpus).outcome == "passed"
    polite = answer(archive, prose="I could not find anything about this")
    assert judge(suite, "moon", polite, corpus).stage == "answered_wrongly"
    citing = answer(archive, ("opera", "Tickets start at 25 euros"), status="not_found")
    verdict = judge(suite, "moon", citing, corpus)
    assert (verdict.outcome, verdict.reason) == ("failed", "the refusal cites something")
    unmarked = replace(citing, answer="Nothing was found.")
    assert judge(suite, "moon", unmarked, corpus).outcome == "failed"
    marked = replace(refusal(), answer="Nothing [1] was found.")
    assert judge(suite, "moon", marked, corpus).outcome == "failed"


def test_the_right_yes_or_no_comes_first(suite: Suite, archive: Archive, corpus: Corpus) -> None:
    cited = answer(archive, ("bridge-a", COST))
    for begins, outcome in (("Yes, so it reads. ", "passed"), ("No. ", "failed"), ("", "failed")):
        told = replace(cited, answer=begins + cited.answer)
        verdict = judge(suite, "cost", told, corpus, verdict="yes")
        assert (verdict.outcome, scores(verdict)["verdict"]) == (
            outcome,
            float(outcome == "passed"),
        )
    assert "verdict" not in scores(judge(suite, "cost", cited, corpus))


def drop_quotes(data: dict[str, Any]) -> None:
    data.update(quotes=[], claims=[], answer="1.5 million")


def edit(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        data["quotes"][0][path] = value

    return change


@pytest.mark.parametrize(
    ("change", "stage", "reason"),
    [
        (
            lambda data: data.update(status="not_found"),
            "refused_wrongly",
            "the status is not_found",
        ),
        (lambda data: data.update(status="error"), "wrong_answer", "the status is error"),
        (edit("text", COST.replace("1.5", "1.6")), "misquoted", "not verbatim"),
        (edit("end", 10**6), "misquoted", "not verbatim"),
        (edit("start", -1), "misquoted", "not verbatim"),
        (edit("verdict", "stitched"), "misquoted", "not verbatim"),
        (edit("article", "bridge-b"), "misquoted", "not verbatim"),
        (edit("article", "gone"), "misquoted", "not verbatim"),
        (drop_quotes, "retrieved_not_cited", "not cited: bridge-a; the answer carries no quote"),
    ],
)
def test_each_way_of_spoiling_an_answer_is_caught(
    suite: Suite,
    archive: Archive,
    corpus: Corpus,
    change: Callable[[dict[str, Any]], None],
    stage: str,
    reason: str,
) -> None:
    good = answer(archive, ("bridge-a", COST))
    verdict = judge(suite, "cost", good, corpus, change=change)
    assert (verdict.outcome, verdict.stage) == ("failed", stage)
    assert reason in verdict.reason


@given(data=st.data())
def test_any_changed_character_makes_a_quote_inexact(
    suite: Suite, archive: Archive, corpus: Corpus, data: st.DataObject
) -> None:
    position = data.draw(st.integers(0, len(COST) - 1))
    letter = data.draw(st.characters(exclude_characters=COST[position]))
    changed = COST[:position] + letter + COST[position + 1 :]
    good = answer(archive, ("bridge-a", COST), ("bridge-a", TWELVE))
    verdict = judge(suite, "cost", good, corpus, change=edit("text", changed))
    assert scores(verdict)["quote_exact"] == 0.5
    assert verdict.outcome == "failed"


@pytest.mark.parametrize(
    ("given", "retrieved", "sources", "stage"),
    [
        ((TWELVE, "bridge-a"), BOTH, ["bridge-a"], "wrong_answer"),
        ((TWELVE, "bridge-a"), (), ["bridge-a"], "wrong_answer"),
        ((FOURTEEN, "bridge-b"), BOTH, ["bridge-a"], "retrieved_not_cited"),
        ((FOURTEEN, "bridge-b"), BOTH[1:], ["bridge-a"], "not_retrieved"),
        ((FOURTEEN, "bridge-b"), BOTH, ["gone"], "not_indexed"),
        ((FOURTEEN, "bridge-b"), BOTH, {"all": ["bridge-b", "opera"]}, "not_retrieved"),
        (None, BOTH, ["bridge-a"], "refused_wrongly"),
        (None, (), ["bridge-a"], "not_retrieved"),
    ],
)
def test_the_first_stage_that_failed_is_blamed(
    suite: Suite,
    archive: Archive,
    corpus: Corpus,
    given: tuple[str, str] | None,
    retrieved: tuple[Retrieved, ...],
    sources: Any,
    stage: str,
) -> None:
    said = answer(archive, given[::-1]) if given else refusal()
    verdict = judge(suite, "cost", said, corpus, retrieved, sources=sources, quotes=())
    assert (verdict.outcome, verdict.stage) == ("failed", stage)


def test_what_must_not_be_there(suite: Suite, archive: Archive, corpus: Corpus) -> None:
    good = answer(archive, ("bridge-a", COST), prose="At least 70 days")
    assert judge(suite, "cost", good, corpus, **{"not": ["7 days"]}).outcome == "passed"
    verdict = judge(suite, "cost", good, corpus, **{"not": ["/70 (days|weeks)/"]})
    assert verdict.reason == "should not be there: /70 (days|weeks)/"


def test_facts_may_be_in_the_text_or_in_a_quote_but_not_in_a_marker(
    suite: Suite, archive: Archive, corpus: Corpus
) -> None:
    quoted = answer(archive, ("bridge-a", TWELVE), prose="It will cost **1.5** million")
    assert judge(suite, "cost", quoted, corpus, quotes=()).outcome == "passed"
    verdict = judge(suite, "cost", quoted, corpus, quotes=(), facts=["1"])
    assert verdict.reason == "missing: 1"


def test_nothing_later_than_the_case_may_be_cited(
    suite: Suite, archive: Archive, corpus: Corpus
) -> None:
    (case,) = (c for c in suite.cases if c.id == "cost")
    good = answer(archive, ("bridge-a", COST)).to_json()
    for day, outcome in (("2021-03-02", "passed"), ("2021-03-01", "failed")):
        dated = Case.model_validate(case.model_dump(by_alias=True) | {"as_of": day})
        assert score_case(dated, good, corpus, BOTH).outcome == outcome
    undated = answer(archive, ("harvest", "They blame the dry spring."), ("bridge-a", COST))
    verdict = score_case(dated, undated.to_json(), corpus, BOTH)
    assert "harvest (date unknown)" in verdict.reason


def test_markers_and_claims_must_point_at_quotes(
    suite: Suite, archive: Archive, corpus: Corpus
) -> None:
    good = answer(archive, ("bridge-a", COST))
    dangling = replace(good, answer=f"{good.answer} And more [2](#q2).")
    assert scores(judge(suite, "cost", dangling, corpus))["markers"] == 0
    bare = replace(good, claims=(replace(good.claims[0], quotes=()),))
    assert scores(judge(suite, "cost", bare, corpus))["markers"] == 0


def test_citation_scores(suite: Suite, archive: Archive, corpus: Corpus) -> None:
    wide = answer(archive, ("bridge-a", COST[:30]), ("opera", "Tickets start at 25 euros"))
    found = scores(judge(suite, "cost", wide, corpus, facts=["1.5 million"]))
    assert found["citation_recall"] == 1
    assert found["citation_precision"] == 0.5
    assert found["quote_recall"] == 1, f"30 of {len(COST)} characters are {GOLD_OVERLAP:.0%}"
    narrow = answer(archive, ("bridge-a", COST[:20]))
    assert scores(judge(suite, "cost", narrow, corpus))["quote_recall"] == 0
    nowhere = judge(suite, "cost", wide, corpus, quotes=["Not in any article"])
    assert scores(nowhere)["quote_recall"] == (
        "not_measured: no expected quote stands in its sources"
    )


def test_where_either_article_will_do_one_quote_is_enough(
    suite: Suite, archive: Archive, corpus: Corpus
) -> None:
    given = answer(archive, ("bridge-b", FOURTEEN))
    changes = {"facts": ["people were hurt"], "quotes": [TWELVE, FOURTEEN]}
    either = judge(suite, "cost", given, corpus, sources=["bridge-a", "bridge-b"], **changes)
    assert scores(either)["quote_recall"] == scores(either)["citation_recall"] == 1
    both = judge(suite, "cost", given, corpus, sources={"all": ["bridge-a", "bridge-b"]}, **changes)
    assert scores(both)["quote_recall"] == scores(both)["citation_recall"] == 0.5


def test_retrieval_over_articles_and_passages(
    suite: Suite, archive: Archive, corpus: Corpus
) -> None:
    (passage,) = archive.passages("bridge-a")
    hits = tuple(
        Retrieved(n, 1 / n, p.split("#")[0], p)
        for n, p in enumerate(["opera#0", "bridge-b#0", "opera#1", passage.id], 1)
    )
    alone = judge(suite, "cost", refusal(), corpus, hits).retrieval
    assert (alone["hit@1"], alone["MRR@10"], alone["passage.MRR@10"]) == (0, 1 / 3, 1 / 4)
    either = judge(suite, "cost", refusal(), corpus, hits, sources=["bridge-a", "bridge-b"])
    assert either.retrieval["MRR@10"] == 1 / 2
    assert either.retrieval["all_gold@10"] == either.retrieval["AP@10"] * 2 == 1
    needed = judge(suite, "hurt", refusal(), corpus, hits).retrieval
    assert (needed["all_gold@4"], needed["MRR@10"]) == (1, 1 / 2)
    assert judge(suite, "moon", refusal(), corpus, hits).retrieval == {}
