"""The runner: every case of a suite is asked, judged and written down, one after the other."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TypeVar

from evals._corpus import ArticleStore, Corpus, corpus_fields
from evals._record import (
    CaseLog,
    CaseRecord,
    begin_run,
    find_run,
    git_state,
    now,
    read_cases,
    read_info,
    verdict_fields,
    write_atomically,
    write_cases,
    write_info,
)
from evals._report import summary_markdown
from evals._result import RunResult, check_gates, load_run
from evals._retrieval import Retrieved, case_filters
from evals._score import AnswerJson, Verdict, not_measured, score_case, score_search
from evals._suite import Case, Suite, require_valid
from index import Archive, Filters, UsageError
from qa import (
    PROMPT_VERSION,
    Answer,
    ClaimDone,
    ClaimText,
    Event,
    EvidenceFound,
    Finished,
    Notice,
    Turn,
    search_question,
)


class Answerer(Protocol):
    """What is evaluated (``qa.Answerer``)."""

    @property
    def name(self) -> str: ...

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        now: date | None = None,
    ) -> Iterator[Event]: ...


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is.

    Attributes:
        done, total: Cases times repeats; those of a resumed run are done from the start.
        passed, failed, not_measured: Of those done.
        tokens: Spent by this run so far, prompt and completion together.
        seconds_left: At the pace so far; None before the first case.
        record: The case that has just been judged; None at the start.
    """

    done: int
    total: int
    passed: int
    failed: int
    not_measured: int
    tokens: int
    seconds_left: float | None
    record: CaseRecord | None = None


Store = TypeVar("Store", bound=Archive)


def run(
    suite: Suite,
    *,
    archive_for: Callable[[Suite], Store],
    answerer_factory: Callable[[Store], Answerer] | None,
    out: Path,
    only: Collection[str] = (),
    limit: int | None = None,
    repeats: int | None = None,
    resume: bool = False,
    settings: Mapping[str, Any] | None = None,
    progress: Callable[[RunProgress], None] | None = None,
) -> RunResult:
    """Run a suite and write its record below ``out``.

    Args:
        suite: What is asked.
        archive_for: Opens the archive of the suite's corpus; it is closed in the end.
        answerer_factory: Makes the answerer over that archive. None judges the search alone:
            a case passes when a passage of each article it needs is among the first ``top_k``;
            cases that name no sources are left out, and follow-ups, whose rewriting is the
            answerer's work.
        out: Folder for ``<UTC>-<suite>-<short hash>/``.
        only: Ids and tags of the cases to run; all when empty.
        limit: At most so many cases.
        repeats: How often each case is asked; the suite's own default when None.
        resume: Go on with the newest run of the same suite, corpus, model, settings, selection
            and commit, if there is one: what it measured is kept, the rest is asked.
        settings: Whatever else shaped the answers, e.g. the answerer's settings; recorded.
        progress: Told after each case, and once at the start.

    An exception while a case is asked makes that case ``not_measured``, with the reason, and
    the run goes on. ``KeyboardInterrupt`` ends it; the record stays and can be resumed.

    Raises:
        UsageError: The suite is invalid, the selection names nothing, or the corpus is not
            the suite's.
    """
    require_valid(suite)
    cases = suite.select(frozenset(only), limit)
    if answerer_factory is None:
        cases = [case for case in cases if case.expect.source_groups and not case.turns]
    if not cases:
        return RunResult(None, {"suite": suite.name}, ())
    archive = archive_for(suite)
    try:
        answerer = answerer_factory(archive) if answerer_factory else None
        corpus = Corpus(archive)
        session = Session(suite, archive, answerer, corpus)
        wanted = {
            "suite": suite.name,
            "suite_version": suite.version,
            "suite_sha256": suite.sha256,
            **corpus_fields(suite),
            "articles_sha256": _articles_sha256(corpus),
            "model": session.model,
            "embedding": archive.embedding.name if archive.embedding else None,
            "prompt_version": PROMPT_VERSION,
            "settings": json.loads(json.dumps(dict(settings or {}), default=str)),
            "only": sorted(only),
            "limit": limit,
            "repeats": repeats or suite.defaults.repeats,
            "git": git_state(),
        } | ({"description": suite.description} if suite.description else {})
        directory = (find_run(out, wanted) if resume else None) or begin_run(out, wanted)
        _ask_all(session, cases, wanted["repeats"], directory, progress)
        return _finish(directory, suite, read_info(directory) | {"finished": now()})
    finally:
        archive.close()


