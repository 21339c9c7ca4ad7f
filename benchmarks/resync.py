"""The daily re-sync: what 1,500 articles cost that have not changed, against llama-index's way.

    python benchmarks/resync.py

Ours is the command as a user runs it, ``pullquote index sync PATH`` in a process of its own, its
start included; the articles are in the archive already, every passage with a vector (a random
one: what it says does not matter here, and embedding would take minutes). The other side is what
llama-index's documentation gives for the same: an IngestionPipeline with a SimpleDocumentStore,
strategy UPSERTS, its cache and document store loaded from disk, in a process of its own, imports
included, with SentenceSplitter as its one transformation, as nothing new is to be embedded.
Articles are made from the sentences of evals/suites/wikinews by a fixed random sequence, once as a
JSONL file and once as a folder of text files. Prints process time (user + system) of the second,
unchanged run, best of three, and the ratio.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import Archive, MiniLM

ROOT = Path(__file__).parents[1]
WIKINEWS = ROOT / "evals" / "suites" / "wikinews" / "articles.jsonl"
ARTICLES, PARAGRAPHS, SENTENCES, ROUNDS = 1500, 6, 4, 3

OTHER = """
import json, sys
from pathlib import Path
from llama_index.core import Document, SimpleDirectoryReader
from llama_index.core.ingestion import DocstoreStrategy, IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.storage.docstore import SimpleDocumentStore

source, kept = Path(sys.argv[1]), sys.argv[2]
if source.is_dir():
    documents = SimpleDirectoryReader(str(source), filename_as_id=True).load_data()
else:
    records = [json.loads(line) for line in source.read_text().splitlines()]
    documents = [Document(text=r["text"], id_=r["id"]) for r in records]
pipeline = IngestionPipeline(
    transformations=[SentenceSplitter()],
    docstore=SimpleDocumentStore(),
    docstore_strategy=DocstoreStrategy.UPSERTS,
)
if Path(kept).exists():
    pipeline.load(kept)
nodes = pipeline.run(documents=documents)
pipeline.persist(kept)
print(len(nodes))
"""


def make_articles(folder: Path) -> tuple[Path, Path]:
    """The same articles as a JSONL file and as a folder of text files."""
    texts = [json.loads(line)["text"] for line in WIKINEWS.read_text("utf-8").splitlines()]
    sentences = [s for text in texts for s in re.split(r"(?<=[.!?])\s+", text) if len(s) > 20]
    rng = random.Random(1)  # noqa: S311 - the same articles every time
    file, texts_folder = folder / "articles.jsonl", folder / "texts"
    texts_folder.mkdir()
    with file.open("w", encoding="utf-8") as lines:
        for number in range(ARTICLES):
            text = "\n\n".join(
                " ".join(rng.sample(sentences, SENTENCES)) for _ in range(PARAGRAPHS)
            )
            record = {"id": f"n{number}", "title": f"Story {number}", "text": text}
            lines.write(json.dumps(record) + "\n")
            (texts_folder / f"{number:05d}.txt").write_text(text + "\n", "utf-8")
    return file, texts_folder


class RandomVectors:
    """Stands in for the embedding model while the archive is filled."""

    name, dimension = MiniLM.name, MiniLM.dimension

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.random.default_rng(1).standard_normal((len(texts), self.dimension))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors.astype(np.float32)


def process_time(command: Sequence[str], environment: dict[str, str]) -> float:
    """User and system seconds of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr  # 3: the embedding model is not installed here
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
        for source in make_articles(folder):
            ours_home, their_store = folder / f"home-{source.name}", folder / f"li-{source.name}"
            environment["PULLQUOTE_HOME"] = str(ours_home)
            ours = [sys.executable, "-m", "ui", "index", "sync", str(source)]
            theirs = [sys.executable, "-c", OTHER, str(source), str(their_store)]
            with Archive.open(ours_home, embedding=RandomVectors()) as archive:
                archive.sync([source])
            process_time(theirs, environment)
            again = [
                min(process_time(side, environment) for _ in range(ROUNDS))
                for side in (ours, theirs)
            ]
            print(
                f"{ARTICLES} articles, {source.name}: unchanged, ours {again[0]:.2f} s, "
                f"llama-index {again[1]:.2f} s, ratio {again[1] / again[0]:.1f}"
            )


if __name__ == "__main__":
    main()
