"""Sentences of an article, as exact slices of its frozen text.

Boundaries come from nupunkt (the Punkt algorithm of Kiss and Strunk, 2006, "Unsupervised
Multilingual Sentence Boundary Detection") applied to one line at a time, so that a heading
never runs into the paragraph below it. Its training text was American law and science; three
things are changed for news: the abbreviations it believes in, a few cuts it makes and should
not, and a few it misses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

from index._article import Sentence

if TYPE_CHECKING:
    from nupunkt import PunktSentenceTokenizer

MAX_SENTENCE = 600
"""Longest sentence in code points; what has no full stop for longer is cut at white space."""

_MAX_HEADING = 140
_MAX_HEADING_WORDS = 20
_LIST_LENGTH = 3  # so many unpunctuated lines in a row are a list or a table, not headings

# Lines are cut into blocks of this size first, at a place that is hardly anything but the end of
# a sentence: the time for a line then grows with its length and not faster, whatever is in it.
_BLOCK = 5_000

# What the shipped model learnt as abbreviations includes "met", "tax", "drunk", "poland" (OCR
# noise and legal citations), which glues sentences of a news text together. Only initialisms
# with full stops inside (u.s, p.m, ph.d) are taken over, and these words. What is also a word at
# the end of sentences (ill, sat, est for EST, ed for op-ed) is not among them.
_ABBREVIATIONS = frozenset(
    """
    adm amb atty brig capt cdr cmdr col comdr cpl cpt det dr ens fr gen gens gov govs hon insp lt
    maj messrs mlle mme mr mrs ms msgr ofc pfc pres prof profs pvt rep reps rev rt sec sen sens sgt
    spc sr st ste sup supt treas

    jr esq inc corp co cos ltd llc plc bros assn assoc dept depts univ inst govt intl natl mfg

    jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues thu thur thurs fri

    ala ariz calif colo conn del fla ga ind kan ky la md mich minn mo mont neb nev okla
    pa penn tenn tex va vt wis wyo ont que alta sask

    ft mt mts ave blvd rd hwy pkwy

    approx avg ca cf etc fig figs hr hrs incl lb lbs min oz pp pt sq vol vols vs v al
    ibid viz tel ext
    """.split()  # noqa: SIM905
)
_INITIALISM = re.compile(r"(?:[a-z]{1,2}\.)+[a-z]{1,2}")

_CLOSERS = "\"'”’»)\\]"

# A cut between ``left`` and ``right`` is undone where the left ends and the right starts so.
_JOINS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(f"(?:{left})\\s*\\Z"), re.compile(right))
    for left, right in (
        # abbreviations of what a number follows
        (r"\b(?:Nos?|Art|Fig|Vol|Ch|Sec|Par|pp?)\.", r"\d"),
        # abbreviations by their capital letter only: "fell ill." ends a sentence, "Ill." does not
        (r"\b(?:Sat|Wed|Sun|Ill|Miss|Wash|Ore|Ark|Est|Ed|Eds)\.", r"[a-z\d(]"),
        (r"\bU\.[SKN]\.", r"(?:Senators?|Secretar(?:y|ies)|Ambassadors?|General)\b"),
        # names that end in an exclamation mark
        (
            r"\b(?:Yahoo|Yum|Jeopardy|Oklahoma|E|Panic|Wham)!",
            r"[a-z(]|(?:Inc|Corp|Brands|News|Japan)\b",
        ),
        (r"[!?][\s\"”’]*", r"[a-z]"),
        # a closing bracket or a comma starts nothing: "(D-Minn.), who"
        (r"", r"[)\]»”’,;:]"),
        # “He lied!” Trump wrote.
        (
            r"[!?][\"”’]",
            r"(?:(?:Mr|Mrs|Ms|Dr|Sen|Gov|Rep|Gen)\. )?(?:[A-Z][\w.’'-]+ ){1,3}"
            r"(?:said|says|asked|wrote|tweeted|posted|added|replied|told|declared|shouted)"
            r"(?:[.,:]| (?:in|on|at|during|after|before|to|of|when|as|him|her|them|reporters)\b)",
        ),
        # 9 a.m. Tuesday, 9 a.m. Eastern, 9 a.m. Moscow time
        (
            r"\b[ap]\.m\.",
            r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:Jan|Febr)uary|March|April|May|June"
            r"|July|August|(?:Septem|Octo|Novem|Decem)ber|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct"
            r"|Nov|Dec|Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun)\.|[ECMPA][SD]?T|GMT|UTC|BST|CES?T|EES?T"
            r"|MSK|IST|JST|HKT|Eastern|Central|Mountain|Pacific|Greenwich"
            r"|(?:[A-Z][\w.]+ ){1,3}(?:[Tt]ime|[Ss]tandard|[Dd]aylight))\b",
        ),
    )
)  # fmt: skip

_JOIN_RIGHT = re.compile("|".join(f"(?:{right.pattern})" for _, right in _JOINS))

# A cut is added at the end of these matches. They begin with a full stop because the search for
# one is fast: ".S. On" for "U.S. On", ".m. Police" for "a.m. Police".
_SPLITS = (
    re.compile(
        rf"\.[A-Z]\.[{_CLOSERS}]*\s+"
        r"(?=(?:On|And|Meanwhile|That|His|Her|Their|Despite|Officials|Police)\b)"
    ),
    # full stops of Chinese and Japanese, which no space follows; of Arabic, Urdu and Hindi
    re.compile(r"[。！？｡]+[」』）”’\"']*(?!と)|[؟۔।॥][»”\"]*\s+"),
)
_MERIDIEM = re.compile(rf"\.m\.[{_CLOSERS}]*\s+(?=[\"“‘(]?[A-Z])")
# "At 9 p.m. Trump spoke": what stands before the hour is too little to be a sentence.
_TIME_OPENING = re.compile(
    r"[\"“]?(?:At|By|On|Around|About|Before|After|Until|From|Since|Shortly|Just)\s(?:\S+\s+){0,5}\S*\Z"
)

_REFERENCE = re.compile(rf"(?:\[\d+\]|[{_CLOSERS}])+\s+")
_CLAUSE_END = re.compile(r"[;:,–—]\s+")
_SPACE = re.compile(r"\s+")
_SENTENCE_END = re.compile(rf"[a-z]{{4}}[.!?][{_CLOSERS}]*\s+(?=[\"“‘(]?[A-Z])")

_TERMINAL = re.compile(r"[.!?…:;,。！？؟۔।][\"'”’»)\]]*\Z")
_CREDIT = re.compile(
    r".*\b[Cc]ontribut(?:ed|ing|ions?|ors?)\b|(?:By|BY|(?:Reporting|Editing|Photos?) by) [A-Z]"
)
_ADDRESS = re.compile(r"https?://|www\.|pic\.twitter|\S@\S|(?<!\S)[@#]\w")


@lru_cache(maxsize=1)
def _tokenizer() -> PunktSentenceTokenizer:
    """The shipped model with the abbreviations above; loaded once, not changed afterwards."""
    from nupunkt.models import load_default_model

    tokenizer = load_default_model()
    parameters = tokenizer.parameters
    learnt = {word for word in parameters.abbrev_types if _INITIALISM.fullmatch(word)}
    parameters.abbrev_types = learnt | _ABBREVIATIONS | {"..."}
    return tokenizer


def split_sentences(text: str, article_id: str) -> list[Sentence]:
    """The sentences and headings of a text, in order.

    Every character of ``text`` that is not white space is in exactly one sentence, and
    ``text[s.start:s.end] == s.text`` for each. No sentence spans a line break; none is longer
    than ``MAX_SENTENCE`` code points.

    A line is a ``heading`` if it is short, starts like one, has no punctuation at its end and
    something follows that it can be the heading of. Credit lines, lists and tables (three or
    more such lines in a row) and unpunctuated last lines are sentences.

    Args:
        text: The frozen text of an article.
        article_id: Copied to each sentence.
    """
    lines = list(_lines(text))
    headings = _headings([text[start:end] for start, end in lines])
    sentences: list[Sentence] = []
    for (start, end), heading in zip(lines, headings, strict=True):
        spans = [(start, end)] if heading else _line_sentences(text, start, end)
        for first, last in spans:
            sentences.append(
                Sentence(
                    article_id=article_id,
                    ordinal=len(sentences),
                    start=first,
                    end=last,
                    text=text[first:last],
                    kind="heading" if heading else "sentence",
                )
            )
    return sentences


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the lines that are not blank, without white space at their ends."""
    start = 0
    for line in text.splitlines(keepends=True):
        span = _tight(text, start, start + len(line))
        if span:
            yield span
        start += len(line)


