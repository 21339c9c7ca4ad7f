"""``index …`` and ``extract``: what is in the archive and how it gets there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui._options import Json
from ui._plain import harmless, one_line, visible
from ui._system_errors import named
from ui._terminal import (
    note,
    print_bytes,
    print_facts,
    print_json,
    print_table,
    progress_meter,
)

if TYPE_CHECKING:
    from index import Archive, Article, Listing, Progress, SyncReport
    from ui._terminal import Meter

index_app = typer.Typer(help="The archive: add, list, show and remove articles.")

EMPTY = "The archive is empty. Add articles with: pullquote index sync PATH"
# So many kinds of files that are not read are told apart.
MOST_KINDS = 8
QUOTES_STAY = "answers already saved keep their quotes"
STAGES = {
    "copies": "articles compared",
    "read": "documents read",
    "keywords": "passages indexed by words",
    "vectors": "passages embedded",
    "index": "passages indexed by vectors",
    "sentences": "sentences embedded",
}


@index_app.command()
def sync(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files and folders.")],
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove articles that are no longer there.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, whenever something changes, until Ctrl-C.")
    ] = False,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Do nothing if the archive holds articles.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Add what is new, replace what changed. Safe to interrupt and to repeat.

    What cannot be read is named and the rest goes in: exit code 0 if anything could be read, 1
    if nothing, 3 if passages wait for the embedding model. A watch that is stopped while it
    waits has done all it was asked for: 0.
    """
    from ui._open import open_archive, settings

    loaded = settings()
    with open_archive(loaded) as archive:
        if if_empty and (articles := archive.counts()["articles"]):
            note(f"The archive already holds {articles:,} articles.")
            if as_json:
                print_json(archive.report().to_json())
            return 0
        if watch:
            return _watch(_syncing(archive, paths, prune, loaded.readers), archive, paths, as_json)
        report = _syncing(archive, paths, prune, loaded.readers)()
        _print_report(report, as_json)
        return _exit_code(report, archive)


def _syncing(
    archive: Archive, paths: list[Path], prune: bool, readers: Mapping[str, str]
) -> Callable[[], SyncReport]:
    """One sync as asked for, with its progress and what could not be read on stderr."""

    def sync() -> SyncReport:
        try:
            with progress_meter() as meter:
                report = archive.sync(
                    paths, prune=prune, progress=show_progress(meter), readers=readers
                )
        except KeyboardInterrupt:
            articles = archive.counts()["articles"]
            note(f"{articles:,} articles are stored; the same command takes the rest.")
            raise
        if report.other_kinds:
            note(_left_out(report.other_kinds))
        for failure in (*report.failed, *report.notes):
            note(one_line(f"{failure.source}: {failure.reason}"))
        _drop_earlier_texts(archive)
        return report

    return sync


def _drop_earlier_texts(archive: Archive) -> None:
    """Of corrected articles, keep the earlier texts that saved answers quote, and no others.

    Those that answers now being written may quote are kept until a later sync: the moment is taken
    before the records are read, so that an answer saved in between misses nothing.
    """
    from index import ANSWERING

    settled = datetime.now(UTC) - ANSWERING
    if not archive.has_versions(replaced_before=settled):
        return  # a sync that has nothing to do costs nothing

    from contextlib import closing

    from qa import Records

    with closing(Records.open(archive.home)) as records:
        cited = records.cited()
    if cited is not None:
        archive.drop_versions(cited, replaced_before=settled)


def _watch(
    sync: Callable[[], SyncReport], archive: Archive, paths: list[Path], as_json: bool
) -> int:
    """Sync now and after every change; what goes wrong in one round does not end the watch."""
    from index import PullquoteError, UsageError, settled_changes

    first, waiting, trouble = True, False, ""
    try:
        for changed in settled_changes(paths, ignore=archive.home):
            if not (changed or trouble):
                continue
            waiting = False
            try:
                report = sync()
            except (PullquoteError, OSError) as error:
                if first and isinstance(error, UsageError):
                    raise
                said = str(named(error) if isinstance(error, OSError) else error)
                if said != trouble:  # the same trouble is tried again, and said once
                    trouble = said
                    note(f"{trouble} Trying again.")
            else:
                if first or report.changed or report.failed or trouble:
                    _print_report(report, as_json)
                trouble = ""
            if first:
                note("Watching for changes; stop with Ctrl-C.")
            first, waiting = False, True
    except KeyboardInterrupt:
        if not waiting:
            raise
    return 0


def show_progress(meter: Meter) -> Callable[[Progress], None]:
    """What an archive is given to say how far it is."""

    def show(progress: Progress) -> None:
        # Reading and indexing go hand in hand; one of them says enough.
        if progress.stage != "keywords" or progress.total is not None:
            meter(STAGES[progress.stage], progress.done, progress.total)

    return show


def _print_report(report: SyncReport, as_json: bool) -> None:
    print_json(report.to_json()) if as_json else print(_summary(report), flush=True)