def rescore(directory: Path, suite: Suite, archive: ArticleStore) -> RunResult:
    """Judge the answers of a run again, by what the suite expects now. No model is called.

    The answers, timings and searches stay as they are; verdicts, metrics, gates and the summary
    are replaced. A case that the suite no longer has is dropped.

    Raises:
        UsageError: It is no run of this suite, or its articles are not those of the archive.
    """
    require_valid(suite)
    info = read_info(directory)
    corpus = Corpus(archive)
    if info["suite"] != suite.name:
        raise UsageError(f"{directory.name} is a run of suite {info['suite']}, not {suite.name}.")
    if info["articles_sha256"] != _articles_sha256(corpus):
        raise UsageError(
            f"The articles have changed since {directory.name}: its quotes cannot be checked.",
            "Run the suite again.",
        )
    cases = {case.id: case for case in suite.cases}
    records = [
        record.judged(case, _judge_again(record, case, corpus))
        for record in read_cases(directory / "cases.jsonl")
        if (case := cases.get(record.id))
    ]
    write_cases(directory / "cases.jsonl", records)
    info |= {"suite_version": suite.version, "suite_sha256": suite.sha256, "rescored": now()}
    return _finish(directory, suite, info)


def _judge_again(record: CaseRecord, case: Case, corpus: Corpus) -> Verdict:
    changed = record.questions != case.questions
    problem = "the question has changed since the run" if changed else record.error
    return _judge(case, record.answer, problem, corpus, record.retrieved)


# --- Asking -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Session:
    """What all cases of a run share."""

    suite: Suite
    archive: Archive
    answerer: Answerer | None
    corpus: Corpus

    @property
    def model(self) -> str | None:
        """Name of what answers; None when the search alone is judged."""
        return self.answerer.name if self.answerer else None


@dataclass(slots=True)
class _Heard:
    """What came back on the questions of one case, as far as it got."""

    answer: Answer | None = None
    evidence: tuple[str, ...] = ()
    searched_for: str | None = None
    notices: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    timings_ms: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=lambda: {"prompt": 0, "completion": 0})
    retrieved: tuple[Retrieved, ...] = ()


def _ask_all(
    session: Session,
    cases: Sequence[Case],
    repeats: int,
    directory: Path,
    progress: Callable[[RunProgress], None] | None,
) -> None:
    path = directory / "cases.jsonl"
    done = {r.key: r for r in read_cases(path) if r.outcome != "not_measured"}
    todo = [
        (case, repeat)
        for repeat in range(1, repeats + 1)
        for case in cases
        if (case.id, repeat) not in done
    ]
    total, started, asked, tokens = len(todo) + len(done), time.monotonic(), 0, 0

    def tell(record: CaseRecord | None) -> None:
        if progress is None:
            return
        counts = {"passed": 0, "failed": 0, "not_measured": 0}
        for known in done.values():
            counts[known.outcome] += 1
        left = (time.monotonic() - started) / asked * (len(todo) - asked) if asked else None
        progress(RunProgress(len(done), total, **counts, tokens=tokens, seconds_left=left,
                             record=record))  # fmt: skip

    tell(None)
    with CaseLog(path) as log:
        for case, repeat in todo:
            record = run_case(session, case, repeat)
            log.append(record)
            done[record.key] = record
            asked += 1
            tokens += sum(record.tokens.values())
            tell(record)


def run_case(session: Session, case: Case, repeat: int) -> CaseRecord:
    """Ask one case and judge the answer; what goes wrong is in the record."""
    heard = _Heard()
    filters = case_filters(case, session.corpus)
    problem = ""
    try:
        if session.answerer:
            _converse(session.answerer, case, filters, heard)
    except Exception as error:  # one case must not end the run
        problem = _describe(error)
    try:
        question = heard.searched_for or case.questions[-1]
        heard.retrieved = _search(session, question, filters, case.as_of)
    except Exception as error:
        problem = problem or _describe(error)
    if not problem and heard.failures and session.model != "extractive":
        # The model failed and quotes stood in for it: not a result of the model.
        problem = " ".join(heard.failures)
    answer = heard.answer.to_json() if heard.answer else None
    verdict = _judge(case, answer, problem, session.corpus, heard.retrieved)
    return CaseRecord(
        id=case.id,
        repeat=repeat,
        questions=case.questions,
        retrieved=heard.retrieved,
        evidence=heard.evidence,
        answer=answer,
        error=problem,
        notices=tuple(heard.notices),
        timings_ms=heard.timings_ms,
        tokens=heard.tokens,
        **verdict_fields(case, verdict),
    )


