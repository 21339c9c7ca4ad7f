"""``doctor``: is everything there that is needed, and is it whole?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ui._options import Json
from ui._terminal import note, print_json, progress_meter

if TYPE_CHECKING:
    from index import Embedding, Finding
    from ui._settings import Settings


def doctor(
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what can be mended. No article is lost by it.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Check installation, models, archive and indexes, and say how to mend what is wrong.

    Exit code 1 if something is left that is not well.
    """
    from ui._open import settings

    all_well = True
    for finding in _examine(settings(), fix):
        all_well = all_well and finding.well
        if as_json:
            print_json(
                {
                    "what": finding.what,
                    "well": finding.well,
                    "detail": finding.detail,
                    "mend": finding.mend,
                    "mended": finding.mended,
                }
            )
        else:
            state = "ok " if finding.well else "BAD"
            print(f"{state}  {finding.what}: {finding.detail}", flush=True)
            if finding.mend:
                print(f"     {finding.mend}", flush=True)
    return 0 if all_well else 1


def _examine(settings: Settings, fix: bool) -> Iterator[Finding]:
    from index import Finding, PullquoteError

    yield from _packages()
    yield from _models(settings)
    try:
        yield from _archive(settings, fix)
    except PullquoteError as error:
        yield Finding("archive", False, error.message, error.hint)
    yield _language_model(settings)


def _packages() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    from index import Finding

    for name in ("llama-index-core", "chromadb", "openai", "gradio", "xllamacpp", "tantivy"):
        try:
            yield Finding(name, True, version(name))
        except PackageNotFoundError:
            yield Finding(name, False, "not installed", "Install Pullquote again.")


def _models(settings: Settings) -> Iterator[Finding]:
    from index import Finding, ModelFileError, catalogue, find, require

    for model in catalogue():
        name = f"model {model.name}"
        try:
            if model.role == "language" and find(model.name, settings.models) is None:
                yield Finding(name, True, f"not here; for it: pullquote model pull {model.name}")
            else:
                yield Finding(name, True, str(require(model.name, settings.models)))
        except ModelFileError as error:
            yield Finding(name, False, error.message, error.hint)


def _archive(settings: Settings, fix: bool) -> Iterator[Finding]:
    from index import Archive, Finding
    from ui._command_index import show_progress

    with Archive.open(
        settings.home, embedding=_embedding(settings), chroma_url=settings.chroma_url
    ) as archive:
        if not fix and archive.being_changed():
            note("Another process is changing the archive: what it is at may look like a fault.")
        with progress_meter() as meter:
            findings = archive.check(fix=fix, progress=show_progress(meter))
        yield from findings
        if not findings[0].well:  # the database: nothing can be read from it
            return
        articles = archive.counts()["articles"]
        yield Finding(
            "archive",
            articles > 0,
            f"{articles:,} articles in {settings.home}",
            "" if articles else "Run: pullquote index sync PATH",
        )


def _embedding(settings: Settings) -> Embedding | None:
    from index import ModelFileError
    from ui import _open

    try:
        return _open.embedding(settings)
    except ModelFileError:  # named with the models
        return None


def _language_model(settings: Settings) -> Finding:
    from index import Finding, PullquoteError
    from qa import open_model

    notes: list[str] = []
    try:
        model = open_model(settings.model, settings.for_models(), notes.append)
    except PullquoteError as error:
        return Finding("answers", False, error.message, error.hint)
    if model is None:
        return Finding("answers", True, "extractive", " ".join(notes))
    model.close()
    return Finding("answers", True, model.name)
