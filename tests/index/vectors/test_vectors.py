import contextlib
import json
import multiprocessing
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hash_embedding import HashEmbedding

from index import (
    Archive,
    ArchiveError,
    Article,
    MiniLM,
    Passage,
    UnavailableError,
    UsageError,
)
from index._article import sha256_hex
from index._passages import build_passages
from index._sentences import split_sentences
from index._vectors import chroma
from index._vectors.chroma import Row
from index._vectors.vectors import Generation, VectorIndex

ROOT = Path(__file__).parents[3]
WIKINEWS = ROOT / "evals" / "suites" / "wikinews" / "articles.jsonl"
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


def _rows(pairs: Pairs) -> list[Row]:
    return [Row(p.id, sha256_hex(p.text), a.id, a.outlet, 20231104) for p, a in pairs]


def _load(pairs: Pairs, vectors: np.ndarray) -> Callable[[Sequence[str]], np.ndarray]:
    known = {row.input: vector for row, vector in zip(_rows(pairs), vectors, strict=True)}
    return lambda inputs: np.array([known[i] for i in inputs], dtype=np.float32)


def _build(index: VectorIndex, *texts: str, version: int = 1, **options: Any) -> np.ndarray:
    pairs, vectors = _small(*texts)
    index.build(_rows(pairs), _load(pairs, vectors), model=MODEL, version=version, **options)
    return vectors


def _folders(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "chroma").iterdir())


def check_recall(home: Path, pairs: Pairs, vectors: np.ndarray, questions: np.ndarray) -> None:
    """Against exact search: at least 99 of 100 of the ten nearest are found."""
    index = VectorIndex(home)
    index.build(_rows(pairs), _load(pairs, vectors), model="m", version=1)
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

    index.build([], _load([], np.zeros((0, 0))), model=MODEL, version=3)

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

    # A passage without a vector; passages that do not find themselves; a full disk.
    with pytest.raises(KeyError):
        index.build(_rows(pairs), _load([], np.zeros((0, 0))), model=MODEL, version=2)
    check = chroma.check
    with monkeypatch.context() as patch:
        patch.setattr(chroma, "check", lambda c, ids, v: check(c, ids, -v))
        with pytest.raises(ArchiveError, match="does not find"):
            _build(index, "one", "two", version=2)
        patch.setattr(chroma, "check", lambda c, ids, v: check(c, [*ids, "x"], v))
        with pytest.raises(ArchiveError, match="holds 2 of 3"):
            _build(index, "one", "two", version=2)
    with monkeypatch.context() as patch:
        patch.setattr("index._vectors.vectors.os.replace", _disk_full)
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
    [
        "gone\nm\n1\n\n", "", "\n\n\n", "\nm\n1\n\n", "{folder}\nm\nnumber\n\n", "{folder}\n",
        "\0\n\n1\n\n", "{folder}\nm\n1\n",
    ],
)  # fmt: skip
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


# --- what came, what went ------------------------------------------------------------------------

WORDS = [f"Story {n} about the {n * 7919 % 101}th bridge" for n in range(30)]


def _bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def _counting(load: Callable[[Sequence[str]], np.ndarray], asked: list[str]) -> Any:
    def counted(inputs: Sequence[str]) -> np.ndarray:
        asked.extend(inputs)
        return load(inputs)

    return counted


def test_what_only_came_is_added_to_a_copy(tmp_path: Path) -> None:
    index = VectorIndex(tmp_path)
    _build(index, *WORDS[:20])
    pairs, vectors = _small(*WORDS)
    asked: list[str] = []
    written: list[int] = []

    index.build(
        _rows(pairs), _counting(_load(pairs, vectors), asked), model=MODEL, version=2,
        progress=written.append,
    )  # fmt: skip

    # Besides the one whose length tells the dimension.
    assert set(asked[1:]) == {row.input for row in _rows(pairs)[20:]}
    assert written == [30]
    assert index.ids() == {row.id for row in _rows(pairs)}
    for (passage, _), vector in zip(pairs, vectors, strict=True):
        assert index.search(vector, 1) == [(passage.id, pytest.approx(1.0, abs=1e-5))]
        assert index.search(vector, 1, [passage.article_id])[0][0] == passage.id
    index.close()


