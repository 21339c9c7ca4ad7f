"""News organisations that a question asks for and an archive has nothing of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa._question.absent_outlets import absent_outlets
from qa._question.outlets import OutletNames

NAMES = OutletNames(["TechCrunch", "The Verge", "Kyiv Post", "The New York Times"])


def absent(question: str) -> tuple[str, ...]:
    return absent_outlets(question, NAMES.find(question))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did Reuters say about Google?", ("Reuters",)),
        ("what did reuters report on google", ("Reuters",)),
        ("According to the BBC, who fled?", ("BBC",)),
        ("Does the Reuters report mention Google?", ("Reuters",)),
        ("What is said in the article on chips by CNN?", ("CNN",)),
        ("Who, as reported by the Jerusalem Post, resigned?", ("Jerusalem Post",)),
        ("What did the Times of Israel write?", ("Times of Israel",)),
        ("Did TechCrunch and the BBC report it, while Axios wrote of it?", ("BBC", "Axios")),
        ("What did TechCrunch, The Verge and the Kyiv Post say?", ()),
        ("What did the New York Times report?", ()),
    ],
)
def test_what_is_asked_for_as_a_source(question: str, expected: tuple[str, ...]) -> None:
    assert absent(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "What did Biden say about Google?",
        "What did Google report, and what did Mueller write?",
        "Who sued the BBC?",
        "Did Musk buy CNN for a report?",
        "Which article on the Epoch Times tells of its money?",
        "Is the guardian of the child an economist, and did she say so?",
        "What did the bild say?",
        "Who leads the Associated Press?",
    ],
)
def test_what_is_none(question: str) -> None:
    assert absent(question) == ()


@given(st.text(max_size=80), st.text(max_size=80))
def test_nothing_around_a_name_makes_it_fail(before: str, behind: str) -> None:
    assert set(absent(f"{before} Reuters {behind}")) <= {"Reuters"}
