"""The flow of an answer: retrieve, show evidence, let a model write, prove, save."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from index import Archive, ArchiveError, EndpointError, Filters
from qa._answer import Answer, Claim, Quote, Status
from qa._cache import ReplyCache
from qa._cite import evidence_record, make_quote, nearest_articles
from qa._confidence import confidence
from qa._consult import consult
from qa._disagreement import Disagreement, disagreement_json, find_disagreements
from qa._events import (
    ClaimDone,
    ClaimStarted,
    ClaimText,
    Event,
    EvidenceFound,
    Finished,
    Notice,
    Working,
)
from qa._evidence import Candidate, Evidence, find_evidence
from qa._mend import mend
from qa._models import Chunk, LanguageModel, Message
from qa._prompt import PROMPT_VERSION, Labelled, ask_again, build_messages
from qa._question import Turn, check_question, shorten, stand_alone
from qa._records import Records, new_id
from qa._reply import Answerable, ClaimComplete, ReplyParser, reply_schema
from qa._selection import (
    Span,
    best_span,
    estimate_tokens,
    select_quotes,
    select_sentences,
    sentence_span,
)
from qa._support import check_support, claim_context
from qa._sureness import log_odds, sureness
from qa._uncovered import uncovered_parts
from qa._write import attribution, plain_line, refusal, write_answer


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
        refuse_below: An extractive answer with less confidence is ``not_found``.
        model_floor: Below this confidence a model is not asked at all.
        answerable_above: A model that tells how sure it is must be at least so sure that the
            evidence answers the question; taken at its word, a small model says yes too easily
            (benchmarks/answerable.py). The highest value that refuses at most one in ten
            answerable questions of the development suite.
        search_weight: What the log-odds of the search's own confidence add to the model's.
        budget_seconds: A reply that takes longer is cut; see ``qa._budget``.
        budget_tokens: What prompt and reply may have together, whatever an endpoint makes of
            ``max_tokens``.
    """

    sentences: int = 8
    tokens: int = 370
    fewest_tokens: int = 120
    max_claims: int = 3
    max_tokens: int = 220
    refuse_below: float = 0.5
    model_floor: float = 0.1
    answerable_above: float = 0.7
    search_weight: float = 0.5
    budget_seconds: float = 180.0
    budget_tokens: int = 4000

    def digest(self) -> str:
        """A short hash over all settings and the prompt's version."""
        values = json.dumps([PROMPT_VERSION, repr(self)])
        return hashlib.sha256(values.encode()).hexdigest()[:12]


@dataclass(slots=True)
class _Draft:
    """What is known of an answer while it is being made."""

    id: str
    question: str
    evidence: Evidence
    started: float
    claims: list[Claim] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    disagreements: list[dict[str, Any]] = field(default_factory=list)
    timings: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=lambda: {"prompt": 0, "completion": 0})
    spent: dict[str, int] = field(default_factory=lambda: {"prompt": 0, "completion": 0})
    raw_reply: str = ""
    answerable: bool | None = None
    sureness: float | None = None
    fallen_back: bool = False
    cached_from: str | None = None
    shown: dict[int, Candidate] = field(default_factory=dict)
    objections: list[dict[str, Any]] = field(default_factory=list)
    missing: tuple[str, ...] = ()

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
        self.spent = dict(self.tokens)
        self.raw_reply += "\n\n"

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


