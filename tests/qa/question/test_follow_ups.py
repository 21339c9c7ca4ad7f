"""Two-turn conversations over real articles, completed by rules and searched for by words alone.

``follow_ups.jsonl``: the question and answer before, what is asked then, and words that only the
sentence that answers has in its article. Its *dev* part was looked at while the rules were
written, its *heldout* part is over other articles and was only counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Archive, Filters
from qa import Turn, find_evidence, stand_alone

ROOT = Path(__file__).parent.parent.parent.parent
CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("follow_ups.jsonl").read_text("utf-8").splitlines()
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    home = tmp_path_factory.mktemp("follow_ups")
    with Archive.open(home, embedding=None) as opened:
        opened.sync([ROOT / "evals" / "suites" / "wikinews" / "articles.jsonl"])
        yield opened


def rank(archive: Archive, asked: str, case: dict[str, str]) -> int:
    """From 1, of the first sentence that answers; 99 where none does."""
    found = find_evidence(archive, asked, Filters()).candidates
    ranks = [
        n
        for n, candidate in enumerate(found, 1)
        if candidate.article.id == case["article"] and case["holds"] in candidate.sentence.text
    ]
    return min(ranks, default=99)


@pytest.mark.parametrize("part", ["dev", "heldout"])
def test_what_a_follow_up_asks_is_found(archive: Archive, part: str) -> None:
    cases = [case for case in CASES if case["part"] == part]
    completed, bare = 0, 0
    for case in cases:
        asked = stand_alone(case["ask"], [Turn(case["before"], case["answer"])])
        completed += rank(archive, asked, case) <= 10
        bare += rank(archive, case["ask"], case) <= 10
    assert completed >= 0.8 * len(cases)
    assert completed >= bare + 0.2 * len(cases)


def test_the_answers_stand_in_the_articles(archive: Archive) -> None:
    texts = {article.id: article.text for article in archive.articles()}
    assert all(case["holds"] in texts[case["article"]] for case in CASES)
