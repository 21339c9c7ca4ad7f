"""What tests of all packages share: a bare environment, and two embedding models."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import pytest
from hypothesis import settings

from index import MiniLM, find

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# How long an example takes says more about the machine than about the code.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


class HashEmbedding:
    """A bag of hashed words: the same everywhere, at once, and alike where words are shared.

    ``embedded`` lists what it was asked to embed.
    """

    name = "hashed-words"
    dimension = 64

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        self.embedded += texts
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()) or [""]:
                place, sign = _hashed(word)
                vectors[row, place] += sign
            if not vectors[row].any():
                vectors[row, 0] = 1.0
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@cache
def _hashed(word: str) -> tuple[int, int]:
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=2).digest()
    return digest[0] % HashEmbedding.dimension, 1 if digest[1] % 2 else -1


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
