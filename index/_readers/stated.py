"""What a document states about itself, taken over only where it is certain."""

from __future__ import annotations

import html
import re
import reprlib
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone

from index._readers.encodings import plain

FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "title": ("title", "headline"),
    "outlet": ("outlet", "source", "publisher"),
    "author": ("author", "authors", "byline"),
    "published": ("published", "published_at", "date", "date_published", "published_date"),
    "url": ("url", "link"),
}
"""The fields of a document and the names they go by in records and sidecars."""


def metadata(record: Mapping[str, object], note: Callable[[str], None]) -> dict[str, str]:
    """The fields a record states, under their own names; what makes no sense is left out.

    Args:
        record: Names and values; names are compared without case, ``-`` and ``_``.
        note: Told what was left out and why.
    """
    folded = {fold(key): (key, value) for key, value in reversed(list(record.items()))}
    fields: dict[str, str] = {}
    for field, keys in FIELDS.items():
        for wanted in keys:
            key, value = folded.get(fold(wanted), ("", None))
            if value in (None, [], {}) or (isinstance(value, str) and not value.strip()):
                continue
            read = iso_date(value) if field == "published" else label(value, field)
            if read:
                fields[field] = read
                break
            note(f"{key} {_shown(value)} left out: {_EXPECTED.get(field, 'not a text')}")
    return fields


_EXPECTED = {"published": "not a date that is certain", "url": "not an address"}


def fold(key: object) -> str:
    """A field's name without case, ``-`` and ``_``: ``datePublished`` is ``date_published``."""
    return str(key).replace("_", "").replace("-", "").lower()


def _shown(value: object) -> str:
    # Not repr: YAML's aliases make values that take for ever to write out.
    shown = repr(value) if isinstance(value, (str, int, float)) else reprlib.repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


# As pages write a character. Without its semicolon it may be a name, as in "R&notes".
_CHARACTER = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,30});")
_LONGEST = 2_000  # characters of a title, a list of authors, an address


def label(value: object, field: str) -> str | None:
    """A single line of text from a string, a list of names or an object with a name."""
    if isinstance(value, list) and field == "author":
        names = [None if isinstance(item, list) else label(item, field) for item in value]
        return ", ".join(filter(None, names)) if all(names) else None
    if isinstance(value, dict) and field in ("author", "outlet"):
        value = value.get("name", value.get("title"))
    if isinstance(value, int) and not isinstance(value, bool) and field == "id":
        value = str(value)
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    if field in ("title", "author", "outlet"):
        # Records are often made from pages: "&#039;Intel failure&#039;" is a title in quotes.
        value = _CHARACTER.sub(lambda written: html.unescape(written[0]), value)
    line = " ".join(plain(value).split()) or None
    if line and field == "author":
        line = re.sub(r"\A[Bb][Yy]:?\s+(?=\w)", "", line)
    return line


_NOBODY = frozenset(
    {"admin", "administrator", "anonymous", "author", "editor", "microsoft office user", "none",
     "owner", "python-docx", "root", "staff", "unknown", "user", "webmaster"}
)  # fmt: skip


def is_account(name: str) -> bool:
    """Whether what a program put down as an author's name is that of an account or of itself."""
    return name.casefold() in _NOBODY or "\\" in name


# --- dates ----------------------------------------------------------------------------------

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun",
            "july jul", "august aug", "september sept sep", "october oct", "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_TIME = (
    r"(?:,?\s+(?:at\s+)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?(?:\s*\(?(?P<zone>[A-Z]{1,5}|[+-]\d{2}:?\d{2})\)?)?)?"
)
_WORDED = re.compile(
    rf"(?:(?P<weekday>{'|'.join(_WEEKDAYS)})[a-z]*\.?,?\s+)?"
    rf"(?:{_DAY}[\s-]+{_MONTH},?[\s-]+|(?P<first>{_MONTH.replace('month', 'month2')})\s+"
    rf"{_DAY.replace('day', 'day2')},?\s+)(?P<year>\d{{4}}){_TIME}",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
    + _TIME.replace(r",?\s+(?:at\s+)?", r"[T\s]\s*", 1),
)


FIRST_YEAR = 1600
"""No news was printed before. What says so is a program's empty date, such as 0001-01-01."""


def iso_date(value: object) -> str | None:
    """An ISO date or date-time from what certainly is one; None from anything else.

    Certain are ISO 8601, dates with the year first, dates with an English month's name and a
    year of four digits (so all of e-mail and RSS), and dates and times of TOML. Never
    "yesterday", never 05/11/2023, and no day that is not in the calendar, not on the weekday
    that is given with it, or from before ``FIRST_YEAR``.
    """
    read = _read_date(value)
    return read if read and int(read[:4]) >= FIRST_YEAR else None


def _read_date(value: object) -> str | None:
    if isinstance(value, date):  # from TOML; a datetime is a date too
        return value.isoformat()
    if not isinstance(value, str) or len(value) > 80:
        return None
    stated = " ".join(value.split())
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(stated).isoformat()
        except ValueError:
            continue
    match = _NUMERIC.fullmatch(stated) or _WORDED.fullmatch(stated)
    return _from_match(match) if match else None


def _from_match(match: re.Match[str]) -> str | None:
    found = match.groupdict()
    month = found.get("month2") or found["month"]
    try:
        day = date(
            int(found["year"]),
            int(month) if month.isdigit() else _MONTHS[month.lower().rstrip(".")],
            int(found.get("day2") or found["day"]),
        )
    except ValueError:
        return None
    weekday = found.get("weekday")
    if weekday and _WEEKDAYS[day.weekday()] != weekday.lower()[:3]:
        return None
    return _with_time(day, found)


def _with_time(day: date, found: Mapping[str, str | None]) -> str | None:
    if found["hour"] is None:
        return day.isoformat()
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    try:
        moment = datetime(
            day.year, day.month, day.day, hour, int(found["minute"] or 0), int(found["second"] or 0)
        )
        zone = _zone(found["zone"])
    except ValueError:
        return None
    if found["zone"] and zone is None:
        # CST is Chicago's or China's time. The day is stated all the same.
        return day.isoformat()
    return moment.replace(tzinfo=zone).isoformat()


def _zone(name: str | None) -> timezone | None:
    if name is None:
        return None
    if name.upper() in ("Z", "UT", "UTC", "GMT"):
        return timezone.utc  # noqa: UP017 - a timezone, like those below
    if name[0] not in "+-":
        return None
    minutes = int(name[1:3]) * 60 + int(name[-2:])
    return timezone(timedelta(minutes=minutes if name[0] == "+" else -minutes))
