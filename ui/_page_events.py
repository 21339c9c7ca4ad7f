"""What happens on the page: which event calls what, and what that changes.

Imports Gradio, which takes seconds; ``ui._page`` imports this when a page is built.
"""

from __future__ import annotations

import html
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from typing import Any

import gradio as gr

from index import Archive, Filters, Listing, PullquoteError, UsageError
from qa import NearestArticle, attribution, label
from ui._chat import EMPTY_PANEL, Chat, Session, Update
from ui._page_parts import NO_ARTICLES, WELCOME, Parts
from ui._panel import counted
from ui._save import SAVE_MENU

# Readers who are answered at the same time; more wait for their turn.
READERS = 8
# More articles than this are not listed in the filter; an id can be typed instead.
LISTED_ARTICLES = 500

Changes = dict[Any, Any]


@dataclass(frozen=True)
class Handlers:
    """From the values of components to changes of components."""

    parts: Parts
    chat: Chat
    archive: Archive
    model: str

    def show(self, session: Session, update: Update) -> Changes:
        """The changes that bring the page to where the session and the update are."""
        parts = self.parts
        changes: Changes = {
            parts.messages: list(session.messages),
            parts.hint: f'<p role="alert">{html.escape(update.hint)}</p>' if update.hint else "",
            parts.send: gr.update(visible=not update.busy),
            parts.stop: gr.update(visible=update.busy),
            parts.offered: gr.update(visible=bool(parts.examples) and not session.messages),
            parts.conversation: {"id": session.conversation},
        }
        if update.question is not None:
            changes[parts.question] = update.question
        if update.panel is not None:
            changes[parts.panel] = update.panel
        return changes

    async def ask(self, values: Changes) -> AsyncGenerator[Changes, None]:
        """Put what is in the question box."""
        async with aclosing(self._put(values[self.parts.question], values)) as steps:
            async for changes in steps:
                yield changes

    def ask_example(self, text: str) -> Callable[[Changes], AsyncGenerator[Changes, None]]:
        """Put a question that was offered."""

        async def put(values: Changes) -> AsyncGenerator[Changes, None]:
            async with aclosing(self._put(text, values)) as steps:
                async for changes in steps:
                    yield changes

        return put

    async def ask_with_less(
        self, values: Changes, event: gr.EventData
    ) -> AsyncGenerator[Changes, None]:
        """Put the question of an answer once more, without something that limited it."""
        session = self._session(values)
        updates = self.chat.ask_with_less(session, str(event.answer), str(event.limit))
        async with aclosing(updates):
            async for update in updates:
                yield self.show(session, update)

    async def _put(self, question: str | None, values: Changes) -> AsyncGenerator[Changes, None]:
        session = self._session(values)
        try:
            filters = self._filters(values)
        except UsageError as error:
            update = Update(busy=session.draft is not None, hint=str(error))
            # What is wrong is in the filters: have them in sight. It is said once.
            yield self.show(session, update) | {
                self.parts.filters: gr.update(open=True),
                self.parts.known: "",
            }
            return
        async with aclosing(self.chat.ask(session, question or "", filters)) as updates:
            async for update in updates:
                yield self.show(session, update)

    def close_filters(self, values: Changes) -> Changes:
        """Give the answer the room; what is set is said above it. Wrong ones stay in sight."""
        try:
            self._filters(values)
        except UsageError:
            return {}
        return {self.parts.filters: gr.update(open=False)}

    def leave_filters(self, values: Changes, event: gr.EventData) -> Changes:
        """Set the filters to what is left of them when a question is asked with less."""
        session: Session = values[self.parts.session]
        left = self.chat.filters_left(session, str(event.answer), str(event.limit))
        return {} if left is None else self._set_filters(left)

    def _session(self, values: Changes) -> Session:
        session: Session = values[self.parts.session]
        kept = values[self.parts.conversation]["id"]
        if kept and not session.conversation:
            # The server was started anew while this page was open.
            self.chat.restore(session, str(kept))
        return session

    def _filters(self, values: Changes) -> Filters:
        parts = self.parts
        return self.chat.filters(
            values[parts.outlets] or [],
            values[parts.since] or "",
            values[parts.until] or "",
            values[parts.articles] or [],
        )

    def _set_filters(self, filters: Filters) -> Changes:
        parts = self.parts
        return {
            parts.outlets: list(filters.outlet),
            parts.since: str(filters.since or ""),
            parts.until: str(filters.until or ""),
            parts.articles: list(filters.articles),
            parts.filters: _label_filters(filters),
        }

    def check_filters(self, values: Changes) -> Changes:
        """Say how many articles pass the filters as they are set, or what is wrong with them."""
        parts = self.parts
        try:
            filters = self._filters(values)
        except UsageError as error:
            said = html.escape(str(error))
            return {parts.known: f'<p role="status" class="wrong">{said}</p>'}
        if not filters:
            said = _known(self.archive)
        else:
            passing = self.archive.searched(filters)["articles"]
            said = f"{counted(passing, 'article')} match{'es' if passing == 1 else ''}."
            if not passing:
                said = "No article matches these filters."
        return {
            parts.known: f'<p role="status">{html.escape(said)}</p>',
            parts.filters: _label_filters(filters),
            parts.hint: "",
        }

    def clear_filters(self) -> Changes:
        said = f'<p role="status">{html.escape(_known(self.archive))}</p>'
        return self._set_filters(Filters()) | {self.parts.known: said, self.parts.hint: ""}

    def stop(self, session: Session) -> Changes:
        return self.show(session, self.chat.stop(session))

    def start_anew(self) -> Changes:
        fresh = Session()
        update = Update(busy=False, question="", panel=EMPTY_PANEL)
        return self.show(fresh, update) | {self.parts.session: fresh}

    def save(self, values: Changes, event: gr.EventData) -> Changes:
        """Hand the chat to the browser as a file."""
        session = self._session(values)
        try:
            file = dict(self.chat.saved(session, str(event.form)))
        except PullquoteError as error:
            file = {"name": "", "said": str(error)}
        # The same file may be wanted twice: each is another one.
        return {self.parts.save: {"html": SAVE_MENU, "file": file | {"at": time.monotonic_ns()}}}

    def load(self, session: Session, conversation: dict[str, Any]) -> Changes:
        """What a page that was just opened shows: the archive as it is, the chat as it was."""
        kept = conversation["id"]
        update = self.chat.restore(session, str(kept)) if kept else Update(busy=False)
        articles = self.archive.listing()
        outlets = sorted({article.outlet for article in articles if article.outlet})
        listed = [(_named(article), article.id) for article in articles[:LISTED_ARTICLES]]
        return self.show(session, update) | {
            self.parts.status: _status(self.archive, self.model),
            self.parts.known: f'<p role="status">{html.escape(_known(self.archive))}</p>',
            self.parts.outlets: gr.update(choices=outlets),
            self.parts.articles: gr.update(choices=listed),
            self.parts.messages: gr.update(
                value=list(session.messages), placeholder=WELCOME if articles else NO_ARTICLES
            ),
        }


