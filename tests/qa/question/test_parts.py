"""The parts of questions that want several reports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa._question.parts import MOST_PARTS, cut


def parts(question: str, *names: str) -> list[str]:
    """The parts; ``names`` are what is named in it, in order."""
    named, at = [], 0
    for name in names:
        at = question.index(name, at)
        named.append((at, at + len(name)))
        at += len(name)
    return [question[start:end].strip(" ,") for start, end in cut(question, named)]


def test_a_comparison_is_cut_where_the_second_report_begins() -> None:
    assert parts(
        "Does the article from Alpha say the harbour bridge will close, while the article from"
        " Beta says the ferry to Marl was sold?",
        "Alpha",
        "Beta",
    ) == [
        "Does the article from Alpha say the harbour bridge will close",
        "while the article from Beta says the ferry to Marl was sold?",
    ]


def test_what_a_report_is_about_stays_with_it() -> None:
    found = parts(
        "Between the report from Alpha on May 3, 2023, about the sale of the harbour bridge, and"
        " the piece from Beta on June 4, 2023, discussing repairs of the old ferry quay, did the"
        " mayor change his mind?",
        "Alpha",
        "May 3, 2023",
        "Beta",
        "June 4, 2023",
    )
    assert [("bridge" in part, "quay" in part) for part in found[:2]] == [
        (True, False),
        (False, True),
    ]
    assert "Beta" in found[1]


def test_what_one_report_tells_of_a_person_is_one_part_each() -> None:
    found = parts(
        "Who sold the harbour bridge of Marl, is accused of hiding the repair costs, and was once"
        " compared to a famous painter?"
    )
    assert len(found) == 3
    assert found[1].startswith("is accused")


@pytest.mark.parametrize(
    ("question", "second"),
    [
        (
            "Which firms not only lend money to ferry lines but also sell old harbour bridges?",
            "also sell",
        ),
        (
            "Which city was noted for its quick repair of the harbour bridge and for keeping the"
            " old ferry quay?",
            "for keeping",
        ),
    ],
)
def test_two_facts_of_one_subject_are_two_parts(question: str, second: str) -> None:
    assert any(part.startswith(second) for part in parts(question))


def test_a_part_that_only_asks_for_reports_is_none() -> None:
    found = parts(
        "Who sold the harbour bridge of Marl, is accused of hiding the repair costs, and is"
        " associated with news coverage by Alpha and Beta?",
        "Alpha",
        "Beta",
    )
    assert len(found) == 2


@pytest.mark.parametrize(
    "question",
    [
        "Who sold the bridge?",
        "Who was hurt and treated?",
        "Who sold the bridge, and when?",
        "What did Ole Strand, mayor of Marl, say?",
        "",
        ", , ,",
    ],
)
def test_a_simple_question_is_one_part(question: str) -> None:
    assert cut(question, []) == [(0, len(question))]


WORDS = "the bridge of Marl while Alpha, and reports; sold does it article was, repairs ferry quay"


@given(st.lists(st.sampled_from(WORDS.split()), max_size=60).map(" ".join), st.data())
def test_the_parts_are_the_whole_question_and_few(question: str, data: st.DataObject) -> None:
    place = st.integers(0, len(question))
    named = [tuple(sorted((data.draw(place), data.draw(place))))]
    spans = cut(question, named)
    assert "".join(question[start:end] for start, end in spans) == question
    assert 1 <= len(spans) <= MOST_PARTS
    for start, end in named:
        assert not any(start < cut_at < end for cut_at, _ in spans[1:])
