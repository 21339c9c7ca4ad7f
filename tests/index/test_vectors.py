import json
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hash_embedding import HashEmbedding

from index import ArchiveError, Article, MiniLM, Passage, _vectors
from index._passages import build_passages
from index._sentences import split_sentences
from index._vectors import Generation, VectorIndex

WIKINEWS = Path(__file__).parents[2] / "evals" / "suites" / "wikinews" / "articles.jsonl"
MODEL = HashEmbedding.name
Pairs = Sequence[tuple[Passage, Article]]


def _pairs(article: Article) -> Pairs:
    sentences = split_sentences(article.text, article.id)
    return [(p, article) for p in build_passages(article, sentences)]


@pytest.fixture(scope="module")
def wikinews() -> Pairs:
    records = [json.loads(line) for line in WIKINEWS.read_text().splitlines()]
    articles = [Article(r["id"], r["url"], r["text"], title=r["title"]) for r in records]
    return [pair for article in articles for pair in _pairs(article)]


def _small(*texts: str) -> tuple[Pairs, np.ndarray]:
    pairs = [_pairs(Article(f"a#{n}", "a.txt", text))[0] for n, text in enumerate(texts)]
    return pairs, HashEmbedding().embed(texts)


def _build(index: VectorIndex, *texts: str, version: int = 1) -> np.ndarray:
    pairs, vectors = _small(*texts)
    index.build(pairs, vectors, model=MODEL, version=version)
    return vectors


def _folders(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "chroma").iterdir())


def check_recall(home: Path, pairs: Pairs, vectors: np.ndarray, questions: np.ndarray) -> None:
    """Against exact search: at least 99 of 100 of the ten nearest are found."""
    index = VectorIndex(home)
    index.build(pairs, vectors, model="m", version=1)
    ids = [passage.id for passage, _ in pairs]
    found = 0
    for question in questions:
        exact = vectors @ question
        tenth = np.sort(exact)[-10]
        hits = index.search(question, 10)
        assert len(hits) == 10
        assert [score for _, score in hits] == sorted((s for _, s in hits), reverse=True)
        for passage_id, score in hits:
            assert score == pytest.approx(exact[ids.index(passage_id)], abs=1e-4)
            # Passages may be equally near: any of them is right.
            found += score >= tenth - 1e-4
    index.close()
    assert found / (10 * len(questions)) >= 0.99


def test_recall_with_hashed_words(tmp_path: Path, wikinews: Pairs) -> None:
    embedding = HashEmbedding()
    vectors = embedding.embed([passage.text for passage, _ in wikinews])
    titles = embedding.embed(sorted({article.title or "" for _, article in wikinews}))
    check_recall(tmp_path, wikinews, vectors, titles)


def test_recall_with_the_real_model(tmp_path: Path, wikinews: Pairs, minilm: MiniLM) -> None:
    # Beginnings of passages: real vectors at a fraction of the price.
    vectors = minilm.embed([passage.text[:60] for passage, _ in wikinews])
    check_recall(tmp_path, wikinews, vectors, vectors[::8])


def test_empty_and_absent(tmp_path: Path) -> None:
    index = VectorIndex(tmp_path)
    vector = HashEmbedding().embed(["x"])[0]
    assert index.current() is None
    assert index.search(vector, 5) == []
    assert index.count() == 0

    index.build([], np.zeros((0, 0), np.float32), model=MODEL, version=3)

    assert index.current() is not None
    assert index.search(vector, 5) == []
    index.close()


def test_a_new_generation_replaces_the_old_one(tmp_path: Path) -> None:
    index, reader = VectorIndex(tmp_path), VectorIndex(tmp_path)
    vectors = _build(index, "the old bridge", "a storm")
    before = index.current()
    assert before == Generation(_folders(tmp_path)[0], MODEL, 1)
    assert reader.search(vectors[1], 1)[0][0] == "a#1#0"

    _build(index, "one", "two", "the old bridge", version=2)

    # The reader still has the removed folder open, and goes on to the new one.
    assert reader.search(vectors[0], 9)[0] == ("a#2#0", pytest.approx(1.0, abs=1e-5))
    assert reader.count() == 3
    assert len(_folders(tmp_path)) == 1
    assert before.folder not in _folders(tmp_path)
    assert index.search(vectors[0], 0) == []
    index.drop()
    assert _folders(tmp_path) == []
    assert reader.search(vectors[0], 9) == []


def test_torn_build_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = VectorIndex(tmp_path)
    vectors = _build(index, "the old bridge", "a storm")
    before = (index.current(), _folders(tmp_path))
    pairs, _ = _small("one", "two")
    strange = HashEmbedding().embed(["three"])

    # Fewer passages than vectors; passages that do not find themselves; a full disk.
    with pytest.raises(ValueError, match="zip"):
        index.build(pairs, strange, model=MODEL, version=2)
    check = _vectors._check
    with monkeypatch.context() as patch:
        patch.setattr(_vectors, "_check", lambda c, ids, v: check(c, ids, -v))
        with pytest.raises(ArchiveError, match="does not find"):
            _build(index, "one", "two", version=2)
        patch.setattr(_vectors, "_check", lambda c, ids, v: check(c, [*ids, "x"], v))
        with pytest.raises(ArchiveError, match="holds 2 of 3"):
            _build(index, "one", "two", version=2)
    with monkeypatch.context() as patch:
        patch.setattr(_vectors.os, "replace", _disk_full)
        with pytest.raises(OSError, match="full"):
            _build(index, "one", "two", version=2)

    assert (index.current(), index.count()) == (before[0], 2)
    assert index.search(vectors[0], 1)[0][0] == "a#0#0"
    index.remove_old()
    assert _folders(tmp_path) == before[1]
    index.close()


def _disk_full(*arguments: object) -> None:
    raise OSError("disk full")


@pytest.mark.parametrize(
    "content",
    ["gone\nm\n1\n", "", "\n\n\n", "\nm\n1\n", "{folder}\nm\nnumber\n", "{folder}\n", "\0\n\n1"],
)
def test_current_that_names_nothing(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "chroma" / "00000001-abcdefgh"
    folder.mkdir(parents=True)
    (tmp_path / "CURRENT").write_text(content.replace("{folder}", folder.name))
    index = VectorIndex(tmp_path)

    assert index.current() is None
    assert index.search(HashEmbedding().embed(["x"])[0], 5) == []


def test_unreadable_generation_is_named(tmp_path: Path) -> None:
    index = VectorIndex(tmp_path)
    vectors = _build(index, "the old bridge")
    index.close()
    folder = tmp_path / "chroma" / _folders(tmp_path)[0]
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    with pytest.raises(ArchiveError, match=folder.name) as caught:
        index.search(vectors[0], 1)

    assert "index rebuild" in caught.value.hint
    _build(index, "the old bridge", version=2)
    assert index.count() == 1
    index.close()


def test_threads_search_while_generations_change(tmp_path: Path) -> None:
    writer, reader = VectorIndex(tmp_path), VectorIndex(tmp_path)
    vectors = _build(writer, "the old bridge", "a storm")
    failures: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        try:
            while not done.is_set():
                assert reader.search(vectors[0], 1)[0][0] == "a#0#0"
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for version in range(2, 5):
            _build(writer, "the old bridge", "a storm", version=version)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    reader.close()
    assert failures == []
