"""The flow of an answer: retrieve, show evidence, let a model write, prove, save."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from index import Archive, ArchiveError, Filters
from qa._answer import Answer, Status
from qa._cite import evidence_record, make_quote, nearest_articles
from qa._disagreement.find import MOST, find_disagreements
from qa._disagreement.reported import reported_disagreement
from qa._disagreement.sides import Disagreement, disagreement_json, same
from qa._draft import Draft
from qa._events import (
    Event,
    EvidenceFound,
    Finished,
)
from qa._evidence.confidence import confidence
from qa._evidence.not_there import unmet
from qa._evidence.outside import left_out
from qa._evidence.premise import Premise, less_sure, premise
from qa._evidence.selection import (
    select_quotes,
    sentence_span,
)
from qa._evidence.sentences import Evidence, find_evidence
from qa._evidence.uncovered import uncovered_parts
from qa._models.language_model import LanguageModel
from qa._question.stand_alone import (
    Turn,
    check_question,
    is_follow_up,
    question_before,
    stand_alone,
)
from qa._question.yes_no import asks_yes_or_no
from qa._records.cache import ReplyCache
from qa._records.records import Records, new_id
from qa._reply.prompt import PROMPT_VERSION
from qa._reply.request import AnswerSettings
from qa._reply.rewrite import Rewriting
from qa._write import CORRECTION, refusal, write_answer
from qa._writer import Asked, Writer

NOTHING_ON = "Nothing was found on this part of the question: “{}”."
# A premise is corrected with the newest quotes that deny it, so many at most.
MOST_DENIALS = 3


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
        keep: Callable[[], bool] = lambda: True,
    ) -> Iterator[Event]:
        """Answer a question, event by event; see ``qa._events`` for their order.

        ``now`` is the day it is asked on, for "yesterday" and "last month". ``without`` are the
        keys of the understood items that the reader took back (:class:`qa.Item`); a key that
        names none changes nothing, and all are kept with the answer. ``keep`` is asked once, right
        before the answer is saved: if it says no, the answer is not saved and does not finish.

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
        filters = filters or Filters()

        def find(asked: str) -> Evidence:
            return find_evidence(self._archive, asked, filters, now=now, without=without)

        rewriting = self._rewriting(question, history)
        if rewriting:
            yield from rewriting
        searched_for = (rewriting and rewriting.question) or self._stand_alone(question, history)
        evidence = find(searched_for)
        draft = Draft(new_id(), question, evidence, started)
        draft.notes += evidence.found.notes if evidence.found else ()
        if rewriting:
            draft.spend(rewriting.tokens)
        draft.stamp("retrieve")
        sure, held = confidence(evidence), premise(evidence)
        if held is not None and held.unspoken:
            sure = less_sure(sure)
        shown = select_quotes(evidence) if sure >= self._settings.model_floor else []
        yield EvidenceFound(
            draft.id,
            tuple(make_quote(n, span) for n, span in enumerate(shown, 1)),
            evidence.searched,
            searched_for if searched_for != question else None,
            evidence.found,
        )
        draft.stamp("first_quote")
        if held is not None and held.denied and sure >= self._settings.refuse_below:
            yield from self._correct(draft, held)
        elif self._model is not None and sure >= self._settings.model_floor:
            before = question_before(history) if searched_for != question else None
            writer = Writer(self._model, self._settings, self._cache, find)
            wanted = self._wants_verdict(draft)
            yield from writer.write(draft, Asked(question, before, sure, filters, wanted))
        elif sure >= self._settings.refuse_below:
            yield from draft.extract()
        if draft.claims:
            yield from self._disagree(draft)
            draft.missing = draft.missing or uncovered_parts(question, find)
            found = evidence.found
            if found and (said := unmet(found.understood, found.told, draft.quotes)):
                yield draft.note(said, failure=False)
        else:
            yield from self._say_why(draft, held, filters, now, without)
        for part in draft.missing:
            yield draft.note(NOTHING_ON.format(part), failure=False)
        answer = self._finish(draft, searched_for)
        if not keep():
            return
        trace = self._trace(draft, sure) | {"filters": asdict(filters), "without": list(without)}
        self._records.save(answer, conversation=conversation, trace=trace)
        yield Finished(answer)

    def _stand_alone(self, question: str, history: Sequence[Turn]) -> str:
        outlets = tuple(self._archive.outlets()) if history else ()
        return stand_alone(question, history, outlets)

    def _rewriting(self, question: str, history: Sequence[Turn]) -> Rewriting | None:
        """A follow-up is rewritten by the model, if it is one that is quick enough for that."""
        if self._model and self._settings.rewrite and is_follow_up(question, history):
            return Rewriting(self._model, question, history)
        return None

    def _say_why(
        self,
        draft: Draft,
        held: Premise | None,
        filters: Filters,
        now: date | None,
        without: Collection[str],
    ) -> Iterator[Event]:
        """What a refusal is owed to, where that is known: a premise, or filters alone."""
        if held is not None and held.unspoken:
            yield draft.note(NOTHING_ON.format(held.about.text), failure=False)
        if found := left_out(
            self._archive,
            draft.evidence,
            filters,
            self._settings.refuse_below,
            now=now,
            without=without,
        ):
            draft.left_out = found.articles
            if found.note:
                yield draft.note(found.note, failure=False)

    def _correct(self, draft: Draft, held: Premise) -> Iterator[Event]:
        """Quote what denies the question's premise; there is nothing else to answer."""
        yield draft.note(CORRECTION, failure=False)
        for candidate in held.denied[:MOST_DENIALS]:
            span = sentence_span(candidate)
            yield from draft.emit(span.text, [span], quoted=True)

    def _wants_verdict(self, draft: Draft) -> bool:
        """Whether yes or no is wanted; where articles disagree, both sides are the answer."""
        settings = self._settings
        wanted = settings.verdict or settings.weigh_verdict
        return wanted and asks_yes_or_no(draft.evidence.question) and not self._disagreements(draft)

    def _disagreements(self, draft: Draft) -> tuple[Disagreement, ...]:
        """What rules find in the evidence, looked for once."""
        evidence = draft.evidence
        if draft.compared is None or draft.compared[0] is not evidence:
            origins = self._archive.origins([article.id for article in evidence.articles])
            draft.compared = evidence, find_disagreements(evidence, origins)
        return draft.compared[1]

    def _disagree(self, draft: Draft) -> Iterator[Event]:
        """List the disagreements; a side that no claim quotes yet is quoted, so both are seen."""
        found = list(self._disagreements(draft))
        for sides in draft.reported:
            ids = [candidate.article.id for side in sides for candidate in side]
            reported = reported_disagreement(
                draft.evidence.question, sides, self._archive.origins(ids)
            )
            if reported and len(found) < MOST and not any(same(reported, f) for f in found):
                found.append(reported)
        for disagreement in found:
            numbers = []
            for side in disagreement.sides:
                # Its value is that of the first, whose outlet and day are given with it.
                if not draft.quoting(side.spans[0]):
                    yield from draft.emit(side.spans[0].text, side.spans[:1], quoted=True)
                quoted = [n for span in side.spans for n in draft.quoting(span)]
                numbers.append(list(dict.fromkeys(quoted)))
            draft.disagreements.append(disagreement_json(disagreement, numbers))

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
            nearest=()
            if draft.claims
            else nearest_articles([*draft.left_out, *draft.evidence.articles]),
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
            "leaning": draft.leaning,
            "raw_reply": draft.raw_reply,
            "cached_from": draft.cached_from,
            "objections": draft.objections,
            # What the model was shown, by label; else what the search found best.
            "evidence": evidence_record(draft.shown or best),
        }
