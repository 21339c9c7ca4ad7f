"""A generation of the vector index on the disk: what its files are, and reading them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index._vectors import chroma
from index._vectors.chroma import Place, Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

# The files that are ours: where its collection is, the ids, the vectors.
PLACE, ROWS, MATRIX = "place.json", "rows.json", "vectors.npy"
# Of how many filters the rows that pass are kept: those of the people who ask at one time.
KEPT_LIMITS = 16
# Rows of the matrix at a time: they stay in the processor's cache while the vectors of one search
# go over them. Picked out one by one, they cost less than all rows up to about two in five.
CHUNK, PICKED = 512, 0.4


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


class Opened:
    """A generation that is being read; its parts are opened when they are first needed."""

    def __init__(self, path: Path, generation: Generation) -> None:
        self.path = path
        self.generation = generation
        self._client: Any = None
        self._found: dict[frozenset[str], NDArray[np.intp]] = {}

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
        place = read_place(self.path)
        if place is None:
            raise FileNotFoundError(f"{self.path / PLACE} is missing or damaged")
        return place

    @cached_property
    def collection(self) -> Any:
        self._client = self.place.open()
        return chroma.find(self._client, self.place.collection)

    @cached_property
    def _articles(self) -> tuple[dict[str, int], NDArray[np.int32]]:
        """Articles by a number of their own, and for every row the number of its article."""
        import numpy as np

        numbers: dict[str, int] = {}
        rows = [numbers.setdefault(i.rpartition("#")[0], len(numbers)) for i in self.ids]
        return numbers, np.array(rows, dtype=np.int32)

    def rows_of(self, articles: Collection[str]) -> NDArray[np.intp]:
        """The rows of these articles; those of the last few asked for are kept."""
        import numpy as np

        key = frozenset(articles)
        found = self._found.get(key)
        if found is not None:
            return found
        numbers, of_rows = self._articles
        wanted = np.zeros(len(numbers), dtype=bool)
        wanted[[numbers[article] for article in key if article in numbers]] = True
        rows = np.flatnonzero(wanted[of_rows])
        if len(self._found) >= KEPT_LIMITS:
            self._found.clear()
        self._found[key] = rows
        return rows

    def exact(
        self, vectors: Vectors, k: int, rows: NDArray[np.intp] | None
    ) -> list[list[tuple[str, float]]]:
        """For each vector the ``k`` nearest of these rows, of all when None; ties in row order."""
        import numpy as np

        if not self.ids or k < 1:
            return [[] for _ in vectors]
        ranked = []
        for scores in self._cosines(vectors, rows):
            at = np.arange(len(scores))
            if k < len(scores):
                at = np.flatnonzero(scores >= np.partition(scores, -k)[-k])
            at = at[np.argsort(-scores[at], kind="stable")[:k]]
            of = at if rows is None else rows[at]
            ranked.append([(self.ids[i], float(scores[n])) for i, n in zip(of, at, strict=True)])
        return ranked

    def _cosines(self, vectors: Vectors, rows: NDArray[np.intp] | None) -> Vectors:
        """Of each vector with each of these rows, with all when None."""
        import numpy as np

        if rows is not None and len(rows) > PICKED * len(self.ids):
            return self._cosines(vectors, None)[:, rows]
        found = np.empty((len(vectors), len(self.ids) if rows is None else len(rows)), np.float32)
        # The matrix product would use a thread a core and wait for each; where another process
        # has one, that takes longer than one thread alone (102,000 x 384: 24 against 18 ms).
        for first in range(0, found.shape[1], CHUNK):
            part = slice(first, first + CHUNK)
            some = self.matrix[part if rows is None else rows[part]]
            np.vecdot(some, np.asarray(vectors)[:, None, :], out=found[:, part])
        return found

    def close(self) -> None:
        if self._client is not None:
            chroma.close_client(self._client)
            self._client = None


def read_place(path: Path) -> Place | None:
    """Where the collection of a generation is; None where that is not to be read."""
    try:
        found = json.loads((path / PLACE).read_text("utf-8"))
        return Place(path, found["url"], found["collection"])
    except (OSError, ValueError, KeyError):
        return None


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
