"""The whole way: the seed articles, the extractive answerer, the shipped suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from evals import RunResult, Suite, corpus_archive, find_suite, load_suite, rescore, run
from index import Archive
from qa import Answerer, AnswerSettings, Records

TAGS = ["number", "follow-up", "false-premise"]


@pytest.fixture(scope="module")
def seeds() -> Suite:
    return load_suite(find_suite("seeds"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("seeds")


@pytest.fixture(scope="module")
def result(seeds: Suite, home: Path) -> Iterator[RunResult]:
    """By keywords alone, so that no model file is needed; and never refusing what has evidence,
    since the refusal threshold is fitted for a search with vectors."""
    ready = AnswerSettings(refuse_below=0.0, model_floor=0.0)
    with closing(Records.open(home)) as records:
        yield run(
            seeds,
            archive_for=lambda suite: corpus_archive(suite, home, None),
            answerer_factory=lambda archive: Answerer(archive, records, settings=ready),
            out=home / "runs",
            only=TAGS,
        )


def test_every_case_is_measured(seeds: Suite, result: RunResult) -> None:
    assert [record.id for record in result.records] == [
        case.id for case in seeds.cases if set(TAGS) & set(case.tags)
    ]
    assert result.count("not_measured") == 0
    assert result.exit_code in {0, 1}
    assert (result.info["model"], result.info["embedding"]) == ("extractive", None)


def test_what_is_promised_of_every_answer_holds(result: RunResult) -> None:
    assert result.metrics["quote_verified"].value == 1
    assert result.metrics["quote_verified"].n > len(result.records) / 2
    assert result.metrics["markers"].value == 1
    for record in result.records:
        assert record.answer is not None
        refused = record.answer["status"] == "not_found"
        assert refused == (not record.answer["quotes"])


def test_the_sources_are_found_by_keywords_alone(result: RunResult) -> None:
    assert (result.metrics["hit@10"].value or 0) >= 0.9


def test_the_offsets_hold_against_a_fresh_archive(
    seeds: Suite, result: RunResult, tmp_path: Path
) -> None:
    assert result.directory is not None
    with corpus_archive(seeds, tmp_path, None) as archive:
        assert isinstance(archive, Archive)
        again = rescore(result.directory, seeds, archive)
    assert again.records == result.records