def _summary(report: SyncReport) -> str:
    parts = [
        f"{count:,} {name}"
        for name, count in (
            ("added", report.added),
            ("updated", report.updated),
            ("unchanged", report.unchanged),
            (f"removed ({QUOTES_STAY})", report.removed),
            ("copies left out", report.duplicates),
            ("with problems", len(report.failed)),
        )
        if count
    ]
    return (
        f"{', '.join(parts) or 'nothing found'}; the archive holds {report.articles:,} articles "
        f"in {report.passages:,} passages ({report.seconds['total']:.1f} s)"
    )


def _left_out(kinds: Mapping[str, int]) -> str:
    """That files of other kinds were passed over, the most frequent kinds first."""
    count = sum(kinds.values())
    ordered = sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))
    named = [
        (one_line(ending) or "without an ending") + (f" ({number:,})" if number > 1 else "")
        for ending, number in ordered[:MOST_KINDS]
    ]
    if others := sum(number for _, number in ordered[MOST_KINDS:]):
        named.append(f"others ({others:,})")
    files = "1 file of another kind" if count == 1 else f"{count:,} files of other kinds"
    return f"{files} left out: {', '.join(named)}"


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
        articles = archive.listing()
    if as_json:
        for article in articles:
            print_json(_metadata(article))
        return 0
    if not articles:
        note(EMPTY)
        return 0
    print_table(
        f"{len(articles):,} articles",
        ["id", "published", "outlet", "title"],
        [
            [a.id, a.published or "unknown", a.outlet or "unknown", a.title or "unknown"]
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
            # Exactly; but a terminal would obey what it is shown, so it is shown pictures of it.
            shown = visible(article.text) if sys.stdout.isatty() else article.text
            print_bytes(shown.encode("utf-8"))
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
            print(f"\n{harmless(article.text)}")
    return 0


@index_app.command()
def remove(
    article_ids: Annotated[list[str], typer.Argument(metavar="ID...")],
) -> int:
    """Remove articles; their text leaves the disk, except where a saved answer quotes it.

    Exit code 1, and nothing is removed, if there is no article with one of the ids.
    """
    from index import PullquoteError, UnknownArticle
    from ui._open import open_archive, settings

    with open_archive(settings()) as archive:
        try:
            removed = archive.remove(article_ids)
        except UnknownArticle as error:
            # Not wrong usage, as it is where an article is asked for: a script that removes
            # must be able to tell an article that has gone already from a mistyped option.
            raise PullquoteError(f"{error.message} Nothing was removed.", error.hint) from error
        if archive.text_left:
            note(
                "Another process reads the archive: the text leaves the disk with the next change "
                "after that, or by: pullquote doctor --fix"
            )
    print(f"{removed:,} removed; {QUOTES_STAY}")
    return 0


@index_app.command()
def rebuild() -> int:
    """Make the keyword and vector index anew from the stored articles."""
    from ui._open import open_archive, settings

    with open_archive(settings()) as archive:
        with progress_meter() as meter:
            archive.rebuild(progress=show_progress(meter))
        counts = archive.counts()
    print(f"rebuilt: {counts['articles']:,} articles in {counts['passages']:,} passages")
    return 0


@index_app.command()
def stats(as_json: Json = False) -> int:
    """Show how much the archive holds and whether its indexes are up to date."""
    from ui._open import open_archive, settings

    with open_archive(settings()) as archive:
        found = archive.stats()
    if as_json:
        print_json(found)
        return 0
    print_facts(found | {"up_to_date": "yes" if found["up_to_date"] else "no"})
    if not found["articles"]:
        note(EMPTY)
    elif not found["up_to_date"]:
        note("The indexes are behind the articles. Sync again, or run: pullquote index rebuild")
    return 0


def extract(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file, or a folder of them.")],
    as_json: Json = False,
) -> int:
    """Show what a reader and the cleaning make of a file, without adding it to the archive.

    Several articles in one file are shown one after the other; with --json, an object a line.
    """
    from index import Failure, UsageError, clean, read_path
    from ui._open import settings

    if not file.exists():
        raise UsageError(f"{file} does not exist.", "Check the path.")
    lost = found = 0

    def on_failure(failure: Failure) -> None:
        nonlocal lost
        lost += failure.fatal
        note(one_line(f"{failure.source}: {failure.reason}"))

    for document in read_path(file, on_failure, readers=settings().readers):
        fields = {
            name: getattr(document, name)
            for name in ("source", "title", "outlet", "author", "published", "url")
        }
        text = clean(document.text, title=document.title).text
        if as_json:
            print_json(fields | {"text": text})
        else:
            print("\n---\n" if found else "", end="")
            print_facts({name: value and one_line(value) for name, value in fields.items()})
            # Line by line: what would command the terminal is no part of an article.
            print("", *(one_line(line) for line in text.split("\n")), sep="\n")
        found += 1
    if not found and not lost:
        note(f"{file}: no article found")
    return 0 if found else 1


def _plain_archive(settings: Any) -> Archive:
    """The archive without its embedding model: enough for looking things up."""
    from index import Archive

    return Archive.open(settings.home, embedding=None, chroma_url=settings.chroma_url)


def _metadata(article: Article | Listing) -> dict[str, Any]:
    return {
        name: getattr(article, name)
        for name in ("id", "source", "title", "outlet", "author", "published", "url")
    }
