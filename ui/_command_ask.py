"""``ask``, ``chat`` and ``search``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui._options import ArticleId, Json, Model, NoCache, Now, Outlet, Since, Until
from ui._plain import one_line
from ui._questions import read_questions
from ui._terminal import note, print_claim, print_json, print_sources, progress_meter

if TYPE_CHECKING:
    from datetime import date

    from index import Filters, Hit
    from qa import Answer, Answerer, Claim, SearchResult, Turn

Question = Annotated[str | None, typer.Argument(metavar="QUESTION", help="What you want to know.")]
QuestionFile = Annotated[
    Path | None,
    typer.Option("--questions", metavar="FILE.jsonl", help='Lines of {"id": …, "ask": …}.'),
]


def ask(
    question: Question = None,
    *,
    questions: QuestionFile = None,
    outlet: Outlet = None,
    since: Since = None,
    until: Until = None,
    article: ArticleId = None,
    now: Now = None,
    model: Model = None,
    no_cache: NoCache = False,
    as_json: Json = False,
) -> int:
    """Answer a question with checked quotes, or every question of a file as a line of JSON.

    A line of the file that cannot be asked is named, and has an object with its error in its place;
    exit code 1 then, 3 if the model could not be reached.
    """
    from ui._open import asked_on, make_filters, open_desk

    asked = read_questions(question, questions)
    day = asked_on(now)
    worst = 0
    with open_desk(model, or_quotes=True, cache=not no_cache) as desk:
        filters = make_filters(desk.archive, outlet, since, until, article)
        if question is not None:
            if as_json:
                answer, unavailable = _answer(desk.answerer, question, filters, now=day)
                print_json(answer.to_json())
            else:
                unavailable = _converse(desk.answerer, question, filters, now=day)[1]
            return 3 if unavailable else 0
        with progress_meter("questions") as meter:
            for done, one in enumerate(asked, 1):
                if one.error or one.text is None:
                    print_json(one.error_json())
                    worst = max(worst, 1)
                else:
                    answer, unavailable = _answer(desk.answerer, one.text, filters, now=day)
                    print_json(answer.with_id(one.id or "").to_json())
                    worst = max(worst, 3 if unavailable else 0)
                meter("answering", done, len(asked))
    return worst


def _answer(
    answerer: Answerer,
    question: str,
    filters: Filters,
    *,
    history: Sequence[Turn] = (),
    conversation: str | None = None,
    now: date | None = None,
    on_claim: Callable[[Claim], None] | None = None,
) -> tuple[Answer, bool]:
    """The finished answer, and whether the model it was asked of never said a word.

    Notices go to stderr; ``on_claim`` is given each claim as soon as it is proved.
    """
    from qa import ClaimDone, EvidenceFound, Finished, Notice

    unavailable = False
    events = answerer.ask(
        question, filters=filters, history=history, conversation=conversation, now=now
    )
    for event in events:
        if isinstance(event, EvidenceFound):
            if event.searched_for is not None:
                note(f"Searched for: {one_line(event.searched_for)}")
            if event.found is not None:
                _explain(event.found)
        elif isinstance(event, Notice):
            note(event.text)
            unavailable = unavailable or event.unavailable
        elif isinstance(event, ClaimDone) and on_claim is not None:
            on_claim(event.claim)
        elif isinstance(event, Finished):
            return event.answer, unavailable
    raise AssertionError("the events of an answer end with Finished")  # pragma: no cover


def _converse(
    answerer: Answerer,
    question: str,
    filters: Filters,
    *,
    history: Sequence[Turn] = (),
    conversation: str | None = None,
    now: date | None = None,
) -> tuple[Answer, bool]:
    """As ``_answer``, shown to the person at the terminal while it comes."""
    answer, unavailable = _answer(
        answerer,
        question,
        filters,
        history=history,
        conversation=conversation,
        now=now,
        on_claim=print_claim,
    )
    print_sources(answer)
    return answer, unavailable


def chat(
    *,
    outlet: Outlet = None,
    since: Since = None,
    until: Until = None,
    article: ArticleId = None,
    now: Now = None,
    model: Model = None,
    no_cache: NoCache = False,
) -> int:
    """Talk with the archive; follow-up questions may lean on the ones before."""
    from index import PullquoteError
    from qa import Turn
    from ui._open import asked_on, make_filters, open_desk

    asked_on(now)  # wrong usage is told before the conversation begins
    with open_desk(model, cache=not no_cache) as desk:
        filters = make_filters(desk.archive, outlet, since, until, article)
        note(f"Answering with {desk.answerer.name}. An empty line or Ctrl-D ends the conversation.")
        conversation = desk.records.new_conversation()
        history: list[Turn] = []
        for question in _typed():
            try:
                answer, _ = _converse(
                    desk.answerer,
                    question,
                    filters,
                    history=history,
                    conversation=conversation,
                    now=asked_on(now),
                )
            except PullquoteError as error:
                note(str(error))
                continue
            print()
            history.append(Turn.of(answer))
    return 0


def _typed() -> Iterator[str]:
    """Lines from the terminal, or of a pipe, until an empty one or the end."""
    asks = sys.stdin.isatty()
    if asks:
        with suppress(ImportError):
            import readline  # noqa: F401 - gives ``input`` its line editing
    while True:
        try:
            line = input("> " if asks else "").strip()
        except EOFError:
            return
        if not line:
            return
        yield line


def search(
    question: Question = None,
    *,
    questions: QuestionFile = None,
    k: Annotated[int, typer.Option("-k", help="Passages to show.")] = 10,
    outlet: Outlet = None,
    since: Since = None,
    until: Until = None,
    article: ArticleId = None,
    now: Now = None,
    as_json: Json = False,
) -> int:
    """Show the passages that fit a question best, without an answer."""
    from qa import search_question
    from ui._open import asked_on, make_filters, open_archive, settings

    asked = read_questions(question, questions)
    day = asked_on(now)
    with open_archive(settings()) as archive:
        filters = make_filters(archive, outlet, since, until, article)
        for one in asked:
            if one.error or one.text is None:
                print_json(one.error_json())
                continue
            found = search_question(archive, one.text, filters, k=k, now=day)
            if questions is not None or as_json:
                print_json(_results_json(one.id or "", one.text, found.hits))
                _explain(found)
            else:
                _explain(found)
                _print_results(found.hits or found.outside, explained=bool(found.notes))
    return int(any(one.error for one in asked))


def _explain(found: SearchResult) -> None:
    """How the question was understood, and that the filters left nothing, on stderr."""
    for line in (*found.notes, found.understood.line()):
        if line:
            note(line[:1].upper() + line[1:] + ("" if line.endswith(".") else "."))


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


def _print_results(hits: Sequence[Hit], *, explained: bool) -> None:
    if not hits and not explained:
        note("Nothing found. Articles are added with: pullquote index sync PATH")
    for hit in hits:
        source = hit.article
        place = f"{source.title or source.source} · {source.outlet or 'unknown outlet'}"
        print(f"{hit.rank}. {one_line(place)}, {source.published or 'date unknown'}")
        print(f"   {one_line(hit.passage.text)}\n")
