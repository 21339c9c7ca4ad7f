"""Question to first quote, against llama-index's own retriever over the same passages.

    python benchmarks/first_quote.py

Both sides search the same articles with the same embedding model, in one process, warm, taking
turns. Ours ends with scored, deduplicated quotes; the other side with its best nodes
(VectorStoreIndex over its SentenceSplitter's chunks, in memory). Prints medians and the ratio.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from evals import corpus_archive, load_suite
from index import ArchiveEmbedding, MiniLM
from qa import Answerer, EvidenceFound, Records
from ui._settings import load_settings

FOLDER = Path(__file__).parent.parent / "evals" / "suites"
SUITES = ("seeds", "wikinews")
ROUNDS = 3


def timed(work: Callable[..., object], *arguments: object) -> float:
    """Milliseconds that ``work(*arguments)`` takes."""
    start = time.perf_counter()
    work(*arguments)
    return (time.perf_counter() - start) * 1000


def first_quote(answerer: Answerer, question: str) -> None:
    for event in answerer.ask(question):
        if isinstance(event, EvidenceFound):
            return


def main() -> None:
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter

    settings = load_settings()
    for name in SUITES:
        suite = load_suite(FOLDER / f"{name}.yaml")
        embedding = MiniLM.open(settings.models)
        with corpus_archive(suite, settings.home, embedding) as archive:
            answerer = Answerer(archive, Records.open(archive.home))
            theirs = VectorStoreIndex.from_documents(
                [Document(text=article.text) for article in archive.articles()],
                embed_model=ArchiveEmbedding(embedding),
                transformations=[SentenceSplitter(chunk_size=256, chunk_overlap=20)],
            ).as_retriever(similarity_top_k=10)
            questions = [case.questions[-1] for case in suite.cases]
            ours_ms, theirs_ms = [], []
            for question in questions * ROUNDS:
                ours_ms.append(timed(first_quote, answerer, question))
                theirs_ms.append(timed(theirs.retrieve, question))
        ours, other = statistics.median(ours_ms), statistics.median(theirs_ms)
        p95 = statistics.quantiles(ours_ms, n=20)[-1]
        print(
            f"{name}: first quote p50 {ours:.0f} ms, p95 {p95:.0f} ms; "
            f"llama-index's retriever p50 {other:.0f} ms; ratio {ours / other:.1f}"
        )


if __name__ == "__main__":
    main()
