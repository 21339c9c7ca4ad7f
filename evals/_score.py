"""One answer against what its case expects. No model judges; no network; same input, same score.

A scorer is a function ``Attempt → Score``, or None where the case does not ask for what it
measures. The answer is read in its documented JSON form, so that a run can be scored again long
after. What an answer says of its own quotes is not believed: they are cut from the article again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from evals._corpus import Corpus
from evals._facts import MARKER, missing, occurs, plain_text
from evals._retrieval import Retrieved, gold_quotes, judge_retrieval
from evals._suite import Case, Expect

Outcome = Literal["passed", "failed", "not_measured"]
Stage = Literal[
    "not_indexed",  # an expected source is not in the archive
    "not_retrieved",  # it is, but the search did not bring it up
    "refused_wrongly",  # it was brought up, and the answer says there is nothing
    "misquoted",  # a shown quote is not a slice of the article it names
    "retrieved_not_cited",  # the source was brought up and not used
    "wrong_answer",  # it is cited, and the answer lacks a fact or has a forbidden one
    "answered_wrongly",  # there is nothing to find, and something was answered
    "not_measured",  # there is no answer to judge
]
AnswerJson = Mapping[str, Any]
"""An answer in the documented form (``qa.Answer.to_json``)."""

_YES_NO = re.compile(r"(?:yes|no)\b", re.IGNORECASE)

GOLD_OVERLAP = 0.5
"""An expected quote counts as quoted when this share of it is covered by shown quotes."""


@dataclass(frozen=True, slots=True)
class Score:
    """The result of one scorer.

    Attributes:
        name: Of what was measured.
        value: Between 0 and 1; None when it could not be measured.
        note: What is missing or wrong; why it could not be measured.
    """

    name: str
    value: float | None
    note: str = ""

    def to_json(self) -> float | str:
        """The value, or ``not_measured: reason``."""
        return f"not_measured: {self.note}" if self.value is None else round(self.value, 6)


@dataclass(frozen=True)
class Attempt:
    """A case with the answer that is to be judged."""

    case: Case
    answer: AnswerJson
    corpus: Corpus
    retrieved: Sequence[Retrieved] = ()

    @property
    def expect(self) -> Expect:
        return self.case.expect

    @property
    def status(self) -> str:
        return str(self.answer["status"])

    @property
    def quotes(self) -> Sequence[Mapping[str, Any]]:
        quotes: Sequence[Mapping[str, Any]] = self.answer["quotes"]
        return quotes

    @cached_property
    def texts(self) -> list[str]:
        """What a reader sees: the answer's text without markers, and each quote."""
        return [plain_text(self.answer["answer"]), *(quote["text"] for quote in self.quotes)]

    @cached_property
    def cited(self) -> frozenset[str]:
        """Ids of the articles that are quoted."""
        return frozenset(quote["article"] for quote in self.quotes)

    def not_cited(self, groups: Sequence[Sequence[str]]) -> list[str]:
        """The alternatives of sources of which none is cited, in words."""
        return [
            " or ".join(names) for names in groups if not self.cited & self.corpus.find_any(names)
        ]


# --- Scorers ----------------------------------------------------------------------------------


def status(attempt: Attempt) -> Score:
    """An answerable question is answered at least in part, another one is not."""
    allowed = {"not_found"} if attempt.expect.abstain else {"answered", "partial"}
    if attempt.status in allowed:
        return Score("status", 1.0)
    return Score("status", 0.0, f"the status is {attempt.status}")


def abstention(attempt: Attempt) -> Score | None:
    """A refusal is a status and carries no citation; its wording does not matter."""
    if not attempt.expect.abstain:
        return None
    if attempt.status != "not_found":
        return Score("abstention", 0.0, f"the status is {attempt.status}")
    if attempt.quotes or MARKER.search(attempt.answer["answer"]):
        return Score("abstention", 0.0, "the refusal cites something")
    return Score("abstention", 1.0)


def facts(attempt: Attempt) -> Score | None:
    """The share of the expected facts that the answer or its quotes state."""
    expected = attempt.expect.facts
    if not expected:
        return None
    absent = missing(expected, attempt.texts)
    return Score("facts", 1 - len(absent) / len(expected), _note("missing", absent))


def forbidden(attempt: Attempt) -> Score | None:
    """Nothing of what must not be there is there."""
    if not attempt.expect.absent:
        return None
    there = [fact for fact in attempt.expect.absent if occurs(fact, attempt.texts)]
    return Score("not", float(not there), _note("should not be there", there))


