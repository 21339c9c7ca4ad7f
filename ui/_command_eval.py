"""``eval …``: suites of expected answers."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui._options import Json, Model
from ui._plain import one_line
from ui._system_errors import named
from ui._terminal import note, print_json, progress_meter

if TYPE_CHECKING:
    from evals import Comparison, RunProgress, RunResult, Suite
    from index import Archive, Failure
    from ui._settings import Settings

eval_app = typer.Typer(help="Hold answers against suites of expected answers.")

SuiteName = Annotated[str, typer.Argument(metavar="SUITE", help="A shipped suite, or a file.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A folder below runs/.")]


@eval_app.command("run")
def run_suite(
    suite: SuiteName,
    *,
    model: Model = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="TAG|ID", help="May be repeated.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="At most so many cases.")
    ] = None,
    failed: Annotated[
        Path | None, typer.Option("--failed", metavar="RUN", help="Only what failed in that run.")
    ] = None,
    repeats: Annotated[
        int | None, typer.Option("--repeats", min=1, help="Ask each so often.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the newest matching run.")
    ] = False,
    retrieval_only: Annotated[
        bool, typer.Option("--retrieval-only", help="Judge the search alone.")
    ] = False,
    cache: Annotated[
        bool,
        typer.Option(
            "--cache/--no-cache",
            help="Take replies that the model gave before; a run then measures no time or cost.",
        ),
    ] = False,
    runs: Annotated[Path, typer.Option("--runs", help="Folder for the records.")] = Path("runs"),
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Also write the run: .json, .md or .xml."),
    ] = None,
    as_json: Json = False,
) -> int:
    """Run a suite: progress on stderr, a table at the end, the record in a folder."""
    from contextlib import ExitStack

    from evals import junit_xml, load_run, print_report, run, summary_markdown
    from qa import Answerer, Records, ReplyCache, open_model
    from ui._open import settings

    writers = {
        ".json": lambda result: json.dumps(result.to_json(), ensure_ascii=False, indent=1),
        ".md": summary_markdown,
        ".xml": junit_xml,
    }
    _check_out(out, writers)
    loaded = settings()
    chosen = _load(suite)
    selected = [*(only or ())]
    if failed is not None:
        again = load_run(failed).failed
        if not again:
            note(f"Nothing failed in {failed}, so there is nothing to run.")
            return _ran_nothing(chosen, as_json)
        selected += again
    with ExitStack() as stack, progress_meter("cases") as meter:
        language_model = None
        if not retrieval_only:
            language_model = open_model(model or loaded.model, loaded.for_models(), note)
        if language_model is not None:
            stack.callback(language_model.close)
        options = loaded.for_answers(language_model)

        def answerer_over(archive: Archive) -> Answerer:
            records = Records.open(archive.home)
            stack.callback(records.close)
            return Answerer(
                archive,
                records,
                language_model,
                options,
                cache=ReplyCache(records) if cache else None,
            )

        def show(progress: RunProgress) -> None:
            label = f"{progress.passed} passed, {progress.failed} failed"
            if progress.not_measured:
                label += f", {progress.not_measured} not measured"
            meter("evaluating", progress.done, progress.total)
            if progress.record is not None and progress.record.outcome != "passed":
                note(f"  {progress.record.id}: {progress.record.reason} ({label})")

        result = run(
            chosen,
            archive_for=lambda suite: _corpus(suite, loaded),
            answerer_factory=None if retrieval_only else answerer_over,
            out=runs,
            only=selected,
            limit=limit,
            repeats=repeats,
            resume=resume,
            settings={"answers": options.digest()} | ({"cache": True} if cache else {}),
            progress=show,
        )
    written = out is None or _write_out(out, writers[out.suffix](result), result)
    print_json(result.to_json()) if as_json else print_report(result, sys.stdout)
    return result.exit_code if written else 1


@eval_app.command()
def validate(suite: SuiteName, as_json: Json = False) -> int:
    """Prove that every expected source, quote and fact stands in the corpus."""
    from evals import Corpus, validate
    from ui._open import settings

    chosen = _load(suite)
    with _corpus(chosen, settings()) as archive:
        problems = validate(chosen, Corpus(archive))
    for problem in problems:
        if as_json:
            print_json({"case": problem.case, "message": problem.message})
        else:
            print(problem)
    note(f"{chosen.name}: {len(chosen.cases)} cases, {len(problems)} problems")
    return 1 if problems else 0


@eval_app.command()
def score(run: RunFolder, suite: SuiteName, as_json: Json = False) -> int:
    """Judge the answers of a run again by what the suite expects now; no model is asked."""
    from evals import print_report, rescore
    from ui._open import settings

    chosen = _load(suite)
    with _corpus(chosen, settings()) as archive:
        result = rescore(run, chosen, archive)
    print_json(result.to_json()) if as_json else print_report(result, sys.stdout)
    return result.exit_code


@eval_app.command()
def show(
    run: RunFolder,
    case: Annotated[str | None, typer.Argument(metavar="[ID]", help="One case, whole.")] = None,
    as_json: Json = False,
) -> int:
    """Print the report of a run again, or one of its cases."""
    from evals import load_run, print_report
    from index import UsageError

    result = load_run(run)
    if case is not None:
        records = [record for record in result.records if record.id == case]
        if not records:
            raise UsageError(f"{run} has no case {case!r}.", f"Run: pullquote eval show {run}")
        for record in records:
            print_json(record.to_json(), indent=None if as_json else 1)
        return 0
    print_json(result.to_json()) if as_json else print_report(result, sys.stdout)
    return 0


@eval_app.command()
def compare(before: RunFolder, after: RunFolder, as_json: Json = False) -> int:
    """Compare two runs case by case: who flipped, and whether that can be chance."""
    from evals import compare, comparison_text, load_run

    found: Comparison = compare(load_run(before), load_run(after))
    print_json(found.to_json()) if as_json else print(comparison_text(found))
    return 0


@eval_app.command()
def accept(
    run: RunFolder,
    file: Annotated[Path, typer.Argument(metavar="BASELINE.json", help="Where to write it.")],
) -> int:
    """Write a run down as the baseline that later runs are held against."""
    from evals import accept, load_run

    result: RunResult = load_run(run)
    accept(result, file)
    print(f"baseline: {file}")
    return 0


@eval_app.command("import")
def import_set(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="multihop-rag, squad2 or ramdocs.")],
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="The set's questions: .json as published, or .jsonl."),
    ],
    *,
    corpus: Annotated[
        Path | None,
        typer.Option(
            "--corpus",
            metavar="FILE",
            help="The articles of multihop-rag; else corpus.json or articles.jsonl beside FILE.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="Where to write; by default ./KIND."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace suite and articles that are there.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Make a suite of your own copy of a published question set.

    Writes suite.jsonl and articles.jsonl. What the set's own articles do not bear out is left out
    and counted.
    """
    from evals import import_suite

    with progress_meter() as meter:
        report = import_suite(
            kind, file, out or Path(kind), corpus=corpus, force=force, progress=meter
        )
    if as_json:
        print_json(report.to_json())
        return 0
    for read in report.files:
        print(one_line(str(read)))
    tags = ", ".join(f"{count:,} {tag}" for tag, count in report.tags.items())
    print(one_line(f"{report.suite}: {report.cases:,} cases ({tags})"))
    print(one_line(f"{report.corpus}: {report.articles:,} articles"))
    for reason, count in report.left_out.items():
        print(f"left out: {reason}: {count:,}")
    print(f"licence: {report.licence}")
    suite = shlex.quote(str(report.suite))
    print(f"next: pullquote eval validate {suite} && pullquote eval run {suite}")
    return 0


