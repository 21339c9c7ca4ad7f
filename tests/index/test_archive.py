"""The archive as a whole: searching, forgetting, being killed, several processes at once."""

import json
import multiprocessing
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hash_embedding import HashEmbedding

from index import (
    Archive,
    ArchiveError,
    Filters,
    MiniLM,
    Progress,
    UnknownArticle,
    UsageError,
    reciprocal_rank_fusion,
)
from index._search import POOL

ARTICLES = [
    {"id": "a#1", "outlet": "Post", "published": "2023-02-01",
     "text": "The old bridge was closed after a storm.\n\nRepairs take seven weeks."},
    {"id": "it's b", "outlet": "Gazette", "published": "2023-03-01",
     "text": "Ships wait in the harbour. The bridge to it is open."},
    {"id": "東京", "text": "The opera opens its season with a new production."},
]  # fmt: skip


def _write(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return _write(tmp_path / "corpus.jsonl", ARTICLES)


@pytest.fixture
def archive(home: Path, corpus: Path, hash_embedding: HashEmbedding) -> Iterator[Archive]:
    with Archive.open(home, embedding=hash_embedding) as archive:
        archive.sync([corpus])
        yield archive


def _ids(archive: Archive, question: str, **options: Any) -> list[str]:
    return [hit.passage.id for hit in archive.search(question, **options)]


def _generations(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "chroma").iterdir())


# --- searching ------------------------------------------------------------------------------


def test_search_fuses_both_rankings(archive: Archive) -> None:
    question = "Is the bridge in the harbour open?"
    hits = archive.search(question)

    rankings = [
        [i for i, _ in ranking(question, POOL)]
        for ranking in (archive.keyword_ranking, archive.dense_ranking)
    ]
    assert all(rankings)
    expected = reciprocal_rank_fusion(rankings)
    assert [(h.passage.id, h.score) for h in hits] == expected
    assert hits[0].passage.id == "it's b#0"
    assert [h.rank for h in hits] == list(range(1, len(hits) + 1))
    assert all(h.article.text[h.passage.start : h.passage.end] == h.passage.text for h in hits)
    assert archive.search(question, k=1) == hits[:1]
    assert archive.search("\udcff?") == archive.search("??")


def test_filters(archive: Archive) -> None:
    assert _ids(archive, "bridge", filters=Filters(outlet=("POST",))) == ["a#1#0"]
    assert _ids(archive, "bridge", filters=Filters(since=date(2023, 2, 2))) == ["it's b#0"]
    assert _ids(archive, "bridge", filters=Filters(articles=("東京",))) == ["東京#0"]
    assert _ids(archive, "bridge", filters=Filters(outlet=("nobody",))) == []
    everything = Filters(articles=tuple(a.id for a in archive.articles()))
    assert archive.search("bridge", filters=everything) == archive.search("bridge")
    with pytest.raises(UsageError, match="2023-03-01 is after"):
        archive.search("x", filters=Filters(since=date(2023, 3, 1), until=date(2023, 2, 1)))
    for k in (0, -1):
        with pytest.raises(UsageError, match=str(k)):
            archive.search("bridge", k=k)


def test_without_an_embedding_model(home: Path, corpus: Path, tmp_path: Path) -> None:
    with Archive.open(home) as archive:
        report = archive.sync([corpus])
        assert report.vectors_missing == report.passages == 3
        assert _ids(archive, "storm") == ["a#1#0"]
        assert archive.search("zebra") == []
    # The model comes: vectors follow without an article being read anew.
    embedding = HashEmbedding()
    with Archive.open(home, embedding=embedding) as archive:
        assert _ids(archive, "storm") == ["a#1#0"]
        report = archive.sync([corpus])
        assert (report.unchanged, report.vectors_missing) == (3, 0)
        assert len(archive.dense_ranking("storm", 9)) == 3
        assert archive.stats()["up_to_date"]
    # The model goes and an article with it: the generation that holds its text must go too.
    _write(corpus, ARTICLES[1:])
    with Archive.open(home) as archive:
        archive.sync([corpus], prune=True)
        assert _generations(home) == []
    # It comes back: nothing is embedded again.
    embedding = HashEmbedding()
    with Archive.open(home, embedding=embedding) as archive:
        archive.sync([corpus])
        assert embedding.embedded == []
        assert len(archive.dense_ranking("storm", 9)) == 2
    # Another model's vectors are of no use.
    other = HashEmbedding()
    other.name = "other"
    with Archive.open(home, embedding=other) as archive:
        assert archive.dense_ranking("harbour", 9) == []
        archive.sync([corpus])
        assert len(archive.dense_ranking("harbour", 9)) == 2
        assert archive.stats()["embedding"] == "other"


