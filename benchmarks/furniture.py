"""Page furniture in plain text: what is taken out, and what of the article goes with it.

    python benchmarks/furniture.py          # report, about half a minute
    python benchmarks/furniture.py --cv     # the model cross-validated on the development half
    python benchmarks/furniture.py --fit    # new weights, written to index/data/furniture.json

The labelled set is made by ``_pasted_pages.py`` (its docstring defines the labels and the two
halves) from ../shared/data/article-extraction. Printed, for the development and the test half, for
English pages and others, for a selected region and for whole pages:

* precision and recall of removed lines: for the whole cleaner, for its wordings alone, and for
  what one would try first, dropping lines of fewer than ten words;
* the share of the article's paragraphs and characters that are lost;
* the share of neutral lines (headline, byline, date, caption) that are kept.

Then what the cleaner takes out of clean texts: the marked bodies as they are, the Wikinews
articles, the seeds. Every line of it is printed, so that it can be looked at.

The model is a conditional random field, fitted by gradient ascent (Adam) on the regularised
likelihood of four versions of each development page: the region; the region with sixty lines
more on each side; the region with about two thirds of the furniture's runs left out; and the body
alone. Neutral lines above the body count as article, others as unknown. Cross-validation is in
six folds by site, so that no page is judged by a model that saw another page of its site.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import _pasted_pages as pasted_pages
import numpy as np
from _pasted_pages import Labelled, Page

from index import clean
from index._cleaning.clean import rules_by_line
from index._cleaning.line_features import Line, line_features
from index._cleaning.line_model import LineModel, furniture_by_model

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
WEIGHTS = ROOT / "index" / "data" / "furniture.json"

Decide = Callable[[Sequence[str]], set[int]]


# --- what is compared -----------------------------------------------------------------------


def by_cleaner(lines: Sequence[str]) -> set[int]:
    text = "\n".join(lines)
    removed = {line.raw_start for line in clean(text).removed}
    found, start = set(), 0
    for n, line in enumerate(lines):
        if start in removed:
            found.add(n)
        start += len(line) + 1
    return found


def by_wording(lines: Sequence[str]) -> set[int]:
    return set(rules_by_line("\n".join(lines)))


def by_length(lines: Sequence[str]) -> set[int]:
    return {n for n, line in enumerate(lines) if len(pasted_pages.tokens(line)) < 10}


def by_model(model: LineModel) -> Decide:
    def decide(lines: Sequence[str]) -> set[int]:
        rules = rules_by_line("\n".join(lines))
        return {*rules, *furniture_by_model(lines, rules, model)}

    return decide


# --- measuring ------------------------------------------------------------------------------


@dataclass
class Count:
    hit: int = 0
    missed: int = 0
    lost: int = 0
    lines: int = 0
    lost_characters: int = 0
    characters: int = 0
    neutral: int = 0
    neutral_removed: int = 0

    def add(self, lines: Sequence[Labelled], removed: set[int]) -> None:
        for n, line in enumerate(lines):
            gone = n in removed
            if line.label == "furniture":
                self.hit += gone
                self.missed += not gone
            elif line.label == "article":
                self.lost += gone
                self.lines += 1
                self.lost_characters += len(line.text) * gone
                self.characters += len(line.text)
            else:
                self.neutral += 1
                self.neutral_removed += gone

    def __str__(self) -> str:
        precision = self.hit / max(1, self.hit + self.lost)
        recall = self.hit / max(1, self.hit + self.missed)
        return (
            f"precision {precision:.3f}  recall {recall:.3f}  of {self.hit + self.missed} lines   "
            f"article lost: {self.lost}/{self.lines} lines, "
            f"{self.lost_characters / max(1, self.characters):.2%} of characters   "
            f"neutral kept {1 - self.neutral_removed / max(1, self.neutral):.0%}"
        )


def measured(pages: Iterable[Page], variant: str, decide: Decide) -> Count:
    count = Count()
    for page in pages:
        lines = page.cut(variant)
        count.add(lines, decide([line.text for line in lines]))
    return count


def report(pages: dict[str, list[Page]]) -> None:
    for variant in ("region", "page"):
        print(f"\n{variant}")
        for half, its_pages in pages.items():
            print(f"  {half}")
            for name, decide in (
                ("short lines", by_length),
                ("wordings", by_wording),
                ("cleaner", by_cleaner),
            ):
                print(f"    {name:12} {measured(its_pages, variant, decide)}")
            for language, chosen in (
                ("English", [page for page in its_pages if page.english]),
                ("other", [page for page in its_pages if not page.english]),
            ):
                count = measured(chosen, variant, by_cleaner)
                print(f"      {language + f' ({len(chosen)})':10} {count}")


def clean_texts(pages: dict[str, list[Page]]) -> Iterator[tuple[str, list[str]]]:
    for half, its_pages in pages.items():
        yield f"marked bodies, {half}", [page.body for page in its_pages]
    for name in ("wikinews", "multihop-rag"):
        path = SHARED / name / "articles.jsonl"
        if path.exists():
            records = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
            yield name, [record["text"] for record in records]
    yield "seeds", [path.read_text("utf-8") for path in sorted((ROOT / "seeds").glob("*.txt"))]


def report_clean(pages: dict[str, list[Page]]) -> None:
    print("\nclean texts")
    for name, texts in clean_texts(pages):
        lines = characters = all_lines = all_characters = 0
        shown = []
        for text in texts:
            removed = clean(text).removed
            lines += len(removed)
            characters += sum(line.raw_end - line.raw_start for line in removed)
            all_lines += sum(bool(line.strip()) for line in text.splitlines())
            all_characters += len(text)
            shown += [(line.rule, text[line.raw_start : line.raw_end]) for line in removed]
        print(
            f"  {name}: {lines}/{all_lines} lines ({lines / all_lines:.2%}), "
            f"{characters / all_characters:.3%} of characters"
        )
        for rule, line in shown:
            print(f"      {rule}: {line[:90]}")


# --- fitting --------------------------------------------------------------------------------

L2, L2_TRANSITIONS, STEPS, RATE, FEWEST = 1.0, 0.1, 150, 0.1, 3
FOLDS, NEAR, KEPT = 6, 60, 0.35
VERSIONS = {"region": 1.0, "near": 0.3, "thinned": 1.0, "body": 0.5}  # and their weights


@dataclass
class Chain:
    lines: list[Line]
    labels: list[str]
    weight: float


def chains(page: Page) -> Iterator[Chain]:
    start, end = page.region
    body = (Labelled(line.strip(), "article") for line in page.body.split("\n") if line.strip())
    versions = {
        "region": page.cut("region"),
        "near": page.lines[max(0, start - NEAR) : end + NEAR],
        "thinned": tuple(_thinned(page)),
        "body": tuple(body),
    }
    for name, lines in versions.items():
        texts = [line.text for line in lines]
        described = line_features(texts, rules_by_line("\n".join(texts)))
        yield Chain(described, [line.label for line in lines], VERSIONS[name])


def _thinned(page: Page) -> Iterator[Labelled]:
    chance = random.Random(page.id)  # noqa: S311 -- the same choice every time
    run: list[Labelled] = []
    for line in [*page.cut("region"), Labelled("", "article")]:
        if line.label != "article":
            run.append(line)
            continue
        if run and chance.random() < KEPT:
            yield from run
        run = []
        if line.text:
            yield line


def fit(examples: Sequence[Chain]) -> LineModel:
    """Maximises the weighted log-likelihood of the labels, the unknown ones summed out."""
    seen = Counter(name for chain in examples for line in chain.lines for name in line.features)
    names = sorted(name for name, times in seen.items() if times >= FEWEST)
    column = {name: n for n, name in enumerate(names)}
    length = max(len(chain.lines) for chain in examples)
    places = [(n, c) for c, chain in enumerate(examples) for n in range(len(chain.lines))]
    matrix = np.zeros((len(places), len(names)), dtype=np.float32)
    label = np.full((length, len(examples)), -1)
    there = np.zeros((length, len(examples)), dtype=bool)
    for row, (n, c) in enumerate(places):
        there[n, c] = True
        for name, value in examples[c].lines[n].features.items():
            if name in column:
                matrix[row, column[name]] = value
    for c, chain in enumerate(examples):
        first = chain.labels.index("article")
        for n, text in enumerate(chain.labels):
            known = text != "neutral" or n < first
            label[n, c] = (text == "furniture") if known else -1
    weight = np.array([chain.weight for chain in examples])
    at = tuple(np.array(places).T)
    theta, moment, square = (np.zeros(len(names) + 4) for _ in range(3))
    penalty = np.r_[np.full(len(names), L2), np.full(4, L2_TRANSITIONS)]
    for step in range(1, STEPS + 1):
        score = np.zeros((length, len(examples)))
        score[at] = matrix @ theta[:-4]
        free = np.stack([np.zeros_like(score), score], axis=2)
        fixed = free.copy()
        fixed[label == 1, 0] = fixed[label == 0, 1] = -1e4
        transitions = theta[-4:].reshape(2, 2)
        expected, expected_pairs = _expectations(free, transitions, there, weight)
        wanted, wanted_pairs = _expectations(fixed, transitions, there, weight)
        gradient = np.r_[
            matrix.T @ ((wanted - expected) * weight)[at], (wanted_pairs - expected_pairs).ravel()
        ]
        gradient -= penalty * theta
        moment = 0.9 * moment + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        rate = RATE * (1 - 0.9 * step / STEPS)
        theta += rate * (moment / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    (aa, af), (fa, ff) = theta[-4:].reshape(2, 2).round(3).tolist()
    weights = dict(zip(names, theta[:-4].round(3).tolist(), strict=True))
    return LineModel(weights, ((aa, af), (fa, ff)))


def _expectations(
    potentials: np.ndarray, transitions: np.ndarray, there: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Probability of furniture of each line, and the weighted number of each pair of labels.

    Forward-backward over all chains at once; axes are line, chain, label.
    """
    step = np.exp(transitions - transitions.max())
    local = np.exp(potentials - potentials.max(2, keepdims=True))
    forward, backward = np.empty_like(local), np.ones_like(local)
    forward[0] = local[0] / local[0].sum(1, keepdims=True)
    for n in range(1, len(local)):
        moved = np.where(there[n][:, None], (forward[n - 1] @ step) * local[n], forward[n - 1])
        forward[n] = moved / moved.sum(1, keepdims=True)
    for n in range(len(local) - 1, 0, -1):
        moved = np.where(there[n][:, None], (local[n] * backward[n]) @ step.T, backward[n])
        backward[n - 1] = moved / moved.sum(1, keepdims=True)
    single = forward * backward
    single /= single.sum(2, keepdims=True)
    pairs = forward[:-1, :, :, None] * step * (local[1:] * backward[1:])[:, :, None, :]
    pairs /= pairs.sum((2, 3), keepdims=True)
    counted = (there[:-1] & there[1:]) * weight
    return single[..., 1], (pairs * counted[:, :, None, None]).sum((0, 1))


