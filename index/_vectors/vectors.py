"""The vector index in generations: built aside, checked, swapped in, never changed afterwards.

Chroma is not crash-safe, keeps what is deleted, and serves stale results after another process
has written. All three vanish when a generation is immutable: a writer fills a new folder, checks
it, and names it in ``CURRENT`` by an atomic rename; readers open what is named there.

A generation is a Chroma collection (in its folder, or on a server) and, beside it, the ids and the
vectors as one matrix that is mapped into memory. The matrix answers what Chroma does badly: a
search limited to few articles (Chroma's filters scan: .4 to .9 s among 100,000 passages, the
matrix 8 ms), and a search by a process that ends after it (importing Chroma takes two seconds).
"""

from __future__ import annotations

import math
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from index._errors import ArchiveError, UnavailableError
from index._vectors import chroma, chroma_files
from index._vectors.chroma import Place, Row
from index._vectors.generation import (
    MATRIX,
    PLACE,
    ROWS,
    Generation,
    Opened,
    read_place,
    write_json,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

COLLECTION = "passages"
GENERATION = re.compile(r"\d{8}-[0-9a-f]{8}")
# Share of a graph that may be marked as deleted: searches go around those, and find less.
MOST_DELETED = 0.1
# How long a server that was not there is not asked again.
RETRY_SECONDS = 30.0
# Limited to part of the passages, so many times as many are asked for as it should take to find
# enough of them; if what is to be gone through exactly is more than so many rows, and so many more
# for each result that Chroma would have to give. Measured at 102,000 passages, 50 results: limited
# to 70 % of them 3 against 17 ms, to 17 % 6 against 8 ms, to 10 % 9 against 5 ms.
MARGIN, FEW_ROWS, ROWS_A_RESULT = 1.3, 5000, 20

_T = TypeVar("_T")


def _to_ask(k: int, rows: int, of: int) -> int:
    """How many results to ask Chroma for, to find ``k`` in ``rows`` of its rows; 0: do without."""
    asked = math.ceil(MARGIN * k * of / rows) if rows else 0
    return asked if rows > FEW_ROWS + ROWS_A_RESULT * asked else 0


class VectorIndex:
    """The generations under ``home``. Safe to use from several threads.

    A generation that another process has made current is noticed by the next call.

    Args:
        home: The archive's folder.
        url: A Chroma server for the collections; None to keep them in the archive.
        exact: Answer from the matrix alone, without opening Chroma.
        writable: Whether this process may write below ``home``. Chroma does when it opens a
            folder; where it may not, the matrix stands for it.

    Raises:
        UsageError: ``url`` is no address.
    """

    def __init__(
        self, home: Path, *, url: str | None = None, exact: bool = False, writable: bool = True
    ) -> None:
        self._home = home
        self._current = home / "CURRENT"
        self._root = home / "chroma"
        self._url = chroma.check_url(url) if url else None
        self._exact = exact
        self._writable = writable
        self._opened: Opened | None = None
        self._guard = threading.Lock()
        self._ask_server_after = 0.0

    @property
    def url(self) -> str | None:
        """The Chroma server; None when collections are kept in the archive."""
        return self._url

    def current(self) -> Generation | None:
        """The generation in use; None before the first one."""
        named = None
        while True:
            try:
                text = self._current.read_text("utf-8")
                folder, model, version, url = text.splitlines()
                generation = Generation(folder, model, int(version), url or None)
            except (FileNotFoundError, ValueError):
                return None
            if folder and (self._root / folder).is_dir():
                return generation
            # Between the two looks a writer may have named another one and removed this.
            if text == named:
                return None
            named = text

    def reach(self) -> None:
        """Make sure that a generation can be built.

        Raises:
            UnavailableError: The Chroma server does not answer.
        """
        if self._url:
            with chroma.client(Place(self._root, self._url, COLLECTION)):
                pass

    def search(
        self, vector: NDArray[np.float32], k: int, articles: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """``search_each`` of one vector."""
        return self.search_each(vector[None], k, articles)[0]

    def search_each(
        self, vectors: Vectors, k: int, articles: Collection[str] | None = None
    ) -> list[list[tuple[str, float]]]:
        """``(passage id, cosine similarity)`` of the passages nearest to each vector, best first.

        Limited to few ``articles`` the search is exact; limited to many, those of others are left
        out of what Chroma finds. A server that does not answer is done without: the archive's own
        copy of the vectors is searched.

        Raises:
            ArchiveError: The current generation cannot be read.
        """

        def find(opened: Opened) -> list[list[tuple[str, float]]]:
            if not len(vectors):
                return []
            rows = None if articles is None else opened.rows_of(articles)
            asked = k if rows is None else _to_ask(k, len(rows), len(opened.ids))
            if self._exact or not asked or not self._reachable(opened.generation):
                return opened.exact(vectors, k, rows)
            try:
                found = chroma.nearest(opened.collection, vectors, min(asked, len(opened.ids)))
            except Exception:  # the network, the server, a collection lost there
                if opened.generation.url is None:
                    raise
                self._ask_server_after = time.monotonic() + RETRY_SECONDS
                return opened.exact(vectors, k, rows)
            if rows is None or articles is None:
                return found
            wanted = frozenset(articles)
            found = [[f for f in one if f[0].rpartition("#")[0] in wanted][:k] for one in found]
            few = [n for n, one in enumerate(found) if len(one) < k]
            exact = opened.exact(vectors[few], k, rows) if few else []
            for n, one in zip(few, exact, strict=True):
                found[n] = one
            return found

        return self._read(find, [[] for _ in vectors])

    def _reachable(self, generation: Generation) -> bool:
        """Whether a collection can be opened: in the archive, or on the server to be used."""
        url = generation.url
        if url is None:
            return self._writable
        return url == self._url and time.monotonic() > self._ask_server_after

    def count(self) -> int:
        """Number of passages in the current generation's collection.

        Raises:
            ArchiveError: The current generation cannot be read.
            UnavailableError: Its Chroma server does not answer.
        """
        if not self._writable:
            return self._read(lambda opened: len(opened.ids), 0)
        return self.ask(lambda collection: int(collection.count()), 0)

    def ids(self) -> set[str]:
        """Ids of the passages in the current generation's collection.

        Raises:
            ArchiveError: The current generation cannot be read.
            UnavailableError: Its Chroma server does not answer.
        """
        if not self._writable:
            return self._read(lambda opened: set(opened.ids), set())
        return self.ask(chroma.all_ids, set())

    def ask(self, question: Callable[[Any], _T], otherwise: _T) -> _T:
        """What ``question`` finds in the current generation's collection.

        Raises:
            ArchiveError: The current generation cannot be read.
            UnavailableError: Its Chroma server does not answer.
        """
        return self._read(lambda opened: question(opened.collection), otherwise)

    def build(
        self,
        rows: Sequence[Row],
        load: Callable[[Sequence[str]], Vectors],
        *,
        model: str,
        version: int,
        anew: bool = False,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Fill a new generation, check it, make it current, remove the older ones.

        In an archive it is the current one copied; in the copy, those that went are deleted with
        their traces and those that came are added. Measured on a busy machine at 102,000
        passages, one article gone, seconds of processor: 12 with the keyword index made anew,
        against 192 for filling this one from nothing. So it is filled on a server, whose files
        are out of reach, and where more than ``MOST_DELETED`` of the graph would be deleted.

        Args:
            rows: The passages.
            load: Unit vectors by the hashes of what was embedded, one row each.
            model: Whose vectors they are.
            version: The store's version that they were read from.
            anew: Fill it from nothing in any case.
            progress: Called with the number of passages written so far.

        Raises:
            ArchiveError: The check failed; the generation before stays in use.
            UnavailableError: The Chroma server does not answer.
        """
        folder = f"{version:08d}-{secrets.token_hex(4)}"
        path = self._root / folder
        base = None if anew else self._base(rows, model)
        try:
            if base is not None:
                try:
                    self._fill(path, rows, load, progress, base)
                except ArchiveError:  # the current one is not what it should be
                    shutil.rmtree(path)
                    base = None
            if base is None:
                self._fill(path, rows, load, progress, None)
        except BaseException:
            self._remove(path)
            raise
        temporary = self._current.with_suffix(".new")
        temporary.write_text(f"{folder}\n{model}\n{version}\n{self._url or ''}\n", "utf-8")
        os.replace(temporary, self._current)  # noqa: PTH105 - the atomic rename is the point
        self.close()
        self.remove_old()

    def remove_old(self) -> None:
        """Remove every generation but the current one, so that what is deleted leaves the disk."""
        current = self.current()
        for path in self._root.iterdir() if self._root.is_dir() else ():
            if GENERATION.fullmatch(path.name) and (current is None or path.name != current.folder):
                self._remove(path)

    def drop(self) -> None:
        """Remove every generation, the current one included."""
        self.close()
        self._current.unlink(missing_ok=True)
        self.remove_old()

    def close(self) -> None:
        """Let go of the open generation."""
        with self._guard:
            self._let_go()

    def _base(self, rows: Sequence[Row], model: str) -> Opened | None:
        """The current generation, if most that it holds is to be in the next one, too."""
        current = self.current()
        if current is None or current.model != model or current.url != self._url:
            return None
        try:
            opened = Opened(self._root / current.folder, current)
            whole = len(opened.matrix) == len(opened.marks)
            gone = len(opened.ids) - len(opened.kept(rows))
            if gone and self._url is None:
                gone += chroma_files.deleted(opened.path)
            most = 0 if self._url else MOST_DELETED * len(opened.ids)
        except (OSError, ValueError, KeyError):
            return None
        return opened if whole and opened.ids and gone <= most else None

    def _fill(
        self,
        path: Path,
        rows: Sequence[Row],
        load: Callable[[Sequence[str]], Vectors],
        progress: Callable[[int], None],
        base: Opened | None,
    ) -> None:
        import numpy as np

        kept = base.kept(rows) if base is not None else []
        if base is not None:
            known = {base.ids[i] for i in kept}
            by_id = {row.id: row for row in rows}
            rows = [by_id[base.ids[i]] for i in kept] + [r for r in rows if r.id not in known]
        start = len(kept)
        if base is not None and self._url is None:
            ours = shutil.ignore_patterns(PLACE, ROWS, MATRIX)
            shutil.copytree(base.path, path, ignore=ours)
        else:
            path.mkdir(parents=True)
        # On a server the collection is added to where it is: its readers find nothing there that
        # is not in the store. Named before it is made, it can be removed after a kill.
        place = base.place if base is not None and self._url else self._place(path)
        write_json(path / PLACE, {"url": place.url, "collection": place.collection})
        dimension = load([row.input for row in rows[:1]]).shape[1] if rows else 0
        shape = (len(rows), dimension)
        matrix = np.lib.format.open_memmap(path / MATRIX, "w+", np.dtype(np.float32), shape)
        if base is not None:
            matrix[:start] = base.matrix[kept]
        for first in range(start, len(rows), chroma.BATCH):
            batch = rows[first : first + chroma.BATCH]
            matrix[first : first + len(batch)] = load([row.input for row in batch])
        matrix.flush()
        if base is not None and start < len(base.ids):
            stay = set(kept)
            gone = [i for n, i in enumerate(base.ids) if n not in stay]
            with chroma.client(place) as client:
                chroma.remove(chroma.find(client, place.collection), gone, rows[0])
            chroma_files.wipe_deleted(path)
        ids = [row.id for row in rows]
        write_json(path / ROWS, {"ids": ids, "marks": [row.mark for row in rows]})
        with chroma.named_trouble(self._url), chroma.client(place) as client:
            make = chroma.create if base is None else chroma.find
            collection = make(client, place.collection)
            chroma.add(collection, rows[start:], matrix[start:], lambda n: progress(start + n))
            chroma.check(collection, ids, matrix)
        if self._url is None:
            chroma_files.blank_unused(path)

    def _place(self, path: Path) -> Place:
        name = f"pullquote-{path.name}" if self._url else COLLECTION
        return Place(path, self._url, name)

    def _remove(self, path: Path) -> None:
        """Remove a generation, and its collection from the server unless the next one has it."""
        current = self.current()
        place = read_place(path)
        if place is not None and place.url is not None:
            kept = read_place(self._root / current.folder) if current else None
            if kept is None or (kept.url, kept.collection) != (place.url, place.collection):
                chroma.drop(place)
        shutil.rmtree(path, ignore_errors=True)

    def _read(self, ask: Callable[[Opened], _T], otherwise: _T) -> _T:
        """What ``ask`` finds in the current generation."""
        with self._guard:
            while (current := self.current()) is not None:
                try:
                    if self._opened is None or self._opened.generation != current:
                        self._let_go()
                        self._opened = Opened(self._root / current.folder, current)
                    with chroma.named_trouble(current.url):
                        found = ask(self._opened)
                    # Chroma opens what a writer is removing without complaint, and finds in it
                    # what is left: an answer counts if its generation outlived it.
                    if self.current() == current:
                        return found
                except UnavailableError:
                    self._let_go()
                    raise
                except Exception as error:
                    self._let_go()
                    # A writer may have removed this generation meanwhile; then there is another.
                    if self.current() == current:
                        raise ArchiveError(
                            f"The vector index {self._root / current.folder} cannot be read: "
                            f"{error}.",
                            "Run: pullquote index rebuild",
                        ) from error
            self._let_go()
            return otherwise

    def _let_go(self) -> None:
        if self._opened is not None:
            opened, self._opened = self._opened, None
            opened.close()
