"""A look over an archive: what is wrong, and mending what can be mended.

Nothing is deleted but what this program itself made and can make again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index import _integrity
from index._errors import ArchiveError
from index._keywords import KeywordIndex
from index._leftovers import leftovers, remove_all
from index._store.store import Store
from index._vectors import chroma
from index._vectors.vectors import VectorIndex

if TYPE_CHECKING:
    from index._embeddings.minilm import Embedding

FIX = "Run: pullquote doctor --fix"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    Attributes:
        what: Its name.
        well: Whether it is as it should be, now.
        detail: What was found.
        mend: What to do where it is not well; may be empty.
        mended: Whether it was put right by this look.
    """

    what: str
    well: bool
    detail: str
    mend: str = ""
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Checkup:
    """The parts of one archive, to be looked over.

    Attributes:
        fix: Whether to mend what is found; the caller must then be the only writer.
        make_keywords, make_vectors: Make that index anew from the store.
    """

    home: Path
    store: Store
    keywords: KeywordIndex
    vectors: VectorIndex
    embedding: Embedding | None
    make_keywords: Callable[[], None]
    make_vectors: Callable[[], None]
    fix: bool

    def run(self) -> Iterator[Finding]:
        """The findings, in the order in which one thing is made from another."""
        database = self._look(
            "database",
            self._database,
            "sound",
            lambda: _integrity.mend_database(self.store),
            "Damaged pages cannot be mended. Put a copy of archive.sqlite back, or move the file "
            "away and sync again; saved answers are lost with it.",
        )
        yield database
        if not database.well:
            return
        yield self._look("texts", self._texts, "as they were frozen", self._restore)
        yield self._look(
            "files",
            self._files,
            "what is unchanged was read",
            lambda: self.store.delete_files(self.store.unowned_files()),
        )
        yield self._look("offsets", self._cuts, "every cut is a slice of its text", self._recut)
        yield self._look(
            "stored vectors", self._stored_vectors, "all of unit length", self._drop_vectors
        )
        passages = self.store.counts()["passages"]
        yield self._look(
            "keyword index", self._keywords, f"all {passages:,} passages", self.make_keywords
        )
        if self.embedding is None and self.vectors.current() is None and passages:
            yield Finding(
                "vector index",
                False,
                "none: there is no embedding model",
                "Run: pullquote model pull minilm, then: pullquote index rebuild",
            )
        else:
            yield self._look(
                "vector index", self._vectors, f"all {passages:,} passages", self.make_vectors
            )
        yield self._look("leftovers", self._leftovers, "none", self._clear_away)
        yield self._look(
            "deleted text",
            self._log,
            "none left",
            lambda: None,
            "Close what reads the archive (pullquote serve), then run: pullquote doctor --fix",
        )

    def _look(
        self,
        what: str,
        find: Callable[[], str],
        sound: str,
        mend: Callable[[], None],
        otherwise: str = "",
    ) -> Finding:
        """``find`` says what is wrong, or nothing; after mending it is asked again."""
        fault = _said(find)
        if not fault:
            return Finding(what, True, sound)
        if not self.fix:
            return Finding(what, False, fault, FIX)
        try:
            mend()
        except (ArchiveError, sqlite3.DatabaseError) as error:
            return Finding(what, False, f"{fault}; mending it failed: {error}", otherwise)
        left = _said(find)
        if left:
            return Finding(what, False, left, otherwise)
        return Finding(what, True, f"{fault}: mended", mended=True)

    # The store --------------------------------------------------------------------------

    def _database(self) -> str:
        return "; ".join(_integrity.database_faults(self.store))

    def _texts(self) -> str:
        altered = list(_integrity.altered_articles(self.store))
        return _named(altered, "not as frozen")

    def _restore(self) -> None:
        for article_id in list(_integrity.altered_articles(self.store)):
            if not _integrity.restore_text(self.store, article_id):
                raise ArchiveError(
                    f"The text of {article_id} cannot be made anew.",
                    "Sync its source again.",
                )

    def _files(self) -> str:
        unowned = self.store.unowned_files()
        return _named(unowned, "counted as unchanged though nothing of theirs is stored")

    def _cuts(self) -> str:
        return _named([a.id for a in _integrity.badly_cut_articles(self.store)], "badly cut")

    def _recut(self) -> None:
        for article in list(_integrity.badly_cut_articles(self.store)):
            _integrity.cut_anew(self.store, article)

    def _stored_vectors(self) -> str:
        faults = []
        if bad := sum(1 for _ in _integrity.bad_vectors(self.store)):
            faults.append(f"{bad:,} that are no vectors")
        if unused := _integrity.unused_vectors(self.store):
            faults.append(f"{unused:,} of text that is gone")
        return ", ".join(faults)

    def _drop_vectors(self) -> None:
        _integrity.drop_vectors(self.store, list(_integrity.bad_vectors(self.store)))
        _integrity.drop_unused_vectors(self.store)

    # The indexes ------------------------------------------------------------------------

    def _keywords(self) -> str:
        if difference := _difference(self.keywords.ids(), _integrity.passage_ids(self.store)):
            return difference
        if self.store.keywords_version() != self.store.version():
            return "not brought up to date after the last change"
        return ""

    def _vectors(self) -> str:
        generation = self.vectors.current()
        passages = _integrity.passage_ids(self.store)
        if generation is None:
            named = "CURRENT names a generation that is not there"
            missing = named if (self.home / "CURRENT").exists() else "none"
            return missing if passages else ""
        if self.embedding is not None and generation.model != self.embedding.name:
            return f"made with {generation.model}, not with {self.embedding.name}"
        if difference := _difference(self.vectors.ids(), passages):
            return difference
        if generation.version != self.store.version():
            return "not brought up to date after the last change"
        ids, vectors = self.store.passage_vectors(generation.model)
        lost = chroma.lost_sample(lambda some: self.vectors.search_each(some, 1), vectors)
        return f"does not find passage {ids[lost[0]]}" if lost else ""

    # Files ------------------------------------------------------------------------------

    def _leftovers(self) -> str:
        return ", ".join(path.relative_to(self.home).as_posix() for path in self._stray())

    def _clear_away(self) -> None:
        remove_all(self._stray())

    def _log(self) -> str:
        if not self.store.unfolded() or self.store.fold():
            return ""
        return "some is in archive.sqlite, because another process reads the archive"

    def _stray(self) -> list[Path]:
        generation = self.vectors.current()
        return leftovers(self.home, generation.folder if generation else None)


def _said(find: Callable[[], str]) -> str:
    try:
        return find()
    except ArchiveError as error:
        return error.message
    except sqlite3.DatabaseError as error:
        return str(error)


def _named(ids: list[str], fault: str) -> str:
    if not ids:
        return ""
    more = f" and {len(ids) - 3:,} more" if len(ids) > 3 else ""
    return f"{fault}: {', '.join(ids[:3])}{more}"


def _difference(found: set[str], expected: set[str]) -> str:
    missing, extra = len(expected - found), len(found - expected)
    parts = []
    if missing:
        parts.append(f"{missing:,} of {len(expected):,} passages missing")
    if extra:
        parts.append(f"{extra:,} that are not in the archive")
    return ", ".join(parts)
