"""Folding: what becomes equal, what stays apart, and the way back."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa._verify.fold import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PEACE Talks", "peace talks"),
        ("Straße", "STRASSE"),
        ("“Yes,” he’d said", '"Yes," he\'d said'),
        ("a ‘so-called’ deal", 'a "so‑called" deal'),
        ("war — peace", "war -- peace"),
        ("war—peace", "war – peace"),
        ("1990–1995", "1990-1995"),
        ("−5", "-5"),
        ("wait ...", "wait …"),
        ("wait . . .", "wait …"),
        ("a\n\n b\u00a0\u2009c", "a b c"),
        ("ﬁnal oﬃce", "final office"),
        ("e\u0301te\u0301", "été"),
        ("한국", unicodedata.normalize("NFD", "한국")),
        ("ＡＢＣ１２", "abc12"),
        ("nego\u00adtiate", "negotiate"),
        ("nego\u00ad\ntiate", "negotiate"),
        ("ze\u200bro", "zero"),
    ],
)
def test_becomes_equal(one: str, other: str) -> None:
    assert fold(one).text == fold(other).text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("10²", "102"), ("H₂O", "H2O"), ("½", "1/2"), ("1½", "11⁄2"), ("①", "1"), ("㎡", "m2")),
        *(("1.5", "15"), ("1.5", "1,5"), ("-5", "5"), ("6'", '6"'), ("a.b", "a b"), ("+5", "5")),
        *(("not", "now"), ("can't", "cant"), ("re-sign", "resign"), ("é", "e"), ("5%", "5‰")),
    ],
)
def test_stays_apart(one: str, other: str) -> None:
    assert fold(one).text != fold(other).text


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_digits_signs_and_points_are_never_folded_away(text: str) -> None:
    def figures(value: str) -> list[str]:
        return [c for c in value if c in "0123456789%+±²³½$"]

    # Full-width and styled digits become plain ones; none disappears, none is made up.
    plain = "".join(
        unicodedata.normalize("NFKC", c)
        if unicodedata.decomposition(c).startswith(("<wide>", "<font>", "<narrow>", "<small>"))
        else c
        for c in text
    )
    assert figures(fold(text).text) == figures(plain)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text())
def test_the_map_covers_the_original_in_order(text: str) -> None:
    folded = fold(text)
    position = 0
    for offset in range(len(folded.text)):
        start, end = folded.to_original(offset, offset + 1)
        assert position <= start < end <= len(text)
        position = start
    if folded.text:
        whole = folded.to_original(0, len(folded.text))
        assert fold(text[slice(*whole)]).text == folded.text


def test_tokens() -> None:
    text = "U.S. sold −5 of 1 000 000 B-52s, 70 % at C$53.07 (isn’t #1) on 5–10% — 3.5°C, 東京"
    expected = "u.s|sold|-5|of|1 000 000|b-52s|70 %|at|c$53.07|isn't|#1|on|5-10%|3.5°c|東|京"
    folded = fold(text)
    assert [folded.text[a:b] for a, b in folded.tokens] == expected.split("|")