@pytest.mark.parametrize("how", ["gone", "changed", "another outlet", "another model"])
def test_what_is_gone_leaves_no_vector_behind(tmp_path: Path, how: str) -> None:
    index = VectorIndex(tmp_path)
    vectors = _build(index, *WORDS)
    assert vectors[-1].tobytes() in _bytes_below(tmp_path)
    texts = [*WORDS[:-1], "Nothing to see"] if how == "changed" else WORDS[:-1]
    pairs, left = _small(*texts)
    rows = _rows(pairs)
    if how.startswith("another"):
        pairs, left = _small(*WORDS)
        outlet = "Gazette" if how == "another outlet" else None
        rows = [row._replace(outlet=outlet) for row in _rows(pairs)]
    model = "other" if how == "another model" else MODEL

    index.build(rows, _load(pairs, left), model=model, version=2)

    assert (vectors[-1].tobytes() in _bytes_below(tmp_path)) == how.startswith("another")
    assert index.ids() == {row.id for row in rows}
    assert index.current() == Generation(_folders(tmp_path)[0], model, 2)
    index.close()


def test_what_goes_is_taken_out_of_a_copy(tmp_path: Path) -> None:
    """Day after day some go, some change and some come: no trace of those, and all are found."""
    rng = np.random.default_rng(1)

    def vector_of(digest: str) -> np.ndarray:
        seed = int(digest[:8], 16)
        vector = np.random.default_rng(seed).normal(size=48).astype(np.float32)
        return (vector / np.linalg.norm(vector)).astype(np.float32)

    def row(n: int, text: str) -> Row:
        return Row(f"story-{n:04}-x#0", sha256_hex(text), f"story-{n:04}-x", f"outlet-{n:04}", 1)

    index = VectorIndex(tmp_path)
    rows = {n: row(n, f"{n}") for n in range(300)}
    asked: list[str] = []
    came = list(rows.values())
    gone: list[Row] = []
    for day in range(1, 9):
        asked.clear()
        load = _counting(lambda inputs: np.array([vector_of(i) for i in inputs]), asked)
        index.build(list(rows.values()), load, model=MODEL, version=day)

        # On the seventh day too many would be marked as deleted: it is filled from nothing.
        anew = day in (1, 7)
        assert set(asked[1:]) == {r.input for r in (rows.values() if anew else came)}
        files = _bytes_below(tmp_path)
        left = {r.id for r in rows.values()}
        for old in gone:
            assert vector_of(old.input).tobytes() not in files
            assert old.id in left or old.article.encode() not in files
            assert old.id in left or (old.outlet or "").encode() not in files
        assert index.ids() == left
        assert index.count() == len(rows)
        exact = VectorIndex(tmp_path, exact=True)
        for r in list(rows.values())[::7]:
            for ask in (index, exact):
                assert ask.search(vector_of(r.input), 1) == [(r.id, pytest.approx(1, abs=1e-5))]
        exact.close()

        some = rng.choice(list(rows), 5, replace=False).tolist()
        gone += [rows[n] for n in some]
        for n in some[:2]:
            del rows[n]
        for n in some[2:]:
            rows[n] = row(n, f"{n} on day {day}")
        new = [row(1000 * day + n, f"{day} {n}") for n in range(day % 3)]
        rows |= {int(r.article.split("-")[1]): r for r in new}
        came = [rows[n] for n in some[2:]] + new
    index.close()


def test_a_copy_of_what_is_damaged_is_not_taken(tmp_path: Path) -> None:
    index = VectorIndex(tmp_path)
    _build(index, *WORDS[:4])
    index.close()
    # A passage too many in Chroma, which is what adding to it would keep.
    place = chroma.Place(tmp_path / "chroma" / _folders(tmp_path)[0], None, "passages")
    with chroma.client(place) as client:
        stray = [Row("stray#0", "x", "stray", None, None)]
        chroma.add(
            chroma.find(client, "passages"), stray, HashEmbedding().embed(["x"]), lambda _: None
        )

    _build(index, *WORDS[:6], version=2)

    assert len(index.ids()) == index.count() == 6
    index.close()


