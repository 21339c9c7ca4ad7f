"""Which questions want yes or no, and which only look like it."""

import pytest

from qa._question.yes_no import asks_yes_or_no


@pytest.mark.parametrize(
    "question",
    [
        "Did the mayor resign?",
        "was the bridge open to lorries",
        "And is it still closed?",
        "Hasn't the ferry sailed yet?",
        "Did the mayor resign or not?",
        "In March 2023, did the mayor resign?",
        "Between the Post's report of May and the Gazette's of June, was there a change?",
        "Does the Post say that it is closed, while the Gazette calls it open?",
        "Did the ferry or the bridge company say before the storm that the crossing was safe?",
        "Is it known that the mayor left?",
    ],
)
def test_wants_yes_or_no(question: str) -> None:
    assert asks_yes_or_no(question)


@pytest.mark.parametrize(
    "question",
    [
        "",
        "???",
        "Why did the mayor resign?",
        "In which town did the mayor resign?",
        "the mayor's name",
        "Is it a wolf or a dog?",
        "Did they pay, and how much?",
        "Did they pay, and if so, to whom?",
        "Was it sold? Who bought it?",
        "Do we know who paid?",
        "Did he say why he left?",
        "Can you list the towns?",
        "Could you tell me when it opened?",
    ],
)
def test_wants_something_else(question: str) -> None:
    assert not asks_yes_or_no(question)
