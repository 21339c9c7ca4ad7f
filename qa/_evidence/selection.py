"""Which candidates are shown: a few as quotes, some more to a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from index import Article
from qa._evidence.asked_reports import NEAR_BEST_ASKED, asked_reports, judged_reports
from qa._evidence.sentences import Candidate, Evidence
from qa._language.names import names
from qa._language.normalise import content_words
from qa._language.quantities import quantities

# Quotes an extractive answer has at most, and how near to the best score they must come. More
# than the first few only from articles not quoted yet: where a question has several answers,
# they stand in several articles. Chosen on the development half in benchmarks/disagreements.py.
MAX_QUOTES = 6
FIRST_QUOTES = 4
NEAR_BEST = 0.6
# An extractive quote takes in its paragraph up to this many words: who speaks, and what "it"
# is, usually stands in the sentence next to the one that was found.
QUOTE_WORDS = 70
# Best sentences whose neighbours a model is shown too, for the same reason.
WITH_NEIGHBOURS = 3
# What a label and the end of a line add to a sentence in the prompt.
LABEL_TOKENS = 4
# Two sentences that share this much of their words say the same thing.
SAME_WORDS = 0.8


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an article that is quoted: ``article.text[start:end]``."""

    article: Article
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.article.text[self.start : self.end]


def best_span(evidence: Evidence) -> Span:
    """The best sentence with its paragraph."""
    return _paragraph_span(evidence.candidates[0], evidence)


def sentence_span(candidate: Candidate) -> Span:
    """The candidate's own sentence."""
    return Span(candidate.article, candidate.sentence.start, candidate.sentence.end)


def select_quotes(evidence: Evidence) -> list[Span]:
    """The best stretches to quote, best first; none that only repeats one before it.

    Two accounts that differ in a number or a name do not repeat each other.
    """
    if not evidence.candidates:
        return []
    best = evidence.candidates[0].score
    near = list(takewhile(lambda c: c.score >= NEAR_BEST * best, evidence.candidates))
    unasked = evidence.found.understood.excluded_outlets if evidence.found else frozenset[str]()
    near = [c for c in near if c.article.outlet not in unasked] or near
    chosen: list[Span] = []
    seen: list[Candidate] = []
    for candidate in asked_reports(evidence) or near:
        if len(chosen) == MAX_QUOTES:
            break
        if len(chosen) >= FIRST_QUOTES and any(
            span.article.id == candidate.article.id for span in chosen
        ):
            continue
        sentence = sentence_span(candidate)
        if not any(_overlap(sentence, span) for span in chosen) and not any(
            _repeats(candidate, other) for other in seen
        ):
            chosen.append(_paragraph_span(candidate, evidence, chosen))
            seen.append(candidate)
    return chosen


def estimate_tokens(text: str) -> int:
    """About how many tokens a model makes of a text, rather too many than too few."""
    plain = sum(character.isascii() for character in text)
    return round(plain / 3.8) + len(text) - plain


def select_sentences(
    evidence: Evidence,
    limit: int,
    tokens: int,
    *,
    label_tokens: int = LABEL_TOKENS,
    reports_near: float = NEAR_BEST_ASKED,
) -> list[Candidate]:
    """The sentences a model is shown: at most ``limit``, of about ``tokens`` in all.

    Best first, each of the very best followed by its neighbours; one that does not fit is
    passed over for a shorter one. Where the question is whether reports say something, only
    theirs, further ones if they come as near to the best as ``reports_near``: on the development
    half of multihop-rag 83 % of the articles that are then shown hold evidence, not 48 %, and as
    much of the evidence is shown. Best first is also how they are shown: put in the order of their
    articles, a small model too often took one that only came early.
    """
    chosen: dict[tuple[str, int], Candidate] = {}
    by_place = {candidate.place: candidate for candidate in evidence.candidates}
    room = tokens
    judged = judged_reports(evidence, reports_near)
    for rank, candidate in enumerate(judged or evidence.candidates):
        wanted = [candidate]
        if rank < WITH_NEIGHBOURS:
            wanted += _neighbours(candidate, by_place)
        for item in wanted:
            size = estimate_tokens(item.sentence.text) + label_tokens
            if len(chosen) == limit:
                break
            if item.place in chosen or (chosen and size > room):
                continue
            if any(_repeats(item, other) for other in chosen.values()):
                continue
            chosen[item.place] = item
            room -= size
    return list(chosen.values())


def _neighbours(
    candidate: Candidate, by_place: dict[tuple[str, int], Candidate]
) -> list[Candidate]:
    """The sentences before and after it in the same paragraph."""
    found = []
    for step in (-1, 1):
        other = by_place.get((candidate.article.id, candidate.sentence.ordinal + step))
        if other is not None and _same_paragraph(candidate, other):
            found.append(other)
    return found


def _paragraph_span(candidate: Candidate, evidence: Evidence, taken: Sequence[Span] = ()) -> Span:
    """The candidate's sentence with as much of its paragraph as there is room for.

    It grows by the better of the two neighbours each time, and never into a span of ``taken``.
    """
    paragraph = {
        other.sentence.ordinal: other
        for other in evidence.candidates
        if other.article.id == candidate.article.id
        and _same_paragraph(candidate, other)
        and not any(_overlap(sentence_span(other), span) for span in taken)
    }
    span, first, last = sentence_span(candidate), candidate.sentence, candidate.sentence
    while True:
        wider = [
            (other, grown)
            for other in (paragraph.get(first.ordinal - 1), paragraph.get(last.ordinal + 1))
            if other is not None
            and len((grown := _joined(span, sentence_span(other))).text.split()) <= QUOTE_WORDS
        ]
        if not wider:
            return span
        other, span = max(wider, key=lambda found: found[0].score)
        first = min(first, other.sentence, key=lambda sentence: sentence.ordinal)
        last = max(last, other.sentence, key=lambda sentence: sentence.ordinal)


def _joined(one: Span, other: Span) -> Span:
    return Span(one.article, min(one.start, other.start), max(one.end, other.end))


def _overlap(one: Span, other: Span) -> bool:
    return one.article.id == other.article.id and one.start < other.end and other.start < one.end


def _same_paragraph(one: Candidate, other: Candidate) -> bool:
    start = min(one.sentence.start, other.sentence.start)
    end = max(one.sentence.end, other.sentence.end)
    return "\n" not in one.article.text[start:end]


def _repeats(one: Candidate, other: Candidate) -> bool:
    """Whether two sentences have nearly the same words, as copies of one report have.

    Copies that differ in a number, or each in a name that the other lacks, are two accounts.
    """
    first, second = (set(content_words(c.sentence.text)) for c in (one, other))
    if len(first & second) < SAME_WORDS * max(1, len(first | second)):
        return False
    return not (_values(one) - second and _values(other) - first)


def _values(candidate: Candidate) -> set[str]:
    """The stems of the numbers and names of its sentence."""
    text = candidate.sentence.text
    found = [quantity.text for quantity in quantities(text)] + [name.text for name in names(text)]
    return {word for value in found for word in content_words(value)}
