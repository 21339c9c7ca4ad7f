"""The days and stretches of time that a question names.

"on October 7, 2023", "in early November", "between January and March 2023", "last month", "since
Tuesday". "before the summit" names none.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta

from qa._language.dates import When, dates, days_later, last_weekday

_YEAR = re.compile(r"(?<![\d$€£.,-])\b(?:19|20)\d\d\b(?![\d%]|[.,]\d|-\d)")
_QUARTER = re.compile(
    r"\b(?:Q([1-4])|(first|second|third|fourth|last) quarter)(?: of)?,? ((?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4}
_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
_RELATIVE = re.compile(
    rf"""\b(?:(?P<today>today|tonight|this\ (?:morning|afternoon|evening))
      | (?P<yesterday>yesterday|last\ night)
      | (?P<which>last|this)\ (?P<unit>week|weekend|month|year)
      | (?:in\ |over\ |during\ )?(?:the\ )?(?:last|past)
        \ (?P<count>\d+|{"|".join(_NUMBERS)})\ (?P<countunit>day|week|month|year)s?
      | (?P<ago>\d+|{"|".join(_NUMBERS)})\ (?P<agounit>day|week|month|year)s?\ ago
      )\b""",
    re.VERBOSE | re.IGNORECASE,
)
# "3 to 9 October": the first day of a range whose month is named once.
_FIRST_DAY = re.compile(
    r"(?:\b(?:from|between) )?\b(\d{1,2})(?:st|nd|rd|th)?\s*(?:to|and|until|through|[–-])\s*$", re.I
)
# "October 3-9, 2023" and "October 3 to 9"; what was read as a date is before it.
_LAST_DAY = re.compile(r"^\s*(?:to|until|through|[–-])\s*(\d{1,2})\b(?!\s*%)(?:,?\s+(\d{4})\b)?")
_PART = re.compile(
    r"\b(?:(early|(?:the )?(?:beginning|start) of)|(mid|(?:the )?middle of)"
    r"|(late|(?:the )?end of))[\s-]+(?:the\s+)?$",
    re.IGNORECASE,
)
_JOINED = re.compile(r"^,?\s*(and|to|until|till|through|[–-])\s*(?:the\s+)?$", re.IGNORECASE)
# Between the two ends of one stretch: "after 4 October and before 1 November".
_OTHER_END = re.compile(
    r"^,?\s*(?:(?:and|but)\s+)?(?:since|after|until|till|up to|by|before)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"^,?\s*(?:and\s+|but\s+)?$", re.IGNORECASE)
_OPENS = re.compile(r"\b(between|from)\s+$", re.IGNORECASE)
_SINCE = re.compile(r"\b(?:since|after|from)\s+$", re.IGNORECASE)
_RANGE = re.compile(r"(?:between|from|since|after)\b", re.IGNORECASE)
_UNTIL = re.compile(r"\b(until|till|up to|by|before)\s+$", re.IGNORECASE)


# People type "in october", and shout "IN OCTOBER". The names that are no words otherwise are dates
# anywhere; short forms beside a number; "may" and "march" only where no verb can stand.
_TYPED = re.compile(
    r"\b(?:(january|february|april|june|july|september|october|november|december"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day(?=s?\b))|(august)"
    r"|(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)|may|march)(?:\b|(?=s\b))",
    re.IGNORECASE,
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_ON = r"\b(?:on|by|since|until|till|before|after|from|between|and|to)\s+"
_YEAR_BEHIND = re.compile(r"(?:\s+of|,)?\s+(?:19|20)\d\d\b")
_NUMBER_BEHIND = re.compile(rf"\.?(?:\s+{_DAY}\b|,?\s+(?:19|20)\d\d\b)")
_NUMBER_BEFORE = re.compile(rf"\b{_DAY}\s+(?:of\s+)?$", re.IGNORECASE)
_DAY_BEHIND = re.compile(rf"\s+{_DAY}\b(?!\s+(?!and\b|to\b|until\b|through\b)[a-z])", re.IGNORECASE)
_ON_DAY_BEFORE = re.compile(rf"{_ON}(?:the\s+(?=\d+[a-z]))?{_DAY}\s+(?:of\s+)?$", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:[?.,!;]|$)")
_ASKED_WHAT = re.compile(r"\b(?:wh\w+|how|it|that|they|he|she|we|you|i)\s+$", re.IGNORECASE)
_ADJECTIVE = re.compile(r"\b(?:an?|the|such|most|his|her|its|their|our)\s+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    """Days that a question names in ``question[start:end]``, both included; None where open."""

    start: int
    end: int
    since: date | None
    until: date | None


def periods(question: str, *, now: date | None, latest: date | None) -> list[Period]:
    """What ``question`` says of time, in its order.

    Args:
        question: The question.
        now: The day it is asked on; without one, "yesterday" and "on Monday" say nothing.
        latest: The last day of publication in the archive; "in October" without a year is
            the last one that had begun by then (by ``now``, where that is known).
    """
    reference = now or latest
    question = _capitalised(question)
    found = _joined(question, _written(question, now, reference))
    return _closed(question, [_opened(question, period) for period in found])


@dataclass(frozen=True, slots=True)
class _Item:
    """A date as written: ``when`` where parts of it may have to come from a neighbour."""

    period: Period
    when: When | None = None


def _written(question: str, now: date | None, reference: date | None) -> list[_Item]:
    items = []
    taken: list[tuple[int, int]] = []

    def free(start: int, end: int) -> bool:
        return all(end <= other[0] or other[1] <= start for other in taken)

    for match in _QUARTER.finditer(question):
        number = int(match[1]) if match[1] else _ORDINALS[match[2].lower()]
        year, month = int(match[3]), 3 * number - 2
        period = Period(*match.span(), date(year, month, 1), _month_end(year, month + 2))
        items.append(_Item(period))
        taken.append(match.span())
    for match in _RELATIVE.finditer(question):
        taken.append(match.span())
        if now and (span := _relative(match, now)):
            items.append(_Item(Period(*match.span(), *span)))
    for when in dates(question):
        if not free(*when.span):
            continue
        if when.weekday is not None:
            if now and (day := last_weekday(now, when.weekday)):
                items.append(_Item(Period(*when.span, day, day)))
            continue
        taken.append(when.span)
        items.append(_Item(Period(*when.span, None, None), when))
    for match in _YEAR.finditer(question):
        if free(*match.span()):
            items.append(_Item(Period(*match.span(), None, None), When(year=int(match[0]))))
    items.sort(key=lambda item: item.period.start)
    return _resolved(question, items, reference)


def _resolved(question: str, items: list[_Item], reference: date | None) -> list[_Item]:
    """Dates as days; a year that only the second end of a range has is the first's too."""
    resolved: list[_Item] = []
    year_behind: int | None = None
    for position in range(len(items) - 1, -1, -1):
        item = items[position]
        if item.when is None:
            resolved.append(item)
            year_behind = None
            continue
        when, period = item.when, item.period
        between = (
            question[period.end : items[position + 1].period.start]
            if position + 1 < len(items)
            else "."
        )
        joined = _JOINED.match(between) or _OTHER_END.match(between)
        if when.year is None and joined and year_behind:
            when = replace(when, year=year_behind)
        floor = items[position - 1].period.end if position else 0
        dated = [i.period.start for i in items[position + 1 :] if i.when is None or i.when.month]
        room = (floor, dated[0] if dated else len(question))
        whole = _days(question, when, period, reference, room)
        year_behind = when.year
        if whole:
            # "October 3-9, 2023": the year was read as one of its own first.
            resolved = [other for other in resolved if other.period.start >= whole.end]
            resolved.append(_Item(whole))
    return resolved[::-1]


