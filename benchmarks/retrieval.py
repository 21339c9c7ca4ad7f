"""Retrieval: what a question is answered from, against what one would use instead.

    python benchmarks/retrieval.py [SET ...] [--json FILE]

Every system searches the same passages, with the same vectors, for 10 passages; articles are
ranked by their best passage among them. *ours* is what answers are made from; *bm25* and *dense*
are its two halves alone, put to the question as it stands; *rrf* is their plain reciprocal rank
fusion; *llama-index* is its default retriever (VectorStoreIndex, cosine). For each set: the share
of questions with an evidence article (``passage.``: a passage with the evidence sentence) among
the first 1, 4 and 10, with all of them among the first 10, MRR, recall and nDCG, each with its
95 % interval; the difference of *ours* from the better half, question by question; milliseconds.

multihop-rag is split in two by a hash of the question's id (``_retrieval_sets.half``): constants
were chosen on *dev* and on wikinews, the other sets only report. ``*_mhr_official`` are that
set's own scores, which count a passage as right when it holds a whole evidence sentence: Hits@k
asks for any one of them, and its MAP adds up *newly found / rank*, which is not average precision.
The questions of seeds and wikinews were written for this project.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from _retrieval_sets import QuestionSet, all_sets

from evals import Corpus, Retrieved, corpus_archive
from evals._metrics import mean, percentile
from evals._retrieval import judge_retrieval
from index import Archive, Filters, MiniLM, reciprocal_rank_fusion
from qa import Turn, search_question, stand_alone
from ui._settings import load_settings

K = 10
# Passages that a half alone is asked for before fusion, as Archive.search does.
POOL = 50
NAMES = ("hit@1", "hit@4", "hit@10", "MRR@10", "recall@10", "all_gold@10", "nDCG@10")
COMPARED = ("MRR@10", "all_gold@10", "passage.MRR@10")
SYSTEMS = ("ours", "bm25", "dense", "rrf", "llama-index")

System = Callable[[str], list[str]]


def systems(archive: Archive) -> dict[str, System]:
    """Each system as a function from a question to passage ids, best first."""

    def ours(question: str) -> list[str]:
        found = search_question(archive, question, Filters(), k=K)
        return [hit.passage.id for hit in found.hits]

    def bm25(question: str) -> list[str]:
        return [i for i, _ in archive.keyword_ranking(question, K)]

    def dense(question: str) -> list[str]:
        return [i for i, _ in archive.dense_ranking(question, K)]

    def rrf(question: str) -> list[str]:
        halves = archive.keyword_ranking(question, POOL), archive.dense_ranking(question, POOL)
        fused = reciprocal_rank_fusion([[i for i, _ in ranking] for ranking in halves])
        return [i for i, _ in fused[:K]]

    found = (ours, bm25, dense, rrf, llama_index(archive))
    return dict(zip(SYSTEMS, found, strict=True))


def llama_index(archive: Archive) -> System:
    """The default retriever over the archive's passages and their stored vectors."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import TextNode

    from index import ArchiveEmbedding

    embedding = archive.embedding
    assert embedding is not None
    ids, matrix = archive._store.passage_vectors(embedding.name, None)
    nodes = [
        TextNode(id_=i, text=i, embedding=[float(x) for x in vector])
        for i, vector in zip(ids, matrix, strict=True)
    ]
    index = VectorStoreIndex(nodes, embed_model=ArchiveEmbedding(embedding))
    retriever = index.as_retriever(similarity_top_k=K)
    return lambda question: [hit.node.node_id for hit in retriever.retrieve(question)]


