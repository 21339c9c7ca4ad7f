"""Suites of expected answers, and the harness that holds answers against them.

suite = load_suite(Path("evals/suites/seeds.yaml"))
result = run(
    suite,
    archive_for=lambda suite: corpus_archive(suite, home, embedding),
    answerer_factory=lambda archive: Answerer(archive, records, model),
    out=Path("runs"),
)
print_report(result, sys.stdout)
raise SystemExit(result.exit_code)
"""

from __future__ import annotations

from evals._corpus import Corpus, corpus_archive, corpus_sha256
from evals._import import KINDS, ImportedFile, ImportReport, import_suite
from evals._junit import junit_xml
from evals._metrics import Metric, retrieval_metrics, wilson
from evals._record import CaseRecord
from evals._report import comparison_text, print_report, summary_markdown
from evals._result import (
    Comparison,
    GateResult,
    RunResult,
    accept,
    compare,
    load_run,
    read_baseline,
)
from evals._retrieval import Retrieved
from evals._run import Answerer, RunProgress, rescore, run
from evals._score import Score, Verdict, score_case
from evals._suite import Case, Expect, Problem, Suite, check_suite
from evals._suite_file import find_suite, load_suite
from evals._validate import validate

__all__ = [
    "KINDS",
    "Answerer",
    "Case",
    "CaseRecord",
    "Comparison",
    "Corpus",
    "Expect",
    "GateResult",
    "ImportReport",
    "ImportedFile",
    "Metric",
    "Problem",
    "Retrieved",
    "RunProgress",
    "RunResult",
    "Score",
    "Suite",
    "Verdict",
    "accept",
    "check_suite",
    "compare",
    "comparison_text",
    "corpus_archive",
    "corpus_sha256",
    "find_suite",
    "import_suite",
    "junit_xml",
    "load_run",
    "load_suite",
    "print_report",
    "read_baseline",
    "rescore",
    "retrieval_metrics",
    "run",
    "score_case",
    "summary_markdown",
    "validate",
    "wilson",
]
