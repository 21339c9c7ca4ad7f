"""The archive: articles that can be searched. The one object other packages use.

What it can be asked is in ``_archive_reading``; here it is opened and changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from index._archive_reading import ReadableArchive
from index._doctor import Checkup, Finding
from index._errors import ArchiveError, UnknownArticle
from index._keywords import KeywordIndex
from index._lock import writing
from index._progress import ProgressCallback, SyncReport
from index._search import Search
from index._store.store import Store
from index._upkeep import Upkeep, ignore
from index._vectors.vectors import VectorIndex

if TYPE_CHECKING:
    from index._embeddings.minilm import Embedding

ANSWERING = timedelta(hours=1)
"""Longer than any answer takes from reading the articles to being saved, waiting for a model
included: what it will quote may have been replaced meanwhile."""


class Archive(ReadableArchive):
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
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(
                f"The folder of the archive, {home}, cannot be made: {error.strerror}.",
                "Name another in PULLQUOTE_HOME.",
            ) from error
        store = Store(home / "archive.sqlite")
        try:
            keywords = KeywordIndex(home / "keywords", writable=store.writable)
            self._vectors = VectorIndex(home, url=chroma_url, exact=once, writable=store.writable)
        except BaseException:
            store.close()
            raise
        parts = (home, store, keywords, self._vectors, embedding)
        super().__init__(store, keywords, Search(*parts), embedding)
        self._upkeep = Upkeep(*parts)

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
