"""The search behind every answer: a question's parts, each by words and by meaning, merged.

A passage's score for a part of the question is ``MEANING`` times its closeness in meaning plus
the rest times its BM25 score over the best one's (a convex combination; Bruch, Gai and Ingber,
"An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023), plus ``PREFERENCE`` for the
outlet and for the day that the part names. Closeness is the mean of the passage's cosine and of
its best sentence's: a passage on three matters is near to none of them as a whole. A question that
is nothing but outlets and days asks for the reports themselves, see ``bare_questions``.

The best of all parts come first, then what serves the parts that are served least (``merging``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from index import Archive, Article, Filters, Hit, PassageVectors, UsageError
from qa._evidence.bare_questions import EVERYTHING, openings, spread
from qa._evidence.merging import merged
from qa._evidence.not_there import NO_WORDS, holders, not_there
from qa._evidence.thinning import PER_ARTICLE, thinned
from qa._question.understanding import Aim, Understood, understand

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

# All constants were chosen on the development half of multihop-rag and on wikinews, by sweeps
# while this was built; what came of them is printed by benchmarks/retrieval.py.
# Share of meaning in a score: .6 to .8 differ by less than .01 in MRR@10.
MEANING = 0.7
# Share of the best sentence in a passage's closeness; with none, MRR@10 over passages is .76 on
# wikinews instead of .79.
SENTENCE = 0.5
# What an outlet or a day that was named is worth: a quarter of the score of a perfect passage.
# At .1, all evidence of 79 % of the questions is found; at .2 to .3, of 82 to 85 %; at .5, of 81 %.
PREFERENCE = 0.25
# How deep the rankings are read: of everything, and of the reports that a part names.
POOL, AIMED_POOL = 50, 20
# Of each ranking so many are compared sentence by sentence: beyond, nothing comes to the top.
CLOSE_LOOK = 30
# What a passage that holds a quoted phrase word for word is worth: as much as an outlet. No set
# has such questions; the figure was not measured.
PHRASE = 0.25
# BM25 takes as long as there are words; no question of this length loses by the rest.
MOST_CHARACTERS = 2000
# Of what the filters leave out, shown where they leave nothing.
SHOWN_OUTSIDE = 3


@dataclass(frozen=True)
class SearchResult:
    """What was found for a question, and how it was understood.

    Attributes:
        hits: Best first. A score is the best that the passage has for any part of the question;
            scores need not fall from one hit to the next.
        understood: What the question was taken to ask for.
        vectors: Of the whole question and of the texts of its parts, as embedded; empty without
            an embedding model.
        near: The stored vectors of the passages that were compared sentence by sentence, by id.
        outside: Where no article passes the filters, the best without them; else empty.
        notes: What the reader should know of the search, one sentence each.
        told: Keys of the understood items of which a note says that no article is such.
    """

    hits: tuple[Hit, ...]
    understood: Understood
    vectors: Mapping[str, Vector] = field(default_factory=dict)
    near: Mapping[str, PassageVectors] = field(default_factory=dict, repr=False)
    outside: tuple[Hit, ...] = ()
    notes: tuple[str, ...] = ()
    told: frozenset[str] = frozenset()


def search_question(
    archive: Archive,
    question: str,
    filters: Filters | None = None,
    *,
    k: int = 10,
    now: date | None = None,
    without: Collection[str] = (),
) -> SearchResult:
    """The ``k`` best passages for a question as people ask it.

    Outlets and days that the question names are preferred, not required; only ``filters``
    exclude. Passages of copies of one report count once. A question without any word to search
    for finds nothing.

    Args:
        archive: What is searched.
        question: The question, of any length.
        filters: What the reader limits the search to.
        k: How many passages at most.
        now: The day the question is asked on, for "yesterday" and "last month".
        without: Keys of the understood items that the reader took back.

    Raises:
        UsageError: ``k`` is below 1, or the filters contradict each other.
    """
    if k < 1:
        raise UsageError(f"The number of passages asked for is {k}.", "Ask for at least 1.")
    filters = filters or Filters()
    allowed = frozenset(archive.matching(filters)) if filters else None
    if allowed is not None and not allowed and archive.counts()["articles"]:
        found = search_question(archive, question, k=SHOWN_OUTSIDE, now=now, without=without)
        return replace(found, hits=(), outside=found.hits, notes=(_nothing_left(filters, found),))
    understood = understand(question, archive, now, without=without)
    if understood.wordless:
        return SearchResult((), understood, notes=(NO_WORDS,))
    search = _Search(archive, understood, max(POOL, k), allowed)
    scores = search.rankings(question)
    order = merged(scores)
    best = {i: max(ranking.get(i, 0.0) for ranking in scores) for i in order}
    per_article = PER_ARTICLE
    if understood.bare:
        order, per_article = spread(order, search.aimed.values()), k
    ranked = [(i, best[i]) for i in order]
    hits = thinned(archive, ranked, k, set(understood.outlets), per_article)
    missing = not_there(archive, understood, search.aimed, allowed)
    return SearchResult(
        tuple(hits), understood, search.vectors, search.near, notes=missing.notes, told=missing.keys
    )


class _Look(NamedTuple):
    """A text that is searched for, and the articles that it is searched for in, pool by pool."""

    text: str
    pools: tuple[frozenset[str] | None, ...]


@dataclass
class _Search:
    """One search, with what is read once for all parts of the question."""

    archive: Archive
    understood: Understood
    pool: int
    allowed: frozenset[str] | None
    vectors: dict[str, Vector] = field(default_factory=dict)
    near: dict[str, PassageVectors] = field(default_factory=dict)
    aimed: dict[Aim, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)

    def rankings(self, question: str) -> list[dict[str, float]]:
        """The passages with their scores for each part and each of its aims, then for the whole.

        A question of one part with at most one aim has one ranking.
        """
        parts = self.understood.parts
        self.aimed = {aim: self._aimed(aim) for aim in self.understood.aims}
        aimed = [[self.aimed[aim] for aim in part.aims] for part in parts]
        others = self._others()
        anywhere = frozenset[str]().union(*(o | d for aims in aimed for o, d in aims))
        # A part that names no report is likely of one of those that the other parts name.
        preferred = [aims or [(anywhere, frozenset[str]())] for aims in aimed]
        looks = [
            _Look(
                question if len(parts) == 1 else part.text,
                (self.allowed, *others, *(o & d or o | d for o, d in aims)),
            )
            for part, aims in zip(parts, aimed, strict=True)
        ]
        if sum(map(len, preferred)) > 1:
            looks.append(_Look(question, (self.allowed,)))
            preferred.append([(anywhere, frozenset())])
        scored = self._scores(looks)
        if self.understood.bare:
            for look, scores, aims in zip(looks, scored, preferred, strict=True):
                self._open(look, scores, aims)
        worth = EVERYTHING if self.understood.bare else PREFERENCE
        found = [
            _preferring(scores, outlet, day, worth)
            for scores, aims in zip(scored, preferred, strict=True)
            for outlet, day in aims
        ]
        holding = [
            i
            for phrase in self.understood.phrases
            for i in holders(self.archive, phrase, self.allowed)
        ]
        for scores in found:
            for passage in holding:
                scores[passage] = scores.get(passage, 0.0) + PHRASE
        if others:
            return [
                {i: s + PREFERENCE * (_article(i) in others[0]) for i, s in scores.items()}
                for scores in found
            ]
        return found

    def _open(
        self,
        look: _Look,
        scores: dict[str, float],
        aims: Sequence[tuple[frozenset[str], frozenset[str]]],
    ) -> None:
        """Let each report that is asked for begin with its opening."""
        for outlet, day in aims:
            wanted = openings(scores, outlet & day or outlet | day)
            self.near |= self.archive.vectors_of_passages(list(wanted))
            for i, score in wanted.items():
                near = 0.0
                if i in self.near and look.text in self.vectors:
                    near = _closeness(self.vectors[look.text], self.near[i])
                scores[i] = max(MEANING * near, score, scores.get(i, 0.0))

    def _others(self) -> tuple[frozenset[str], ...]:
        """The articles of other outlets than those that are not asked for; nothing if all are."""
        if not (excluded := self.understood.excluded_outlets):
            return ()
        every = self._allowed(Filters())
        return (every - self._allowed(Filters(outlet=tuple(excluded))),)

    def _aimed(self, aim: Aim) -> tuple[frozenset[str], frozenset[str]]:
        """The articles of an aim's outlets, and those of its days, that the filters allow."""
        outlets: frozenset[str] = frozenset()
        days: frozenset[str] = frozenset()
        if aim.outlets:
            outlets = self._allowed(Filters(outlet=aim.outlets))
        if aim.dated:
            days = self._allowed(Filters(since=aim.since, until=aim.until))
        return outlets, days

    def _allowed(self, wanted: Filters) -> frozenset[str]:
        found = frozenset(self.archive.matching(wanted))
        return found if self.allowed is None else found & self.allowed

    def _scores(self, looks: Sequence[_Look]) -> list[dict[str, float]]:
        """For each look the score of what either ranking finds."""
        # Neither ranking waits for the other: their libraries let other threads run meanwhile.
        with ThreadPoolExecutor(1) as helper:
            by_words = helper.submit(self._by_words, looks)
            meaning = self._by_meaning(looks)
            words = by_words.result()
        found = [_fused(*halves) for halves in zip(words, meaning, strict=True)]
        best = [
            sorted(scores, key=lambda i: (-scores[i], i))[:CLOSE_LOOK] if cosines else []
            for scores, cosines in zip(found, meaning, strict=True)
        ]
        self.near |= self.archive.vectors_of_passages(list(dict.fromkeys(chain(*best))))
        for n, look in enumerate(looks):
            for i in best[n]:
                if i in self.near:
                    near = max(_closeness(self.vectors[look.text], self.near[i]), 0.0)
                    found[n][i] = MEANING * near + (1 - MEANING) * words[n].get(i, 0.0)
        return found

    def _by_words(self, looks: Sequence[_Look]) -> list[dict[str, float]]:
        """For each look what has its words, the best with 1."""
        spelt = {s.written: s.others for s in self.understood.spellings}
        found = []
        for look in looks:
            words: dict[str, float] = {}
            for pool, deep in self._pools(look):
                short = self.understood.without_excluded(look.text)[:MOST_CHARACTERS]
                words |= self.archive.keyword_ranking(short, deep, pool, variants=spelt)
            best = max(words.values(), default=0.0) or 1.0
            found.append({i: score / best for i, score in words.items()})
        return found

    def _by_meaning(self, looks: Sequence[_Look]) -> list[dict[str, float]]:
        """For each look the cosines of what is near to it; none without an embedding model."""
        import numpy as np

        found: list[dict[str, float]] = [{} for _ in looks]
        if self.archive.embedding is None:
            return found
        meant = {look.text: self.understood.respelt(look.text) for look in looks}
        distinct = list(dict.fromkeys(meant.values()))
        embedded = dict(zip(distinct, self.archive.embedding.embed(distinct), strict=True))
        self.vectors |= {text: embedded[meant[text]] for text in meant}
        together: dict[tuple[frozenset[str] | None, int], list[int]] = {}
        for n, look in enumerate(looks):
            for pool in self._pools(look):
                together.setdefault(pool, []).append(n)
        for (articles, deep), which in together.items():
            vectors = np.stack([self.vectors[looks[n].text] for n in which])
            ranked = self.archive.dense_rankings(vectors, deep, articles)
            for n, ranking in zip(which, ranked, strict=True):
                found[n] |= ranking
        return found

    def _pools(self, look: _Look) -> list[tuple[frozenset[str] | None, int]]:
        """The pools of a look that hold any article, and how deep each is read."""
        return [
            (pool, self.pool if pool is self.allowed else AIMED_POOL)
            for pool in look.pools
            if pool is None or pool
        ]


