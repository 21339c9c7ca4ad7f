"""What Chroma leaves in the files of a closed collection, and how it is made to go.

Chroma deletes by marking: the ids stay in its database's free pages and in its log, and the
vectors in the graph. Nothing that was deleted may stay in an archive's files.
"""

from __future__ import annotations

import mmap
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# hnswlib's header: version, offset of the lowest level, capacity, elements, bytes of an element,
# and in it where the label and the vector are. The third byte of an element marks it as deleted.
_HEADER = struct.Struct("<IQQQQQQ")
_FLAGS, _DELETED = 2, 1


@dataclass(frozen=True, slots=True)
class _Graph:
    folder: Path
    count: int
    size: int
    vector: slice

    def elements(self, mode: Any) -> NDArray[np.uint8]:
        """The lowest level of the graph, a row of bytes for each element."""
        import numpy as np

        path, shape = self.folder / "data_level0.bin", (self.count, self.size)
        return np.memmap(path, dtype=np.uint8, mode=mode, shape=shape)


def _graphs(folder: Path) -> Iterator[_Graph]:
    for header in folder.rglob("header.bin"):
        _, _, _, count, size, label, vector = _HEADER.unpack_from(header.read_bytes())
        if label + 8 != size:  # the label, of eight bytes, comes last
            raise ValueError(f"{header} is of another version of hnswlib")
        yield _Graph(header.parent, count, size, slice(vector, label))


def deleted(folder: Path) -> int:
    """How many elements of the graph are only marked as deleted."""
    return sum(
        int((graph.elements("r")[:, _FLAGS] & _DELETED).sum())
        for graph in _graphs(folder)
        if graph.count
    )


def wipe_deleted(folder: Path) -> None:
    """Take ids out of the database's free pages, and overwrite the vectors of what was deleted.

    The graph is searched around a vector of zeros, which is near to nothing.
    """
    with closing(sqlite3.connect(folder / "chroma.sqlite3", isolation_level=None)) as db:
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for graph in _graphs(folder):
        if graph.count:
            elements = graph.elements("r+")
            gone = (elements[:, _FLAGS] & _DELETED).nonzero()[0]
            elements[gone, graph.vector] = 0
            elements.flush()  # type: ignore[attr-defined]


def blank_unused(folder: Path) -> None:
    """Overwrite what hnswlib never wrote.

    It allocates room for more elements than there are and saves the rest as it found it in memory,
    which is whatever this process had freed there: texts, too.
    """
    for graph in _graphs(folder):
        for name, width in (("data_level0.bin", graph.size), ("length.bin", 4)):
            with suppress(FileNotFoundError), (graph.folder / name).open("r+b") as file:
                end = file.seek(0, 2)
                file.seek(min(end, graph.count * width))
                while (left := end - file.tell()) > 0:
                    file.write(bytes(min(left, mmap.PAGESIZE * 256)))
