"""Evidence: from the retrieved passages to the few sentences that matter."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from index import Archive, Article, Filters, Hit, PassageVectors, Sentence
from qa._evidence.answer_type import AnswerType, answer_types, has_answer_type
from qa._evidence.merging import in_turn
from qa._evidence.search import SearchResult, search_question
from qa._language.normalise import content_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Passages whose sentences are looked at.
PASSAGES = 12
# Weights of a sentence's score, beside 1 for its cosine. Chosen on wikinews, by a sweep over the
# scores of the 112 cases whose answer is in a passage looked at: it is among the first eight in
# 103; in 100 with a passage's weight of 0.1 and a neighbour's share of 0.5. What came of it is
# printed by benchmarks/evidence.py.
COVERAGE_WEIGHT = 0.6
TYPE_WEIGHT = 0.2
PASSAGE_WEIGHT = 0.4
# A sentence that asks something itself, as interviewers do, seldom answers anything.
QUESTION_PENALTY = 0.2
# What comes next is its answer, and as near to what is asked as this share of its own cosine. On
# wikinews .84 of the evidence is shown to the embedded model so, not .83, and .75 is among the
# first four sentences, not .73; with 0.8 or 1 about as much (benchmarks/evidence.py).
ANSWER_SHARE = 0.9
# A neighbour's words count less than the sentence's own: they are context, not the statement.
NEIGHBOUR_SHARE = 0.75
# Sentences that come first whichever part of the question they answer.
LEAD = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be evidence, and how it was scored.

    Attributes:
        cosine: Between the question and the sentence; 0 where it has no vector.
        coverage: Share of the question's words, weighted by rarity, that the sentence has;
            words that only its neighbours or the title have count less.
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

    @property
    def place(self) -> tuple[str, int]:
        """Article id and ordinal of the sentence."""
        return self.article.id, self.sentence.ordinal


@dataclass(frozen=True)
class Evidence:
    """The candidates for a question, best first, and what was searched.

    Where a question has several parts, each has its share of the first candidates: the best two
    of all are followed by the best for each part in turn. Where it asks for reports as such, they
    take turns, each from its first sentence that was found on.

    Attributes:
        question: As it was searched for.
        candidates: Sentences of the best passages; headings left out.
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
    archive: Archive,
    question: str,
    filters: Filters,
    *,
    now: date | None = None,
    without: Collection[str] = (),
) -> Evidence:
    """Search ``archive`` and score the sentences of the best passages.

    ``now`` is the day the question is asked on, for "yesterday" and "last month"; ``without``
    are the keys of the understood items that the reader took back.

    Raises:
        UsageError: The filters contradict each other.
    """
    found = search_question(archive, question, filters, k=PASSAGES, now=now, without=without)
    sentences = archive.sentences_around(found.hits)
    stems = {
        article_id: {n: frozenset(content_words(s.text)) for n, s in inside.items()}
        for article_id, inside in sentences.items()
    }
    none = frozenset[str]()
    passages = [
        none.union(*(stems[hit.article.id].get(n, none) for n in _inside(hit)))
        for hit in found.hits
    ]
    parts = found.understood.parts
    texts = [question, *(part.text for part in parts if len(parts) > 1)]
    asked = [
        _Asked(
            text,
            found.vectors.get(text),
            _rarity(content_words(found.understood.respelt(text)), passages),
            answer_types(text),
        )
        for text in dict.fromkeys(texts)
    ]
    further = [hit.passage.id for hit in found.hits if hit.passage.id not in found.near]
    near = {**found.near, **archive.vectors_of_passages(further)}
    scored = list(_score(found.hits, sentences, stems, near, asked))
    best = {candidate.place: candidate for candidate, _ in scored}
    orders = [
        [c.place for c, s in sorted(scored, key=lambda pair: (-pair[1][n], pair[0].place))]
        for n in range(len(asked))
    ]
    lead = sorted(best, key=lambda place: (-best[place].score, place))[:LEAD]
    if found.understood.bare:
        lead, orders = [], _by_report(best)
    order = [*lead, *in_turn(orders, lead)]
    return Evidence(
        question=question,
        candidates=tuple(best[place] for place in order),
        searched=archive.searched(filters),
        rarity=asked[0].rarity,
        types=asked[0].types,
        found=found,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, or a part of one, as sentences are compared with it."""

    text: str
    vector: NDArray[np.float32] | None
    rarity: dict[str, float]
    types: frozenset[AnswerType]


def _inside(hit: Hit) -> range:
    """The ordinals of its sentences."""
    return range(hit.passage.first_sentence, hit.passage.last_sentence + 1)


def _score(
    hits: Sequence[Hit],
    sentences: Mapping[str, Mapping[int, Sentence]],
    stems: Mapping[str, Mapping[int, frozenset[str]]],
    near: Mapping[str, PassageVectors],
    asked: Sequence[_Asked],
) -> Iterator[tuple[Candidate, list[float]]]:
    """Every sentence of the passages, headings left out, with its score for each of ``asked``.

    The candidate has the scores of what it answers best.
    """
    for hit in hits:
        title = frozenset(content_words(hit.article.title or ""))
        vectors = near[hit.passage.id].sentences if hit.passage.id in near else {}
        for ordinal in _inside(hit):
            sentence = sentences[hit.article.id].get(ordinal)
            if sentence is None or sentence.kind == "heading":
                continue
            asks, before = _asks(sentence), sentences[hit.article.id].get(ordinal - 1)
            answers = before is not None and _asks(before) and not asks
            own = stems[hit.article.id][ordinal]
            around = _around(stems[hit.article.id], ordinal) | title
            candidates = []
            for one in asked:
                cosine = _cosine(one.vector, vectors.get(ordinal))
                replied = _cosine(one.vector, vectors.get(ordinal - 1)) if answers else 0.0
                coverage = _coverage(one.rarity, own, around)
                typed = has_answer_type(one.types, sentence.text, one.text)
                score = (
                    max(cosine, ANSWER_SHARE * replied)
                    + COVERAGE_WEIGHT * coverage
                    + TYPE_WEIGHT * typed
                    + PASSAGE_WEIGHT * hit.score
                    - QUESTION_PENALTY * asks
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
            best = max(candidates, key=lambda candidate: candidate.score)
            yield best, [candidate.score for candidate in candidates]


def _asks(sentence: Sentence) -> bool:
    return sentence.text.rstrip("”’\"' ").endswith("?")


def _by_report(best: Mapping[tuple[str, int], Candidate]) -> list[list[tuple[str, int]]]:
    """The places of each article, in the order in which they were found and read."""
    ranked = sorted(best.values(), key=lambda c: (c.passage_rank, c.sentence.ordinal))
    orders: dict[str, list[tuple[str, int]]] = {}
    for candidate in ranked:
        orders.setdefault(candidate.article.id, []).append(candidate.place)
    return list(orders.values())


def _coverage(rarity: dict[str, float], own: frozenset[str], around: frozenset[str]) -> float:
    there = sum(weight for word, weight in rarity.items() if word in own)
    beside = sum(weight for word, weight in rarity.items() if word in around and word not in own)
    return there + NEIGHBOUR_SHARE * beside


def _around(stems: Mapping[int, frozenset[str]], ordinal: int) -> frozenset[str]:
    none = frozenset[str]()
    return stems.get(ordinal - 1, none) | stems.get(ordinal + 1, none)


def _rarity(words: Iterable[str], passages: Sequence[frozenset[str]]) -> dict[str, float]:
    """Inverse frequency of each word among the retrieved passages, scaled to sum to 1."""
    holding = Counter(word for passage in passages for word in passage)
    weights = {
        word: math.log(1 + (len(passages) + 1) / (holding[word] + 0.5)) for word in set(words)
    }
    total = sum(weights.values())
    return {word: weight / total for word, weight in weights.items()}


def _cosine(question: NDArray[np.float32] | None, sentence: NDArray[np.float32] | None) -> float:
    if question is None or sentence is None:
        return 0.0
    return float(question @ sentence)
