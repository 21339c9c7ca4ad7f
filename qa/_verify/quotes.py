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
    parts = re.findall(r"- |.", needle, re.DOTALL)
    for part, following in zip(parts, [*parts[1:], LINE_BREAK_HYPHEN], strict=True):
        if part == LINE_BREAK_HYPHEN:
            pattern += f"(?:{hyphen} ?)?"
        elif part == "- ":
            pattern += f"{hyphen} ?"
        elif part == "-":
            pattern += hyphen
        else:
            pattern += re.escape(part)
            # Only one way to match a hyphen: with two, each doubles the time of a vain search.
            if part.isalpha() and following != LINE_BREAK_HYPHEN:
                pattern += f"{LINE_BREAK_HYPHEN}?"
    return re.compile(pattern)


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
        covered = _cover(wanted, places)
        if covered is None:
            return ()
        runs += covered
    if not any(end - start >= MIN_PIECE_TOKENS for start, end in runs):
        return ()
    return tuple(
        folded.to_original(folded.tokens[start][0], folded.tokens[end - 1][1])
        for start, end in runs
    )


def _cover(wanted: list[str], places: Mapping[str, list[int]]) -> list[tuple[int, int]] | None:
    """Runs of tokens which, one after the other, are ``wanted``; None if there are none.

    ``places`` are the numbers of the tokens of an article, by token, in order.

    The fewest runs win. A run shorter than ``MIN_PIECE_TOKENS`` must be all of ``wanted``.
    """
    shortest = min(MIN_PIECE_TOKENS, len(wanted))
    longest = _longest_runs(wanted, places)
    # best[i]: the fewest runs that cover the first i wanted tokens.
    best: list[list[tuple[int, int]] | None] = [[], *([None] * len(wanted))]
    for first in range(len(wanted)):
        so_far = best[first]
        if so_far is None:
            continue
        start, length = longest[first]
        for taken in range(shortest, length + 1):
            known = best[first + taken]
            if known is None or len(so_far) + 1 < len(known):
                best[first + taken] = [*so_far, (start, start + taken)]
    return best[-1]


def _longest_runs(wanted: list[str], places: Mapping[str, list[int]]) -> list[tuple[int, int]]:
    """For each wanted token, where the longest run that it begins starts, and its length.

    Taken from the last one back, so that no run is followed twice.
    """
    longest: list[tuple[int, int]] = []
    after: dict[int, int] = {}
    for token in reversed(wanted):
        runs = {start: after.get(start + 1, 0) + 1 for start in places.get(token, ())}
        longest.append(max(runs.items(), key=lambda run: run[1], default=(0, 0)))
        after = runs
    return longest[::-1]


# --- Quotations in prose ----------------------------------------------------------------------

_CLOSERS = {"“": "”", "„": "“”", "«": "»", "»": "«", '"': '"', "‘": "’", "'": "'"}
_CLOSERS |= {"‹": "›", "「": "」", "『": "』", "＂": "＂"}
_OPENER = re.compile(f"[{''.join(_CLOSERS)}]")
_DOUBLE = {mark: re.compile(f"[{mark}{closers}]") for mark, closers in _CLOSERS.items()}
_NOT_QUOTING = re.compile(r"\d0s\b|(?:em|tis|twas|til|n|cause|bout)\b", re.IGNORECASE)


def find_quoted_strings(text: str) -> list[tuple[int, int]]:
    """The quotations in a piece of prose, as slices of what stands between the marks.

    Marks are “ ”, „ “, « », » «, ‹ ›, 「 」, 『 』, " ", ＂ ＂ and, where they cannot be
    apostrophes, ‘ ’ and ' '. A quotation inside another is part of it. One that is opened with a
    double mark and never closed ends with its paragraph, so that it does not escape the check.
    Slices hold at least one letter or digit. It takes time in proportion to the text, whatever
    its marks.
    """
    found = []
    closing = _Closing(text)
    mark = _OPENER.search(text)
    while mark:
        position = mark.start()
        if _opens(text, position):
            end = closing.of(position)
            if end is not None:
                if any(text[at].isalnum() for at in range(position + 1, end)):
                    found.append((position + 1, end))
                position = end
        mark = _OPENER.search(text, position + 1)
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


class _Closing:
    """Where quotations end. To be asked in the order in which they are opened.

    What was looked for in vain is not looked for again: an article may open a mark ten thousand
    times and close none.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._paragraph_end = -1
        self._none_before: dict[str, int] = {}

    def of(self, opened: int) -> int | None:
        """Where the quotation opened at ``opened`` ends; None when it was no quotation."""
        if opened > self._paragraph_end:
            line_end = self._text.find("\n", opened)
            self._paragraph_end = len(self._text) if line_end < 0 else line_end
        mark = self._text[opened]
        if mark in "'‘":
            return self._single(mark, opened)
        depth = 1
        for found in _DOUBLE[mark].finditer(self._text, opened + 1, self._paragraph_end):
            depth += 1 if found[0] == mark and mark not in '"＂' else -1
            if not depth:
                return found.start()
        return self._paragraph_end

    def _single(self, mark: str, opened: int) -> int | None:
        text = self._text
        if opened < self._none_before.get(mark, 0):
            return None
        at = text.find(_CLOSERS[mark], opened + 1, self._paragraph_end)
        while at >= 0:
            if not (text[at + 1 : at + 2].isalnum() or text[at - 1].isspace()):
                return at
            at = text.find(_CLOSERS[mark], at + 1, self._paragraph_end)
        self._none_before[mark] = self._paragraph_end
        return None
