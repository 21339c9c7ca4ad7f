"""How likely the evidence is to answer the question at all.

A logistic model over four features of the evidence. Its weights are fitted by
``benchmarks/confidence.py`` on development questions and reported there on others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from qa._evidence.asked_reports import asked_reports
from qa._evidence.expected import expected
from qa._evidence.otherwise import says_otherwise
from qa._evidence.sentences import Evidence
from qa._language.names import KnownNames, names
from qa._language.normalise import content_words
from qa._question.parts import questions_in

# Candidates whose words, with those next to them, may cover the question's.
TOP = 3
# Candidates that are looked at for the closest that states what is asked for.
CLOSEST = 40
# What the cosine of a sentence loses that does not state it. Area under the ROC curve of the
# closeness alone, on the development halves of wikinews and multihop-rag: .56 and .97 with 0, .63
# and .97 with .15, .63 and .96 with .25.
NOT_STATED = 0.15
# A question has at least so many names: the only one, not found, is not yet a certain no.
FEWEST_NAMES = 2
# Stands in for the cosine where nothing has vectors: the words then decide alone. Below the
# median of the development suite (0.62), because without vectors less is known.
NEUTRAL_COSINE = 0.45

_CAPITALISED = re.compile(r"(?<!^)\b[A-Z][\w’'-]+")


@dataclass(frozen=True, slots=True)
class Features:
    """What the estimate rests on; all between -1 and 1.

    Attributes:
        closeness: The largest cosine between the question and a candidate, less ``NOT_STATED``
            for one that does not state the kind of thing that is asked for (a sum, a year, …).
        names_alone: Share of the question's words that the best candidate has as names, as far
            as the plain words of the question are not covered near the best candidates. It
            counts against: a sentence about the same people that says nothing of what is asked.
        strange_names: Share of the question's names that neither a candidate nor the outlet,
            title, author or date of its article has. It counts against: nobody reports on them.
            Of several questions in one, the least: what answers one of them is worth showing.
        otherwise: 1 where the sentences nearest to the question say otherwise than it has it
            (``qa._evidence.otherwise``), of several questions in one to each; else 0.
    """

    closeness: float
    names_alone: float
    strange_names: float
    otherwise: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the features in log-odds, and the intercept."""

    closeness: float
    names_alone: float
    strange_names: float
    otherwise: float
    intercept: float


# From: benchmarks/confidence.py.
FITTED = Weights(
    closeness=5.71,
    names_alone=-4.31,
    strange_names=-3.63,
    otherwise=-3.16,
    intercept=-2.13,
)


def confidence(evidence: Evidence, weights: Weights = FITTED) -> float:
    """Estimated probability that the evidence answers the question; 0 without evidence.

    It is a probability where as many questions have an answer as have none. A question that asks
    for the reports of an outlet or a day as such is answered by each of them, and by no other.
    """
    if evidence.found is not None and evidence.found.understood.bare:
        return float(bool(asked_reports(evidence)))
    found = features(evidence)
    if found is None:
        return 0.0
    named = asdict(weights)
    odds = named.pop("intercept") + sum(named[k] * v for k, v in asdict(found).items())
    return 1.0 / (1.0 + math.exp(-odds))


def features(evidence: Evidence) -> Features | None:
    """The features of some evidence; None when there is none."""
    if not evidence.candidates:
        return None
    question = _as_understood(evidence)
    asked = questions_in(question) or (question,)
    return Features(
        _closeness(evidence),
        _names_alone(evidence),
        _strange_names(evidence, asked),
        _otherwise(evidence, asked),
    )


def _as_understood(evidence: Evidence) -> str:
    """A typing error is no strange name where the search took it for one that it knows."""
    found = evidence.found
    return found.understood.respelt(evidence.question) if found else evidence.question


def _closeness(evidence: Evidence) -> float:
    wanted = expected(evidence.question)
    has_vectors = any(candidate.cosine for candidate in evidence.candidates)
    return max(
        (candidate.cosine if has_vectors else NEUTRAL_COSINE)
        - (NOT_STATED if wanted and not wanted.stated_in(candidate.sentence.text) else 0.0)
        for candidate in evidence.candidates[:CLOSEST]
    )


def _names_alone(evidence: Evidence) -> float:
    best = evidence.candidates[:TOP]
    capitalised = _CAPITALISED.finditer(evidence.question)
    own = {word for match in capitalised for word in content_words(match[0])}
    covered = frozenset[str]().union(*(candidate.context for candidate in best))
    plain = {word: weight for word, weight in evidence.rarity.items() if word not in own}
    uncovered = sum(weight for word, weight in plain.items() if word not in covered)
    shared = sum(evidence.rarity[word] for word in own & best[0].own & evidence.rarity.keys())
    return shared * uncovered / (sum(plain.values()) or 1.0)


def _strange_names(evidence: Evidence, asked: Sequence[str]) -> float:
    known = [candidate.sentence.text for candidate in evidence.candidates]
    for article in evidence.articles:
        fields = (article.title, article.outlet, article.author, article.published)
        known += [field for field in fields if field]
    there = KnownNames(known)
    return min(
        sum(1 for _ in there.missing(text)) / max(FEWEST_NAMES, len(names(text))) for text in asked
    )


def _otherwise(evidence: Evidence, asked: Sequence[str]) -> float:
    best, *_ = evidence.candidates
    nearest = max(evidence.candidates[:CLOSEST], key=lambda candidate: candidate.cosine)
    closest = [best] if nearest is best else [nearest, best]
    return float(all(says_otherwise(question, closest) for question in asked))
