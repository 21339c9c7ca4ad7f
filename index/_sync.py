"""Incremental ingest: what is new goes in, what changed is replaced, what is gone can go.

Everything acknowledged is in the store before anything is built from it. A sync that is
killed leaves an archive that opens; the same command then finishes the work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from urllib.parse import urlsplit

from index import _readers
from index._article import Article, derive_id, sha256_hex
from index._cleaning import clean
from index._errors import UsageError
from index._passages import build_passages
from index._sentences import split_sentences
from index._store import Store, StoredArticle

Stage = Literal["read", "keywords", "vectors", "index", "sentences"]
# Articles per transaction: often enough that little is repeated after a kill.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync is. ``total`` is None where it is not known beforehand."""

    stage: Stage
    done: int
    total: int | None


ProgressCallback = Callable[[Progress], None]


@dataclass(slots=True)
class SyncReport:
    """What a sync did. Counts are articles.

    Attributes:
        failed: What could not be read: a document was lost by each of these.
        notes: What else was wrong with documents that went in.
        seconds: Per stage, and the ``total``.
        vectors_missing: Passages that wait for an embedding model.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    duplicates: int = 0
    failed: list[_readers.Failure] = field(default_factory=list)
    notes: list[_readers.Failure] = field(default_factory=list)
    articles: int = 0
    passages: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    vectors_missing: int = 0

    def to_json(self) -> dict[str, Any]:
        """The documented form of ``index sync --json``."""
        return {
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "duplicates": self.duplicates,
            "failed": [{"source": f.source, "reason": f.reason} for f in self.failed],
            "articles": self.articles,
            "passages": self.passages,
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }


def prepare(document: _readers.RawDocument, file: str) -> StoredArticle:
    """Clean, freeze and cut one document as it was read."""
    cleaned = clean(document.text, title=document.title)
    article = Article(
        id=document.id or _derived_id(document, file),
        source=document.source,
        text=cleaned.text,
        title=document.title,
        outlet=document.outlet,
        author=document.author,
        published=document.published,
        url=document.url,
    )
    sentences = split_sentences(article.text, article.id)
    return StoredArticle(
        article=article,
        file=file,
        raw=document.text,
        segments=[(s.start, s.raw_start, s.length) for s in cleaned.segments],
        content_key=_content_key(document),
        sentences=sentences,
        passages=build_passages(article, sentences),
    )


def _derived_id(document: _readers.RawDocument, file: str) -> str:
    """From the resolved place, so that ``seeds`` and ``./seeds/`` give the same article.

    The title is left out of it: an article whose title is corrected stays the same article.
    """
    if document.url:
        return derive_id(PurePosixPath(urlsplit(document.url).path).stem, document.url)
    line = document.source.rpartition("#")[2] if "#" in document.source else ""
    return derive_id(Path(file).stem, f"{file}#{line}" if line.isdigit() else file)


def _content_key(document: _readers.RawDocument) -> str:
    # Whatever changes cleaning, sentences or passages changes this, and articles are redone.
    return sha256_hex(f"{DERIVATION}:{document.content_key()}")


DERIVATION = 1

OnBatch = Callable[[list[StoredArticle], list[str], int], None]


def read_into_store(
    store: Store,
    paths: Sequence[Path],
    *,
    prune: bool,
    report: SyncReport,
    on_batch: OnBatch,
    progress: ProgressCallback,
) -> None:
    """Read ``paths`` into the store, batch by batch.

    ``on_batch(stored, removed ids, version)`` is called after each committed change.

    Raises:
        UsageError: A path does not exist; nothing has been changed then.
    """
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path} does not exist.", "Check the path and run the sync again.")
    ingest, reading = _Ingest(store, report, on_batch), _Reading(report)
    done = 0
    for path in paths:
        for document, file in reading.documents(path):
            ingest.take(document, file)
            done += 1
            progress(Progress("read", done, None))
    ingest.flush()
    if prune:
        ingest.prune(paths, reading)
    ingest.settle_copies()


class _Ingest:
    """Takes documents one by one and stores what is new or changed."""

    def __init__(self, store: Store, report: SyncReport, on_batch: OnBatch) -> None:
        self._store = store
        self._report = report
        self._on_batch = on_batch
        self._seen: set[str] = set()
        self._texts: set[tuple[str, str | None]] = set()
        self._batch: list[StoredArticle] = []
        self._copies: list[StoredArticle] = []

    def take(self, document: _readers.RawDocument, file: str) -> None:
        article_id = document.id or _derived_id(document, file)
        if article_id in self._seen:
            reason = f"another document of this sync already has the id {article_id}"
            self._report.failed.append(_readers.Failure(document.source, reason))
            return
        known = self._store.content_key(article_id)
        if known == _content_key(document):
            self._seen.add(article_id)
            self._report.unchanged += 1
            return
        stored = prepare(document, file)
        article = stored.article
        if known is not None:
            self._report.updated += 1
            self._add(stored)
        elif (article.text_sha256, article.outlet) in self._texts or self._has_twin(article):
            self._copies.append(stored)
        else:
            self._report.added += 1
            self._add(stored)

    def flush(self) -> None:
        if self._batch:
            self._on_batch(list(self._batch), [], self._store.put(self._batch))
            self._batch.clear()

    def prune(self, paths: Sequence[Path], reading: _Reading) -> None:
        """Remove what was read from below ``paths`` before and was not there now."""
        roots = [path.resolve() for path in paths]
        missing = [
            (article_id, Path(file))
            for article_id, file in self._store.ids_by_file()
            if article_id not in self._seen
            and any(Path(file).is_relative_to(root) for root in roots)
        ]
        gone = [article_id for article_id, file in missing if not reading.keeps(file)]
        if gone:
            self._report.removed += len(gone)
            self._on_batch([], gone, self._store.delete(gone))
        if kept := len(missing) - len(gone):
            where = ", ".join(str(path) for path in paths)
            reason = f"{kept} missing articles kept, because not everything could be read"
            self._report.notes.append(_readers.Failure(where, reason, fatal=False))

    def settle_copies(self) -> None:
        """Store the copies that are none any more.

        What they were copies of may have been changed or removed by this very sync.
        """
        for stored in self._copies:
            if stored.article.id in self._seen or self._has_twin(stored.article):
                self._report.duplicates += 1
            else:
                self._report.added += 1
                self._add(stored)
                self.flush()

    def _add(self, stored: StoredArticle) -> None:
        self._seen.add(stored.article.id)
        self._texts.add((stored.article.text_sha256, stored.article.outlet))
        self._batch.append(stored)
        if len(self._batch) >= BATCH:
            self.flush()

    def _has_twin(self, article: Article) -> bool:
        """Whether another article with this text from the same outlet is stored."""
        return any(
            outlet == article.outlet and other != article.id
            for other, outlet in self._store.ids_with_text(article.text_sha256)
        )


class _Reading:
    """Reads documents and remembers what ``--prune`` must not take for gone."""

    def __init__(self, report: SyncReport) -> None:
        self._report = report
        self._unread: set[Path] = set()
        # Folders whose articles.toml is at fault, and the files of theirs that were read.
        self._doubtful: set[Path] = set()
        self._described: set[Path] = set()

    def documents(self, path: Path) -> Iterator[tuple[_readers.RawDocument, str]]:
        """The documents of a path, each with the resolved path of its file."""
        given, file = "", Path()
        for document in _readers.read_path(path, self._failed):
            if document.file != given:
                given, file = document.file, Path(document.file).resolve()
                if file.parent in self._doubtful:
                    self._described.add(file)
            yield document, str(file)

    def _failed(self, failure: _readers.Failure) -> None:
        path = Path(failure.source)
        if failure.fatal:
            self._report.failed.append(failure)
            self._unread.add(path.resolve())
        else:
            self._report.notes.append(failure)
            if path.name == _readers.SIDECAR:
                self._doubtful.add(path.parent.resolve())

    def keeps(self, file: Path) -> bool:
        """Whether an article of this file may be missing only because reading went wrong.

        So it is where something of the file, or of a folder it is in, could not be read; and
        where the file is there, but what says which id its article has is at fault.
        """
        if any(file.is_relative_to(path) for path in self._unread):
            return True
        return file in self._described


class Stopwatch:
    """Seconds per stage of a sync."""

    def __init__(self) -> None:
        self._start = self._lap = time.perf_counter()
        self.seconds: dict[str, float] = {"read": 0.0, "keywords": 0.0, "vectors": 0.0}

    def lap(self, stage: Stage) -> None:
        """Book the time since the last lap on ``stage``."""
        now = time.perf_counter()
        self.seconds[stage] += now - self._lap
        self._lap = now

    def total(self) -> dict[str, float]:
        return self.seconds | {"total": time.perf_counter() - self._start}
