"""The events of one answer, in the order in which they happen.

    Working*                    (while a model rewrites a follow-up)
    EvidenceFound
    (ClaimStarted ClaimText* ClaimDone)*
    Notice* Working*            (at any place after EvidenceFound)
    Finished

Browser, terminal and harness consume the same stream. It is monotone: text that was emitted
is never taken back. A claim's text that fails the support check was never emitted as prose;
its bare quote is.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa._answer import Answer, Claim, Quote
from qa._evidence.search import SearchResult


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """The best quotes, before any model has spoken; best first, numbered from 1.

    Empty when nothing relevant was found. ``answer_id`` is that of the answer to come, ``found``
    the search: how the question was understood, and what the reader should know of it.
    """

    answer_id: str
    quotes: tuple[Quote, ...]
    searched: dict[str, int]
    searched_for: str | None = None
    found: SearchResult | None = None


@dataclass(frozen=True, slots=True)
class ClaimStarted:
    """A claim begins; ``index`` counts from 0."""

    index: int


@dataclass(frozen=True, slots=True)
class ClaimText:
    """More text of the claim that is being written."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class ClaimDone:
    """A claim is complete and checked; ``quotes`` are those it points at."""

    index: int
    claim: Claim
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader should know, e.g. that a model failed and quotes are shown instead.

    ``unavailable``: the model never said a word; the whole answer is the extractive one.
    ``failure``: something went wrong; an answer with it says nothing about the model.
    """

    text: str
    unavailable: bool = False
    failure: bool = True


@dataclass(frozen=True, slots=True)
class Working:
    """A sign of life while a model reads or writes: a moment at which it can be stopped."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event: the whole answer, already saved."""

    answer: Answer


Event = EvidenceFound | ClaimStarted | ClaimText | ClaimDone | Notice | Working | Finished
