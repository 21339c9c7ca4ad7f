"""Numbers as statements about something: how exact they mean to be, and whether two agree.

"About 100" agrees with 103, "more than 900" with 940, 1.2 million with 1,234,567; 12 and "at
least 15" do not agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from qa._language.dates import dates
from qa._language.quantities import Quantity, quantities

# What "about" leaves open either way; half of it is what a round number may be rounded by.
TOLERANCE = Decimal("0.05")
# "More than 900" speaks of less than 1,000, by the last digit it gives; of no more than this
# share above or below in any case.
MOST_BEYOND = Decimal("0.5")

_ABOUT = re.compile(
    r"(?:\b(?:about|around|approximately|roughly|some|estimated(?: at)?|circa|close to|"
    r"in the region of)|[~≈])\W*$",
    re.I,
)
_ABOVE = re.compile(
    r"(?<!\bno )(?<!\bnot )\b(?:more than|over|at least|above|exceed(?:s|ed|ing)?|"
    r"upwards? of|(?:no|not) (?:fewer|less) than|a minimum of|topp(?:ed|ing))\W*$",
    re.I,
)
_BELOW = re.compile(
    r"(?<!\bno )(?<!\bnot )\b(?:less than|fewer than|under|below|at most|up to|nearly|"
    r"almost|close to|just short of|(?:no|not) more than|as (?:many|much) as|a maximum of)\W*$",
    re.I,
)
_OR_ABOVE = re.compile(r"\s(?:or|and) (?:more|above|over|older|longer)\b", re.I)
_OR_BELOW = re.compile(r"\s(?:or|and) (?:less|fewer|below|under|younger|shorter)\b", re.I)
_RANGE_BEFORE = re.compile(
    r"(?:\d|\bbetween|\bfrom)[^.,;]{0,20}?(?:-|–|\bto|\band|\bor)\s?[$£€¥]?$"
)
_RANGE_AFTER = re.compile(r"\s?(?:-|–|to |or )\s?[$£€¥]?\d")
_ROUND = re.compile(r"[1-9][\d,]*00(?!\d)|\d0\b.*(?:hundred|thousand|million|billion|trillion)")
# Code points before a number in which words such as "more than" are looked for.
_BEFORE = 30
_UNITS = ("", "%", "$", "€", "£", "¥", "₹", "₽", "₴")
_BARE_YEAR = re.compile(r"(?:1[0-9]|20)\d\d")
_HALF = Decimal("0.499")
_SCALED = re.compile(r"\d\s?(?:[mb]n?|tn|k|thousand|million|billion|trillion)\b", re.I)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of a text, and from where to where it holds.

    Attributes:
        start, end: Its offsets in the text.
        unit: As in ``qa._language.quantities.Reading``.
        low, high: What it may stand for, both included.
    """

    quantity: Quantity
    start: int
    end: int
    unit: str
    value: Decimal
    low: Decimal
    high: Decimal

    def agrees(self, other: Amount) -> bool:
        """Whether both can be true of one thing; amounts of different units never are."""
        return self.unit == other.unit and self.low <= other.high and other.low <= self.high


def bound(text: str, start: int, end: int) -> int:
    """1 where the number at ``text[start:end]`` is the least that is meant, -1 the most, else 0."""
    before = text[max(0, start - _BEFORE) : start]
    if _ABOUT.search(before):
        return 0
    if _ABOVE.search(before) or _OR_ABOVE.match(text, end):
        return 1
    return -1 if _BELOW.search(before) or _OR_BELOW.match(text, end) else 0


@lru_cache(maxsize=1024)
def amounts(text: str) -> tuple[Amount, ...]:
    """The numbers of ``text`` that count or measure, in order.

    Left out are dates, years and times of day, ordinals, fractions, ranges, and words such as
    "one" that are numbers only sometimes.
    """
    return tuple(_amounts(text))


def _amounts(text: str) -> Iterator[Amount]:
    dated = [when.span for when in dates(text)]
    for quantity in quantities(text):
        start, end = quantity.start, quantity.end
        if (
            not quantity.certain
            or quantity.readings[0][1] not in _UNITS
            # "5m" may be metres; with a currency it is millions.
            or (len(quantity.readings) > 1 and not quantity.readings[0][1])
            or _BARE_YEAR.fullmatch(quantity.text)
            or any(start < stop and begin < end for begin, stop in dated)
            or _RANGE_BEFORE.search(text[max(0, start - 40) : start])
            or _RANGE_AFTER.match(text, end)
            or text[start - 1 : start] in ("-", "–", "№", "#")
        ):
            continue
        value, unit = quantity.readings[-1]
        low, high = _bounds(quantity.text, value, text[max(0, start - _BEFORE) : start])
        yield Amount(quantity, start, end, unit, value, low, high)


def _bounds(written: str, value: Decimal, before: str) -> tuple[Decimal, Decimal]:
    size = abs(value)
    # normalize() leaves the significant digits: 1.2E+6, 9E+2, 103.
    exponent = value.normalize().as_tuple().exponent
    step = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    if _ABOUT.search(before):
        room = max(size * TOLERANCE, _HALF)
        return value - room, value + room
    beyond = min(step * Decimal("0.999"), size * MOST_BEYOND)
    if _ABOVE.search(before):
        return value, value + beyond
    if _BELOW.search(before):
        return value - beyond, value
    if (isinstance(exponent, int) and exponent < 0) or _SCALED.search(written):
        # Written to so many digits: a rounded figure, true to half of the last one.
        room = min(step / 2, max(size * TOLERANCE, _HALF))
    elif _ROUND.search(written):
        room = size * TOLERANCE / 2
    else:
        # A whole number against one with decimals: 70% and 69.8%.
        room = _HALF
    return value - room, value + room