def _judge(
    case: Case,
    answer: AnswerJson | None,
    problem: str,
    corpus: Corpus,
    retrieved: Sequence[Retrieved],
) -> Verdict:
    if problem:
        return not_measured(case, problem, corpus, retrieved)
    if answer is None:
        return score_search(case, corpus, retrieved)
    return score_case(case, answer, corpus, retrieved)


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _converse(answerer: Answerer, case: Case, filters: Filters, heard: _Heard) -> None:
    """Ask all turns; what is heard of the last one stays in ``heard``."""
    history: list[Turn] = []
    for question in case.questions:
        heard.answer, heard.evidence, heard.searched_for = None, (), None
        heard.timings_ms = {}
        events = answerer.ask(question, history=tuple(history), filters=filters, now=case.as_of)
        history.append(Turn.of(_listen(events, heard)))


def _listen(events: Iterator[Event], heard: _Heard) -> Answer:
    """Follow the events of one question to the answer; ``heard`` has them as they come."""
    started = time.perf_counter()
    try:
        for event in events:
            _hear(event, heard, round((time.perf_counter() - started) * 1000))
    finally:
        # Closing a generator stops the model behind it, also when we are interrupted.
        close = getattr(events, "close", None)
        if close is not None:
            close()
    if heard.answer is None:
        raise RuntimeError("the events ended without an answer")
    return heard.answer


def _hear(event: Event, heard: _Heard, milliseconds: int) -> None:
    """Take in one event, which came so long after the question."""
    times = heard.timings_ms
    match event:
        case EvidenceFound(quotes=quotes, searched_for=searched_for):
            heard.evidence = tuple(dict.fromkeys(quote.article for quote in quotes))
            heard.searched_for = searched_for
            if quotes:
                times.setdefault("first_quote", milliseconds)
        case ClaimText():
            times.setdefault("first_text", milliseconds)
        case ClaimDone():
            times.setdefault("first_quote", milliseconds)
        case Notice(text=text, failure=failure):
            heard.notices.append(text)
            heard.failures += [text] if failure else []
        case Finished(answer=answer):
            heard.answer = answer
            times.setdefault("first_text", milliseconds)
            times["total"] = milliseconds
            if "retrieve" in answer.timings_ms:
                times["retrieve"] = answer.timings_ms["retrieve"]
            for name in heard.tokens:
                heard.tokens[name] += answer.tokens.get(name, 0)
        case _:
            pass


def _search(
    session: Session, question: str, filters: Filters, now: date | None
) -> tuple[Retrieved, ...]:
    """What the answer rested on, as far as ``top_k``: searched for as it was asked."""
    k = session.suite.defaults.top_k
    hits = search_question(session.archive, question, filters, k=k, now=now).hits
    return tuple(
        Retrieved(hit.rank, round(hit.score, 6), hit.article.id, hit.passage.id) for hit in hits
    )


# --- The folder of a run ----------------------------------------------------------------------


def _finish(directory: Path, suite: Suite, info: dict[str, Any]) -> RunResult:
    """Judge the run as a whole and write down what it came to."""
    records = tuple(read_cases(directory / "cases.jsonl"))
    result = RunResult(directory, info, records)
    gates = check_gates(suite, result)
    result = RunResult(directory, info, records, gates)
    exported = result.to_json()
    for name in ("cases", "by_tag", "flaky"):
        del exported[name]
    write_info(directory, exported)
    write_atomically(directory / "summary.md", summary_markdown(result))
    return load_run(directory)


def _articles_sha256(corpus: Corpus) -> str:
    """A hash over the frozen texts that were searched, whatever their ids."""
    digests = sorted(article.text_sha256 for article in corpus.all())
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
