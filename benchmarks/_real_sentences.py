"""Real articles and their sentences, from the seeds and from the data sets where they are there.

Every article belongs to one half, by a hash of its id: what is looked at while a check is mended
(development), and what only tells whether that carries over (held-out).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from index._sentences import split_sentences

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
Half = Literal["development", "held-out"]


@dataclass(frozen=True)
class Source:
    """An article, with the set it is from and what is known of it besides its text."""

    id: str
    origin: str
    text: str
    context: tuple[str, ...] = ()

    @property
    def half(self) -> Half:
        return "development" if hashlib.sha256(self.id.encode()).digest()[0] % 2 else "held-out"

    def sentences(self) -> list[str]:
        """Sentences of 6 to 60 words, in order; slices of the text."""
        found = (s.text for s in split_sentences(self.text, self.id) if s.kind != "heading")
        return [s for s in found if 6 <= len(s.split()) <= 60 and re.search(r"[.?!”\"]$", s)]


def sources() -> list[Source]:
    """All articles; the seeds and wikinews always, the other sets where they are there."""
    found = [
        Source(path.stem, "seeds", path.read_text("utf-8"))
        for path in sorted((ROOT / "seeds").glob("*.txt"))
    ]
    wikinews = ROOT / "evals" / "suites" / "wikinews" / "articles.jsonl"
    for origin, file in (("wikinews", wikinews), ("multihop-rag", _data("multihop-rag/articles"))):
        for record in _records(file):
            known = (record["title"], record["outlet"], record["published"][:10])
            found.append(Source(record["id"], origin, record["text"], known))
    texts: dict[str, str] = {}
    for record in _records(_data("squad2/questions")):
        texts.setdefault(record["context"], "squad2")
    for record in _records(_data("ramdocs/questions")):
        for document in record["documents"]:
            texts.setdefault(document["text"], "ramdocs")
    for text, origin in texts.items():
        found.append(Source(hashlib.sha256(text.encode()).hexdigest()[:16], origin, text))
    return found


def _data(name: str) -> Path:
    return DATA / f"{name}.jsonl"


def _records(file: Path) -> Iterator[dict[str, Any]]:
    if file.exists():
        with file.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())