def connect(page: gr.Blocks, parts: Parts, handlers: Handlers) -> None:
    """Which event calls which handler."""
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    at_once = quiet | {"queue": False}
    answering = quiet | {"concurrency_limit": READERS, "concurrency_id": "ask"}
    own: set[Any] = {parts.session, parts.conversation}
    values = own | {parts.question, *parts.limits}
    asking = [
        gr.on(
            [parts.question.submit, parts.send.click],
            handlers.ask,
            values,
            parts.shown,
            **answering,
        ),
        parts.panel.select(handlers.ask_with_less, own, parts.shown, **answering),
    ]
    # Not with the answer, of whose updates a browser that gets several at once draws the last.
    gr.on(
        [parts.question.submit, parts.send.click],
        handlers.close_filters,
        set(parts.limits),
        [parts.filters],
        **at_once,
    )
    parts.panel.select(handlers.leave_filters, own, [*parts.limits, parts.filters], **at_once)
    for button in parts.examples:
        handler = handlers.ask_example(str(button.value))
        asking.append(button.click(handler, values, parts.shown, **answering))
    parts.stop.click(handlers.stop, [parts.session], parts.shown, cancels=asking, **at_once)
    parts.new_chat.click(
        handlers.start_anew, None, [*parts.shown, parts.session], cancels=asking, **at_once
    )
    checked = [parts.known, parts.filters, parts.hint]
    gr.on(
        [parts.outlets.change, parts.articles.change, parts.since.blur, parts.until.blur],
        handlers.check_filters,
        set(parts.limits),
        checked,
        **at_once,
    )
    parts.clear.click(handlers.clear_filters, None, [*parts.limits, *checked], **at_once)
    parts.save.select(handlers.save, own, [parts.save], **at_once)
    page.load(
        handlers.load,
        [parts.session, parts.conversation],
        [*parts.shown, parts.status],
        **at_once,
    )


def _label_filters(filters: Filters) -> Any:
    """The head of the filters, from which those that are set can be told while it is closed."""
    number = sum(bool(f) for f in (filters.outlet, filters.since, filters.until, filters.articles))
    return gr.update(label=f"Filters ({number} set)" if number else "Filters")


def _known(archive: Archive) -> str:
    """What the filters can tell apart."""
    outlets, days = len(archive.outlets()), archive.days()
    said = [
        f"The articles are from {counted(outlets, 'outlet')}"
        if outlets
        else "No article states its outlet",
        f"dated {_span(days)}." if days else "none has a date, so a date leaves nothing.",
    ]
    return ", ".join(said)


def _span(days: Iterable[date]) -> str:
    first, last = days
    return str(first) if first == last else f"{first} to {last}"


def _named(article: Listing) -> str:
    near = NearestArticle(
        article.id, article.source, article.title, article.outlet, article.published
    )
    return f"{label(near)} ({attribution(near)})"


def _status(archive: Archive, model: str) -> str:
    counts = archive.counts()
    parts = [
        counted(counts["articles"], "article"),
        counted(counts["passages"], "passage"),
        html.escape(model),
    ]
    return "<p>" + "".join(f"<span>{part}</span>" for part in parts) + "</p>"
