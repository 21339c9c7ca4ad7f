"""Chroma generations: built aside, checked, swapped in, and never changed afterwards.

Chroma is not crash-safe, keeps deleted text, and serves stale results after another process
has written. All three vanish when a generation is immutable: a writer fills a fresh folder,
checks it, and names it in ``CURRENT`` by an atomic rename; readers open what is named there.
"""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from index._article import Article, Passage
from index._errors import ArchiveError

if TYPE_CHECKING:
    import numpy as np
    from llama_index.core.schema import BaseNode
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

COLLECTION = "passages"
# Near exact search at this size; recall against exact search is tested.
HNSW = {"space": "cosine", "max_neighbors": 32, "ef_construction": 200, "ef_search": 200}
BATCH = 2000
SELF_QUERIES = 20

_T = TypeVar("_T")
# Chroma keeps a registry of open folders for the whole process and does not guard it.
_REGISTRY = threading.Lock()


@dataclass(frozen=True, slots=True)
class Generation:
    """What ``CURRENT`` names: a folder, the embedding model, and the store's version."""

    folder: str
    model: str
    version: int


class VectorIndex:
    """The Chroma generations under ``home``. Safe to use from several threads.

    A generation that another process has made current is noticed by the next call.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._current = home / "CURRENT"
        self._root = home / "chroma"
        self._opened: tuple[str, Any, Any] | None = None
        self._guard = threading.Lock()

    def current(self) -> Generation | None:
        """The generation in use; None before the first one."""
        try:
            folder, model, version = self._current.read_text("utf-8").splitlines()
            generation = Generation(folder, model, int(version))
        except (FileNotFoundError, ValueError):
            return None
        return generation if folder and (self._root / folder).is_dir() else None

    def search(self, vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        """``(passage id, cosine similarity)`` of the nearest passages, best first.

        Raises:
            ArchiveError: The current generation cannot be read.
        """

        def query(collection: Any) -> list[tuple[str, float]]:
            wanted = min(k, collection.count())
            if wanted < 1:
                return []
            result = collection.query(
                query_embeddings=[vector], n_results=wanted, include=["distances"]
            )
            pairs = zip(result["ids"][0], result["distances"][0], strict=True)
            return [(passage_id, 1.0 - float(distance)) for passage_id, distance in pairs]

        return self._read(query, [])

    def count(self) -> int:
        """Number of passages in the current generation.

        Raises:
            ArchiveError: The current generation cannot be read.
        """
        return self._read(lambda collection: int(collection.count()), 0)

    def ids(self) -> set[str]:
        """Ids of the passages in the current generation.

        Raises:
            ArchiveError: The current generation cannot be read.
        """

        def read(collection: Any) -> set[str]:
            found: set[str] = set()
            # Chroma binds a variable for every id it returns; SQLite allows so many.
            while page := collection.get(include=[], limit=BATCH, offset=len(found))["ids"]:
                found.update(page)
            return found

        return self._read(read, set())

    def build(
        self,
        passages: Sequence[tuple[Passage, Article]],
        vectors: Vectors,
        *,
        model: str,
        version: int,
    ) -> None:
        """Fill a new generation, check it, make it current, remove the older ones.

        Raises:
            ArchiveError: The check failed; the generation before stays in use.
        """
        folder = f"{version:08d}-{secrets.token_hex(4)}"
        path = self._root / folder
        path.mkdir(parents=True)
        try:
            self._fill(path, passages, vectors)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        temporary = self._current.with_suffix(".new")
        temporary.write_text(f"{folder}\n{model}\n{version}\n", "utf-8")
        os.replace(temporary, self._current)  # noqa: PTH105 - the atomic rename is the point
        self.close()
        self.remove_old()

    def remove_old(self) -> None:
        """Remove every generation but the current one, so that deleted text leaves the disk."""
        current = self.current()
        for folder in self._root.iterdir() if self._root.is_dir() else ():
            if current is None or folder.name != current.folder:
                shutil.rmtree(folder, ignore_errors=True)

    def drop(self) -> None:
        """Remove every generation, the current one included."""
        self._current.unlink(missing_ok=True)
        self.close()
        self.remove_old()

    def close(self) -> None:
        """Let go of the open generation."""
        with self._guard:
            self._let_go()

    def _fill(
        self, path: Path, passages: Sequence[tuple[Passage, Article]], vectors: Vectors
    ) -> None:
        from llama_index.vector_stores.chroma import ChromaVectorStore

        from index._llama_index import to_node

        client = _client(path)
        try:
            collection = client.create_collection(
                COLLECTION, configuration={"hnsw": HNSW}, embedding_function=None
            )
            store = ChromaVectorStore(chroma_collection=collection)
            for first in range(0, len(passages), BATCH):
                nodes: list[BaseNode] = []
                for (passage, article), vector in zip(
                    passages[first : first + BATCH], vectors[first : first + BATCH], strict=True
                ):
                    node = to_node(passage, article)
                    node.embedding = vector.tolist()
                    nodes.append(node)
                store.add(nodes)
            _check(collection, [passage.id for passage, _ in passages], vectors)
        finally:
            _close(client)

    def _read(self, ask: Callable[[Any], _T], otherwise: _T) -> _T:
        """What ``ask`` finds in the current generation's collection."""
        with self._guard:
            while (current := self.current()) is not None:
                try:
                    return ask(self._collection(current.folder))
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

    def _collection(self, folder: str) -> Any:
        if self._opened is None or self._opened[0] != folder:
            self._let_go()
            client = _client(self._root / folder)
            try:
                collection = client.get_collection(COLLECTION, embedding_function=None)
            except BaseException:
                _close(client)
                raise
            self._opened = (folder, client, collection)
        return self._opened[2]

    def _let_go(self) -> None:
        if self._opened is not None:
            _, client, _ = self._opened
            self._opened = None
            _close(client)


def _client(path: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    with _REGISTRY:
        return chromadb.PersistentClient(str(path), settings=Settings(anonymized_telemetry=False))


def _close(client: Any) -> None:
    with _REGISTRY:
        client.close()


def _check(collection: Any, ids: Sequence[str], vectors: Vectors) -> None:
    """The new generation holds every passage, and a sample of them finds itself."""
    if collection.count() != len(ids):
        raise ArchiveError(
            f"The new vector index holds {collection.count()} of {len(ids)} passages.",
            "Run: pullquote index rebuild",
        )
    step = max(1, len(ids) // SELF_QUERIES)
    for row in range(0, len(ids), step):
        result = collection.query(
            query_embeddings=[vectors[row]], n_results=1, include=["distances"]
        )
        # Equal texts have equal vectors, so the nearest may be a twin: compare the distance.
        if not result["ids"][0] or result["distances"][0][0] > 1e-3:
            raise ArchiveError(
                f"The new vector index does not find passage {ids[row]}.",
                "Run: pullquote index rebuild",
            )
