"""Whether a fact stands in a text.

A fact is written by hand and looked for in prose by a machine, so what typography varies is made
equal first: case, quotation marks, dashes, white space, ligatures, invisible characters. Digits,
signs and decimal points are never touched.

This folding is the harness's own on purpose. It must not share a mistake with the folding by
which answers prove their quotes.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

_TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff"),
    }
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_SPACE = re.compile(r"\s+")
_THOUSANDS = re.compile(r"[.,]\d")


@lru_cache(maxsize=4096)
def _compatible(character: str) -> str:
    """NFKC of one character, except where that would make 102 of 10² or 12 of 1½."""
    if unicodedata.category(character) == "No":
        return character
    return unicodedata.normalize("NFKC", character)


def level(text: str) -> str:
    """``text`` with typography and white space made equal; case is kept."""
    text = text.translate(_TYPOGRAPHY)
    if not text.isascii():
        text = _NOT_ASCII.sub(lambda match: _compatible(match[0]), text)
        text = unicodedata.normalize("NFC", text)
    return _SPACE.sub(" ", text).strip()


def fold(text: str) -> str:
    """``level`` without regard to case."""
    return level(text).casefold()


def is_pattern(fact: str) -> bool:
    """Whether a fact is written as ``/regular expression/``."""
    return len(fact) > 2 and fact.startswith("/") and fact.endswith("/")


def compile_pattern(fact: str) -> re.Pattern[str]:
    """The expression between the slashes, matched without regard to case.

    Raises:
        re.error: It is not a regular expression.
    """
    return re.compile(fact[1:-1], re.IGNORECASE)


def pattern_error(fact: str) -> str | None:
    """Why a ``/pattern/`` cannot be searched for; None for a good one and for a plain fact."""
    try:
        if is_pattern(fact):
            compile_pattern(fact)
    except re.error as error:
        return str(error)
    return None


def occurs(fact: str, texts: Iterable[str]) -> bool:
    """Whether ``fact`` stands in one of ``texts``; it never runs on from one into the next.

    A fact that starts or ends with a digit matches whole numbers only: "7" is not in "70",
    "7.5", "1,007", "-7" or "G7". One that starts with a letter starts a word ("legal" is not
    in "illegal") but need not end one ("guarantee" is in "guarantees"). A ``/pattern/`` is
    searched for in each text as it is and with its typography made equal.
    """
    if is_pattern(fact):
        pattern = compile_pattern(fact)
        return any(pattern.search(text) or pattern.search(level(text)) for text in texts)
    needle = fold(fact)
    return bool(needle) and any(_stands_in(needle, fold(text)) for text in texts)


def missing(facts: Sequence[Sequence[str]], texts: Sequence[str]) -> list[str]:
    """The facts of which no alias occurs in ``texts``; each named by its first alias."""
    return [aliases[0] for aliases in facts if not any(occurs(alias, texts) for alias in aliases)]


def _stands_in(needle: str, text: str) -> bool:
    start = text.find(needle)
    while start >= 0:
        if _begins_well(text, start) and _ends_well(text, start + len(needle)):
            return True
        start = text.find(needle, start + 1)
    return False


def _begins_well(text: str, start: int) -> bool:
    first, before = text[start], text[max(0, start - 2) : start]
    if first.isdigit():
        separated = before[-1:] in {".", ","} and before[:1].isdigit() and len(before) == 2
        signed = before[-1:] == "-" and (len(before) == 1 or before[0] in " (")
        return not (before[-1:].isalnum() or separated or signed)
    return not (_has_case(first) and before != "" and _has_case(before[-1]))


def _ends_well(text: str, end: int) -> bool:
    if not text[end - 1].isdigit():
        return True
    return not (text[end : end + 1].isdigit() or _THOUSANDS.match(text, end))


def _has_case(character: str) -> bool:
    """Scripts without upper and lower case often put no space between words either."""
    return character.upper() != character.lower()


# --- Markdown as its reader sees it -----------------------------------------------------------

MARKER = re.compile(r"(?<!\\)\[(\d+)\](?:\([^()\s]*\))?")
"""A citation marker of an answer, with or without a link."""

_LINK = re.compile(r"!?\[([^\]]*)\]\([^()\s]*\)")
_LINE_START = re.compile(r"^[ ]{0,3}(?:>[ ]?|#{1,6}[ ]+|[-*+][ ]+)+", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<!\\)(?:\*+|`+|(?<!\w)_+(?=\S)|(?<=\S)_+(?!\w))")
_ESCAPED = re.compile(r"\\([^\w\s])")


def plain_text(markdown: str) -> str:
    """An answer's Markdown without citation markers and mark-up."""
    text = MARKER.sub(" ", markdown)
    text = _LINK.sub(r"\1", text)
    text = _LINE_START.sub("", text)
    text = _EMPHASIS.sub("", text)
    return html.unescape(_ESCAPED.sub(r"\1", text))
