"""Stems and content words."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from real_text import other_texts, seed_texts

from qa._language.normalise import canonical, content_words, stem, unify_countries
from qa._language.wordlists import DEMONYMS, INFLECTIONS, SPELLINGS, STOP_WORDS


def test_the_stemmer_is_porters() -> None:
    porter = pytest.importorskip("nltk.stem.porter", reason="nltk is not installed")
    oracle = porter.PorterStemmer(mode=porter.PorterStemmer.ORIGINAL_ALGORITHM)
    words = set(re.findall(r"[a-z]{3,}", " ".join(seed_texts() + other_texts()).lower()))
    assert len(words) > 900
    for word in sorted(words - set(INFLECTIONS))[::3]:
        assert stem(word) == oracle.stem(word)


@pytest.mark.parametrize(
    "words",
    [
        *("negotiate negotiated negotiating negotiation negotiations negotiator", "met meet meets"),
        *("withdraw withdrew withdrawn withdrawal", "invade invaded invasion", "child children"),
        *("official officials", "sold sell sale sales", "died dying death", "lost lose losses"),
    ],
)
def test_forms_of_a_word_have_one_stem(words: str) -> None:
    assert len({stem(word) for word in words.split()}) == 1


@pytest.mark.parametrize(
    "spellings",
    [
        ["Kiev", "Kyiv", "Kyiv's", "Kiev’s"],
        ["Zelensky", "Zelenskyy", "Zelenskiy", "Zelenski", "Zelensky’s"],
        ["Russia", "Russian", "Russians", "Russia's"],
        ["US", "U.S.", "USA", "the United States", "United States of America", "American"],
        ["UK", "U.K.", "the United Kingdom", "British", "Britain"],
        ["Erdoğan", "Erdogan"],
        ["Sergey", "Sergei"],
    ],
)
def test_spellings_of_a_name_have_one_form(spellings: list[str]) -> None:
    assert len({tuple(content_words(spelling)) for spelling in spellings}) == 1
    assert content_words(spellings[0])


def test_content_words_are_what_a_text_is_about() -> None:
    text = (
        "The U.S. didn't give us 1,200,000 pro-Kremlin officials' votes; a cease-fire isn’t 1.5%."
    )
    expected = "usa 1200000 pro kremlin offici vote ceas fire 1.5"
    assert " ".join(content_words(text)) == expected
    assert content_words("What did they say about it to us, and why not?") == []


def test_united_states_is_not_the_pronoun() -> None:
    assert unify_countries("U.S. A deal") == "USA A deal"
    assert unify_countries("They told us.") == "They told us."


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text())
def test_any_text_has_content_words(text: str) -> None:
    words = content_words(text)
    assert all(words)
    assert content_words(text) == words


def test_word_lists_do_not_contradict_each_other() -> None:
    # A variant that is itself a form elsewhere would be folded half of the way.
    for table in (SPELLINGS, DEMONYMS):
        assert not set(table) & set(table.values())
        for variant, form in table.items():
            assert canonical(variant) == canonical(form) == form
    assert all(word == word.lower().strip() for word in STOP_WORDS)
