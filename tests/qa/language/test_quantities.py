"""Numbers: notation does not matter, value and unit do."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa._language.quantities import quantities, supports


def same(claim: str, quote: str) -> bool:
    """Whether every number of ``claim`` is borne out by ``quote``; there must be one."""
    claimed = quantities(claim)
    assert claimed, claim
    return all(supports(quantity, quantities(quote)) for quantity in claimed)


@pytest.mark.parametrize(
    "notations",
    [
        ["1,200,000", "1.2 million", "1.2m", "1 200 000", "1200000", "1.20 million"],
        ["4", "four", "Four"],
        ["70%", "70 percent", "70 per cent", "seventy percent", "seventy per cent", "70.0%"],
        ["$110 billion", "$110bn", "110 billion dollars", "US$110 billion", "$110,000,000,000"],
        ["one in three", "a third", "1 in 3", "one out of three", "one third", "one-third"],
        ["two-thirds", "two thirds", "two in three"],
        ["half", "50%", "one in two"],
        ["a quarter", "25 percent", "one in four"],
        ["21st", "twenty-first"],
        ["third", "3rd"],
        ["twenty-five", "25"],
        ["one hundred and five thousand", "105,000", "105 thousand"],
        ["a dozen", "12", "twelve"],
        ["−5", "-5", "minus 5"],
        ["1990s", "1990s"],
        ["€5", "5 euros", "five euros"],
    ],
)
def test_notation_does_not_matter(notations: list[str]) -> None:
    for one in notations:
        for other in notations:
            assert same(one, f"it was {other} then"), (one, other)


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        *(("1.5", "15"), ("15", "1.5"), ("5", "-5"), ("-5", "5"), ("70%", "70"), ("70", "70%")),
        *(("$5", "5 people"), ("$5", "€5"), ("5 million", "5"), ("5", "5 million"), ("4", "14")),
        *(("a third", "third place"), ("3rd", "3"), ("1990", "1990s"), ("10:30", "1030")),
        *(
            ("90 million", "90,000"),
            ("1 in 4", "1 in 5"),
            ("3 in 4", "1 in 4"),
            ("12", "two dozen"),
        ),
    ],
)
def test_value_and_unit_do(claim: str, quote: str) -> None:
    assert not same(claim, f"it was {quote} then")


def test_ranges_share_scale_and_unit() -> None:
    for quote in ("5 to 10 million people", "5-10 million people"):
        assert same("5 million", quote)
        assert same("10 million", quote)
    assert same("between 5% and 10%", "5–10%")
    assert same("$5 to $10", "$5-10")
    assert same("two to three weeks", "2-3 weeks")


def test_a_currency_may_be_left_out_but_not_made_up() -> None:
    assert same("110 billion", "$110 billion in aid")
    assert not same("$110 billion", "110 billion people")


@pytest.mark.parametrize("text", ["one of the officials", "the first time", "both sides"])
def test_words_that_are_numbers_only_sometimes(text: str) -> None:
    assert not any(quantity.certain for quantity in quantities(text))


def test_a_number_knows_where_it_stands() -> None:
    text = "In 2023, −5.5% or one in three; $1.2 billion\u00a0was the twenty-first."
    found = quantities(text)
    assert len(found) == 5
    for quantity in found:
        assert len(text[quantity.start : quantity.end]) == len(quantity.text)
        assert text[quantity.start : quantity.end].replace("−", "-") == quantity.text


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="0123456789.,-%$ onetwthird/in"))
def test_any_text_can_be_read(text: str) -> None:
    assert all(quantity.readings for quantity in quantities(text))
    assert all(supports(quantity, quantities(text)) for quantity in quantities(text))
