"""Questions: what is one, and what a follow-up is searched for with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import UsageError
from qa import MAX_CHARACTERS, Turn, check_question, stand_alone

BEFORE = Turn(
    "Who closed the bridge in Marl?",
    "The mayor of Marl, Ada Brandt, closed it on Monday. [1]\n\nIt was old, Ole Strand said. [2]",
)


@given(st.text())
def test_a_question_is_trimmed_and_can_be_written_to_disk_or_refused(text: str) -> None:
    if not any(character.isalnum() or character == "_" for character in text):
        with pytest.raises(UsageError, match="no word" if text.strip() else "empty"):
            check_question(text)
        return
    question = check_question(text)
    assert question == question.strip() != ""
    assert question.encode("utf-8").decode("utf-8") == question


def test_the_limit_is_named_with_what_to_do() -> None:
    assert check_question("x" * MAX_CHARACTERS + "  \n") == "x" * MAX_CHARACTERS
    with pytest.raises(
        UsageError, match=f"20,000 characters; at most {MAX_CHARACTERS:,}"
    ) as caught:
        check_question("x" * 20_000)
    assert "index sync" in caught.value.hint


def test_bytes_that_are_no_text_do_not_stop_a_question() -> None:
    half = b"caf\xe9, who opened it?".decode("utf-8", "surrogateescape")
    assert check_question(half) == "caf\ufffd, who opened it?"


@pytest.mark.parametrize(
    "question", ["Why?", "And when?", "When did he say that?", "What about the repairs?"]
)
def test_a_follow_up_takes_over_the_question_and_who_was_named_first(question: str) -> None:
    searched_for = stand_alone(question, [Turn("What is the opera?", "A house."), BEFORE])
    assert searched_for.startswith(question)
    assert BEFORE.question in searched_for
    assert "Ada" in searched_for
    assert "Strand" not in searched_for
    assert "opera" not in searched_for


@pytest.mark.parametrize(
    "question",
    [
        "Who leads the opera house in Oslo?",
        "How many people were hurt when the ferry from Bergen hit its quay in Stavanger?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert stand_alone(question, [BEFORE]) == question
    assert stand_alone("And when?", []) == "And when?"


OUTLETS = ["Kyiv Post", "The Beacon", "Fortune"]


@pytest.mark.parametrize(
    ("before", "question", "searched_for"),
    [
        (
            "Where is the shuttle Discovery going?",
            "What about Atlantis?",
            "Where is the shuttle Atlantis going?",
        ),
        (
            "What did The Beacon report on the grain deal?",
            "And what about the Kyiv Post?",
            "What did the Kyiv Post report on the grain deal?",
        ),
        (
            "Who closed the bridge in Marl?",
            "What about the Kyiv Post?",
            "Who closed the bridge in Marl, according to the Kyiv Post?",
        ),
        ("What does Fortune say of rates?", "how about The Beacon", None),
        (
            "How many ferries sank in October 2023?",
            "What about November 2023?",
            "How many ferries sank in November 2023?",
        ),
        (
            "How many ferries sank in October 2023?",
            "What about since May 2021?",
            "How many ferries sank since May 2021?",
        ),
        ("How many ferries sank last week?", "And what about last month?", None),
        ("Who is Ada Brandt?", "What about Ole Strand?", "Who is Ole Strand?"),
        ("Who is Ada Brandt?", "And Ole Strand?", "Who is Ole Strand?"),
        (
            "How many ferries sank in October 2023?",
            "And in November 2023?",
            "How many ferries sank in November 2023?",
        ),
    ],
)
def test_another_thing_of_the_kind_takes_the_place_of_the_first(
    before: str, question: str, searched_for: str | None
) -> None:
    asked = stand_alone(question, [Turn(before, "")], OUTLETS)
    if searched_for is None:
        kept = {"how about The Beacon": "The Beacon", "And what about last month?": "last month"}
        gone = {"how about The Beacon": "Fortune", "And what about last month?": "last week"}
        assert kept[question] in asked
        assert gone[question] not in asked
    else:
        assert asked == searched_for


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("Did Ada Brandt meet Ole Strand?", "What about Marl?"),  # in whose place?
        ("Who closed the bridge?", "What about the repairs?"),
        ("Who closed the bridge?", "What about Oslo?"),
    ],
)
def test_where_it_is_unclear_both_are_searched_for(before: str, question: str) -> None:
    asked = stand_alone(question, [Turn(before, "")], OUTLETS)
    assert asked == f"{question} ({before})"


@pytest.mark.parametrize("question", ["Who won?", "Who else?", "Who said so?", "Why did he do it?"])
def test_a_question_of_nothing_leans_on_the_one_before(question: str) -> None:
    before = Turn("Who crossed the bridge?", "On Monday the mayor of Marl, Ada Brandt, did. [1]")
    asked = stand_alone(question, [before])
    assert asked == f"{question} (Who crossed the bridge? Marl Ada Brandt)"


def chain(*questions: str) -> list[str]:
    """What each question of a conversation is searched for with."""
    history: list[Turn] = []
    searched: list[str] = []
    for question in questions:
        asked = stand_alone(question, history, OUTLETS)
        searched.append(asked)
        history.append(Turn(question, "It did. [1]", asked if asked != question else None))
    return searched


@pytest.mark.parametrize("about", ["How many ferries sank in Marl?", "What about the Kyiv Post?"])
def test_a_conversation_keeps_its_topic(about: str) -> None:
    searched = chain(
        "What did The Beacon say about the harbour bridge of Marl?",
        "And when was that?",
        about,
        "Who said so?",
        "And what about The Beacon?",
    )
    if "Kyiv" not in about:
        assert searched[3] == f"Who said so? ({about})"
        assert searched[4] == "How many ferries sank in Marl, according to The Beacon?"
    else:
        assert searched[2] == "What did the Kyiv Post say about the harbour bridge of Marl?"
        assert searched[3] == f"Who said so? ({searched[2]})"
        assert searched[4] == "What did The Beacon say about the harbour bridge of Marl?"


def test_a_long_conversation_does_not_make_questions_grow() -> None:
    asked = ["And then?", "Why was that?", "When did he say so?", "And where?", "Who else?"] * 4
    first = "What did The Beacon say about the harbour bridge of Marl?"
    for n, searched in enumerate(chain(first, *asked)[1:]):
        before = asked[n - 1] if n else ""
        assert searched == f"{asked[n]} ({first}{f' {before}' if n else ''})"


@given(st.text(max_size=40), st.text(max_size=60))
def test_no_follow_up_makes_it_fail(other: str, before: str) -> None:
    question = f"What about {other}?"
    assert stand_alone(question, [Turn(before, "")], OUTLETS)
