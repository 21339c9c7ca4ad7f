"""What several tests of answering share: the seed articles, with real vectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Archive, MiniLM


@pytest.fixture(scope="session")
def seeds_archive(minilm: MiniLM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive.open(tmp_path_factory.mktemp("seeds"), embedding=minilm) as archive:
        archive.sync([Path(__file__).parents[2] / "seeds"])
        yield archive