def official(texts: Sequence[str], facts: Sequence[str]) -> dict[str, float]:
    """MultiHop-RAG's own scores of one question, by its ``retrieval_evaluate.py``."""
    squeezed = ["".join(text.split()) for text in texts[:10]]
    gold = ["".join(fact.split()) for fact in facts]
    found: set[str] = set()
    first, total = 0, 0.0
    for rank, text in enumerate(squeezed, 1):
        here = {fact for fact in gold if fact in text}
        first = first or (rank if here else 0)
        total += len(here - found) / rank
        found |= here
    return {
        "Hits@4_mhr_official": float(0 < first <= 4),
        "Hits@10_mhr_official": float(first > 0),
        "MRR@10_mhr_official": 1 / first if first else 0.0,
        "MAP@10_mhr_official": total / min(len(gold), 10),
    }


def measure(chosen: QuestionSet, archive: Archive) -> dict[str, dict[str, list[float]]]:
    """The value of every metric for every question, in order, by system."""
    corpus = Corpus(archive)
    places = {
        passage.id: (article.id, passage.text)
        for article in archive.articles()
        for passage in archive.passages(article.id)
    }
    outlets = tuple(archive.outlets())
    running = systems(archive)
    values: dict[str, dict[str, list[float]]] = {name: {} for name in running}
    draw = random.Random(0)  # noqa: S311 (an order, no secret)
    for warm_up in running.values():
        warm_up("What happened?")
    for case in chosen.suite.cases:
        *before, question = case.questions
        asked = stand_alone(question, [Turn(text, "") for text in before], outlets)
        for name in draw.sample(list(running), len(running)):  # none is always first
            start = time.perf_counter()
            ids = running[name](asked)
            milliseconds = (time.perf_counter() - start) * 1000
            retrieved = [Retrieved(n, 1 / n, places[i][0], i) for n, i in enumerate(ids, 1)]
            found = judge_retrieval(case, corpus, retrieved)
            if found and case.id in chosen.facts:
                found |= official([places[i][1] for i in ids], chosen.facts[case.id])
            for metric, value in found.items():
                values[name].setdefault(metric, []).append(value)
            values[name].setdefault("ms", []).append(milliseconds)
    return values


def cell(values: Sequence[float]) -> str:
    metric = mean(values)
    low, high = metric.interval or (metric.value, metric.value)
    return f"{metric.value:.3f} ({low:.2f}–{high:.2f})".replace("0.", ".")


def report(chosen: QuestionSet, values: dict[str, dict[str, list[float]]]) -> None:
    """Print one set's table and its comparisons."""
    ours = values["ours"]
    print(f"\n{chosen.name}: {len(ours['MRR@10'])} questions with evidence")
    print(f"{'':22}" + "".join(f"{name:>18}" for name in values))
    rows = [f"{unit}{name}" for unit in ("", "passage.") for name in NAMES]
    rows += [name for name in ours if name.endswith("official")]
    for metric in rows:
        if metric in ours:
            cells = "".join(f"{cell(found[metric]):>18}" for found in values.values())
            print(f"{metric:22}{cells}")
    for percent in (50, 95):
        cells = "".join(f"{percentile(found['ms'], percent):18.1f}" for found in values.values())
        print(f"{f'p{percent} ms':22}{cells}")
    for metric in COMPARED:
        if metric not in ours:
            continue
        better = max(("bm25", "dense"), key=lambda name: sum(values[name][metric]))
        pairs = zip(ours[metric], values[better][metric], strict=True)
        difference = mean([one - other for one, other in pairs])
        low, high = difference.interval or (difference.value, difference.value)
        print(f"{metric}: ours − {better} = {difference.value:+.3f} ({low:+.3f} to {high:+.3f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", metavar="SET", help="only these; all by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every value there")
    options = parser.parse_args()
    settings = load_settings()
    embedding = MiniLM.open(settings.models)
    written: dict[str, Any] = {}
    for chosen in all_sets(settings.home):
        if options.sets and chosen.name not in options.sets:
            continue
        with corpus_archive(chosen.suite, settings.home, embedding) as archive:
            written[chosen.name] = measure(chosen, archive)
        report(chosen, written[chosen.name])
    print(f"\npeak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if options.json:
        options.json.write_text(json.dumps(written), "utf-8")


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main()
