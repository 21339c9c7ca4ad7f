"""Letting a model write: its claims are shown once proved, bare quotes in the place of others."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from index import EndpointError, Filters
from qa._draft import Draft
from qa._events import Event, Working
from qa._evidence.confidence import confidence
from qa._evidence.selection import best_span, sentence_span
from qa._evidence.sentences import Candidate, Evidence
from qa._evidence.uncovered import stand_alone_parts
from qa._models.language_model import Chunk, LanguageModel
from qa._records.cache import ReplyCache
from qa._reply.consult import Consultation, consult
from qa._reply.mend import mend
from qa._reply.parse import (
    Answerable,
    ClaimComplete,
    ContradictionSaid,
    ReplyParser,
    VerdictSaid,
)
from qa._reply.prompt import ask_again
from qa._reply.request import AnswerSettings, ModelRequest, model_request, verdict_request
from qa._sureness import log_odds, sureness
from qa._verify.cited import cited_quote
from qa._verify.support import check_support


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model is asked, and how sure the search is of an answer to it.

    Attributes:
        before: The question asked before, for a follow-up.
        filters: Those the evidence was found with: they tell kept replies apart.
        yes_no: Whether the question is one of yes or no on which the articles do not disagree.
    """

    question: str
    before: str | None
    sure: float
    filters: Filters
    yes_no: bool = False


