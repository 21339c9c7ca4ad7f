"""The proof of a quote: does this string stand in that article, and where exactly.

Two strings are the same when they are equal after folding (``fold``). There is no similarity and
no threshold: a quote with one digit, sign or word changed is not in the article.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from qa._answer import Verdict
from qa._verify.fold import ELLIPSIS, LINE_BREAK_HYPHEN, Folded, fold

MIN_PIECE_TOKENS = 3
"""A run of fewer tokens is in any article and proves nothing about where a quote comes from."""

_ALTERED_INITIAL = re.compile(r"\[(\w)\](?=\w)")
_MARK = re.compile(rf"\[[^\[\]]*\]|{ELLIPSIS}")


@dataclass(frozen=True, slots=True)
class QuoteJudgement:
    """What the check of one quote found.

    Attributes:
        verdict: See ``judge_quote``.
        article_id: The other article it stands in when ``misattributed``, else None.
        spans: Where it stands: one slice when ``exact`` or ``misattributed``, one for each piece
            in the quote's order when ``stitched``, none when ``not_found``.
    """

    verdict: Verdict
    article_id: str | None = None
    spans: tuple[tuple[int, int], ...] = ()


def locate(quote: str, text: str) -> tuple[int, int] | None:
    """The first place where ``quote`` stands in ``text``: contiguous, equal after folding.

    The place is a slice ``(start, end)`` of ``text`` as given, and it cuts no token: "5" is not
    in "15", "1.5", "-5", "$5" or "5%", nor "nuclear" in "non-nuclear". Quotation marks around
    the quote and a comma, full stop, colon or semicolon at its end need not be in the text,
    since English punctuation puts them inside the marks. A quote without a letter or digit is
    nowhere.
    """
    folded = fold(text)
    needle = fold(quote).text.strip()
    bare = needle.lstrip("'\" ").rstrip("'\" ,.;:")
    for candidate in (needle, bare) if bare != needle else (needle,):
        if found := _locate_folded(candidate, folded):
            return folded.to_original(*found)
    return None


def _locate_folded(needle: str, folded: Folded) -> tuple[int, int] | None:
    if not any(character.isalnum() for character in needle):
        return None
    if LINE_BREAK_HYPHEN in needle or LINE_BREAK_HYPHEN in folded.text:
        pattern = _either_way_hyphenated(needle)
    elif needle in folded.text:
        pattern = re.compile(re.escape(needle))
    else:
        return None
    position = 0
    while match := pattern.search(folded.text, position):
        start, end = match.span()
        if not (folded.cuts_token(start) or folded.cuts_token(end)):
            return start, end
        position = start + 1
    return None


def _either_way_hyphenated(needle: str) -> re.Pattern[str]:
    """Matches ``needle`` where a hyphen at a line's end may or may not belong to the word."""
    hyphen = f"[-{LINE_BREAK_HYPHEN}]"
    pattern = ""
    for part in re.findall(r"- |.", needle, re.DOTALL):
        if part == LINE_BREAK_HYPHEN:
            pattern += f"(?:{hyphen} ?)?"
        elif part == "- ":
            pattern += f"{hyphen} ?"
        elif part == "-":
            pattern += hyphen
        else:
            pattern += re.escape(part) + (f"{LINE_BREAK_HYPHEN}?" if part.isalpha() else "")
    return re.compile(pattern.removesuffix(f"{LINE_BREAK_HYPHEN}?"))


def judge_quote(
    quote: str, named_article_text: str, other_articles: Mapping[str, str]
) -> QuoteJudgement:
    """The verdict on a quote that is said to stand in one article.

    ``exact``: ``locate`` finds it in the named article.
    ``misattributed``: it finds it only in another one (``other_articles`` is id → text).
    ``stitched``: it is put together from the named article. The quote is parted at its ellipses
        and at what it has in [brackets], and all that is left of it is covered by pieces: runs
        of three or more tokens that follow each other in the article just so, or a shorter run
        if it is all there is between two such marks. At least one piece has three tokens. A
        quote whose words stand in the article in one run but with other punctuation is of this
        kind too.
    ``not_found``: anything else, an empty quote included.
    """
    if span := locate(quote, named_article_text):
        return QuoteJudgement("exact", None, (span,))
    for article_id, text in other_articles.items():
        if span := locate(quote, text):
            return QuoteJudgement("misattributed", article_id, (span,))
    if pieces := _pieces(quote, named_article_text):
        return QuoteJudgement("stitched", None, pieces)
    return QuoteJudgement("not_found")


def _token_texts(folded: Folded) -> list[str]:
    return [folded.text[a:b].replace(LINE_BREAK_HYPHEN, "") for a, b in folded.tokens]


