"""What a model is asked: the sentences chosen, labelled, and put into the prompt."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from qa._evidence.selection import estimate_tokens, select_sentences
from qa._evidence.sentences import Candidate, Evidence
from qa._models.language_model import Message
from qa._question.stand_alone import shorten
from qa._reply.parse import reply_schema
from qa._reply.prompt import PROMPT_VERSION, Labelled, build_messages


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """What an answerer may be tuned by; its hash is kept with every answer.

    Attributes:
        sentences: Labelled sentences that a model is shown.
        tokens: What these and the question may have together, about: a small prompt is what
            makes a small machine fast.
        fewest_tokens: What is left for the sentences however long the question is.
        max_claims: Claims asked for.
        max_tokens: Tokens a reply may have.
        refuse_below: An extractive answer with less confidence is ``not_found``. The highest
            of those tried in benchmarks/confidence.py that refuses less than one in ten of the
            answerable development questions of every set.
        model_floor: Below this confidence a model is not asked at all.
        answerable_above: A model that tells how sure it is must be at least so sure that the
            evidence answers the question; taken at its word, a small model says yes too easily
            (benchmarks/answerable.py). The highest value that refuses at most one in ten
            answerable questions of the development suite.
        search_weight: What the log-odds of the search's own confidence add to the model's.
        rewrite: Whether the model makes follow-ups stand alone; else, and where what it makes
            of one does not keep to the conversation, rules do.
        budget_seconds: A reply that takes longer is cut; see ``qa._reply.budget``.
        budget_tokens: What prompt and reply may have together, whatever an endpoint makes of
            ``max_tokens``.
    """

    sentences: int = 8
    tokens: int = 370
    fewest_tokens: int = 120
    max_claims: int = 3
    max_tokens: int = 220
    refuse_below: float = 0.35
    model_floor: float = 0.05
    answerable_above: float = 0.7
    search_weight: float = 0.5
    rewrite: bool = False
    budget_seconds: float = 180.0
    budget_tokens: int = 4000

    def digest(self) -> str:
        """A short hash over all settings and the prompt's version."""
        values = json.dumps([PROMPT_VERSION, repr(self)])
        return hashlib.sha256(values.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What a model is asked: the messages, the reply's schema, and what its labels stand for."""

    messages: list[Message]
    schema: dict[str, Any]
    labels: dict[int, Candidate]


def model_request(
    evidence: Evidence, question: str, before: str | None, settings: AnswerSettings
) -> ModelRequest:
    """Choose and label the sentences for a model. ``before`` is the question asked before."""
    before = shorten(before) if before else None
    asked = estimate_tokens(question) + estimate_tokens(before or "")
    room = max(settings.fewest_tokens, settings.tokens - asked)
    chosen = select_sentences(evidence, settings.sentences, room)
    labels = dict(enumerate(chosen, 1))
    shown = [Labelled(n, candidate.sentence.text) for n, candidate in labels.items()]
    return ModelRequest(
        build_messages(shown, question, before=before),
        reply_schema(list(labels), settings.max_claims),
        labels,
    )
