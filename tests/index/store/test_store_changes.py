"""What writing does to the store: duplicates, corrected articles, and text that must go."""

import random
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hash_embedding import HashEmbedding
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from index import RawDocument
from index._prepare import prepare
from index._store.store import Change, Store, StoredArticle

MODEL = "hashed-words"
STORM = "The old bridge was closed after a storm. Repairs take seven weeks, the mayor said."
SHIPS = "Ships wait in the harbour. The pilots have been on strike since Monday."


def make(article_id: str, text: str, file: str | None = None, **fields: str) -> StoredArticle:
    source = f"{article_id}.txt"
    document = RawDocument(source, source, text, article_id, **fields)
    return prepare(document, article_id, file or f"/{source}")


def embed(store: Store) -> None:
    for table in ("passages", "sentences"):
        for digest, text in store.missing_inputs(MODEL, table):
            store.put_vectors(MODEL, [digest], HashEmbedding().embed([text]))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with closing(Store(path)) as store:
        yield store


def _rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


# --- duplicates -----------------------------------------------------------------------------


def test_a_duplicate_is_remembered(store: Store) -> None:
    change = store.put([make("a", STORM), make("b", STORM), make("c", STORM, outlet="Post")])
    assert (change.added, change.duplicates) == (("a", "c"), ("b",))
    assert [item.article.id for item in change.stored] == ["a", "c"]
    assert store.put([make("d", STORM)]).duplicates == ("d",)

    assert [a.id for a in store.articles()] == ["a", "c"]
    assert set(store.content_keys()) == {"a", "b", "c", "d"}
    assert store.duplicate_ids() == {"b", "d"}
    assert dict(store.ids_by_file())["d"] == "/d.txt"
    assert store.ids_of_file("/d.txt") == ["d"]
    # An article keeps its id, whatever its text becomes; a duplicate can become an article.
    assert store.put([make("c", STORM), make("b", SHIPS)]).updated == ("c",)
    assert [a.id for a in store.articles()] == ["a", "c", "b"]
    assert store.duplicate_ids() == {"d"}


