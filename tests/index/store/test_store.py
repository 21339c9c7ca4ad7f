import gc
import os
import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hash_embedding import HashEmbedding

from index import ArchiveError, Filters, RawDocument
from index._prepare import prepare
from index._store.schema import SCHEMA_VERSION
from index._store.store import Store, StoredArticle, passage_input

ODD_IDS = ["plain", "a#1", "a#1#2", 'it\'s "quoted"', "東京 – žižek", " with  spaces ", "%_?;--"]
TEXT = "The first thing happened. A second one followed.\n\nThen, it is said, all was over."
MODEL = "hashed-words"


def make(article_id: str, text: str = TEXT, **fields: str) -> StoredArticle:
    """Of an outlet of its own: the same text from the same outlet would be a duplicate."""
    fields.setdefault("outlet", f"Outlet of {article_id}")
    document = RawDocument(f"{article_id}.txt", f"{article_id}.txt", text, article_id, **fields)
    return prepare(document, article_id, f"/articles/{article_id}.txt")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with closing(Store(path)) as store:
        yield store


def test_round_trip(path: Path) -> None:
    stored = [
        make(article_id, f"{TEXT} “{article_id}”", title="T", outlet="O", url="https://a.example/")
        for article_id in ODD_IDS
    ]
    with closing(Store(path)) as store:
        assert store.put(stored).version == store.version() == 1

    with closing(Store(path)) as store:
        assert store.articles() == [item.article for item in stored]
        assert store.articles(ODD_IDS[::-1]) == [item.article for item in stored[::-1]]
        for item in stored:
            assert store.sentences(item.article) == item.sentences
            assert store.passages({item.article.id: item.article}) == item.passages
            raw, segments = store.raw(item.article.id)
            assert [raw[r : r + n] for _, r, n in segments] == [
                item.article.text[s : s + n] for s, _, n in segments
            ]
        ids = [p.id for item in stored for p in item.passages]
        found = store.passages_by_id([*ids, "plain#99", "unknown#0"])
        assert {i: p for i, (p, _) in found.items()} == {
            p.id: p for item in stored for p in item.passages
        }
        assert all(a.id == p.article_id for p, a in found.values())


def test_vectors_are_kept_by_what_was_embedded(store: Store) -> None:
    embedding = HashEmbedding()
    one, same, other = make("a#1"), make("a#2"), make("b", "Something else happened.")
    store.put([one, same, other])

    def embed() -> int:
        missing = [m for t in ("passages", "sentences") for m in store.missing_inputs(MODEL, t)]
        work = dict(missing)
        if work:
            store.put_vectors(MODEL, list(work), embedding.embed(list(work.values())))
        return len(work)

    # Equal texts are embedded once, for passages and sentences alike.
    assert embed() == len({s.text for s in one.sentences}) + 1 + 1
    assert embed() == 0
    ids, matrix = store.passage_vectors(MODEL)
    expected = {p.id: passage_input(p, None) for item in (one, same, other) for p in item.passages}
    assert set(ids) == set(expected)
    assert np.allclose(matrix, embedding.embed([expected[i] for i in ids]))
    assert store.passage_vectors(MODEL, ["b"])[0] == ["b#0"]
    assert store.passage_vectors("another model")[0] == []
    sentences = store.sentence_vectors(MODEL, ["a#1"])
    assert set(sentences) == {("a#1", s.ordinal) for s in one.sentences}
    near = store.vectors_of_passages(MODEL, [p.id for p in one.passages])
    for passage in one.passages:
        own, inside = near[passage.id]
        assert (own == matrix[ids.index(passage.id)]).all()
        assert [*inside] == [*range(passage.first_sentence, passage.last_sentence + 1)]
        assert all((vector == sentences["a#1", n]).all() for n, vector in inside.items())
    assert store.vectors_of_passages("another model", [p.id for p in one.passages]) == {}
    # With a title the passage is another input, the sentences are not.
    store.put([replace(other, article=replace(other.article, title="Title"))])
    assert [text for _, text in store.missing_inputs(MODEL, "passages")] == [
        "Title\nSomething else happened."
    ]
    assert store.missing_inputs(MODEL, "sentences") == []


def test_sentences_around_passages_are_those_of_the_text_they_were_cut_from(store: Store) -> None:
    one = make("a", "First. Second. Third. Fourth. Fifth.")
    store.put([one])
    passage = replace(one.passages[0], first_sentence=1, last_sentence=2)
    found = store.sentences_around([(passage, one.article)])
    assert found == {"a": dict(enumerate(one.sentences[:4]))}
    changed = make("a", "Now first. Now second. Now third.")
    store.put([changed])
    assert store.sentences_around([(passage, one.article)]) == {"a": {}}


def _vector_count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("SELECT count(*) FROM vectors").fetchone()[0])


