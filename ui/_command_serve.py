"""``serve``: the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ui._options import Model, NoCache
from ui._terminal import note

if TYPE_CHECKING:
    from ui._open import Desk

# Offered on an empty page when the archive holds the articles they are about.
SEED_QUESTIONS = (
    "What share of Russians would support ending the war?",
    "What did Zelensky say about negotiations with Putin?",
    "Who is Henrik Landerholm?",
    "Why are Western officials worried about the war?",
)


def _warm_model(desk: Desk) -> None:
    """Start an embedded model and have it read the prompt's prefix, while the page already stands.

    Quotes are shown before the model has written a word, so nobody has to wait for this.
    """
    import threading

    from index import UnavailableError
    from qa import prefix

    warm = getattr(desk.model, "warm", None)
    if warm is None:
        return

    def work() -> None:
        try:
            warm(prefix())
        except UnavailableError as error:
            note(str(error))

    threading.Thread(target=work, daemon=True).start()


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 7860,
    auth: Annotated[
        str | None, typer.Option(metavar="USER:PASSWORD", help="Ask for this login.")
    ] = None,
    model: Model = None,
    no_cache: NoCache = False,
) -> int:
    """Serve the page until Ctrl-C."""
    from index import UsageError
    from ui._open import open_desk

    login: tuple[str, str] | None = None
    if auth is not None:
        user, colon, password = auth.partition(":")
        if not (user and colon and password):
            raise UsageError("--auth needs a user and a password.", "Write it as USER:PASSWORD.")
        login = (user, password)
    note("Opening the archive and the model …")
    with open_desk(model, once=False, cache=not no_cache) as desk:
        from ui._page import build_page
        from ui._serve import serve as serve_page

        seeds = {article.id for article in desk.archive.listing()}
        examples = SEED_QUESTIONS if "000_7e9ef21097031125" in seeds else ()
        page = build_page(desk.answerer, desk.archive, desk.records, examples=examples)
        desk.answerer.warm()
        _warm_model(desk)
        serve_page(page, host, port, login)
    return 0
