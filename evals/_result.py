"""What a run came to: metrics, gates, exit code, and its comparison with another run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from evals._metrics import (
    RETRIEVAL_MEANS,
    RETRIEVAL_RATES,
    SCORE_MEANS,
    SCORE_RATES,
    TIMINGS,
    Metric,
    mcnemar_exact,
    mean,
    percentile,
    rate,
)
from evals._record import CaseRecord, read_cases, read_info, write_atomically
from evals._score import Outcome
from evals._suite import Regression, Suite
from index import UsageError

FEWEST_SHARED = 30
"""Below this number of shared cases a comparison of runs tells nothing."""


@dataclass(frozen=True, slots=True)
class GateResult:
    """A gate of the suite, and whether it held. A metric without a value holds no gate."""

    name: str
    limit: str
    value: float | None
    held: bool
    note: str = ""


@dataclass(frozen=True)
class RunResult:
    """A run, finished or not.

    Attributes:
        directory: Its folder; None when nothing was selected.
        info: What ``run.json`` says of how it was made.
        records: One for each case and repeat.
        gates: Those of the suite, in its order.
    """

    directory: Path | None
    info: Mapping[str, Any]
    records: tuple[CaseRecord, ...]
    gates: tuple[GateResult, ...] = ()

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcome of each case: with repeats, passed only if it passed every time."""
        outcomes: dict[str, Outcome] = {}
        for case_id, found in self._found.items():
            worst: Sequence[Outcome] = ("failed", "not_measured", "passed")
            outcomes[case_id] = next(outcome for outcome in worst if outcome in found)
        return outcomes

    @property
    def failed(self) -> list[str]:
        """Ids of the cases that failed: a selection for the next run."""
        return [case_id for case_id, found in self.outcomes.items() if found == "failed"]

    @property
    def flaky(self) -> list[str]:
        """Cases that passed at one time and failed at another."""
        return [case_id for case_id, found in self._found.items() if {"passed", "failed"} <= found]

    @cached_property
    def _found(self) -> dict[str, set[Outcome]]:
        found: dict[str, set[Outcome]] = {}
        for record in self.records:
            found.setdefault(record.id, set()).add(record.outcome)
        return found

    def count(self, outcome: Outcome) -> int:
        """How many cases have this outcome."""
        return sum(found == outcome for found in self.outcomes.values())

    @property
    def summary_line(self) -> str:
        """The last line of every report. Cases that could not be measured are skipped ones."""
        return (
            f"{self.count('passed')} passed, {self.count('failed')} failed, "
            f"{self.count('not_measured')} skipped"
        )

    @cached_property
    def by_tag(self) -> dict[str, Metric]:
        """The pass rate of each tag, in the order in which the tags first occur."""
        ids: dict[str, set[str]] = {}
        for record in self.records:
            for tag in record.tags:
                ids.setdefault(tag, set()).add(record.id)
        return {
            tag: rate(sum(self.outcomes[i] == "passed" for i in members), len(members))
            for tag, members in ids.items()
        }

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """Every metric that applies, by name (``METRIC_NAMES``).

        ``pass_rate`` counts cases that could not be measured as not passed; no other metric
        takes them in.
        """
        return {name: metric for name, metric in _all_metrics(self) if metric.value is not None}

    @property
    def exit_code(self) -> int:
        """0 all held; 1 a gate broke, or without gates a case failed; 3 too many cases could
        not be measured, so that the rest proves little; 4 nothing ran."""
        if not self.records:
            return 4
        if any(not gate.held for gate in self.gates if gate.name.startswith("not_measured")):
            return 3
        if not any(gate.name.startswith("not_measured") for gate in self.gates) and self.count(
            "not_measured"
        ):
            return 3
        if self.gates:
            return int(any(not gate.held for gate in self.gates))
        return int(self.count("failed") > 0)

    def to_json(self) -> dict[str, Any]:
        """The whole run in one object."""
        return {
            **self.info,
            "passed": self.count("passed"),
            "failed": self.count("failed"),
            "not_measured": self.count("not_measured"),
            "exit_code": self.exit_code,
            "metrics": {name: asdict(metric) for name, metric in self.metrics.items()},
            "by_tag": {tag: asdict(metric) for tag, metric in self.by_tag.items()},
            "gates": [asdict(gate) for gate in self.gates],
            "flaky": self.flaky,
            "cases": [record.to_json() for record in self.records],
        }


