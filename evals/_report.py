"""A run in words and tables: for a terminal, for a log, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from evals._metrics import RETRIEVAL_MEANS, RETRIEVAL_RATES, TIMINGS, Metric
from evals._result import Comparison, RunResult

_LABELS = {
    "quote_verified": "quotes verbatim",
    "refusal_recall": "refusal recall",
    "refusal_precision": "refusal precision",
    "over_refusal": "over-refusal",
    "facts": "facts found",
    "sources": "all sources cited",
    "conflict": "sides of a conflict shown",
    "citation_recall": "citation recall",
    "citation_precision": "citation precision",
    "quote_recall": "expected quotes covered",
    "markers": "markers resolve",
    "stable": "same verdict in all repeats",
}
_REASON_WIDTH = 160


@dataclass(frozen=True, slots=True)
class _Table:
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    # Columns from this one on hold numbers and are set flush right.
    numbers_from: int = 1


def print_report(result: RunResult, file: TextIO) -> None:
    """Print a run. In colour with ruled tables on a terminal, else plain; the last line is
    ``N passed, N failed, N skipped`` either way."""
    if file.isatty():
        _print_rich(result, file)
    else:
        print("\n".join(_plain(result)), file=file)
    print(result.summary_line, file=file)


def summary_markdown(result: RunResult) -> str:
    """A run as a Markdown document; it ends with the same line as every report."""
    lines = [f"# {_headline(result)}", ""]
    lines += [f"- {line}" for line in _conditions(result)]
    for table in _tables(result):
        lines += ["", f"## {table.title}", "", _markdown_row(table.heads)]
        rule = ("---" if i < table.numbers_from else "---:" for i in range(len(table.heads)))
        lines.append(f"| {' | '.join(rule)} |")
        lines += [_markdown_row(row) for row in table.rows]
    return "\n".join([*lines, "", result.summary_line, ""])


def comparison_text(comparison: Comparison) -> str:
    """Two runs compared, in plain lines; the verdict comes last."""
    lines = [f"{line}" for line in comparison.differences] or ["nothing differs in the settings"]
    for title, ids in (("worse", comparison.worse), ("better", comparison.better)):
        for case_id in ids:
            reason = (comparison.reasons or {}).get(case_id, "")
            lines.append(f"{title}: {case_id}  {_short(reason)}".rstrip())
    lines.append(
        f"{comparison.shared} shared cases, {len(comparison.worse)} worse, "
        f"{len(comparison.better)} better, exact McNemar p = {comparison.p:.3g}: "
        f"{comparison.verdict}"
    )
    return "\n".join(lines)


# --- What is said -----------------------------------------------------------------------------


def _headline(result: RunResult) -> str:
    info = result.info
    model = info.get("model") or "search alone"
    return f"{info.get('suite')} (version {info.get('suite_version')}) · {model}"


def _conditions(result: RunResult) -> Iterator[str]:
    info = result.info
    if info.get("description"):
        yield str(info["description"])
    if result.directory:
        yield f"run: {result.directory.name}"
    if not info.get("finished"):
        yield "unfinished"
    git = info.get("git")
    if isinstance(git, Mapping):
        yield f"commit: {git['commit'][:12]}{' with changes' if git['dirty'] else ''}"
    for name in ("suite_sha256", "corpus_sha256"):
        if info.get(name):
            yield f"{name.removesuffix('_sha256')}: {info[name][:12]}"
    if unread := info.get("corpus_unread"):
        more = f" and {len(unread) - 3:,} more" if len(unread) > 3 else ""
        yield f"corpus not whole, could not be read: {', '.join(unread[:3])}{more}"
    for name in ("embedding", "prompt_version"):
        if name in info:
            yield f"{name.replace('_', ' ')}: {info[name] or 'none'}"
    for name, value in dict(info.get("settings") or {}).items():
        yield f"{name}: {value}"


def _tables(result: RunResult) -> Iterator[_Table]:
    metrics = result.metrics
    if not result.records:
        return
    rows = [_rate_row("all", metrics["pass_rate"])]
    rows += [_rate_row(tag, metric) for tag, metric in result.by_tag.items()]
    yield _Table("Cases", ("", "n", "passed", "rate", "95 %"), tuple(rows))
    named = [_metric_row(label, metrics[n]) for n, label in _LABELS.items() if n in metrics]
    if named:
        yield _Table("Answers", ("", "value", "n", "95 %"), tuple(named))
    ranked = [
        _metric_row(unit + name, metrics[unit + name])
        for unit in ("", "passage.")
        for name in RETRIEVAL_RATES + RETRIEVAL_MEANS
        if unit + name in metrics
    ]
    if ranked:
        yield _Table("Retrieval", ("", "value", "n", "95 %"), tuple(ranked))
    costs = [
        (label, *(_number(metrics[name.format(p)].value) for p in ("p50", "p95")))
        for label, name in _costs()
        if name.format("p50") in metrics
    ]
    if costs:
        yield _Table("Time and tokens", ("", "p50", "p95"), tuple(costs))
    yield from _lists(result)


def _lists(result: RunResult) -> Iterator[_Table]:
    gates = tuple(
        (g.name, g.limit, _gate_value(g.value), "held" if g.held else "BROKEN", g.note)
        for g in result.gates
    )
    if gates:
        yield _Table("Gates", ("gate", "limit", "value", "", ""), gates, 5)
    for title, outcome in (("Failures", "failed"), ("Not measured", "not_measured")):
        rows = tuple(
            (_name(r.id, r.repeat), r.stage or "", _short(r.reason))
            for r in result.records
            if r.outcome == outcome
        )
        if rows:
            yield _Table(title, ("case", "stage", "reason"), rows, 3)
    if result.flaky:
        names = tuple((case_id,) for case_id in result.flaky)
        yield _Table("Passed at one time, failed at another", ("case",), names)


def _costs() -> Iterator[tuple[str, str]]:
    for name in TIMINGS:
        yield f"{name.replace('_', ' ')} (ms)", f"{name}_{{}}_ms"
    for name in ("prompt", "completion"):
        yield f"{name} tokens", f"{name}_tokens_{{}}"


def _rate_row(label: str, metric: Metric) -> tuple[str, ...]:
    passed = round((metric.value or 0.0) * metric.n)
    return label, str(metric.n), str(passed), _share(metric.value), _interval(metric)


def _metric_row(label: str, metric: Metric) -> tuple[str, ...]:
    return label, _share(metric.value), str(metric.n), _interval(metric)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _interval(metric: Metric) -> str:
    return f"{metric.interval[0]:.3f}–{metric.interval[1]:.3f}" if metric.interval else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _gate_value(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"


def _name(case_id: str, repeat: int) -> str:
    return case_id if repeat == 1 else f"{case_id} (repeat {repeat})"


def _short(reason: str) -> str:
    line = " ".join(reason.split())
    return line if len(line) <= _REASON_WIDTH else f"{line[: _REASON_WIDTH - 1]}…"


# --- How it is said ---------------------------------------------------------------------------


def _plain(result: RunResult) -> Iterator[str]:
    yield _headline(result)
    yield from _conditions(result)
    for table in _tables(result):
        yield ""
        yield table.title
        widths = [max(map(len, column)) for column in zip(table.heads, *table.rows, strict=True)]
        for row in (table.heads, *table.rows):
            yield f"  {_aligned(row, widths, table.numbers_from)}".rstrip()
    yield ""


def _aligned(row: Sequence[str], widths: Sequence[int], numbers_from: int) -> str:
    return "  ".join(
        cell.rjust(width) if position >= numbers_from else cell.ljust(width)
        for position, (cell, width) in enumerate(zip(row, widths, strict=True))
    )


def _markdown_row(cells: Sequence[str]) -> str:
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _print_rich(result: RunResult, file: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=file, highlight=False)
    console.print(Text(_headline(result), style="bold"))
    for line in _conditions(result):
        console.print(Text(line, style="dim"))
    for table in _tables(result):
        shown = Table(title=table.title, title_justify="left", title_style="bold")
        for position, head in enumerate(table.heads):
            number = position >= table.numbers_from
            shown.add_column(head, justify="right" if number else "left")
        for row in table.rows:
            style = "red" if "BROKEN" in row else None
            shown.add_row(*(Text(cell) for cell in row), style=style)
        console.print(shown)
