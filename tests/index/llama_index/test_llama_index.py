import asyncio
import json
from pathlib import Path

import pytest
from hash_embedding import HashEmbedding
from llama_index.core import VectorStoreIndex
from llama_index.core.schema import Document, MetadataMode
from llama_index.core.vector_stores import (
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)
from llama_index.core.vector_stores.types import VectorStoreQueryMode

from index import (
    Archive,
    ArchiveEmbedding,
    ArchiveRetriever,
    ArchiveVectorStore,
    ArticleNodeParser,
    Filters,
)

PARAGRAPH = "The council met on Monday. It voted for the budget. " + "word " * 80 + "end."


def test_node_parser_offsets_where_paragraphs_repeat() -> None:
    text = "\n\n".join([PARAGRAPH] * 5)
    document = Document(text=text, id_="d#1", metadata={"title": "T", "source": "x", "more": 1})

    nodes = ArticleNodeParser().get_nodes_from_documents([document])

    step = len(PARAGRAPH) + 2
    assert [(n.start_char_idx, n.end_char_idx) for n in nodes] == [
        (i * step, i * step + len(PARAGRAPH)) for i in range(5)
    ]
    assert all(text[n.start_char_idx : n.end_char_idx] == n.get_content() for n in nodes)
    assert [n.node_id for n in nodes] == [f"d#1#{i}" for i in range(5)]
    assert {n.ref_doc_id for n in nodes} == {"d#1"}


def test_the_same_passages_as_the_archive(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "home") as archive:
        archive.sync([Path(__file__).parents[3] / "seeds"])
        for article in archive.articles():
            document = Document(text=article.text, id_=article.id)
            nodes = ArticleNodeParser().get_nodes_from_documents([document])
            assert [(n.node_id, n.start_char_idx, n.end_char_idx) for n in nodes] == [
                (p.id, p.start, p.end) for p in archive.passages(article.id)
            ]


def test_embedding() -> None:
    embedding = ArchiveEmbedding(HashEmbedding())
    expected = pytest.approx(HashEmbedding().embed(["the old bridge"])[0].tolist())

    assert embedding.get_text_embedding("the old bridge") == expected
    assert embedding.get_query_embedding("the old bridge") == expected
    assert embedding.get_text_embedding_batch(["a storm", "the old bridge"])[1] == expected
    assert asyncio.run(embedding.aget_query_embedding("the old bridge")) == expected


def test_retriever(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The old bridge was closed after a storm.")
    (tmp_path / "b.txt").write_text("The bridge in the harbour is open.")
    with Archive.open(tmp_path / "home", embedding=HashEmbedding()) as archive:
        archive.sync([tmp_path / "a.txt", tmp_path / "b.txt"])
        hits = archive.search("bridge storm")
        found = ArchiveRetriever(archive).retrieve("bridge storm")

        assert [n.node.node_id for n in found] == [h.passage.id for h in hits]
        assert [n.score for n in found] == [h.score for h in hits]
        # What is embedded or shown to a model is the passage, without what is known of it.
        for mode in (MetadataMode.EMBED, MetadataMode.LLM):
            assert found[0].node.get_content(mode) == hits[0].passage.text
        assert found[0].node.metadata["source"].endswith("a.txt")
        only = Filters(articles=(hits[1].article.id,))
        limited = ArchiveRetriever(archive, k=5, filters=only).retrieve("bridge storm")
        assert [n.node.node_id for n in limited] == [hits[1].passage.id]


def test_an_index_over_the_vectors_of_an_archive(tmp_path: Path) -> None:
    """llama-index opens what is in Chroma, filters it, and follows the archive."""
    corpus = tmp_path / "corpus.jsonl"
    texts = ["The old bridge was closed after a storm.", "The bridge is open.", "An opera."]
    records = [
        {"id": f"a#{n}", "text": text, "outlet": f"Post {n}", "published": f"2023-02-0{n + 1}"}
        for n, text in enumerate(texts)
    ]
    corpus.write_text("".join(json.dumps(record) + "\n" for record in records))
    with Archive.open(tmp_path / "home", embedding=HashEmbedding()) as archive:
        store = ArchiveVectorStore(archive)
        index = VectorStoreIndex.from_vector_store(store, ArchiveEmbedding(HashEmbedding()))
        assert index.as_retriever().retrieve("bridge") == []
        archive.sync([corpus])

        found = index.as_retriever(similarity_top_k=9).retrieve("bridge storm")
        assert [n.node.node_id for n in found] == [
            i for i, _ in archive.dense_ranking("bridge storm", 9)
        ]
        for n in found:
            article = archive.article(n.node.metadata["article"])
            start, end = n.node.start_char_idx, n.node.end_char_idx
            assert article.text[start:end] == n.node.get_content(MetadataMode.LLM)
        for key, operator, value, expected in (
            ("outlet", FilterOperator.EQ, "Post 1", {"a#1"}),
            ("article", FilterOperator.IN, ["a#0", "a#2"], {"a#0", "a#2"}),
            ("published_day", FilterOperator.GTE, 20230202, {"a#1", "a#2"}),
        ):
            limit = MetadataFilters(
                filters=[MetadataFilter(key=key, operator=operator, value=value)]
            )
            limited = index.as_retriever(similarity_top_k=9, filters=limit).retrieve("bridge")
            assert {n.node.metadata["article"] for n in limited} == expected
        mmr = index.as_retriever(
            similarity_top_k=2, vector_store_query_mode=VectorStoreQueryMode.MMR
        )
        assert len(mmr.retrieve("bridge")) == 2

        archive.remove(["a#0"])
        found = index.as_retriever(similarity_top_k=9).retrieve("bridge storm")
        assert {n.node.metadata["article"] for n in found} == {"a#1", "a#2"}
        with pytest.raises(NotImplementedError, match="sync"):
            index.insert(Document(text="A storm."))
        with pytest.raises(NotImplementedError, match="remove"):
            store.delete("a#1")
