"""Answers: right, cited and refused as they should be, and how soon; and llama-index's beside them.

    python benchmarks/answers.py [--model M] [--set S …] [--limit N] [--top-k K] [--report]

Asks every question of the sets of ``--model`` (extractive, unless told otherwise) and prints, for
all models that something is kept of, with 95 % intervals (Wilson for rates, bootstrap for means):

1. multihop-rag, by type of question: strict accuracy, the set's official score, the share of the
   majority answer; refusals; cited articles against the evidence's; quotes that are exact slices;
2. refusals among answerable and unanswerable questions, of every set;
3. seconds to the first quote, the first text and the whole answer, and tokens of the prompt;
4. ``side-by-side`` (needs a language model): llama-index's CitationQueryEngine on the same model,
   passages and questions, the two sides taking turns in one run. It runs with its own defaults and
   reads the first ``--top-k`` passages of our search: 2 is its own default, 12 what we read.

multihop-rag and squad2 are split by a hash of the question's id (``_retrieval_sets.half``);
constants were chosen on the half called dev, and on wikinews and seeds. seeds-heldout and the other
halves only report. ``--limit N`` takes a fixed sample of N questions of each set, of every kind
its share; a larger sample begins with the smaller one.

Every answer is kept as a line of JSON below ``PULLQUOTE_HOME/answers``, in a folder named by a
hash of the program's sources (or by ``--run``): an interrupted run loses nothing and the same
command goes on. ``--report`` prints what is kept and asks nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from _answers_engine import Engine
from _answers_kept import Kept, Pair, measured, read_pairs
from _answers_report import print_cases, print_pairs
from _answers_sets import MAKERS, AnswerSet, answer_sets

from evals import Case, Corpus, corpus_archive
from evals._record import CaseLog
from evals._run import Session, run_case
from index import Archive, Embedding, MiniLM
from qa import Answerer, LanguageModel, Records, open_model, prefix
from ui._settings import Settings, load_settings

SIDE_BY_SIDE = "side-by-side"
PAIRED_SETS = ("multihop-rag", "seeds-heldout")
"""What both sides are asked, of its held-out half."""


class Meter:
    """Progress on stderr: a line for every question, or every few seconds where they are quick."""

    def __init__(self, what: str, done: int, total: int) -> None:
        self._what, self._done, self._total = what, done, total
        self._first = done
        self._started = self._told = time.monotonic()

    def step(self, note: str) -> None:
        self._done += 1
        now = time.monotonic()
        if now - self._told < 2 and self._done < self._total:
            return
        self._told = now
        left = (now - self._started) / (self._done - self._first) * (self._total - self._done)
        print(
            f"{self._what}: {self._done}/{self._total}, {note}, {left / 60:.0f} min left",
            file=sys.stderr,
            flush=True,
        )


@dataclass(frozen=True, slots=True)
class Asking:
    """What questions are put to, and where the answers are kept."""

    model: LanguageModel | None
    settings: Settings
    embedding: Embedding
    kept: Kept
    limit: int | None

    def archive(self, chosen: AnswerSet) -> Archive:
        return corpus_archive(chosen.suite, self.settings.home, self.embedding)

    def session(self, chosen: AnswerSet, archive: Archive) -> Session:
        answerer = Answerer(
            archive, Records.open(archive.home), self.model, self.settings.for_answers(self.model)
        )
        answerer.warm()
        return Session(chosen.suite, archive, answerer, Corpus(archive))

    def all_of(self, chosen: AnswerSet) -> None:
        """Ask what has not been answered yet."""
        name = self.model.name if self.model else "extractive"
        path = self.kept.cases_file(chosen.name, name)
        done = {record.id for record in measured(path)}
        sample = chosen.sample(self.limit)
        todo = [case for case in sample if case.id not in done]
        if not todo:
            return
        with self.archive(chosen) as archive, CaseLog(path) as log:
            session = self.session(chosen, archive)
            meter = Meter(path.stem, len(sample) - len(todo), len(sample))
            for case in todo:
                record = run_case(session, case, 1)
                log.append(record)
                meter.step(record.error or record.outcome)

    def both(self, chosen: AnswerSet, model: LanguageModel, top_k: int) -> None:
        """Put what is left to both sides; the first to answer changes each time."""
        path = self.kept.pairs_file(chosen.name, model.name, top_k)
        done = {pair.id for pair in read_pairs(path)}
        sample = [case for case in chosen.sample(None) if comparable(chosen, case)][: self.limit]
        todo = [case for case in sample if case.id not in done]
        if not todo:
            return
        with self.archive(chosen) as archive, CaseLog(path) as log:
            session = self.session(chosen, archive)
            engine = Engine(archive, model, top_k)
            meter = Meter(path.stem, len(sample) - len(todo), len(sample))
            for number, case in enumerate(todo, len(done)):
                question = case.questions[0]
                theirs = engine.ask(question) if number % 2 else None
                record = run_case(session, case, 1)
                if record.error:
                    meter.step(record.error)
                    continue
                log.append(Pair(case.id, record, theirs or engine.ask(question)))
                meter.step(record.outcome)


def comparable(chosen: AnswerSet, case: Case) -> bool:
    """A held-out question that stands alone: llama-index's engine knows no conversation or day."""
    return chosen.halves[case.id] == "heldout" and not case.turns and case.as_of is None