def test_keywords_are_usable_before_vectors(home: Path, corpus: Path) -> None:
    seen: list[list[str]] = []
    with Archive.open(home, embedding=HashEmbedding()) as archive:

        def look(progress: Progress) -> None:
            if progress.stage == "vectors":
                seen.append(_ids(archive, "storm"))

        archive.sync([corpus], progress=look)
    assert seen
    assert seen[0] == ["a#1#0"]


def test_unchanged_sync_does_nothing(
    archive: Archive, home: Path, corpus: Path, hash_embedding: HashEmbedding
) -> None:
    current, generations = (home / "CURRENT").read_text(), _generations(home)
    segments = sorted(path.name for path in (home / "keywords").iterdir())
    hash_embedding.embedded.clear()

    assert archive.sync([corpus]).unchanged == 3

    assert hash_embedding.embedded == []
    assert ((home / "CURRENT").read_text(), _generations(home)) == (current, generations)
    assert sorted(path.name for path in (home / "keywords").iterdir()) == segments
    # One more article: only it is embedded.
    _write(corpus, [*ARTICLES, {"id": "d", "text": "A zebra escaped."}])
    archive.sync([corpus])
    assert hash_embedding.embedded == ["A zebra escaped."]
    assert _ids(archive, "zebra", k=1) == ["d#0"]


def test_looking_things_up(archive: Archive) -> None:
    assert [a.id for a in archive.articles()] == [a["id"] for a in ARTICLES]
    for article in archive.articles():
        vectors = archive.sentence_vectors([article.id])
        assert {n for _, n in vectors} == {s.ordinal for s in archive.sentences(article.id)}
    for read in (archive.article, archive.sentences, archive.passages):
        with pytest.raises(UnknownArticle, match="nobody") as caught:
            read("nobody")
        assert caught.value.hint
    stats = archive.stats()
    assert (stats["articles"], stats["passages"], stats["keywords"], stats["vectors"]) == (3,) * 4
    assert stats["up_to_date"]


def test_real_embedding_finds_by_meaning(home: Path, corpus: Path, minilm: MiniLM) -> None:
    with Archive.open(home, embedding=minilm) as archive:
        archive.sync([corpus])
        question = "music theatre performance"
        assert archive.keyword_ranking(question, 9) == []
        assert _ids(archive, question, k=1) == ["東京#0"]


# --- forgetting -----------------------------------------------------------------------------

SECRET = "Xylophonists of Quetzaltenango whispered about the vermilion ombudsman."


def _holders(home: Path) -> list[str]:
    """Files below ``home`` with a word of the secret in their bytes."""
    words = [word.encode() for word in ("Xylophonists", "uetzaltenango", "vermilion", "ombudsman")]
    words += [word.upper() for word in words]
    return [
        str(path.relative_to(home))
        for path in sorted(home.rglob("*"))
        if path.is_file() and any(word in path.read_bytes() for word in words)
    ]


@pytest.mark.parametrize("how", ["update", "prune", "remove"])
def test_deleted_text_leaves_the_disk(
    home: Path, corpus: Path, hash_embedding: HashEmbedding, how: str
) -> None:
    secret = {"id": "secret", "title": SECRET.upper(), "text": f"{SECRET} It rained."}
    many = [{"id": f"n{n}", "text": f"Story {n} of many. " * 40} for n in range(40)]
    first, twin = {"id": "secret", "text": f"{SECRET} Earlier."}, secret | {"id": "twin"}
    with Archive.open(home, embedding=hash_embedding) as archive:
        # The secret is the text of an article, of an earlier one, and of a duplicate.
        for records in ([first], [secret, twin]):
            _write(corpus, [*ARTICLES, *records, *many])
            archive.sync([corpus])
        assert _holders(home)  # the test sees it
        assert _ids(archive, "vermilion ombudsman", k=1) == ["secret#0"]
        segments = {path.name for path in (home / "keywords").iterdir()}

        if how == "update":
            empty = [{"id": i, "text": f"Nothing to see, {i}."} for i in ("secret", "twin")]
            _write(corpus, [*ARTICLES, *empty, *many])
            assert archive.sync([corpus]).updated == 1
            # The earlier text is kept for answers that quote it, or may be about to. None does.
            assert archive.drop_versions([]) == 0
            assert archive.drop_versions([], replaced_before=datetime.now(UTC)) == 2
        elif how == "prune":
            _write(corpus, [*ARTICLES, *many])
            assert archive.sync([corpus], prune=True).removed == 1
        else:
            archive.remove(["secret"])

        # While the archive is open: no log, no free page, no old generation.
        assert _holders(home) == []
        left = segments & {path.name for path in (home / "keywords").iterdir()}
        assert {name for name in left if not name.endswith((".json", ".lock"))} == set()
        assert archive.keyword_ranking("vermilion ombudsman", 9) == []
        assert archive.stats()["up_to_date"]


