"""The page: a chat on the left, the articles it quotes on the right.

Nothing of a reader is kept in the program: chat and turns live in Gradio's state of one browser
session, the id of the conversation in that browser, the answers themselves in the records.
"""

from __future__ import annotations

import html
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from index import Archive, Listing, UsageError
from qa import Answerer, NearestArticle, Records, attribution, label
from ui._chat import EMPTY_PANEL, Chat, Panel, Session, Update
from ui._panel import counted

if TYPE_CHECKING:
    import gradio as gr

# Readers who are answered at the same time; more wait for their turn.
READERS = 8
# More articles than this are not listed in the filter; an id can be typed instead.
LISTED_ARTICLES = 500

TAGLINE = "Answers from your articles, every statement quoted."
WELCOME = (
    "### Ask the articles\n\nEvery statement of an answer rests on a verbatim quote. "
    "Choose a quote’s number to read it where it stands."
)
NO_ARTICLES = (
    "### There are no articles yet\n\nAdd some, then load this page again:\n\n"
    "`pullquote index sync PATH`"
)

# What the page may load and where it may send: only its own server. Gradio's templates need
# inline scripts and ``new Function``.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "frame-src 'none'",
        "form-action 'self'",
    ]
)


def build_page(
    answerer: Answerer, archive: Archive, records: Records, *, examples: Sequence[str] = ()
) -> gr.Blocks:
    """The page as a Gradio app, to be launched with ``launch_settings``.

    Args:
        answerer: Answers the questions; shared by all readers.
        archive: Where cited articles are read.
        records: Where answers given before are found, by id and by conversation.
        examples: Questions offered while a chat is empty.
    """
    # Gradio looks for a newer version of itself when it is imported.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio as gr

    chat = Chat(answerer, archive, records)
    page = gr.Blocks(title="Pullquote", fill_width=True, analytics_enabled=False)
    with page:
        parts = _lay_out(chat, examples)
        _connect(page, parts, _Handlers(parts, chat, archive, answerer.name))
    return page


@dataclass(frozen=True)
class _Parts:
    """The components that events read or change."""

    session: gr.State
    conversation: gr.BrowserState
    status: gr.HTML
    new_chat: gr.Button
    messages: gr.Chatbot
    offered: gr.Column
    examples: list[gr.Button]
    question: gr.Textbox
    send: gr.Button
    stop: gr.Button
    hint: gr.HTML
    outlets: gr.Dropdown
    since: gr.Textbox
    until: gr.Textbox
    articles: gr.Dropdown
    panel: gr.HTML

    @property
    def shown(self) -> list[Any]:
        """What ``_Handlers.show`` may change."""
        return [
            self.messages,
            self.panel,
            self.question,
            self.hint,
            self.send,
            self.stop,
            self.offered,
            self.conversation,
        ]

    @property
    def filters(self) -> set[Any]:
        return {self.outlets, self.since, self.until, self.articles}


def _lay_out(chat: Chat, examples: Sequence[str]) -> _Parts:
    """The components of the page, made inside the ``Blocks`` that is being built."""
    import gradio as gr

    session = gr.State(Session())
    conversation = gr.BrowserState(
        {"id": None},  # in a dictionary, because a value that is false would not be kept
        storage_key="pullquote-conversation",
        secret="pullquote",  # noqa: S106 - hides nothing: it keeps the state over a restart
    )
    with gr.Row(elem_id="masthead"):
        gr.HTML(f'<h1>Pullquote</h1><p class="tagline">{TAGLINE}</p>', elem_id="title")
        status = gr.HTML(elem_id="status")
        new_chat = gr.Button("New chat", size="sm", elem_id="new-chat")
    with gr.Row(elem_id="columns"):
        with gr.Column(elem_id="chat-column"):
            messages = gr.Chatbot(
                elem_id="chat",
                show_label=False,
                container=False,
                height="auto",
                layout="panel",
                autoscroll=False,
                buttons=[],
                feedback_options=None,
                latex_delimiters=[],
                allow_tags=False,
                placeholder=WELCOME,
            )
            with gr.Column(elem_id="examples", visible=bool(examples)) as offered:
                buttons = [gr.Button(text, size="sm", elem_classes="example") for text in examples]
            with gr.Row(elem_id="ask-row"):
                question = gr.Textbox(
                    label="Question",
                    show_label=False,
                    container=False,
                    placeholder="Ask about the articles",
                    lines=1,
                    max_lines=6,
                    autofocus=True,
                    elem_id="question",
                )
                send = gr.Button("Ask", variant="primary", elem_id="send")
                stop = gr.Button("Stop", variant="stop", visible=False, elem_id="stop")
            hint = gr.HTML(elem_id="hint")
            with gr.Accordion("Filters", open=False, elem_id="filters"):
                outlets = gr.Dropdown([], multiselect=True, label="Outlet")
                with gr.Row():
                    since = gr.Textbox(label="From date", placeholder="YYYY-MM-DD")
                    until = gr.Textbox(label="Until date", placeholder="YYYY-MM-DD")
                articles = gr.Dropdown(
                    [], multiselect=True, allow_custom_value=True, label="Article"
                )
        panel = gr.HTML(
            EMPTY_PANEL,
            # Inserted as it is: ``${value.html}`` evaluates nothing that is in it, while
            # ``{{value.html}}`` would run ``${...}`` out of an article as a script.
            html_template="${value.html}",
            js_on_load=static("page.js"),
            apply_default_css=False,
            server_functions=_server_functions(chat),
            elem_id="panel",
        )
    return _Parts(
        session,
        conversation,
        status,
        new_chat,
        messages,
        offered,
        buttons,
        question,
        send,
        stop,
        hint,
        outlets,
        since,
        until,
        articles,
        panel,
    )


