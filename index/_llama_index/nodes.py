"""The archive as llama-index parts: node parser, embedding, retriever.

Importing this module imports llama-index (seconds), so it is reached only through functions
that need it and through the lazy names of the package.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import (
    BaseNode,
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)

from index._article import Article, Passage
from index._filters import Filters
from index._passages import build_passages
from index._sentences import split_sentences

if TYPE_CHECKING:
    from index._archive import Archive
    from index._embeddings.minilm import Embedding


def to_node(passage: Passage, article: Article) -> TextNode:
    """A passage as a node whose offsets point into the article's frozen text.

    Its metadata is kept out of what is embedded and of what a model is shown.
    """
    metadata: dict[str, Any] = {"article": article.id, "source": article.source}
    for name in ("title", "outlet", "author", "published", "url"):
        if getattr(article, name):
            metadata[name] = getattr(article, name)
    if article.published_day:
        day = article.published_day
        metadata["published_day"] = day.year * 10000 + day.month * 100 + day.day
    keys = list(metadata)
    return TextNode(
        id_=passage.id,
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata=metadata,
        excluded_embed_metadata_keys=keys,
        excluded_llm_metadata_keys=keys,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=article.id)},
    )


class ArticleNodeParser(NodeParser):
    """Cuts llama-index documents into the same passages that an archive holds.

    ``text[start_char_idx:end_char_idx]`` of the document is the node's text, also where
    passages repeat, and every sentence is in exactly one node.
    """

    @classmethod
    def class_name(cls) -> str:
        return "ArticleNodeParser"

    def _parse_nodes(
        self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        del show_progress, kwargs
        out: list[BaseNode] = []
        for document in nodes:
            article = Article(
                id=document.node_id,
                source=str(document.metadata.get("source", document.node_id)),
                text=document.get_content(),
                **{
                    name: document.metadata.get(name)
                    for name in ("title", "outlet", "author", "published", "url")
                },
            )
            for passage in build_passages(article, split_sentences(article.text, article.id)):
                node = to_node(passage, article)
                node.relationships[NodeRelationship.SOURCE] = document.as_related_node_info()
                out.append(node)
        return out

    def _postprocess_parsed_nodes(
        self, nodes: list[BaseNode], parent_doc_map: dict[str, Any]
    ) -> list[BaseNode]:
        # The base class would look each text up in the document again and overwrite the
        # offsets, wrongly where a passage repeats.
        del parent_doc_map
        return nodes


class ArchiveEmbedding(BaseEmbedding):
    """An archive's embedding model where llama-index wants one."""

    _embedding: Any = PrivateAttr()

    def __init__(self, embedding: Embedding, **kwargs: Any) -> None:
        super().__init__(model_name=embedding.name, **kwargs)
        self._embedding = embedding

    @classmethod
    def class_name(cls) -> str:
        return "ArchiveEmbedding"

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [[float(x) for x in vector] for vector in self._embedding.embed(texts)]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


class ArchiveRetriever(BaseRetriever):
    """An archive's hybrid search where llama-index wants a retriever."""

    def __init__(self, archive: Archive, *, k: int = 10, filters: Filters | None = None) -> None:
        super().__init__()
        self._archive = archive
        self._k = k
        self._filters = filters or Filters()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._archive.search(query_bundle.query_str, k=self._k, filters=self._filters)
        return [
            NodeWithScore(node=to_node(hit.passage, hit.article), score=hit.score) for hit in hits
        ]
