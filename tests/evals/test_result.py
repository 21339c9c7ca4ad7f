"""What a run comes to: gates, exit codes, baselines, comparisons."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals import CaseRecord, RunResult, Suite, accept, compare, comparison_text, load_suite
from evals._metrics import METRIC_NAMES
from evals._result import check_gates, compare_outcomes
from evals._score import Outcome
from index import UsageError


def record(
    case_id: str,
    outcome: Outcome,
    *,
    repeat: int = 1,
    abstain: bool = False,
    refused: bool = False,
    tags: tuple[str, ...] = (),
    quotes: int = 0,
    scores: dict[str, float | str] | None = None,
    **more: Any,
) -> CaseRecord:
    """A record of which only what is counted is filled in."""
    status = "not_found" if refused else "answered"
    last_tokens = more.pop("last_tokens", {})
    return CaseRecord(
        id=case_id,
        repeat=repeat,
        questions=("?",),
        tags=tags,
        abstain=abstain,
        cluster=case_id,
        outcome=outcome,
        stage=None if outcome == "passed" else "wrong_answer",
        reason="" if outcome == "passed" else "missing: 70%",
        scores=scores or {},
        retrieval=more.pop("retrieval", {}),
        answer={"status": status, "quotes": [{}] * quotes, "answer": "So it is."}
        | {"tokens": last_tokens},
        **more,
    )


def result_of(*records: CaseRecord, **info: Any) -> RunResult:
    return RunResult(None, info, records)


def outcomes(*found: Outcome) -> RunResult:
    return result_of(*(record(f"c{n}", outcome) for n, outcome in enumerate(found)))


def suite_with(tmp_path: Path, gates: dict[str, Any]) -> Suite:
    path = tmp_path / "s.yaml"
    path.write_text(json.dumps({"suite": "s", "gates": gates, "cases": []}))
    return load_suite(path)


def test_metrics_are_counted_over_what_they_are_about() -> None:
    result = result_of(
        record("a", "passed", quotes=3, scores={"quote_exact": 1.0, "facts": 1.0}),
        record("b", "failed", quotes=2, scores={"quote_exact": 0.5, "facts": 0.5}),
        record(
            "c", "failed", refused=True, scores={"facts": 0.0, "quote_recall": "not_measured: x"}
        ),
        record("d", "passed", abstain=True, refused=True, scores={"abstention": 1.0}),
        record("e", "failed", abstain=True, refused=True, scores={"abstention": 0.0}),
        record("f", "failed", abstain=True, scores={"abstention": 0.0}),
        record("g", "not_measured", refused=True, scores={"facts": 0.0}),
    )
    found = {name: (metric.value, metric.n) for name, metric in result.metrics.items()}
    assert found["pass_rate"] == (2 / 7, 7), "errors are in the denominator"
    assert found["quote_verified"] == (4 / 5, 5)
    assert found["over_refusal"] == (1 / 3, 3)
    assert found["refusal_recall"] == (1 / 3, 3), "a refusal that cites is none"
    assert found["refusal_precision"] == (2 / 3, 3)
    assert found["facts"] == (0.5, 3), "what was not measured is in no mean"
    assert found["not_measured"] == (1, 7)
    assert result.failed == ["b", "c", "e", "f"]
    assert "quote_recall" not in found
    assert set(found) <= METRIC_NAMES


def test_timings_and_tokens() -> None:
    result = result_of(
        *(
            record(
                f"c{n}",
                "passed",
                timings_ms={"total": n},
                last_tokens={"prompt": 2 * n, "completion": 0},
            )
            for n in range(1, 101)
        )
    )
    assert result.metrics["total_p50_ms"].value == 50.5
    assert result.metrics["total_p95_ms"].value == pytest.approx(95.05)
    assert result.metrics["prompt_tokens_p50"].value == 101
    assert "completion_tokens_p50" not in result.metrics, "no model was asked"
    assert set(result.metrics) <= METRIC_NAMES


def test_rates_by_tag() -> None:
    result = result_of(
        record("a", "passed", tags=("x", "y")),
        record("b", "failed", tags=("x",)),
        record("b", "passed", tags=("x",), repeat=2),
    )
    assert [(tag, m.value, m.n) for tag, m in result.by_tag.items()] == [("x", 0.5, 2), ("y", 1, 1)]


@pytest.mark.parametrize(
    ("found", "gates", "code"),
    [
        (["passed", "passed"], {}, 0),
        (["passed", "failed"], {}, 1),
        (["passed", "not_measured"], {}, 3),
        (["failed", "not_measured"], {}, 3),
        ([], {}, 4),
        (["passed", "failed"], {"pass_rate": ">= 0.5"}, 0),
        (["passed", "failed"], {"pass_rate": ">= 0.51"}, 1),
        (["passed", "failed"], {"pass_rate": "<= 0.5"}, 0),
        (["passed", "not_measured"], {"pass_rate": ">= 0.5"}, 3),
        (["passed", "not_measured"], {"pass_rate": ">= 0.5", "not_measured": "<= 1"}, 0),
        (["passed", "not_measured"], {"not_measured_rate": "<= 49%"}, 3),
        (["passed", "not_measured"], {"not_measured_rate": "<= 50%"}, 0),
        (["passed", "failed"], {"not_measured": "<= 0"}, 0),
        (["passed"], {"hit@4": ">= 0.8"}, 1),
    ],
)
def test_exit_codes(
    tmp_path: Path, found: Sequence[Outcome], gates: dict[str, str], code: int
) -> None:
    result = outcomes(*found)
    result = replace(result, gates=check_gates(suite_with(tmp_path, gates), result))
    assert result.exit_code == code
    assert json.loads(json.dumps(result.to_json()))["exit_code"] == code


# --- Baselines --------------------------------------------------------------------------------

ACCEPTED = ["passed"] * 36 + ["failed"] * 4


@pytest.mark.parametrize(
    ("now", "gate", "held"),
    [
        (ACCEPTED, {}, True),
        (["failed", *ACCEPTED[1:]], {}, False),
        (["failed", *ACCEPTED[1:]], {"allow_flips": 1}, True),
        (["passed"] * 40, {}, True),
        (["failed"] * 6 + ACCEPTED[6:], {"allow_flips": 9, "p": 0.05}, False),
        (["failed"] * 5 + ACCEPTED[5:], {"allow_flips": 9, "p": 0.05}, True),
        (["passed"] * 40, {"p": 0.5}, True),
        (["not_measured", *ACCEPTED[1:]], {}, True),
    ],
)
def test_a_regression_against_an_accepted_baseline(
    tmp_path: Path, now: Sequence[Outcome], gate: dict[str, Any], held: bool
) -> None:
    before = replace(outcomes(*ACCEPTED), info={"finished": "2026-01-01"})
    accept(before, tmp_path / "baselines" / "s.json")
    suite = suite_with(tmp_path, {"regression": {"versus": "baselines/s.json"} | gate})
    (found,) = check_gates(suite, outcomes(*now))
    assert found.held is held
    # An exported run serves as a baseline too.
    (tmp_path / "baselines" / "s.json").write_text(json.dumps(before.to_json()))
    assert check_gates(suite, outcomes(*now)) == (found,)


def test_a_missing_baseline_breaks_its_gate(tmp_path: Path) -> None:
    suite = suite_with(tmp_path, {"regression": {"versus": "none.json"}})
    (gate,) = check_gates(suite, outcomes("passed"))
    assert not gate.held
    assert "no baseline none.json" in gate.note


def test_half_a_run_is_no_baseline(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not finished"):
        accept(outcomes("passed"), tmp_path / "b.json")
    unmeasured = replace(outcomes("passed", "not_measured"), info={"finished": "2026-01-01"})
    with pytest.raises(UsageError, match="could not be measured"):
        accept(unmeasured, tmp_path / "b.json")
    assert not (tmp_path / "b.json").exists()


# --- Two runs ---------------------------------------------------------------------------------


def test_flips_are_named_and_weighed() -> None:
    before = outcomes(*(["passed"] * 40))
    after = outcomes(*(["failed"] * 6), *(["passed"] * 33), "not_measured")
    found = compare(before, after)
    assert (found.shared, found.worse, found.better) == (
        39,
        ("c0", "c1", "c2", "c3", "c4", "c5"),
        (),
    )
    assert found.p == pytest.approx(2 / 2**6)
    assert found.verdict == "significantly worse"
    assert compare(after, before).better == found.worse
    text = comparison_text(found)
    assert "worse: c0  wrong_answer: missing: 70%" in text
    assert text.endswith(found.verdict)


@pytest.mark.parametrize(
    ("worse", "better", "same", "verdict"),
    [
        (9, 0, 20, "too few to tell (29 shared cases)"),
        (9, 0, 21, "significantly worse"),
        (0, 9, 21, "significantly better"),
        (5, 0, 40, "no significant difference"),
        (9, 5, 40, "no significant difference"),
    ],
)
def test_verdict_on_two_runs(worse: int, better: int, same: int, verdict: str) -> None:
    before: list[Outcome] = ["passed"] * worse + ["failed"] * better + ["passed"] * same
    after: list[Outcome] = ["failed"] * worse + ["passed"] * better + ["passed"] * same
    named = [dict(zip(map(str, range(len(run))), run, strict=True)) for run in (before, after)]
    assert compare_outcomes(*named).verdict == verdict


def test_what_else_differs_is_said() -> None:
    before = result_of(record("a", "passed"), model="x", settings={"k": 1, "same": 0}, git=None)
    after = result_of(record("a", "passed"), model="y", settings={"k": 2, "same": 0}, git=None)
    assert compare(before, after).differences == ("model: x → y", "settings.k: 1 → 2")
