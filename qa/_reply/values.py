"""The values of a reply, read for what they plainly mean; nothing raises."""

from __future__ import annotations

import re
from typing import Any

from qa._question.yes_no import YesNo

_IN_STRING = re.compile(
    r"""
      (?P<sound>\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}
                |u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})
               |\\(?:u[0-9a-fA-F]{0,4}(?:\\(?:u[0-9a-fA-F]{0,3})?)?)?\Z)
    | (?P<surrogate>\\u[dD][89a-fA-F][0-9a-fA-F]{2})
    | (?P<backslash>\\)
    | (?P<control>[\x00-\x1f])
    """,
    re.VERBOSE,
)


def sound_string(raw: str) -> str:
    """A JSON string that every decoder takes, from one that models write.

    Line breaks become spaces, backslashes that escape nothing go, half surrogate pairs become
    U+FFFD. An escape that has not ended is left for the partial decoder to hold back.
    """

    def mended(match: re.Match[str]) -> str:
        replacement = {"surrogate": "\ufffd", "backslash": "", "control": " "}
        return replacement.get(match.lastgroup or "", match[0])

    return _IN_STRING.sub(mended, raw)


def yes_or_no(value: Any) -> YesNo | None:
    """``yes`` or ``no`` in any case, true or false; None for anything else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    said = value.strip(" .").lower() if isinstance(value, str) else ""
    return "yes" if said in ("yes", "true") else "no" if said in ("no", "false") else None


def contradictions_in(value: Any) -> list[tuple[tuple[int, ...], ...]]:
    """The sides of each contradiction: [{"sides": [[1], [2, 3]]}], [[[1], [2]]], [[1, 2]].

    A label on two sides is left on the first; with fewer than two sides it is no contradiction.
    """
    found = []
    for item in value if isinstance(value, list) else []:
        parts = item.get("sides", list(item.values())) if isinstance(item, dict) else item
        sides: list[tuple[int, ...]] = []
        for part in parts if isinstance(parts, list) else []:
            taken = {label for side in sides for label in side}
            if side := tuple(dict.fromkeys(n for n in labels_in(part) if n not in taken)):
                sides.append(side)
        if len(sides) > 1:
            found.append(tuple(sides))
    return found


def labels_in(value: Any) -> list[int]:
    """The labels in a value: 3, "3", "[1, 2]", [1, "[2]"], {"label": 3}; nothing else."""
    if isinstance(value, bool):
        return []
    if isinstance(value, int):
        return [value]
    if isinstance(value, float):
        return [int(value)] if value.is_integer() else []
    if isinstance(value, str):
        return [int(digits) for digits in re.findall(r"(?<!\d)-?\d{1,9}(?!\d)", value)]
    if isinstance(value, dict):
        value = list(value.values())
    return [label for item in value for label in labels_in(item)] if isinstance(value, list) else []
