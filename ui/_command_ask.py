"""``ask``, ``chat`` and ``search``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui._options import ArticleId, Json, Model, Outlet, Since, Until
from ui._terminal import note, print_answer, print_json, progress_meter

if TYPE_CHECKING:
    from index import Filters, Hit
    from qa import Answer, Answerer, Turn

Question = Annotated[str | None, typer.Argument(metavar="QUESTION", help="What you want to know.")]
QuestionFile = Annotated[
    Path | None,
    typer.Option("--questions", metavar="FILE.jsonl", help='Lines of {"id": …, "ask": …}.'),
]


def ask(
    question: Question = None,
    questions: QuestionFile = None,
    outlet: Outlet = None,
    since: Since = None,
    until: Until = None,
    article: ArticleId = None,
    model: Model = None,
    as_json: Json = False,
) -> int:
    """Answer a question with checked quotes, or every question of a file as a line of JSON."""
    from ui._open import make_filters, open_desk

    asked = _questions(question, questions)
    worst = 0
    with open_desk(model) as desk:
        filters = make_filters(desk.archive, outlet, since, until, article)
        if questions is None:
            answer, unavailable = _answer(desk.answerer, asked[0][1], filters)
            _report_notes(answer)
            print_json(answer.to_json()) if as_json else print_answer(answer)
            return 3 if unavailable else 0
        with progress_meter("questions") as meter:
            for done, (name, text) in enumerate(asked, 1):
                answer, unavailable = _answer(desk.answerer, text, filters)
                _report_notes(answer)
                print_json(replace(answer, id=name).to_json())
                worst = max(worst, 3 if unavailable else 0)
                meter("answering", done, len(asked))
    return worst


def _answer(
    answerer: Answerer, question: str, filters: Filters, history: Sequence[Turn] = ()
) -> tuple[Answer, bool]:
    """The finished answer, and whether the model it was asked of never said a word."""
    from qa import Finished, Notice

    unavailable = False
    for event in answerer.ask(question, filters=filters, history=history):
        if isinstance(event, Notice):
            unavailable = unavailable or event.unavailable
        if isinstance(event, Finished):
            return event.answer, unavailable
    raise AssertionError("the events of an answer end with Finished")  # pragma: no cover


def _report_notes(answer: Answer) -> None:
    for text in answer.notes:
        note(text)


def _questions(question: str | None, file: Path | None) -> list[tuple[str, str]]:
    """``(id, question)`` from the argument or the file.

    Raises:
        UsageError: Neither or both are given, or the file cannot be read as questions; then
            nothing has been answered yet.
    """
    from index import UsageError
    from qa import check_question

    if (question is None) == (file is None):
        raise UsageError(
            "Give either a question or --questions FILE.jsonl.",
            'For example: pullquote ask "Who said what?"',
        )
    if question is not None:
        return [("", check_question(question))]
    assert file is not None
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.", "Check the path.") from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record: Any = json.loads(line)
            found.append((str(record["id"]), check_question(str(record["ask"]))))
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"{file}, line {number}, is not a question.",
                'Each line is a JSON object with "id" and "ask".',
            ) from error
        except UsageError as error:
            raise UsageError(f"{file}, line {number}: {error.message}", error.hint) from error
    return found


def chat(
    outlet: Outlet = None,
    since: Since = None,
    until: Until = None,
    article: ArticleId = None,
    model: Model = None,
) -> int:
    """Talk with the archive; follow-up questions may lean on the ones before."""
    from index import PullquoteError
    from qa import Turn
    from ui._open import make_filters, open_desk

    with open_desk(model) as desk:
        filters = make_filters(desk.archive, outlet, since, until, article)
        note(f"Answering with {desk.answerer.name}. An empty line or Ctrl-D ends the conversation.")
        history: list[Turn] = []
        for question in _typed():
            try:
                answer, _ = _answer(desk.answerer, question, filters, history)
            except PullquoteError as error:
                note(str(error))
                continue
            _report_notes(answer)
            print_answer(answer)
            print()
            history.append(Turn(question, answer.answer))
    return 0


def _typed() -> Iterator[str]:
    """Lines from the terminal until an empty one or the end."""
    while True:
        try:
            line = input("> ").strip()
        except EOFError:
            return
        if not line:
            return
        yield line


def search(
    question: Question = None,
    questions: QuestionFile = None,
    k: Annotated[int, typer.Option("-k", help="Passages to show.")] = 10,
    outlet: Outlet = None,
    since: Since = None,
    until: Until = None,
    article: ArticleId = None,
    as_json: Json = False,
) -> int:
    """Show the passages that fit a question best, without an answer."""
    from ui._open import make_filters, open_archive, settings

    asked = _questions(question, questions)
    with open_archive(settings()) as archive:
        filters = make_filters(archive, outlet, since, until, article)
        for name, text in asked:
            hits = archive.search(text, k=k, filters=filters)
            if questions is not None or as_json:
                print_json(_results_json(name, text, hits))
            else:
                _print_results(hits)
    return 0


def _results_json(name: str, question: str, hits: Sequence[Hit]) -> dict[str, Any]:
    """The documented form of ``search --json``."""
    return {
        "id": name,
        "question": question,
        "results": [
            {
                "rank": hit.rank,
                "score": round(hit.score, 6),
                "article": hit.article.id,
                "source": hit.article.source,
                "url": hit.article.url,
                "title": hit.article.title,
                "outlet": hit.article.outlet,
                "published": hit.article.published,
                "start": hit.passage.start,
                "end": hit.passage.end,
                "text": hit.passage.text,
            }
            for hit in hits
        ],
    }


def _print_results(hits: Sequence[Hit]) -> None:
    if not hits:
        note("Nothing found. Articles are added with: pullquote index sync PATH")
    for hit in hits:
        source = hit.article
        place = f"{source.title or source.source} · {source.outlet or 'unknown outlet'}"
        print(f"{hit.rank}. {place}, {hit.article.published or 'date unknown'}")
        print(f"   {' '.join(hit.passage.text.split())}\n")
