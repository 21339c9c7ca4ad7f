"""``doctor``: is everything there that is needed?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui._options import Json
from ui._terminal import print_json

if TYPE_CHECKING:
    from ui._settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``mend`` says what to do where it is not well."""

    what: str
    well: bool
    detail: str
    mend: str = ""


def doctor(as_json: Json = False) -> int:
    """Check installation, models, archive and indexes, and say how to mend what is wrong."""
    from ui._open import settings

    findings = list(_examine(settings()))
    for finding in findings:
        if as_json:
            print_json(
                {
                    "what": finding.what,
                    "well": finding.well,
                    "detail": finding.detail,
                    "mend": finding.mend,
                }
            )
        else:
            print(f"{'ok ' if finding.well else 'BAD'}  {finding.what}: {finding.detail}")
            if finding.mend:
                print(f"     {finding.mend}")
    return 0 if all(finding.well for finding in findings) else 1


def _examine(settings: Settings) -> Iterator[Finding]:
    from index import PullquoteError

    yield from _packages()
    yield from _models(settings)
    try:
        yield from _archive(settings)
    except PullquoteError as error:
        yield Finding("archive", False, error.message, error.hint)
    yield _language_model(settings)


def _packages() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    for name in ("llama-index-core", "chromadb", "openai", "gradio", "xllamacpp", "tantivy"):
        try:
            yield Finding(name, True, version(name))
        except PackageNotFoundError:
            yield Finding(name, False, "not installed", "Install Pullquote again.")


def _models(settings: Settings) -> Iterator[Finding]:
    from index import ModelFileError, catalogue, find, require

    for model in catalogue():
        name = f"model {model.name}"
        try:
            if model.role == "language" and find(model.name, settings.models) is None:
                yield Finding(name, True, f"not here; for it: pullquote model pull {model.name}")
            else:
                yield Finding(name, True, str(require(model.name, settings.models)))
        except ModelFileError as error:
            yield Finding(name, False, error.message, error.hint)


def _archive(settings: Settings) -> Iterator[Finding]:
    from index import Archive, MiniLM, find

    model = MiniLM.open(settings.models) if find("minilm", settings.models) else None
    with Archive.open(settings.home, embedding=model, chroma_url=settings.chroma_url) as archive:
        stats = archive.stats()
        articles = stats["articles"]
        yield Finding(
            "archive",
            articles > 0,
            f"{articles:,} articles in {settings.home}",
            "" if articles else "Run: pullquote index sync PATH",
        )
        for name in ("keywords", "vectors"):
            well = stats[name] == stats["passages"]
            yield Finding(
                f"{name} index",
                well,
                f"{stats[name]:,} of {stats['passages']:,} passages",
                "" if well else "Run: pullquote index rebuild",
            )
        torn = [
            article.id
            for article in archive.articles()
            if any(article.text[s.start : s.end] != s.text for s in archive.sentences(article.id))
        ]
        yield Finding("offsets", not torn, f"{len(torn)} articles with wrong offsets")


def _language_model(settings: Settings) -> Finding:
    from index import PullquoteError
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
