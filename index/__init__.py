"""Articles in, an archive out that can be searched.

    with Archive.open(home, embedding=MiniLM.open(models_dir)) as archive:
        archive.sync([Path("articles/")])
        hits = archive.search("Who said what?", k=10)

The llama-index parts (``ArticleNodeParser``, ``ArchiveEmbedding``, ``ArchiveRetriever``,
``ArchiveVectorStore``) are imported on first use, because llama-index takes seconds to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from index._archive import ANSWERING, Archive
from index._article import Article, Listing, Passage, Sentence, sha256_hex
from index._cleaning.clean import clean
from index._doctor import Finding
from index._embeddings.minilm import Embedding, MiniLM
from index._embeddings.model_files import ModelFile, catalogue, find, model_sha256, require
from index._embeddings.pull import PullProgress, pull
from index._embeddings.vocabulary import whole_words
from index._errors import (
    ArchiveError,
    EndpointError,
    ModelFileError,
    PullquoteError,
    UnavailableError,
    UnknownArticle,
    UsageError,
)
from index._filters import Filters
from index._fusion import reciprocal_rank_fusion
from index._progress import Progress, SyncReport
from index._readers import Failure, RawDocument, read_path
from index._search import Hit
from index._store.connection import can_write, open_sqlite
from index._store.migration import apply_steps
from index._store.vectors import PassageVectors
from index._watch import settled_changes

__all__ = [
    "ANSWERING",
    "Archive",
    "ArchiveEmbedding",
    "ArchiveError",
    "ArchiveRetriever",
    "ArchiveVectorStore",
    "Article",
    "ArticleNodeParser",
    "Embedding",
    "EndpointError",
    "Failure",
    "Filters",
    "Finding",
    "Hit",
    "Listing",
    "MiniLM",
    "ModelFile",
    "ModelFileError",
    "Passage",
    "PassageVectors",
    "Progress",
    "PullProgress",
    "PullquoteError",
    "RawDocument",
    "Sentence",
    "SyncReport",
    "UnavailableError",
    "UnknownArticle",
    "UsageError",
    "apply_steps",
    "can_write",
    "catalogue",
    "clean",
    "find",
    "model_sha256",
    "open_sqlite",
    "pull",
    "read_path",
    "reciprocal_rank_fusion",
    "require",
    "settled_changes",
    "sha256_hex",
    "whole_words",
]

_LLAMA_INDEX = {
    "ArchiveEmbedding": "_llama_index.nodes",
    "ArchiveRetriever": "_llama_index.nodes",
    "ArchiveVectorStore": "_llama_index.vector_store",
    "ArticleNodeParser": "_llama_index.nodes",
}


def __getattr__(name: str) -> Any:
    if name in _LLAMA_INDEX:
        return getattr(import_module(f"index.{_LLAMA_INDEX[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
