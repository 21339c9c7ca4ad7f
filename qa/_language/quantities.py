"""Numbers in English text, in a form in which they can be compared.

1,200,000 = 1.2 million; four = 4; 70% = 70 percent = seventy per cent; $110bn = 110 billion
dollars; one in three = a third; half = 50%; 21st = twenty-first; 5 p.m. = 17:00. "Thousands" is
borne out by 2,500.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from qa._language.number_words import (
    AFTER_SHARES,
    CARDINALS,
    CURRENCIES,
    FRACTIONS,
    MANY,
    MULTIPLES,
    ORDINALS,
    PLURALS,
    SCALES,
    SUFFIX_SCALES,
    WHOLE_SCALES,
)

Reading = tuple[Decimal, str]
"""A value and its unit: "", "%", a currency sign, "th" (ordinal), "/" (fraction), "s" (decade),
":" (time of day; 17:30 is 1730), "+" (so many or some more: thousands)."""

# Of how much "thousands" may be said, and of how much "hundreds" or "tens of thousands" may.
_UP_TO_THE_NEXT = 1000
_SOME_MORE = 20

_TOKEN = re.compile(
    r"""
    (?P<sign>(?<![\w)])[-+])? (?:[A-Z]{0,3}(?P<currency>[$£€¥₹₽₴])\ ?(?P<minus>-)?)?
    (?P<digits>\d{1,3}(?:[, ]\d{3})+(?!\d)(?:\.\d+)? | \d+(?::\d\d)+ | \d+(?:\.\d+)? | \.\d+)
    (?P<suffix>[A-Za-z]{1,4}\b)? (?:\ ?(?P<percent>%))?
  | (?P<word>[A-Za-z]+)
  | (?P<gap>[^\sA-Za-z\d]+)
    """,
    re.VERBOSE,
)
_NOON = 12
_TO_ASCII = str.maketrans("‐‑‒–−\u00a0\u2009\u202f", "-----   ")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it stands in a text, with all that it can mean.

    Attributes:
        readings: What it says; more than one where the text leaves it open ("5m").
        text: As written.
        start: Its offset in the text.
        certain: False for words that are numbers only sometimes: one, first, both.
        parts: What it does not say but contains: 5 million in "5 to 10 million", 1 and 3 in "1 in
            3". They bear out a number elsewhere, but need no bearing out themselves.
    """

    readings: tuple[Reading, ...]
    text: str
    start: int
    certain: bool = True
    parts: tuple[Reading, ...] = ()

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@lru_cache(maxsize=512)
def quantities(text: str) -> tuple[Quantity, ...]:
    """The numbers in ``text``, in order."""
    return tuple(_Scanner(text.translate(_TO_ASCII)).scan())


def supports(quantity: Quantity, known: Iterable[Quantity]) -> bool:
    """Whether one of the ``known`` numbers is this one.

    The unit must be the same, but a claim may leave out a currency that its source names, and
    fractions equal percentages. "Thousands" is borne out by a number of thousands.
    """
    readings = {reading for other in known for reading in (*other.readings, *other.parts)}
    values = {value for value, unit in readings if unit in CURRENCIES.values() or not unit}
    for value, unit in quantity.readings:
        if (value, unit) in readings or (not unit and value in values):
            return True
        if unit == "%" and (value / 100, "/") in readings:
            return True
        if unit == "/" and (value * 100, "%") in readings:
            return True
        if unit == "+" and any(_is_some(value, other, of) for other, of in readings):
            return True
    return False


