"""The command line: assembles the commands and turns errors into exit codes."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from ui._command_answers import answers, export, verify
from ui._command_ask import ask, chat, search
from ui._command_doctor import doctor
from ui._command_eval import eval_app
from ui._command_index import extract, index_app
from ui._command_model import model_app
from ui._command_serve import serve
from ui._system_errors import named
from ui._terminal import note, show_what_can_be_shown

INTERRUPTED = 130

app = typer.Typer(
    name="pullquote",
    help="Ask a collection of news articles; every statement carries a verbatim, checked quote.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(serve)
app.command()(ask)
app.command()(chat)
app.command()(search)
app.command()(answers)
app.command()(verify)
app.command()(export)
app.add_typer(index_app, name="index")
app.command()(extract)
app.add_typer(model_app, name="model")
app.add_typer(eval_app, name="eval")
app.command()(doctor)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"pullquote {version('pullquote')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Options that go before a command."""
    del version  # its callback has ended the program


def main(arguments: list[str] | None = None) -> int:
    """Run a command line and return its exit code.

    0 done, 1 the thing asked for failed or a gate broke, 2 wrong usage, 3 a needed service or
    model is unavailable, 130 interrupted (safe to repeat).
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    show_what_can_be_shown()
    try:
        result = app(arguments, standalone_mode=False)
        sys.stdout.flush()  # here, where a reader that has gone can still be dealt with
    except (KeyboardInterrupt, typer.Abort):
        result = INTERRUPTED
    except (BrokenPipeError, SystemExit):  # inside a command the parser turns one into the other
        # The reader of our output has gone; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _report(error)
    if result == INTERRUPTED:  # as which the parser, too, returns Ctrl-C
        print("Interrupted. Nothing is lost; the same command goes on.", file=sys.stderr)
    return result if isinstance(result, int) else 0


def _report(error: Exception) -> int:
    import sqlite3

    from index import PullquoteError

    if isinstance(error, OSError):
        error = named(error)
    if isinstance(error, PullquoteError):
        note(f"Error: {error.message}")
        if error.hint:
            note(error.hint)
        return error.exit_code
    if isinstance(error, typer.Exit):
        return int(error.exit_code)
    show, code = getattr(error, "show", None), getattr(error, "exit_code", None)
    if show is not None and isinstance(code, int):  # a usage error of the parser
        show(file=sys.stderr)
        return code
    if isinstance(error, sqlite3.DatabaseError):
        print(f"Error: The archive cannot be read: {error}.", file=sys.stderr)
        print("Run: pullquote doctor", file=sys.stderr)
        return 1
    raise error