ENDS: dict[str, Callable[[Store], Change]] = {
    "deleted": lambda store: store.delete(["a"]),
    "another text": lambda store: store.put([make("a", SHIPS, title="T", outlet="Post")]),
    "another outlet": lambda store: store.put([make("a", STORM, outlet="Gazette")]),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_duplicate_takes_the_place_of_what_went(store: Store, path: Path, end: str) -> None:
    twin = make("b#1", STORM, title="Another title", outlet="Post", published="2023-05-01")
    twin = replace(twin, original=b"\xffbytes\0" * 9)
    store.put([make("a", STORM, title="T", outlet="Post"), twin, make("z", STORM, outlet="Post")])
    embed(store)

    change = ENDS[end](store)

    # Exactly as if it had been stored in the first place; the next duplicate waits for it.
    assert change.promoted == ("b#1",)
    assert twin.article in store.articles()
    assert twin in change.stored
    assert store.sentences(twin.article) == twin.sentences
    assert store.passages({"b#1": twin.article}) == twin.passages
    assert store.raw("b#1") == (STORM, [(0, 0, len(STORM))])
    assert store.original("b#1") == twin.original
    assert store.content_keys()["b#1"] == twin.content_key
    assert store.duplicate_ids() == {"z"}
    assert store.version() == change.version == 2
    # Its sentences keep their vectors; only the passage needs one, under another title.
    missing = dict(store.missing_inputs(MODEL, "sentences"))
    assert STORM.partition(". ")[0] + "." not in missing.values()
    assert f"Another title\n{STORM}" in dict(store.missing_inputs(MODEL, "passages")).values()
    assert store.delete(["b#1"]).promoted == ("z",)


def test_duplicates_go_with_what_is_removed(store: Store, path: Path) -> None:
    store.put([make("a", STORM), make("b", STORM), make("c", STORM, outlet="Post")])
    store.set_files({"/a.txt": "1", "/b.txt": "2", "/c.txt": "3"})

    change = store.delete(["a", "nobody"], with_duplicates=True)

    assert (change.removed, change.promoted) == (("a",), ())
    assert set(store.content_keys()) == {"c"}
    # What was removed on purpose comes back with the next sync of its file.
    assert store.files() == {"/c.txt": "3"}
    assert store.delete(["nobody"]).version == change.version


def test_files(store: Store) -> None:
    store.put([make("a", STORM, "/x"), make("b", SHIPS, "/x")], files={"/x": "one"})
    store.set_files({"/x": "two", "/y": "three"})
    assert store.files() == {"/x": "two", "/y": "three"}
    store.delete(["b"])
    assert store.files() == {"/y": "three"}
    store.delete_files(["/y", "/z"])
    assert store.files() == {}
    broken = make("c", SHIPS)
    broken = replace(broken, passages=[*broken.passages] * 2)
    with pytest.raises(sqlite3.IntegrityError):
        store.put([broken], files={"/c.txt": "1"})
    assert store.files() == {}


# --- corrections ----------------------------------------------------------------------------


def test_earlier_texts_are_kept_for_those_who_quote_them(store: Store) -> None:
    texts = [f"{STORM} Correction {n}." for n in range(3)]
    versions = [make("a", text, title=f"T{n}") for n, text in enumerate(texts)]
    for version in versions:
        store.put([version, make("b", SHIPS)])
    store.put([make("a", texts[2], title="Only the title")])

    hashes = [version.article.text_sha256 for version in versions]
    assert [store.article_version("a", h) for h in hashes[:2]] == [v.article for v in versions[:2]]
    assert store.article_version("a", hashes[2]) == store.articles(["a"])[0]
    assert store.article_version("b", hashes[0]) is None
    # Back to the first text: it is the article again, and what it replaced is an earlier one.
    store.put([versions[0]])
    assert store.article_version("a", hashes[0]) == versions[0].article
    # What was replaced a moment ago may be quoted by an answer that is being written.
    assert store.drop_versions([], datetime.now(UTC) - timedelta(hours=1)) == 0
    assert store.drop_versions([("a", hashes[1]), ("a", hashes[0]), ("x", "y")]) == 1
    assert store.article_version("a", hashes[1]) == versions[1].article
    assert store.article_version("a", hashes[2]) is None
    store.delete(["a"])
    assert all(store.article_version("a", h) is None for h in hashes)


def test_a_corrected_article_keeps_its_place(store: Store) -> None:
    store.put([make(i, f"{STORM} {i}") for i in "abc"])
    store.put([make("a", SHIPS)])
    assert [a.id for a in store.articles()] == ["a", "b", "c"]


# --- forgetting -----------------------------------------------------------------------------


def test_deleted_text_leaves_every_file(store: Store, path: Path) -> None:
    """Also what the B-tree moved about: rows of all sizes, deleted in an order of their own."""
    rng = random.Random(5)
    alphabet = "abcdefghijklmnopqrstuvwxyz"

    def words(count: int) -> str:
        return " ".join("".join(rng.choices(alphabet, k=9)) for _ in range(count))

    texts = {f"{n:03}-{words(1)}": f"{words(rng.choice((2, 12, 60, 400)))}." for n in range(90)}
    for article_id, text in texts.items():
        item = make(article_id, text, title=words(2), outlet=words(1))
        store.put([replace(item, original=text.encode())])
        if rng.random() < 0.3:  # an earlier text, and a duplicate of the one that follows
            store.put([make(article_id, f"{text} {words(30)}", outlet="Post")])
            store.put([make(f"{article_id}-twin", f"{text}", outlet="Post")])
    gone = rng.sample(sorted(texts), 60)
    before = _words_on_disk(path.parent)
    store.delete(gone, with_duplicates=True)
    store.delete([f"{i}-twin" for i in gone])
    assert store.checkpoint()

    left = _words_on_disk(path.parent)
    for article_id, text in texts.items():
        written = {article_id[4:], *text.rstrip(".").split()}
        assert written <= before
        assert written & left == (set() if article_id in gone else written)


def _words_on_disk(folder: Path) -> set[str]:
    """Every run of nine small letters in any file."""
    data = b" ".join(file.read_bytes() for file in folder.iterdir())
    runs = re.findall(rb"[a-z]{9,}", data)
    return {run[n : n + 9].decode() for run in runs for n in range(len(run) - 8)}


# --- everything at once ---------------------------------------------------------------------


class Changes(RuleBasedStateMachine):
    """Any sequence of writes leaves what a fresh store of the same documents would have.

    But for one thing: which of several duplicates is the article depends on which came first.
    """

    ids = st.sampled_from([f"id{n}" for n in range(6)])
    texts = st.sampled_from([STORM, SHIPS, f"{STORM} {SHIPS}", "Short."])
    outlets = st.sampled_from([None, "Post"])

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "archive.sqlite"
        self.store = Store(self.path)
        self.documents: dict[str, StoredArticle] = {}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    @rule(entries=st.dictionaries(ids, st.tuples(texts, outlets), min_size=1, max_size=4))
    def put(self, entries: dict[str, tuple[str, str | None]]) -> None:
        batch = [make(i, t, **({"outlet": o} if o else {})) for i, (t, o) in entries.items()]
        change = self.store.put(batch)
        self.documents |= {item.article.id: item for item in batch}
        assert set(change.added) | set(change.updated) | set(change.duplicates) == set(entries)
        assert {s.article.id for s in change.stored} == {
            *change.added, *change.updated, *change.promoted,
        }  # fmt: skip

    @rule(ids=st.lists(ids, max_size=3, unique=True))
    def delete(self, ids: list[str]) -> None:
        self.store.delete(ids)
        for article_id in ids:
            self.documents.pop(article_id, None)

    @rule(ids=st.lists(ids, max_size=2, unique=True))
    def remove(self, ids: list[str]) -> None:
        before = self.store.duplicate_ids()
        self.store.delete(ids, with_duplicates=True)
        lost = set(ids) | (before - self.store.duplicate_ids())
        self.documents = {i: d for i, d in self.documents.items() if i not in lost}

    @rule()
    def embed(self) -> None:
        embed(self.store)

    @invariant()
    def nothing_is_lost_or_left(self) -> None:
        articles = {a.id: a for a in self.store.articles()}
        duplicates = self.store.duplicate_ids()
        assert articles.keys() | duplicates == self.documents.keys()
        assert not articles.keys() & duplicates
        for article_id, article in articles.items():
            item = self.documents[article_id]
            assert article == item.article
            assert self.store.sentences(article) == item.sentences
        stored = {(a.text, a.outlet) for a in articles.values()}
        assert stored == {(d.article.text, d.article.outlet) for d in self.documents.values()}
        used = "SELECT input_sha256 FROM sentences UNION SELECT input_sha256 FROM passages"
        unused = f"SELECT * FROM vectors WHERE input_sha256 NOT IN ({used})"
        assert _rows(self.path, unused) == []
        assert {row[0] for row in _rows(self.path, "SELECT text_sha256 FROM texts")} == {
            a.text_sha256 for a in articles.values()
        }
        assert (
            _rows(self.path, "SELECT * FROM copies WHERE text NOT IN (SELECT id FROM texts)") == []
        )
        assert (
            _rows(self.path, "SELECT * FROM sketches WHERE text NOT IN (SELECT id FROM texts)")
            == []
        )
        origins = self.store.origins(list(articles))
        assert origins.keys() == articles.keys()
        assert set(origins.values()) <= articles.keys()
        for one in articles.values():
            for other in articles.values():
                if one.text == other.text:
                    assert origins[one.id] == origins[other.id]


TestChanges = Changes.TestCase
TestChanges.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