def _days(
    question: str, when: When, period: Period, reference: date | None, room: tuple[int, int]
) -> Period | None:
    """The days of a date, with an early, mid or late before it and further days at its ends.

    What stands outside ``room`` belongs to other dates.
    """
    year = when.year
    if year is None:
        if reference is None or when.month is None:
            return None
        begins = (when.month, when.day or 1)
        year = reference.year - (begins > (reference.month, reference.day))
    start, end = period.start, period.end
    try:
        if when.month is None:
            first, last = date(year, 1, 1), date(year, 12, 31)
        elif when.day is None:
            first, last = date(year, when.month, 1), _month_end(year, when.month)
        else:
            first = last = date(year, when.month, when.day)
            if more := _LAST_DAY.match(question[end : room[1]]):
                if opens := _OPENS.search(question[:start]):
                    start = opens.start()
                last = date(int(more[2] or year), when.month, int(more[1]))
                first = first.replace(year=last.year)
                end += more.end()
            elif more := _FIRST_DAY.search(question[:start], room[0]):
                first = date(year, when.month, int(more[1]))
                start = more.start()
    except ValueError:
        return None
    if part := _PART.search(question[:start]):
        start, (first, last) = part.start(), _third(part, first, last)
    return Period(start, end, first, last) if first <= last else None


def _third(part: re.Match[str], first: date, last: date) -> tuple[date, date]:
    """The early, the middle or the late third of some days."""
    third = (last - first) // 3
    if part[1]:
        return first, first + third
    return (first + third, last - third) if part[2] else (last - third, last)


