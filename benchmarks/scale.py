"""An archive of 100,000 passages: sync, search, memory, disk.

    python benchmarks/scale.py [--passages 100000] [--home FOLDER]

The articles are real sentences recombined: each passage draws five at random
from twenty neighbours in the wikinews suite (and in ../shared/data where that is), so that all are
different and each is about something. A passage's
vector is the normalised mean of its sentences' vectors by the real model, which spares hours: what
is measured is the index, not the model (that is what index.py is for). Questions are embedded by
the real model; they are the suite's own, and multihop-rag's where they are.

Searches, as `pullquote search` makes them, are timed with and without filters, and the way from a
question to its evidence: the sentences that an answer is made of, without a language model.

The sync, the serving process and the one-off command each run in a process of their own, whose
peak or resident memory is printed. With --home the archive is kept, and used again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evals import load_suite
from index import Archive, Filters, MiniLM, Progress
from index._sentences import split_sentences
from qa import find_evidence, search_question
from ui._settings import load_settings

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"
OUTLETS, DAYS, FIRST_DAY = 40, 365, date(2023, 1, 1)


class MeanOfSentences:
    """The model's name and its vectors of sentences; of passages, the mean of their sentences."""

    dimension = MiniLM.dimension

    def __init__(self, model: MiniLM, known: Sequence[str]) -> None:
        self.name = model.name
        self._model = model
        self._vectors = dict(zip(known, model.embed(known), strict=True))

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        parts = [[line for line in text.split("\n") if line] for text in texts]
        new = {line for lines in parts for line in lines if line not in self._vectors}
        if new:
            self._vectors.update(zip(new, self._model.embed(list(new)), strict=True))
        means = np.array([np.mean([self._vectors[p] for p in lines], axis=0) for lines in parts])
        return (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)


def sentences() -> list[str]:
    """Distinct sentences of the data, one line each."""
    files = [ROOT / "evals" / "suites" / "wikinews" / "articles.jsonl"]
    files += [SHARED / "multihop-rag" / "articles.jsonl"]
    texts = [
        json.loads(line)["text"]
        for path in files
        if path.exists()
        for line in path.read_text("utf-8").split("\n")
        if line
    ]
    extraction = SHARED / "article-extraction" / "ground-truth.json"
    if extraction.exists():
        texts += [p["articleBody"] for p in json.loads(extraction.read_text("utf-8")).values()]
    found = [s.text for text in texts for s in split_sentences(text, "a")]
    # One that is cut again when it stands alone would be no sentence of the archive.
    return [s for s in dict.fromkeys(found) if len(split_sentences(s, "a")) == 1 and "\n" not in s]