def cross_validate(pages: list[Page]) -> None:
    site = {
        page.id: ".".join((urlsplit(page.url).hostname or "").split(".")[-2:]) for page in pages
    }
    sites = sorted(set(site.values()), key=lambda name: hashlib.sha256(name.encode()).digest())
    fold = {name: n % FOLDS for n, name in enumerate(sites)}
    made = {page.id: list(chains(page)) for page in pages}
    counts = {variant: Count() for variant in ("region", "page")}
    for n in range(FOLDS):
        model = fit([c for page in pages if fold[site[page.id]] != n for c in made[page.id]])
        print(f"fold {n + 1} of {FOLDS}", file=sys.stderr)
        for page in pages:
            if fold[site[page.id]] == n:
                for variant, count in counts.items():
                    lines = page.cut(variant)
                    count.add(lines, by_model(model)([line.text for line in lines]))
    for variant, count in counts.items():
        print(f"cross-validated, {variant}: {count}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--fit", action="store_true", help="write new weights")
    parser.add_argument("--cv", action="store_true", help="cross-validate on the development half")
    options = parser.parse_args()
    if not pasted_pages.DATA.exists():
        print(f"skipped: the article-extraction data is not in {pasted_pages.DATA}")
        return
    development = list(pasted_pages.pages(development=True))
    if options.cv:
        cross_validate(development)
        return
    if options.fit:
        model = fit([chain for page in development for chain in chains(page)])
        stored = {"transitions": model.transitions, "weights": model.weights}
        WEIGHTS.write_text(json.dumps(stored, indent=0, ensure_ascii=False) + "\n", "utf-8")
    halves = {"development": development, "test": list(pasted_pages.pages(development=False))}
    report(halves)
    report_clean(halves)


if __name__ == "__main__":
    main()
