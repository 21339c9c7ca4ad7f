"""Suites as files: found by path or name, read from YAML or JSONL, every fault named."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evals._suite import Suite
from index import UsageError


def find_suite(name: str) -> Path:
    """The file of a suite: a path, or the name of one that comes with the program.

    Raises:
        UsageError: There is neither.
    """
    path = Path(name)
    shipped = {file.stem: file for file in (Path(__file__).parent / "suites").glob("*.yaml")}
    if path.is_file():
        return path
    if name in shipped:
        return shipped[name]
    known = ", ".join(sorted(shipped))
    raise UsageError(f"There is no suite {name}.", f"Give a file, or one of: {known}.")


def load_suite(path: Path) -> Suite:
    """Read a suite from ``.yaml``, ``.yml`` or ``.jsonl``.

    Raises:
        UsageError: The file cannot be read or does not have the form of a suite; every fault
            is named with the case it is in.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        text = content.decode("utf-8")
        data = _read_jsonl(text, path) if path.suffix == ".jsonl" else _read_yaml(text)
    except ValueError as error:
        raise UsageError(f"{path} is not a suite: {error}") from error
    if not isinstance(data, dict):
        raise UsageError(f"{path} is not a suite: it must start with 'suite: NAME'.")
    for key in ("directory", "sha256"):
        if key in data:
            raise UsageError(f"{path}: unknown key {key!r}.")
    try:
        return Suite.model_validate(
            data | {"directory": path.parent, "sha256": hashlib.sha256(content).hexdigest()}
        )
    except ValidationError as error:
        faults = "\n".join(f"  {line}" for line in _explain(error, data))
        raise UsageError(f"{path} is not a valid suite:\n{faults}") from error


def _read_yaml(text: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Refuses a key that is given twice, of which YAML would keep the last in silence."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            for key, times in Counter(map(repr, keys)).items():
                if times > 1:
                    line = node.start_mark.line + 1
                    raise ValueError(f"the mapping at line {line} has the key {key} twice")
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(text, Loader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _read_jsonl(text: str, path: Path) -> dict[str, Any]:
    head: dict[str, Any] = {"suite": path.stem}
    cases: list[Any] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"line {number}: {error}") from error
        if isinstance(row, dict) and "suite" in row and not cases:
            head = row
        else:
            cases.append(row)
    return head | {"cases": cases}


def _explain(error: ValidationError, data: dict[str, Any]) -> Iterator[str]:
    """Faults in words, with case ids for positions and the file's names for the keys."""
    for fault in error.errors():
        place = [str(part) for part in fault["loc"]]
        if place[:1] == ["cases"] and len(place) > 1:
            case = data["cases"][int(place[1])]
            name = case.get("id") if isinstance(case, dict) else None
            place[:2] = [f"case {name}" if name else f"case number {int(place[1]) + 1}"]
        message = fault["msg"].removeprefix("Value error, ")
        where = ": ".join(filter(None, [*place[:1], ".".join(place[1:])]))
        yield f"{where}: {message}" if where else message
