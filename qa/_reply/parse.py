"""The language model's reply, asked for as JSON and read while it streams.

``{"answerable": bool, "claims": [{"quotes": [label, ...], "claim": str}, ...]}``

To a question of yes or no, ``"verdict": "yes" | "no" | "unclear"`` stands before the claims. Where
they are asked for, ``"contradictions": [{"sides": [[label, ...], [label, ...]]}, ...]`` follow.

Labels are the numbers of the evidence sentences in the prompt. They come before the text, so
that a model settles on its evidence first and the claim's quotes are known while it is written.

Not every endpoint enforces a schema, so the reader is lenient where the meaning is plain: text
and code fences around the object, unknown keys, any order of keys, a bare list of claims, labels
as strings. What it does not understand it leaves out; it never raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic_core import from_json

from qa._question.yes_no import YesNo
from qa._reply.values import contradictions_in, labels_in, sound_string, yes_or_no

VERDICTS = ("yes", "no", "unclear")


def reply_schema(
    labels: Sequence[int] = (),
    max_claims: int = 0,
    *,
    verdict: bool = False,
    contradictions: bool = False,
) -> dict[str, Any]:
    """The strict JSON schema of a reply.

    Args:
        labels: The only labels a claim may point at; any integer when empty.
        max_claims: The most claims a reply may have; no bound when 0.
        verdict: Whether the question is one of yes or no.
        contradictions: Whether those between sources are asked for.
    """
    label: dict[str, Any] = {"type": "integer"}
    if labels:
        label["enum"] = list(labels)
    claim = {
        "type": "object",
        "properties": {
            "quotes": {"type": "array", "items": label, "minItems": 1},
            "claim": {"type": "string"},
        },
        "required": ["quotes", "claim"],
        "additionalProperties": False,
    }
    claims: dict[str, Any] = {"type": "array", "items": claim}
    if max_claims:
        claims["maxItems"] = max_claims
    properties: dict[str, Any] = {"answerable": {"type": "boolean"}}
    if verdict:
        properties["verdict"] = {"type": "string", "enum": list(VERDICTS)}
    properties["claims"] = claims
    if contradictions:
        side = {"type": "array", "items": label, "minItems": 1}
        properties["contradictions"] = {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"sides": {"type": "array", "items": side, "minItems": 2}},
                "required": ["sides"],
                "additionalProperties": False,
            },
        }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


VERDICT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"yes": {"type": "boolean"}},
    "required": ["yes"],
    "additionalProperties": False,
}
"""The schema of a reply that is nothing but yes or no."""

REPLY_SCHEMA = reply_schema()
"""The schema with no bound on labels or claims."""


@dataclass(frozen=True, slots=True)
class Answerable:
    """The model has said whether the evidence answers the question."""

    value: bool


@dataclass(frozen=True, slots=True)
class VerdictSaid:
    """The model's answer to a question of yes or no; None where it cannot tell."""

    value: YesNo | None