@pytest.mark.parametrize("how", ["prune", "remove"])
def test_text_that_a_reader_keeps_on_the_disk_is_told(
    home: Path,
    corpus: Path,
    hash_embedding: HashEmbedding,
    how: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("index._store.connection.BUSY_SECONDS", 0.1)
    with Archive.open(home, embedding=hash_embedding) as archive:
        _write(corpus, [*ARTICLES, {"id": "secret", "text": SECRET}])
        archive.sync([corpus])
        _write(corpus, ARTICLES)
        with closing(sqlite3.connect(home / "archive.sqlite")) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM articles").fetchone()
            if how == "remove":
                archive.remove(["secret"])
            else:
                notes = archive.sync([corpus], prune=True).notes
                assert ["deleted text" in note.reason for note in notes] == [True]
            assert archive.text_left
            found = {finding.what: finding for finding in archive.check(fix=True)}
            assert not found["deleted text"].well
            assert "pullquote serve" in found["deleted text"].mend
            assert _holders(home) == ["archive.sqlite"]
            reader.execute("COMMIT")
            # It is looked for again, and is gone.
            assert all(finding.well for finding in archive.check())
            assert not archive.text_left
            assert _holders(home) == []


def test_remove_is_all_or_nothing(archive: Archive) -> None:
    with pytest.raises(UnknownArticle):
        archive.remove(["a#1", "nobody"])
    assert len(archive.articles()) == 3

    archive.remove(["a#1", "東京"])
    assert _ids(archive, "bridge") == ["it's b#0"]
    archive.remove(["it's b"])
    assert archive.search("bridge") == []
    assert archive.stats()["vectors"] == 0


# --- faults ---------------------------------------------------------------------------------


def test_rebuild_mends_every_index(home: Path, corpus: Path) -> None:
    embedding = HashEmbedding()
    with Archive.open(home, embedding=embedding) as archive:
        archive.sync([corpus])
        expected = archive.search("bridge")
        done = len(embedding.embedded)
    for path in (home / "keywords").iterdir():
        path.unlink()
    (folder,) = (home / "chroma").iterdir()
    (folder / "chroma.sqlite3").write_bytes(b"torn")

    with Archive.open(home, embedding=embedding) as archive:
        with pytest.raises(ArchiveError, match="rebuild"):
            archive.search("bridge")
        archive.rebuild()
        assert archive.search("bridge") == expected
        assert archive.stats()["up_to_date"]
    # The vectors were in the store: only questions were embedded.
    assert set(embedding.embedded[done:]) == {"bridge"}


def test_sync_heals_what_is_missing(archive: Archive, home: Path, corpus: Path) -> None:
    expected = archive.search("bridge")
    (home / "CURRENT").write_text("gone\nm\n1\n")
    assert [h.passage.id for h in archive.search("storm")] == ["a#1#0"]
    assert not archive.stats()["up_to_date"]

    archive.sync([corpus])

    assert archive.search("bridge") == expected
    assert len(_generations(home)) == 1
    # Left over by a kill after the swap.
    (home / "chroma" / "00000000-0123abcd").mkdir()
    archive.sync([corpus])
    assert len(_generations(home)) == 1


def test_a_keyword_index_that_cannot_be_used_is_made_anew_by_who_opens_it(
    archive: Archive, home: Path
) -> None:
    before = archive.keyword_ranking("bridge", 5)
    assert before
    archive.close()
    (home / "keywords" / "meta.json").write_text("{")  # torn; one of an earlier version is as bad
    with Archive.open(home) as again:
        assert again.keyword_ranking("bridge", 5) == before


def test_one_writer_at_a_time(archive: Archive, home: Path, corpus: Path) -> None:
    inside, done = threading.Event(), threading.Event()
    _write(corpus, [*ARTICLES, {"id": "d", "text": "A zebra escaped."}])

    def wait(progress: object) -> None:
        inside.set()
        assert done.wait(60)

    thread = threading.Thread(target=archive.sync, args=([corpus],), kwargs={"progress": wait})
    thread.start()
    try:
        assert inside.wait(60)
        with Archive.open(home) as second:
            for change in (
                lambda: second.sync([corpus]),
                lambda: second.remove(["a#1"]),
                second.rebuild,
            ):
                with pytest.raises(ArchiveError, match="Another process") as caught:
                    change()
                assert "again" in caught.value.hint
            assert _ids(second, "storm") == ["a#1#0"]  # reading goes on
    finally:
        done.set()
        thread.join()
    assert archive.sync([corpus]).unchanged == 4


# --- other processes ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes that start quickly, because what they import is there already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["llama_index.vector_stores.chroma", "index", "hash_embedding"])
    return context


def _read_until_zebra(home: Path, pipe: Connection) -> None:
    with Archive.open(home, embedding=HashEmbedding()) as archive:
        pipe.send(_ids(archive, "bridge storm"))
        pipe.recv()
        pipe.send((_ids(archive, "zebra", k=1), archive.dense_ranking("a zebra escaped", 1)[0][0]))


def test_a_reader_in_another_process_sees_the_new_generation(
    archive: Archive, home: Path, corpus: Path, processes: ForkServerContext
) -> None:
    ours, theirs = processes.Pipe()
    reader = processes.Process(target=_read_until_zebra, args=(home, theirs))
    reader.start()
    try:
        assert ours.poll(120)
        assert ours.recv() == _ids(archive, "bridge storm")
        _write(corpus, [*ARTICLES, {"id": "d", "text": "A zebra escaped."}])
        archive.sync([corpus])
        ours.send("look again")
        assert ours.poll(120)
        assert ours.recv() == (["d#0"], "d#0")
    finally:
        reader.join(10)
        reader.kill()


def test_the_parts_of_a_search_fit_together(tmp_path: Path, hash_embedding: HashEmbedding) -> None:
    """Hits by passage id, vectors as they were embedded, outlets and days as they are stated."""
    rows = [
        {"id": "a", "outlet": "Alpha", "published": "2023-05-01", "text": "One bridge. Two boats."},
        {
            "id": "b",
            "outlet": "alpha",
            "published": "2023-07-09T10:00:00",
            "text": "Three ferries.",
        },
        {"id": "c", "text": "Four quays."},
    ]
    path = tmp_path / "articles.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    with Archive.open(tmp_path / "home", embedding=hash_embedding) as archive:
        assert (archive.outlets(), archive.days()) == ({}, None)
        archive.sync([path])
        assert archive.outlets() == {"Alpha": 2}
        assert archive.days() == (date(2023, 5, 1), date(2023, 7, 9))
        hits = archive.hits([("b#0", 0.5), ("gone#3", 0.4), ("a#0", 0.7)])
        assert [(h.rank, h.score, h.passage.id, h.article.id) for h in hits] == [
            (1, 0.5, "b#0", "b"),
            (2, 0.7, "a#0", "a"),
        ]
        found = archive.vectors_of_passages(["a#0", "gone#0", "c#0"])
        assert list(found) == ["a#0", "c#0"]
        whole, sentences = found["a#0"]
        assert np.array_equal(whole, hash_embedding.embed(["One bridge. Two boats."])[0])
        assert list(sentences) == [0, 1]
        expected = hash_embedding.embed(["One bridge.", "Two boats."])
        assert np.array_equal(list(sentences.values()), expected)
        question = "Which boats?"
        vector = hash_embedding.embed([question])[0]
        assert archive.dense_ranking(vector, 5) == archive.dense_ranking(question, 5)
        both = np.stack([vector, hash_embedding.embed(["A bridge"])[0]])
        assert archive.dense_rankings(both, 5) == [archive.dense_ranking(v, 5) for v in both]
        assert archive.dense_rankings(both[:0], 5) == []
    with Archive.open(tmp_path / "home") as words:
        assert words.vectors_of_passages(["a#0"]) == {}
