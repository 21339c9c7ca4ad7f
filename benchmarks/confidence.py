"""Fit and report the estimate that decides extractive refusals.

    python benchmarks/confidence.py

Fits the estimate on the development half of wikinews, of multihop-rag and of squad2 (halves by a
hash of the question's id, ``_retrieval_sets.half``) and on the suite seeds, so that each set and,
in it, answerable and unanswerable questions weigh the same; squad2, whose paragraphs are no news,
weighs half. It prints the weights to be pasted into ``qa._evidence.confidence``. Of the
unanswerable questions of wikinews and multihop-rag half are the set's own, which are near what the
articles tell; the other half are *strays*, the questions of the other set, about which they tell
nothing at all.

Then, for those weights: thresholds on the development questions, and on the held-out ones (the
other halves, seeds-heldout) the area under the ROC curve; the share of unanswerable
questions that are refused (recall), of refusals that are right (precision) and of answerable
questions refused (over-refusal) at the threshold in use, beside the bars; how often the nearest
sentences were taken to say otherwise (``qa._evidence.otherwise``); and how well the
estimate is calibrated, with equally many of both kinds: a reliability diagram and the expected
calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015), against the closeness of the best
sentence taken for a probability as it is.

The kinds of ``qa._evidence.expected`` were written with the questions of wikinews in view, all of
them; its held-out half is new to the weights alone. ``qa._evidence.otherwise`` was written with
the development half of squad2 in view, where it finds more than on the other half.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from _retrieval_sets import half, shipped, with_unanswerable

from evals import Case, Suite, corpus_archive
from index import Filters, MiniLM
from qa import (
    AnswerSettings,
    Evidence,
    Features,
    Turn,
    Weights,
    confidence,
    features,
    find_evidence,
    stand_alone,
)
from qa._evidence.confidence import FITTED
from ui._settings import load_settings

# The sets that are fitted on, and what each weighs.
FITTED_ON = {"wikinews": 1.0, "multihop-rag": 1.0, "squad2": 0.5, "seeds": 1.0}
# Those of them that have no held-out half: another set is held out for them.
WHOLE = ("seeds",)
THRESHOLDS = (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55)
BINS = 10
L2, STEPS, RATE = 0.02, 4000, 0.3
BARS = "bars: refused >= .80, precision >= .80, over-refusal <= .10"


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its evidence, and whether the articles answer it."""

    seen: Features
    evidence: Evidence
    answerable: bool
    development: bool
    stray: bool


def examples(
    suite: Suite, strays: Sequence[Case], home: Path, embedding: MiniLM
) -> Iterator[Example]:
    """The suite's questions, and those of another, asked of the suite's articles."""
    with corpus_archive(suite, home, embedding) as archive:
        for case, stray in (*((c, False) for c in suite.cases), *((c, True) for c in strays)):
            *before, question = case.questions
            asked = stand_alone(question, [Turn(text, "") for text in before])
            evidence = find_evidence(archive, asked, Filters())
            seen = features(evidence)
            if seen is not None:
                development = suite.name in WHOLE or (
                    suite.name in FITTED_ON and half(case.id) == "dev"
                )
                answerable = not (stray or case.expect.abstain)
                yield Example(seen, evidence, answerable, development, stray)


def fit(sets: dict[str, list[Example]]) -> Weights:
    """Logistic regression with a small L2 penalty, by gradient ascent on scaled features."""
    matrix = np.array([astuple(row.seen) for rows in sets.values() for row in rows])
    labels = np.array([row.answerable for rows in sets.values() for row in rows], dtype=float)
    mean, spread = matrix.mean(0), matrix.std(0) + 1e-9
    scaled = np.c_[(matrix - mean) / spread, np.ones(len(matrix))]
    share = np.concatenate([FITTED_ON[name] * mixed(rows) for name, rows in sets.items()])
    share /= share.sum()
    weights = np.zeros(scaled.shape[1])
    for _ in range(STEPS):
        gradient = scaled.T @ (share * (labels - 1 / (1 + np.exp(-scaled @ weights))))
        gradient[:-1] -= L2 * weights[:-1]
        weights += RATE * gradient
    slopes = weights[:-1] / spread
    names = [field.name for field in fields(Features)]
    return Weights(
        **{name: round(float(value), 2) for name, value in zip(names, slopes, strict=True)},
        intercept=round(float(weights[-1] - slopes @ mean), 2),
    )


def mixed(rows: list[Example]) -> np.ndarray:
    """A weight for each question: answerable a half, the set's own others and strays the rest."""
    kinds = ["answerable" if r.answerable else "stray" if r.stray else "own" for r in rows]
    other = 0.25 if "stray" in kinds else 0.5
    shares = {"answerable": 0.5, "own": other, "stray": other}
    return np.array([shares[kind] / kinds.count(kind) for kind in kinds])


def evenly(labels: np.ndarray) -> np.ndarray:
    """A weight for each question, so that both kinds weigh a half together."""
    return np.where(labels, 0.5 / max(1, labels.sum()), 0.5 / max(1, (~labels).sum()))


