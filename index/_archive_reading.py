"""What can be read of an archive: its articles, their copies and corrections, and searches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from index._article import Article, Listing, Passage, Sentence
from index._errors import UnknownArticle
from index._filters import Filters
from index._keywords import KeywordIndex
from index._progress import SyncReport
from index._search import Hit, Search
from index._store.store import Store
from index._store.vectors import PassageVectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index._embeddings.minilm import Embedding


class ReadableArchive:
    """The part of :class:`index.Archive` that changes nothing."""

    def __init__(
        self, store: Store, keywords: KeywordIndex, search: Search, embedding: Embedding | None
    ) -> None:
        self._store = store
        self._keywords = keywords
        self._search = search
        self._embedding = embedding
        self._named: tuple[int, dict[str, int], tuple[date, date] | None] | None = None

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