@pytest.mark.parametrize("how", ["replaced", "deleted"])
def test_vectors_of_a_text_go_with_it(store: Store, path: Path, how: str) -> None:
    store.put([make("a"), make("b"), make("c", "Something else happened.")])
    for table in ("passages", "sentences"):
        for digest, text in store.missing_inputs(MODEL, table):
            store.put_vectors(MODEL, [digest], HashEmbedding().embed([text]))
    before = _vector_count(path)

    def end(article_id: str) -> None:
        if how == "deleted":
            store.delete([article_id])
        else:
            store.put([make(article_id, "Something else happened.")])

    end("a")  # "b" has the same text
    assert _vector_count(path) == before
    end("b")
    assert _vector_count(path) == 1


def test_a_transaction_is_everything_or_nothing(store: Store) -> None:
    store.put([make("a")])
    broken = make("b")
    broken = replace(broken, passages=[*broken.passages, broken.passages[0]])

    with pytest.raises(sqlite3.IntegrityError):
        store.put([make("a", "Replaced."), make("c"), broken])

    assert [a.text for a in store.articles()] == [TEXT]
    assert store.version() == 1
    assert store.put([make("c")]).version == 2


FILTERED = [
    make("a", title="A", outlet="Ärzte Zeitung", published="2023-01-31"),
    make("b", title="B", outlet="The Post", published="2023-02-01T23:59:00-08:00"),
    make("c", title="C", outlet="the post", published="2023-02-02"),
    make("d", title="D"),
]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), "abcd"),
        (Filters(outlet=("THE POST",)), "bc"),
        (Filters(outlet=("ÄRZTE zeitung", "nobody")), "a"),
        (Filters(since=date(2023, 2, 1)), "bc"),
        (Filters(until=date(2023, 2, 1)), "ab"),
        (Filters(since=date(2023, 2, 1), until=date(2023, 2, 1)), "b"),
        (Filters(since=date(2023, 2, 2), until=date(2023, 2, 1)), ""),
        (Filters(articles=("d", "a", "unknown")), "ad"),
        (Filters(outlet=("The Post",), articles=("a", "c")), "c"),
        (Filters(outlet=("' OR 1 --",)), ""),
    ],
)
def test_filters(store: Store, filters: Filters, expected: str) -> None:
    store.put(FILTERED)
    assert bool(filters) == (expected != "abcd")
    assert sorted(store.matching(filters)) == list(expected)


def _in_threads(*tasks: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def run(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_offsets_fit_their_text_while_it_is_replaced(store: Store) -> None:
    versions = [make("a", f"{'Lead. ' * n}{TEXT}") for n in range(4)]
    known = {(p, item.article.text) for item in versions for p in item.passages}
    store.put(versions[:1])
    done = threading.Event()

    def write() -> None:
        try:
            for n in range(150):
                store.put([versions[n % 4]])
        finally:
            done.set()

    def read() -> None:
        while not done.is_set():
            for passage, article in store.passages_by_id(["a#0"]).values():
                assert (passage, article.text) in known

    _in_threads(write, read, read)


def test_many_threads_write_and_leave_no_files_open(store: Store, path: Path) -> None:
    rng = random.Random(7)
    batches = [[make(f"{n}-{m}") for m in range(rng.randint(1, 3))] for n in range(20)]

    _in_threads(*(lambda batch=batch: store.put(batch) and None for batch in batches))

    assert store.version() == len(batches)
    assert store.counts()["articles"] == sum(map(len, batches))
    gc.collect()
    before = _descriptors(path)
    for _ in range(30):
        _in_threads(lambda: store.version() and None)
    gc.collect()
    # SQLite itself keeps a few to use again.
    assert _descriptors(path) <= before <= len(batches) + 1


def _descriptors(path: Path) -> int:
    folder = Path("/proc/self/fd")
    links = [fd.readlink() for fd in folder.iterdir() if os.path.lexists(fd)]
    return sum(link == path for link in links)


def test_many_open_a_new_archive_at_once(path: Path) -> None:
    barrier = threading.Barrier(8)

    def open_one() -> None:
        barrier.wait()
        with closing(Store(path)) as store:
            assert store.version() == 0

    _in_threads(*[open_one] * 8)


def test_a_newer_archive_is_left_alone(store: Store, path: Path) -> None:
    store.put([make("a")])
    with store.transaction() as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")

    with pytest.raises(ArchiveError) as caught:
        Store(path)

    assert "newer" in caught.value.message
    assert "Update" in caught.value.hint
    assert store.articles()


def test_what_is_no_archive(tmp_path: Path) -> None:
    text = tmp_path / "text.sqlite"
    text.write_text("This is not a database. " * 100)
    foreign = tmp_path / "foreign.sqlite"
    with closing(sqlite3.connect(foreign)) as db:
        db.execute("CREATE TABLE articles (something)")
    folder = tmp_path / "folder.sqlite"
    folder.mkdir()

    for path in (text, foreign, folder):
        with pytest.raises(ArchiveError) as caught:
            Store(path)
        assert str(path) in caught.value.message
        assert caught.value.hint
    assert text.read_text().startswith("This is not")