def area(scores: np.ndarray, labels: np.ndarray) -> float:
    """Area under the ROC curve: how often an answerable case scores above another."""
    above = scores[labels][:, None] > scores[~labels][None, :]
    level = scores[labels][:, None] == scores[~labels][None, :]
    return float((above + level / 2).mean())


def refusals(scores: np.ndarray, labels: np.ndarray, threshold: float) -> str:
    refused = scores < threshold
    right = int((refused & ~labels).sum())
    return (
        f"refused {right / (~labels).sum():.2f}, precision {right / max(1, refused.sum()):.2f},"
        f" over-refusal {(refused & labels).sum() / labels.sum():.2f}"
    )


def reliability(
    scores: np.ndarray, labels: np.ndarray, weight: np.ndarray | None = None
) -> tuple[float, list[str]]:
    """The expected calibration error, and a line for each bin that is not empty."""
    weight = evenly(labels) if weight is None else weight
    error, lines = 0.0, []
    for n in range(BINS):
        low, high = n / BINS, (n + 1) / BINS
        inside = (scores >= low) & ((scores < high) | (n == BINS - 1))
        if not inside.any():
            continue
        mass = weight[inside].sum()
        said = float((weight * scores)[inside].sum() / mass)
        true = float((weight * labels)[inside].sum() / mass)
        error += mass * abs(said - true)
        bar = "".join(
            "|" if at == round(said * 40) else "#" if at < true * 40 else " " for at in range(41)
        )
        lines.append(f"    {low:.1f}-{high:.1f} {inside.sum():4d}  {said:.2f} {true:.2f}  {bar}")
    return error, lines


def report(name: str, rows: list[Example], weights: Weights, threshold: float) -> None:
    scores, labels = scored(rows, weights)
    print(f"\n{name}: {labels.sum()} answerable, {(~labels).sum()} not")
    print(f"  AUC {area(scores, labels):.3f}; {refusals(scores, labels, threshold)}")
    said = [row.answerable for row in rows if row.seen.otherwise]
    print(f"  said otherwise: {said.count(False)} unanswerable, {said.count(True)} answerable")


def closeness_alone(row: Example) -> float:
    return min(max(row.seen.closeness, 0.0), 1.0)


def scored(rows: list[Example], weights: Weights) -> tuple[np.ndarray, np.ndarray]:
    scores = np.array([confidence(row.evidence, weights) for row in rows])
    return scores, np.array([row.answerable for row in rows])


def main() -> None:
    settings = load_settings()
    embedding = MiniLM.open(settings.models)
    suites = [one.suite for name in ("wikinews", "seeds", "seeds-heldout") for one in shipped(name)]
    suites += with_unanswerable(settings.home)
    others = {"wikinews": "multihop-rag", "multihop-rag": "wikinews"}
    cases = {suite.name: suite.cases for suite in suites}
    sets = {
        suite.name: list(
            examples(suite, cases.get(others.get(suite.name, ""), ()), settings.home, embedding)
        )
        for suite in suites
    }
    development = {
        name: [row for row in sets[name] if row.development] for name in FITTED_ON if name in sets
    }
    weights = fit(development)
    strays = {name: [row for row in rows if row.stray] for name, rows in sets.items()}
    sets = {name: [row for row in rows if not row.stray] for name, rows in sets.items()}
    print(f"fitted on {sum(map(len, development.values()))} development questions: {weights}")
    print(f"in use: {FITTED}")
    threshold = AnswerSettings().refuse_below
    for name, rows in development.items():
        scores, labels = scored([row for row in rows if not row.stray], weights)
        print(f"\n{name}, development: AUC {area(scores, labels):.3f}")
        for at in THRESHOLDS:
            print(f"  below {at:.2f}: {refusals(scores, labels, at)}")
        said = [row.answerable for row in rows if row.seen.otherwise and not row.stray]
        print(f"  said otherwise: {said.count(False)} unanswerable, {said.count(True)} answerable")
    print(f"\nHeld-out, below {threshold}; {BARS}")
    held_out = {
        name: [row for row in rows if not row.development]
        for name, rows in sets.items()
        if name not in WHOLE
    }
    for name, rows in held_out.items():
        report(name, rows, weights, threshold)
        if astray := [row for row in strays[name] if not row.development]:
            refused = scored(astray, weights)[0] < threshold
            print(f"  strays: refused {refused.mean():.2f} of {len(astray)}")
    pooled: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for name in ("wikinews", "multihop-rag", "squad2"):
        if name not in held_out:
            continue
        scores, labels = scored(held_out[name], weights)
        raw = np.array([closeness_alone(row) for row in held_out[name]])
        before, _ = reliability(raw, labels)
        after, lines = reliability(scores, labels)
        pooled.append((raw, scores, labels))
        print(f"\n{name}, held-out: calibration error {before:.3f} before (closeness as it is),")
        print(f"  {after:.3f} after; estimate, questions, mean estimate, answerable (#)")
        print("\n".join(lines))
    weight = np.concatenate([evenly(labels) for *_, labels in pooled]) / len(pooled)
    raw, scores, labels = (np.concatenate(columns) for columns in zip(*pooled, strict=True))
    before, _ = reliability(raw, labels, weight)
    after, lines = reliability(scores, labels, weight)
    print(f"\nall three, each weighing the same: {before:.3f} before, {after:.3f} after")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
