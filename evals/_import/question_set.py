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


class Articles:
    """The records of a corpus; a text of one outlet is kept once, as in an archive."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str | None, str], str] = {}
        self.records: list[dict[str, str]] = []

    def add(self, article_id: str, text: str, **stated: str | None) -> str:
        """Take an article in; the id under which its text is kept, its own or an earlier one's."""
        key = stated.get("outlet"), text.strip()
        if key in self._kept:
            return self._kept[key]
        self._kept[key] = article_id
        known = {name: value for name, value in stated.items() if value}
        self.records.append({"id": article_id, **known, "text": text})
        return article_id


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
    articles: list[dict[str, str]]
    cases: list[Case] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def make_case(
    case_id: str, ask: str, tags: list[str], expect: Mapping[str, Any], **more: Any
) -> Case:
    """A case of a suite; blanks around a question are not part of it."""
    fields = {"id": case_id, "ask": ask.strip(), "tags": tags, "expect": expect, **more}
    return Case.model_validate(fields)
