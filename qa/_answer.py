"""What comes out: an answer, its claims, and the quotes that carry them.

Offsets are 0-based, end-exclusive, in code points of the article's frozen text.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

Status = Literal["answered", "partial", "not_found"]
Verdict = Literal["exact", "misattributed", "stitched", "not_found"]
Support = Literal["supported", "quote_only"]


@dataclass(frozen=True, slots=True)
class Quote:
    """A slice of an article, with everything needed to show it and to prove it again.

    Attributes:
        n: The number shown in the answer's ``[n]`` markers, from 1.
        text: ``article.text[start:end]``, cut by the program.
        verdict: Always ``exact`` for a quote that is shown.
        article: The article's id.
        text_sha256: Hash of the frozen text the offsets point into.
        speaker: Who says what is quoted, where a sentence beside it tells and the quote itself
            hides it; None where it names its speaker, nobody speaks, or it is not certain.
    """

    n: int
    text: str
    verdict: Verdict
    article: str
    source: str
    title: str | None
    outlet: str | None
    author: str | None
    published: str | None
    url: str | None
    start: int
    end: int
    text_sha256: str
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of an answer.

    Attributes:
        text: Plain text without citation markers.
        quotes: Numbers of the quotes it rests on; never empty in a finished answer.
        support: ``supported`` when the support check found nothing to object to;
            ``quote_only`` when the claim *is* its bare quote.
    """

    text: str
    quotes: tuple[int, ...]
    support: Support


@dataclass(frozen=True, slots=True)
class NearestArticle:
    """An article named by a refusal, as the nearest thing there is."""

    article: str
    source: str
    title: str | None
    outlet: str | None
    published: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer. ``to_json`` gives the documented, stable form.

    Attributes:
        id: Random, unique; part of the ids of marks on the page.
        question: As it was asked.
        answer: Markdown; ``[n]`` markers refer to ``quotes``.
        searched: ``{"articles": int, "passages": int}``: what the question was put to.
        model: The answerer that produced it, e.g. ``extractive`` or ``local:qwen-1.5b``.
        timings_ms: ``retrieve``, ``first_quote``, ``first_text``, ``total``; and ``cached``, when
            a reply that was kept was found, where one was.
        tokens: ``prompt`` and ``completion``; zero where no model was asked, and about so many
            where the endpoint does not count.
        notes: What the reader should know of how it came about, e.g. a model's failure.
        searched_for: The question as it was searched for, where a follow-up was rewritten.
    """

    id: str
    question: str
    status: Status
    answer: str
    claims: tuple[Claim, ...] = ()
    quotes: tuple[Quote, ...] = ()
    disagreements: tuple[dict[str, Any], ...] = ()
    searched: dict[str, int] = field(default_factory=dict)
    nearest: tuple[NearestArticle, ...] = ()
    model: str = "extractive"
    timings_ms: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=lambda: {"prompt": 0, "completion": 0})
    notes: tuple[str, ...] = ()
    searched_for: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The JSON contract: exactly the documented keys, in the documented order."""
        quotes = [asdict(quote) for quote in self.quotes]
        for quote in quotes:
            del quote["text_sha256"]
        return {
            "id": self.id,
            "question": self.question,
            "status": self.status,
            "answer": self.answer,
            "claims": [asdict(c) | {"quotes": list(c.quotes)} for c in self.claims],
            "quotes": quotes,
            "disagreements": list(self.disagreements),
            "searched": self.searched,
            "nearest": [asdict(article) for article in self.nearest],
            "model": self.model,
            "timings_ms": self.timings_ms,
            "tokens": self.tokens,
        }

    def with_id(self, new_id: str) -> Answer:
        """The same answer under another id (that of a question read from a file)."""
        return replace(self, id=new_id)
