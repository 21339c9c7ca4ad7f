"""Answers made to measure, over a real archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from index import Archive, Filters
from qa import (
    Answer,
    Claim,
    ClaimDone,
    ClaimStarted,
    ClaimText,
    Event,
    EvidenceFound,
    Finished,
    Notice,
    Quote,
    Turn,
)
from qa._answer import Status

Reply = Answer | BaseException | Callable[[], Answer]


def quote(archive: Archive, article_id: str, text: str, n: int = 1) -> Quote:
    """The first place where ``text`` stands in an article, as a quote."""
    article = archive.article(article_id)
    start = article.text.index(text)
    return Quote(
        n=n,
        text=text,
        verdict="exact",
        article=article.id,
        source=article.source,
        title=article.title,
        outlet=article.outlet,
        author=article.author,
        published=article.published,
        url=article.url,
        start=start,
        end=start + len(text),
        text_sha256=article.text_sha256,
    )


def answer(
    archive: Archive,
    *quotes: tuple[str, str],
    prose: str = "So they say",
    status: Status = "answered",
    question: str = "What is it?",
) -> Answer:
    """An answer that says ``prose`` and quotes (article id, text) pairs."""
    cut = tuple(
        quote(archive, article_id, text, n) for n, (article_id, text) in enumerate(quotes, 1)
    )
    numbers = tuple(q.n for q in cut)
    return Answer(
        id="a1",
        question=question,
        status=status,
        answer=prose + "".join(f" [{n}]" for n in numbers),
        claims=(Claim(prose, numbers, "supported"),) if cut else (),
        quotes=cut,
        searched={"articles": 2, "passages": 9},
        timings_ms={"retrieve": 5, "first_quote": 6, "first_text": 7, "total": 8},
        tokens={"prompt": 100, "completion": 10},
    )


def refusal(question: str = "What is it?") -> Answer:
    """What an honest answerer says when nothing is to be found."""
    return Answer("r1", question, "not_found", "The articles don't tell.")


class ScriptedAnswerer:
    """Answers each question by what the script says; hears everything it is told."""

    def __init__(self, script: dict[str, Reply | list[Reply]], *, name: str = "scripted") -> None:
        self.script = script
        self._name = name
        self.asked: list[tuple[str, tuple[Turn, ...], Filters | None]] = []
        self.days: list[date | None] = []
        self.closed = 0
        self.notice: str | None = None

    @property
    def name(self) -> str:
        return self._name

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        now: date | None = None,
    ) -> Iterator[Event]:
        self.asked.append((question, tuple(history), filters))
        self.days.append(now)
        reply = self.script[question]
        if isinstance(reply, list):
            reply = reply.pop(0)
        try:
            yield EvidenceFound("a1", (), {"articles": 1, "passages": 1})
            if isinstance(reply, BaseException):
                raise reply
            found = replace(reply() if callable(reply) else reply, question=question)
            if self.notice:
                yield Notice(self.notice)
            for index, claim in enumerate(found.claims):
                yield ClaimStarted(index)
                yield ClaimText(index, claim.text)
                yield ClaimDone(index, claim, found.quotes)
            yield Finished(found)
        finally:
            self.closed += 1
