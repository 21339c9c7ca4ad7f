"""The archive: articles that can be searched. The one object other packages use."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from index._article import Article, Passage, Sentence
from index._chroma import Row
from index._doctor import Checkup, Finding
from index._errors import ArchiveError, UnknownArticle, UsageError
from index._faults import is_full, named_faults
from index._fusion import reciprocal_rank_fusion
from index._keywords import KeywordIndex
from index._leftovers import leftovers, remove_all
from index._store import Filters, Store, StoredArticle
from index._sync import (
    Progress,
    ProgressCallback,
    Stage,
    Stopwatch,
    SyncReport,
    counted,
    read_into_store,
)
from index._vectors import VectorIndex

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index._embeddings import Embedding

EMBED_BATCH = 64
# Whose texts are held at once where all are gone through.
SOME_ARTICLES = 200
EmbeddedTable = Literal["passages", "sentences"]
# How deep each ranking is read before fusion: several times what is asked for, so that a
# passage that only one of them likes can still come up.
POOL = 50
LOCK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage. ``rank`` counts from 1; ``score`` is the fused score."""

    rank: int
    score: float
    passage: Passage
    article: Article


def _bytes_below(folder: Path) -> int:
    """What the files take; a writer may remove some while they are counted."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += path.stat().st_size if path.is_file() else 0
    return total


def _ignore(progress: Progress) -> None:
    del progress


class Archive:
    """A folder of articles with its keyword and vector index.

    One process at a time may change it; any number may read it meanwhile.
    """

    def __init__(
        self,
        home: Path,
        *,
        embedding: Embedding | None,
        chroma_url: str | None = None,
        once: bool = False,
    ) -> None:
        self._home = home
        self._embedding = embedding
        home.mkdir(parents=True, exist_ok=True)
        self._store = Store(home / "archive.sqlite")
        self._keywords = KeywordIndex(home / "keywords")
        self._vectors = VectorIndex(home, url=chroma_url, exact=once)
        self._named: tuple[int, dict[str, int], tuple[date, date] | None] | None = None

    @classmethod
    def open(
        cls,
        home: Path,
        *,
        embedding: Embedding | None = None,
        chroma_url: str | None = None,
        once: bool = False,
    ) -> Archive:
        """Open the archive in ``home``, creating it when absent.

        Args:
            home: The folder that holds it.
            embedding: Model for passages and questions. Without one the archive searches by
                keywords alone.
            chroma_url: A Chroma server that holds the vector index, for many processes; None to
                keep it in the archive.
            once: This process asks little and ends: vectors are searched one by one, which takes
                milliseconds, instead of importing and opening Chroma, which takes seconds.

        Raises:
            ArchiveError: What is there cannot be used.
            UsageError: ``chroma_url`` is no address.
        """
        return cls(home, embedding=embedding, chroma_url=chroma_url, once=once)

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all files."""
        self._vectors.close()
        self._store.close()

    @property
    def home(self) -> Path:
        return self._home

    @property
    def embedding(self) -> Embedding | None:
        return self._embedding

    @property
    def version(self) -> int:
        """Grows with every change to the articles."""
        return self._store.version()

    # Reading ----------------------------------------------------------------------------

    def articles(self) -> list[Article]:
        """All articles, in the order in which they came."""
        return self._store.articles()

    def article(self, article_id: str) -> Article:
        """One article.

        Raises:
            UnknownArticle: There is none with this id.
        """
        try:
            found = self._store.articles([article_id])
        except UnicodeEncodeError:  # bytes of a command line that are no UTF-8; no id has such
            found = []
        if not found:
            raise UnknownArticle(
                f"There is no article with the id {article_id!r}.",
                "Run: pullquote index list",
            )
        return found[0]

    def sentences(self, article_id: str) -> list[Sentence]:
        """The sentences of an article, in order."""
        with self._store.snapshot():
            return self._store.sentences(self.article(article_id))

    def passages(self, article_id: str) -> list[Passage]:
        """The passages of an article, in order."""
        with self._store.snapshot():
            return self._store.passages({article_id: self.article(article_id)})

    def sentence_vectors(
        self, article_ids: Sequence[str]
    ) -> dict[tuple[str, int], NDArray[np.float32]]:
        """Stored unit vectors by ``(article id, sentence ordinal)``; absent where not embedded."""
        if self._embedding is None:
            return {}
        return self._store.sentence_vectors(self._embedding.name, article_ids)

    def matching(self, filters: Filters) -> list[str]:
        """Ids of the articles that pass ``filters``.

        Raises:
            UsageError: ``since`` is after ``until``.
        """
        if filters.since and filters.until and filters.since > filters.until:
            raise UsageError(
                f"--since {filters.since} is after --until {filters.until}.", "Swap the two dates."
            )
        return self._store.matching(filters)

    def counts(self) -> dict[str, int]:
        """Numbers of ``articles``, ``sentences`` and ``passages``."""
        return self._store.counts()

    def report(self) -> SyncReport:
        """What a sync that has nothing to do reports."""
        counts = self.counts()
        return SyncReport(articles=counts["articles"], passages=counts["passages"])

    # Copies and corrections -------------------------------------------------------------

    def origin(self, article_id: str) -> tuple[Article, ...]:
        """The articles that carry the same report as this one, itself included.

        First published first, those of unknown date last. The first one's id names the origin.

        Raises:
            UnknownArticle: There is none with this id.
        """
        with self._store.snapshot():
            self.article(article_id)
            return tuple(self._store.origin_members(article_id))

    def origins(self, article_ids: Collection[str]) -> dict[str, str]:
        """The id of each article's origin, so that copies can be counted once.

        Copies may differ in single facts: a later number, a planted error. They are one origin
        and still two sides. Unknown ids are left out.
        """
        return self._store.origins(article_ids)

    def article_version(self, article_id: str, text_sha256: str) -> Article | None:
        """An article with the frozen text of this hash: as it is, or as it was once.

        For answers given before an article was corrected. None when the article was removed or
        that text was dropped.
        """
        return self._store.article_version(article_id, text_sha256)

    def drop_versions(self, keep: Collection[tuple[str, str]]) -> int:
        """Delete earlier texts but those of these ``(article id, text_sha256)``.

        A corrected article keeps every earlier text until this is called with what saved answers
        quote. Returns how many went.

        Raises:
            ArchiveError: Another process is changing the archive.
        """
        with self._writing():
            dropped = self._store.drop_versions(keep)
            if dropped:
                self._store.checkpoint()
            return dropped

    def stats(self) -> dict[str, Any]:
        """What the archive holds and how far its indexes are."""
        generation = self._vectors.current()
        return self.counts() | {
            "origins": self._store.origin_count(),
            "keywords": self._keywords.count(),
            "vectors": self._vectors.count(),
            "embedding": generation.model if generation else None,
            "up_to_date": not self._stale_keywords() and not self._stale_vectors(),
            "home": str(self._home),
            "bytes": _bytes_below(self._home),
        }

    # Searching --------------------------------------------------------------------------

    def search(self, question: str, *, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The ``k`` best passages for a question, best first.

        BM25 and dense rankings are fused by reciprocal rank. Where vectors are not built yet,
        or no embedding model is there, the keyword ranking stands alone.

        Raises:
            UsageError: ``k`` is below 1, or the filters contradict each other.
        """
        if k < 1:
            raise UsageError(f"The number of passages asked for is {k}.", "Ask for at least 1.")
        filters = filters or Filters()
        allowed = self.matching(filters) if filters else None
        if allowed == []:
            return []
        pool = max(POOL, k)
        rankings = [[i for i, _ in self.keyword_ranking(question, pool, allowed)]]
        dense = self.dense_ranking(question, pool, allowed)
        if dense:
            rankings.append([i for i, _ in dense])
        fused = reciprocal_rank_fusion(rankings)
        found = self._store.passages_by_id([i for i, _ in fused])
        hits = [(found[i], score) for i, score in fused if i in found][:k]
        return [
            Hit(rank, score, passage, article)
            for rank, ((passage, article), score) in enumerate(hits, 1)
        ]

    def keyword_ranking(
        self,
        question: str,
        k: int,
        articles: Sequence[str] | None = None,
        *,
        variants: Mapping[str, Sequence[str]] | None = None,
        phrases: Sequence[str] = (),
    ) -> list[tuple[str, float]]:
        """``(passage id, BM25 score)``, best first, limited to ``articles`` if given.

        See :meth:`KeywordIndex.search` for ``variants`` and ``phrases``.
        """
        return self._keywords.search(
            question, k, articles=articles, variants=variants or {}, phrases=phrases
        )

    def dense_ranking(
        self,
        question: str | NDArray[np.float32],
        k: int,
        articles: Sequence[str] | None = None,
    ) -> list[tuple[str, float]]:
        """``(passage id, cosine)``, best first; empty without vectors or embedding model.

        A question that was embedded before may be given as its vector.
        """
        generation = self._vectors.current()
        if self._embedding is None or generation is None:
            return []
        if generation.model != self._embedding.name:
            return []
        vector = self._embedding.embed([question])[0] if isinstance(question, str) else question
        try:
            return self._vectors.search(vector, k, articles)
        except ArchiveError as error:
            # Chroma writes even to read; the vectors in the store need no room.
            if not is_full(error, self._home):
                raise
        ids, matrix = self._store.passage_vectors(self._embedding.name, articles)
        if not ids:
            return []
        scores = matrix @ vector
        order = (-scores).argsort(kind="stable")[:k]
        return [(ids[i], float(scores[i])) for i in order]

    # What a search is made of -----------------------------------------------------------

    def hits(self, scores: Sequence[tuple[str, float]]) -> list[Hit]:
        """The passages of ``(passage id, score)``, in that order; those that are gone left out."""
        found = self._store.passages_by_id([i for i, _ in scores])
        there = [(score, *found[i]) for i, score in scores if i in found]
        return [Hit(rank, *hit) for rank, hit in enumerate(there, 1)]

    def vectors_of_passages(
        self, passage_ids: Sequence[str]
    ) -> dict[str, tuple[NDArray[np.float32] | None, list[NDArray[np.float32]]]]:
        """Stored unit vectors of passages, each with those of its sentences.

        A passage without any is left out.
        """
        if self._embedding is None:
            return {}
        return self._store.vectors_of_passages(self._embedding.name, passage_ids)

    def outlets(self) -> dict[str, int]:
        """How many articles each outlet has; spellings that differ in case are one outlet."""
        return self._listed()[1]

    def days(self) -> tuple[date, date] | None:
        """The first and the last day of publication; None where none is known."""
        return self._listed()[2]

    def _listed(self) -> tuple[int, dict[str, int], tuple[date, date] | None]:
        """Version, outlets and days; read once per version, for every question asks for them."""
        with self._store.snapshot():
            version = self._store.version()
            if self._named is None or self._named[0] != version:
                self._named = version, self._store.outlets(), self._store.days()
        return self._named

    def holding(self, word: str) -> int:
        """In how many passages a word stands, in any inflection."""
        return self._keywords.holding(word)

    def index_terms(self, prefix: str) -> list[tuple[str, int]]:
        """The stems of the passages' words that begin so, with how many passages have them."""
        return self._keywords.terms(prefix)

    def index_term(self, word: str) -> str:
        """The stem under which a word is indexed."""
        return self._keywords.term(word)

    # Changing ---------------------------------------------------------------------------

    def sync(
        self,
        paths: Sequence[Path],
        *,
        prune: bool = False,
        progress: ProgressCallback = _ignore,
        readers: Mapping[str, str] | None = None,
    ) -> SyncReport:
        """Read files and folders into the archive and bring its indexes up to date.

        Unchanged files cost a hash. With ``prune``, articles that were read from below
        these paths before and are not there now are removed. Interrupted at any moment, the
        archive stays usable and the same call completes it. ``readers`` are llama-index readers
        by suffix, see :func:`read_path`.

        Raises:
            UsageError: A path does not exist, or a reader cannot be imported.
            ArchiveError: Another process is changing the archive.
        """
        report, watch, searchable = SyncReport(), Stopwatch(), 0
        with self._writing():
            self._store.link_copies(lambda done, total: progress(Progress("copies", done, total)))
            self._refresh_keywords(progress)

            def on_batch(stored: list[StoredArticle], removed: list[str], version: int) -> None:
                watch.lap("read")
                self._keywords.update(
                    [(p, item.article) for item in stored for p in item.passages],
                    removed=[*removed, *(item.article.id for item in stored)],
                )
                # A deleted passage leaves its words in the index's files until they are written
                # anew: left stale, the index is rebuilt below, or by the next sync after a kill.
                if not (report.updated or report.removed):
                    self._store.set_keywords_version(version)
                watch.lap("keywords")
                nonlocal searchable
                searchable += sum(len(item.passages) for item in stored)
                progress(Progress("keywords", searchable, None))

            read_into_store(
                self._store,
                paths,
                prune=prune,
                report=report,
                on_batch=on_batch,
                progress=progress,
                readers=readers or {},
            )
            watch.lap("read")
            self._refresh_keywords(progress)
            watch.lap("keywords")
            # Passages first: the archive is searched by meaning while the sentences, which
            # only rank quotes, are being embedded.
            self._embed(progress, ["passages"])
            self._refresh_vectors(progress)
            self._embed(progress, ["sentences"])
            self._tidy()
            watch.lap("vectors")
            report.vectors_missing = self._missing()
        counts = self.counts()
        report.articles, report.passages = counts["articles"], counts["passages"]
        report.seconds = watch.total()
        return report

    def remove(self, article_ids: Sequence[str]) -> int:
        """Remove articles; their text leaves the disk. Saved answers keep their quotes.

        Duplicates that were remembered of them go too. What is still there is read again by the
        next sync of its folder.

        Interrupted at any moment, the articles are there or gone; the indexes follow with the
        next change of the archive.

        Returns:
            How many were removed.

        Raises:
            UnknownArticle: One of them is not there; nothing is removed then.
            ArchiveError: Another process is changing the archive.
        """
        named = list(dict.fromkeys(article_ids))
        with self._writing():
            try:
                for article_id in named:
                    self.article(article_id)
            except UnknownArticle:
                # It may be gone because this very command was killed, before the indexes
                # that hold its text were made anew.
                self._refresh_keywords()
                self._refresh_vectors()
                self._tidy()
                raise
            self._store.delete(named, with_duplicates=True)
            self._refresh_keywords()
            self._refresh_vectors()
            self._tidy()
        return len(named)

    def rebuild(self, *, progress: ProgressCallback = _ignore) -> None:
        """Make the keyword and vector index anew from the store.

        Texts that were embedded before are not embedded again.

        Raises:
            ArchiveError: Another process is changing the archive.
        """
        with self._writing():
            self._store.set_keywords_version(-1)
            self._refresh_keywords(progress)
            self._embed(progress)
            self._refresh_vectors(progress, force=True)
            self._tidy()

    def check(self, *, fix: bool = False, progress: ProgressCallback = _ignore) -> list[Finding]:
        """Look over the archive: its file, texts, offsets, vectors, indexes and leftovers.

        Everything is read, so it takes as long as that. A change by another process meanwhile
        may be taken for a fault.

        Args:
            fix: Mend what can be mended, and look again. No article is lost by it.
            progress: Called while an index is made anew.

        Raises:
            ArchiveError: Another process is changing the archive; only with ``fix``.
        """

        def make_keywords() -> None:
            self._store.set_keywords_version(-1)
            self._refresh_keywords(progress)

        def make_vectors() -> None:
            self._embed(progress)
            self._refresh_vectors(progress, force=True)

        checkup = Checkup(
            home=self._home,
            store=self._store,
            keywords=self._keywords,
            vectors=self._vectors,
            embedding=self._embedding,
            make_keywords=make_keywords,
            make_vectors=make_vectors,
            fix=fix,
        )
        with self._writing() if fix else nullcontext():
            return list(checkup.run())

    def being_changed(self) -> bool:
        """Whether another process, or another thread, is changing the archive now."""
        try:
            with self._writing(wait=0):
                return False
        except ArchiveError:
            return True

    @contextmanager
    def _writing(self, wait: float = LOCK_SECONDS) -> Iterator[None]:
        from filelock import FileLock, Timeout

        lock = FileLock(self._home / ".lock", timeout=wait)
        try:
            lock.acquire()
        except Timeout as error:
            raise ArchiveError(
                f"Another process is changing the archive in {self._home}.",
                "Wait for it to finish, then run the same command again.",
            ) from error
        try:
            with named_faults(self._home):
                yield
        finally:
            lock.release()

    def _tidy(self) -> None:
        """Take off the disk what is in no index any more, so that deleted text is gone."""
        generation = self._vectors.current()
        remove_all(leftovers(self._home, generation.folder if generation else None))
        self._store.checkpoint()

    def _stale_keywords(self) -> bool:
        if self._store.keywords_version() != self._store.version():
            return True
        return self._keywords.count() != self._store.counts()["passages"]

    def _stale_vectors(self) -> bool:
        generation = self._vectors.current()
        name = self._embedding.name if self._embedding else None
        if generation is None:
            return self._store.counts()["passages"] > 0
        if generation.url != self._vectors.url:
            return True
        return generation.version != self._store.version() or name not in (None, generation.model)

    def _refresh_keywords(self, progress: ProgressCallback = _ignore) -> None:
        """Rebuild the keyword index if a crash or a removal left it behind the store."""
        if not self._stale_keywords():
            return
        version = self._store.version()
        passages = self._store.counts()["passages"]
        pairs = counted(self._all_passages(), "keywords", passages, progress)
        self._keywords.update(pairs, everything=True)
        self._store.set_keywords_version(version)

    def _all_passages(self) -> Iterator[tuple[Passage, Article]]:
        """Every passage with its article, a few articles held at a time."""
        ids = self.matching(Filters())
        for start in range(0, len(ids), SOME_ARTICLES):
            articles = {a.id: a for a in self._store.articles(ids[start : start + SOME_ARTICLES])}
            for passage in self._store.passages(articles):
                yield passage, articles[passage.article_id]

    def _missing(self) -> int:
        if self._embedding is None:
            return self._store.counts()["passages"]
        return len(self._store.missing(self._embedding.name, "passages"))

    def _embed(
        self,
        progress: ProgressCallback,
        tables: Sequence[EmbeddedTable] = ("passages", "sentences"),
    ) -> None:
        """Embed what never was; each batch is kept as soon as it is done."""
        if self._embedding is None:
            return
        name = self._embedding.name
        for table in tables:
            stage: Stage = "vectors" if table == "passages" else "sentences"
            missing = self._store.missing(name, table)
            if missing:
                self._vectors.reach()  # before an hour of work rather than after it
            # A batch of texts is held at a time, not those of the whole archive.
            for first in range(0, len(missing), EMBED_BATCH):
                batch = self._store.inputs(table, missing[first : first + EMBED_BATCH])
                vectors = self._embedding.embed(list(batch.values()))
                self._store.put_vectors(name, list(batch), vectors)
                progress(Progress(stage, min(first + EMBED_BATCH, len(missing)), len(missing)))

    def _refresh_vectors(
        self, progress: ProgressCallback = _ignore, *, force: bool = False
    ) -> None:
        """Build a Chroma generation from the stored vectors if the current one is not theirs."""
        stale = self._stale_vectors()
        if self._embedding is None and stale:
            # It may hold text that the store no longer has. The vectors of the rest are kept
            # there, so that with the model back only a generation must be built.
            self._vectors.drop()
            return
        if self._embedding is None or not (force or stale):
            # A kill between swapping and removing leaves an old generation behind.
            self._vectors.remove_old()
            return
        name = self._embedding.name
        with self._store.snapshot():
            version = self._store.version()
            rows = [Row(*row) for row in self._store.vector_rows(name)]
        self._vectors.build(
            rows,
            lambda digests: self._store.vectors(name, digests),
            model=name,
            version=version,
            anew=force,
            progress=lambda done: progress(Progress("index", done, len(rows))),
        )
