from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index import MiniLM, ModelFileError
from index._sentences import split_sentences

SEED = Path(__file__).parents[2] / "seeds" / "000_7e9ef21097031125.txt"


@pytest.fixture(scope="module")
def sentences() -> Sequence[str]:
    found = [s.text for s in split_sentences(SEED.read_text(), "a")]
    return sorted(found, key=len)[::2]


def test_one_by_one_or_together_in_any_order(minilm: MiniLM, sentences: Sequence[str]) -> None:
    together = minilm.embed(sentences)

    assert together.shape == (len(sentences), minilm.dimension)
    assert together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(1.0, abs=1e-5)
    # Alone nothing is padded: padding must not leak into the mean.
    alone = np.concatenate([minilm.embed([text]) for text in sentences])
    assert np.abs(together - alone).max() < 1e-3
    assert np.abs(together - minilm.embed(sentences[::-1])[::-1]).max() < 1e-3


def test_meaning(minilm: MiniLM) -> None:
    question, near, far = minilm.embed(
        [
            "Who won the election?",
            "The governor was voted back into office with a clear majority.",
            "Bake the dough for forty minutes.",
        ]
    )

    assert question @ near > question @ far + 0.2


def test_odd_texts(minilm: MiniLM) -> None:
    long = "The council met on Monday. " * 2000
    texts = ["", " \n", "🌍", "\0", "\udcff", long, long + "And then a dog barked."]

    vectors = minilm.embed(texts)

    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    # What is beyond the model's training length is cut off.
    assert vectors[-1] == pytest.approx(vectors[-2], abs=1e-3)
    assert minilm.embed([]).shape == (0, minilm.dimension)


def test_more_texts_than_a_batch(minilm: MiniLM, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"Number {n} {'very ' * (n % 5)}" for n in range(7)]
    at_once = minilm.embed(texts)
    monkeypatch.setattr("index._embeddings.BATCH", 3)

    assert np.abs(minilm.embed(texts) - at_once).max() < 1e-3


def test_absent_model_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        MiniLM.open(tmp_path)

    assert "model pull minilm" in caught.value.hint
