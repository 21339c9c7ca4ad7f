"""Dates in English text, in a form in which they can be compared.

4 November 2023 = November 4, 2023 = Nov. 4, 2023 = 2023-11-04. Words such as "on Saturday",
"yesterday" and "last month" are resolved where the day of publication is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
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
_FROM_NOW = re.compile(r"\b(last|this|next) (week|month|year|season)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?][”\"')]*\s+(?=[\"“‘(]?[A-Z])")
# In the first and last months of a year a day may be of the year before or after.
_NEAR_NEW_YEAR = 6


@dataclass(frozen=True, slots=True)
class When:
    """What a text says of a day; None for what it leaves open. ``weekday`` 0 is Monday.

    ``years`` are those that it may mean where it leaves the year open; empty where nothing tells.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    text: str = ""
    span: tuple[int, int] = (0, 0)
    years: frozenset[int] = frozenset()


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


def known_dates(
    quotes: Iterable[tuple[str, str | None]], context: Iterable[str] = ()
) -> list[When]:
    """The dates that quotes and context give, and the days on which the quotes were published.

    Args:
        quotes: Each with its own day of publication as an ISO date or date-time, if it is known.
        context: Other texts that may name a date, as the question.
    """
    quotes = list(quotes)
    found = [when for text in context for when in dates(text)]
    days = {day: _when(day) for _, text in quotes if text and (day := iso_day(text))}
    published = [when for when in days.values() if when]
    return [*_with_variants(found), *published, *quoted_dates(quotes)]


def quoted_dates(quotes: Iterable[tuple[str, str | None]]) -> list[When]:
    """The dates that the quotes themselves give; days of publication only resolve them.

    What a quote says of "Saturday" or "last month" counts from its own day of publication, and a
    day without a year is of a year near it, or of one that the quote has named up to there.
    """
    found: list[When] = []
    for quote, published in quotes:
        day = iso_day(published) if published else None
        written = [_with_years(when, quote, day) for when in dates(quote)]
        found += written
        if day:
            counted = [_before(day, w.weekday) for w in written if w.weekday is not None]
            counted += [_resolve(match, day) for match in _RELATIVE.finditer(quote)]
            found += [when for when in counted if when]
    return _with_variants(found)


def _with_years(when: When, quote: str, published: date | None) -> When:
    if when.year or when.month is None or published is None:
        return when
    end = _SENTENCE_END.search(quote, when.span[1])
    before = quote[: end.start() if end else len(quote)]
    near = {published.year}
    if published.month <= _NEAR_NEW_YEAR:
        near.add(published.year - 1)
    if published.month > 12 - _NEAR_NEW_YEAR:
        near.add(published.year + 1)
    return replace(when, years=frozenset(near | {d.year for d in dates(before) if d.year}))


def _with_variants(found: list[When]) -> list[When]:
    """Dates that have all, also without their weekday; those without one, also with it."""
    found = found + [replace(d, weekday=None) for d in found if d.weekday is not None and d.year]
    return found + [_with_weekday(when) for when in found if when.weekday is None]


def other_time(claim: str, quotes: Iterable[str], context: Iterable[str] = ()) -> Iterator[str]:
    """What the claim says of a time that is counted from now, where its quotes say another.

    "Next month" for "last month": the same unit, and never the claim's, nor is it in ``context``.
    """
    quoted = {found for quote in quotes for found in _counted_from_now(quote)}
    known = quoted.union(*map(_counted_from_now, context))
    for unit, which in sorted(_counted_from_now(claim) - known):
        if any(unit == other for other, _ in quoted):
            yield f"{which} {unit}"


def _counted_from_now(text: str) -> set[tuple[str, str]]:
    return {(match[2].lower(), match[1].lower()) for match in _FROM_NOW.finditer(text)}


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

    Day, month and weekday must come from one date. A year that this date leaves open may be one
    of ``When.years``; where there are none, it may come from another date.
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
        open_years = {when.year} if when.year else when.years or years
        if same and (claimed.year is None or claimed.year in open_years):
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