def _load(name: str) -> Suite:
    """A suite by the name of a shipped one, or by its path."""
    from evals import find_suite, load_suite

    return load_suite(find_suite(name))


def _corpus(suite: Suite, settings: Settings) -> Any:
    from evals import corpus_archive
    from ui._open import embedding

    def name(failure: Failure) -> None:
        note(one_line(f"{failure.source}: {failure.reason}"))

    return corpus_archive(suite, settings.home, embedding(settings), on_failure=name)


def _ran_nothing(suite: Suite, as_json: bool) -> int:
    """Report that no case was chosen."""
    from evals import RunResult, print_report

    result = RunResult(None, {"suite": suite.name}, ())
    print_json(result.to_json()) if as_json else print_report(result, sys.stdout)
    return result.exit_code


def _check_out(out: Path | None, kinds: Iterable[str]) -> None:
    """Find out before a suite is run whether its results can be written where they are wanted.

    Raises:
        UsageError: The file is of no known kind, or its place is none for a file.
    """
    from index import UsageError

    if out is None:
        return
    if out.suffix not in kinds:
        raise UsageError(f"--out {out} is of no known kind.", f"Known endings: {', '.join(kinds)}.")
    if out.is_dir():
        raise UsageError(f"--out {out} is a folder.", "Name a file in it.")
    if not out.parent.is_dir():
        raise UsageError(
            f"--out {out}: there is no folder {out.parent}.", "Make it, or name another place."
        )


def _write_out(out: Path, text: str, result: RunResult) -> bool:
    """Write the results; false, with word of where the run's record is, if that fails."""
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        note(f"Error: {out} is not written: {named(error)}")
        if result.directory:
            note(f"The run is kept, and shown again by: pullquote eval show {result.directory}")
        return False
    return True
