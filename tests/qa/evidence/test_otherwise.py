"""Sentences that are near to a question and say otherwise than it has it."""

from __future__ import annotations

import pytest

from index import Article, Sentence
from qa._evidence.otherwise import says_otherwise
from qa._evidence.sentences import Candidate
from qa._language.normalise import content_words
from qa._language.opposites import opposite_words


def candidate(text: str, beside: str = "") -> Candidate:
    own = frozenset(content_words(text))
    return Candidate(
        sentence=Sentence("a", 0, 0, len(text), text),
        article=Article(id="a", source="a.txt", text=text),
        score=1.0,
        cosine=0.8,
        coverage=1.0,
        typed=True,
        passage_rank=1,
        own=own,
        context=own | frozenset(content_words(beside)),
    )


# What a question asks, a sentence that says otherwise, and the question that it answers.
PAIRS = [
    (
        "Which villages did not get help from the army?",
        "Norby and Vik got help from the army.",
        "Which villages got help from the army?",
    ),
    (
        "Why can't the ferry carry lorries across the fjord?",
        "The ferry carries lorries across the fjord because the bridge is shut.",
        "Why does the ferry carry lorries across the fjord?",
    ),
    (
        "How many trucks wait at the French border?",
        "About 200 trucks wait at the Dutch border.",
        "How many trucks wait at the Dutch border?",
    ),
    (
        "Who signed the 1875 treaty?",
        "Three kings signed the 1975 treaty.",
        "Who signed the 1975 treaty?",
    ),
    (
        "Who reads the encrypted messages?",
        "The clerks read the unencrypted messages.",
        "Who reads the unencrypted messages?",
    ),
    (
        "What happened in the second round?",
        "In the first round Berg lost by a point.",
        "What happened in the first round?",
    ),
    (
        "Who owns the southern harbour?",
        "The town owns the northern harbour.",
        "Who owns the northern harbour?",
    ),
]


@pytest.mark.parametrize(("question", "sentence", "answered"), PAIRS)
def test_one_word_makes_the_difference(question: str, sentence: str, answered: str) -> None:
    assert says_otherwise(question, [candidate(sentence)])
    assert not says_otherwise(answered, [candidate(sentence)])
    # Together with a sentence that has the question's own word there, it is only another case.
    own = question.rstrip("?")
    assert not says_otherwise(question, [candidate(sentence), candidate(own)])


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Did the ferry not sail?", "The ferry sailed."),
        ("Did the French ferry sail?", "The Dutch ferry sailed."),
        ("Is the army willing to help or not?", "The army is willing to help."),
        ("Who did not vote?", "The mayor spoke of the harbour."),
        ("Who won the French election?", "The Dutch king opened a bridge."),
        ("Who lost the first round?", "The first and the second round were close."),
    ],
)
def test_another_matter_is_no_contradiction(question: str, sentence: str) -> None:
    assert not says_otherwise(question, [candidate(sentence)])


def test_a_name_beside_the_sentence_may_be_meant_by_it() -> None:
    question, sentence = "How many wait at the French border?", "200 wait at the Dutch border."
    assert says_otherwise(question, [candidate(sentence)])
    assert not says_otherwise(question, [candidate(sentence, beside="The French queue too.")])


def test_opposite_words_exclude_each_other_either_way() -> None:
    for one, other in (("paid", "unpaid"), ("red", "blue"), ("win", "lost"), ("north", "southern")):
        assert opposite_words(one, other)
        assert opposite_words(other, one)
    for one, other in (("red", "red"), ("red", "large"), ("north", "northern"), ("act", "fact")):
        assert not opposite_words(one, other)