def test_nothing_of_the_memory_gets_into_the_files(tmp_path: Path) -> None:
    """The graph's files are allocated larger than filled; what stood in memory must not go in."""
    marker = b"vermilion ombudsman of Quetzaltenango "
    heap = [bytearray(marker * 400) for _ in range(400)]
    index = VectorIndex(tmp_path)
    heap.clear()

    vectors = _build(index, *WORDS)

    assert marker[:12] not in _bytes_below(tmp_path)
    header = next(tmp_path.rglob("header.bin")).read_bytes()
    count, size = (int.from_bytes(header[at : at + 8], "little") for at in (20, 28))
    unused = next(tmp_path.rglob("data_level0.bin")).read_bytes()[count * size :]
    assert unused.count(0) == len(unused) > 0
    assert index.search(vectors[3], 1)[0][0] == "a#3#0"
    index.close()


# --- searching without Chroma --------------------------------------------------------------------


def test_limited_to_articles_the_search_is_exact(tmp_path: Path, wikinews: Pairs) -> None:
    vectors = HashEmbedding().embed([passage.text for passage, _ in wikinews])
    index = VectorIndex(tmp_path, exact=True)
    index.build(_rows(wikinews), _load(wikinews, vectors), model=MODEL, version=1)
    ids = [passage.id for passage, _ in wikinews]
    articles = sorted({article.id for _, article in wikinews})
    question = HashEmbedding().embed(["What did the government say about the election?"])[0]
    scores = dict(zip(ids, (vectors @ question).tolist(), strict=True))

    for some in (None, articles, articles[:1], articles[::3], [], ["unknown"]):
        allowed = [i for i in ids if some is None or i.rpartition("#")[0] in some]
        expected = sorted((scores[i] for i in allowed), reverse=True)
        for k in (0, 1, 7, 10**6):
            hits = index.search(question, k, some)
            assert [s for _, s in hits] == pytest.approx(expected[:k], abs=1e-6)
            assert all(scores[i] == pytest.approx(s, abs=1e-6) for i, s in hits)
            assert len({i for i, _ in hits} & set(allowed)) == len(hits)
    index.close()


@pytest.mark.parametrize("margin", [1.3, 0.01], ids=["enough is read", "too little is read"])
def test_limited_to_many_articles_what_chroma_finds_is_thinned_out(
    tmp_path: Path, wikinews: Pairs, monkeypatch: pytest.MonkeyPatch, margin: float
) -> None:
    texts = [passage.text for passage, _ in wikinews]
    index = VectorIndex(tmp_path)
    vectors = HashEmbedding().embed(texts)
    index.build(_rows(wikinews), _load(wikinews, vectors), model=MODEL, version=1)
    exact = VectorIndex(tmp_path, exact=True)
    articles = sorted({article.id for _, article in wikinews})
    questions = HashEmbedding().embed(["What did the government say?", "Who won?", texts[3]])
    asked: list[int] = []
    nearest = chroma.nearest

    def counted(collection: Any, some: Any, k: int) -> Any:
        asked.append(k)
        return nearest(collection, some, k)

    monkeypatch.setattr(chroma, "nearest", counted)
    monkeypatch.setattr("index._vectors.vectors.FEW_ROWS", -(10**6))
    monkeypatch.setattr("index._vectors.vectors.MARGIN", margin)
    for some in (articles, articles[::2], articles[5:7]):
        found = index.search_each(questions, 9, frozenset(some))
        for hits, expected in zip(found, exact.search_each(questions, 9, some), strict=True):
            assert {i.rpartition("#")[0] for i, _ in hits} <= set(some)
            assert [s for _, s in hits] == pytest.approx([s for _, s in expected], abs=1e-5)
    assert len(asked) == 3
    index.close()
    exact.close()


