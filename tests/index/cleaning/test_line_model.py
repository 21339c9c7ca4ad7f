import itertools
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index._cleaning.clean import clean, rules_by_line
from index._cleaning.line_features import heaviest_run, line_features
from index._cleaning.line_model import LineModel, furniture_by_model, line_model, marginals

_WEIGHT = st.floats(-6, 6)


def _by_enumeration(
    scores: Sequence[float], transitions: Sequence[Sequence[float]], known: dict[int, int]
) -> list[float]:
    """The definition: the share of all labellings, weighted, in which a line is furniture."""
    totals = [0.0] * len(scores)
    whole = 0.0
    for labels in itertools.product((0, 1), repeat=len(scores)):
        if any(labels[n] != label for n, label in known.items()):
            continue
        score = sum(s for s, label in zip(scores, labels, strict=True) if label)
        score += sum(transitions[a][b] for a, b in itertools.pairwise(labels))
        weight = math.exp(score)
        whole += weight
        for n, label in enumerate(labels):
            totals[n] += weight * label
    return [total / whole for total in totals]


@given(
    st.lists(_WEIGHT, min_size=1, max_size=7),
    st.tuples(st.tuples(_WEIGHT, _WEIGHT), st.tuples(_WEIGHT, _WEIGHT)),
    st.dictionaries(st.integers(0, 6), st.integers(0, 1), max_size=3),
)
def test_marginals_are_those_of_all_labellings(
    scores: list[float],
    transitions: tuple[tuple[float, float], tuple[float, float]],
    known: dict[int, int],
) -> None:
    known = {n: label for n, label in known.items() if n < len(scores)}

    expected = _by_enumeration(scores, transitions, known)

    assert marginals(scores, transitions, known) == pytest.approx(expected, abs=1e-6)


def test_marginals_of_a_long_chain_are_finite() -> None:
    found = marginals([900.0, -900.0] * 5000, ((2.0, -2.0), (-2.0, 2.0)), {5: 0})

    assert all(0 <= p <= 1 for p in found)
    assert marginals([], ((0.0, 0.0), (0.0, 0.0)), {}) == []


@given(st.lists(st.integers(-60, 60), max_size=12))
def test_the_heaviest_run_is_that_of_all_runs(scores: list[int]) -> None:
    start, end = heaviest_run(scores)

    sums = [sum(scores[a:b]) for b in range(len(scores) + 1) for a in range(b + 1)]
    if max(sums) > 0:
        assert sum(scores[start:end]) == max(sums)
    else:
        assert (start, end) == (0, len(scores))


ARTICLE = [
    "Council Fails to Decide on the Old Harbour",
    "By Jane Roe",
    "March 3, 2021",
    "The council met on Tuesday evening to decide on the future of the old harbour.",
    "It did not reach a decision, three people who were in the room told reporters.",
    "What residents want",
    "Residents had asked the council for a vote before the winter, according to a letter.",
    "Another meeting on the harbour is planned for the first week of March, the mayor said.",
    "John Doe contributed to this report",
]
BELOW = [
    "Share on Facebook",
    "Related Articles",
    "Ferry Line Cancels All Crossings Until Friday",
    "Ten Recipes for a Rainy Sunday Afternoon",
    "Actor Sells Villa to Football Club Owner",
    "Leave a Reply",
    "You must be logged in to post a comment.",
    "Most Popular",
    "Why Everybody Is Buying Rowing Machines",
]


def test_links_below_an_article_go_and_the_article_stays() -> None:
    assert clean("\n".join([*ARTICLE, *BELOW])).text == "\n".join(ARTICLE)


def test_without_a_sign_of_a_page_nothing_is_judged_by_its_company() -> None:
    links = [line for line in BELOW if not rules_by_line(line)]
    assert len(links) == 4

    text = "\n".join([*ARTICLE, *links])

    assert clean(text).text == text


# Words of no language, so that nothing but form and place can tell.
STRANGE = [
    "Voki talem sorun da pelit unaro, kem tovi selat du morin paku venta solim.",
    "Kem pelit voki sorun talem da unaro selat, du tovi paku morin solim venta kora.",
    "Solim venta talem unaro voki kem sorun, da pelit selat tovi du paku morin heta.",
]
STRANGE_LINKS = [
    "Tovi",
    "Luma",
    "Keral",
    "Dosu (12)",
    "Vanta",
    "14h",
    "Rolim",
    "Nesta",
    "Peku",
    "2h",
]


def test_a_long_margin_tells_a_page_where_no_wording_is_known() -> None:
    assert not rules_by_line("\n".join(STRANGE_LINKS))

    left = clean("\n".join([*STRANGE, *STRANGE_LINKS])).text.split("\n")

    assert left[:3] == STRANGE
    assert len(left) <= 5
    # A short one does not: it may be a list that the article ends with.
    text = "\n".join([*STRANGE, *STRANGE_LINKS[:5]])
    assert clean(text).text == text


TABLE = ["Club Games Won Points", "Rovers 12 9 28", "United 12 8 25", "City 12 7 24"]


def test_tables_of_figures_and_sub_headings_stay_whatever_the_weights() -> None:
    lines = [*ARTICLE[:6], *TABLE, *ARTICLE[6:], *BELOW]
    everything = LineModel({"bias": 50.0}, ((0.0, 0.0), (0.0, 0.0)))
    rules = rules_by_line("\n".join(lines))

    chosen = {lines[n] for n in furniture_by_model(lines, rules, everything)}

    assert chosen.isdisjoint({*TABLE[1:], "What residents want", *ARTICLE[:3], ARTICLE[-1]})
    assert chosen >= {line for line in BELOW if not rules_by_line(line)}


def test_the_shipped_weights_are_of_features_there_are() -> None:
    lines = [*ARTICLE, *BELOW, "See our photo gallery (12)", "3 hours ago", "SUBSCRIBE | SEARCH"]
    described = line_features(lines, rules_by_line("\n".join(lines)))
    made = {name for line in described for name in line.features}

    assert len(made & set(line_model().weights)) > 0.7 * len(made)


@given(st.lists(st.text(min_size=1, max_size=40).map(str.strip).filter(bool), max_size=12))
def test_any_lines_can_be_described(lines: list[str]) -> None:
    described = line_features(lines, {0: "link stub"} if lines else {})

    assert [line.text for line in described] == lines
    assert all(math.isfinite(v) for line in described for v in line.features.values())