class Writer:
    """Fills drafts with what a model writes.

    Args:
        find: Finds the evidence for a part of the question.
    """

    def __init__(
        self,
        model: LanguageModel,
        settings: AnswerSettings,
        cache: ReplyCache | None,
        find: Callable[[str], Evidence],
    ) -> None:
        self._model = model
        self._settings = settings
        self._cache = cache
        self._find = find

    def write(self, draft: Draft, asked: Asked) -> Iterator[Event]:
        """Let the model answer; where it refuses a question of several parts, each by itself.

        A model refuses two questions at once if either has no answer.
        """
        yield from self._write(draft, asked)
        if draft.claims and asked.yes_no and self._settings.weigh_verdict:
            yield from self._weigh(draft, asked)
        if draft.claims or draft.answerable is not False:
            return
        whole, missing = draft.evidence, []
        for part, question in stand_alone_parts(whole.question):
            evidence = self._find(question)
            sure, answered = confidence(evidence), len(draft.claims)
            if sure >= self._settings.refuse_below:
                draft.evidence = evidence
                draft.forget_reply()
                yield from self._write(
                    draft, replace(asked, question=question, before=None, sure=sure, yes_no=False)
                )
            if len(draft.claims) == answered:
                missing.append(part)
        draft.evidence = whole
        draft.missing = tuple(missing) if draft.claims else ()

    def _write(self, draft: Draft, asked: Asked) -> Iterator[Event]:
        """Let the model write claims, and emit each once it is proved."""
        request = model_request(
            draft.evidence,
            asked.question,
            asked.before,
            self._settings,
            yes_no=asked.yes_no and self._settings.verdict,
        )
        draft.shown = draft.shown or request.labels
        draft.begun = len(draft.claims)
        failure: str | None = None
        try:
            read = yield from self._attempt(draft, request, asked)
            if not read and not draft.written:
                note = f"{self._model.name} did not reply in the form that was asked for"
                yield draft.note(f"{note}; it was asked once more.")
                messages = ask_again(request.messages, draft.raw_reply)
                draft.forget_reply()
                again = replace(request, messages=messages, schema={})
                read = yield from self._attempt(draft, again, asked)
            if not read:
                failure = f"The reply of {self._model.name} is not the JSON that was asked for."
        except EndpointError as error:
            failure = str(error)
        if failure:
            note = f"{failure} What it had not written is answered with quotes alone."
            draft.fallen_back = not draft.claims
            yield draft.note(note, unavailable=not draft.raw_reply)
        if draft.written:
            yield from self._quote_best(draft)
        # Sure of an answer, but pointing at nothing valid: the quotes have to say it.
        quotes_decide = failure and asked.sure >= self._settings.refuse_below
        if not draft.written and (quotes_decide or (draft.answerable and not failure)):
            yield from draft.extract()

    def _weigh(self, draft: Draft, asked: Asked) -> Iterator[Event]:
        """Say yes or no where the model leans clearly to either; without it the answer stands."""
        if draft.fallen_back or asked.before:
            return
        reply = self._consult(draft, verdict_request(draft.evidence, draft.shown), asked)
        draft.another_reply()
        try:
            for chunk in reply:
                draft.count(chunk)
                yield Working()
                if draft.leaning is None:
                    draft.leaning = sureness(chunk)
        except EndpointError:
            return
        finally:
            reply.close()
            draft.settle(reply.tokens)
            draft.cost = reply.spent
        if draft.leaning is not None:
            reply.keep(draft.id)
            if draft.leaning >= self._settings.yes_above:
                yield from draft.judge("yes")
            elif draft.leaning < self._settings.no_below:
                yield from draft.judge("no")

    def _attempt(
        self,
        draft: Draft,
        request: ModelRequest,
        asked: Asked,
    ) -> Generator[Event, None, bool]:
        """Ask once and read the reply; returns whether it could be read."""
        reply = self._consult(draft, request, asked)
        if reply.kept is not None:
            draft.cached_from = reply.kept.answer_id
            draft.stamp("cached")
            yield draft.note(reply.kept.note(self._model.name), failure=False)
        before = len(draft.raw_reply)
        try:
            read = yield from self._read(draft, iter(reply), request.labels, asked)
        finally:
            reply.close()
            draft.settle(reply.tokens)
            draft.cost = reply.spent
        if read:
            if draft.written or draft.answerable is False:
                reply.keep(draft.id)
            return True
        mended = None if draft.written else mend(draft.raw_reply[before:])
        if mended is None:
            return False
        yield draft.note(
            f"The reply of {self._model.name} was not proper JSON and had to be mended."
        )
        if draft.answerable is None or draft.sureness is None:
            draft.answerable = mended.answerable
        for claim in mended.claims:
            yield from self._prove(draft, claim.text, claim.quotes, request.labels)
        return True

    def _consult(self, draft: Draft, request: ModelRequest, asked: Asked) -> Consultation:
        return consult(
            self._model,
            request,
            self._settings,
            cache=self._cache,
            searched_for=draft.evidence.question,
            filters=asked.filters,
            confidence=asked.sure,
            spent=draft.cost,
        )

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
            yield from draft.emit(span.text, [span], quoted=True)

    def _read(
        self,
        draft: Draft,
        stream: Iterator[Chunk],
        labels: dict[int, Candidate],
        asked: Asked,
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
                draft.answerable = self._believes(found, asked.sure)
            for item in parser.feed(chunk.text):
                if isinstance(item, Answerable) and draft.sureness is None:
                    draft.answerable = item.value
                elif isinstance(item, VerdictSaid):
                    if item.value and asked.yes_no and draft.answerable is not False:
                        yield from draft.judge(item.value)
                elif isinstance(item, ContradictionSaid):
                    sides = [[labels[n] for n in side if n in labels] for side in item.sides]
                    draft.reported.append([side for side in sides if side])
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
        spans = [sentence_span(candidate) for candidate in cited]
        quotes = [cited_quote(span.text, span.article) for span in spans]
        support = check_support(text, quotes, questions=asked)
        if support.supported and text.strip():
            yield from draft.emit(text.strip(), spans, quoted=False)
            return
        draft.objections.append(
            {"claim": text, "labels": list(labels), "kinds": [o.kind for o in support.objections]}
        )
        shown = {(quote.article, quote.start, quote.end) for quote in draft.quotes}
        for span in spans:
            if (span.article.id, span.start, span.end) not in shown:
                yield from draft.emit(span.text, [span], quoted=True)
