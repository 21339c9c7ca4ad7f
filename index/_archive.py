"""The archive: articles that can be searched. The one object other packages use."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from index._article import Article, Listing, Passage, Sentence
from index._doctor import Checkup, Finding
from index._errors import ArchiveError, UnknownArticle
from index._filters import Filters
from index._keywords import KeywordIndex
from index._lock import writing
from index._progress import ProgressCallback, SyncReport
from index._search import Hit, Search
from index._store.store import Store
from index._store.vectors import PassageVectors
from index._upkeep import Upkeep, ignore
from index._vectors.vectors import VectorIndex

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index._embeddings.minilm import Embedding

ANSWERING = timedelta(hours=1)
"""Longer than any answer takes from reading the articles to being saved, waiting for a model
included: what it will quote may have been replaced meanwhile."""


class Archive:
    """A folder of articles with its keyword and vector index.

    One process at a time may change it; any number may read it meanwhile, also those that are not
    allowed to change it.
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
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(
                f"The folder of the archive, {home}, cannot be made: {error.strerror}.",
                "Name another in PULLQUOTE_HOME.",
            ) from error
        self._store = Store(home / "archive.sqlite")
        try:
            writable = self._store.writable
            self._keywords = KeywordIndex(home / "keywords", writable=writable)
            self._vectors = VectorIndex(home, url=chroma_url, exact=once, writable=writable)
        except BaseException:
            self._store.close()
            raise
        parts = (home, self._store, self._keywords, self._vectors, embedding)
        self._search, self._upkeep = Search(*parts), Upkeep(*parts)
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
        archive = cls(home, embedding=embedding, chroma_url=chroma_url, once=once)
        if archive._keywords.emptied and archive._store.counts()["passages"]:
            # Made anew at once (seconds for 100,000 passages), not by the next sync: until then
            # nothing would be found by its words. Whoever holds the lock does it anyway.
            with suppress(ArchiveError), writing(home, wait=0):
                archive._upkeep.refresh_keywords()
        return archive

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
    def writable(self) -> bool:
        """Whether this process may change it, and keep answers in it."""
        return self._store.writable

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

    def listing(self) -> list[Listing]:
        """What is known of all articles, in the order in which they came, without the texts."""
        return self._store.listing()

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
        return self._search.matching(filters)

    def searched(self, filters: Filters | None = None) -> dict[str, int]:
        """Numbers of ``articles`` and ``passages`` that a search limited so is put to.

        Raises:
            UsageError: ``since`` is after ``until``.
        """
        return self._search.searched(filters or Filters())

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

    def replaced(self, article_id: str, text_sha256: str) -> str | None:
        """When an article's text of this hash was corrected (UTC, ISO 8601).

        None where it was not, or is not kept.
        """
        return self._store.replaced(article_id, text_sha256)

    def has_versions(self, *, replaced_before: datetime) -> bool:
        """Whether there are earlier texts that were replaced before a moment (with a time zone)."""
        return bool(self._store.versions(replaced_before))

    def drop_versions(
        self, keep: Collection[tuple[str, str]], *, replaced_before: datetime | None = None
    ) -> int:
        """Delete earlier texts but those of these ``(article id, text_sha256)``.

        A corrected article keeps every earlier text until this is called with what saved answers
        quote. Returns how many went.

        Args:
            keep: What saved answers quote.
            replaced_before: Keep what was replaced since this moment (with a time zone) as well.
                By default it is ``ANSWERING`` ago: an answer that is being written may rest on
                what was replaced since. Who reads ``keep`` from what others write takes the
                moment before that, so that no answer saved in between is missed.

        Raises:
            ArchiveError: Another process is changing the archive.
        """
        with writing(self._home):
            settled = replaced_before or datetime.now(UTC) - ANSWERING
            dropped = self._store.drop_versions(keep, settled)
            if dropped:
                self._store.fold()
            return dropped

    def stats(self) -> dict[str, Any]:
        """What the archive holds and how far its indexes are."""
        generation = self._vectors.current()
        return self.counts() | {
            "origins": self._store.origin_count(),
            "keywords": self._keywords.count(),
            "vectors": self._vectors.count(),
            "embedding": generation.model if generation else None,
            "up_to_date": self._up_to_date(),
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
        return self._search.hits(question, k, filters or Filters())

    def keyword_ranking(
        self,
        question: str,
        k: int,
        articles: Collection[str] | None = None,
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
        articles: Collection[str] | None = None,
    ) -> list[tuple[str, float]]:
        """``(passage id, cosine)``, best first; empty without vectors or embedding model.

        A question that was embedded before may be given as its vector.
        """
        if self._embedding is None:
            return []
        vector = self._embedding.embed([question])[0] if isinstance(question, str) else question
        return self.dense_rankings(vector[None], k, articles)[0]

    def dense_rankings(
        self, vectors: NDArray[np.float32], k: int, articles: Collection[str] | None = None
    ) -> list[list[tuple[str, float]]]:
        """``dense_ranking`` of several questions, a row each: less work than one by one."""
        return self._search.by_meaning(vectors, k, articles)

    # What a search is made of -----------------------------------------------------------

    def hits(self, scores: Sequence[tuple[str, float]]) -> list[Hit]:
        """The passages of ``(passage id, score)``, in that order; those that are gone left out."""
        found = self._store.passages_by_id([i for i, _ in scores])
        there = [(score, *found[i]) for i, score in scores if i in found]
        return [Hit(rank, *hit) for rank, hit in enumerate(there, 1)]

    def sentences_around(self, hits: Iterable[Hit]) -> dict[str, dict[int, Sentence]]:
        """The sentences of these passages, and those next to them, by article id and ordinal.

        An article that has another text by now has none.
        """
        return self._store.sentences_around((hit.passage, hit.article) for hit in hits)

    def vectors_of_passages(self, passage_ids: Sequence[str]) -> dict[str, PassageVectors]:
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
        progress: ProgressCallback = ignore,
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
        with writing(self._home):
            return self._upkeep.sync(paths, prune=prune, progress=progress, readers=readers or {})

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
        with writing(self._home):
            try:
                for article_id in named:
                    self.article(article_id)
            except UnknownArticle:
                # It may be gone because this very command was killed, before the indexes
                # that hold its text were made anew.
                self._upkeep.refresh()
                raise
            self._store.delete(named, with_duplicates=True)
            self._upkeep.refresh()
        return len(named)

    @property
    def text_left(self) -> bool:
        """Whether deleted text is still on the disk, because another process was reading.

        The next change that finds no reader takes it off, and so does ``check``.
        """
        return self._store.unfolded()

    def rebuild(self, *, progress: ProgressCallback = ignore) -> None:
        """Make the keyword and vector index anew from the store.

        Texts that were embedded before are not embedded again.

        Raises:
            ArchiveError: Another process is changing the archive.
        """
        with writing(self._home):
            self._upkeep.refresh_keywords(progress, force=True)
            self._upkeep.embed(progress)
            self._upkeep.refresh_vectors(progress, force=True)
            self._upkeep.tidy()

    def check(self, *, fix: bool = False, progress: ProgressCallback = ignore) -> list[Finding]:
        """Look over the archive: its file, texts, offsets, vectors, indexes and leftovers.

        Everything is read, so it takes as long as that. A change by another process meanwhile
        may be taken for a fault.

        Args:
            fix: Mend what can be mended, and look again. No article is lost by it.
            progress: Called while an index is made anew.

        Raises:
            ArchiveError: Another process is changing the archive; only with ``fix``.
        """

        def make_vectors() -> None:
            self._upkeep.embed(progress)
            self._upkeep.refresh_vectors(progress, force=True)

        checkup = Checkup(
            home=self._home,
            store=self._store,
            keywords=self._keywords,
            vectors=self._vectors,
            embedding=self._embedding,
            make_keywords=lambda: self._upkeep.refresh_keywords(progress, force=True),
            make_vectors=make_vectors,
            fix=fix,
        )
        with writing(self._home) if fix else nullcontext():
            return list(checkup.run())

    def being_changed(self) -> bool:
        """Whether another process, or another thread, is changing the archive now.

        Where this process may not write, there is no telling: False.
        """
        if not self.writable:
            return False
        try:
            with writing(self._home, wait=0):
                return False
        except ArchiveError:
            return True

    def _up_to_date(self) -> bool:
        return not self._upkeep.stale_keywords() and not self._upkeep.stale_vectors()


def _bytes_below(folder: Path) -> int:
    """What the files take; a writer may remove some while they are counted."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += path.stat().st_size if path.is_file() else 0
    return total
