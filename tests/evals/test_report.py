"""Reports: what a person and a CI job can rely on."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from test_result import record

from evals import RunResult, junit_xml, print_report, summary_markdown
from evals._result import GateResult


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def result() -> RunResult:
    records = (
        record("survey", "passed", tags=("number",), timings_ms={"total": 1234}),
        record("[bold]odd|id[/bold]", "failed", tags=("number",)),
        record("down", "not_measured"),
    )
    gates = (GateResult("pass_rate", ">= 0.9", 1 / 3, False), GateResult("hit@4", ">= 0", 1, True))
    info = {"suite": "town", "suite_version": 2, "model": "scripted", "finished": "now"}
    return RunResult(None, info, records, gates)


@pytest.mark.parametrize("file", [io.StringIO(), Terminal()], ids=["plain", "terminal"])
def test_a_report_says_it_all_and_ends_with_the_counts(
    result: RunResult, file: io.StringIO
) -> None:
    print_report(result, file)
    text = file.getvalue()
    assert text.endswith("\n1 passed, 1 failed, 1 skipped\n")
    for said in ("0.333", "0.500", "0.095–0.905", "1,234", "BROKEN", "missing: 70%", "number"):
        assert said in text
    assert "[bold]odd|id[/bold]" in text, "ids are shown as they are, not as mark-up"
    assert ("\x1b[" in text) == file.isatty()


def test_plain_columns_are_aligned(result: RunResult) -> None:
    file = io.StringIO()
    print_report(result, file)
    lines = file.getvalue().splitlines()
    start = lines.index("Cases")
    assert lines[start + 1 : start + 4] == [
        "          n  passed   rate         95 %",
        "  all     3       1  0.333  0.061–0.792",
        "  number  2       1  0.500  0.095–0.905",
    ]


def test_markdown_keeps_its_columns(result: RunResult) -> None:
    text = summary_markdown(result)
    assert "| [bold]odd\\|id[/bold] | wrong_answer | missing: 70% |" in text
    assert text.endswith("\n\n1 passed, 1 failed, 1 skipped\n")


def test_an_unfinished_and_an_empty_run_can_be_reported(result: RunResult) -> None:
    unfinished = replace(result, info={"suite": "town"})
    assert "unfinished" in summary_markdown(unfinished)
    file = io.StringIO()
    print_report(RunResult(None, {"suite": "town"}, ()), file)
    assert file.getvalue().endswith("\n0 passed, 0 failed, 0 skipped\n")


def test_importing_the_harness_loads_nothing_heavy() -> None:
    heavy = ["rich", "yaml", "llama_index", "chromadb", "openai", "onnxruntime", "tantivy", "numpy"]
    code = f"import sys, evals; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_junit_counts_and_escapes(result: RunResult) -> None:
    odd = replace(result.records[1], reason='missing: <b> & "q"\x00')
    odd = replace(odd, answer={"status": "answered", "quotes": [], "answer": "a < b"})
    root = ET.fromstring(junit_xml(replace(result, records=(*result.records, odd))))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "2", "1")
    assert [[child.tag for child in case] for case in root] == [
        [],
        ["failure"],
        ["error"],
        ["failure"],
    ]
    assert root[3][0].get("message") == 'missing: <b> & "q"\ufffd'
    assert root[3][0].text == "?\n\na < b"
