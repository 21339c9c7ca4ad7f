"""RAMDocs: questions whose documents conflict, each asked over its own documents alone.

Every right answer that a document gives is a side to be shown. The planted wrong answers are not
forbidden: their documents are right ones with the fact swapped, which no reader can tell, and to
show such a side with its source is no mistake of an answer that shows the others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from evals._facts import fold
from evals._import.files import parse, read_file, short_hash, unique
from evals._import.question_set import Part, QuestionSet, make_article, make_case
from evals._import.settle import as_fact

_WHAT = "a file of RAMDocs"
_FORM = (
    "a .jsonl file of {question, documents: [{text, type, answer}], gold_answers, wrong_answers}"
)


class _Document(BaseModel):
    text: str
    type: str
    answer: str


class _Row(BaseModel):
    id: str | None = None
    question: str
    documents: list[_Document]
    gold_answers: list[str]
    wrong_answers: list[str]


def read(path: Path, corpus: Path | None) -> QuestionSet:
    """The questions in ``path``, which holds their documents, too."""
    del corpus
    file = read_file(path)
    rows = parse(file, file.value, _Row, _WHAT, _FORM)
    made = QuestionSet((Part(path, file.sha256, f"{len(rows):,} questions"),))
    names = unique(
        [(row.id or "").strip() or f"ramdocs-{short_hash(row.question)}" for row in rows]
    )
    for name, row in zip(names, rows, strict=True):
        documents = {
            f"{name}-{number}": document
            for number, document in enumerate(row.documents)
            if document.text.strip()
        }
        sides = []
        for gold in filter(str.strip, dict.fromkeys(row.gold_answers)):
            sources = [i for i, document in documents.items() if _gives(document, gold)]
            if sources:
                sides.append({"facts": [as_fact(gold)], "sources": sources})
            else:
                made.left_out["right answers that no right document gives"] += 1
        if not row.question.strip() or not sides:
            made.left_out["questions without words or without an answer that is left"] += 1
            continue
        tags = ["several answers" if len(sides) > 1 else "one answer"]
        tags += ["misinformation"] if row.wrong_answers else []
        expect: dict[str, Any] = {"conflict": sides} if len(sides) > 1 else sides[0]
        made.articles += [make_article(i, document.text) for i, document in documents.items()]
        made.cases.append(make_case(name, row.question, tags, expect, articles=list(documents)))
    return made


def _gives(document: _Document, answer: str) -> bool:
    return document.type == "correct" and fold(document.answer) == fold(answer)