def load_run(directory: Path) -> RunResult:
    """Read a run from its folder.

    Raises:
        UsageError: There is none.
    """
    info = read_info(directory)
    gates = tuple(GateResult(**gate) for gate in info.pop("gates", []))
    return RunResult(directory, info, tuple(read_cases(directory / "cases.jsonl")), gates)


def _all_metrics(result: RunResult) -> Iterable[tuple[str, Metric]]:
    records, cases = result.records, len(result.outcomes)
    yield "pass_rate", rate(result.count("passed"), cases)
    if max((record.repeat for record in records), default=1) > 1:
        yield "stable", rate(cases - len(result.flaky), cases)
    unmeasured = result.count("not_measured")
    yield "not_measured", Metric(float(unmeasured), cases)
    yield "not_measured_rate", rate(unmeasured, cases)
    answered = [r for r in records if r.outcome != "not_measured" and r.answer is not None]
    yield from _answer_metrics(answered)
    for name in SCORE_RATES:
        found = [value for r in answered if (value := r.measured(name)) is not None]
        yield name, rate(sum(value == 1 for value in found), len(found))
    for name in SCORE_MEANS:
        measured = [(value, r) for r in answered if (value := r.measured(name)) is not None]
        yield name, mean([value for value, _ in measured], [r.cluster for _, r in measured])
    firsts = [record for record in records if record.repeat == 1]
    for unit in ("", "passage."):
        for name in RETRIEVAL_RATES:
            values = [r.retrieval[unit + name] for r in firsts if unit + name in r.retrieval]
            yield unit + name, rate(sum(value == 1 for value in values), len(values))
        for name in RETRIEVAL_MEANS:
            ranked = [r for r in firsts if unit + name in r.retrieval]
            yield (
                unit + name,
                mean([r.retrieval[unit + name] for r in ranked], [r.cluster for r in ranked]),
            )
    for name in TIMINGS:
        times = [float(r.timings_ms[name]) for r in answered if name in r.timings_ms]
        yield from _percentiles(f"{name}_{{}}_ms", times)
    # Like the times, of the last question: those before it in a conversation are another prompt.
    last = [(record.answer or {}).get("tokens", {}) for record in answered]
    for name in ("prompt", "completion"):
        spent = [float(tokens[name]) for tokens in last if tokens.get(name)]
        yield from _percentiles(f"{name}_tokens_{{}}", spent)


def _answer_metrics(answered: Sequence[CaseRecord]) -> Iterable[tuple[str, Metric]]:
    shown = exact = refused = refused_rightly = 0
    answerable, refused_wrongly, unanswerable = 0, 0, 0
    clean_refusals = 0
    for record in answered:
        answer = record.answer or {}
        quotes = len(answer["quotes"])
        shown += quotes
        exact += round((record.measured("quote_exact") or 0.0) * quotes)
        refusal = answer["status"] == "not_found"
        refused += refusal
        if record.abstain:
            unanswerable += 1
            refused_rightly += refusal
            clean_refusals += record.measured("abstention") == 1
        else:
            answerable += 1
            refused_wrongly += refusal
    yield "quote_verified", rate(exact, shown)
    yield "over_refusal", rate(refused_wrongly, answerable)
    yield "refusal_recall", rate(clean_refusals, unanswerable)
    yield "refusal_precision", rate(refused_rightly, refused)


def _percentiles(name: str, values: Sequence[float]) -> Iterable[tuple[str, Metric]]:
    for percent in (50, 95):
        value = percentile(values, percent) if values else None
        yield name.format(f"p{percent}"), Metric(value, len(values))


# --- Gates ------------------------------------------------------------------------------------


def check_gates(suite: Suite, result: RunResult) -> tuple[GateResult, ...]:
    """Hold a run against the gates of its suite."""
    gates = []
    for name, threshold in suite.thresholds.items():
        metric = result.metrics.get(name)
        if metric is None or metric.value is None:
            gates.append(GateResult(name, str(threshold), None, False, "nothing was measured"))
        else:
            held = threshold.holds(metric.value)
            gates.append(GateResult(name, str(threshold), metric.value, held))
    if suite.regression:
        gates.append(_check_regression(suite.regression, suite.directory, result))
    return tuple(gates)


