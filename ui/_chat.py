"""One reader's conversation: what is asked, what is shown. Knows nothing of components.

``Chat`` is shared by all readers and keeps nothing of any; a ``Session`` is one reader's.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypedDict

from index import Archive, Article, Filters, PullquoteError, UnknownArticle, UsageError
from qa import Answerer, Quote, Records, Turn, Working
from ui._asked import Asked, asked_of
from ui._filters import read_filters
from ui._markdown import (
    Draft,
    answer_markdown,
    error_markdown,
    plain_text,
    question_markdown,
)
from ui._panel import article_panel, empty_panel, source_panel
from ui._save import SavedFile, save_chat
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
        asked: By the id of the answer, how each question was put.
        draft: The answer that is being written, if any.
    """

    conversation: str | None = None
    messages: list[Message] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    asked: dict[str, Asked] = field(default_factory=dict)
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
    """Questions to an answerer, and answers from the records.

    ``today`` is the day that "yesterday" and "last month" are taken from.
    """

    def __init__(
        self,
        answerer: Answerer,
        archive: Archive,
        records: Records,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._answerer = answerer
        self._archive = archive
        self._records = records
        self._today = today

    async def ask(
        self, session: Session, question: str, filters: Filters
    ) -> AsyncGenerator[Update, None]:
        """Put a question; the answer grows in ``session.messages`` with every update.

        Nothing is raised: what goes wrong is said on the page. Closing the generator stops
        the answer.
        """
        if not question.strip():
            yield Update(busy=session.draft is not None, hint="Type a question first.")
            return
        asked = Asked(question, len(session.turns), filters)
        async with aclosing(self._put(session, asked)) as updates:
            async for update in updates:
                yield update

    async def ask_with_less(
        self, session: Session, answer_id: str, limit: str
    ) -> AsyncGenerator[Update, None]:
        """Put the question of an answer of this conversation once more, with less to limit it.

        Args:
            session: Whose conversation it is.
            answer_id: Of an answer in it, or of one that is being written.
            limit: The place of what is to go in ``Asked.limits``, or ``filters`` for all that
                the reader set.
        """
        again = self._with_less(session, answer_id, limit)
        if again is None:
            yield Update(
                busy=session.draft is not None,
                hint="This question cannot be asked again. Type it instead.",
            )
            return
        async with aclosing(self._put(session, again, given_back=False)) as updates:
            async for update in updates:
                yield update

    def filters_left(self, session: Session, answer_id: str, limit: str) -> Filters | None:
        """What the filters are to be set to when ``ask_with_less`` is asked for the same.

        What was taken back does not limit the next question either. None: leave them alone.
        """
        again = self._with_less(session, answer_id, limit)
        if again is None or again.filters == session.asked[answer_id].filters:
            return None
        return again.filters

    def _with_less(self, session: Session, answer_id: str, limit: str) -> Asked | None:
        asked = session.asked.get(answer_id)
        if asked is None:
            return None
        places = {str(n): (item,) for n, item in enumerate(asked.limits)}
        return asked.less(asked.set_by_hand if limit == "filters" else places.get(limit, ()))

    async def _put(
        self, session: Session, asked: Asked, *, given_back: bool = True
    ) -> AsyncGenerator[Update, None]:
        """Put a question; ``given_back``: into the question box, where it is at fault."""
        if session.draft is not None:
            yield Update(busy=True, hint="Wait for this answer, or stop it.")
            return
        session.conversation = session.conversation or self._records.new_conversation()
        before = len(session.messages)
        session.draft = draft = Draft(asked=asked)
        session.messages += [
            {"role": "user", "content": question_markdown(asked)},
            {"role": "assistant", "content": draft.markdown()},
        ]
        yield Update(busy=True, question="" if given_back else None)
        marked: tuple[Quote, ...] | None = None
        panel: Panel | None = None
        try:
            events = batches(
                lambda: self._answerer.ask(
                    asked.question,
                    history=tuple(session.turns[: asked.turns]),
                    filters=asked.filters,
                    conversation=session.conversation,
                    now=self._today(),
                    without=asked.without,
                    keep=lambda: draft.keeping.make(True),
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
                    session.asked[draft.answer_id] = draft.asked
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
            yield Update(
                busy=False, question=asked.question if given_back else None, hint=str(error)
            )
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
            session.turns.append(Turn.of(draft.answer))
        session.draft = None

    def filters(
        self, outlets: Sequence[str], since: str, until: str, articles: Sequence[str]
    ) -> Filters:
        """Filters from what was chosen and typed.

        Raises:
            UsageError: A date is none, the dates are reversed, or there is no such outlet or
                article.
        """
        return read_filters(
            self._archive,
            outlets,
            since.strip() or None,
            until.strip() or None,
            articles,
            since_name="From date",
            until_name="Until date",
            list_them="Choose one of the list.",
        )

    def stop(self, session: Session) -> Update:
        """Say that the answer that was being written was stopped."""
        if session.draft:
            session.messages[-1]["content"] = session.draft.stop()
            session.draft = None
        return Update(busy=False)

    def restore(self, session: Session, conversation: str) -> Update:
        """Take up a conversation where it was left, from the records."""
        try:
            saved = self._records.conversation(conversation)
        except PullquoteError as error:
            return Update(busy=False, hint=str(error))
        answers = [one.answer for one in saved]
        session.conversation = conversation if answers else None
        session.draft = None
        session.turns = [Turn.of(answer) for answer in answers]
        session.asked = {}
        session.messages = []
        for turns, (answer, one) in enumerate(zip(answers, saved, strict=True)):
            asked = asked_of(answer.question, turns, one.trace)
            if asked.without:
                # It was put where it was first put: after the same turns.
                before = (a.turns for a in session.asked.values() if a.question == asked.question)
                asked = replace(asked, turns=min(before, default=turns))
            session.asked[answer.id] = asked
            session.messages += [
                {"role": "user", "content": question_markdown(asked)},
                {"role": "assistant", "content": answer_markdown(answer, asked)},
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
            headings[article_id] = self._headings(article_id)
        return {"answer": answer_id, "html": source_panel(answer_id, quotes, articles, headings)}

    def _headings(self, article_id: str) -> set[int]:
        sentences = self._archive.sentences(article_id)
        return {sentence.start for sentence in sentences if sentence.kind == "heading"}

    def sources(self, answer_id: str) -> Panel:
        """The source panel of an answer given before."""
        answer = self._records.answer(answer_id)
        if answer is None:
            message = "The sources of this answer were not kept, because it was stopped."
            return {"answer": answer_id, "html": empty_panel(message)}
        return self.panel(answer.id, answer.quotes)

    def saved(self, session: Session, form: str) -> SavedFile:
        """The finished answers of this conversation as a file; see ``ui._save.save_chat``."""
        return save_chat(self._archive, self._records, session.conversation, form, self._today())

    def nearest(self, answer_id: str, number: int) -> Panel:
        """An article that an answer named as near, whole; ``number`` counts from 1."""
        answer = self._records.answer(answer_id)
        named = answer.nearest[number - 1 : number] if answer and number > 0 else ()
        if not named:
            return {"answer": "", "html": empty_panel("This article cannot be shown.")}
        try:
            article = self._archive.article(named[0].article)
        except UnknownArticle:
            message = "This article is no longer in the archive."
            return {"answer": "", "html": empty_panel(message)}
        return {"answer": "", "html": article_panel(article, self._headings(article.id))}

    def copy(self, answer_id: str) -> str:
        """An answer with its sources as plain text; empty when there is none with this id."""
        answer = self._records.answer(answer_id)
        return plain_text(answer) if answer else ""
