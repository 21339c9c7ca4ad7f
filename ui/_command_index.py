"""``index …`` and ``extract``: what is in the archive and how it gets there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui._options import Json
from ui._terminal import note, print_facts, print_json, print_table, progress_meter

if TYPE_CHECKING:
    from index import Archive, Article, Progress, SyncReport
    from ui._terminal import Meter

index_app = typer.Typer(help="The archive: add, list, show and remove articles.")

STAGES = {
    "read": "reading",
    "keywords": "indexing words",
    "vectors": "embedding passages",
    "index": "indexing vectors",
    "sentences": "embedding sentences",
}


@index_app.command()
def sync(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files and folders.")],
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove articles that are no longer there.")
    ] = False,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Do nothing if the archive holds articles.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Add what is new, replace what changed. Safe to interrupt and to repeat."""
    from ui._open import open_archive, settings

    with open_archive(settings()) as archive:
        if if_empty and archive.counts()["articles"]:
            note(f"The archive already holds {archive.counts()['articles']:,} articles.")
            return 0
        with progress_meter() as meter:
            report = archive.sync(paths, prune=prune, progress=_on(meter))
    for failure in (*report.failed, *report.notes):
        note(f"{failure.source}: {failure.reason}")
    print_json(report.to_json()) if as_json else print(_summary(report))
    return _exit_code(report, archive)


def _on(meter: Meter) -> Any:
    def show(progress: Progress) -> None:
        meter(STAGES[progress.stage], progress.done, progress.total)

    return show


def _summary(report: SyncReport) -> str:
    parts = [
        f"{count:,} {name}"
        for name, count in (
            ("added", report.added),
            ("updated", report.updated),
            ("unchanged", report.unchanged),
            ("removed", report.removed),
            ("copies left out", report.duplicates),
            ("with problems", len(report.failed)),
        )
        if count
    ]
    return (
        f"{', '.join(parts) or 'nothing found'}; the archive holds {report.articles:,} articles "
        f"in {report.passages:,} passages ({report.seconds['total']:.1f} s)"
    )


def _exit_code(report: SyncReport, archive: Archive) -> int:
    """1 if not one document could be read, 3 if vectors had to wait for the embedding model."""
    read = report.added or report.updated or report.unchanged or report.duplicates
    if report.failed and not read:
        return 1
    if archive.embedding is None and report.vectors_missing:
        note("Articles are saved and can be searched by keywords; vectors wait for the model.")
        return 3
    return 0


@index_app.command("list")
def list_articles(as_json: Json = False) -> int:
    """List the articles with what is known of them."""
    from ui._open import settings

    with _plain_archive(settings()) as archive:
        articles = archive.articles()
    if as_json:
        for article in articles:
            print_json(_metadata(article))
        return 0
    if not articles:
        note("The archive is empty. Add articles with: pullquote index sync PATH")
        return 0
    print_table(
        f"{len(articles):,} articles",
        ["id", "title", "outlet", "published", "source"],
        [
            [a.id, a.title or "–", a.outlet or "unknown", a.published or "unknown", a.source]
            for a in articles
        ],
    )
    return 0


@index_app.command()
def show(
    article_id: Annotated[str, typer.Argument(metavar="ID")],
    text: Annotated[
        bool, typer.Option("--text", help="Print the frozen text exactly, and nothing else.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Show one article: its fields, or the text that all quote offsets point into."""
    from ui._open import settings

    with _plain_archive(settings()) as archive:
        article = archive.article(article_id)
        if text:
            sys.stdout.buffer.write(article.text.encode("utf-8"))
            sys.stdout.buffer.flush()
        elif as_json:
            print_json(_metadata(article) | {"text": article.text})
        else:
            print_facts(
                _metadata(article)
                | {
                    "characters": f"{len(article.text):,}",
                    "sentences": len(archive.sentences(article_id)),
                    "passages": len(archive.passages(article_id)),
                    "text_sha256": article.text_sha256,
                }
            )
            print(f"\n{article.text}")
    return 0


@index_app.command()
def remove(
    article_ids: Annotated[list[str], typer.Argument(metavar="ID...")],
) -> int:
    """Remove articles; their text leaves the disk, except where a saved answer quotes it."""
    from ui._open import open_archive, settings

    with open_archive(settings()) as archive:
        archive.remove(article_ids)
    print(f"removed {len(article_ids)}")
    return 0


@index_app.command()
def rebuild() -> int:
    """Make the keyword and vector index anew from the stored articles."""
    from ui._open import open_archive, settings

    with open_archive(settings()) as archive, progress_meter() as meter:
        archive.rebuild(progress=_on(meter))
        counts = archive.counts()
    print(f"rebuilt: {counts['articles']:,} articles in {counts['passages']:,} passages")
    return 0


@index_app.command()
def stats(as_json: Json = False) -> int:
    """Show how much the archive holds and whether its indexes are up to date."""
    from ui._open import open_archive, settings

    with open_archive(settings()) as archive:
        found = archive.stats()
    print_json(found) if as_json else print_facts(found)
    return 0


def extract(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    as_json: Json = False,
) -> int:
    """Show what a reader makes of one file, without adding it to the archive."""
    from index import Failure, clean, read_path

    failures: list[Failure] = []
    found = 0
    for document in read_path(file, failures.append):
        found += 1
        fields = {
            name: getattr(document, name)
            for name in ("source", "title", "outlet", "author", "published", "url")
        }
        text = clean(document.text, title=document.title).text
        if as_json:
            print_json(fields | {"text": text})
        else:
            print_facts(fields)
            print(f"\n{text}\n")
    for failure in failures:
        note(f"{failure.source}: {failure.reason}")
    if not found and not failures:
        note(f"{file}: no article found")
    return 0 if found else 1


def _plain_archive(settings: Any) -> Archive:
    """The archive without its embedding model: enough for looking things up."""
    from index import Archive

    return Archive.open(settings.home, embedding=None, chroma_url=settings.chroma_url)


def _metadata(article: Article) -> dict[str, Any]:
    return {
        name: getattr(article, name)
        for name in ("id", "source", "title", "outlet", "author", "published", "url")
    }