def _fused(words: Mapping[str, float], cosines: Mapping[str, float]) -> dict[str, float]:
    """The scores of what either ranking found."""
    if not cosines:
        return dict(words)
    # What only the words found is at most as near as the last that meaning found.
    floor = min(cosines.values())
    return {
        i: MEANING * max(cosines.get(i, floor), 0.0) + (1 - MEANING) * words.get(i, 0.0)
        for i in words.keys() | cosines.keys()
    }


def _closeness(question: Vector, passage: PassageVectors) -> float:
    """How near a passage is: its own cosine and that of its best sentence, weighted."""
    best = max((float(question @ v) for v in passage.sentences.values()), default=None)
    whole = float(question @ passage.own) if passage.own is not None else None
    if best is None or whole is None:
        return whole if whole is not None else best or 0.0
    return SENTENCE * best + (1 - SENTENCE) * whole


def _preferring(
    scores: Mapping[str, float], outlet: Collection[str], day: Collection[str], worth: float
) -> dict[str, float]:
    """Scores with the preference for the articles of an outlet and for those of a day."""
    return {
        i: score + worth * ((_article(i) in outlet) + (_article(i) in day))
        for i, score in scores.items()
    }


def _article(passage_id: str) -> str:
    return passage_id.rpartition("#")[0]


def _nothing_left(filters: Filters, found: SearchResult) -> str:
    """What to say where no article passes the filters."""
    note = f"No article is {filters_in_words(filters)}."
    if found.hits:
        note += f" Without these filters the nearest is: {article_line(found.hits[0].article)}."
    return note


def filters_in_words(filters: Filters) -> str:
    """What an article must be to pass: "from CNN and of 2024-01-01 or later"."""
    asked = [f"from {' or '.join(filters.outlet)}"] if filters.outlet else []
    asked += [f"of {filters.since} or later"] if filters.since else []
    asked += [f"of {filters.until} or earlier"] if filters.until else []
    asked += ["among those that were named"] if filters.articles else []
    return " and ".join(asked)


def article_line(article: Article) -> str:
    """``Title (Outlet, date)``; what is unknown is said to be."""
    day = article.published_day
    told = [article.outlet or "unknown outlet", day.isoformat() if day else "date unknown"]
    return f"{article.title or article.source} ({', '.join(told)})"
