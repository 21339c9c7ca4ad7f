"""What a model is asked: the sentences chosen, labelled, and put into the prompt."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

from qa._evidence.asked_reports import NEAR_BEST_ASKED
from qa._evidence.selection import LABEL_TOKENS, estimate_tokens, select_sentences
from qa._evidence.sentences import Candidate, Evidence
from qa._models.language_model import Message
from qa._question.stand_alone import shorten
from qa._reply.parse import VERDICT_SCHEMA, reply_schema
from qa._reply.prompt import PROMPT_VERSION, Labelled, build_messages, verdict_messages

# What an outlet and a day add to a label.
SOURCE_TOKENS = 12


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """What an answerer may be tuned by; its hash is kept with every answer.

    Attributes:
        sentences: Labelled sentences that a model is shown.
        tokens: What these and the question may have together, about: a small prompt is what
            makes a small machine fast.
        fewest_tokens: What is left for the sentences however long the question is.
        reports_near: Where the question is whether reports say something, how near to the best of
            all a further sentence of theirs must come to be shown.
        max_claims: Claims asked for.
        max_tokens: Tokens a reply may have.
        refuse_below: An extractive answer with less confidence is ``not_found``. The highest
            of those tried in benchmarks/confidence.py that refuses less than one in ten of the
            answerable development questions of every set.
        model_floor: Below this confidence a model is not asked at all. One of the 303 answerable
            development questions of benchmarks/confidence.py is below it, and 57 % of those that
            are about nothing in the archive.
        answerable_above: A model that tells how sure it is must be at least so sure that the
            evidence answers the question; taken at its word, a small model says yes too easily
            (benchmarks/answerable.py). The highest value that refuses at most one in ten of the
            174 answerable questions of wikinews and seeds; it refuses 60 of the 89 others.
        search_weight: What the log-odds of the search's own confidence add to the model's.
        rewrite: Whether the model makes follow-ups stand alone; else, and where what it makes
            of one does not keep to the conversation, rules do.
        verdict: Whether the model's word is taken for yes or no to a question that asks for it.
            Not the embedded one's: of 25 such questions of the development half of
            wikinews-yes-no it answered 22 with yes and none with no, and 11 of them want a no.
        weigh_verdict: Whether a model that tells its probabilities is asked for yes or no by
            itself, after its claims, and said to mean it where it leans clearly.
        yes_above, no_below: What is clearly. In between nothing is said. Of the 91 such
            questions of the development halves of multihop-rag and wikinews-yes-no 22 are above,
            17 of them rightly, and 19 below, 16 rightly.
        contradictions: Whether the model is asked where sources contradict each other.
        budget_seconds: A reply that takes longer is cut; see ``qa._reply.budget``.
        budget_tokens: What prompt and reply may have together, whatever an endpoint makes of
            ``max_tokens``.
    """

    sentences: int = 8
    tokens: int = 370
    fewest_tokens: int = 120
    reports_near: float = NEAR_BEST_ASKED
    max_claims: int = 3
    max_tokens: int = 220
    refuse_below: float = 0.35
    model_floor: float = 0.1
    answerable_above: float = 0.65
    search_weight: float = 0.5
    rewrite: bool = False
    verdict: bool = False
    weigh_verdict: bool = False
    yes_above: float = 0.7
    no_below: float = 0.5
    contradictions: bool = False
    budget_seconds: float = 180.0
    budget_tokens: int = 4000

    def with_room(self) -> AnswerSettings:
        """These for a model that reads hundreds of tokens a second: it is shown more.

        Of the facts of multihop-rag's development half whose articles were found, .92 are shown
        then, and .78 without (benchmarks/evidence.py). What it costs is the small machine's time.
        """
        return replace(self, sentences=10, tokens=800, reports_near=0.7)

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
    evidence: Evidence,
    question: str,
    before: str | None,
    settings: AnswerSettings,
    *,
    yes_no: bool = False,
) -> ModelRequest:
    """Choose and label the sentences for a model.

    Args:
        before: The question asked before.
        yes_no: Whether a verdict is asked for.
    """
    before = shorten(before) if before else None
    asked = estimate_tokens(question) + estimate_tokens(before or "")
    room = max(settings.fewest_tokens, settings.tokens - asked)
    sourced = _names_reports(evidence) or settings.contradictions
    label_tokens = LABEL_TOKENS + (SOURCE_TOKENS if sourced else 0)
    chosen = select_sentences(
        evidence,
        settings.sentences,
        room,
        label_tokens=label_tokens,
        reports_near=settings.reports_near,
    )
    labels = dict(enumerate(chosen, 1))
    shown = _labelled(labels, sourced=sourced)
    contradictions = settings.contradictions and len({c.article.id for c in chosen}) > 1
    return ModelRequest(
        build_messages(
            shown, question, before=before, yes_no=yes_no, contradictions=contradictions
        ),
        reply_schema(
            list(labels), settings.max_claims, verdict=yes_no, contradictions=contradictions
        ),
        labels,
    )


def verdict_request(evidence: Evidence, labels: dict[int, Candidate]) -> ModelRequest:
    """Ask for nothing but yes or no, on sentences that were shown for the answer."""
    shown = _labelled(labels, sourced=_names_reports(evidence))
    return ModelRequest(verdict_messages(shown, evidence.question), VERDICT_SCHEMA, labels)


def _names_reports(evidence: Evidence) -> bool:
    """Whether reports are named or compared: then a model has to know which sentence is whose."""
    return evidence.found is not None and bool(evidence.found.understood.aims)


def _labelled(labels: dict[int, Candidate], *, sourced: bool) -> list[Labelled]:
    return [
        Labelled(n, candidate.sentence.text, _source(candidate) if sourced else "")
        for n, candidate in labels.items()
    ]


def _source(candidate: Candidate) -> str:
    """Outlet and day of a sentence, as far as they are known."""
    article = candidate.article
    day = article.published_day
    return ", ".join(filter(None, (article.outlet, day.isoformat() if day else None)))