def _server_functions(chat: Chat) -> list[Callable[[Any], Any]]:
    """What the panel's script may ask of the server; anyone who knows an answer's id may."""

    def load_sources(answer_id: Any) -> Panel:
        return chat.sources(str(answer_id))

    def load_copy(answer_id: Any) -> str:
        return chat.copy(str(answer_id))

    return [load_sources, load_copy]


@dataclass(frozen=True)
class _Handlers:
    """From the values of components to changes of components."""

    parts: _Parts
    chat: Chat
    archive: Archive
    model: str

    def show(self, session: Session, update: Update) -> dict[Any, Any]:
        """The changes that bring the page to where the session and the update are."""
        import gradio as gr

        parts = self.parts
        changes: dict[Any, Any] = {
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

    async def ask(self, values: dict[Any, Any]) -> AsyncGenerator[dict[Any, Any], None]:
        """Put what is in the question box."""
        async with aclosing(self._put(values[self.parts.question], values)) as steps:
            async for changes in steps:
                yield changes

    def ask_example(self, text: str) -> Callable[[dict[Any, Any]], AsyncGenerator[Any, None]]:
        """Put a question that was offered."""

        async def put(values: dict[Any, Any]) -> AsyncGenerator[dict[Any, Any], None]:
            async with aclosing(self._put(text, values)) as steps:
                async for changes in steps:
                    yield changes

        return put

    async def _put(
        self, question: str | None, values: dict[Any, Any]
    ) -> AsyncGenerator[dict[Any, Any], None]:
        parts, session = self.parts, values[self.parts.session]
        kept = values[parts.conversation]["id"]
        if kept and not session.conversation:
            # The server was started anew while this page was open.
            self.chat.restore(session, str(kept))
        try:
            filters = self.chat.filters(
                values[parts.outlets] or [],
                values[parts.since] or "",
                values[parts.until] or "",
                values[parts.articles] or [],
            )
        except UsageError as error:
            yield self.show(session, Update(busy=False, hint=str(error)))
            return
        async with aclosing(self.chat.ask(session, question or "", filters)) as updates:
            async for update in updates:
                yield self.show(session, update)

    def stop(self, session: Session) -> dict[Any, Any]:
        return self.show(session, self.chat.stop(session))

    def start_anew(self) -> dict[Any, Any]:
        fresh = Session()
        update = Update(busy=False, question="", panel=EMPTY_PANEL)
        return self.show(fresh, update) | {self.parts.session: fresh}

    def load(self, session: Session, conversation: dict[str, Any]) -> dict[Any, Any]:
        """What a page that was just opened shows: the archive as it is, the chat as it was."""
        import gradio as gr

        kept = conversation["id"]
        update = self.chat.restore(session, str(kept)) if kept else Update(busy=False)
        articles = self.archive.listing()
        outlets = sorted({article.outlet for article in articles if article.outlet})
        listed = [(_named(article), article.id) for article in articles[:LISTED_ARTICLES]]
        return self.show(session, update) | {
            self.parts.status: _status(self.archive, self.model),
            self.parts.outlets: gr.update(choices=outlets),
            self.parts.articles: gr.update(choices=listed),
            self.parts.messages: gr.update(
                value=list(session.messages), placeholder=WELCOME if articles else NO_ARTICLES
            ),
        }


def _connect(page: gr.Blocks, parts: _Parts, handlers: _Handlers) -> None:
    """Which event calls which handler."""
    import gradio as gr

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    at_once = quiet | {"queue": False}
    answering = quiet | {"concurrency_limit": READERS, "concurrency_id": "ask"}
    values = {parts.session, parts.conversation, parts.question} | parts.filters
    asking = [
        gr.on(
            [parts.question.submit, parts.send.click],
            handlers.ask,
            values,
            parts.shown,
            **answering,
        )
    ]
    for button in parts.examples:
        handler = handlers.ask_example(str(button.value))
        asking.append(button.click(handler, values, parts.shown, **answering))
    parts.stop.click(handlers.stop, [parts.session], parts.shown, cancels=asking, **at_once)
    parts.new_chat.click(
        handlers.start_anew, None, [*parts.shown, parts.session], cancels=asking, **at_once
    )
    page.load(
        handlers.load,
        [parts.session, parts.conversation],
        [*parts.shown, parts.status, parts.outlets, parts.articles],
        **at_once,
    )


def launch_settings() -> dict[str, Any]:
    """What ``gr.Blocks.launch`` needs for the page: its looks and its safety."""
    import gradio as gr

    return {
        "theme": gr.themes.Base(
            font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
        ).set(
            body_background_fill="#fbfaf7",
            body_background_fill_dark="#17181a",
        ),
        "head": (
            f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_SECURITY_POLICY}">'
            '<meta name="referrer" content="no-referrer">'
            # Not as ``css``, whose selectors Gradio rewrites.
            f"<style>{static('page.css')}</style>"
        ),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        # Nothing is ever uploaded, so nobody may fill the disk by it.
        "max_file_size": 1,
    }


def static(name: str) -> str:
    """The text of a file in ``ui/static``."""
    return files("ui.static").joinpath(name).read_text(encoding="utf-8")


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
