"""What is on the page and where: its components, made inside the ``Blocks`` being built.

Imports Gradio, which takes seconds; ``ui._page`` imports this when a page is built.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import gradio as gr

from ui._chat import EMPTY_PANEL, Chat, Panel, Session
from ui._save import SAVE_MENU

TAGLINE = "Answers from your articles, every statement quoted."
WELCOME = (
    "### Ask the articles\n\nEvery statement of an answer rests on a verbatim quote. "
    "Choose a quote’s number to read it where it stands."
)
NO_ARTICLES = (
    "### There are no articles yet\n\nAdd some, then load this page again:\n\n"
    "`pullquote index sync PATH`"
)
# Inserts what it is given and evaluates nothing in it, while ``{{value.html}}`` would run
# ``${...}`` out of an article as a script.
_AS_IT_IS = "${value.html}"


@dataclass(frozen=True)
class Parts:
    """The components that events read or change."""

    session: gr.State
    conversation: gr.BrowserState
    status: gr.HTML
    save: gr.HTML
    new_chat: gr.Button
    messages: gr.Chatbot
    offered: gr.Column
    examples: list[gr.Button]
    question: gr.Textbox
    send: gr.Button
    stop: gr.Button
    hint: gr.HTML
    filters: gr.Accordion
    known: gr.HTML
    outlets: gr.Dropdown
    since: gr.Textbox
    until: gr.Textbox
    articles: gr.Dropdown
    clear: gr.Button
    panel: gr.HTML

    @property
    def shown(self) -> list[Any]:
        """What ``Handlers.show`` may change."""
        return [
            self.messages,
            self.panel,
            self.question,
            self.hint,
            self.send,
            self.stop,
            self.offered,
            self.conversation,
            self.filters,
            self.known,
            *self.limits,
        ]

    @property
    def limits(self) -> list[Any]:
        """The filters that a reader sets."""
        return [self.outlets, self.since, self.until, self.articles]


def lay_out(chat: Chat, examples: Sequence[str]) -> Parts:
    """The components of the page."""
    session = gr.State(Session())
    conversation = gr.BrowserState(
        {"id": None},  # in a dictionary, because a value that is false would not be kept
        storage_key="pullquote-conversation",
        secret="pullquote",  # noqa: S106 - hides nothing: it keeps the state over a restart
    )
    with gr.Row(elem_id="masthead"):
        gr.HTML(f'<h1>Pullquote</h1><p class="tagline">{TAGLINE}</p>', elem_id="title")
        status = gr.HTML(elem_id="status")
        save = gr.HTML(
            {"html": SAVE_MENU},
            html_template=_AS_IT_IS,
            js_on_load=_static("save.js"),
            apply_default_css=False,
            elem_id="save",
        )
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
            with gr.Accordion("Filters", open=False, elem_id="filters") as filters:
                # What is typed and unknown is kept, so that it can be said what is near to it.
                with gr.Row(elem_id="outlet-and-dates"):
                    outlets = _chooser("Outlet")
                    since = gr.Textbox(label="From date", placeholder="YYYY-MM-DD")
                    until = gr.Textbox(label="Until date", placeholder="YYYY-MM-DD")
                articles = _chooser("Article")
                with gr.Row():
                    known = gr.HTML(elem_id="known")
                    clear = gr.Button("Clear all", size="sm", elem_id="clear")
        panel = gr.HTML(
            EMPTY_PANEL,
            html_template=_AS_IT_IS,
            js_on_load=_static("page.js"),
            apply_default_css=False,
            server_functions=_server_functions(chat),
            elem_id="panel",
        )
    return Parts(
        session,
        conversation,
        status,
        save,
        new_chat,
        messages,
        offered,
        buttons,
        question,
        send,
        stop,
        hint,
        filters,
        known,
        outlets,
        since,
        until,
        articles,
        clear,
        panel,
    )


def _chooser(label: str) -> gr.Dropdown:
    return gr.Dropdown([], multiselect=True, allow_custom_value=True, label=label)


def _server_functions(chat: Chat) -> list[Callable[[Any], Any]]:
    """What the panel's script may ask of the server; anyone who knows an answer's id may."""

    def load_sources(answer_id: Any) -> Panel:
        return chat.sources(str(answer_id))

    def load_article(place: Any) -> Panel:
        answer_id, _, number = str(place).rpartition("-")
        return chat.nearest(answer_id, int(number) if number.isdecimal() else 0)

    def load_copy(answer_id: Any) -> str:
        return chat.copy(str(answer_id))

    return [load_sources, load_article, load_copy]


def _static(name: str) -> str:
    return files("ui.static").joinpath(name).read_text(encoding="utf-8")