@dataclass(frozen=True, slots=True)
class ContradictionSaid:
    """The model takes sources to contradict each other; the labels of each side, two or more."""

    sides: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class ClaimDelta:
    """More text of claim ``index``; the deltas of a claim, joined, are its text."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class ClaimComplete:
    """Claim ``index`` has ended.

    ``quotes`` are the labels it points at, in its order, each once; whether they exist is for
    the caller to see. Text or quotes may be empty, not both.
    """

    index: int
    text: str
    quotes: tuple[int, ...]


ReplyItem = Answerable | VerdictSaid | ClaimDelta | ClaimComplete | ContradictionSaid


@dataclass(frozen=True, slots=True)
class Reply:
    """All that a reply said.

    Attributes:
        answerable: As the model said, else whether there is any claim.
        claims: The claims that ended.
        complete: Whether the JSON of the reply ended as it should. A reply that was cut off, or
            is no such JSON at all, is not complete.
    """

    answerable: bool
    claims: tuple[ClaimComplete, ...]
    complete: bool


@dataclass(slots=True)
class _Frame:
    """An object or array that has been opened; ``key`` is that of the member being read."""

    kind: Literal["{", "["]
    key: str | None = None


class ReplyParser:
    """Reads a reply piece by piece.

    However the text is cut into pieces, the claims, their joined deltas and ``finish`` come out
    the same, and no delta is ever taken back. Time is linear in the length of the reply, but for
    the text of the claim being written, which is decoded again at each piece.

    Of members with the same key the first counts.
    """

    def __init__(self) -> None:
        self._buffer = ""  # what has not been read, and the member being read
        self._at = 0  # the next character to read
        self._member_start: int | None = None
        self._stack: list[_Frame] = []
        self._string: Literal["", "key", "value"] = ""
        self._escaped = False
        self._key = ""
        self._recognised = False  # the outermost value is a reply, not something before it
        self._ended: Literal["", "complete", "broken"] = ""
        self._answerable: bool | None = None
        self._judged = False
        self._contradicted = False
        self._claims: list[ClaimComplete] = []
        self._shown = ""  # text of the open claim that was emitted
        self._text: str | None = None  # text of the open claim, once it has ended
        self._quotes: tuple[int, ...] | None = None

    def feed(self, delta: str) -> list[ReplyItem]:
        """Read more of the reply; what is new in it, in order."""
        items: list[ReplyItem] = []
        self._buffer += delta
        while self._at < len(self._buffer) and not self._ended:
            self._read(self._buffer[self._at], items)
            self._at += 1
        if self._in_claim and self._stack[-1].key == "claim" and self._member_start is not None:
            self._show(self._decode_text(), items)
        keep = self._at if self._member_start is None else self._member_start
        self._buffer = self._buffer[keep:]
        self._at -= keep
        self._member_start = None if self._member_start is None else 0
        return items

    def finish(self) -> Reply:
        """What the reply said, as far as it was fed."""
        return Reply(
            answerable=bool(self._claims) if self._answerable is None else self._answerable,
            claims=tuple(self._claims),
            complete=self._ended == "complete",
        )

    # The reader of JSON's structure. Values are decoded when they have ended.

    @property
    def _claim_depth(self) -> int:
        """The size of the stack inside a claim: {"claims": [{ or, for a bare list, [{."""
        return 3 if self._stack and self._stack[0].kind == "{" else 2

    @property
    def _in_claim(self) -> bool:
        stack = self._stack
        return (
            len(stack) == self._claim_depth
            and stack[-1].kind == "{"
            and stack[-2].kind == "["
            and (len(stack) == 2 or stack[0].key == "claims")
        )

    def _read(self, character: str, items: list[ReplyItem]) -> None:
        if self._string:
            self._read_in_string(character)
        elif character in "{[":
            self._open(character)
        elif not self._stack or character.isspace():
            pass
        elif character in "}]":
            self._close(character, items)
        elif character == ",":
            self._end_member(items)
        elif self._stack[-1].kind == "{" and self._stack[-1].key is None:
            if character == '"':
                self._string, self._key = "key", ""
            elif character == ":":
                self._start_member()
            else:
                self._fail()
        elif character == '"':
            self._string = "value"
        elif character.isalpha() and len(self._stack) == 1 and self._stack[0].kind == "[":
            self._fail()  # "[sic]"

    def _read_in_string(self, character: str) -> None:
        if self._escaped:
            self._escaped = False
        elif character == "\\":
            self._escaped = True
        elif character == '"':
            self._string = ""
            return
        if self._string == "key":
            self._key += character

    def _open(self, bracket: str) -> None:
        if self._stack and self._stack[-1].kind == "{" and self._stack[-1].key is None:
            self._fail()
        self._stack.append(_Frame("{" if bracket == "{" else "["))
        if self._in_claim:
            self._member_start, self._shown, self._text, self._quotes = None, "", None, None
        elif len(self._stack) == 2 and bracket == "[" and self._stack[0].key == "claims":
            self._recognised = True

    def _close(self, bracket: str, items: list[ReplyItem]) -> None:
        self._end_member(items)
        if self._in_claim and bracket == "}" and (self._text or self._quotes):
            self._recognised = True
            claim = ClaimComplete(len(self._claims), self._text or "", self._quotes or ())
            self._claims.append(claim)
            items.append(claim)
        if self._stack.pop().kind != ("{" if bracket == "}" else "["):
            self._fail()
        elif not self._stack and self._recognised:
            self._ended = "complete"

    def _fail(self) -> None:
        """No JSON: the end of a reply; before it was seen to be one, prose to be skipped."""
        if self._recognised:
            self._ended = "broken"
        self._stack.clear()
        self._member_start = None

    def _start_member(self) -> None:
        self._stack[-1].key = self._key
        if len(self._stack) == 1 or self._in_claim:
            self._member_start = self._at + 1

    def _end_member(self, items: list[ReplyItem]) -> None:
        frame = self._stack[-1]
        if frame.key is None:
            return
        if self._member_start is not None and (len(self._stack) == 1 or self._in_claim):
            if self._in_claim:
                self._end_claim_member(frame.key, items)
            else:
                self._end_reply_member(frame.key, items)
            self._member_start = None
        frame.key = None

    def _end_reply_member(self, key: str, items: list[ReplyItem]) -> None:
        if key == "answerable" and self._answerable is None:
            value = self._member()
            if isinstance(value, str) and value.strip().lower() in ("true", "false"):
                value = value.strip().lower() == "true"
            if isinstance(value, bool):
                self._recognised = True
                self._answerable = value
                items.append(Answerable(value))
        elif key == "verdict" and not self._judged:
            self._judged = True
            items.append(VerdictSaid(yes_or_no(self._member())))
        elif key == "contradictions" and not self._contradicted:
            self._contradicted = True
            items.extend(map(ContradictionSaid, contradictions_in(self._member())))

    def _end_claim_member(self, key: str, items: list[ReplyItem]) -> None:
        if key == "claim" and self._text is None:
            self._text = self._decode_text()
            self._show(self._text, items)
        elif key == "quotes" and self._quotes is None:
            self._quotes = tuple(dict.fromkeys(labels_in(self._member())))

    def _show(self, text: str, items: list[ReplyItem]) -> None:
        if self._text in (None, text) and len(text) > len(self._shown):
            items.append(ClaimDelta(len(self._claims), text[len(self._shown) :]))
            self._shown = text

    def _member(self) -> Any:
        try:
            return from_json(self._buffer[self._member_start : self._at])
        except ValueError:
            return None

    def _decode_text(self) -> str:
        raw = self._buffer[self._member_start : self._at].strip()
        if not raw.startswith('"'):
            return ""
        return str(from_json(sound_string(raw), allow_partial="trailing-strings"))
