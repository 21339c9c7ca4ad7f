"""Validation: the shipped suites are sound, and every kind of damage to one is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from evals import Corpus, Suite, corpus_archive, load_suite, validate

SUITES = Path(__file__).parents[2] / "evals" / "suites"


@pytest.mark.parametrize("path", sorted(SUITES.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_suites_are_true_of_their_corpora(path: Path, tmp_path: Path) -> None:
    suite = load_suite(path)
    assert suite.cases
    with corpus_archive(suite, tmp_path, None) as archive:
        assert [str(problem) for problem in validate(suite, Corpus(archive))] == []


def test_the_sound_suite_has_no_problems(suite: Suite, corpus: Corpus) -> None:
    assert validate(suite, corpus) == []


Damage = Callable[[list[dict[str, Any]]], None]


def set_expect(case: int, **changes: Any) -> Damage:
    return lambda cases: cases[case]["expect"].update(changes)


@pytest.mark.parametrize(
    ("damage", "case", "complaint"),
    [
        (
            set_expect(0, sources=["bridge-x"]),
            "cost",
            "no article in the corpus is named 'bridge-x'",
        ),
        (
            set_expect(0, quotes=["Repairs will cost 1.6 million euros"]),
            "cost",
            "'Repairs will cost 1.6 million euros'; it stands in no article",
        ),
        (
            set_expect(0, quotes=["They blame the dry spring."]),
            "cost",
            "it stands in harvest",
        ),
        (
            set_expect(0, quotes=["repairs will cost\n1.5 million"]),
            "cost",
            "bridge-a has it with other quotation marks, spaces or capitals",
        ),
        (
            set_expect(0, sources=["nobody"], quotes=["Of no article."]),
            "cost",
            "'Of no article.'; it stands in no article",
        ),
        (set_expect(0, sources=["nobody"], facts=["25"]), "cost", "it occurs in opera"),
        (set_expect(0, facts=["25"]), "cost", "fact not in its sources: '25'; it occurs in opera"),
        (set_expect(0, facts=["7"]), "cost", "fact not in its sources: '7'; it occurs nowhere"),
        (set_expect(0, facts=["/(/"]), "cost", "/(/ is not a regular expression"),
        (set_expect(3, facts=["x"]), "moon", "abstain: true goes with no facts"),
        (
            lambda cases: cases[1]["expect"]["conflict"][0].update(facts=["fourteen"]),
            "hurt",
            "'fourteen'; it occurs in bridge-b",
        ),
        (lambda cases: cases[1].update(id="cost"), "cost", "2 cases have this id"),
        (
            lambda cases: cases[0].update(articles=["opera"]),
            "cost",
            "'bridge-a' is none of the articles that it is asked over",
        ),
        (
            lambda cases: cases[3].update(articles=["bridge-x"]),
            "moon",
            "no article in the corpus is named 'bridge-x'",
        ),
    ],
)
def test_damage_is_found_where_it_was_done(
    town: Path, tmp_path: Path, corpus: Corpus, damage: Damage, case: str, complaint: str
) -> None:
    data = yaml.safe_load((town / "town.yaml").read_text(encoding="utf-8"))
    damage(data["cases"])
    (tmp_path / "town.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    problems = validate(load_suite(tmp_path / "town.yaml"), corpus)
    assert any(p.case == case and complaint in p.message for p in problems), problems
    assert {p.case for p in problems} == {case}


def test_facts_may_stand_in_what_is_known_of_an_article(tmp_path: Path, corpus: Corpus) -> None:
    expect = "{sources: [bridge-a], facts: ['Harbour Post', '2021-03-02']}"
    text = f"suite: s\ncases: [{{id: who, ask: Who and when, expect: {expect}}}]"
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    assert validate(load_suite(tmp_path / "s.yaml"), corpus) == []
