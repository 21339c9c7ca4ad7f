"""Dates in questions as days of publication."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa._question.periods import periods

NOW = date(2023, 12, 20)  # a Wednesday


def days(question: str, now: date | None = NOW) -> list[str]:
    found = periods(question, now=now, latest=date(2023, 12, 24))
    return [f"{p.since or ''}/{p.until or ''}" for p in found]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What happened on October 7, 2023?", "2023-10-07/2023-10-07"),
        ("What happened on 2023-10-07?", "2023-10-07/2023-10-07"),
        ("What happened on October 7?", "2023-10-07/2023-10-07"),
        ("What was said in early November?", "2023-11-01/2023-11-10"),
        ("What was said at the end of October?", "2023-10-21/2023-10-31"),
        ("between January and March 2023", "2023-01-01/2023-03-31"),
        ("between January 5 and March 3, 2023", "2023-01-05/2023-03-03"),
        ("from 5 October to 3 November 2023", "2023-10-05/2023-11-03"),
        ("from 3 to 9 October 2023", "2023-10-03/2023-10-09"),
        ("on October 3-9, 2023", "2023-10-03/2023-10-09"),
        ("from 2010 to 2012", "2010-01-01/2012-12-31"),
        ("the third quarter of 2023", "2023-07-01/2023-09-30"),
        ("last month", "2023-11-01/2023-11-30"),
        ("last week", "2023-12-11/2023-12-17"),
        ("yesterday", "2023-12-19/2023-12-19"),
        ("in the past two weeks", "2023-12-06/2023-12-20"),
        ("3 days ago", "2023-12-17/2023-12-17"),
        ("on Monday", "2023-12-18/2023-12-18"),
        ("since Tuesday", "2023-12-19/"),
        ("since March 2023", "2023-03-01/"),
        ("before October 5", "/2023-10-04"),
        ("until the end of 2022", "/2022-12-31"),
        ("after October 4 and before November 1", "2023-10-04/2023-10-31"),
        ("after October 4 but before November 1, 2022", "2022-10-04/2022-10-31"),
        ("before May 2023 and after March 2023", "2023-03-01/2023-04-30"),
        ("since 3 October until 5 November 2023", "2023-10-03/2023-11-05"),
        ("since Tuesday, until yesterday", "2023-12-19/2023-12-19"),
    ],
)
def test_what_a_question_says_of_time(question: str, expected: str) -> None:
    assert days(question) == [expected]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("in october 2023", "in October 2023"),
        ("on october 7", "on October 7"),
        ("ON 7 OCTOBER 2023", "on 7 October 2023"),
        ("in early november", "in early November"),
        ("in june", "in June"),
        ("since monday", "since Monday"),
        ("oct 7, 2023", "Oct 7, 2023"),
        ("between january and march 2023", "between January and March 2023"),
        ("on may 7", "on May 7"),
        ("by the 3rd of may", "by the 3rd of May"),
        ("on 12 march", "on 12 March"),
        ("in late march", "in late March"),
        ("from may 2 to may 5, 2023", "from May 2 to May 5, 2023"),
        ("in august", "in August"),
    ],
)
def test_months_may_be_typed_without_their_capital(typed: str, written: str) -> None:
    assert days(f"what was said {typed}") == days(f"What was said {written}?") != []


@pytest.mark.parametrize(
    "question",
    [
        "What happened before the summit?",
        "Who may march?",
        "who may 5 states sue, and how many will march 12 miles?",
        "Which of the 7 may leave?",
        "a second try on sun and mon",
        "did mar, jan or dec win 7 times?",
        "was the august body of 12 asked?",
        "How were 1,995 people and $2000 lost?",
        "What happened on February 30, 2023?",
        "What was found 99999 years ago?",
        "What was found 2023 years ago?",
        f"What was found {'9' * 5000} days ago?",
    ],
)
def test_what_is_no_date(question: str) -> None:
    assert days(question) == []


def test_two_reports_with_a_date_each_are_no_range() -> None:
    question = (
        "Between the X report published on October 7, 2023, and the Y report published on"
        " October 28, 2023, what changed?"
    )
    assert days(question) == ["2023-10-07/2023-10-07", "2023-10-28/2023-10-28"]


def test_without_a_day_to_count_from_relative_words_say_nothing() -> None:
    assert days("What happened yesterday, last month and on Monday?", now=None) == []
    assert days("What happened in October?", now=None) == ["2023-10-01/2023-10-31"]
    assert periods("in October", now=None, latest=None) == []


@given(st.dates(date(1990, 1, 1), date(2050, 1, 1)), st.dates(date(1990, 1, 1), date(2050, 1, 1)))
def test_any_range_of_two_days_is_read_back(one: date, other: date) -> None:
    first, last = sorted((one, other))
    spelt = [f"{day.day} {day:%B} {day.year}" for day in (first, last)]
    assert days(f"Who won between {spelt[0]} and {spelt[1]}?") == [f"{first}/{last}"]
    assert days(f"Who won from {first} to {last}?") == [f"{first}/{last}"]


WRITTEN = (
    "between from to and the since before 3 9 31 2023 2,023 October May last week ago early - "
    "yesterday Monday Sunday this weekend month year years days 0001-01-01 9999-12-31"
)
PIECES = st.sampled_from(WRITTEN.split())


# The ends of the calendar, and what programs take for no date.
TODAY = st.sampled_from([NOW, date.min, date.max]) | st.dates()


@given(st.lists(PIECES, max_size=12).map(" ".join), TODAY, st.none() | TODAY)
def test_nothing_written_makes_it_fail(question: str, now: date, latest: date | None) -> None:
    for period in periods(question, now=now, latest=latest):
        assert 0 <= period.start < period.end <= len(question)
        assert period.since is None or period.until is None or period.since <= period.until
        assert (period.since, period.until) != (None, None)
