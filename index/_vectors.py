"""Chroma generations: built aside, checked, swapped in, and never changed afterwards.

Chroma is not crash-safe, keeps deleted text, and serves stale results after another process
has written. All three vanish when a generation is immutable: a writer fills a fresh folder,
checks it, and names it in ``CURRENT`` by an atomic rename; readers open what is named there.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index._article import Article, Passage
from index._errors import ArchiveError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

COLLECTION = "passages"
# Near exact search at this size; recall against exact search is tested.
HNSW = {"space": "cosine", "max_neighbors": 32, "ef_construction": 200, "ef_search": 200}
BATCH = 2000
SELF_QUERIES = 20


@dataclass(frozen=True, slots=True)
class Generation:
    """What ``CURRENT`` names: a folder, the embedding model, and the store's version."""

    folder: str
    model: str
    version: int


class VectorIndex:
    """The Chroma generations under ``home``."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._current = home / "CURRENT"
        self._root = home / "chroma"
        self._opened: tuple[str, Any, Any] | None = None

    def current(self) -> Generation | None:
        """The generation in use; None before the first one."""
        try:
            folder, model, version = self._current.read_text("utf-8").splitlines()
        except (FileNotFoundError, ValueError):
            return None
        if not (self._root / folder).is_dir():
            return None
        return Generation(folder, model, int(version))

    def search(self, vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        """``(passage id, cosine similarity)`` of the nearest passages, best first."""
        collection = self._collection()
        if collection is None or k < 1:
            return []
        count = collection.count()
        if not count:
            return []
        result = collection.query(
            query_embeddings=[vector], n_results=min(k, count), include=["distances"]
        )
        return [
            (passage_id, 1.0 - float(distance))
            for passage_id, distance in zip(
                result["ids"][0], result["distances"][0], strict=True
            )
        ]

    def count(self) -> int:
        """Number of passages in the current generation."""
        collection = self._collection()
        return int(collection.count()) if collection is not None else 0

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

    def close(self) -> None:
        """Let go of the open generation."""
        if self._opened is not None:
            self._opened[1].close()
            self._opened = None

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
                nodes = []
                for (passage, article), vector in zip(
                    passages[first : first + BATCH], vectors[first : first + BATCH], strict=True
                ):
                    node = to_node(passage, article)
                    node.embedding = vector.tolist()
                    nodes.append(node)
                store.add(nodes)
            _check(collection, [passage.id for passage, _ in passages], vectors)
        finally:
            client.close()

    def _collection(self) -> Any:
        current = self.current()
        if current is None:
            return None
        if self._opened is None or self._opened[0] != current.folder:
            self.close()
            client = _client(self._root / current.folder)
            collection = client.get_collection(COLLECTION, embedding_function=None)
            self._opened = (current.folder, client, collection)
        return self._opened[2]


def _client(path: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(str(path), settings=Settings(anonymized_telemetry=False))


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
