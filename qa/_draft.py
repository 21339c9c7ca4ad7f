"""An answer while it is being made."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from index import Article
from qa._answer import Claim, Quote
from qa._cite import make_quote
from qa._disagreement.sides import Disagreement
from qa._events import ClaimDone, ClaimStarted, ClaimText, Event, Notice
from qa._evidence.selection import Span, select_quotes
from qa._evidence.sentences import Candidate, Evidence
from qa._models.language_model import Chunk
from qa._question.yes_no import YesNo
from qa._reply.budget import NOTHING, Budget
from qa._write import LEADS, VERDICT, attribution, plain_line


@dataclass(slots=True)
class Draft:
    """What is known of an answer while it is being made."""

    id: str
    question: str
    evidence: Evidence
    started: float
    claims: list[Claim] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    disagreements: list[dict[str, Any]] = field(default_factory=list)
    compared: tuple[Evidence, tuple[Disagreement, ...]] | None = None
    reported: list[list[list[Candidate]]] = field(default_factory=list)
    timings: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=lambda: {"prompt": 0, "completion": 0})
    spent: dict[str, int] = field(default_factory=lambda: {"prompt": 0, "completion": 0})
    cost: Budget = NOTHING
    raw_reply: str = ""
    answerable: bool | None = None
    sureness: float | None = None
    leaning: float | None = None
    fallen_back: bool = False
    cached_from: str | None = None
    shown: dict[int, Candidate] = field(default_factory=dict)
    objections: list[dict[str, Any]] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    begun: int = 0
    left_out: tuple[Article, ...] = ()

    @property
    def written(self) -> list[Claim]:
        """The claims made since the model was last asked for something new."""
        return self.claims[self.begun :]

    def stamp(self, name: str) -> None:
        """Note the time of a first, in milliseconds since the question."""
        self.timings.setdefault(name, round((time.perf_counter() - self.started) * 1000))

    def count(self, chunk: Chunk) -> None:
        """Keep the raw reply and what it cost."""
        self.raw_reply += chunk.text
        if chunk.prompt_tokens is not None:
            self.tokens["prompt"] = self.spent["prompt"] + chunk.prompt_tokens
        if chunk.completion_tokens is not None:
            self.tokens["completion"] = self.spent["completion"] + chunk.completion_tokens

    def forget_reply(self) -> None:
        """Another reply follows: what was made of the one before does not count."""
        self.answerable = self.sureness = None
        self.another_reply()

    def another_reply(self) -> None:
        """Another reply follows: what the one before has cost is spent."""
        self.spent = dict(self.tokens)
        self.raw_reply += "\n\n"

    def spend(self, tokens: Mapping[str, int]) -> None:
        """Count what was spent before the reply was asked for."""
        self.tokens = {kind: self.tokens[kind] + tokens[kind] for kind in self.tokens}
        self.spent = dict(self.tokens)

    def settle(self, about: Mapping[str, int]) -> None:
        """Where the endpoint did not count its tokens, take what they are about."""
        for kind, tokens in about.items():
            if self.tokens[kind] == self.spent[kind]:
                self.tokens[kind] += tokens

    def cite(self, span: Span) -> Quote:
        """The quote of a span, numbered in the order of first use."""
        for quote in self.quotes:
            if (quote.article, quote.start, quote.end) == (span.article.id, span.start, span.end):
                return quote
        quote = make_quote(len(self.quotes) + 1, span)
        self.quotes.append(quote)
        return quote

    def quoting(self, span: Span) -> list[int]:
        """Numbers of the quotes that hold all of a span."""
        return [
            quote.n
            for quote in self.quotes
            if quote.article == span.article.id
            and quote.start <= span.start
            and span.end <= quote.end
        ]

    def add(self, claim: Claim) -> None:
        self.claims.append(claim)
        self.stamp("first_text")

    def emit(self, text: str, spans: Sequence[Span], *, quoted: bool) -> Iterator[Event]:
        """Make a claim of the spans; ``quoted``: the text is that of the first of them."""
        index = len(self.claims)
        yield ClaimStarted(index)
        quotes = tuple(self.cite(span) for span in spans)
        claim = Claim(
            text, tuple(quote.n for quote in quotes), "quote_only" if quoted else "supported"
        )
        self.add(claim)
        shown = f"“{text}” — {plain_line(attribution(quotes[0]))}" if quoted else text
        yield ClaimText(index, shown)
        yield ClaimDone(index, claim, quotes)

    def extract(self) -> Iterator[Event]:
        """Make claims of the best sentences, each with its paragraph, as quotes."""
        for span in select_quotes(self.evidence):
            yield from self.emit(span.text, [span], quoted=True)

    def judge(self, said: YesNo) -> Iterator[Event]:
        """Say once what a model answers to a question of yes or no; it is read first."""
        if LEADS.isdisjoint(self.notes):
            self.stamp("first_text")
            yield self.note(VERDICT[said], failure=False)

    def note(self, text: str, *, failure: bool = True, unavailable: bool = False) -> Notice:
        """Keep a note with the answer; the event that tells it is to be emitted."""
        self.notes.append(text)
        return Notice(text, unavailable=unavailable, failure=failure)