def ask(options: argparse.Namespace, settings: Settings, kept: Kept) -> None:
    """Ask all that was asked for and is not kept yet."""
    model = open_model(options.model, settings.for_models(), print)
    if options.set == [SIDE_BY_SIDE] and model is None:
        sys.exit(f"{SIDE_BY_SIDE} needs a language model: --model local:qwen-1.5b")
    kept.begin({"settings": settings.for_answers(model).digest()})
    asking = Asking(model, settings, MiniLM.open(settings.models), kept, options.limit)
    with ExitStack() as stack:
        if model is not None:
            stack.callback(model.close)
        warm = getattr(model, "warm", None)
        if warm is not None:  # the embedded server starts, and reads what every prompt begins with
            warm(prefix())
        names = [name for name in MAKERS if not options.set or name in options.set]
        for chosen in answer_sets(names, settings.home):
            asking.all_of(chosen)
        if model is not None and (not options.set or SIDE_BY_SIDE in options.set):
            for chosen in answer_sets(list(PAIRED_SETS), settings.home):
                for top_k in options.top_k:
                    asking.both(chosen, model, top_k)


def report(kept: Kept, home: Path) -> None:
    if not kept.folder.exists():
        sys.exit(f"Nothing is kept in {kept.folder}.")
    sets = {chosen.name: chosen for chosen in answer_sets(list(MAKERS), home)}
    programs = kept.programs
    state = "; ".join(f"{digest} ({wrote['first'][:16]})" for digest, wrote in programs.items())
    print(f"answers of program {state}")
    if len(programs) > 1:
        print("NOTE: several states of the program wrote here; the figures mix them.")
    print_cases([(sets[name], records) for name, records in kept.cases() if name in sets])
    print_pairs([(sets[name], how, pairs) for name, how, pairs in kept.pairs() if name in sets])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--model", default="extractive", help="as for `pullquote ask`")
    parser.add_argument("--set", action="append", choices=[*MAKERS, SIDE_BY_SIDE])
    parser.add_argument("--limit", type=int, metavar="N", help="so many questions of each set")
    parser.add_argument("--top-k", type=int, nargs="+", default=[2, 12], metavar="K")
    parser.add_argument("--report", action="store_true", help="only print what is kept")
    parser.add_argument("--run", metavar="NAME", help="folder of the answers, for going on after "
                        "a change to the program that changes no answer")  # fmt: skip
    options = parser.parse_args(arguments)
    settings = load_settings()
    kept = Kept(settings.home / "answers", options.run)
    if not options.report:
        try:
            ask(options, settings, kept)
        except KeyboardInterrupt:
            print("\nInterrupted; the same command goes on.", file=sys.stderr)
            sys.exit(130)
    report(kept, settings.home)


if __name__ == "__main__":
    main()
