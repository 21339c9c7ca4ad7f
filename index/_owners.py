"""Which id a document has, and which file an id belongs to, while files are read.

An id belongs to the file that its article was read from for as long as that file is there and
holds it. Another document that has the id by mistake must not take the article's place. Where the
file is gone, or holds the id no more, the document has moved, and the article goes with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from index import _readers
from index._article import EARLIER_ID_DIGITS
from index._prepare import content_key, derived_id
from index._store.store import Store


class Owners:
    """The files that the ids of a store belong to, kept up to date by who reads them."""

    def __init__(self, store: Store, readers: Mapping[str, str]) -> None:
        """``readers`` as for :func:`index.read_path`."""
        self._store = store
        self._readers = readers
        self._stored: dict[str, list[str]] = {}
        self._file_of: dict[str, str] = {}
        for article_id, file in store.ids_by_file():
            self._stored.setdefault(file, []).append(article_id)
            self._file_of[article_id] = file
        # Content keys by id in files as they are now, for those that had to be asked; None: not
        # to be known.
        self._held: dict[str, dict[str, str] | None] = {}

    def id_of(self, document: _readers.RawDocument, file: str) -> str:
        """The id that a document states, or the one derived from its place.

        A document that was stored from this place under a shorter id, by an earlier version,
        keeps it: saved answers point at it.
        """
        if document.id:
            return document.id
        article_id = derived_id(document, file)
        if article_id in self._file_of:
            return article_id
        earlier = derived_id(document, file, digits=EARLIER_ID_DIGITS)
        return earlier if self._is_from(earlier, document, file) else article_id

    def _is_from(self, earlier: str, document: _readers.RawDocument, file: str) -> bool:
        """Whether what has an id was read from the place of ``document``: so short, ids meet."""
        if earlier not in self._file_of:
            return False
        source = self._store.source(earlier)
        if document.url and document.url == document.source:
            return source == document.url
        # As which path the file was given then is not known; which document of it is.
        within = source is not None and source.endswith(document.fragment)
        return within and self._file_of[earlier] == file

    def stored(self, file: str) -> Sequence[str]:
        """The ids that belonged to a file at first."""
        return self._stored.get(file, [])

    def file_of(self, article_id: str) -> str | None:
        """The file that an id belongs to."""
        return self._file_of.get(article_id)

    def give(self, article_id: str, file: str) -> None:
        """An id belongs to this file from now on."""
        self._file_of[article_id] = file

    def rival(self, article_id: str, key: str, file: str) -> str | None:
        """The file other than ``file`` that an id belongs to, if it still holds it.

        Not if it holds the same document, of this content key. That file is read for it, once;
        one that cannot be read is taken to hold all it had.
        """
        owner = self._file_of.get(article_id)
        if owner is None or owner == file:
            return None
        if owner not in self._held:
            self._held[owner] = self._keys_in(owner)
        held = self._held[owner]
        return owner if held is None or held.get(article_id, key) != key else None

    def _keys_in(self, file: str) -> dict[str, str] | None:
        """Content keys of the documents of a file as it is now, by id; None: cannot be told."""
        try:
            if not Path(file).exists():
                return {}
        except OSError:  # its folder is closed to us
            return None
        faults: list[_readers.Failure] = []
        documents = _readers.read_path(Path(file), faults.append, readers=self._readers)
        keys = {self.id_of(document, file): content_key(document) for document in documents}
        # A sidecar at fault may be the one that said which id it is.
        doubtful = any(f.fatal or Path(f.source).name in _readers.SIDECARS for f in faults)
        return None if doubtful else keys
