"""One reader's conversation: what is asked, what is shown. Knows nothing of components.

``Chat`` is shared by all readers and keeps nothing of any; a ``Session`` is one reader's.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date
from typing import TypedDict

from index import Archive, Article, Filters, PullquoteError, UnknownArticle, UsageError
from qa import Answerer, Quote, Records, Turn, Working
from ui._markdown import Draft, answer_markdown, error_markdown, escape, plain_text
from ui._panel import empty_panel, source_panel
from ui._stream import batches

# The browser renders a message anew at each update; ten a second read as fluent.
UPDATE_SECONDS = 0.1

_log = logging.getLogger(__name__)


class Message(TypedDict):
    """A message as Gradio's chatbot takes it; ``content`` is safe Markdown."""

    role: str
    content: str


class Panel(TypedDict):
    """What the source panel shows: the quotes of the answer with this id."""

    answer: str
    html: str


EMPTY_PANEL: Panel = {"answer": "", "html": empty_panel()}


@dataclass
class Session:
    """One browser tab's conversation.

    Attributes:
        conversation: Its id in the records; None before the first question.
        messages: As shown.
        turns: Finished questions and answers, for follow-ups.
        draft: The answer that is being written, if any.
    """

    conversation: str | None = None
    messages: list[Message] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    draft: Draft | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """What is to change on the page beside the messages; None leaves a thing as it is.

    Attributes:
        busy: Whether an answer is being written.
        question: Content of the question box.
        hint: What is said below it.
        panel: Content of the source panel.
    """

    busy: bool
    question: str | None = None
    hint: str = ""
    panel: Panel | None = None


class Chat:
    """Questions to an answerer, and answers from the records."""

    def __init__(self, answerer: Answerer, archive: Archive, records: Records) -> None:
        self._answerer = answerer
        self._archive = archive
        self._records = records

    async def ask(
        self, session: Session, question: str, filters: Filters
    ) -> AsyncGenerator[Update, None]:
        """Put a question; the answer grows in ``session.messages`` with every update.

        Nothing is raised: what goes wrong is said on the page. Closing the generator stops
        the answer.
        """
        if not question.strip():
            yield Update(busy=False, hint="Type a question first.")
            return
        session.conversation = session.conversation or self._records.new_conversation()
        before = len(session.messages)
        session.draft = draft = Draft()
        session.messages += [
            {"role": "user", "content": escape(question)},
            {"role": "assistant", "content": draft.markdown()},
        ]
        yield Update(busy=True, question="")
        marked: tuple[Quote, ...] | None = None
        panel: Panel | None = None
        try:
            events = batches(
                lambda: self._answerer.ask(
                    question,
                    history=tuple(session.turns),
                    filters=filters,
                    conversation=session.conversation,
                ),
                seconds=UPDATE_SECONDS,
            )
            async with aclosing(events):
                async for batch in events:
                    if all(isinstance(event, Working) for event in batch):
                        continue  # nothing to show; its use was that the answer can be stopped
                    for event in batch:
                        draft.apply(event)
                    session.messages[-1] = {"role": "assistant", "content": draft.markdown()}
                    changed = draft.quotes != marked and (draft.quotes or draft.answer)
                    if changed:
                        marked = draft.quotes
                        panel = self.panel(draft.answer_id, marked)
                    # A browser that gets several updates at once draws the last one alone, so
                    # that one has the panel, too.
                    last = draft.answer is not None
                    yield Update(busy=not last, panel=panel if changed or last else None)
        except UsageError as error:
            # The reader can mend it: give the question back.
            del session.messages[before:]
            yield Update(busy=False, question=question, hint=str(error))
        except PullquoteError as error:
            session.messages[-1]["content"] = error_markdown(error.message, error.hint)
            yield Update(busy=False, panel=panel)
        except Exception:
            _log.exception("a question could not be answered")
            session.messages[-1]["content"] = error_markdown(
                "Something went wrong in the program.", "The server's log has the details."
            )
            yield Update(busy=False, panel=panel)
        if draft.answer:
            session.turns.append(Turn(question=question, answer=draft.answer.answer))
        session.draft = None

    def filters(
        self, outlets: Sequence[str], since: str, until: str, articles: Sequence[str]
    ) -> Filters:
        """Filters from what was chosen and typed.

        Raises:
            UsageError: A date is none, the dates are reversed, or there is no such article.
        """
        first, last = _read_day("From", since), _read_day("Until", until)
        if first and last and first > last:
            raise UsageError(f"From {first} is after until {last}.", "Swap the two dates.")
        for article_id in articles:
            self._archive.article(article_id)
        return Filters(outlet=tuple(outlets), since=first, until=last, articles=tuple(articles))

    def stop(self, session: Session) -> Update:
        """Say that the answer that was being written was stopped."""
        if session.draft:
            session.messages[-1]["content"] = session.draft.markdown(stopped=True)
            session.draft = None
        return Update(busy=False)

    def restore(self, session: Session, conversation: str) -> Update:
        """Take up a conversation where it was left, from the records."""
        answers = self._records.turns(conversation)
        session.conversation = conversation if answers else None
        session.draft = None
        session.turns = [Turn(question=a.question, answer=a.answer) for a in answers]
        session.messages = []
        for answer in answers:
            session.messages += [
                {"role": "user", "content": escape(answer.question)},
                {"role": "assistant", "content": answer_markdown(answer)},
            ]
        last = next((answer for answer in reversed(answers) if answer.quotes), None)
        return Update(busy=False, panel=self.panel(last.id, last.quotes) if last else EMPTY_PANEL)

    def panel(self, answer_id: str, quotes: Sequence[Quote]) -> Panel:
        """The source panel for these quotes, with the articles as they are now."""
        articles: dict[str, Article] = {}
        headings: dict[str, set[int]] = {}
        for article_id in dict.fromkeys(quote.article for quote in quotes):
            try:
                articles[article_id] = self._archive.article(article_id)
            except UnknownArticle:
                continue
            headings[article_id] = {
                sentence.start
                for sentence in self._archive.sentences(article_id)
                if sentence.kind == "heading"
            }
        return {"answer": answer_id, "html": source_panel(answer_id, quotes, articles, headings)}

    def sources(self, answer_id: str) -> Panel:
        """The source panel of an answer given before."""
        answer = self._records.answer(answer_id)
        if answer is None:
            message = "The sources of this answer were not kept, because it was stopped."
            return {"answer": answer_id, "html": empty_panel(message)}
        return self.panel(answer.id, answer.quotes)

    def copy(self, answer_id: str) -> str:
        """An answer with its sources as plain text; empty when there is none with this id."""
        answer = self._records.answer(answer_id)
        return plain_text(answer) if answer else ""


def _read_day(name: str, text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(
            f"{name} date: {text.strip()!r} is not a date.", "Write it as 2023-11-04."
        ) from error
