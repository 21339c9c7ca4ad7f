"""A question set as its files state it, before its articles are held against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals._suite import Case


@dataclass(frozen=True, slots=True)
class Part:
    """One of the files that a set was read from.

    Attributes:
        sha256: Of its bytes.
        holds: What is in it, as ``2,556 questions``.
    """

    path: Path
    sha256: str
    holds: str


@dataclass(slots=True)
class QuestionSet:
    """Questions and the articles that they are about.

    Attributes:
        parts: The files, the questions' first.
        articles: Records as the index reads them.
        cases: In the order of the file, with all that the set states.
        left_out: What was not taken over, in words, and how often.
    """

    parts: tuple[Part, ...]
    articles: list[dict[str, str]] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def make_article(article_id: str, text: str, **stated: str | None) -> dict[str, str]:
    """A record as the index reads it; what is not stated is not in it."""
    return {"id": article_id} | {k: v for k, v in stated.items() if v} | {"text": text}


def make_case(
    case_id: str, ask: str, tags: list[str], expect: Mapping[str, Any], **more: Any
) -> Case:
    """A case of a suite; blanks around a question are not part of it."""
    fields = {"id": case_id, "ask": ask.strip(), "tags": tags, "expect": expect, **more}
    return Case.model_validate(fields)
