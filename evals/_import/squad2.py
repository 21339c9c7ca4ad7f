"""SQuAD 2.0: questions on paragraphs of Wikipedia, a part of them without an answer.

Every paragraph is an article with the title of its page. An answer is any of the accepted spans.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pydantic import BaseModel

from evals._import.files import parse, read_file, short_hash, unique
from evals._import.question_set import Part, QuestionSet, make_article, make_case
from evals._import.settle import as_fact

_WHAT = "a file of SQuAD 2.0"
_FORM = (
    "{data: [{title, paragraphs: [{context, qas: [{id, question, answers, is_impossible}]}]}]} as "
    "in the official dev-v2.0.json and train-v2.0.json, or a .jsonl file of "
    "{id, question, context, answers, answerable}"
)


class _Span(BaseModel):
    text: str


class _Asked(BaseModel):
    id: str
    question: str
    answers: list[_Span]
    is_impossible: bool


class _Paragraph(BaseModel):
    context: str
    qas: list[_Asked]


class _Page(BaseModel):
    title: str
    paragraphs: list[_Paragraph]


class _Row(BaseModel):
    id: str
    question: str
    context: str
    answers: list[str]
    answerable: bool
    title: str | None = None


def read(path: Path, corpus: Path | None) -> QuestionSet:
    """The questions in ``path``, which holds their paragraphs, too."""
    del corpus
    file = read_file(path)
    value = file.value
    if isinstance(value, dict):
        pages = parse(file, value.get("data"), _Page, _WHAT, _FORM)
        rows = [row for page in pages for row in _rows(page)]
    else:
        rows = parse(file, value, _Row, _WHAT, _FORM)
    if not rows:
        raise file.refuse(_WHAT, _FORM, "It holds no question.")
    articles: dict[str, dict[str, str]] = {}
    made = QuestionSet((Part(path, file.sha256, f"{len(rows):,} questions"),))
    names = unique([row.id.strip() or f"squad2-{short_hash(row.question)}" for row in rows])
    for name, row in zip(names, rows, strict=True):
        answers = [as_fact(answer) for answer in dict.fromkeys(row.answers) if answer.strip()]
        if not row.question.strip():
            made.left_out["questions without words"] += 1
        elif not row.context.strip():
            made.left_out["questions on a paragraph without words"] += 1
        elif row.answerable and not answers:
            made.left_out["answerable questions without an answer"] += 1
        else:
            article = short_hash(row.context)
            articles.setdefault(article, make_article(article, row.context, title=row.title))
            expect: dict[str, Any] = {"abstain": True}
            if row.answerable:
                expect = {"facts": [answers], "sources": [article]}
            tag = "answerable" if row.answerable else "unanswerable"
            made.cases.append(make_case(name, row.question, [tag], expect))
    made.articles = list(articles.values())
    return made


def _rows(page: _Page) -> list[_Row]:
    title = unquote(page.title).replace("_", " ")
    return [
        _Row(
            id=asked.id,
            question=asked.question,
            context=paragraph.context,
            answers=[span.text for span in asked.answers],
            answerable=not asked.is_impossible,
            title=title,
        )
        for paragraph in page.paragraphs
        for asked in paragraph.qas
    ]
