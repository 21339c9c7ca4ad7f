"""Evidence: from the retrieved passages to the few sentences that matter."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from index import Archive, Article, Filters, Sentence
from qa._answer_type import AnswerType, answer_types, has_answer_type
from qa._normalise import content_words
from qa._search import SearchResult, search_question

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Passages whose sentences are looked at.
PASSAGES = 12
# Weights of a sentence's score; chosen on the development split by benchmarks/evidence.py.
DENSE_WEIGHT = 1.0
COVERAGE_WEIGHT = 0.6
TYPE_WEIGHT = 0.15
PASSAGE_WEIGHT = 0.1
# A sentence that asks something itself, as interviewers do, seldom answers anything.
QUESTION_PENALTY = 0.2
# A neighbour's words count less than the sentence's own: they are context, not the statement.
NEIGHBOUR_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be evidence, and how it was scored.

    Attributes:
        cosine: Between the question and the sentence; 0 where it has no vector.
        coverage: Share of the question's words, weighted by rarity, that the sentence has;
            words that only its neighbours have count half.
        typed: Whether it holds the kind of thing the question asks for (a number, a day, …);
            True when the question asks for no particular kind.
        passage_rank: Rank of its passage, from 1.
        own: Stems of its content words.
        context: Stems of its content words, of its neighbours' and of the article's title.
    """

    sentence: Sentence
    article: Article
    score: float
    cosine: float
    coverage: float
    typed: bool
    passage_rank: int
    own: frozenset[str]
    context: frozenset[str]


@dataclass(frozen=True)
class Evidence:
    """The candidates for a question, best first, and what was searched.

    Attributes:
        question: As it was searched for.
        candidates: Sentences of the best passages, best first; headings left out.
        searched: Numbers of ``articles`` and ``passages`` that the question was put to.
        rarity: Weight of each content word of the question; sums to 1.
        found: The search it comes from: how the question was understood, and its notes.
    """

    question: str
    candidates: tuple[Candidate, ...]
    searched: dict[str, int]
    rarity: dict[str, float]
    types: frozenset[AnswerType]
    found: SearchResult | None = None

    @cached_property
    def articles(self) -> tuple[Article, ...]:
        """The articles of the candidates, that of the best candidate first."""
        return tuple({c.article.id: c.article for c in self.candidates}.values())


def find_evidence(
    archive: Archive, question: str, filters: Filters, *, now: date | None = None
) -> Evidence:
    """Search ``archive`` and score the sentences of the best passages.

    ``now`` is the day the question is asked on, for "yesterday" and "last month".

    Raises:
        UsageError: The filters contradict each other.
    """
    found = search_question(archive, question, filters, k=PASSAGES, now=now)
    hits = found.hits
    searched = archive.counts()
    if filters:
        allowed = archive.matching(filters)
        searched = {
            "articles": len(allowed),
            "passages": sum(len(archive.passages(i)) for i in allowed),
        }
    else:
        searched = {"articles": searched["articles"], "passages": searched["passages"]}
    words = Counter(content_words(found.understood.corrected))
    types = answer_types(question)
    rarity = _rarity(words, [content_words(hit.passage.text) for hit in hits])
    vector = found.vector
    vectors = archive.sentence_vectors(list({hit.article.id for hit in hits}))
    sentences = {hit.article.id: archive.sentences(hit.article.id) for hit in hits}
    stems = {
        article_id: [frozenset(content_words(s.text)) for s in found]
        for article_id, found in sentences.items()
    }
    best_score = hits[0].score if hits else 1.0
    candidates = []
    for hit in hits:
        title = frozenset(content_words(hit.article.title or ""))
        for ordinal in range(hit.passage.first_sentence, hit.passage.last_sentence + 1):
            sentence = sentences[hit.article.id][ordinal]
            if sentence.kind == "heading":
                continue
            own = stems[hit.article.id][ordinal]
            around = _around(stems[hit.article.id], ordinal) | title
            own_coverage = sum(w for word, w in rarity.items() if word in own)
            coverage = own_coverage + NEIGHBOUR_SHARE * sum(
                w for word, w in rarity.items() if word not in own and word in around
            )
            cosine = _cosine(vector, vectors.get((hit.article.id, ordinal)))
            typed = has_answer_type(types, sentence.text, question)
            score = (
                DENSE_WEIGHT * cosine
                + COVERAGE_WEIGHT * coverage
                + TYPE_WEIGHT * typed
                + PASSAGE_WEIGHT * hit.score / best_score
                - QUESTION_PENALTY * sentence.text.endswith("?")
            )
            candidates.append(
                Candidate(
                    sentence=sentence,
                    article=hit.article,
                    score=score,
                    cosine=cosine,
                    coverage=coverage,
                    typed=typed,
                    passage_rank=hit.rank,
                    own=own,
                    context=own | around,
                )
            )
    candidates.sort(key=lambda c: (-c.score, c.article.id, c.sentence.ordinal))
    return Evidence(question, tuple(candidates), searched, rarity, types, found)


def _around(stems: Sequence[frozenset[str]], ordinal: int) -> frozenset[str]:
    before = stems[ordinal - 1] if ordinal > 0 else frozenset()
    after = stems[ordinal + 1] if ordinal + 1 < len(stems) else frozenset()
    return before | after


def _rarity(words: Iterable[str], passages: Sequence[Sequence[str]]) -> dict[str, float]:
    """Inverse frequency of each word among the retrieved passages, scaled to sum to 1."""
    holding = Counter(word for passage in passages for word in set(passage))
    weights = {
        word: math.log(1 + (len(passages) + 1) / (holding[word] + 0.5)) for word in set(words)
    }
    total = sum(weights.values())
    return {word: weight / total for word, weight in weights.items()}


def _cosine(question: NDArray[np.float32] | None, sentence: NDArray[np.float32] | None) -> float:
    if question is None or sentence is None:
        return 0.0
    return float(question @ sentence)
