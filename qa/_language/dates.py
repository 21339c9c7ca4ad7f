"""Dates in English text, in a form in which they can be compared.

4 November 2023 = November 4, 2023 = Nov. 4, 2023 = 2023-11-04. Words such as "on Saturday",
"yesterday" and "last month" are resolved where the day of publication is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, date, timedelta
from functools import lru_cache

_MONTHS = "January February March April May June July August September October November December"
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_MONTH_NUMBERS = {name[:3]: n for n, name in enumerate(_MONTHS.split(), 1)}
_WEEKDAY_NUMBERS = {name: n for n, name in enumerate(_WEEKDAYS.split())}

# "May", "March" and "Jan" are words and names too, so a month alone wants its full name, and
# May a preposition. In a date with a day or year the abbreviation is enough.
_SHORT = r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?"
_LONG = "(?:" + _MONTHS.replace(" ", "|") + r")\b"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?!\d)"
_DATE = re.compile(
    rf"""
    \b(?P<iso>\d{{4}}-[01]\d-[0-3]\d)(?!\d)
  | \b(?P<day>{_DAY})(?:st|nd|rd|th)?(?:\ of)?\s(?P<month>{_LONG}|{_SHORT})
    (?:,?\s(?P<year>\d{{4}})\b)?
  | \b(?P<month2>{_LONG}|{_SHORT})\s(?P<day2>{_DAY})(?:st|nd|rd|th)?\b
    (?:,?\s(?P<year2>\d{{4}})\b)?
  | \b(?P<month3>{_LONG}|{_SHORT})(?:\ of|,)?\s(?P<year3>[12]\d{{3}})\b
  | \b(?P<month4>(?!May\b){_LONG}
      |(?<=[Ii]n\s)May\b|(?<=[Ee]arly\s)May\b|(?<=[Ll]ate\s)May\b|(?<=[Ll]ast\s)May\b
      |(?<=[Ss]ince\s)May\b|(?<=[Uu]ntil\s)May\b|(?<=[Bb]y\s)May\b|(?<=mid-)May\b)
  | \b(?P<weekday>{_WEEKDAYS.replace(" ", "|")})(?=s?\b)
    """,
    re.VERBOSE,
)
_RELATIVE = re.compile(
    r"\b(?:(today|tonight|this (?:morning|afternoon|evening))|(yesterday|last night)"
    r"|(tomorrow)|(last|this|next) (month|year))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class When:
    """What a text says of a day; None for what it leaves open. ``weekday`` 0 is Monday."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    text: str = ""
    span: tuple[int, int] = (0, 0)


@lru_cache(maxsize=512)
def dates(text: str) -> tuple[When, ...]:
    """The dates and weekdays that ``text`` writes out, in order."""
    found = []
    for match in _DATE.finditer(text):
        parts = {name.rstrip("234"): value for name, value in match.groupdict().items() if value}
        when = When(text=match[0], span=match.span())
        if "iso" in parts:
            year, month, day = map(int, parts["iso"].split("-"))
            when = replace(when, year=year, month=month, day=day)
        elif "weekday" in parts:
            when = replace(when, weekday=_WEEKDAY_NUMBERS[parts["weekday"]])
        else:
            when = replace(
                when,
                year=int(parts["year"]) if "year" in parts else None,
                month=_MONTH_NUMBERS[parts["month"][:3]],
                day=int(parts["day"]) if "day" in parts else None,
            )
        found.append(when)
    return tuple(found)


def known_dates(quotes: Iterable[str], context: Sequence[str]) -> list[When]:
    """The dates that quotes and context give, relative ones resolved.

    A string of ``context`` that is nothing but an ISO date or date-time is a day of publication;
    what quotes say of "Saturday" or "last month" counts from it.
    """
    found = [when for text in context for when in dates(text)]
    return [*_with_variants(found), *quoted_dates(quotes, context)]


def quoted_dates(quotes: Iterable[str], context: Sequence[str]) -> list[When]:
    """The dates that the quotes themselves give; days of publication only resolve them."""
    published = [day for day in map(iso_day, context) if day]
    found: list[When] = []
    for quote in quotes:
        written = dates(quote)
        found += written
        for day in published:
            counted = [_before(day, w.weekday) for w in written if w.weekday is not None]
            counted += [_resolve(match, day) for match in _RELATIVE.finditer(quote)]
            found += [when for when in counted if when]
    return _with_variants(found)


def _with_variants(found: list[When]) -> list[When]:
    """Dates that have all, also without their weekday; those without one, also with it."""
    found = found + [replace(d, weekday=None) for d in found if d.weekday is not None and d.year]
    return found + [_with_weekday(when) for when in found if when.weekday is None]


def is_bare(when: When) -> bool:
    """Whether it is a weekday or a month and nothing else."""
    return when.day is None and when.year is None


def shares_part(one: When, other: When) -> bool:
    """Whether both name a weekday, or both a month."""
    return (one.weekday is not None and other.weekday is not None) or (
        one.month is not None and other.month is not None
    )


def agrees(claimed: When, known: Iterable[When]) -> bool:
    """Whether what ``claimed`` says of a day is borne out by ``known``.

    Day, month and weekday must come from one date. A year that this date leaves open may come
    from another.
    """
    known = list(known)
    years = {when.year for when in known if when.year}
    for when in known:
        same = all(
            mine is None or mine == theirs
            for mine, theirs in (
                (claimed.month, when.month),
                (claimed.day, when.day),
                (claimed.weekday, when.weekday),
            )
        )
        if same and (claimed.year is None or claimed.year in ({when.year} if when.year else years)):
            return True
    return False


def iso_day(text: str) -> date | None:
    """The day that ``text`` is, if it is nothing but an ISO date or date-time."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d(?:[T ].*)?", text.strip()):
        return None
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def days_later(day: date, days: int) -> date | None:
    """The day that so many days come after; None where the calendar has no such day."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def last_weekday(day: date, weekday: int) -> date | None:
    """The last such weekday up to ``day``; None where the calendar has no such day."""
    return days_later(day, -((day.weekday() - weekday) % 7))


def _when(day: date | None) -> When | None:
    return When(day.year, day.month, day.day, day.weekday()) if day else None


def _before(published: date, weekday: int) -> When | None:
    return _when(last_weekday(published, weekday))


def _resolve(match: re.Match[str], published: date) -> When | None:
    today, yesterday, tomorrow, which, unit = match.groups()
    if today or yesterday or tomorrow:
        return _when(days_later(published, -1 if yesterday else 1 if tomorrow else 0))
    step = {"last": -1, "this": 0, "next": 1}[which.lower()]
    if unit.lower() == "year":
        found = When(published.year + step)
    else:
        months = published.year * 12 + published.month - 1 + step
        found = When(months // 12, months % 12 + 1)
    return found if MINYEAR <= (found.year or 0) <= MAXYEAR else None


def _with_weekday(when: When) -> When:
    if when.year and when.month and when.day:
        try:
            day = date(when.year, when.month, when.day)
        except ValueError:
            return when
        return replace(when, weekday=day.weekday())
    return when
