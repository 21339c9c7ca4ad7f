"""The vector index in generations: built aside, checked, swapped in, never changed afterwards.

Chroma is not crash-safe, keeps what is deleted, and serves stale results after another process
has written. All three vanish when a generation is immutable: a writer fills a new folder, checks
it, and names it in ``CURRENT`` by an atomic rename; readers open what is named there.

A generation is a Chroma collection (in its folder, or on a server) and, beside it, the ids and the
vectors as one matrix that is mapped into memory. The matrix answers what Chroma does badly: a
search limited to some articles (Chroma's filters scan: .4 to .9 s among 100,000 passages, the
matrix 8 ms), and a search by a process that ends after it (importing Chroma takes two seconds).
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from index import _chroma, _chroma_files
from index._chroma import Place, Row
from index._errors import ArchiveError, UnavailableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

COLLECTION = "passages"
# The files of a generation that are ours: where its collection is, the ids, the vectors.
PLACE, ROWS, MATRIX = "place.json", "rows.json", "vectors.npy"
GENERATION = re.compile(r"\d{8}-[0-9a-f]{8}")
# Share of a graph that may be marked as deleted: searches go around those, and find less.
MOST_DELETED = 0.1
# How long a server that was not there is not asked again.
RETRY_SECONDS = 30.0

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Generation:
    """What ``CURRENT`` names.

    Attributes:
        folder: Its name below ``chroma``.
        model: The embedding model.
        version: The store's version that it was made from.
        url: The Chroma server that has its collection; None when the folder has.
    """

    folder: str
    model: str
    version: int
    url: str | None = None


class VectorIndex:
    """The generations under ``home``. Safe to use from several threads.

    A generation that another process has made current is noticed by the next call.

    Args:
        home: The archive's folder.
        url: A Chroma server for the collections; None to keep them in the archive.
        exact: Answer from the matrix alone, without opening Chroma.

    Raises:
        UsageError: ``url`` is no address.
    """

    def __init__(self, home: Path, *, url: str | None = None, exact: bool = False) -> None:
        self._home = home
        self._current = home / "CURRENT"
        self._root = home / "chroma"
        self._url = _chroma.check_url(url) if url else None
        self._exact = exact
        self._opened: _Opened | None = None
        self._guard = threading.Lock()
        self._ask_server_after = 0.0

    @property
    def url(self) -> str | None:
        """The Chroma server; None when collections are kept in the archive."""
        return self._url

    def current(self) -> Generation | None:
        """The generation in use; None before the first one."""
        try:
            folder, model, version, url = self._current.read_text("utf-8").splitlines()
            generation = Generation(folder, model, int(version), url or None)
        except (FileNotFoundError, ValueError):
            return None
        return generation if folder and (self._root / folder).is_dir() else None

    def reach(self) -> None:
        """Make sure that a generation can be built.

        Raises:
            UnavailableError: The Chroma server does not answer.
        """
        if self._url:
            with _chroma.client(Place(self._root, self._url, COLLECTION)):
                pass

    def search(
        self, vector: NDArray[np.float32], k: int, articles: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """``(passage id, cosine similarity)`` of the nearest passages, best first.

        Limited to ``articles`` the search is exact. A server that does not answer is done
        without: the archive's own copy of the vectors is searched.

        Raises:
            ArchiveError: The current generation cannot be read.
        """

        def find(opened: _Opened) -> list[tuple[str, float]]:
            if articles is None and not self._exact:
                if opened.generation.url is None:
                    return _chroma.nearest(opened.collection, vector, k)
                if opened.generation.url == self._url and time.monotonic() > self._ask_server_after:
                    try:
                        return _chroma.nearest(opened.collection, vector, k)
                    except Exception:  # the network, the server, a collection lost there
                        self._ask_server_after = time.monotonic() + RETRY_SECONDS
            return opened.exact(vector, k, articles)

        return self._read(find, [])

    def count(self) -> int:
        """Number of passages in the current generation's collection.

        Raises:
            ArchiveError: The current generation cannot be read.
            UnavailableError: Its Chroma server does not answer.
        """
        return self.ask(lambda collection: int(collection.count()), 0)

    def ids(self) -> set[str]:
        """Ids of the passages in the current generation's collection.

        Raises:
            ArchiveError: The current generation cannot be read.
            UnavailableError: Its Chroma server does not answer.
        """
        return self.ask(_chroma.all_ids, set())

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

        In an archive it is the current one copied, and in the copy those that went deleted, and
        their traces with them, and those that came added: at 102,000 passages XX s for an article
        against YY s from nothing. On a server, where the files are out of reach, and where more
        than ``MOST_DELETED`` of the graph would be deleted, it is filled from nothing.

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

    def _base(self, rows: Sequence[Row], model: str) -> _Opened | None:
        """The current generation, if most that it holds is to be in the next one, too."""
        current = self.current()
        if current is None or current.model != model or current.url != self._url:
            return None
        try:
            opened = _Opened(self._root / current.folder, current)
            whole = len(opened.matrix) == len(opened.marks)
            gone = len(opened.ids) - len(opened.kept(rows))
            if gone and self._url is None:
                gone += _chroma_files.deleted(opened.path)
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
        base: _Opened | None,
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
        _write_json(path / PLACE, {"url": place.url, "collection": place.collection})
        dimension = load([row.input for row in rows[:1]]).shape[1] if rows else 0
        shape = (len(rows), dimension)
        matrix = np.lib.format.open_memmap(path / MATRIX, "w+", np.dtype(np.float32), shape)
        if base is not None:
            matrix[:start] = base.matrix[kept]
        for first in range(start, len(rows), _chroma.BATCH):
            batch = rows[first : first + _chroma.BATCH]
            matrix[first : first + len(batch)] = load([row.input for row in batch])
        matrix.flush()
        if base is not None and start < len(base.ids):
            stay = set(kept)
            gone = [i for n, i in enumerate(base.ids) if n not in stay]
            with _chroma.client(place) as client:
                _chroma.remove(_chroma.find(client, place.collection), gone, rows[0])
            _chroma_files.wipe_deleted(path)
        ids = [row.id for row in rows]
        _write_json(path / ROWS, {"ids": ids, "marks": [row.mark for row in rows]})
        with _chroma.named_trouble(self._url), _chroma.client(place) as client:
            make = _chroma.create if base is None else _chroma.find
            collection = make(client, place.collection)
            _chroma.add(collection, rows[start:], matrix[start:], lambda n: progress(start + n))
            _chroma.check(collection, ids, matrix)
        if self._url is None:
            _chroma_files.blank_unused(path)

    def _place(self, path: Path) -> Place:
        name = f"pullquote-{path.name}" if self._url else COLLECTION
        return Place(path, self._url, name)

    def _remove(self, path: Path) -> None:
        """Remove a generation, and its collection from the server unless the next one has it."""
        current = self.current()
        place = _read_place(path)
        if place is not None and place.url is not None:
            kept = _read_place(self._root / current.folder) if current else None
            if kept is None or (kept.url, kept.collection) != (place.url, place.collection):
                _chroma.drop(place)
        shutil.rmtree(path, ignore_errors=True)

    def _read(self, ask: Callable[[_Opened], _T], otherwise: _T) -> _T:
        """What ``ask`` finds in the current generation."""
        with self._guard:
            while (current := self.current()) is not None:
                try:
                    if self._opened is None or self._opened.generation != current:
                        self._let_go()
                        self._opened = _Opened(self._root / current.folder, current)
                    with _chroma.named_trouble(current.url):
                        return ask(self._opened)
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


class _Opened:
    """A generation that is being read; its parts are opened when they are first needed."""

    def __init__(self, path: Path, generation: Generation) -> None:
        self.path = path
        self.generation = generation
        self._client: Any = None

    @cached_property
    def _rows(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = json.loads((self.path / ROWS).read_text("utf-8"))
        return found

    @property
    def ids(self) -> list[str]:
        return self._rows["ids"]

    @property
    def marks(self) -> list[str]:
        return self._rows["marks"]

    def kept(self, rows: Sequence[Row]) -> list[int]:
        """Which of the generation's rows, by their numbers, are among these and unchanged."""
        marks = {row.id: row.mark for row in rows}
        pairs = zip(self.ids, self.marks, strict=True)
        return [n for n, (i, mark) in enumerate(pairs) if marks.get(i) == mark]

    @cached_property
    def matrix(self) -> Vectors:
        """One unit vector per id, mapped: its pages are read when a search touches them."""
        import numpy as np

        matrix: Vectors = np.load(self.path / MATRIX, mmap_mode="r")
        if len(matrix) != len(self.ids):
            raise ValueError(f"{len(matrix)} vectors for {len(self.ids)} passages")
        return matrix.view(np.ndarray)

    @cached_property
    def place(self) -> Place:
        place = _read_place(self.path)
        if place is None:
            raise FileNotFoundError(f"{self.path / PLACE} is missing or damaged")
        return place

    @cached_property
    def collection(self) -> Any:
        self._client = self.place.open()
        return _chroma.find(self._client, self.place.collection)

    @cached_property
    def _articles(self) -> tuple[dict[str, int], NDArray[np.int32]]:
        """Articles by a number of their own, and for every row the number of its article."""
        import numpy as np

        numbers: dict[str, int] = {}
        rows = [numbers.setdefault(i.rpartition("#")[0], len(numbers)) for i in self.ids]
        return numbers, np.array(rows, dtype=np.int32)

    def _rows_of(self, articles: Iterable[str]) -> NDArray[np.intp]:
        import numpy as np

        numbers, of_rows = self._articles
        wanted = np.zeros(len(numbers), dtype=bool)
        wanted[[numbers[article] for article in articles if article in numbers]] = True
        return np.flatnonzero(wanted[of_rows])

    def exact(
        self, vector: NDArray[np.float32], k: int, articles: Iterable[str] | None
    ) -> list[tuple[str, float]]:
        """The ``k`` nearest of these articles' passages, of all when None; ties in row order."""
        import numpy as np

        if not self.ids or k < 1:
            return []
        rows = np.arange(len(self.ids)) if articles is None else self._rows_of(articles)
        # Picking out rows copies them: cheaper than the whole product while they are few.
        few = 4 * len(rows) < len(self.ids)
        scores = self.matrix[rows] @ vector if few else (self.matrix @ vector)[rows]
        if k < len(scores):
            least = np.partition(scores, -k)[-k]
            near = np.flatnonzero(scores >= least)
            rows, scores = rows[near], scores[near]
        order = np.argsort(-scores, kind="stable")[:k]
        return [(self.ids[rows[i]], float(scores[i])) for i in order]

    def close(self) -> None:
        if self._client is not None:
            _chroma.close_client(self._client)
            self._client = None


def _read_place(path: Path) -> Place | None:
    try:
        found = json.loads((path / PLACE).read_text("utf-8"))
        return Place(path, found["url"], found["collection"])
    except (OSError, ValueError, KeyError):
        return None


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
