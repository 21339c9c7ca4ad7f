"""The flow of an answer: retrieve, show evidence, let a model write, prove, save."""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from index import Archive, ArchiveError, EndpointError, Filters
from qa._answer import Answer, Claim, Status
from qa._cite import evidence_record, make_quote, nearest_articles
from qa._disagreement.find import Disagreement, disagreement_json, find_disagreements
from qa._draft import Draft
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
from qa._evidence.confidence import confidence
from qa._evidence.filtered_out import filtered_out
from qa._evidence.selection import (
    Span,
    best_span,
    select_quotes,
    sentence_span,
)
from qa._evidence.sentences import Candidate, find_evidence
from qa._evidence.uncovered import uncovered_parts
from qa._models.language_model import Chunk, LanguageModel
from qa._question.stand_alone import Turn, check_question, stand_alone
from qa._records.cache import ReplyCache
from qa._records.records import Records, new_id
from qa._reply.consult import consult
from qa._reply.mend import mend
from qa._reply.parse import Answerable, ClaimComplete, ReplyParser
from qa._reply.prompt import PROMPT_VERSION, ask_again
from qa._reply.request import AnswerSettings, ModelRequest, model_request
from qa._sureness import log_odds, sureness
from qa._verify.support import check_support, claim_context
from qa._write import attribution, label, plain_line, refusal, write_answer


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
        without: Collection[str] = (),
    ) -> Iterator[Event]:
        """Answer a question, event by event; see ``qa._events`` for their order.

        ``now`` is the day it is asked on, for "yesterday" and "last month". ``without`` are the
        keys of the understood items that the reader took back (:class:`qa.Item`); a key that
        names none changes nothing, and all are kept with the answer.

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
        evidence = find_evidence(
            self._archive, searched_for, filters or Filters(), now=now, without=without
        )
        draft = Draft(new_id(), question, evidence, started)
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
                lambda part: find_evidence(
                    self._archive, part, filters or Filters(), now=now, without=without
                ),
            )
            for part in draft.missing:
                draft.notes.append(f"Nothing was found on this part of the question: “{part}”.")
                yield Notice(draft.notes[-1], failure=False)
        elif filters and (
            best := filtered_out(
                evidence,
                lambda: find_evidence(
                    self._archive, searched_for, Filters(), now=now, without=without
                ),
                above=self._settings.refuse_below,
            )
        ):
            named = f"{label(best)} ({attribution(best)})"
            draft.notes.append(f"The filters leave out what may answer this: {named}.")
            yield Notice(draft.notes[-1], failure=False)
        answer = self._finish(draft, searched_for)
        trace = self._trace(draft, sure) | {
            "filters": asdict(filters or Filters()),
            "without": list(without),
        }
        self._records.save(answer, conversation=conversation, trace=trace)
        yield Finished(answer)

    def _extract(self, draft: Draft) -> Iterator[Event]:
        """The best sentences, each with its paragraph, as quotes."""
        for span in select_quotes(draft.evidence):
            yield from self._emit(draft, span.text, [span], quoted=True)

    def _disagree(self, draft: Draft, found: Sequence[Disagreement]) -> Iterator[Event]:
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
        draft: Draft,
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
        draft: Draft,
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

    def _quote_best(self, draft: Draft) -> Iterator[Event]:
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
        draft: Draft,
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
        self, draft: Draft, text: str, labels: Sequence[int], by_label: dict[int, Candidate]
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
        self, draft: Draft, text: str, spans: Sequence[Span], *, quoted: bool
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

    def _finish(self, draft: Draft, searched_for: str) -> Answer:
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

    def _trace(self, draft: Draft, sure: float) -> dict[str, Any]:
        understood = draft.evidence.found.understood if draft.evidence.found else None
        best = dict(enumerate(draft.evidence.candidates[: self._settings.sentences], 1))
        return {
            "prompt_version": PROMPT_VERSION,
            "understood": [asdict(item) for item in understood.items] if understood else [],
            "removed": [asdict(item) for item in understood.removed] if understood else [],
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
