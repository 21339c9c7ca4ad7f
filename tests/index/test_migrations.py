"""Archives of every earlier schema, saved as they were written: ``data/schema-N.sql``."""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hash_embedding import HashEmbedding

from index import Archive
from index._schema import SCHEMA_VERSION, migrate
from index._store import Store

SAVED = sorted((Path(__file__).parent / "data").glob("schema-*.sql"))
TABLES = ("articles", "sentences", "passages", "vectors", "state")


@pytest.fixture(params=SAVED, ids=lambda path: path.stem)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    with closing(sqlite3.connect(home / "archive.sqlite")) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(request.param.read_text(encoding="utf-8"))
    return home


def _rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What there was before any migration, in the columns there were."""
    columns = "id, source, file, title, outlet, author, published, url, published_day, text"
    columns += ", text_sha256, raw, segments, content_key"
    with closing(sqlite3.connect(path)) as db:
        found = {
            t: db.execute(f"SELECT {columns if t == 'articles' else '*'} FROM {t}").fetchall()
            for t in TABLES
        }
    found["state"] = [row for row in found["state"] if row[0] in ("version", "keywords")]
    return found


def _tables(path: Path) -> set[tuple[str, str, str]]:
    """Every table and index as it was declared, comments and white space apart."""
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    plain = ((kind, name, re.sub(r"--[^\n]*", "", sql or "")) for kind, name, sql in rows)
    return {(kind, name, " ".join(sql.split())) for kind, name, sql in plain}


def test_there_is_a_saved_file_of_every_earlier_schema() -> None:
    assert [path.stem for path in SAVED] == [f"schema-{n}" for n in range(1, SCHEMA_VERSION)]


def test_an_old_file_becomes_a_new_one_and_keeps_all(home: Path, tmp_path: Path) -> None:
    path = home / "archive.sqlite"
    before = _rows(path)
    assert all(before.values())

    with closing(Store(path)), closing(Store(tmp_path / "new.sqlite")):
        pass

    assert _rows(path) == before
    assert _tables(path) == _tables(tmp_path / "new.sqlite")
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_an_old_archive_can_all_a_new_one_can(home: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    embedding = HashEmbedding()
    with Archive.open(home, embedding=embedding) as archive:
        # At once: articles with offsets, each an origin of its own until the next sync.
        for article in archive.articles():
            for piece in (*archive.sentences(article.id), *archive.passages(article.id)):
                assert article.text[piece.start : piece.end] == piece.text
        ids = [article.id for article in archive.articles()]
        assert archive.origins(ids) == {i: i for i in ids}
        assert [a.id for a in archive.origin("harbour")] == ["harbour"]
        assert archive.stats()["origins"] == len(ids) == 4
        stages = []
        archive.sync([tmp_path / "none"], progress=lambda p: stages.append((p.stage, p.done)))
        assert ("copies", 4) in stages

        # Nothing was embedded again, everything is found, copies are known.
        assert embedding.embedded == []
        assert archive.search("ferries harbour crane", k=1)[0].article.id.startswith("harbour")
        assert archive.search("東京", k=1)[0].article.id == "odd#1"
        assert [a.id for a in archive.origin("harbour-2")] == ["harbour", "harbour-2"]
        assert archive.stats()["origins"] == 3
        old = archive.article("school")
        (tmp_path / "none" / "new.jsonl").write_text('{"id": "school", "text": "Corrected."}')
        assert archive.sync([tmp_path / "none"]).updated == 1
        assert archive.article_version("school", old.text_sha256) == old
        archive.remove(["harbour"])
        assert [a.id for a in archive.origin("harbour-2")] == ["harbour-2"]


def test_killed_while_migrating(home: Path, tmp_path: Path) -> None:
    """The files as they are at each statement, which is what a kill leaves, open as ever."""
    path = home / "archive.sqlite"
    before = _rows(path)
    images: list[Path] = []

    def image(statement: str) -> None:
        del statement
        images.append(tmp_path / f"image-{len(images)}")
        shutil.copytree(home, images[-1])

    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        # Spilled pages are on the disk before the commit.
        db.execute("PRAGMA cache_size = 1")
        db.set_trace_callback(image)
        migrate(db, "archive")
    assert len(images) > 10

    versions = set()
    for folder in images:
        with closing(sqlite3.connect(folder / "archive.sqlite")) as db:
            versions.add(db.execute("PRAGMA user_version").fetchone()[0])
        with closing(Store(folder / "archive.sqlite")) as store:
            assert store.link_copies() == 4
            assert store.origin_count() == 3
        assert _rows(folder / "archive.sqlite") == before
    assert versions >= {1}


def test_a_failing_step_leaves_the_schema_before(home: Path) -> None:
    path = home / "archive.sqlite"
    before, tables = _rows(path), _tables(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("CREATE TABLE sketches (in_the_way)")
        with pytest.raises(sqlite3.OperationalError, match="sketches"):
            migrate(db, "archive")
        assert not db.in_transaction
        db.execute("DROP TABLE sketches")
        assert (_rows(path), _tables(path)) == (before, tables)
        migrate(db, "archive")
    assert "sketches" in {name for _, name, _ in _tables(path)}
