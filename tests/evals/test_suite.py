"""Suite files: what is read, and what a faulty one is told."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from evals import Suite, check_suite, find_suite, load_suite
from index import UsageError

FULL = """
suite: full
description: Made up.
version: 3
corpus: {path: corpora/x, sha256: "%s"}
defaults: {top_k: 20, repeats: 2}
gates:
  pass_rate: ">= 90%%"
  quote_verified: "= 1.0"
  hit@4: ">= 0.80"
  not_measured: "<= 0"
  regression: {versus: baselines/full.json, allow_flips: 0, p: 0.05}
cases:
  - id: a
    ask: How many?
    tags: [number]
    as_of: 2015-05-18
    articles: [x, y, z]
    expect:
      facts: ["70%%", ["stalemate", "deadlock"], "/1[, ]?000/"]
      sources: {all: [x, y]}
      quotes: ["verbatim"]
      not: ["80%%"]
  - id: b
    turns: ["One?", "And two?"]
    expect:
      conflict:
        - {facts: ["12"], sources: [x]}
        - {facts: ["14"], sources: [y, z]}
  - id: c
    ask: Who?
    expect: {abstain: true}
""" % ("0" * 64)


def write(folder: Path, text: str, name: str = "suite.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def case(**expect: object) -> str:
    """A suite with one case."""
    one = {"id": "one", "ask": "Why?", "expect": expect}
    return json.dumps({"suite": "s", "cases": [one]})


def test_every_key_is_read(tmp_path: Path) -> None:
    suite = load_suite(write(tmp_path, FULL))
    assert check_suite(suite) == []
    a, b, c = suite.cases
    assert a.expect.facts == (("70%",), ("stalemate", "deadlock"), ("/1[, ]?000/",))
    assert a.expect.source_groups == (("x",), ("y",))
    assert b.expect.source_groups == (("x",), ("y", "z"))
    assert (suite.description, a.articles, b.articles) == ("Made up.", ("x", "y", "z"), ())
    assert (b.questions, c.expect.abstain) == (("One?", "And two?"), True)
    assert suite.thresholds["pass_rate"].holds(0.9)
    assert not suite.thresholds["pass_rate"].holds(0.8999)
    assert not suite.thresholds["quote_verified"].holds(0.999)
    assert suite.regression is not None
    assert suite.regression.p == 0.05
    assert suite.sha256 == hashlib.sha256(FULL.encode()).hexdigest()
    assert suite.directory == tmp_path


def test_jsonl_holds_the_same_cases(tmp_path: Path) -> None:
    suite = load_suite(write(tmp_path, FULL))
    rows = [c.model_dump(mode="json", by_alias=True, exclude_none=True) for c in suite.cases]
    head = {"suite": "full", "version": 3, "corpus": {"path": "corpora/x"}}
    lines = "\n".join(json.dumps(row) for row in [head, *rows])
    again = load_suite(write(tmp_path, lines + "\n", "full.jsonl"))
    assert again.cases == suite.cases
    bare = load_suite(write(tmp_path, "\n".join(map(json.dumps, rows)), "bare.jsonl"))
    assert (bare.name, bare.corpus, len(bare.cases)) == ("bare", None, 3)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (case(facts=[345]), "case one: expect.facts.0: 345 was read as int; put it in quotation"),
        (case(facts=["  "]), "case one: expect.facts.0.0"),
        (case(facts=[[]]), "case one: expect.facts.0"),
        (case(fact=["x"]), "case one: expect.fact: Extra inputs"),
        ("suite: s\ncases: [{id: x, ask: a, expect: {facts: [2006-01-12]}}]", "read as date"),
        ("suite: s\ncases: [{id: x, ask: a, expect: {sources: [no]}}]", "read as bool"),
        ("suite: s\ncases: [{id: x, expect: {abstain: true}}]", "give either 'ask' or 'turns'"),
        ("suite: s\ncases: [{ask: a, expect: {abstain: true}}]", "case number 1: id: Field req"),
        ("suite: s\ncases:\n- id: a\n  id: b", "line 3 has the key 'id' twice"),
        ("suite: s\ngates: {pass_rate: 0.9}\ncases: []", "pass_rate: 0.9 is not like"),
        ("suite: s\ngates: {pass_rate: '> 1'}\ncases: []", "'> 1' is not like"),
        ("suite: s\ngates: {speed: '>= 1'}\ncases: []", "speed is not measured; one of "),
        ("suite: s\nsha256: x\ncases: []", "unknown key 'sha256'"),
        ("suite: a/b\ncases: []", "suite: String should match"),
        ("- a\n- b", "must start with 'suite: NAME'"),
        ("a: [", "is not a suite"),
    ],
)
def test_a_faulty_file_is_refused_with_the_place(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(UsageError) as refused:
        load_suite(write(tmp_path, text))
    assert complaint in str(refused.value)
    assert "suite.yaml" in str(refused.value)


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    text = FULL.replace("tags: [number]", "tag: [number]").replace('facts: ["12"]', "facts: [12]")
    with pytest.raises(UsageError) as refused:
        load_suite(write(tmp_path, text))
    assert "case a: tag" in str(refused.value)
    assert "case b: expect.conflict.0.facts.0" in str(refused.value)


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_suite(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("expect", "problem"),
    [
        ({"abstain": True, "facts": ["x"]}, "abstain: true goes with no facts"),
        ({"facts": ["/(/"]}, "/(/ is not a regular expression"),
        ({"facts": ["x"], "not": ["/[/"]}, "/[/ is not a regular expression"),
        ({"conflict": [{"facts": ["x"]}]}, "a conflict has at least two sides"),
        ({"quotes": ["x"]}, "nothing is expected"),
    ],
)
def test_what_a_case_cannot_mean(tmp_path: Path, expect: dict[str, object], problem: str) -> None:
    suite = load_suite(write(tmp_path, case(**expect)))
    (found,) = check_suite(suite)
    assert found.case == "one"
    assert problem in found.message


def test_ids_are_unique(tmp_path: Path) -> None:
    text = FULL.replace("id: b", "id: a")
    (found,) = check_suite(load_suite(write(tmp_path, text)))
    assert str(found) == "a: 2 cases have this id"


def test_selection_by_id_and_tag(suite: Suite) -> None:
    def ids(*only: str, limit: int | None = None) -> list[str]:
        return [c.id for c in suite.select(set(only), limit)]

    assert ids() == ["cost", "hurt", "again", "moon"]
    assert ids("number", "moon") == ["cost", "hurt", "moon"]
    assert ids(limit=2) == ["cost", "hurt"]
    with pytest.raises(UsageError, match=r"no case and no tag named nmber.*Tags: abstain"):
        ids("nmber")


def test_a_suite_is_found_by_path_or_by_name(tmp_path: Path) -> None:
    own = write(tmp_path, FULL, "seeds.yaml")
    assert find_suite(str(own)) == own
    assert load_suite(find_suite("seeds")).name == "seeds"
    with pytest.raises(UsageError, match=r"no suite sedes.*wikinews"):
        find_suite("sedes")
