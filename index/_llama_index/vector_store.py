"""An archive's Chroma collection where llama-index wants a vector store.

Apart from the other llama-index parts because it imports Chroma, too (seconds more).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.schema import BaseNode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    VectorStoreQuery,
    VectorStoreQueryResult,
)
from llama_index.vector_stores.chroma import ChromaVectorStore

from index._llama_index.nodes import to_node

if TYPE_CHECKING:
    from index._archive import Archive

READ_ONLY = "An archive is filled by Archive.sync and emptied by Archive.remove."


class ArchiveVectorStore(BasePydanticVectorStore):
    """The vector index of an archive, read by llama-index's own ``ChromaVectorStore``.

        store = ArchiveVectorStore(archive)
        index = VectorStoreIndex.from_vector_store(store, ArchiveEmbedding(archive.embedding))
        index.as_retriever(similarity_top_k=4).retrieve("Who said what?")

    Its modes and filters work as they do there; filters may ask for ``article``, ``outlet`` as
    it is written, and ``published_day`` as the number YYYYMMDD. Chroma holds no text, so nodes
    are cut from the archive; where a new generation has been built the next query is put to
    that. It searches by vectors alone: ``ArchiveRetriever`` searches as the archive does.
    """

    stores_text: bool = True
    flat_metadata: bool = True

    _archive: Any = PrivateAttr()

    def __init__(self, archive: Archive) -> None:
        super().__init__(stores_text=True)
        self._archive = archive

    @classmethod
    def class_name(cls) -> str:
        return "ArchiveVectorStore"

    @property
    def client(self) -> Archive:
        """The archive."""
        archive: Archive = self._archive
        return archive

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        """The nearest passages; see ``ChromaVectorStore.query``.

        Raises:
            ArchiveError: The vector index cannot be read.
        """
        archive = self.client
        result = archive._vectors.ask(
            lambda collection: ChromaVectorStore(collection).query(query, **kwargs),
            VectorStoreQueryResult(nodes=[], similarities=[], ids=[]),
        )
        ids, scores = result.ids or [], result.similarities or []
        found = archive._store.passages_by_id(ids)
        pairs = [(i, score) for i, score in zip(ids, scores, strict=True) if i in found]
        return VectorStoreQueryResult(
            nodes=[to_node(*found[i]) for i, _ in pairs],
            similarities=[score for _, score in pairs],
            ids=[i for i, _ in pairs],
        )

    def add(self, nodes: list[BaseNode], **kwargs: Any) -> list[str]:  # type: ignore[override]
        """Not here.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(READ_ONLY)

    def delete(self, ref_doc_id: str, **delete_kwargs: Any) -> None:
        """Not here.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(READ_ONLY)
