"""The articles that a suite asks about, and how its expectations name them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from evals._facts import level
from evals._suite import Suite
from index import Archive, Article, Embedding, Failure, Passage, Progress, UsageError


class ArticleStore(Protocol):
    """What checking needs of an archive."""

    def articles(self) -> list[Article]: ...

    def passages(self, article_id: str) -> list[Passage]: ...


@dataclass(frozen=True, slots=True)
class GoldQuote:
    """An expected quote, where it stands: ``text[start:end]`` of the article."""

    article_id: str
    start: int
    end: int

    def overlap(self, spans: Iterable[tuple[int, int]]) -> float:
        """The share of the quote that ``spans`` of the same article cover together."""
        covered: set[int] = set()
        for start, end in spans:
            covered.update(range(max(start, self.start), min(end, self.end)))
        return len(covered) / (self.end - self.start)


class Corpus:
    """An archive's articles under all the names that a suite may use for them.

    An article is named by its id, its URL, its exact title, or the name (with or without the
    extension) of the file it was read from; the first of these that fits counts.
    """

    def __init__(self, store: ArticleStore) -> None:
        self._store = store
        self._articles = {article.id: article for article in store.articles()}
        self._names: list[dict[str, list[str]]] = [{}, {}, {}, {}]
        self._by_hash: dict[str, list[str]] = {}
        for article in self._articles.values():
            file = "" if "://" in article.source else article.source.replace("\\", "/")
            name = file.rpartition("/")[2]
            # A file of many records gives no name to a single one of them.
            stem = "" if re.search(r"#\d+$", name) else Path(name).stem
            kinds = (article.url, article.title, name, stem)
            for names, key in zip(self._names, kinds, strict=True):
                if key:
                    names.setdefault(key, []).append(article.id)
            self._by_hash.setdefault(article.text_sha256, []).append(article.id)

    def __len__(self) -> int:
        return len(self._articles)

    def get(self, article_id: str) -> Article | None:
        """The article with this id, None where there is none."""
        return self._articles.get(article_id)

    def all(self) -> list[Article]:
        """Every article."""
        return list(self._articles.values())

    def find(self, name: str) -> frozenset[str]:
        """Ids of the articles that ``name`` stands for, exact copies of them included."""
        found = [name] if name in self._articles else []
        for names in self._names:
            found = found or names.get(name, [])
        copies = (self._by_hash[self._articles[article_id].text_sha256] for article_id in found)
        return frozenset(article_id for ids in copies for article_id in ids)

    def find_any(self, names: Sequence[str]) -> frozenset[str]:
        """Ids of the articles that any of ``names`` stands for."""
        return frozenset[str]().union(*map(self.find, names))

    def places(self, quote: str, among: Iterable[str] | None = None) -> list[GoldQuote]:
        """The first place of ``quote`` in each article that has it, as it is written."""
        ids = self._articles if among is None else sorted(among)
        places = []
        for article_id in ids:
            start = self._articles[article_id].text.find(quote)
            if start >= 0:
                places.append(GoldQuote(article_id, start, start + len(quote)))
        return places

    def nearly(self, quote: str, among: Iterable[str]) -> str | None:
        """An article that has ``quote`` but for typography, white space or case."""
        wanted = level(quote).casefold()
        for article_id in sorted(among):
            if wanted in level(self._articles[article_id].text).casefold():
                return article_id
        return None

    def passages_of(self, gold: GoldQuote) -> frozenset[str]:
        """Ids of the passages that hold at least half of ``gold``, or as much as any does."""
        shares = {
            passage.id: gold.overlap([(passage.start, passage.end)])
            for passage in self._store.passages(gold.article_id)
        }
        best = max(shares.values(), default=0.0)
        return frozenset(id_ for id_, share in shares.items() if share and share >= min(0.5, best))


def corpus_path(suite: Suite) -> Path:
    """The file or folder of a suite's articles.

    Raises:
        UsageError: The suite names none, or it is not there.
    """
    if suite.corpus is None:
        raise UsageError(
            f"Suite {suite.name} names no corpus.", "Add to its file: corpus: {path: FOLDER}"
        )
    path = (suite.directory / suite.corpus.path).resolve()
    if not path.exists():
        raise UsageError(
            f"The corpus of suite {suite.name} is not there: {path}",
            "Its path is taken relative to the suite's file.",
        )
    return path


@dataclass(frozen=True, slots=True)
class CorpusState:
    """What a corpus is like now.

    Attributes:
        sha256: A hash over names and contents of its files, wherever the folder stands. Hidden
            files and Python's own are left out. A corpus of one file has that file's SHA-256,
            which can be compared with a published one.
        unread: Files and folders that the operating system did not let us read, by their paths:
            without them the corpus is not whole, and its hash another.
    """

    sha256: str
    unread: tuple[Failure, ...] = ()


def corpus_state(suite: Suite) -> CorpusState:
    """What the corpus of a suite is like now.

    Raises:
        UsageError: There is no corpus, it is one file that cannot be read, or it is not the one
            that the suite was written for.
    """
    path = corpus_path(suite)
    unread: list[Failure] = []
    if path.is_file():
        digest = _digest(path, unread)
        if unread:
            raise UsageError(
                f"The corpus of suite {suite.name} cannot be read: {path}: {unread[0].reason}.",
                "Check the permissions of the file.",
            )
    else:
        lines = sorted(
            f"{_digest(file, unread)}  {file.relative_to(path).as_posix()}\n"
            for file in _files_below(path, unread)
        )
        digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    expected = suite.corpus.sha256 if suite.corpus else None
    if expected is not None and unread:
        named = "; ".join(f"{failure.source}: {failure.reason}" for failure in unread[:3])
        raise UsageError(
            f"Suite {suite.name} is for the corpus with SHA-256 {expected}, and not all of this "
            f"one can be read. {named}",
            "Check the permissions of what is named.",
        )
    if expected not in {None, digest}:
        raise UsageError(
            f"Suite {suite.name} is for the corpus with SHA-256 {expected}, this one has {digest}.",
            "Take the corpus back to that state, or check the cases and write the new hash down.",
        )
    return CorpusState(digest, tuple(unread))


def corpus_sha256(suite: Suite) -> str:
    """The hash of :func:`corpus_state`, which see."""
    return corpus_state(suite).sha256


def corpus_fields(suite: Suite) -> dict[str, Any]:
    """What a run records of its corpus: ``corpus_sha256`` and, where it is not whole, what of it
    could not be read.

    Raises:
        UsageError: See ``corpus_state``.
    """
    if suite.corpus is None:
        return {"corpus_sha256": None}
    state = corpus_state(suite)
    unread = {"corpus_unread": [failure.source for failure in state.unread]}
    return {"corpus_sha256": state.sha256} | (unread if state.unread else {})


def corpus_archive(
    suite: Suite,
    home: Path,
    embedding: Embedding | None,
    *,
    progress: Callable[[Progress], None] | None = None,
    on_failure: Callable[[Failure], None] | None = None,
) -> Archive:
    """An archive of exactly the suite's corpus, brought up to date; the caller closes it.

    It stands in ``home/corpora``, apart from the user's own articles, so that what a user
    reads never changes a result. Another state of the corpus gets another archive.
    ``on_failure`` is told of everything in the corpus that could not be read.

    Raises:
        UsageError: See ``corpus_state``; or nothing in the corpus could be read.
        ArchiveError: The archive cannot be used.
    """
    path = corpus_path(suite)
    state = corpus_state(suite)
    key = hashlib.sha256(f"{path}\n{state.sha256}".encode()).hexdigest()[:16]
    archive = Archive.open(home / "corpora" / key, embedding=embedding)
    try:
        report = archive.sync([path], progress=progress or (lambda _: None))
        if not report.articles:
            reasons = "; ".join(f"{f.source}: {f.reason}" for f in report.failed[:3])
            raise UsageError(f"The corpus of suite {suite.name} holds no article. {reasons}")
        if on_failure is not None:
            named = {failure.source for failure in report.failed}
            for failure in (*report.failed, *(f for f in state.unread if f.source not in named)):
                on_failure(failure)
    except BaseException:
        archive.close()
        raise
    return archive


def _is_furniture(path: Path) -> bool:
    return path.suffix in {".py", ".pyc"} or any(
        re.match(r"\.|__pycache__$", part) for part in path.parts
    )


def _files_below(folder: Path, unread: list[Failure]) -> Iterator[Path]:
    """The files that a corpus consists of; ``unread`` gets the folders that are closed to us."""

    def closed(error: OSError) -> None:
        path = Path(error.filename)
        if not _is_furniture(path.relative_to(folder)):
            unread.append(_failure(path, error))

    for parent, _, names in os.walk(folder, onerror=closed):
        for path in (Path(parent, name) for name in names):
            if not _is_furniture(path.relative_to(folder)) and path.is_file():
                yield path


def _digest(path: Path, unread: list[Failure]) -> str:
    """The SHA-256 of a file; of one that cannot be read, a word that is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        unread.append(_failure(path, error))
        return "unread"


def _failure(path: Path, error: OSError) -> Failure:
    return Failure(str(path), (error.strerror or str(error)).lower())
