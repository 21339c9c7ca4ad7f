"""A small archive: a story, the other side of it, a later one, and a copy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from evals import Corpus, Suite, load_suite
from index import Archive

# Examples are few and small; how long one takes says more about the machine than about the code.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

ARTICLES = [
    {
        "id": "bridge-a",
        "title": "Bridge closed after storm",
        "outlet": "Harbour Post",
        "published": "2021-03-02",
        "url": "https://harbour.example/bridge",
        "text": "The old bridge in Marl was closed on Monday after a storm.\n\n"
        "Twelve people were hurt, the mayor said.\n\n"
        "Repairs will cost 1.5 million euros and take 70 days.",
    },
    {
        "id": "bridge-b",
        "title": "Storm hits Marl",
        "outlet": "Inland Gazette",
        "published": "2021-03-03",
        "text": "A storm struck the town of Marl this week.\n\n"
        "Fourteen people were hurt, according to the hospital.\n\n"
        "Nobody knows when the bridge will open again.",
    },
    {
        "id": "opera",
        "title": "A season of opera",
        "outlet": "Harbour Post",
        "published": "2022-09-10",
        "text": "The opera house opens its season with a new production.\n\n"
        "Tickets start at 25 euros, its director said on Friday.",
    },
    {
        "id": "harvest",
        "title": "A poor harvest",
        "text": "Farmers in the valley brought in a third less wheat than last year.\n\n"
        "They blame the dry spring.",
    },
]

SUITE = """
suite: town
version: 2
corpus: {path: articles.jsonl}
cases:
  - id: cost
    ask: How much will the repairs of the bridge cost?
    tags: [number]
    expect:
      facts: ["1.5 million"]
      sources: [bridge-a]
      quotes: ["Repairs will cost 1.5 million euros and take 70 days."]
  - id: hurt
    ask: How many people were hurt in Marl?
    tags: [number, conflict]
    expect:
      conflict:
        - {facts: [[twelve, "12"]], sources: [bridge-a]}
        - {facts: [[fourteen, "14"]], sources: [bridge-b]}
  - id: again
    turns: ["What happened to the bridge?", "When will it open again?"]
    tags: [follow-up]
    expect:
      facts: ["nobody knows"]
      sources: {all: [Storm hits Marl]}
  - id: moon
    ask: Who was the first woman on the moon?
    tags: [abstain]
    expect: {abstain: true}
"""


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the suite and its articles."""
    folder = tmp_path_factory.mktemp("town")
    lines = "".join(json.dumps(article) + "\n" for article in ARTICLES)
    (folder / "articles.jsonl").write_text(lines, encoding="utf-8")
    (folder / "town.yaml").write_text(SUITE, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def suite(town: Path) -> Suite:
    return load_suite(town / "town.yaml")


@pytest.fixture(scope="session")
def archive(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive.open(tmp_path_factory.mktemp("home")) as archive:
        archive.sync([town / "articles.jsonl"])
        yield archive


@pytest.fixture(scope="session")
def corpus(archive: Archive) -> Corpus:
    return Corpus(archive)
