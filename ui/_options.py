"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Outlet = Annotated[
    list[str] | None, typer.Option("--outlet", help="Only this outlet; may be repeated.")
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="Published on this day or later.")
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="Published on this day or earlier.")
]
ArticleId = Annotated[
    list[str] | None,
    typer.Option("--article", metavar="ID", help="Only this article; may be repeated."),
]
Now = Annotated[
    str | None,
    typer.Option(
        "--now",
        metavar="DATE",
        help='The day it is asked on, for "yesterday" and "last month"; today by default.',
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else.")]
NoCache = Annotated[
    bool,
    typer.Option("--no-cache", help="Ask the model, also where its earlier reply is kept."),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="auto, extractive, local[:NAME or PATH.gguf], openai[:NAME], or a URL.",
    ),
]
