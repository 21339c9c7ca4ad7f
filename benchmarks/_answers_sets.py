"""The questions of ``benchmarks/answers.py``: the answerable and the others, with their answers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _retrieval_sets import SHARED, half, records, shipped, squad2_corpus, suite_of

from evals import Case, Suite

NO_ANSWER = "null_query"
SEED = 1

# Suites that something was tuned on, and those that only report.
HALVES = {"wikinews": "dev", "seeds": "dev", "seeds-heldout": "heldout"}


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """Questions over one corpus.

    Attributes:
        suite: Corpus and cases, those without an answer included.
        halves: ``dev`` or ``heldout`` of each case, by its id.
        kinds: The type of question of each case.
        gold: The short answers of a set that has them in place of facts.
    """

    name: str
    suite: Suite
    halves: dict[str, str]
    kinds: dict[str, str]
    gold: dict[str, str] = field(default_factory=dict)

    def sample(self, limit: int | None) -> list[Case]:
        """The cases in a fixed, stratified order; the first ``limit`` of them.

        A larger sample begins with the smaller one. Every kind of question in either half has its
        share of each, as nearly as the number allows.
        """
        strata: dict[tuple[str, str], list[Case]] = {}
        for case in self.suite.cases:
            strata.setdefault((self.halves[case.id], self.kinds[case.id]), []).append(case)
        placed = []
        for number, key in enumerate(sorted(strata)):
            inside = strata[key]
            random.Random(f"{SEED} {key}").shuffle(inside)  # noqa: S311 (an order, no secret)
            placed += [
                ((n + (number + 1) / (len(strata) + 1)) / len(inside), case)
                for n, case in enumerate(inside)
            ]
        return [case for _, case in sorted(placed, key=lambda item: item[0])][:limit]


def multihop_rag(home: Path) -> AnswerSet:
    """All questions; the gold answers are matched by ``_answers_judge``."""
    del home
    folder = SHARED / "multihop-rag"
    ids = {record["url"]: record["id"] for record in records(folder / "articles.jsonl")}
    rows = list(records(folder / "questions.jsonl"))
    cases = []
    for row in rows:
        expect: dict[str, Any] = {"abstain": True}
        if row["evidence"]:
            sources = sorted({ids[evidence["url"]] for evidence in row["evidence"]})
            facts = [evidence["fact"] for evidence in row["evidence"]]
            expect = {"sources": {"all": sources}, "quotes": facts}
        cases.append({"id": row["id"], "ask": row["question"], "expect": expect})
    return AnswerSet(
        "multihop-rag",
        suite_of("multihop-rag", folder / "articles.jsonl", cases),
        {row["id"]: half(row["id"]) for row in rows},
        {row["id"]: row["type"] for row in rows},
        {row["id"]: row["answer"] for row in rows},
    )


def squad2(home: Path) -> AnswerSet:
    """All its questions."""
    path, rows, ids = squad2_corpus(home)
    cases = []
    for row in rows:
        expect: dict[str, Any] = {"abstain": True}
        if row["answerable"]:
            expect = {"facts": [row["answers"]], "sources": [ids[row["context"]]]}
        cases.append({"id": row["id"], "ask": row["question"].strip(), "expect": expect})
    return AnswerSet(
        "squad2",
        suite_of("squad2", path, cases),
        {row["id"]: half(row["id"]) for row in rows},
        {row["id"]: "answerable" if row["answerable"] else NO_ANSWER for row in rows},
    )


def suite_set(name: str) -> Callable[[Path], AnswerSet]:
    """A suite that comes with the program."""

    def make(home: Path) -> AnswerSet:
        del home
        suite = shipped(name)[0].suite
        kinds = {c.id: NO_ANSWER if c.expect.abstain else "answerable" for c in suite.cases}
        return AnswerSet(name, suite, dict.fromkeys(kinds, HALVES[name]), kinds)

    return make


MAKERS: dict[str, Callable[[Path], AnswerSet]] = {
    "multihop-rag": multihop_rag,
    "squad2": squad2,
    **{name: suite_set(name) for name in HALVES},
}


def answer_sets(names: list[str], home: Path) -> Iterator[AnswerSet]:
    """The sets with these names whose data is there; says which are not."""
    for name in names:
        try:
            yield MAKERS[name](home)
        except FileNotFoundError:
            print(f"{name}: left out, its data is not in {SHARED.name}/data")
