"""The keyword index: BM25 over stemmed words, by tantivy. Rebuildable from the store."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from index._article import Article, Passage
from index._errors import ArchiveError

# A title names the topic once; a hit there says more than one in running text.
TITLE_BOOST = 1.5
# An outlet that a question names. On the development half of multihop-rag it takes BM25 alone from
# all evidence found for .57 of the questions to .64, and MRR@10 from .88 to .90.
OUTLET_BOOST = 1.0
WRITER_BYTES = 50_000_000
# A set of ids costs tantivy time for each. Limited to more articles than SOME, hits are read until
# enough are of those, among so many times as many. Measured on 102,000 passages of 12,600 articles,
# 50 hits, milliseconds of processor, set against reading: 1,300 articles 5.7 and 6.8, 2,700 9.0 and
# 5.0, 8,900 22 and 3.9.
SOME, DEEPER = 1500, 20

# Function words: they match everywhere and only blur the ranking. Kept when nothing else is left.
STOP_WORDS = frozenset(
    """a about after all also an and any are as at be been but by can could did do does for from
    had has have he her his how i if in into is it its me my no not of on or our said say says
    she should so some tell than that the their them there they this to up was we were what when
    where which who whom whose why will with would you your""".split()  # noqa: SIM905
)


class KeywordIndex:
    """A folder with a tantivy index of passages.

    Changes are atomic: a reader sees the state before a commit or after it. In a folder that may
    not be written to, it sees the state at its opening.

    Attributes:
        emptied: What was in the folder was torn, or of an earlier version, and is gone.

    Raises:
        ArchiveError: It is so, and the folder may not be written to.
    """

    def __init__(self, folder: Path, *, writable: bool = True) -> None:
        self._folder = folder
        self._writable = writable
        self.emptied = False
        self._index = self._open() if writable else self._open_to_read()

    def _open_to_read(self) -> Any:
        """The index through links to its files.

        Tantivy wants to make a lock file even to read. It opens all files of the index at once,
        so that the links are needed no longer than that.
        """
        import tantivy

        # What looks for changes in the background may still be at it when the links are removed.
        links = tempfile.TemporaryDirectory(prefix="pullquote-", ignore_cleanup_errors=True)
        try:
            with links as folder:
                for path in self._folder.iterdir():
                    if not path.name.startswith("."):
                        (Path(folder) / path.name).symlink_to(path.absolute())
                index = tantivy.Index.open(folder)
                index.config_reader("manual")
                return index
        except (OSError, ValueError) as error:
            raise ArchiveError(
                f"The keyword index {self._folder} cannot be read: {error}.",
                "Run, with permission to write there: pullquote index rebuild",
            ) from error

    def _open(self) -> Any:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_text_field("passage", stored=True, tokenizer_name="raw")
        builder.add_text_field("article", tokenizer_name="raw")
        builder.add_text_field("title", tokenizer_name="en_stem")
        builder.add_text_field("outlet", tokenizer_name="en_stem")
        builder.add_text_field("body", tokenizer_name="en_stem")
        schema = builder.build()
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            return tantivy.Index(schema, path=str(self._folder))
        except ValueError:
            # Torn or of another schema. It holds nothing that the store does not.
            self.emptied = True
            shutil.rmtree(self._folder)
            self._folder.mkdir(parents=True)
            return tantivy.Index(schema, path=str(self._folder))

    def update(
        self,
        passages: Iterable[tuple[Passage, Article]],
        *,
        removed: Sequence[str] = (),
        everything: bool = False,
    ) -> None:
        """Index passages and drop the articles ``removed``, in one commit.

        ``everything``: the passages are all there are; drop whatever else is in the index. Only
        this makes the words of what was dropped leave the disk: until tantivy merges a segment,
        which cannot be asked for from Python, it keeps them. Measured on two cores: 3 s for
        100,000 passages.
        """
        import tantivy

        # Everything at once is worth a second core; small changes stay in one segment.
        threads = min(2, os.cpu_count() or 1) if everything else 1
        writer = self._index.writer(WRITER_BYTES * threads, threads)
        try:
            if everything:
                writer.delete_all_documents()
            for article_id in removed:
                writer.delete_documents_by_term("article", article_id)
            for passage, article in passages:
                writer.add_document(
                    tantivy.Document(
                        passage=passage.id,
                        article=passage.article_id,
                        title=article.title or "",
                        outlet=article.outlet or "",
                        body=passage.text,
                    )
                )
            writer.commit()
            writer.wait_merging_threads()
        finally:
            # It holds the index's lock for as long as it lives, and a traceback holds this frame.
            del writer
        self._index.reload()

    def search(
        self,
        question: str,
        k: int,
        *,
        articles: Collection[str] | None = None,
        variants: Mapping[str, Sequence[str]] | None = None,
        phrases: Sequence[str] = (),
    ) -> list[tuple[str, float]]:
        """``(passage id, BM25 score)``, best first, ties by passage id.

        Args:
            question: Its words are looked for, in any inflection.
            k: How many passages at most.
            articles: Limits the search to these article ids.
            variants: Other words that count for a word of the question, the best of them once.
            phrases: Words that count again where they stand in this order. Without a question
                only what has one of them so, in any inflection, is found.
        """
        import tantivy

        words = self._words(question)
        if not (words or phrases) or k < 1:
            return []
        schema, occur = self._index.schema, tantivy.Occur
        clauses = []
        others = {self.term(word): found for word, found in (variants or {}).items()}
        for word in words:
            forms = list(dict.fromkeys([word, *map(self.term, others.get(word, ()))]))
            title, body = (
                tantivy.Query.disjunction_max_query(
                    [tantivy.Query.term_query(schema, field, form) for form in forms]
                )
                for field in ("title", "body")
            )
            clauses.append((occur.Should, tantivy.Query.boost_query(title, TITLE_BOOST)))
            clauses.append((occur.Should, body))
            outlet = tantivy.Query.term_query(schema, "outlet", word)
            clauses.append((occur.Should, tantivy.Query.boost_query(outlet, OUTLET_BOOST)))
        for phrase in phrases:
            terms: list[str | tuple[int, str]] = [*self._all_terms(phrase)]
            if len(terms) > 1:
                clauses.append((occur.Should, tantivy.Query.phrase_query(schema, "body", terms)))
        if not clauses:
            return []
        query = tantivy.Query.boolean_query(clauses)
        self._reload()
        searcher = self._index.searcher()
        if articles is None:
            return _ranked(_found(searcher, query, k))
        if len(articles) > SOME:
            hits = _among(searcher, query, k, frozenset(articles))
            if hits is not None:
                return hits
        wanted = tantivy.Query.term_set_query(schema, "article", list(articles))
        wanted = tantivy.Query.const_score_query(wanted, 0.0)
        query = tantivy.Query.boolean_query([(occur.Must, query), (occur.Must, wanted)])
        return _ranked(_found(searcher, query, k))

    def _reload(self) -> None:
        """See what was written since."""
        if self._writable:
            self._index.reload()

    def count(self) -> int:
        """Number of passages in the index."""
        self._reload()
        return int(self._index.searcher().num_docs)

    def ids(self) -> set[str]:
        """Ids of the passages in the index."""
        import tantivy

        self._reload()
        searcher = self._index.searcher()
        found = searcher.search(tantivy.Query.all_query(), max(1, searcher.num_docs))
        return {str(searcher.doc(address)["passage"][0]) for _, address in found.hits}

    def term(self, word: str) -> str:
        """The index term of a word."""
        terms = self._all_terms(word)
        return terms[0] if terms else ""

    def holding(self, word: str) -> int:
        """How many passages hold a word, in any inflection, in their text or title.

        As of the last search: looking for changes takes longer than the answer.
        """
        searcher = self._index.searcher()
        term = self.term(word)
        return max(int(searcher.doc_freq(field, term)) for field in ("body", "title"))

    def terms(self, prefix: str) -> list[tuple[str, int]]:
        """The index terms that begin so, with how many passages hold them; as ``holding``."""
        return list(self._index.searcher().terms_with_prefix("body", prefix))

    def _all_terms(self, text: str) -> list[str]:
        """The index terms of a text, in order."""
        words, stems = self._analyzers
        sound = text.encode("utf-8", "replace").decode()
        return [stems.analyze(word)[0] for word in words.analyze(sound)]

    def _words(self, question: str) -> list[str]:
        """The distinct index terms of a question, function words left out if others remain."""
        words, stems = self._analyzers
        # Bytes of a command line that are no UTF-8 arrive as lone surrogates.
        sound = question.encode("utf-8", "replace").decode()
        plain = list(dict.fromkeys(words.analyze(sound)))
        content = [word for word in plain if word not in STOP_WORDS] or plain
        return list(dict.fromkeys(stems.analyze(word)[0] for word in content))

    @cached_property
    def _analyzers(self) -> tuple[Any, Any]:
        """Words, and the stem of a word: together what the field type ``en_stem`` does."""
        import tantivy

        words = (
            tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
            .filter(tantivy.Filter.remove_long(40))
            .filter(tantivy.Filter.lowercase())
            .build()
        )
        stems = (
            tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
            .filter(tantivy.Filter.stemmer("english"))
            .build()
        )
        return words, stems


def _found(searcher: Any, query: Any, limit: int) -> Iterator[tuple[str, float]]:
    """The hits, best first. The id of each is read when it is come to."""
    # Tantivy sets memory aside for as many hits as are asked for.
    for score, address in searcher.search(query, max(1, min(limit, searcher.num_docs))).hits:
        yield str(searcher.doc(address)["passage"][0]), float(score)


def _among(
    searcher: Any, query: Any, k: int, articles: Collection[str]
) -> list[tuple[str, float]] | None:
    """The first ``k`` hits of these articles; None where more hits would have to be read."""
    hits: list[tuple[str, float]] = []
    read = 0
    for read, hit in enumerate(_found(searcher, query, k * DEEPER), 1):  # noqa: B007
        if len(hits) >= k and hit[1] < hits[-1][1]:  # equal ones are ranked by their ids
            return _ranked(hits)[:k]
        if hit[0].rpartition("#")[0] in articles:
            hits.append(hit)
    return _ranked(hits)[:k] if len(hits) >= k or read < k * DEEPER else None


def _ranked(hits: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    return sorted(hits, key=lambda hit: (-hit[1], hit[0]))
