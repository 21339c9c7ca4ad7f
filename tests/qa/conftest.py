"""What tests of answering share: the seed articles, with real vectors, and a town's news."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from town import ALWAYS, ARTICLES, COST, ScriptedModel, check_promises, finished

from index import Archive, MiniLM
from qa import Answerer, Event, Records


@pytest.fixture(scope="session")
def seeds_archive(minilm: MiniLM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive.open(tmp_path_factory.mktemp("seeds"), embedding=minilm) as archive:
        archive.sync([Path(__file__).parents[2] / "seeds"])
        yield archive


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """The archive, searched by keywords alone: no model file is needed."""
    folder = tmp_path_factory.mktemp("town")
    file = folder / "articles.jsonl"
    file.write_text("".join(json.dumps(article) + "\n" for article in ARTICLES))
    with Archive.open(folder / "home") as archive:
        archive.sync([file])
        yield archive


@pytest.fixture(scope="module")
def records(town: Archive) -> Iterator[Records]:
    with closing(Records.open(town.home)) as records:
        yield records


@pytest.fixture
def ask(town: Archive, records: Records) -> Callable[..., list[Event]]:
    """Ask, and hold every stream of events against what is promised of all of them."""

    def ask(
        model: ScriptedModel | None = None, question: str = COST, **options: Any
    ) -> list[Event]:
        events = list(Answerer(town, records, model, ALWAYS).ask(question, **options))
        check_promises(events, town)
        assert records.answer(finished(events).id) == finished(events), "saved as it was shown"
        return events

    return ask
