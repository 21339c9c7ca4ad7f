"""Facts in prose: what folding makes equal, and what must stay apart."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evals._facts import fold, missing, occurs, plain_text


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("70%", "Some 70% of them agreed."),
        ("1.5 million", "It cost 1.5\u00a0million euros."),
        ("don't know", "They DON’T\nknow."),
        ("quasi-state of war", "a “quasi‑state of war”"),
        ("efficient", "an e\ufb03cient plan"),
        ("café", "the cafe\u0301 was shut"),
        ("cooperation", "coop\u00aderation"),
        ("guarantee", "security guarantees"),
        ("-5", "It fell to −5 degrees."),
        ("2006", "In 2006, 7 people left."),
        ("7", "In 2006, 7 people left."),
        ("20", "for $20 each"),
        ("7", "on the 7th of May"),
        ("北京", "他在北京说"),
        ("/1[, ]?000/", "some 1,000 people"),
        ("/two|three/", "THREE of them"),
        ('/[“"]so what/', "he said “So what?”"),
    ],
)
def test_occurs(fact: str, text: str) -> None:
    assert occurs(fact, [text])


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("70", "170 people"),
        ("70", "700 people"),
        ("70", "0.70"),
        ("7", "7.5 tonnes"),
        ("7", "70"),
        ("7", "7,000 people"),
        ("5", "1.5 million"),
        ("000", "1,000"),
        ("5", "It fell to −5 degrees."),
        ("15", "1.5"),
        ("102", "10² metres"),
        ("12", "1½ hours"),
        ("20", "the G20 meeting"),
        ("legal", "It is illegal."),
        ("likely", "That is unlikely."),
        ("12 people were hurt", "12 people were not hurt"),
        ("/^$/", "words"),
    ],
)
def test_does_not_occur(fact: str, text: str) -> None:
    assert not occurs(fact, [text])


def test_a_fact_does_not_run_on_from_one_text_into_the_next() -> None:
    assert not occurs("north korea", ["They went north", "Korea was next"])


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.sampled_from(["{}", "{:,}", "{}.5", "-{}"]))
def test_another_number_is_never_taken_for_the_expected_one(
    wanted: int, written: int, form: str
) -> None:
    text = f"About {form.format(written)} were there."
    assume(form.format(written) not in {str(wanted), f"{wanted:,}"})
    assert not occurs(str(wanted), [text])
    assert occurs(form.format(written), [text])


@given(st.text(max_size=40), st.text(max_size=40))
def test_folding_twice_changes_nothing_more(a: str, b: str) -> None:
    assert fold(fold(a)) == fold(a)
    assert fold(f"{a} \n {b}") == fold(f"{a}\u00a0{b}")


@given(st.text(alphabet=st.characters(categories=["Nd", "No"]), min_size=1, max_size=8))
def test_folding_keeps_the_number_of_digits(number: str) -> None:
    assert len(fold(number)) == len(number)


def test_missing_names_facts_by_their_first_alias() -> None:
    facts = [("stalemate", "deadlock"), ("70%",), ("twelve", "/1[2]/")]
    assert missing(facts, ["a deadlock", "some 12"]) == ["70%"]


@pytest.mark.parametrize(
    ("markdown", "seen"),
    [
        ("Some **70** percent[1] agreed [2](#q2).", "Some 70 percent agreed ."),
        ("> “We *won*,” — Post, 2021 [1]", "“We won,” — Post, 2021"),
        ("- one\n- two", "one two"),
        (r"It cost 5\*3 \[1\] and AT&amp;T", "It cost 5*3 [1] and AT&T"),
        ("[the report](https://a.example/b)", "the report"),
        ("snake_case stays, _this_ goes", "snake_case stays, this goes"),
        ("-5 degrees", "-5 degrees"),
    ],
)
def test_markdown_is_read_as_its_reader_sees_it(markdown: str, seen: str) -> None:
    assert " ".join(plain_text(markdown).split()) == seen