def _tight(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The span without white space at its ends; None if nothing else is in it."""
    piece = text[start:end]
    first = end - len(piece.lstrip())
    return (first, start + len(piece.rstrip())) if first < end else None


def _line_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for block_start, block_end in _blocks(text, start, end):
        block = text[block_start:block_end]
        cuts = [0, *_boundaries(block), len(block)]
        for left, right in pairwise(cuts):
            span = _tight(block, left, right)
            if span:
                for first, last in _shortened(block, *span):
                    yield block_start + first, block_start + last


def _blocks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > _BLOCK:
        limit = start + _BLOCK
        cut = (
            _last_match_end(_SENTENCE_END, text, limit - _BLOCK // 4, limit)
            or _last_match_end(_SPACE, text, limit - _BLOCK // 4, limit)
            or limit
        )
        yield start, cut
        start = cut
    yield start, end


def _last_match_end(pattern: re.Pattern[str], text: str, start: int, end: int) -> int | None:
    last = None
    for match in pattern.finditer(text, start, end):
        last = match.end()
    return last


def _boundaries(block: str) -> list[int]:
    """Offsets at which a sentence starts, the first one left out, ascending."""
    proposed = {_past_reference(block, start) for start, _ in _tokenizer().span_tokenize(block)}
    for pattern in _SPLITS:
        proposed.update(match.end() for match in pattern.finditer(block))
    hours = {match.end() for match in _MERIDIEM.finditer(block)}
    cuts: list[int] = []
    last = 0
    for cut in sorted(proposed | hours):
        if not last < cut < len(block):
            continue
        if cut in hours and _TIME_OPENING.match(block, last, min(cut, last + 80)):
            continue
        if not _joined(block, cut):
            cuts.append(cut)
            last = cut
    return cuts


def _past_reference(block: str, cut: int) -> int:
    """Moves a cut in "text.[4] Next" behind the reference, which belongs to what it follows."""
    if cut and not block[cut - 1].isspace():
        reference = _REFERENCE.match(block, cut)
        if reference:
            return reference.end()
    return cut


def _joined(block: str, cut: int) -> bool:
    if not _JOIN_RIGHT.match(block, cut):  # most cuts are good, and this is quick to see
        return False
    left = block[max(0, cut - 40) : cut]
    right = block[cut : cut + 120]
    return any(b.match(right) and a.search(left) for a, b in _JOINS)


def _shortened(block: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Pieces of at most ``MAX_SENTENCE``, of similar length, cut after a clause if possible."""
    while end - start > MAX_SENTENCE:
        limit = start + MAX_SENTENCE
        ideal = start + ceil((end - start) / ceil((end - start) / MAX_SENTENCE))
        cut = limit
        for pattern in (_CLAUSE_END, _SPACE):
            places = [m.end() for m in pattern.finditer(block, start + MAX_SENTENCE // 3, limit)]
            if places:
                cut = min(places, key=lambda place: abs(place - ideal))
                break
        span = _tight(block, start, cut)
        if span:
            yield span
        start = cut
    span = _tight(block, start, end)
    if span:
        yield span


def _headings(lines: list[str]) -> list[bool]:
    """For each of the non-blank lines of a text: is it a heading?"""
    likely = [_looks_like_heading(line) for line in lines]
    verdict = [False] * len(lines)
    index = 0
    while index < len(lines):
        run_end = index
        while run_end < len(lines) and likely[run_end]:
            run_end += 1
        if index == 0 and run_end and len(lines) > 1:
            verdict[0] = True  # the title, whatever comes next
            index = 1
        if run_end < len(lines) and run_end - index < _LIST_LENGTH:
            verdict[index:run_end] = [True] * (run_end - index)
        index = run_end + 1
    return verdict


def _looks_like_heading(line: str) -> bool:
    if len(line) > _MAX_HEADING or len(line.split()) > _MAX_HEADING_WORDS:
        return False
    first_letter = next((char for char in line if char.isalnum()), "")
    if not first_letter or first_letter.islower() or not any(map(str.isalpha, line)):
        return False
    return not (_TERMINAL.search(line) or _CREDIT.match(line) or _ADDRESS.search(line))