def write(path: Path, passages: int, pool: Sequence[str], seed: int) -> int:
    """Articles of about so many passages as JSON lines; how many articles."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    count = round(passages / 8)
    with path.open("w", encoding="utf-8") as file:
        for n in range(count):
            record = {
                "id": f"{seed}-{n}",
                "title": " ".join(rng.choice(pool).split()[:9]),
                "outlet": f"Outlet {n % OUTLETS}",
                "published": (FIRST_DAY + timedelta(days=n % DAYS)).isoformat(),
                "text": "\n".join(line for _ in range(8) for line in _passage(rng, pool)),
            }
            file.write(json.dumps(record) + "\n")
    return count


def _passage(rng: random.Random, pool: Sequence[str]) -> list[str]:
    """Five sentences from near one place of the data, so that they are about something."""
    place = rng.randrange(len(pool) - 20)
    return rng.sample(pool[place : place + 20], 5)


def questions() -> list[str]:
    suite = load_suite(ROOT / "evals" / "suites" / "wikinews.yaml")
    asked = [case.questions[-1] for case in suite.cases]
    path = SHARED / "multihop-rag" / "questions.jsonl"
    if path.exists():
        lines = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
        asked += [line["question"] for line in lines][:100]
    return asked


def sync(home: Path, passages: int) -> dict[str, Any]:
    """Fill the archive; then a day's news, nothing new, and one article gone."""
    model, pool = MiniLM.open(load_settings().models), sentences()
    report: dict[str, Any] = {"pool": len(pool)}
    with (
        tempfile.TemporaryDirectory() as folder,
        Archive.open(home, embedding=MeanOfSentences(model, pool)) as archive,
    ):
        corpus, news = Path(folder) / "corpus.jsonl", Path(folder) / "news.jsonl"
        write(corpus, passages, pool, seed=1)
        write(news, 1000, pool, seed=2)

        def note(progress: Progress) -> None:
            if progress.stage == "index":
                print(f"index: {progress.done:,}", file=sys.stderr)

        def timed(name: str, work: Callable[[], Any]) -> Any:
            start, cpu = time.perf_counter(), time.process_time()
            result = work()
            report[name] = [time.perf_counter() - start, time.process_time() - cpu]
            return result

        done = timed("sync", lambda: archive.sync([corpus], progress=note))
        report["stages"] = done.seconds
        report["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        timed("nothing new", lambda: archive.sync([corpus]))
        timed("1,000 passages more", lambda: archive.sync([news]))
        timed("one article removed", lambda: archive.remove(["1-7"]))
        report |= archive.counts()
        report["vectors"] = archive.stats()["vectors"]
    return report


def serve(home: Path) -> dict[str, Any]:
    """Latencies of a process that stays, by what the search is limited to; its memory."""
    model = MiniLM.open(load_settings().models)
    asked = questions()
    limits = {
        "no filter": None,
        "one outlet of 40": Filters(outlet=("Outlet 7",)),
        "a tenth by date": Filters(since=FIRST_DAY, until=FIRST_DAY + timedelta(days=36)),
        "70% by date": Filters(since=FIRST_DAY, until=FIRST_DAY + timedelta(days=255)),
    }
    report: dict[str, Any] = {}

    def timed(name: str, work: Callable[[str], object]) -> None:
        times = []
        for question in asked:
            start = time.perf_counter()
            work(question)
            times.append((time.perf_counter() - start) * 1000)
        report[name] = [statistics.median(times), statistics.quantiles(times, n=20)[-1]]

    with Archive.open(home, embedding=model) as archive:
        assert len(search_question(archive, asked[0]).hits) == 10
        # Every thirtieth article by its id, as a saved list of articles would name them.
        some = Filters(articles=tuple(archive.matching(Filters())[::30]))
        for name, filters in (limits | {"a thirtieth by id": some}).items():
            timed(f"search, {name}", partial(search_question, archive, filters=filters))
        for name in ("no filter", "70% by date"):
            limit = limits[name] or Filters()
            timed(f"question to evidence, {name}", partial(find_evidence, archive, filters=limit))
        report["recall"] = recall(archive, asked)
        report["resident"] = _resident()
    return report


def recall(archive: Archive, asked: Sequence[str]) -> float:
    """Share of the exactly nearest ten that Chroma finds, questions by the real model."""
    everything = [article.id for article in archive.articles()]
    found = 0
    for question in asked:
        exact = {i for i, _ in archive.dense_ranking(question, 10, everything)}
        found += len(exact & {i for i, _ in archive.dense_ranking(question, 10)})
    return found / (10 * len(asked))


def _resident() -> dict[str, float]:
    """Megabytes of this process: all, and without the mapped files, which are the page cache's."""
    path = Path("/proc/self/status")
    if not path.exists():
        return {}
    fields = dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
    return {name: int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon")}


def cold(home: Path) -> float:
    """Seconds of `pullquote search` from the start of the process to its end; median of five."""
    times = []
    for question in questions()[:5]:
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "ui", "search", question, "--json"],
            check=True,
            capture_output=True,
            env=os.environ | {"PULLQUOTE_HOME": str(home)},
        )
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def run(step: str, home: Path, passages: int) -> Any:
    done = subprocess.run(
        [sys.executable, __file__, "--step", step, "--home", home, "--passages", str(passages)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--home", type=Path, help="keep the archive here, or use it again")
    parser.add_argument("--step", choices=["sync", "serve"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        step = sync(options.home, options.passages) if options.step == "sync" else None
        print(json.dumps(step or serve(options.home)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        home = options.home or Path(temporary)
        if not (home / "archive.sqlite").exists():
            print_sync(run("sync", home, options.passages))
        print_serve(run("serve", home, options.passages))
        print(f"cold search: {cold(home):.1f} s")
        sizes = {
            name: sum(f.stat().st_size for f in home.glob(pattern) if f.is_file()) / 1e6
            for name, pattern in (
                ("store", "archive.sqlite*"),
                ("keywords", "keywords/*"),
                ("vectors", "chroma/**/*"),
            )
        }
        print("disk: " + ", ".join(f"{name} {size:.0f} MB" for name, size in sizes.items()))


def print_sync(report: dict[str, Any]) -> None:
    print(
        f"{report['articles']:,} articles, {report['passages']:,} passages of "
        f"{report['pool']:,} sentences; {report['vectors']:,} vectors in Chroma"
    )
    print("sync: " + ", ".join(f"{k} {v:.0f} s" for k, v in report["stages"].items()))
    for name in ("nothing new", "1,000 passages more", "one article removed"):
        seconds, cpu = report[name]
        print(f"{name}: {seconds:.1f} s ({cpu:.1f} s of processor)")
    print(f"peak memory of the sync: {report['peak']:.0f} MB")


def print_serve(report: dict[str, Any]) -> None:
    for name, value in report.items():
        if isinstance(value, list):
            print(f"{name}: p50 {value[0]:.1f} ms, p95 {value[1]:.1f} ms")
    print(f"recall@10 of the dense ranking against exact search: {report['recall']:.3f}")
    if report["resident"]:
        whole, own = report["resident"]["VmRSS"], report["resident"]["RssAnon"]
        print(f"resident memory of the serving process: {whole:.0f} MB, {own:.0f} MB its own")


if __name__ == "__main__":
    main()
