import asyncio
from pathlib import Path

import pytest
from hash_embedding import HashEmbedding
from llama_index.core.schema import Document, MetadataMode

from index import (
    Archive,
    ArchiveEmbedding,
    ArchiveRetriever,
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
        archive.sync([Path(__file__).parents[2] / "seeds"])
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