class Answerer:
    """Answers questions over an archive.

    Args:
        archive: What is searched.
        records: Where every answer is kept.
        model: Writes the claims; None for the extractive answerer, which shows the best
            sentences themselves.
        cache: Where the model's replies are kept and taken again; None for neither.
    """

    def __init__(
        self,
        archive: Archive,
        records: Records,
        model: LanguageModel | None = None,
        settings: AnswerSettings | None = None,
        *,
        cache: ReplyCache | None = None,
    ) -> None:
        self._archive = archive
        self._records = records
        self._model = model
        self._settings = settings or AnswerSettings()
        self._cache = cache

    @property
    def name(self) -> str:
        """Of the model, or ``extractive``."""
        return self._model.name if self._model else "extractive"

    @property
    def settings(self) -> AnswerSettings:
        return self._settings

    def warm(self) -> None:
        """Make the first question as fast as the later ones: search once, for nothing.

        The first search imports Chroma and opens the indexes, which takes seconds.
        """
        if self._archive.counts()["articles"]:
            find_evidence(self._archive, "What happened?", Filters())

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        conversation: str | None = None,
        now: date | None = None,
    ) -> Iterator[Event]:
        """Answer a question, event by event; see ``qa._events`` for their order.

        ``now`` is the day it is asked on, for "yesterday" and "last month".


        Closing the iterator stops the model. A model that fails does not end the answer:
        what it had finished is kept, and the best quotes stand in for the rest.

        Raises:
            UsageError: The question is empty or too long, or the filters contradict each other.
            ArchiveError: The archive holds no articles.
        """
        started = time.perf_counter()
        question = check_question(question)
        if not self._archive.counts()["articles"]:
            raise ArchiveError("The archive holds no articles.", "Run: pullquote index sync PATH")
        outlets = tuple(self._archive.outlets()) if history else ()
        searched_for = stand_alone(question, history, outlets)
        evidence = find_evidence(self._archive, searched_for, filters or Filters(), now=now)
        draft = _Draft(new_id(), question, evidence, started)
        draft.notes += evidence.found.notes if evidence.found else ()
        draft.stamp("retrieve")
        sure = confidence(evidence)
        shown = select_quotes(evidence) if sure >= self._settings.model_floor else []
        yield EvidenceFound(
            draft.id,
            tuple(make_quote(n, span) for n, span in enumerate(shown, 1)),
            evidence.searched,
            searched_for if searched_for != question else None,
            evidence.found,
        )
        draft.stamp("first_quote")
        if self._model is None or sure < self._settings.model_floor:
            if sure >= self._settings.refuse_below:
                yield from self._extract(draft)
        else:
            before = history[-1].question if searched_for != question else None
            yield from self._write(draft, self._model, before, sure, filters or Filters())
        if draft.claims:
            origins = self._archive.origins([article.id for article in evidence.articles])
            yield from self._disagree(draft, find_disagreements(evidence, origins))
            draft.missing = uncovered_parts(
                question,
                lambda part: find_evidence(self._archive, part, filters or Filters(), now=now),
            )
            for part in draft.missing:
                draft.notes.append(f"Nothing was found on this part of the question: “{part}”.")
                yield Notice(draft.notes[-1], failure=False)
        answer = self._finish(draft, searched_for)
        trace = self._trace(draft, sure) | {"filters": asdict(filters or Filters())}
        self._records.save(answer, conversation=conversation, trace=trace)
        yield Finished(answer)

    def _extract(self, draft: _Draft) -> Iterator[Event]:
        """The best sentences, each with its paragraph, as quotes."""
        for span in select_quotes(draft.evidence):
            yield from self._emit(draft, span.text, [span], quoted=True)

    def _disagree(self, draft: _Draft, found: Sequence[Disagreement]) -> Iterator[Event]:
        """List the disagreements; a side that no claim quotes yet is quoted, so both are seen."""
        for disagreement in found:
            numbers = []
            for side in disagreement.sides:
                if not (quoted := [n for span in side.spans for n in draft.quoting(span)]):
                    yield from self._emit(draft, side.spans[0].text, side.spans[:1], quoted=True)
                    quoted = draft.quoting(side.spans[0])
                numbers.append(list(dict.fromkeys(quoted)))
            draft.disagreements.append(disagreement_json(disagreement, numbers))

    def _write(
        self,
        draft: _Draft,
        model: LanguageModel,
        before: str | None,
        sure: float,
        filters: Filters,
    ) -> Iterator[Event]:
        """Let the model write claims, and emit each once it is proved."""
        request = model_request(draft.evidence, draft.question, before, self._settings)
        draft.shown = request.labels
        failure: str | None = None
        try:
            read = yield from self._attempt(draft, model, request, sure, filters)
            if not read and not draft.claims:
                note = f"{model.name} did not reply in the form that was asked for"
                draft.notes.append(f"{note}; it was asked once more.")
                yield Notice(draft.notes[-1])
                messages = ask_again(request.messages, draft.raw_reply)
                draft.forget_reply()
                again = replace(request, messages=messages, schema={})
                read = yield from self._attempt(draft, model, again, sure, filters)
            if not read:
                failure = f"The reply of {model.name} is not the JSON that was asked for."
        except EndpointError as error:
            failure = str(error)
        if failure:
            note = f"{failure} What it had not written is answered with quotes alone."
            draft.notes.append(note)
            draft.fallen_back = not draft.claims
            yield Notice(note, unavailable=not draft.raw_reply)
        if draft.claims:
            yield from self._quote_best(draft)
        # Sure of an answer, but pointing at nothing valid: the quotes have to say it.
        quotes_decide = failure and sure >= self._settings.refuse_below
        if not draft.claims and (quotes_decide or (draft.answerable and not failure)):
            yield from self._extract(draft)

    def _attempt(
        self,
        draft: _Draft,
        model: LanguageModel,
        request: ModelRequest,
        sure: float,
        filters: Filters,
    ) -> Generator[Event, None, bool]:
        """Ask once and read the reply; returns whether it could be read."""
        reply = consult(
            model,
            request,
            self._settings,
            cache=self._cache,
            searched_for=draft.evidence.question,
            filters=filters,
            confidence=sure,
        )
        if reply.kept is not None:
            draft.cached_from = reply.kept.answer_id
            draft.notes.append(reply.kept.note(model.name))
            draft.stamp("cached")
            yield Notice(draft.notes[-1], failure=False)
        before = len(draft.raw_reply)
        try:
            read = yield from self._read(draft, iter(reply), request.labels, sure)
        finally:
            reply.close()
            draft.settle(reply.tokens)
        if read:
            if draft.claims or draft.answerable is False:
                reply.keep(draft.id)
            return True
        mended = None if draft.claims else mend(draft.raw_reply[before:])
        if mended is None:
            return False
        draft.notes.append(f"The reply of {model.name} was not proper JSON and had to be mended.")
        yield Notice(draft.notes[-1])
        if draft.answerable is None or draft.sureness is None:
            draft.answerable = mended.answerable
        for claim in mended.claims:
            yield from self._prove(draft, claim.text, claim.quotes, request.labels)
        return True

    def _quote_best(self, draft: _Draft) -> Iterator[Event]:
        """Quote what the search ranked first if no claim rests on it.

        A small model picks a wrong sentence more often than the search does; the reader sees
        both.
        """
        best = draft.evidence.candidates[0]
        if not any(
            quote.article == best.article.id
            and quote.start <= best.sentence.start
            and best.sentence.end <= quote.end
            for quote in draft.quotes
        ):
            span = best_span(draft.evidence)
            yield from self._emit(draft, span.text, [span], quoted=True)

    def _read(
        self,
        draft: _Draft,
        stream: Iterator[Chunk],
        labels: dict[int, Candidate],
        sure: float,
    ) -> Generator[Event, None, bool]:
        """Read the model's reply, emitting its claims; returns whether it was what it should be.

        A reply whose model is known not to be sure of an answer is not read further.
        """
        parser = ReplyParser()
        truncated = False
        for chunk in stream:
            draft.count(chunk)
            truncated = truncated or chunk.truncated
            yield Working()
            if draft.sureness is None and (found := sureness(chunk)) is not None:
                draft.sureness = found
                draft.answerable = self._believes(found, sure)
            for item in parser.feed(chunk.text):
                if isinstance(item, Answerable) and draft.sureness is None:
                    draft.answerable = item.value
                elif isinstance(item, ClaimComplete):
                    yield from self._prove(draft, item.text, item.quotes, labels)
            if draft.sureness is not None and draft.answerable is False:
                return True
        reply = parser.finish()
        # Cut short is as good as complete where something was finished, or nothing is to come.
        return reply.complete or (truncated and bool(reply.claims or draft.answerable is False))

    def _believes(self, sureness: float, sure: float) -> bool:
        """Whether the model's and the search's confidence together speak for an answer."""
        odds = log_odds(sureness) + self._settings.search_weight * log_odds(sure)
        return odds >= log_odds(self._settings.answerable_above)

    def _prove(
        self, draft: _Draft, text: str, labels: Sequence[int], by_label: dict[int, Candidate]
    ) -> Iterator[Event]:
        """Emit a claim that its quotes bear out; else the quotes themselves."""
        cited = [by_label[label] for label in dict.fromkeys(labels) if label in by_label]
        if not cited or draft.answerable is False:
            return
        asked = (draft.question, draft.evidence.question)
        context = claim_context(asked, [candidate.article for candidate in cited])
        spans = [sentence_span(candidate) for candidate in cited]
        support = check_support(text, [span.text for span in spans], context=context)
        if support.supported and text.strip():
            yield from self._emit(draft, text.strip(), spans, quoted=False)
            return
        draft.objections.append(
            {"claim": text, "labels": list(labels), "kinds": [o.kind for o in support.objections]}
        )
        shown = {(quote.article, quote.start, quote.end) for quote in draft.quotes}
        for span in spans:
            if (span.article.id, span.start, span.end) not in shown:
                yield from self._emit(draft, span.text, [span], quoted=True)

    def _emit(
        self, draft: _Draft, text: str, spans: Sequence[Span], *, quoted: bool
    ) -> Iterator[Event]:
        index = len(draft.claims)
        yield ClaimStarted(index)
        quotes = tuple(draft.cite(span) for span in spans)
        claim = Claim(
            text, tuple(quote.n for quote in quotes), "quote_only" if quoted else "supported"
        )
        draft.add(claim)
        shown = f"“{text}” — {plain_line(attribution(quotes[0]))}" if quoted else text
        yield ClaimText(index, shown)
        yield ClaimDone(index, claim, quotes)

    def _finish(self, draft: _Draft, searched_for: str) -> Answer:
        answered: Status = "partial" if draft.missing else "answered"
        status: Status = answered if draft.claims else "not_found"
        answer = Answer(
            id=draft.id,
            question=draft.question,
            status=status,
            answer="",
            claims=tuple(draft.claims),
            quotes=tuple(draft.quotes),
            disagreements=tuple(draft.disagreements),
            searched=draft.evidence.searched,
            nearest=() if draft.claims else nearest_articles(draft.evidence),
            model="extractive" if draft.fallen_back else self.name,
            tokens=draft.tokens,
            notes=tuple(draft.notes),
            searched_for=searched_for if searched_for != draft.question else None,
        )
        draft.stamp("first_text")
        draft.stamp("total")
        text = write_answer(answer) if draft.claims else refusal(answer)
        return replace(answer, answer=text, timings_ms=draft.timings)

    def _trace(self, draft: _Draft, sure: float) -> dict[str, Any]:
        best = dict(enumerate(draft.evidence.candidates[: self._settings.sentences], 1))
        return {
            "prompt_version": PROMPT_VERSION,
            "settings": self._settings.digest(),
            "confidence": round(sure, 4),
            "answerable": draft.answerable,
            "sureness": draft.sureness,
            "raw_reply": draft.raw_reply,
            "cached_from": draft.cached_from,
            "objections": draft.objections,
            # What the model was shown, by label; else what the search found best.
            "evidence": evidence_record(draft.shown or best),
        }