def test_a_process_that_asks_once_does_not_open_chroma(tmp_path: Path) -> None:
    index = VectorIndex(tmp_path)
    _build(index, "the old bridge", "a storm")
    index.close()
    code = (
        "import sys; from pathlib import Path; from index._vectors.vectors import VectorIndex\n"
        "from hash_embedding import HashEmbedding\n"
        "index = VectorIndex(Path(sys.argv[1]), exact=True)\n"
        "print(index.search(HashEmbedding().embed(['a storm'])[0], 1)[0][0])\n"
        "assert not {'chromadb', 'llama_index'} & set(sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
    )  # fmt: skip

    assert done.stdout.split() == ["a#1#0"]


def test_where_nothing_can_be_written_the_matrix_stands_for_chroma(tmp_path: Path) -> None:
    index = VectorIndex(tmp_path)
    vectors = _build(index, *(f"Ship {n} left the harbour." for n in range(9)))
    expected = index.search_each(vectors, 3), index.count(), index.ids()
    index.close()
    for database in tmp_path.rglob("chroma.sqlite3"):
        database.unlink()  # Chroma would say that there is nothing, and make files
    before = sorted(tmp_path.rglob("*"))
    reading = VectorIndex(tmp_path, writable=False)
    found, *rest = reading.search_each(vectors, 3), reading.count(), reading.ids()
    reading.close()
    assert rest == list(expected[1:])
    for ours, chromas in zip(found, expected[0], strict=True):
        assert ours[0][0] == chromas[0][0]
        assert [s for _, s in ours] == pytest.approx([s for _, s in chromas], abs=1e-5)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["rows.json", "vectors.npy"])
def test_a_torn_copy_of_the_vectors_is_named(tmp_path: Path, name: str) -> None:
    index = VectorIndex(tmp_path, exact=True)
    vectors = _build(index, *WORDS[:3])
    path = next(tmp_path.rglob(name))
    path.write_bytes(path.read_bytes()[:100])
    index.close()

    with pytest.raises(ArchiveError, match="cannot be read"):
        index.search(vectors[0], 1)
    _build(index, *WORDS[:4], version=2)
    assert len(index.search(vectors[0], 9)) == 4


# --- on a server ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url, process = start_server(tmp_path_factory.mktemp("server"))
    yield url
    process.terminate()
    process.wait(20)


