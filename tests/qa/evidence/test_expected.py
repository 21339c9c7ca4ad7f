"""What a question asks for exactly, and whether a sentence states it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa._evidence.expected import expected


@pytest.mark.parametrize(
    ("question", "states", "does_not"),
    [
        ("What share of voters stayed at home?", "About a third did.", "In all 4,000 did."),
        ("How much did the bridge cost?", "The bill came to €4 million.", "It is 4 km long."),
        ("How old is the mayor?", "Ada Berg, 61, said so.", "She won 61 seats."),
        ("How long was the road closed?", "It opened after three weeks.", "It is 3 km long."),
        ("How high did the water rise?", "It rose by 2.5 metres.", "It rose on 2 May."),
        ("In what year was the mill built?", "It goes back to 1887.", "It was built last week."),
        ("When does the fair open?", "The doors open on Monday.", "The doors open slowly."),
        ("How many houses burnt down?", "Twelve wooden houses burnt.", "Twelve men came."),
        ("How many were hurt?", "The storm hurt seven.", "The storm hurt a man."),
        ("How often did it flood?", "It did so four times.", "It did so again."),
        ("Who paid for the bridge?", "The bill went to Ada Berg.", "The bill went to the town."),
        ("Where did the storm end?", "It ended off Norway.", "It ended off the coast."),
        ("Why was the road closed?", "It was because of ice.", "It was not open."),
    ],
)
def test_a_sentence_states_what_is_asked_for(question: str, states: str, does_not: str) -> None:
    wanted = expected(question)
    assert wanted is not None
    assert wanted.stated_in(states)
    assert not wanted.stated_in(does_not)


def test_what_the_question_says_itself_is_no_answer() -> None:
    wanted = expected("Who beat Ada Berg in 2021?")
    assert wanted is not None
    assert not wanted.stated_in("The winner over Ada Berg is not known.")
    when = expected("When in 2021 did the mill burn?")
    assert when is not None
    assert not when.stated_in("It burnt in 2021.")


@pytest.mark.parametrize("question", ["What did the mayor promise?", "storm damage", "", "?!"])
def test_nothing_in_particular_is_expected(question: str) -> None:
    assert expected(question) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_asked_and_looked_at(question: str, sentence: str) -> None:
    wanted = expected("how many " + question)
    assert wanted is None or wanted.stated_in(sentence) in (True, False)
