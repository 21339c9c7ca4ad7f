"""A whole reply that is almost JSON, read for what it plainly means.

Models that no schema holds to write Python's or JavaScript's idea of JSON: single quotation
marks, bare keys, True and None, a comma too many, or they are cut short. While a reply streams
only ``qa._reply.parse`` reads it; this is for one that has ended and that it could not read.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from qa._reply.parse import ClaimComplete, Reply
from qa._reply.values import labels_in

_CLOSERS = {'"': '"', "'": "'", "“": "”", "‘": "’"}
_CODE = re.compile(r"\\u([0-9a-fA-F]{4})")
_OPENER = re.compile(r"[{\[]")
_AFTER_STRING = re.compile(r"\s*(?:[,:}\]]|\Z)")
_WORD = re.compile(r"[\w.+-]+")
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None, "none": None}
_ESCAPED = {"n": " ", "r": " ", "t": " ", "b": "", "f": ""}
_DEEPEST = 20
# Beyond these a reply is no reply, and reading it would only take time.
_LONGEST, _MOST_OPENERS = 20_000, 100


def mend(text: str) -> Reply | None:
    """The reply in ``text``; None where there is none in it.

    Of several objects the first that is a reply counts. ``complete`` is true if the object or
    list ended. A claim whose text was cut off has none, and keeps its labels.
    """
    text = text[:_LONGEST]
    for found in islice(_OPENER.finditer(text), _MOST_OPENERS):
        reader = _Reader(text, found.start())
        value = reader.value(0)
        if reply := _reply(value, complete=not reader.cut):
            return reply
    return None


def _reply(value: Any, *, complete: bool) -> Reply | None:
    """What a value says if it has the form of a reply, or is a bare list of claims."""
    answerable = None
    if isinstance(value, dict):
        said = value.get("answerable")
        if isinstance(said, str) and said.strip().lower() in ("true", "false", "yes", "no"):
            said = said.strip().lower() in ("true", "yes")
        answerable = said if isinstance(said, bool) else None
        if answerable is None and "claims" not in value:
            return None
        value = value.get("claims", [])
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        return None if answerable is None else Reply(answerable, (), complete)
    claims: list[ClaimComplete] = []
    for item in value:
        if isinstance(item, dict):
            said, quotes = item.get("claim"), tuple(dict.fromkeys(labels_in(item.get("quotes"))))
            said = said if isinstance(said, str) else ""
            if said or quotes:
                claims.append(ClaimComplete(len(claims), said, quotes))
    if answerable is None and not claims:
        return None
    return Reply(bool(claims) if answerable is None else answerable, tuple(claims), complete)


class _Reader:
    """Reads one value; what it cannot make sense of it passes over. It never raises."""

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self._at = at
        self.cut = False

    def value(self, depth: int) -> Any:
        self._space()
        character = self._text[self._at : self._at + 1]
        if character in ("{", "[") and depth < _DEEPEST:
            return self._object(depth) if character == "{" else self._list(depth)
        if character in _CLOSERS:
            return self._string()
        return self._word()

    def _space(self) -> None:
        while self._at < len(self._text) and (
            self._text[self._at].isspace() or self._text[self._at] in ",;"
        ):
            self._at += 1
        self.cut = self.cut or self._at >= len(self._text)

    def _ended(self, closer: str) -> bool:
        """Whether the object or list ends here, by its bracket, another's, or the text's end."""
        self._space()
        if self._text.startswith(closer, self._at):
            self._at += 1
            return True
        return self._at >= len(self._text) or self._text[self._at] in "}]"

    def _object(self, depth: int) -> dict[str, Any]:
        self._at += 1
        found: dict[str, Any] = {}
        while not self._ended("}"):
            before = self._at
            key = self._string() if self._text[self._at] in _CLOSERS else self._word()
            self._space()
            if self._text.startswith(":", self._at):
                self._at += 1
                value = self.value(depth + 1)
                if isinstance(key, str):
                    found.setdefault(key, value)
            self._at = max(self._at, before + 1)
        return found

    def _list(self, depth: int) -> list[Any]:
        self._at += 1
        found = []
        while not self._ended("]"):
            before = self._at
            found.append(self.value(depth + 1))
            self._at = max(self._at, before + 1)
        return found

    def _word(self) -> Any:
        match = _WORD.match(self._text, self._at)
        if match is None:
            return None
        self._at = match.end()
        word = match[0]
        if word.lower() in _CONSTANTS:
            return _CONSTANTS[word.lower()]
        return int(word) if re.fullmatch(r"-?\d{1,9}", word) else word

    def _string(self) -> str | None:
        """A string; None if it was cut off.

        A mark that could close it does so only before what follows a string: an apostrophe
        inside single quotation marks does not.
        """
        closer = _CLOSERS[self._text[self._at]]
        said: list[str] = []
        at = self._at + 1
        while at < len(self._text):
            character = self._text[at]
            if character == "\\" and at + 1 < len(self._text):
                if code := _CODE.match(self._text, at):
                    said.append(chr(int(code[1], 16)))
                    at = code.end()
                else:
                    following = self._text[at + 1]
                    said.append(_ESCAPED.get(following, following))
                    at += 2
                continue
            if character == closer and _AFTER_STRING.match(self._text, at + 1):
                self._at = at + 1
                return _joined(said)
            said.append(character)
            at += 1
        self._at, self.cut = len(self._text), True
        return None


def _joined(characters: list[str]) -> str:
    """The string on one line; two halves of a pair become the one character they stand for."""
    text = "".join(characters).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return " ".join(text.split())
