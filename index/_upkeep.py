"""Keeping the indexes in step with the store. Everything here is done by the one writer.

The store comes first, in one transaction a batch; whatever else is killed, full or missing is
noticed by the next change of the archive, and made again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from index._article import Article, Passage
from index._filters import Filters
from index._keywords import KeywordIndex
from index._leftovers import leftovers, remove_all
from index._progress import (
    Progress,
    ProgressCallback,
    Stage,
    Stopwatch,
    SyncReport,
    counted,
)
from index._readers import Failure
from index._store.store import Store, StoredArticle
from index._sync import read_into_store
from index._vectors.chroma import Row
from index._vectors.vectors import VectorIndex

if TYPE_CHECKING:
    from index._embeddings.minilm import Embedding

EMBED_BATCH = 64
# Whose texts are held at once where all are gone through.
SOME_ARTICLES = 200
TEXT_LEFT = (
    "deleted text stays in archive.sqlite, because another process reads the archive now; "
    "pullquote doctor --fix takes it out afterwards"
)
EmbeddedTable = Literal["passages", "sentences"]


def ignore(progress: Progress) -> None:
    """For whom nobody waits."""
    del progress


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The parts of one archive, to be brought in step."""

    home: Path
    store: Store
    keywords: KeywordIndex
    vectors: VectorIndex
    embedding: Embedding | None

    def sync(
        self,
        paths: Sequence[Path],
        *,
        prune: bool,
        progress: ProgressCallback,
        readers: Mapping[str, str],
    ) -> SyncReport:
        """See ``Archive.sync``."""
        report, watch, searchable = SyncReport(), Stopwatch(), 0
        self.store.link_copies(lambda done, total: progress(Progress("copies", done, total)))
        self.refresh_keywords(progress)

        def on_batch(stored: list[StoredArticle], removed: list[str], version: int) -> None:
            watch.lap("read")
            self.keywords.update(
                [(p, item.article) for item in stored for p in item.passages],
                removed=[*removed, *(item.article.id for item in stored)],
            )
            # A deleted passage leaves its words in the index's files until they are written
            # anew: left stale, the index is rebuilt below, or by the next sync after a kill.
            if not (report.updated or report.removed):
                self.store.set_keywords_version(version)
            watch.lap("keywords")
            nonlocal searchable
            searchable += sum(len(item.passages) for item in stored)
            progress(Progress("keywords", searchable, None))

        read_into_store(
            self.store,
            paths,
            prune=prune,
            report=report,
            on_batch=on_batch,
            progress=progress,
            readers=readers,
        )
        watch.lap("read")
        self.refresh_keywords(progress)
        watch.lap("keywords")
        # Passages first: the archive is searched by meaning while the sentences, which only
        # rank quotes, are being embedded.
        self.embed(progress, ["passages"])
        self.refresh_vectors(progress)
        self.embed(progress, ["sentences"])
        if not self.tidy():
            report.notes.append(Failure(str(self.home), TEXT_LEFT, fatal=False))
        watch.lap("vectors")
        report.vectors_missing = self._missing()
        counts = self.store.counts()
        report.articles, report.passages = counts["articles"], counts["passages"]
        report.seconds = watch.total()
        return report

    def refresh(self) -> None:
        """Bring both indexes in step, embedding nothing; what was deleted leaves the disk."""
        self.refresh_keywords()
        self.refresh_vectors()
        self.tidy()

    def tidy(self) -> bool:
        """Take off the disk what is in no index any more, so that deleted text is gone.

        Returns whether it is: see ``Store.fold``.
        """
        generation = self.vectors.current()
        remove_all(leftovers(self.home, generation.folder if generation else None))
        return self.store.fold()

    def stale_keywords(self) -> bool:
        """Whether the keyword index is not that of the store."""
        if self.store.keywords_version() != self.store.version():
            return True
        return self.keywords.count() != self.store.counts()["passages"]

    def stale_vectors(self) -> bool:
        """Whether the vector index is not that of the store, the model and the setting."""
        generation = self.vectors.current()
        name = self.embedding.name if self.embedding else None
        if generation is None:
            return self.store.counts()["passages"] > 0
        if generation.url != self.vectors.url:
            return True
        return generation.version != self.store.version() or name not in (None, generation.model)

    def refresh_keywords(self, progress: ProgressCallback = ignore, *, force: bool = False) -> None:
        """Rebuild the keyword index if a crash or a removal left it behind the store."""
        if force:
            self.store.set_keywords_version(-1)
        if not self.stale_keywords():
            return
        version = self.store.version()
        passages = self.store.counts()["passages"]
        pairs = counted(self._all_passages(), "keywords", passages, progress)
        self.keywords.update(pairs, everything=True)
        self.store.set_keywords_version(version)

    def refresh_vectors(self, progress: ProgressCallback = ignore, *, force: bool = False) -> None:
        """Build a Chroma generation from the stored vectors if the current one is not theirs."""
        stale = self.stale_vectors()
        if self.embedding is None and stale:
            # It may hold text that the store no longer has. The vectors of the rest are kept
            # there, so that with the model back only a generation must be built.
            self.vectors.drop()
            return
        if self.embedding is None or not (force or stale):
            # A kill between swapping and removing leaves an old generation behind.
            self.vectors.remove_old()
            return
        name = self.embedding.name
        with self.store.snapshot():
            version = self.store.version()
            rows = [Row(*row) for row in self.store.vector_rows(name)]
        self.vectors.build(
            rows,
            lambda digests: self.store.vectors(name, digests),
            model=name,
            version=version,
            anew=force,
            progress=lambda done: progress(Progress("index", done, len(rows))),
        )

    def embed(
        self,
        progress: ProgressCallback,
        tables: Sequence[EmbeddedTable] = ("passages", "sentences"),
    ) -> None:
        """Embed what never was; each batch is kept as soon as it is done."""
        if self.embedding is None:
            return
        name = self.embedding.name
        for table in tables:
            stage: Stage = "vectors" if table == "passages" else "sentences"
            missing = self.store.missing(name, table)
            if missing:
                self.vectors.reach()  # before an hour of work rather than after it
            # A batch of texts is held at a time, not those of the whole archive.
            for first in range(0, len(missing), EMBED_BATCH):
                batch = self.store.inputs(table, missing[first : first + EMBED_BATCH])
                vectors = self.embedding.embed(list(batch.values()))
                self.store.put_vectors(name, list(batch), vectors)
                progress(Progress(stage, min(first + EMBED_BATCH, len(missing)), len(missing)))

    def _all_passages(self) -> Iterator[tuple[Passage, Article]]:
        """Every passage with its article, a few articles held at a time."""
        ids = self.store.matching(Filters())
        for start in range(0, len(ids), SOME_ARTICLES):
            articles = {a.id: a for a in self.store.articles(ids[start : start + SOME_ARTICLES])}
            for passage in self.store.passages(articles):
                yield passage, articles[passage.article_id]

    def _missing(self) -> int:
        if self.embedding is None:
            return self.store.counts()["passages"]
        return len(self.store.missing(self.embedding.name, "passages"))