def _capitalised(question: str) -> str:
    """The question with its months and weekdays capitalised, where they can be nothing else."""

    def written(match: re.Match[str]) -> str:
        before, behind = question[: match.start()], question[match.end() :]
        typed = match[0].islower() or match[0].isupper()
        return match[0].capitalize() if typed and _is_date(match, before, behind) else match[0]

    return _TYPED.sub(written, question)


def _is_date(match: re.Match[str], before: str, behind: str) -> bool:
    """Whether a word is a month or a weekday between what stands before and behind it."""
    certain, august, short = match.groups()
    if certain or (august and not _ADJECTIVE.search(before)):
        return True
    beside = _NUMBER_BEHIND.match(behind) or _NUMBER_BEFORE.search(before)
    if august or short:
        return beside is not None
    if _YEAR_BEHIND.match(behind):
        return _ASKED_WHAT.search(before) is None
    if _PART.search(before) or _ON_DAY_BEFORE.search(before):
        return True
    if _DAY_BEHIND.match(behind):
        return _ASKED_WHAT.search(before) is None
    on = re.search(rf"{_ON}$", before, re.IGNORECASE) and _NUMBER_BEHIND.match(behind)
    return bool(on or (_NUMBER_BEFORE.search(before) and _ENDS.match(behind)))


def _joined(question: str, items: list[_Item]) -> list[Period]:
    """Ranges for pairs such as "between … and …" and "… to …"."""
    found: list[Period] = []
    for item in items:
        period = item.period
        if found:
            before = found[-1]
            opens = _OPENS.search(question[: before.start])
            join = _JOINED.match(question[before.end : period.start])
            # "in May and in June" are two; only "between" makes a range of an "and".
            ranged = join and (
                (opens and opens[1].lower() == "between") or join[1].lower() != "and"
            )
            if ranged and before.since and period.until and before.since <= period.until:
                opens = opens or _SINCE.search(question[: before.start])
                start = opens.start() if opens else before.start
                found[-1] = Period(start, period.end, before.since, period.until)
                continue
        found.append(period)
    return found


def _opened(question: str, period: Period) -> Period:
    """With "since" or "until" before it, a period has one end."""
    if _RANGE.match(question[period.start : period.end]):
        return period  # it has both ends already
    before = question[: period.start]
    if match := _SINCE.search(before):
        return replace(period, start=match.start(), until=None)
    if match := _UNTIL.search(before):
        edge = period.since if match[1].lower() == "before" else period.until
        if edge and match[1].lower() == "before":
            edge = days_later(edge, -1) or edge
        return replace(period, start=match.start(), since=None, until=edge)
    return period


def _closed(question: str, found: list[Period]) -> list[Period]:
    """One period for two side by side of which one is open to the future, the other to the past."""
    closed: list[Period] = []
    for period in found:
        if closed and _BESIDE.match(question[closed[-1].end : period.start]):
            both = [closed[-1], period]
            since = [p.since for p in both if p.since and not p.until]
            until = [p.until for p in both if p.until and not p.since]
            if since and until and since[0] <= until[0]:
                closed[-1] = Period(closed[-1].start, period.end, since[0], until[0])
                continue
        closed.append(period)
    return closed


def _relative(match: re.Match[str], now: date) -> tuple[date, date] | None:
    """The days of words that count from today; None where the calendar has no such days."""
    try:
        return _counted(match, now)
    except (ValueError, OverflowError):
        return None


def _counted(match: re.Match[str], now: date) -> tuple[date, date]:
    if match["today"]:
        return now, now
    if match["yesterday"]:
        return now - timedelta(days=1), now - timedelta(days=1)
    if match["which"]:
        return _calendar(match["which"].lower(), match["unit"].lower(), now)
    words = match["count"] or match["ago"]
    count = _NUMBERS.get(words.lower()) or int(words)
    unit = (match["agounit"] or match["countunit"]).lower()
    back = _back(now, count, unit)
    if match["count"]:
        return back, now
    slack = {"day": 0, "week": 3, "month": 15, "year": 182}[unit]
    return back - timedelta(days=slack), back + timedelta(days=slack)


def _calendar(which: str, unit: str, now: date) -> tuple[date, date]:
    back = which == "last"
    if unit in ("week", "weekend"):
        monday = now - timedelta(days=now.weekday() + 7 * back)
        return (monday if unit == "week" else monday + timedelta(days=5)), monday + timedelta(
            days=6
        )
    if unit == "month":
        first = _back(now.replace(day=1), int(back), "month")
        return first, _month_end(first.year, first.month)
    return date(now.year - back, 1, 1), date(now.year - back, 12, 31)


def _back(now: date, count: int, unit: str) -> date:
    if unit in ("day", "week"):
        return now - timedelta(days=count * (7 if unit == "week" else 1))
    months = now.year * 12 + now.month - 1 - count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(now.day, monthrange(year, month + 1)[1]))


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
