"""The page as a Gradio app: a chat on the left, the articles it quotes on the right.

Nothing of a reader is kept in the program: chat and turns live in Gradio's state of one browser
session, the id of the conversation in that browser, the answers themselves in the records.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from index import Archive
from qa import Answerer, Records
from ui._chat import Chat

if TYPE_CHECKING:
    import gradio as gr

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

    from ui._page_events import Handlers, connect
    from ui._page_parts import lay_out

    chat = Chat(answerer, archive, records)
    page = gr.Blocks(title="Pullquote", fill_width=True, analytics_enabled=False)
    with page:
        parts = lay_out(chat, examples)
        connect(page, parts, Handlers(parts, chat, archive, answerer.name))
    return page


def launch_settings() -> dict[str, Any]:
    """What ``gr.Blocks.launch`` needs for the page: its looks and its safety."""
    import gradio as gr

    style = files("ui.static").joinpath("page.css").read_text(encoding="utf-8")
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
            f"<style>{style}</style>"
        ),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        # Nothing is ever uploaded, so nobody may fill the disk by it.
        "max_file_size": 1,
    }
