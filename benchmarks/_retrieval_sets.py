"""The question sets of ``benchmarks/retrieval.py``, all in the harness's own form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals import Suite, import_suite, load_suite

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"
SUITES = ROOT / "evals" / "suites"


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions with their evidence, over one corpus.

    Attributes:
        name: As it is printed.
        suite: Corpus and cases; ``expect.sources`` and ``expect.quotes`` are the evidence.
        facts: The evidence sentences of each case, where the set's official score wants them.
    """

    name: str
    suite: Suite
    facts: dict[str, list[str]]


def half(question_id: str) -> str:
    """``dev`` or ``heldout``: by the first bit of the SHA-256 of a question's id."""
    return "dev" if hashlib.sha256(question_id.encode()).digest()[0] < 128 else "heldout"


def imported(kind: str, home: Path) -> Suite:
    """A published set as ``pullquote eval import`` makes a suite of it, below ``home``.

    Raises:
        FileNotFoundError: Its data is not there.
    """
    file = SHARED / kind / "questions.jsonl"
    if not file.exists():
        raise FileNotFoundError(file)
    return load_suite(import_suite(kind, file, home / "sets" / kind, force=True).suite)


def multihop_rag(home: Path) -> list[QuestionSet]:
    """The development half and the held-out half; questions without an answer left out."""
    suite = imported("multihop-rag", home)
    answerable = [case for case in suite.cases if not case.expect.abstain]
    sets = []
    for name in ("dev", "heldout"):
        cases = tuple(case for case in answerable if half(case.id) == name)
        facts = {case.id: list(case.expect.quotes) for case in cases}
        chosen = suite.model_copy(update={"cases": cases})
        sets.append(QuestionSet(f"multihop-rag-{name}", chosen, facts))
    return sets


def squad2(home: Path) -> list[QuestionSet]:
    """Its answerable questions; the first of the accepted answers is the evidence."""
    suite = imported("squad2", home)
    cases = []
    for case in suite.cases:
        if not case.expect.abstain:
            quotes = case.expect.facts[0][:1]
            expect = case.expect.model_copy(update={"quotes": quotes})
            cases.append(case.model_copy(update={"expect": expect}))
    return [QuestionSet("squad2", suite.model_copy(update={"cases": tuple(cases)}), {})]


def with_unanswerable(home: Path) -> Iterator[Suite]:
    """multihop-rag and squad2 with the questions that nothing in them answers."""
    for name in ("multihop-rag", "squad2"):
        try:
            yield imported(name, home)
        except FileNotFoundError:
            print(f"{name}: left out, its data is not in {SHARED.name}/data")


def shipped(name: str) -> list[QuestionSet]:
    """A suite that comes with the program."""
    return [QuestionSet(name, load_suite(SUITES / f"{name}.yaml"), {})]


def all_sets(home: Path) -> Iterator[QuestionSet]:
    """Every set whose data is there; says which are not."""
    makers: list[tuple[str, Callable[[], list[QuestionSet]]]] = [
        ("multihop-rag", lambda: multihop_rag(home)),
        ("squad2", lambda: squad2(home)),
        ("wikinews", lambda: shipped("wikinews")),
        ("seeds", lambda: shipped("seeds")),
    ]
    for name, make in makers:
        try:
            yield from make()
        except FileNotFoundError:
            print(f"{name}: left out, its data is not in {SHARED.name}/data")


def records(path: Path) -> Iterator[Any]:
    """The objects of a JSONL file."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