def verdict(attempt: Attempt) -> Score | None:
    """The answer to a question of yes or no begins with the right one."""
    if attempt.expect.verdict is None:
        return None
    told = _YES_NO.match(attempt.texts[0])
    if told is None:
        return Score("verdict", 0.0, "the answer does not begin with yes or no")
    right = told[0].lower() == attempt.expect.verdict
    return Score("verdict", float(right), "" if right else f"the answer begins with {told[0]}")


def sources(attempt: Attempt) -> Score | None:
    """The share of the expected sources that are cited."""
    groups = attempt.expect.sources.groups
    if not groups:
        return None
    absent = attempt.not_cited(groups)
    return Score("sources", 1 - len(absent) / len(groups), _note("not cited", absent))


def conflict(attempt: Attempt) -> Score | None:
    """The share of the sides of a disagreement that are shown: their facts and a source."""
    sides = attempt.expect.conflict
    if not sides:
        return None
    absent = [
        side.facts[0][0]
        for side in sides
        if missing(side.facts, attempt.texts) or attempt.not_cited(side.sources.groups)
    ]
    return Score("conflict", 1 - len(absent) / len(sides), _note("side not shown", absent))


def as_of(attempt: Attempt) -> Score | None:
    """No cited article is later than the case's day, or of unknown date."""
    day = attempt.case.as_of
    if day is None:
        return None
    late = []
    for article_id in sorted(attempt.cited):
        article = attempt.corpus.get(article_id)
        published = article.published_day if article else None
        if published is None or published > day:
            late.append(f"{article_id} ({published or 'date unknown'})")
    return Score("as_of", float(not late), _note(f"later than {day}", late))


def quote_exact(attempt: Attempt) -> Score | None:
    """The share of the shown quotes that equal the slice of the article they name."""
    if not attempt.quotes:
        if attempt.status == "not_found":
            return None
        return Score("quote_exact", 0.0, "the answer carries no quote")
    wrong = [str(q["n"]) for q in attempt.quotes if not _is_exact(q, attempt.corpus)]
    share = 1 - len(wrong) / len(attempt.quotes)
    return Score("quote_exact", share, _note("not verbatim in the article named: quote", wrong))


def _is_exact(quote: Mapping[str, Any], corpus: Corpus) -> bool:
    article = corpus.get(quote["article"])
    start, end = quote["start"], quote["end"]
    return (
        article is not None
        and quote["verdict"] == "exact"
        and 0 <= start < end <= len(article.text)
        and article.text[start:end] == quote["text"]
    )


def markers(attempt: Attempt) -> Score | None:
    """Every ``[n]`` in the text and every claim points at a quote that is there."""
    claims = attempt.answer["claims"]
    used = {int(match[1]) for match in MARKER.finditer(attempt.answer["answer"])}
    used |= {n for claim in claims for n in claim["quotes"]}
    bare = sum(not claim["quotes"] for claim in claims)
    if not used and not bare:
        return None
    dangling = sorted(used - {quote["n"] for quote in attempt.quotes})
    notes = [f"no quote [{n}]" for n in dangling]
    notes += [f"{bare} claims without a quote"] if bare else []
    return Score("markers", float(not notes), "; ".join(notes))


def citation_recall(attempt: Attempt) -> Score | None:
    """The share of the expected sources, conflicting sides included, that are cited."""
    groups = attempt.expect.source_groups
    if not groups:
        return None
    return Score("citation_recall", 1 - len(attempt.not_cited(groups)) / len(groups))


def citation_precision(attempt: Attempt) -> Score | None:
    """The share of the cited articles that are expected sources."""
    groups = attempt.expect.source_groups
    if not groups or not attempt.cited:
        return None
    gold = attempt.corpus.find_any([name for names in groups for name in names])
    return Score("citation_precision", len(attempt.cited & gold) / len(attempt.cited))


def quote_recall(attempt: Attempt) -> Score | None:
    """The share of the expected quotes of which at least half is quoted.

    Where any one of several articles will do, the article that is quoted best counts.
    """
    if not attempt.expect.quotes:
        return None
    gold = gold_quotes(attempt.case, attempt.corpus)
    if not gold:
        return Score("quote_recall", None, "no expected quote stands in its sources")
    spans: dict[str, list[tuple[int, int]]] = {}
    for quote in attempt.quotes:
        spans.setdefault(quote["article"], []).append((quote["start"], quote["end"]))
    shares = {
        article_id: sum(q.overlap(spans.get(article_id, [])) >= GOLD_OVERLAP for q in quotes)
        / len(quotes)
        for article_id, quotes in gold.items()
    }
    per_group = []
    for names in attempt.expect.source_groups or (tuple(gold),):
        inside = [shares[i] for i in attempt.corpus.find_any(names) if i in shares]
        per_group += [max(inside)] if inside else []
    return Score("quote_recall", sum(per_group) / len(per_group))


