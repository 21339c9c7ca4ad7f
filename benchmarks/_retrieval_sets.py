"""The question sets of ``benchmarks/retrieval.py``, all in the harness's own form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals import Suite, load_suite

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


def multihop_rag() -> list[QuestionSet]:
    """The development half and the held-out half; questions without an answer left out."""
    folder = SHARED / "multihop-rag"
    ids = {record["url"]: record["id"] for record in records(folder / "articles.jsonl")}
    questions = [q for q in records(folder / "questions.jsonl") if q["evidence"]]
    sets = []
    for name in ("dev", "heldout"):
        chosen = [q for q in questions if half(q["id"]) == name]
        cases = [
            _case(
                q["id"],
                q["question"],
                sorted({ids[evidence["url"]] for evidence in q["evidence"]}),
                [evidence["fact"] for evidence in q["evidence"]],
                q["type"],
            )
            for q in chosen
        ]
        facts = {q["id"]: [evidence["fact"] for evidence in q["evidence"]] for q in chosen}
        suite = suite_of("multihop-rag", folder / "articles.jsonl", cases)
        sets.append(QuestionSet(f"multihop-rag-{name}", suite, facts))
    return sets


def squad2_corpus(home: Path) -> tuple[Path, list[Any], dict[str, str]]:
    """Its paragraphs as articles, written below ``home``; its questions; ids by paragraph."""
    questions = list(records(SHARED / "squad2" / "questions.jsonl"))
    ids = {q["context"]: hashlib.sha256(q["context"].encode()).hexdigest()[:12] for q in questions}
    path = home / "squad2" / "articles.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"id": i, "text": context}) for context, i in ids.items()]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path, questions, ids


def squad2(home: Path) -> list[QuestionSet]:
    """Its answerable questions."""
    path, questions, ids = squad2_corpus(home)
    cases = [
        _case(q["id"], q["question"], [ids[q["context"]]], q["answers"][:1], "answerable")
        for q in questions
        if q["answerable"]
    ]
    return [QuestionSet("squad2", suite_of("squad2", path, cases), {})]


def with_unanswerable(home: Path) -> Iterator[Suite]:
    """multihop-rag and squad2 with the questions that nothing in them answers."""
    for questions in (_multihop_questions, _squad2_questions):
        try:
            name, corpus, found = questions(home)
        except FileNotFoundError:
            print(f"{questions.__name__}: left out, its data is not in {SHARED.name}/data")
            continue
        cases = [
            {"id": i, "ask": ask, "expect": {"abstain": True}}
            if not answerable
            else _case(i, ask, [], [], "answerable")
            for i, ask, answerable in found
        ]
        yield suite_of(name, corpus, cases)


_Questions = tuple[str, Path, list[tuple[str, str, bool]]]


def _multihop_questions(_: Path) -> _Questions:
    folder = SHARED / "multihop-rag"
    asked = records(folder / "questions.jsonl")
    found = [(q["id"], q["question"], bool(q["evidence"])) for q in asked]
    return "multihop-rag", folder / "articles.jsonl", found


def _squad2_questions(home: Path) -> _Questions:
    (answerable,) = squad2(home)
    asked = records(SHARED / "squad2" / "questions.jsonl")
    found = [(q["id"], q["question"], q["answerable"]) for q in asked]
    assert answerable.suite.corpus is not None
    return "squad2", Path(answerable.suite.corpus.path), found


def shipped(name: str) -> list[QuestionSet]:
    """A suite that comes with the program."""
    return [QuestionSet(name, load_suite(SUITES / f"{name}.yaml"), {})]


def all_sets(home: Path) -> Iterator[QuestionSet]:
    """Every set whose data is there; says which are not."""
    makers: list[tuple[str, Callable[[], list[QuestionSet]]]] = [
        ("multihop-rag", multihop_rag),
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


def _case(name: str, ask: str, sources: list[str], quotes: list[str], tag: str) -> dict[str, Any]:
    expect = {"sources": {"all": sources}, "quotes": quotes}
    return {"id": name, "ask": ask, "tags": [tag], "expect": expect}


def suite_of(name: str, corpus: Path, cases: list[dict[str, Any]]) -> Suite:
    """A suite of cases over a corpus that stands anywhere."""
    return Suite.model_validate(
        {"suite": name, "corpus": {"path": str(corpus)}, "cases": cases, "directory": Path("/")}
    )
