"""Incremental ingest: what is new goes in, what changed is replaced, what is gone can go.

Everything acknowledged is in the store before anything is built from it. A sync that is
killed leaves an archive that opens; the same command then finishes the work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from index import _readers
from index._article import Article, derive_id, sha256_hex
from index._cleaning import clean
from index._errors import UsageError
from index._passages import build_passages
from index._sentences import split_sentences
from index._store import Store, StoredArticle

Stage = Literal["read", "keywords", "vectors"]
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
    """What a sync did. Counts are articles."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    duplicates: int = 0
    failed: list[_readers.Failure] = field(default_factory=list)
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
    """From the resolved place, so that ``seeds`` and ``./seeds/`` give the same article."""
    line = document.source.rpartition("#")[2] if "#" in document.source else ""
    if document.url:
        return derive_id(document.title or "", document.url)
    name = document.title or Path(file).stem
    return derive_id(name, f"{file}#{line}" if line.isdigit() else file)


def _content_key(document: _readers.RawDocument) -> str:
    # Whatever changes cleaning, sentences or passages changes this, and articles are redone.
    return sha256_hex(f"{DERIVATION}:{document.content_key()}")


DERIVATION = 1


def read_into_store(
    store: Store,
    paths: Sequence[Path],
    *,
    prune: bool,
    report: SyncReport,
    on_batch: Callable[[list[StoredArticle], list[str], int], None],
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
    batch: list[StoredArticle] = []
    seen: set[str] = set()
    copies: list[tuple[_readers.RawDocument, str, str]] = []
    texts: dict[tuple[str, str | None], str] = {}

    def flush() -> None:
        if batch:
            on_batch(list(batch), [], store.put(batch))
            batch.clear()

    def take(document: _readers.RawDocument, file: str) -> None:
        article_id = document.id or _derived_id(document, file)
        if article_id in seen:
            reason = f"another document of this sync already has the id {article_id}"
            report.failed.append(_readers.Failure(document.source, reason))
            return
        known = store.content_key(article_id)
        if known == _content_key(document):
            seen.add(article_id)
            report.unchanged += 1
            return
        stored = prepare(document, file)
        text = (stored.article.text_sha256, stored.article.outlet)
        twin = texts.get(text) or next(
            (
                other
                for other, outlet in store.ids_with_text(text[0])
                if outlet == text[1] and other != article_id
            ),
            None,
        )
        if twin is not None and known is None:
            copies.append((document, file, twin))
            return
        seen.add(article_id)
        texts[text] = article_id
        batch.append(stored)
        report.added += known is None
        report.updated += known is not None
        if len(batch) >= BATCH:
            flush()

    done = 0
    for path in paths:
        for document, file in _documents(path, report):
            take(document, file)
            done += 1
            progress(Progress("read", done, None))
    flush()
    if prune:
        roots = [path.resolve() for path in paths]
        gone = [
            article_id
            for article_id, file in store.ids_by_file()
            if article_id not in seen and any(Path(file).is_relative_to(r) for r in roots)
        ]
        if gone:
            on_batch([], gone, store.delete(gone))
            report.removed += len(gone)
    # A copy of an article that has just been pruned is not a copy any more.
    for document, file, twin in copies:
        if store.content_key(twin) is None:
            texts.clear()
            take(document, file)
            flush()
        else:
            report.duplicates += 1


def _documents(path: Path, report: SyncReport) -> Any:
    def failed(failure: _readers.Failure) -> None:
        report.failed.append(failure)

    for document in _readers.read_path(path, failed):
        yield document, str(Path(document.file).resolve())


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
