"""Questions as a command is given them: one as its argument, or many in a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ui._terminal import note

FORM = 'Each line is a JSON object with "id" and "ask".'


@dataclass(frozen=True, slots=True)
class Question:
    """A question, or a line of a file that cannot be asked.

    Attributes:
        id: As its line has it; empty for the one of the command line, None where none is told.
        text: The question; None where none is told.
        line: The number of its line; 0 for the one of the command line.
        error: Why it cannot be asked; empty when it can.
    """

    id: str | None
    text: str | None
    line: int = 0
    error: str = ""

    def error_json(self) -> dict[str, Any]:
        """What stands in the place of its answer; without ``status``, for nothing was answered."""
        return {"id": self.id, "question": self.text, "line": self.line, "error": self.error}


def read_questions(question: str | None, file: Path | None) -> list[Question]:
    """The question of the command line, or those of a file, in their order.

    Lines that cannot be asked are among them, and are named on stderr.

    Raises:
        UsageError: Neither or both are given, the one that is cannot be asked, or the file
            cannot be read.
    """
    from index import UsageError
    from qa import check_question

    if question is not None and file is None:
        return [Question("", check_question(question))]
    if question is not None or file is None:
        raise UsageError(
            "Give either a question or --questions FILE.jsonl.",
            'For example: pullquote ask "Who said what?"',
        )
    try:
        found = list(_lines(file.read_bytes()))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.", "Check the path.") from error
    for one in found:
        if one.error:
            note(f"{file}, line {one.line}: {one.error}")
    if not found:
        note(f"{file} holds no questions.")
    return found


def _lines(data: bytes) -> Iterator[Question]:
    from index import UsageError
    from qa import check_question

    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        record = _record(line)
        name, text = record.get("id"), record.get("ask")
        known = str(name) if isinstance(name, str | int) else None
        asked = text if isinstance(text, str) else None
        if known is None or asked is None:
            yield Question(known, asked, number, f"It is not a question. {FORM}")
            continue
        try:
            yield Question(known, check_question(asked), number)
        except UsageError as error:
            yield Question(known, asked, number, str(error))


def _record(line: bytes) -> dict[str, Any]:
    """The object on a line; an empty one where there is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
