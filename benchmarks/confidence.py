"""Fit and report the estimate that decides extractive refusals.

    python benchmarks/confidence.py [--fit]

Fits on the development suite (wikinews) and reports every suite: area under the ROC curve,
refusal recall and over-refusal at the threshold in use, and a reliability table. ``--fit``
prints new weights instead of reporting the built-in ones.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict, astuple, fields, replace
from pathlib import Path

import numpy as np

from evals import corpus_archive, load_suite
from index import Filters, MiniLM
from qa import (
    AnswerSettings,
    Features,
    Turn,
    Weights,
    confidence,
    features,
    find_evidence,
    stand_alone,
)
from ui._settings import load_settings

SUITES = Path(__file__).parent.parent / "evals" / "suites"
DEVELOPMENT = "wikinews"
REPORTED = ("wikinews", "seeds", "seeds-heldout")
L2, STEPS, RATE = 0.02, 4000, 0.3


def examples(name: str) -> list[tuple[Features, float, bool]]:
    """Features, confidence and answerability of every case of a suite."""
    settings = load_settings()
    suite = load_suite(SUITES / f"{name}.yaml")
    found = []
    with corpus_archive(suite, settings.home, MiniLM.open(settings.models)) as archive:
        for case in suite.cases:
            *before, question = case.questions
            asked = stand_alone(question, [Turn(text, "") for text in before])
            evidence = find_evidence(archive, asked, Filters())
            seen = features(evidence)
            if seen is not None:
                found.append((seen, confidence(evidence), not case.expect.abstain))
    return found


def fit(rows: list[tuple[Features, float, bool]]) -> Weights:
    """Logistic regression with a small L2 penalty, by gradient ascent on scaled features."""
    matrix = np.array([astuple(row[0]) for row in rows])
    labels = np.array([row[2] for row in rows], dtype=float)
    mean, spread = matrix.mean(0), matrix.std(0) + 1e-9
    scaled = np.c_[(matrix - mean) / spread, np.ones(len(matrix))]
    weights = np.zeros(scaled.shape[1])
    for _ in range(STEPS):
        gradient = scaled.T @ (labels - 1 / (1 + np.exp(-scaled @ weights))) / len(labels)
        gradient[:-1] -= L2 * weights[:-1]
        weights += RATE * gradient
    slopes = weights[:-1] / spread
    names = [field.name for field in fields(Features)]
    return Weights(
        **{name: round(float(value), 2) for name, value in zip(names, slopes, strict=True)},
        intercept=round(float(weights[-1] - slopes @ mean), 2),
    )


def apply(weights: Weights, seen: Features) -> float:
    named = asdict(weights)
    odds = named.pop("intercept") + sum(named[k] * v for k, v in asdict(seen).items())
    return float(1 / (1 + np.exp(-odds)))


def area(scores: np.ndarray, labels: np.ndarray) -> float:
    """Area under the ROC curve: how often an answerable case scores above another."""
    above = scores[labels][:, None] > scores[~labels][None, :]
    level = scores[labels][:, None] == scores[~labels][None, :]
    return float((above + level / 2).mean())


def report(name: str, rows: list[tuple[Features, float, bool]], threshold: float) -> None:
    scores = np.array([row[1] for row in rows])
    labels = np.array([row[2] for row in rows])
    print(
        f"{name}: {labels.sum()} answerable, {(~labels).sum()} not; AUC {area(scores, labels):.3f};"
        f" below {threshold}: {(scores[~labels] < threshold).mean():.2f} of the unanswerable,"
        f" {(scores[labels] < threshold).mean():.2f} of the answerable"
    )
    for low in np.arange(0.0, 1.0, 0.2):
        chosen = (scores >= low) & (scores < low + 0.2)
        if chosen.any():
            print(
                f"    estimate {low:.1f}-{low + 0.2:.1f}: {chosen.sum():3d} cases,"
                f" {labels[chosen].mean():.2f} answerable"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fit", action="store_true", help="fit new weights and report those")
    fitted = None
    wants_fit = parser.parse_args().fit
    threshold = AnswerSettings().refuse_below
    for name in REPORTED:
        rows = examples(name)
        if wants_fit:
            fitted = fitted or fit(rows)
            rows = [(seen, apply(fitted, seen), label) for seen, _, label in rows]
        report(name, rows, threshold)
    if fitted:
        print(replace(fitted))


if __name__ == "__main__":
    sys.exit(main())
