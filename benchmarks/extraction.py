"""Main text of saved web pages: this project's reader against plain trafilatura.

    python benchmarks/extraction.py [PAGES]

PAGES is a copy of scrapinghub/article-extraction-benchmark: a folder with ``ground-truth.json`` and
``html/<id>.html.gz`` (default: ../shared/data/article-extraction beside the project). Prints
F1, precision and recall over word 4-grams for trafilatura as it comes, for the reader alone, and
for reader and cleaning together, which is what goes into an archive; on the half of the pages the
reader was adjusted on, on the other half, and on all.

The measure is upstream's (``evaluate.py`` of the benchmark, MIT): texts become multisets of
4-grams of ``\\w+``; precision and recall are the means of those of the pages; F1 is theirs. Half a
page's worth of luck is worth knowing about: the last column is the 95 % interval of the difference
in F1 to trafilatura, from 2,000 resamples of the pages.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import random
import re
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from index import Failure, clean, read_path

DEFAULT = Path(__file__).parents[2] / "shared" / "data" / "article-extraction"
RESAMPLES = 2_000
Scores = tuple[float, float, float]


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    # A text shorter than a shingle is one.
    starts = range(max(1, len(words) - size + 1))
    return Counter(tuple(words[at : at + size]) for at in starts if words[at : at + size])


def compare(gold: str, found: str) -> tuple[int, int, int]:
    """Shingles in both, only in what was found, only in the gold text."""
    expected, given = shingles(gold), shingles(found)
    return (
        (expected & given).total(),
        (given - expected).total(),
        (expected - given).total(),
    )


def scores(pages: Sequence[tuple[int, int, int]]) -> Scores:
    """F1, precision, recall: means over pages; a page that gives or has nothing is no part."""
    precision = statistics.mean(tp / (tp + fp) for tp, fp, _ in pages if tp + fp)
    recall = statistics.mean(tp / (tp + fn) for tp, _, fn in pages if tp + fn)
    return 2 * precision * recall / (precision + recall), precision, recall


def trafilatura_alone(path: Path) -> str:
    import trafilatura

    return trafilatura.extract(gzip.decompress(path.read_bytes())) or ""


def reader(path: Path) -> str:
    failures: list[Failure] = []
    return "".join(document.text for document in read_path(path, failures.append))


def reader_and_cleaning(path: Path) -> str:
    failures: list[Failure] = []
    documents = list(read_path(path, failures.append))
    return "".join(clean(document.text, title=document.title).text for document in documents)


SYSTEMS: dict[str, Callable[[Path], str]] = {
    "trafilatura": trafilatura_alone,
    "reader": reader,
    "reader + cleaning": reader_and_cleaning,
}


def interval(one: Sequence[tuple[int, int, int]], other: Sequence[tuple[int, int, int]]) -> str:
    draw = random.Random(0)  # noqa: S311 - resampling, not secrets
    differences = []
    for _ in range(RESAMPLES):
        chosen = draw.choices(range(len(one)), k=len(one))
        differences.append(
            scores([one[at] for at in chosen])[0] - scores([other[at] for at in chosen])[0]
        )
    cuts = statistics.quantiles(differences, n=40)
    return f"{cuts[0]:+.3f} to {cuts[-1]:+.3f}"


def main() -> int:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("pages", type=Path, nargs="?", default=DEFAULT)
    folder: Path = arguments.parse_args().pages
    truth_file = folder / "ground-truth.json"
    if not truth_file.exists():
        print(f"{truth_file} is not there: get the benchmark's pages first.", file=sys.stderr)
        return 0
    logging.disable(logging.CRITICAL)
    truth = json.loads(truth_file.read_text("utf-8"))
    names = sorted(truth)
    found = {
        system: [
            compare(truth[name]["articleBody"], extract(folder / "html" / f"{name}.html.gz"))
            for name in names
        ]
        for system, extract in SYSTEMS.items()
    }
    for title, part in (
        ("development half", slice(0, None, 2)),
        ("test half", slice(1, None, 2)),
        ("all pages", slice(None)),
    ):
        print(f"{title} ({len(names[part])} pages)")
        for system, pages in found.items():
            f1, precision, recall = scores(pages[part])
            line = f"  {system:<18} F1 {f1:.4f}   precision {precision:.4f}   recall {recall:.4f}"
            if system != "trafilatura":
                line += f"   F1 gain {interval(pages[part], found['trafilatura'][part])}"
            print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
