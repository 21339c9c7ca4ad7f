"""Dates: notation does not matter, and words of time count from the day of publication."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa._language.dates import agrees, dates, days_later, known_dates


def borne_out(claim: str, quote: str, published: str | None = None) -> bool:
    claimed = dates(claim)
    assert claimed, claim
    known = known_dates([(quote, published)])
    return all(agrees(when, known) for when in claimed)


@pytest.mark.parametrize(
    "quote",
    [
        "on 4 November 2023",
        "on November 4, 2023",
        "Nov. 4 2023",
        "the 4th of November 2023",
        "2023-11-04",
        "November 4th, 2023",
        "Saturday, November 4, 2023",
    ],
)
def test_notation_does_not_matter(quote: str) -> None:
    for claim in ("4 November 2023", "Nov 4", "in November 2023", "in November", "on Saturday"):
        assert borne_out(claim, quote)
    for claim in ("5 November 2023", "4 October", "November 2024", "on Sunday", "14 November"):
        assert not borne_out(claim, quote)


def test_day_and_month_must_come_from_one_date() -> None:
    assert not borne_out("4 October", "between 4 November and 6 October")
    # The year may come from elsewhere where the date itself gives none.
    assert borne_out("4 October 2023", "on 4 October", "2023-11-08")
    assert not borne_out("4 October 2022", "on 4 October 2021", "2022-11-08")


@pytest.mark.parametrize(
    ("quote", "claim"),
    [
        ("on Saturday", "4 November 2023"),
        ("yesterday", "7 November"),
        ("earlier today", "on Wednesday"),
        ("last month", "in October 2023"),
        ("next month", "December 2023"),
        ("tomorrow", "November 9"),
    ],
)
def test_words_of_time_count_from_the_day_of_publication(quote: str, claim: str) -> None:
    assert borne_out(claim, f"They met {quote}.", "2023-11-08T09:30:00+00:00")
    assert not borne_out(claim, f"They met {quote}.", "2022-02-28")
    assert not borne_out(claim, f"They met {quote}.")


def test_months_cross_the_turn_of_the_year() -> None:
    assert borne_out("December 2022", "last month", "2023-01-15")
    assert borne_out("January 2024", "next month", "2023-12-15")


@pytest.mark.parametrize(
    "text", ["He may go.", "May he go?", "They march on.", "Jan Egeland said", "in second place"]
)
def test_words_that_are_no_dates(text: str) -> None:
    assert dates(text) == ()


def test_dates_that_do_not_exist_are_read_and_bear_out_nothing_new() -> None:
    assert [(when.month, when.day) for when in dates("31 February 2023")] == [(2, 31)]
    assert not borne_out("on Friday", "31 February 2023")


# The first and the last weeks of the calendar come up as often as all that lies between.
DAYS = (
    st.dates()
    | st.integers(0, 800).map(lambda days: date.min + timedelta(days))
    | st.integers(0, 800).map(lambda days: date.max - timedelta(days))
)
WORDS = "today yesterday tomorrow Monday Saturday Sunday"


@given(DAYS)
def test_words_of_time_count_from_any_day(day: date) -> None:
    units = [f"{which} {unit}" for which in ("last", "this", "next") for unit in ("month", "year")]
    for word in (*WORDS.split(), *units):
        for when in known_dates([(f"They met {word}.", str(day))]):
            assert when.year is None or 1 <= when.year <= 9999
            if when.year and when.month and when.day:
                found = date(when.year, when.month, when.day)
                assert abs((found - day).days) <= 7
                assert when.weekday in (None, found.weekday())


@given(DAYS, st.integers(-(10**12), 10**12) | st.integers(-9, 9))
def test_days_later(day: date, days: int) -> None:
    later = days_later(day, days)
    there = date.min.toordinal() <= day.toordinal() + days <= date.max.toordinal()
    assert later == (date.fromordinal(day.toordinal() + days) if there else None)
