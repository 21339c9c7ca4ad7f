"""What the terminal is shown."""

from __future__ import annotations

import json

import pytest

from qa import Answer, Claim, Quote
from ui._terminal import (
    one_line,
    print_claim,
    print_facts,
    print_json,
    print_sources,
    print_table,
    progress_meter,
)

QUOTE = Quote(
    1, "Twelve people\nwere hurt.", "exact", "a", "town/a.txt", None, "Harbour Post", None,
    "2021-03-02", None, 10, 34, "0" * 64,
)  # fmt: skip


def test_text_of_others_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert one_line("\x1b[31mred\x07\r\nnext\x9b2J \tend") == "[31mred next 2J end"
    print_claim(Claim("\x1b]0;owned\x07 He\nsaid", (1, 2), "supported"))
    print_table("t", ["\x1b[2J"], [["a\tb\x1b", "c"]])
    out = capsys.readouterr().out
    assert out == "]0;owned He said [1][2]\n\n[2J\na b\tc\n"


def test_json_is_one_line_and_keeps_other_alphabets(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"a": "“Київ”\u2028\n", "b": [None, 1.5]}
    print_json(value)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert "Київ" in out
    assert json.loads(out) == value


def test_a_quote_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    place = "[1] town/a.txt · Harbour Post, 2021-03-02 · characters 10–34\n"
    bare = Claim(QUOTE.text, (1,), "quote_only")
    print_claim(bare)
    print_sources(Answer("i", "Q?", "answered", "", claims=(bare,), quotes=(QUOTE,)))
    assert capsys.readouterr().out == f"“Twelve people were hurt.” [1]\n\n{place}"
    prose = Claim("A dozen were hurt.", (1,), "supported")
    print_claim(prose)
    print_sources(Answer("i", "Q?", "answered", "", claims=(prose,), quotes=(QUOTE,)))
    assert capsys.readouterr().out == (
        f"A dozen were hurt. [1]\n\n{place}    “Twelve people were hurt.”\n"
    )


def test_a_refusal_is_shown_without_the_notes_that_stderr_had(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = "The articles don't tell.\n\n*It broke.*\n\n*It fell.*"
    print_sources(Answer("i", "Q?", "not_found", text, notes=("It broke.", "It fell.")))
    assert capsys.readouterr().out == "The articles don't tell.\n"


def test_facts_line_up_and_unknown_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_facts({"id": "a", "text_sha256": None})
    assert capsys.readouterr().out == "id           a\ntext sha256  unknown\n"


def test_progress_is_for_stderr_and_short_work_needs_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with progress_meter("articles") as meter:
        for done in range(1, 4):
            meter("reading", done, 3)
    assert capsys.readouterr() == ("", "")
    with progress_meter("articles") as meter:
        for done in range(13):
            meter("reading", done * 1000, 12_000)
            now[0] += 2
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert lines[0] == "reading: 3,000 of 12,000 articles, 500/s, about 18 s left"
    assert lines[-1] == "reading: 12,000 of 12,000 articles, 500/s"
    assert len(lines) == 4, "one in five seconds, and the end"
