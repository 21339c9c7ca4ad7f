"""Outlets in questions: every name an archive's outlet goes by, and no ordinary word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import near_outlets
from qa._question.outlets import OutletNames

OUTLETS = [
    *("Fortune", "Time", "The Verge", "The Age", "The Guardian", "Wired", "Reuters", "TechCrunch"),
    *("Kyiv Post", "The New York Times", "BBC News", "CBSSports.com", "Cnbc | World News Leader"),
    *("FOX News - Health", "FOX News - Travel", "The Independent"),
    *("Globes English | Israel Business Arena", "CNN International"),
]
NAMES = OutletNames(OUTLETS)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("According to the Kyiv Post, who fled?", ["Kyiv Post"]),
        ("what did techcrunch report on chips", ["TechCrunch"]),
        ("Does the article from CBSSports.com give a score?", ["CBSSports.com"]),
        ("Does CBS Sports give a score?", ["CBSSports.com"]),
        ("What does Fortune's article say?", ["Fortune"]),
        ("What does Fortune say about rates?", ["Fortune"]),
        ("Is it in the fortune article?", ["Fortune"]),
        ("What did the BBC report on the flood?", ["BBC News"]),
        ("What did the NYT write?", ["The New York Times"]),
        ("Which firm, as told by CNBC, closed?", ["Cnbc | World News Leader"]),
        ("According to the verge, what broke?", ["The Verge"]),
        ("Did 'The Age' or \"The Guardian\" say so?", ["The Age", "The Guardian"]),
        ("Who was named by Reuters, Time, and Wired?", ["Reuters", "Time", "Wired"]),
        ("WHAT DID THE GUARDIAN REPORT?", ["The Guardian"]),
        ("What did Globes write?", ["Globes English | Israel Business Arena"]),
        ("Did CNN report it?", ["CNN International"]),
    ],
)
def test_an_outlet_is_found_by_the_names_it_goes_by(question: str, named: list[str]) -> None:
    found = NAMES.find(question)
    assert [outlet for mention in found for outlet in mention.outlets] == named
    for mention in found:
        assert (
            question[mention.start : mention.end].strip() == question[mention.start : mention.end]
        )


@pytest.mark.parametrize(
    ("question", "excluded"),
    [
        ("Which outlets other than TechCrunch wrote about it?", ["TechCrunch"]),
        ("Who wrote about it, except the Kyiv Post and The Verge?", ["Kyiv Post", "The Verge"]),
        ("Besides TechCrunch, The Verge and who else wrote?", ["TechCrunch"]),
        (
            "Besides TechCrunch, The Verge, and Wired, who wrote?",
            ["TechCrunch", "The Verge", "Wired"],
        ),
        ("What do articles not from Fortune say of rates?", ["Fortune"]),
        ("Did the Guardian, but not TechCrunch, report it?", ["TechCrunch"]),
        ("What was said, apart from the articles in the Guardian?", ["The Guardian"]),
        ("Was he praised by a critic, but not by TechCrunch?", []),
        ("Did TechCrunch not report it?", []),
        ("Did not only TechCrunch report it?", []),
    ],
)
def test_outlets_whose_reports_are_not_asked_for_are_told_apart(
    question: str, excluded: list[str]
) -> None:
    found = NAMES.find(question)
    assert found
    assert [o for m in found if m.excluded for o in m.outlets] == excluded
    first = [question[m.start : m.end] for m in found if m.excluded][:1]
    assert all(not said.startswith(excluded[0]) for said in first), "the words that say so belong"


def test_a_name_that_several_outlets_share_stands_for_all_of_them() -> None:
    (mention,) = NAMES.find("What did FOX News say of the vaccine?")
    assert mention.outlets == ("FOX News - Health", "FOX News - Travel")


@pytest.mark.parametrize(
    "question",
    [
        "Who made a fortune in crypto?",
        "Fortune favours the bold, who said so?",
        "Is it time to leave?",
        "Time will tell, said who?",
        "Which Fortune 500 firm was sued?",
        "Who is on the verge of collapse?",
        "At what age did he wed?",
        "Who wired money abroad?",
        "Is an independent candidate ahead?",
        "What did nyt mean?",
        "Who guards the guardian of the seal?",
    ],
)
def test_an_ordinary_word_is_no_outlet(question: str) -> None:
    assert NAMES.find(question) == []


@given(st.text(max_size=200), st.sampled_from(OUTLETS), st.text(max_size=200))
def test_spans_are_in_order_and_apart_whatever_the_text(
    before: str, outlet: str, behind: str
) -> None:
    question = before + outlet + behind
    end = 0
    for mention in NAMES.find(question):
        assert end <= mention.start < mention.end <= len(question)
        assert set(mention.outlets) <= set(OUTLETS)
        end = mention.end


@pytest.mark.parametrize(
    ("name", "near"),
    [("Kiev Post", "Kyiv Post"), ("bbc", "BBC News"), ("gardian", "The Guardian")],
)
def test_near_names_are_offered_for_an_unknown_one(name: str, near: str) -> None:
    assert near_outlets(name, OUTLETS)[0] == near
    assert near_outlets("zzzzzz", OUTLETS) == []
