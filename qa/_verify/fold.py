"""Text folded for the proof of quotes: what may differ is made equal, nothing else.

Made equal: upper and lower case; typographic and straight quotation marks, apostrophes, dashes
and ellipses; runs of white space, line ends and no-break spaces; soft hyphens and invisible
characters; ligatures, full-width forms and decomposed accents (Unicode's NFKC).

Kept apart: every digit, sign, decimal point and word. Superscripts, subscripts, fractions and
enclosed characters, which NFKC would turn into plain digits and letters (10² → 102), stay as
they are.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property, lru_cache

LINE_BREAK_HYPHEN = "\x00"
"""Stands for a hyphen at the end of a line: part of the word or not, nobody can tell."""

ELLIPSIS = "…"

# Combining marks of the scripts in use: they belong to the letter before them.
_MARKS = "".join(chr(c) for c in range(0x300, 0x1D00) if unicodedata.category(chr(c))[0] == "M")
_LETTERS = rf"(?:[^\W_]|[{_MARKS}])+"
_SIGNS = "+±~<>≤≥-"
_CURRENCY = "$£€¥₹₽₴₪₩"

_INVISIBLE = r"\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufe0e\ufe0f"
_BLANK = rf"[\s{_INVISIBLE}]"  # invisible characters beside white space are part of it

# Everything that is not a run of plain ASCII. The first line only makes the search fast.
_SPECIAL = re.compile(
    rf"""
    (?=[^!#-&(-,/-_a-~]|[A-Za-z][{_MARKS}])
    (?: (?P<hyphenation>(?<=[^\W\d_])[-‐\u00ad][ \t]*(?:\r\n?|[\n\u2028])\s*(?=[^\W\d_]))
      | (?P<ellipsis>\.{{3,}}|\.(?:\s+\.){{2,}}|…)
      | (?P<dash>{_BLANK}*(?:[—―]|--+){_BLANK}*|\s{_BLANK}*[-‐‑‒–]{_BLANK}*\s+)
      | (?P<minus>−[ \u00a0\u2009\u202f]*(?=[\d.])|[‐‑‒–−﹣－])
      | (?P<space>\s{_BLANK}+|[^\S ])
      | (?P<double>(?:''|``|[“”„‟«»"″])+)
      | (?P<single>['‘’‚‛′`´‹›])
      | (?P<invisible>[{_INVISIBLE}])
      | (?P<other>[\u1100-\u11ff]+|(?:[A-Za-z](?=[{_MARKS}])|[^\x00-\x7f])[{_MARKS}]*)
    )
    """,
    re.VERBOSE,
)
_FOLDED_KINDS = {
    "ellipsis": ELLIPSIS,
    "dash": " - ",
    "minus": "-",
    "space": " ",
    "single": "'",
    "invisible": "",
}
_KEPT_APART = ("<super>", "<sub>", "<fraction>", "<circle>", "<square>")

# A token is what a quote may not cut: a word with its hyphens and apostrophes, a number with its
# sign, currency, separators and percent sign. Scripts that put no spaces between words have a
# token for each character. Signs are taken from the first of them on, or behind a letter from the
# second, so that a row of them is gone through once.
_TOKEN = re.compile(
    rf"""
    (?: (?: (?<![\w{_SIGNS}]) | (?<=\w[{_SIGNS}]) )
        [{_SIGNS}]* (?:[{_CURRENCY}][-+]?)? \.? (?=\d)
      | (?<!\w) [\#@] )?
    (?: \d{{1,3}}(?:\ \d{{3}})+(?!\w)
      | [\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]
      | {_LETTERS}
    )
    (?: [-'/&_{LINE_BREAK_HYPHEN}{_CURRENCY}]+ {_LETTERS}
      | (?<=\d)[.,:]+(?=\d){_LETTERS}
      | (?<![^\W_][^\W_])\.(?=[^\W_](?![^\W_]|[{_MARKS}]))[^\W_]
    )*
    (?:\ ?(?:[%‰]|°[cfk]?))?
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Folded:
    """A folded text and the way back to the original.

    Attributes:
        text: The folded text.
        original: What it was folded from.
    """

    text: str
    original: str
    # Piece i starts at _folded_at[i] in text and at _original_at[i] in original. Offsets inside
    # a piece correspond only where its length is unchanged.
    _folded_at: tuple[int, ...]
    _original_at: tuple[int, ...]
    _same_length: tuple[bool, ...]

    def to_original(self, start: int, end: int) -> tuple[int, int]:
        """The slice of the original that was folded into ``text[start:end]``, not empty.

        A slice that touches a piece which changed its length takes all of that piece.
        """
        first = bisect_right(self._folded_at, start) - 1
        last = bisect_right(self._folded_at, end - 1) - 1
        original_start = self._original_at[first]
        if self._same_length[first]:
            original_start += start - self._folded_at[first]
        if self._same_length[last]:
            original_end = self._original_at[last] + end - self._folded_at[last]
        elif last + 1 < len(self._original_at):
            original_end = self._original_at[last + 1]
        else:
            original_end = len(self.original)
        return original_start, original_end

    @cached_property
    def tokens(self) -> tuple[tuple[int, int], ...]:
        """Where the tokens of ``text`` stand, in order."""
        return tuple(match.span() for match in _TOKEN.finditer(self.text))

    @cached_property
    def _token_starts(self) -> tuple[int, ...]:
        return tuple(start for start, _ in self.tokens)

    def cuts_token(self, offset: int) -> bool:
        """Whether ``offset`` in ``text`` lies inside a token."""
        index = bisect_right(self._token_starts, offset) - 1
        return index >= 0 and self.tokens[index][0] < offset < self.tokens[index][1]


def _fold_special(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    if kind in _FOLDED_KINDS:
        return _FOLDED_KINDS[kind]
    if kind == "hyphenation":
        return "" if match[0][0] == "\u00ad" else LINE_BREAK_HYPHEN
    if kind == "double":
        # Inner quotation marks are single in one country and double in the next; after a digit
        # they may be feet and inches.
        return '"' if match.string[match.start() - 1 : match.start()].isdigit() else "'"
    composed = unicodedata.normalize("NFKC", match[0])
    made_of = unicodedata.decomposition(match[0][0])
    if made_of.startswith(_KEPT_APART) or (
        made_of.startswith("<compat>") and any(c.isdigit() for c in composed)
    ):
        return match[0]
    return unicodedata.normalize("NFKC", composed.casefold())


@lru_cache(maxsize=256)
def fold(text: str) -> Folded:
    """``text`` folded, with the map back to its offsets; the module says what becomes equal."""
    pieces: list[str] = []
    folded_at: list[int] = []
    original_at: list[int] = []
    same_length: list[bool] = []
    length = position = 0
    for match in (*_SPECIAL.finditer(text), None):
        start, end = match.span() if match else (len(text), len(text))
        for piece, at, original_length in (
            (text[position:start].lower(), position, start - position),
            (_fold_special(match) if match else "", start, end - start),
        ):
            if original_length:
                pieces.append(piece)
                folded_at.append(length)
                original_at.append(at)
                same_length.append(len(piece) == original_length)
                length += len(piece)
        position = end
    return Folded("".join(pieces), text, tuple(folded_at), tuple(original_at), tuple(same_length))
