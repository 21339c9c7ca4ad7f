"""Files of question sets, read whole; what is wrong with one is said with its place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from index import UsageError

_LFS = b"version https://git-lfs.github.com/spec/"
_KEYS_SHOWN = 6

Row = TypeVar("Row", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class SetFile:
    """A file as it was read.

    Attributes:
        value: What its JSON says; of a ``.jsonl`` file the list of its lines.
        sha256: Of its bytes.
    """

    path: Path
    value: Any
    sha256: str

    def refuse(self, what: str, expected: str, fault: str = "") -> UsageError:
        """The error for a file that is not ``what``: what was expected, and what is there."""
        found = fault or f"Found: {_shape(self.value)}."
        return UsageError(f"{self.path} is not {what}. {found}", f"Expected: {expected}.")


def read_file(path: Path) -> SetFile:
    """Read a ``.jsonl`` file line by line, any other as one JSON value.

    Raises:
        UsageError: It cannot be read, or is no JSON; with the line.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if content.startswith(_LFS):
        raise UsageError(
            f"{path} is a pointer of Git LFS, not the file itself.",
            "Fetch the file with: git lfs pull",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}, line {line}: not valid UTF-8.") from error
    lines = text.split("\n") if path.suffix == ".jsonl" else None
    value = _loads(text, path) if lines is None else _lines(lines, path)
    return SetFile(path, value, hashlib.sha256(content).hexdigest())


def parse(file: SetFile, rows: object, model: type[Row], what: str, expected: str) -> list[Row]:
    """The records of a file in the form of ``model``.

    Raises:
        UsageError: ``rows`` is no list, it is empty, or a record has another form.
    """
    if not isinstance(rows, list) or not rows:
        raise file.refuse(what, expected)
    found = []
    for number, row in enumerate(rows, 1):
        try:
            found.append(model.model_validate(row))
        except ValidationError as error:
            fault = error.errors()[0]
            place = ".".join(map(str, fault["loc"]))
            told = f"Record {number}: {place}: {fault['msg']}; found {_shape(row)}."
            raise file.refuse(what, expected, told) from error
    return found


def unique(names: Sequence[str]) -> list[str]:
    """The names in their order, a number behind each that was there before."""
    taken: set[str] = set()
    found = []
    for name in names:
        other, number = name, 1
        while other in taken:
            number += 1
            other = f"{name}-{number}"
        taken.add(other)
        found.append(other)
    return found


def short_hash(text: str) -> str:
    """Twelve hex digits that name a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _lines(lines: list[str], path: Path) -> list[Any]:
    return [_loads(line, path, n) for n, line in enumerate(lines, 1) if line.strip()]


def _loads(text: str, path: Path, line: int = 1) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {line + error.lineno - 1}, column {error.colno}"
        hint = "A file with an object a line ends in .jsonl." if error.msg == "Extra data" else ""
        raise UsageError(f"{path}, {place}: not valid JSON ({error.msg}).", hint) from error
    except (RecursionError, ValueError) as error:  # too deep, or a number too long for Python
        raise UsageError(f"{path}, line {line}: not valid JSON.") from error


def _shape(value: object) -> str:
    if isinstance(value, list):
        return f"a list, the first item {_shape(value[0])}" if value else "an empty list"
    if isinstance(value, dict):
        keys = ", ".join(repr(key)[:40] for key in list(value)[:_KEYS_SHOWN])
        more = ", …" if len(value) > _KEYS_SHOWN else ""
        return f"an object with {keys}{more}" if value else "an empty object"
    return {str: "a text", type(None): "null"}.get(type(value), f"a {type(value).__name__}")