def _is_some(scale: Decimal, value: Decimal, unit: str) -> bool:
    """Whether a value is one of which a plural such as "thousands" may be said."""
    whole = scale in WHOLE_SCALES
    if unit == "+":
        return whole and scale < value < scale * _UP_TO_THE_NEXT
    if unit and unit not in CURRENCIES.values():
        return False
    return scale <= value < scale * (_UP_TO_THE_NEXT if whole else _SOME_MORE)


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_TOKEN.finditer(text))
        self._at = 0
        self._found: list[Quantity] = []

    def scan(self) -> list[Quantity]:
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token["digits"]:
                self._read_digits(token)
            elif token["word"]:
                if not self._read_plural(token):
                    self._read_word(token)
            else:
                self._at += 1
        return self._found

    def _word(self, offset: int = 0) -> str:
        """The word ``offset`` tokens on, in lower case; "" for anything else."""
        index = self._at + offset
        token = self._tokens[index] if 0 <= index < len(self._tokens) else None
        return (token["word"] or "").lower() if token else ""

    def _gap(self, offset: int = 0) -> str:
        index = self._at + offset
        token = self._tokens[index] if 0 <= index < len(self._tokens) else None
        return (token["gap"] or "") if token else ""

    def _read_digits(self, token: re.Match[str]) -> None:
        self._at += 1
        digits = token["digits"].replace(",", "").replace(" ", "")
        if half := self._half_of_day(token):
            self._add_time(digits, half, token.start())
            return
        if ":" in digits:
            self._add((Decimal(digits.replace(":", "")),), ":", token.start())
            return
        value = Decimal(digits)
        if token["sign"] == "-" or token["minus"] or self._preceded_by_minus():
            value = -value
        suffix = (token["suffix"] or "").lower()
        if suffix in ("st", "nd", "rd", "th", "s"):
            self._add((value,), "s" if suffix == "s" else "th", token.start())
            return
        values = [value * self._scale()]
        if suffix in SUFFIX_SCALES:
            values.append(value * SUFFIX_SCALES[suffix])
        unit = "%" if token["percent"] else token["currency"] or ""
        self._add(tuple(values), unit, token.start())

    def _half_of_day(self, token: re.Match[str]) -> str:
        """The "a" or "p" of an a.m. or p.m. that follows, which is read; "" where there is none."""
        suffix = (token["suffix"] or self._word()).lower()
        if suffix in ("am", "pm"):
            self._at += not token["suffix"]
            return suffix[0]
        dotted = (self._gap(1), self._word(2)) == (".", "m")
        if token["suffix"] or suffix not in ("a", "p") or not dotted:
            return ""
        self._at += 3
        return suffix

    def _add_time(self, digits: str, half: str, start: int) -> None:
        hour, minute = (int(part) for part in [*re.split("[:.]", digits), "0"][:2])
        written = (Decimal(hour * 100 + minute), ":") if minute else (Decimal(hour), "")
        if hour <= _NOON:
            hour = hour % _NOON + (_NOON if half == "p" else 0)
        self._add((Decimal(hour * 100 + minute),), ":", start, parts=(written,))

    def _preceded_by_minus(self) -> bool:
        return self._word(-2) == "minus"

    def _scale(self) -> int:
        """The product of the scale words that follow, which are read."""
        scale = 1
        while True:
            skip = 1 if self._gap() == "-" and self._word(1).rstrip("s") in SCALES else 0
            word = self._word(skip).removesuffix("s")
            if word not in SCALES:
                return scale
            scale *= SCALES[word]
            self._at += skip + 1

    def _unit(self) -> str:
        """The unit named by the words that follow, which are read."""
        skip = 1 if self._gap() == "-" else 0
        word = self._word(skip)
        if word in ("percent", "pct", "percentage") or (
            word == "per" and self._word(skip + 1) == "cent"
        ):
            self._at += skip + (2 if word == "per" else 1)
            return "%"
        if word in ("us", "canadian", "australian"):
            skip += 1
            word = self._word(skip)
        currency = CURRENCIES.get(word.removesuffix("s"))
        if currency:
            self._at += skip + 1
        return currency or ""

    def _read_word(self, token: re.Match[str]) -> None:
        start, first = self._at, self._word()
        article = first in ("a", "an")
        if article:
            self._at += 1
        if self._read_fraction(token, Decimal(1)):
            return
        value = self._read_cardinal()
        if value is None:
            self._at = start + 1
            if first in ORDINALS:
                known = ((Decimal(ORDINALS[first]), "th"),)
                self._found.append(Quantity(known, first, token.start(), first != "first"))
            elif first in MULTIPLES:
                known = ((Decimal(MULTIPLES[first]), ""),)
                self._found.append(Quantity(known, first, token.start(), certain=False))
            return
        if isinstance(value, Quantity):
            self._found.append(value)
            return
        if self._gap() == "-":
            self._at += 1
            if self._read_fraction(token, value):
                return
            self._at -= 1
        elif self._read_fraction(token, value):
            return
        if self._read_share(token, value):
            return
        words = self._at - start
        self._add((value,), "", token.start(), certain=not (value == 1 and words == 1))

    def _read_plural(self, token: re.Match[str]) -> bool:
        """Read "thousands", "tens of thousands" or "scores of"."""
        first, of = self._word(), self._word(1) == "of"
        scaled = PLURALS.get(self._word(2)) if of else None
        if first in MANY and scaled and scaled >= 10**3:
            value, words = MANY[first] * scaled, 3
        elif first in PLURALS or (first == "scores" and of):
            value, words = PLURALS.get(first, 20), 1
        else:
            return False
        self._at += words
        text = self._text[token.start() : self._tokens[self._at - 1].end()]
        self._found.append(Quantity(((Decimal(value).normalize(), "+"),), text, token.start()))
        return True

    def _read_cardinal(self) -> Decimal | Quantity | None:
        """A number in words; an ordinal ("twenty-first") comes as a finished quantity."""
        total, current, known, start = 0, 0, False, self._at
        while True:
            skip = 0
            if (known and self._gap() == "-") or (
                known and current >= 100 and self._word() == "and"
            ):
                skip = 1
            word = self._word(skip)
            if word in CARDINALS and (not current % 10 or not known):
                current += CARDINALS[word]
            elif known and word in ORDINALS and current % 10 == 0 and current:
                begin, end = self._tokens[start].start(), self._tokens[self._at + skip].end()
                self._at += skip + 1
                value = Decimal(total + current + ORDINALS[word])
                return Quantity(((value, "th"),), self._text[begin:end], begin)
            elif word in ("hundred", "dozen") and (known or self._follows_article()):
                current = (current or 1) * SCALES[word]
            elif word in SCALES and (known or self._follows_article()):
                total += (current or 1) * SCALES[word]
                current = 0
            else:
                break
            known = True
            self._at += skip + 1
        return Decimal(total + current) if known else None

    def _follows_article(self) -> bool:
        return self._word(-1) in ("a", "an", "per")

    def _read_fraction(self, token: re.Match[str], count: Decimal) -> bool:
        """Read "third" or "quarters" as ``count`` of them; "half" needs no count."""
        word = self._word()
        parts = FRACTIONS.get(word.removesuffix("s").replace("halve", "half"))
        counted = token["word"].lower() in ("a", "an", "one") or count > 1
        if parts is None or not (counted or word == "half") or (count > 1 and word[-1] != "s"):
            return False
        ordinal = word in ORDINALS and count == 1 and self._word(1) not in AFTER_SHARES
        self._at += 1
        self._add((count / parts,), "/", token.start())
        if ordinal:
            share = self._found[-1]
            readings = (*share.readings, (Decimal(ORDINALS[word]), "th"))
            self._found[-1] = replace(share, readings=readings)
        return True

    def _read_share(self, token: re.Match[str], count: Decimal) -> bool:
        """Read "in three" or "out of ten" after a number: a fraction."""
        at = self._at
        words = 2 if (self._word(), self._word(1)) == ("out", "of") else 1
        if words == 1 and self._word() != "in":
            return False
        self._at += words
        whole = self._read_cardinal()
        following = self._tokens[self._at] if self._at < len(self._tokens) else None
        if whole is None and following is not None and (following["digits"] or "").isdigit():
            whole = Decimal(following["digits"])
            self._at += 1
        if not isinstance(whole, Decimal) or not count < whole <= 100:
            self._at = at
            return False
        self._add((count / whole,), "/", token.start(), parts=((count, ""), (whole, "")))
        return True

    def _add(
        self,
        values: tuple[Decimal, ...],
        unit: str,
        start: int,
        *,
        certain: bool = True,
        parts: tuple[Reading, ...] = (),
    ) -> None:
        if unit not in ("th", "s", "/", ":", "%"):
            unit = self._unit() or unit
        if unit == "" and self._read_share(self._tokens[self._at - 1], values[0]):
            return
        text = self._text[start : self._tokens[self._at - 1].end()]
        readings = [(value.normalize(), unit) for value in values]
        parts += self._share_range(readings[0], start)
        self._found.append(Quantity(tuple(readings), text, start, certain or bool(unit), parts))

    def _share_range(self, end: Reading, start: int) -> tuple[Reading, ...]:
        """In "5 to 10 million" and "$5-10" let each number also have the other's unit and scale.

        The number before gets it in place; what the one that ends the range gets is returned.
        """
        joint = self._text[max(0, start - 60) : start].removesuffix(" ")
        before = self._found[-1] if self._found else None
        if not before or not re.search(re.escape(before.text) + r"(?: ?-| to| and| or)$", joint):
            return ()
        value, unit = before.readings[0]
        if end[1] == ":" and not unit and value <= _NOON:
            hours = ((value * 100, ":"), ((value + _NOON) * 100, ":"))
            self._found[-1] = replace(before, parts=(*before.parts, *hours))
            return ()
        shared = unit or end[1]
        scales = [10**3, 10**6, 10**9, 10**12]
        scaled = [(value * scale, shared) for scale in scales if end[0] >= scale > value]
        self._found[-1] = replace(before, parts=(*before.parts, (value, shared), *scaled))
        return () if end[1] else ((end[0], shared),)