def _check_regression(gate: Regression, directory: Path, result: RunResult) -> GateResult:
    limit = f"at most {gate.allow_flips} worse than {gate.versus}"
    if gate.p is not None:
        limit += f", p >= {gate.p:g}"
    try:
        baseline = read_baseline(directory / gate.versus)
    except UsageError as error:
        return GateResult("regression", limit, None, False, str(error))
    flips = compare_outcomes(baseline, result.outcomes)
    held = len(flips.worse) <= gate.allow_flips
    if gate.p is not None and len(flips.worse) > len(flips.better):
        held = held and flips.p >= gate.p
    note = f"worse: {', '.join(flips.worse)}" if flips.worse else ""
    return GateResult("regression", limit, float(len(flips.worse)), held, note)


def accept(result: RunResult, path: Path) -> None:
    """Write a run down as the baseline that later ones are held against.

    Raises:
        UsageError: The run is unfinished, or cases of it could not be measured.
    """
    if not result.info.get("finished"):
        raise UsageError("The run is not finished.", "Finish it with: eval run SUITE --resume")
    if unmeasured := result.count("not_measured"):
        raise UsageError(
            f"{unmeasured} cases of the run could not be measured: it makes no baseline.",
            "Finish it with: eval run SUITE --resume",
        )
    kept = (
        *("suite", "suite_version", "suite_sha256", "corpus_sha256"),
        *("model", "embedding", "prompt_version", "settings", "git"),
    )
    data = {name: result.info.get(name) for name in kept}
    data["accepted"] = datetime.now(UTC).isoformat(timespec="seconds")
    data["cases"] = dict(sorted(result.outcomes.items()))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def read_baseline(path: Path) -> dict[str, Outcome]:
    """The outcomes in a file of ``accept``, or in an exported run.

    Raises:
        UsageError: There is no such file, or it is neither.
    """
    try:
        cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
        if isinstance(cases, list):
            records = tuple(CaseRecord.from_json(case) for case in cases)
            return RunResult(None, {}, records).outcomes
        return dict(cases)
    except FileNotFoundError:
        raise UsageError(
            f"There is no baseline {path.name}.", "Write one with: eval accept RUN"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path.name} is not a baseline: {error}") from error


# --- Two runs ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs, case by case.

    Attributes:
        shared: Cases that both runs measured.
        worse: Ids that passed in the first and fail in the second.
        better: The other way round.
        p: Of the exact McNemar test.
        differences: What else differs between the runs, as ``name: before → after``.
        reasons: For each flipped id, why it failed where it failed.
    """

    shared: int
    worse: tuple[str, ...]
    better: tuple[str, ...]
    p: float
    differences: tuple[str, ...] = ()
    reasons: Mapping[str, str] | None = None

    @property
    def verdict(self) -> str:
        """In a few words."""
        if self.shared < FEWEST_SHARED:
            return f"too few to tell ({self.shared} shared cases)"
        if self.p >= 0.05:
            return "no significant difference"
        return (
            "significantly worse"
            if len(self.worse) > len(self.better)
            else ("significantly better")
        )

    def to_json(self) -> dict[str, Any]:
        """All of it, with the verdict."""
        return asdict(self) | {"verdict": self.verdict}


def compare_outcomes(before: Mapping[str, Outcome], after: Mapping[str, Outcome]) -> Comparison:
    """Compare by outcomes alone. Cases that either run could not measure are left out."""
    shared = [i for i in before if i in after and "not_measured" not in (before[i], after[i])]
    worse = tuple(i for i in shared if before[i] == "passed" and after[i] == "failed")
    better = tuple(i for i in shared if before[i] == "failed" and after[i] == "passed")
    return Comparison(len(shared), worse, better, mcnemar_exact(len(worse), len(better)))


def compare(before: RunResult, after: RunResult) -> Comparison:
    """Compare two runs of a suite, pairwise on the cases that both measured."""
    flips = compare_outcomes(before.outcomes, after.outcomes)
    reasons = {}
    for result, ids in ((after, set(flips.worse)), (before, set(flips.better))):
        for record in result.records:
            if record.id in ids and record.outcome == "failed":
                reasons[record.id] = f"{record.stage}: {record.reason}"
    differences = tuple(_differences(before.info, after.info))
    return Comparison(flips.shared, flips.worse, flips.better, flips.p, differences, reasons)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[str]:
    names = (
        *("suite", "suite_sha256", "corpus_sha256", "articles_sha256"),
        *("model", "embedding", "prompt_version", "settings", "git", "versions"),
    )
    for name in names:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            for key in sorted({*old, *new}):
                if old.get(key) != new.get(key):
                    yield f"{name}.{key}: {old.get(key)} → {new.get(key)}"
        else:
            yield f"{name}: {old} → {new}"
