"""Articles to searchable and to fully embedded, against llama-index's own pipeline.

    python benchmarks/index.py --torch-model FOLDER

FOLDER holds all-MiniLM-L6-v2 as Hugging Face publishes it (config.json, model.safetensors,
tokenizer.json, 1_Pooling …): the same weights in 32 bits. The other side needs packages that
Pullquote does not: pip install torch sentence-transformers llama-index-embeddings-huggingface

Both sides get the same articles, in one run, each in a process of its own, taking turns; medians of
the rounds are printed. The other side is what a user of llama-index writes: Documents,
SentenceSplitter, HuggingFaceEmbedding, ChromaVectorStore, VectorStoreIndex. Its chunks are made as
large as our passages and without overlap, the least work for it; its imports and the loading of
its model are not counted, ours are. Nothing can be found there before everything is embedded.

Ours is `index sync` on an empty archive: articles are *searchable* when the keyword index has them,
*searchable by meaning* when every passage's vector is in Chroma, which is what the other side has
at its end, and *complete* when every sentence has a vector, too, which it does not have at all.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

if __name__ == "index":
    # A script beside this one imports the package of this name, and has got this file instead.
    import importlib

    here = sys.path.pop(0)
    del sys.modules["index"]
    sys.modules["index"] = importlib.import_module("index")
    sys.path.insert(0, here)

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"
# Word pieces of the other side's chunks: about the number of chunks that we have passages.
CHUNK = 175


def articles() -> list[dict[str, Any]]:
    """The wikinews suite, and the hand-marked texts of article-extraction where they are."""
    path = ROOT / "evals" / "suites" / "wikinews" / "articles.jsonl"
    found = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
    extraction = SHARED / "article-extraction" / "ground-truth.json"
    if extraction.exists():
        for name, page in json.loads(extraction.read_text("utf-8")).items():
            found.append({"id": name, "url": page.get("url"), "text": page["articleBody"]})
    return found


def ours(corpus: Path) -> dict[str, float]:
    from index import Archive, MiniLM, Progress
    from ui._settings import load_settings

    start = time.perf_counter()
    by_meaning = start

    def look(progress: Progress) -> None:
        nonlocal by_meaning
        if progress.stage == "index":
            by_meaning = time.perf_counter()

    with (
        tempfile.TemporaryDirectory() as home,
        Archive.open(Path(home), embedding=MiniLM.open(load_settings().models)) as archive,
    ):
        report = archive.sync([corpus], progress=look)
        end = time.perf_counter()
        assert archive.stats()["up_to_date"]
    return {
        "searchable": report.seconds["read"] + report.seconds["keywords"],
        "by meaning": by_meaning - start,
        "complete": end - start,
        "chunks": report.passages,
    }


def theirs(corpus: Path, model: str) -> dict[str, float]:
    import chromadb
    from chromadb.config import Settings
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    embedding = HuggingFaceEmbedding(model_name=model, device="cpu", embed_batch_size=32)
    embedding.get_text_embedding("warm")
    start = time.perf_counter()
    documents = []
    for line in corpus.read_text("utf-8").split("\n"):
        if line:
            record = json.loads(line)
            kept = {name: record[name] for name in ("title", "outlet", "url") if record.get(name)}
            documents.append(
                Document(
                    text=record["text"],
                    metadata=kept,
                    # As ours: the title is embedded, and takes no room from the text.
                    excluded_embed_metadata_keys=["outlet", "url"],
                    excluded_llm_metadata_keys=["outlet", "url"],
                )
            )
    with tempfile.TemporaryDirectory() as folder:
        client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
        collection = client.create_collection(
            "articles", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
        )
        VectorStoreIndex.from_documents(
            documents,
            storage_context=StorageContext.from_defaults(
                vector_store=ChromaVectorStore(chroma_collection=collection)
            ),
            embed_model=embedding,
            transformations=[SentenceSplitter(chunk_size=CHUNK, chunk_overlap=0)],
        )
        return {"complete": time.perf_counter() - start, "chunks": collection.count()}


def run(side: str, corpus: Path, model: str) -> dict[str, float]:
    """One side in a process of its own; its report with its peak memory in MB."""
    done = subprocess.run(
        [
            sys.executable,
            "-P",
            __file__,
            "--torch-model",
            model,
            "--side",
            side,
            "--corpus",
            corpus,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    report: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--torch-model", help="folder of all-MiniLM-L6-v2 in 32 bits")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", choices=["ours", "theirs"], help=argparse.SUPPRESS)
    parser.add_argument("--corpus", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        report = (
            ours(options.corpus)
            if options.side == "ours"
            else theirs(options.corpus, options.torch_model)
        )
        report["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(report))
        return
    packages = ("torch", "sentence_transformers", "llama_index.embeddings.huggingface")
    missing = [name for name in packages if not _there(name)]
    if missing or not options.torch_model:
        print(
            "index: not run. The other side needs "
            + (f"the packages {', '.join(missing)}" if missing else "--torch-model FOLDER")
            + "; see the top of benchmarks/index.py."
        )
        return
    records = articles()
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "articles.jsonl"
        corpus.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
        rounds = [
            (run("ours", corpus, options.torch_model), run("theirs", corpus, options.torch_model))
            for _ in range(options.rounds)
        ]

    def median(side: int, name: str) -> float:
        return statistics.median(one[side][name] for one in rounds)

    other, other_peak = median(1, "complete"), median(1, "peak")
    print(
        f"{len(records)} articles; {median(0, 'chunks'):.0f} passages, "
        f"the other side {median(1, 'chunks'):.0f} chunks in {other:.1f} s"
    )
    for name in ("searchable", "by meaning", "complete"):
        seconds = median(0, name)
        print(f"{name}: {seconds:.1f} s, {other / seconds:.1f} times sooner")
    peak = median(0, "peak")
    print(f"peak memory: {peak:.0f} MB against {other_peak:.0f} MB, {peak / other_peak:.2f} of it")


def _there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


if __name__ == "__main__":
    main()
