"""What the terminal is shown: results on stdout, everything else on stderr."""

from __future__ import annotations

import io
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from ui._plain import harmless, one_line, unescaped

if TYPE_CHECKING:
    from qa import Answer, Claim


def show_what_can_be_shown() -> None:
    """Have standard streams replace what their encoding has no place for.

    A terminal or a pipe may be of any encoding, and articles are of all languages. What must stay
    exact, JSON and the text of articles, is written by ``print_bytes``.
    """
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def print_bytes(data: bytes) -> None:
    """These bytes on stdout, whatever its encoding is, after what was printed before."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def note(text: str) -> None:
    """A line for the person at the terminal, not for the program that reads stdout."""
    print(harmless(text), file=sys.stderr, flush=True)


# JSON leaves these as they are; a terminal does not.
_COMMANDS_IN_JSON = re.compile(r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def print_json(value: Any, *, indent: int | None = None) -> None:
    """One JSON value on stdout, as UTF-8; on one line of its own unless it is indented."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    text = _COMMANDS_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    # Half characters, which UTF-8 has none for, are escaped as JSON does it.
    print_bytes(f"{text}\n".encode("utf-8", "backslashreplace"))


def print_claim(claim: Claim) -> None:
    """A statement with its markers; what is only a quote stands between quotation marks."""
    text = one_line(claim.text)
    shown = f"“{text}”" if claim.support == "quote_only" else text
    print(f"{shown} {''.join(f'[{n}]' for n in claim.quotes)}\n", flush=True)


def print_sources(answer: Answer) -> None:
    """What follows the claims: where each quote stands, or what a refusal has to say."""
    from qa import attribution, disagreement_line, label

    if not answer.claims:
        blocks = unescaped(answer.answer).split("\n\n")
        blocks = blocks[: len(blocks) - len(answer.notes)]  # they have been shown on stderr
        print("\n\n".join(harmless(block) for block in blocks))
    for found in answer.disagreements:
        print(f"{one_line(unescaped(disagreement_line(found)))}\n")
    shown = {n for claim in answer.claims if claim.support == "quote_only" for n in claim.quotes}
    for quote in answer.quotes:
        place = f"{label(quote)} · {attribution(quote)} · characters {quote.start}–{quote.end}"
        print(f"[{quote.n}] {one_line(place)}")
        if quote.n not in shown:
            print(f"    “{one_line(quote.text)}”")
    sys.stdout.flush()


class Meter(Protocol):
    """Shows how far something is."""

    def __call__(self, label: str, done: int, total: int | None) -> None: ...


@contextmanager
def progress_meter(unit: str = "") -> Iterator[Meter]:
    """A progress bar on stderr; plain lines every few seconds where that is no terminal."""
    if not sys.stderr.isatty():
        yield _PlainMeter(unit)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(_rate(task.finished_speed or task.speed or 0))

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}" + (f" {unit}" if unit else "")),
        Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(label: str, done: int, total: int | None) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(label, total=total)
            bar.update(tasks[label], completed=done, total=total)

        yield show


def _rate(speed: float) -> str:
    return f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s" if speed > 0 else ""


class _PlainMeter:
    """At most one line every five seconds, and one at the end of what took longer than that."""

    SECONDS = 5.0

    def __init__(self, unit: str) -> None:
        self._unit = f" {unit}" if unit else ""
        self._last: dict[str, float] = {}
        self._start: dict[str, float] = {}

    def __call__(self, label: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        started = self._start.setdefault(label, now)
        ended = total is not None and done >= total
        if now - self._last.get(label, started) < self.SECONDS and not (
            ended and now - started > self.SECONDS
        ):
            return
        self._last[label] = now
        of = f" of {total:,}" if total is not None else ""
        speed = done / (now - started) if now > started else 0.0
        left = ""
        if total and speed and done < total:
            left = f", about {(total - done) / speed:,.0f} s left"
        rate = f", {_rate(speed)}" if speed else ""
        note(f"{label}: {done:,}{of}{self._unit}{rate}{left}")


def print_table(title: str, header: list[str], rows: list[list[str]]) -> None:
    """A table on stdout; tab-separated where that is no terminal."""
    if not sys.stdout.isatty():
        for row in [header, *rows]:
            print("\t".join(one_line(cell) for cell in row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    Console().print(table)


def print_facts(facts: Mapping[str, Any]) -> None:
    """Names and values, a line each."""
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        shown = one_line(str(value)) if value is not None else "unknown"
        print(f"{name.replace('_', ' '):<{width}}  {shown}")
