"""Speakers of quotes that hide them: how many are named, and how many of those are right.

    python benchmarks/speakers.py

On the labelled sentences of Wikinews in ``tests/qa/data`` (made by reading; the rules were written
with them in view, so the figures say how far the rules reach, not how they do elsewhere): precision
of the names given and recall of the speakers that a sentence hides, with 95 % intervals (Wilson).
A name counts as right when its surname is that of the label. Beside it, what one would do without
rules: the last name of several words before the quote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import yaml

from evals import wilson
from qa._verify.attribution import hidden_speaker

ROOT = Path(__file__).parent.parent
LABELS = ROOT / "tests" / "qa" / "data" / "speakers_wikinews.yaml"
ARTICLES = ROOT / "evals" / "suites" / "wikinews" / "articles.jsonl"


def last_name(text: str, start: int, _: int) -> str | None:
    found = re.findall(r"\b[A-Z]\w+(?: [A-Z][\w-]+)+", text[:start])
    return found[-1] if found else None


def share(right: int, of: int) -> str:
    low, high = wilson(right, of)
    return f"{right} of {of} ({low:.2f}-{high:.2f})"


def main() -> None:
    lines = ARTICLES.read_text("utf-8").split("\n")
    texts = {article["id"]: article["text"] for article in map(json.loads, filter(None, lines))}
    labels = yaml.safe_load(LABELS.read_text("utf-8"))["quotes"]
    systems: dict[str, Callable[[str, int, int], str | None]] = {
        "rules": hidden_speaker,
        "last name": last_name,
    }
    for name, system in systems.items():
        given = right = hidden = 0
        for label in labels:
            text, speaker = texts[label["article"]], label["speaker"]
            start = text.index(label["quote"])
            found = system(text, start, start + len(label["quote"]))
            given += found is not None
            hidden += speaker is not None
            right += bool(found and speaker and found.split()[-1] == speaker.split()[-1])
        print(f"{name}: right {share(right, given)}, hidden speakers found {share(right, hidden)}")


if __name__ == "__main__":
    main()
