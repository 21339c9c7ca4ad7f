"""Real sentences to test on: the seed articles always, other data where it is there."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DATA = REPOSITORY.parent / "shared" / "data"
NO_DATA = "the shared test data (data/wikinews, data/multihop-rag) is not here"

_SENTENCE_BREAK = re.compile(r"(?<=[.?!])[”\"]? (?=[A-Z“\"])")


@cache
def seed_texts() -> tuple[str, ...]:
    return tuple(path.read_text() for path in sorted((REPOSITORY / "seeds").glob("*.txt")))


@cache
def other_texts() -> tuple[str, ...]:
    """The articles of the data sets; empty where they are absent."""
    files = [DATA / name / "articles.jsonl" for name in ("wikinews", "multihop-rag")]
    lines = [line for file in files if file.exists() for line in file.read_text().split("\n")]
    return tuple(json.loads(line)["text"] for line in lines if line)


def sentences(text: str) -> list[str]:
    """Sentences of 8 to 60 words, roughly cut; every one is a slice of ``text``."""
    parts = (part.strip() for line in text.split("\n") for part in _SENTENCE_BREAK.split(line))
    return [part for part in parts if 8 <= len(part.split()) <= 60]


def sentence_with(fragment: str, texts: tuple[str, ...]) -> str:
    """The first sentence that holds ``fragment``."""
    for text in texts:
        for line in text.split("\n"):
            for sentence in _SENTENCE_BREAK.split(line):
                if fragment in sentence:
                    return sentence.strip()
    raise LookupError(fragment)
