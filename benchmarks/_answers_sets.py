"""The questions of ``benchmarks/answers.py``: the answerable and the others, with their answers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from _retrieval_sets import SHARED, half, imported, records, shipped

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
    suite = imported("multihop-rag", home)
    rows = list(records(SHARED / "multihop-rag" / "questions.jsonl"))
    return AnswerSet(
        "multihop-rag",
        suite,
        {case.id: half(case.id) for case in suite.cases},
        {case.id: case.tags[0] for case in suite.cases},
        {row["id"]: row["answer"] for row in rows},
    )


def squad2(home: Path) -> AnswerSet:
    """All its questions."""
    suite = imported("squad2", home)
    return AnswerSet(
        "squad2",
        suite,
        {case.id: half(case.id) for case in suite.cases},
        {c.id: NO_ANSWER if c.expect.abstain else "answerable" for c in suite.cases},
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