def start_server(folder: Path) -> tuple[str, subprocess.Popen[bytes]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("chroma")
    process = subprocess.Popen(
        [program, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(300):
        if process.poll() is not None:
            pytest.fail("chroma run has ended")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return f"http://127.0.0.1:{port}", process
        time.sleep(0.1)
    process.terminate()
    pytest.fail("chroma run does not answer")


def _collections(url: str) -> set[str]:
    with chroma.client(chroma.Place(Path(), url, "")) as client:
        return {collection.name for collection in client.list_collections()}


def _read_on_server(home: Path, url: str, pipe: Connection) -> None:
    index = VectorIndex(home, url=url)
    while (text := pipe.recv()) is not None:
        # That the server answers and not the copy shows in what it alone could be asked.
        pipe.send((index.search(HashEmbedding().embed([text])[0], 1)[0][0], index.count()))
    index.close()


def test_two_readers_and_a_writer_on_a_server(tmp_path: Path, server: str) -> None:
    writer = VectorIndex(tmp_path, url=server + "/")
    _build(writer, *WORDS[:5])
    context = multiprocessing.get_context("spawn")
    pipes, readers = [], []
    for _ in range(2):
        ours, theirs = context.Pipe()
        readers.append(context.Process(target=_read_on_server, args=(tmp_path, server, theirs)))
        readers[-1].start()
        pipes.append(ours)

    def ask(text: str) -> list[tuple[str, int]]:
        for pipe in pipes:
            pipe.send(text)
        assert all(pipe.poll(120) for pipe in pipes)
        return [pipe.recv() for pipe in pipes]

    try:
        assert ask(WORDS[3]) == [("a#3#0", 5)] * 2
        first = _collections(server)
        assert len(first) == 1
        # Added: the same collection. Gone: another, and the old one leaves the server.
        _build(writer, *WORDS[:8], version=2)
        assert ask(WORDS[7]) == [("a#7#0", 8)] * 2
        assert _collections(server) == first
        _build(writer, *WORDS[:4], version=3)
        assert ask(WORDS[3]) == [("a#3#0", 4)] * 2
        second = _collections(server)
        assert len(second) == 1
        assert second != first
        # Nothing of Chroma's is in the archive.
        assert list(tmp_path.rglob("*.sqlite3")) == []
    finally:
        for pipe, reader in zip(pipes, readers, strict=True):
            pipe.send(None)
            reader.join(20)
            reader.kill()
    # Back into the archive.
    local = VectorIndex(tmp_path)
    vectors = _build(local, *WORDS[:4], version=4)
    assert _collections(server) == set()
    assert local.search(vectors[2], 1)[0][0] == "a#2#0"
    local.close()


def test_a_server_that_goes_away(tmp_path: Path) -> None:
    url, process = start_server(tmp_path / "server")
    index = VectorIndex(tmp_path / "home", url=url)
    vectors = _build(index, *WORDS[:5])
    assert index.search(vectors[1], 1)[0][0] == "a#1#0"

    process.terminate()
    process.wait(20)

    # Searching goes on, in the archive's own copy; nothing can be built.
    assert index.search(vectors[1], 1)[0][0] == "a#1#0"
    assert VectorIndex(tmp_path / "home", url=url).search(vectors[2], 1)[0][0] == "a#2#0"
    for ask in (index.reach, index.count, lambda: _build(index, *WORDS[:6], version=2)):
        with pytest.raises(UnavailableError, match="Chroma server") as caught:
            ask()
        assert "PULLQUOTE_CHROMA_URL" in caught.value.hint
    assert index.current() is not None
    assert index.current().version == 1
    assert len(_folders(tmp_path / "home")) == 1
    index.close()


def test_something_else_answers(tmp_path: Path) -> None:
    """A port that is open, and no Chroma behind it."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"http://127.0.0.1:{other.getsockname()[1]}"

        def refuse() -> None:
            connection, _ = other.accept()
            connection.sendall(b"HTTP/1.1 418 no\r\nContent-Length: 2\r\n\r\nno")
            connection.close()

        thread = threading.Thread(target=refuse, daemon=True)
        thread.start()
        with pytest.raises(UnavailableError, match="cannot be used"):
            VectorIndex(tmp_path, url=url).reach()


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", "http://", "http://host:port"])
def test_what_is_no_address(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match="Chroma server") as caught:
        VectorIndex(tmp_path, url=url)
    assert "http://127.0.0.1:8000" in caught.value.hint


def test_an_archive_whose_server_is_down(tmp_path: Path) -> None:
    """Words are searched, and what was embedded is kept until the server is back."""
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text(json.dumps({"id": "a", "text": "The old bridge was closed."}) + "\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    embedding = HashEmbedding()
    home = tmp_path / "home"

    with Archive.open(home, embedding=embedding, chroma_url=nobody) as archive:
        with pytest.raises(UnavailableError, match="Chroma server"):
            archive.sync([corpus])
        assert [hit.passage.id for hit in archive.search("bridge")] == ["a#0"]
    with Archive.open(home, embedding=embedding) as archive:  # unset, as the hint says
        assert archive.sync([corpus]).unchanged == 1
        assert archive.stats()["up_to_date"]
        assert len(archive.dense_ranking("bridge", 5)) == 1
    # The setting is back: the index belongs on the server, and the copy answers meanwhile.
    with Archive.open(home, embedding=embedding, chroma_url=nobody) as archive:
        assert not archive.stats()["up_to_date"]
        assert len(archive.dense_ranking("bridge", 5)) == 1
        with pytest.raises(UnavailableError):
            archive.sync([corpus])
