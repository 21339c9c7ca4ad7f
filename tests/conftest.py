"""What tests of all packages share: a bare environment, and two embedding models."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest
from hash_embedding import HashEmbedding
from hypothesis import settings

from index import MiniLM, find

# How long an example takes says more about the machine than about the code.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--kills 100``: how often each operation on an archive is killed, in test_crash.py."""
    parser.addoption("--kills", type=int, default=3, help="kills of each operation")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's tests last: their driver leaves an event loop running in this thread."""
    items.sort(key=lambda item: "browser" in item.path.parts)


@pytest.fixture
def hash_embedding() -> HashEmbedding:
    return HashEmbedding()


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The folder of downloaded models: ``PULLQUOTE_MODELS``, else the user's own."""
    named = os.environ.get("PULLQUOTE_MODELS")
    return Path(named) if named else platformdirs.user_cache_path("pullquote") / "models"


@pytest.fixture(scope="session")
def minilm(models_dir: Path) -> MiniLM:
    """The real embedding model; without its file the test is skipped, but not in CI."""
    if find("minilm", models_dir) is None:
        reason = f"the embedding model is not in {models_dir}: pullquote model pull minilm"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return MiniLM.open(models_dir)


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the settings of whoever runs it, nor writes into their archive."""
    for name in list(os.environ):
        if name.startswith(("PULLQUOTE_", "OPENAI_")) and name != "PULLQUOTE_MODELS":
            monkeypatch.delenv(name)
    monkeypatch.setenv("PULLQUOTE_HOME", str(tmp_path / "home"))
