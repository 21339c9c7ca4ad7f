"""MultiHop-RAG: questions over two to four news articles, with their evidence sentences.

A set's own answer is expected where a wording proves it: yes or no of a question that asks for it,
and the answer of an inference, which is a name. "Consistent" and "before" are judgements, which no
wording proves.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import AliasChoices, BaseModel, Field

from evals._import.files import SetFile, parse, read_file, short_hash, unique
from evals._import.question_set import Part, QuestionSet, make_article, make_case
from evals._import.settle import UNCHECKED, as_fact
from index import UsageError
from qa import asks_yes_or_no

NAMES = ("corpus.json", "articles.jsonl")
JUDGEMENTS = f"answers that no wording proves (tag {UNCHECKED})"
_INFERENCE = "inference_query"
_QUESTIONS = "the questions of MultiHop-RAG"
_QUESTIONS_FORM = (
    "a list of {query, answer, question_type, evidence_list: [{url, fact, …}]} as in the official "
    "MultiHopRAG.json, or a .jsonl file of {id, question, answer, type, evidence}"
)
_CORPUS = "the corpus of MultiHop-RAG"
_CORPUS_FORM = (
    "a list of {title, author, source, published_at, category, url, body} as in the official "
    "corpus.json, or a .jsonl file of {id, title, outlet, published, url, text}"
)


class _Evidence(BaseModel):
    url: str
    fact: str


class _Question(BaseModel):
    id: str | None = None
    ask: str = Field(validation_alias=AliasChoices("query", "question"))
    answer: str
    kind: str = Field(validation_alias=AliasChoices("question_type", "type"))
    evidence: list[_Evidence] = Field(validation_alias=AliasChoices("evidence_list", "evidence"))


class _Article(BaseModel):
    id: str | None = None
    title: str | None = None
    author: str | None = None
    outlet: str | None = Field(default=None, validation_alias=AliasChoices("source", "outlet"))
    published: str | None = Field(
        default=None, validation_alias=AliasChoices("published_at", "published")
    )
    url: str
    text: str = Field(validation_alias=AliasChoices("body", "text"))


def read(path: Path, corpus: Path | None) -> QuestionSet:
    """The questions in ``path`` over the articles in ``corpus``, or in the file beside it."""
    file = read_file(path)
    questions = parse(file, file.value, _Question, _QUESTIONS, _QUESTIONS_FORM)
    articles_file = read_file(corpus or _beside(path))
    rows = parse(articles_file, articles_file.value, _Article, _CORPUS, _CORPUS_FORM)
    articles, ids = _articles(rows)
    made = QuestionSet(
        (_part(file, questions, "questions"), _part(articles_file, rows, "articles")),
        articles,
    )
    names = unique([(q.id or "").strip() or f"mhr-q-{short_hash(q.ask)}" for q in questions])
    for name, question in zip(names, questions, strict=True):
        if not question.ask.strip():
            made.left_out["questions without words"] += 1
        elif any(evidence.url not in ids for evidence in question.evidence):
            made.left_out["questions with evidence in an article that the corpus lacks"] += 1
        else:
            tags = [question.kind] if question.kind.strip() else []
            expect, unchecked = _expect(question, ids)
            if unchecked:
                tags.append(UNCHECKED)
                made.left_out[JUDGEMENTS] += 1
            made.cases.append(make_case(name, question.ask, tags, expect))
    # The questions without evidence suit any corpus.
    if all(case.expect.abstain for case in made.cases) and any(q.evidence for q in questions):
        raise UsageError(
            f"{articles_file.path} is not the corpus of {path}: every question has evidence in an "
            "article that is not there.",
            "Give the corpus that belongs to the questions: --corpus FILE",
        )
    return made


def _expect(question: _Question, ids: dict[str, str]) -> tuple[dict[str, Any], bool]:
    """What the set expects, and whether its answer cannot be among that."""
    if not question.evidence:
        return {"abstain": True}, False
    expect: dict[str, Any] = {
        "sources": {"all": sorted({ids[evidence.url] for evidence in question.evidence})},
        "quotes": list(dict.fromkeys(e.fact for e in question.evidence if e.fact.strip())),
    }
    answer = question.answer.strip()
    if answer.lower() in {"yes", "no"} and asks_yes_or_no(question.ask):
        return expect | {"verdict": answer.lower()}, False
    if question.kind == _INFERENCE and answer:
        return expect | {"facts": [[as_fact(answer)]]}, False
    return expect, True


def _articles(rows: list[_Article]) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The articles, and the id of each by its address; what has no text is passed over."""
    articles, ids = [], dict[str, str]()
    names = unique([(row.id or "").strip() or f"mhr-{short_hash(row.url)}" for row in rows])
    for name, row in zip(names, rows, strict=True):
        if row.text.strip() and row.url not in ids:
            ids[row.url] = name
            stated = row.model_dump(include={"title", "outlet", "author", "published", "url"})
            articles.append(make_article(name, row.text, **stated))
    return articles, ids


def _beside(path: Path) -> Path:
    names = reversed(NAMES) if path.suffix == ".jsonl" else NAMES
    found = next((file for name in names if (file := path.with_name(name)).is_file()), None)
    if found is None:
        raise UsageError(
            f"MultiHop-RAG has its articles in a file of their own, and beside {path} there is "
            f"neither {' nor '.join(NAMES)}.",
            "Give it: --corpus FILE",
        )
    return found


def _part(file: SetFile, rows: list[Any], what: str) -> Part:
    return Part(file.path, file.sha256, f"{len(rows):,} {what}")
