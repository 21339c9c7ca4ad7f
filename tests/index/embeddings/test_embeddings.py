from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index import MiniLM, ModelFileError, require
from index._sentences import split_sentences

SEED = Path(__file__).parents[3] / "seeds" / "000_7e9ef21097031125.txt"


@pytest.fixture(scope="module")
def sentences() -> Sequence[str]:
    found = [s.text for s in split_sentences(SEED.read_text(), "a")]
    return sorted(found, key=len)[::2]


def test_one_by_one_or_together_in_any_order(minilm: MiniLM, sentences: Sequence[str]) -> None:
    together = minilm.embed(sentences)

    assert together.shape == (len(sentences), minilm.dimension)
    assert together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(1.0, abs=1e-5)
    # The same to the last bit, whatever they are embedded with and by however many threads.
    alone = np.concatenate([minilm.embed([text]) for text in sentences])
    assert np.array_equal(together, alone)
    assert np.array_equal(together, minilm.embed(sentences[::-1])[::-1])


def test_close_to_the_pinned_graph(
    minilm: MiniLM, models_dir: Path, sentences: Sequence[str]
) -> None:
    """The file as it is, padded and pooled as its authors do it, is the oracle."""
    import onnxruntime

    pinned = onnxruntime.InferenceSession(
        str(require("minilm", models_dir)), providers=["CPUExecutionProvider"]
    )
    texts = [*sentences, SEED.read_text()]
    encodings = minilm._tokenizer.encode_batch(texts)
    width = max(len(e.ids) for e in encodings)
    ids = np.array([e.ids + [0] * (width - len(e.ids)) for e in encodings], dtype=np.int64)
    mask = np.array([[1] * len(e.ids) + [0] * (width - len(e.ids)) for e in encodings])
    (hidden,) = pinned.run(
        None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    )
    expected = (hidden * mask[:, :, None]).sum(axis=1)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)

    cosines = (minilm.embed(texts) * expected).sum(axis=1)

    assert cosines.min() > 0.99
    assert cosines.mean() > 0.995


def test_unsigned_weights_are_the_same_model(
    minilm: MiniLM, models_dir: Path, sentences: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What machines with the saturating instruction run."""
    monkeypatch.setattr("index._embeddings.minilm._multiplies_signed_exactly", lambda: False)

    vectors = MiniLM.open(models_dir).embed(sentences)

    assert np.abs(vectors - minilm.embed(sentences)).max() < 1e-4


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


def test_a_failure_in_any_thread_is_raised(
    models_dir: Path, minilm: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = MiniLM.open(models_dir)

    class Failing:
        def run(self, *_: object) -> None:
            raise MemoryError("no memory")

    monkeypatch.setattr("index._embeddings.minilm._open_session", lambda _: Failing())
    monkeypatch.setattr("index._embeddings.minilm._multiplies_signed_exactly", lambda: True)

    with pytest.raises(MemoryError):
        model.embed(["one", "two", "three"])


def test_several_callers_at_once(models_dir: Path, minilm: MiniLM) -> None:
    model, texts = MiniLM.open(models_dir), ["The bridge is closed.", "Ships wait.", "It rained."]
    expected = minilm.embed(texts)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: model.embed(texts), range(8)))

    assert all(np.array_equal(vectors, expected) for vectors in results)


def test_absent_model_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        MiniLM.open(tmp_path)

    assert "model pull minilm" in caught.value.hint