def _note(what: str, items: Sequence[str]) -> str:
    return f"{what}: {'; '.join(items)}" if items else ""


Scorer = Callable[[Attempt], Score | None]
SCORERS: tuple[Scorer, ...] = (
    status,
    abstention,
    facts,
    forbidden,
    verdict,
    sources,
    conflict,
    as_of,
    quote_exact,
    markers,
    citation_recall,
    citation_precision,
    quote_recall,
)
DECISIVE = frozenset(
    {"status", "facts", "not", "verdict", "sources", "conflict", "as_of", "quote_exact"}
)
"""A case that has an answer passes when all of these are 1."""


# --- The verdict ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """A case judged.

    Attributes:
        outcome: ``passed``, ``failed`` or ``not_measured``.
        stage: Where it went wrong; None for a pass.
        reason: The same in words; empty for a pass.
        scores: Of all scorers that apply.
        retrieval: See ``judge_retrieval``.
    """

    outcome: Outcome
    stage: Stage | None
    reason: str
    scores: tuple[Score, ...] = ()
    retrieval: Mapping[str, float] = field(default_factory=dict)


def score_case(
    case: Case, answer: AnswerJson, corpus: Corpus, retrieved: Sequence[Retrieved]
) -> Verdict:
    """Judge an answer.

    A case with ``abstain`` passes with status ``not_found`` and no citation. Any other passes
    when it is answered at least in part, begins with the right yes or no where one is expected,
    and has all expected facts and sources, nothing that must not be there, and no quote that is
    not verbatim.
    """
    attempt = Attempt(case, answer, corpus, retrieved)
    scores = tuple(score for scorer in SCORERS if (score := scorer(attempt)))
    decisive = {"abstention"} if case.expect.abstain else DECISIVE
    failed = [score for score in scores if score.name in decisive and score.value != 1.0]
    ranked = judge_retrieval(case, corpus, retrieved)
    if not failed:
        return Verdict("passed", None, "", scores, ranked)
    # A refusal has nothing else to say for itself.
    told = [score for score in failed if score.name == "status"] or failed
    reason = "; ".join(score.note for score in told)
    stage = _blame(attempt, misquoted=any(score.name == "quote_exact" for score in failed))
    return Verdict("failed", stage, reason, scores, ranked)


def score_search(case: Case, corpus: Corpus, retrieved: Sequence[Retrieved]) -> Verdict:
    """Judge the search alone: it passes when every article that is needed was found."""
    ranked = judge_retrieval(case, corpus, retrieved)
    hits = {hit.article for hit in retrieved}
    for names in case.expect.source_groups:
        group = corpus.find_any(names)
        if not group & hits:
            stage: Stage = "not_retrieved" if group else "not_indexed"
            return Verdict("failed", stage, f"not found: {' or '.join(names)}", (), ranked)
    return Verdict("passed", None, "", (), ranked)


def not_measured(
    case: Case, reason: str, corpus: Corpus, retrieved: Sequence[Retrieved]
) -> Verdict:
    """The verdict on a case that got no answer; what was searched is still worth a number."""
    ranked = judge_retrieval(case, corpus, retrieved)
    return Verdict("not_measured", "not_measured", reason, (), ranked)


def _blame(attempt: Attempt, *, misquoted: bool) -> Stage:
    """The first stage at which a failed attempt went wrong."""
    groups = [attempt.corpus.find_any(names) for names in attempt.expect.source_groups]
    seen = attempt.cited | {hit.article for hit in attempt.retrieved}
    stages: tuple[tuple[bool, Stage], ...] = (
        (attempt.expect.abstain, "answered_wrongly"),
        (not all(groups), "not_indexed"),
        (not all(group & seen for group in groups), "not_retrieved"),
        (attempt.status == "not_found", "refused_wrongly"),
        (misquoted and bool(attempt.quotes), "misquoted"),
        (not all(group & attempt.cited for group in groups), "retrieved_not_cited"),
    )
    return next((stage for applies, stage in stages if applies), "wrong_answer")