def _pieces(quote: str, text: str) -> tuple[tuple[int, int], ...]:
    """The slices of ``text`` that ``quote`` is stitched from; empty if it is not."""
    folded = fold(text)
    tokens = _token_texts(folded)
    places: dict[str, list[int]] = {}
    for index, token in enumerate(tokens):
        places.setdefault(token, []).append(index)
    runs: list[tuple[int, int]] = []
    for segment in _MARK.split(_ALTERED_INITIAL.sub(r"\1", fold(quote).text)):
        wanted = _token_texts(fold(segment))
        covered = _cover(wanted, tokens, places)
        if covered is None:
            return ()
        runs += covered
    if not any(end - start >= MIN_PIECE_TOKENS for start, end in runs):
        return ()
    return tuple(
        folded.to_original(folded.tokens[start][0], folded.tokens[end - 1][1])
        for start, end in runs
    )


def _cover(
    wanted: list[str], tokens: list[str], places: Mapping[str, list[int]]
) -> list[tuple[int, int]] | None:
    """Runs of ``tokens`` which, one after the other, are ``wanted``; None if there are none.

    The fewest runs win. A run shorter than ``MIN_PIECE_TOKENS`` must be all of ``wanted``.
    """
    shortest = min(MIN_PIECE_TOKENS, len(wanted))
    # best[i]: the fewest runs that cover the first i wanted tokens.
    best: list[list[tuple[int, int]] | None] = [[], *([None] * len(wanted))]
    for first in range(len(wanted)):
        so_far = best[first]
        if so_far is None:
            continue
        start, length = _longest_run(wanted[first:], tokens, places.get(wanted[first], []))
        for taken in range(shortest, length + 1):
            known = best[first + taken]
            if known is None or len(so_far) + 1 < len(known):
                best[first + taken] = [*so_far, (start, start + taken)]
    return best[-1]


def _longest_run(wanted: list[str], tokens: list[str], starts: list[int]) -> tuple[int, int]:
    """Where the longest common run begins in ``tokens``, and its length."""
    longest = (0, 0)
    for start in starts:
        length = 0
        while (
            length < len(wanted)
            and start + length < len(tokens)
            and wanted[length] == tokens[start + length]
        ):
            length += 1
        if length > longest[1]:
            longest = (start, length)
    return longest


# --- Quotations in prose ----------------------------------------------------------------------

_CLOSERS = {"“": "”", "„": "“”", "«": "»", "»": "«", '"': '"', "‘": "’", "'": "'"}
_CLOSERS |= {"‹": "›", "「": "」", "『": "』", "＂": "＂"}
_NOT_QUOTING = re.compile(r"\d0s\b|(?:em|tis|twas|til|n|cause|bout)\b", re.IGNORECASE)


def find_quoted_strings(text: str) -> list[tuple[int, int]]:
    """The quotations in a piece of prose, as slices of what stands between the marks.

    Marks are “ ”, „ “, « », » «, ‹ ›, 「 」, 『 』, " ", ＂ ＂ and, where they cannot be
    apostrophes, ‘ ’ and ' '. A quotation inside another is part of it. One that is opened with a
    double mark and never closed ends with its paragraph, so that it does not escape the check.
    Slices hold at least one letter or digit.
    """
    found = []
    position = 0
    while position < len(text):
        if _opens(text, position):
            end = _closing(text, position)
            if end is not None:
                if any(character.isalnum() for character in text[position + 1 : end]):
                    found.append((position + 1, end))
                position = end
        position += 1
    return found


def _opens(text: str, at: int) -> bool:
    if text[at] not in _CLOSERS:
        return False
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if text[at] in "“„«‹「『":
        return True
    starts_word = not before.isalnum() and bool(after) and not after.isspace()
    if text[at] in "‘'":
        return starts_word and not _NOT_QUOTING.match(text, at + 1)
    return starts_word


def _closing(text: str, opened: int) -> int | None:
    """Where the quotation opened at ``opened`` ends; None when it was no quotation."""
    mark = text[opened]
    paragraph_end = text.find("\n", opened)
    limit = len(text) if paragraph_end < 0 else paragraph_end
    depth = 1
    for at in range(opened + 1, limit):
        if text[at] == mark and mark not in '"＂' and mark not in "'‘":
            depth += 1
        elif text[at] in _CLOSERS[mark]:
            if mark in "‘'" and (text[at + 1 : at + 2].isalnum() or text[at - 1].isspace()):
                continue
            depth -= 1
            if not depth:
                return at
    return None if mark in "‘'" else limit
