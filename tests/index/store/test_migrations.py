"""Archives of every earlier schema, saved as they were written: ``data/schema-N.sql``."""

import re
import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hash_embedding import HashEmbedding

from index import Archive, Filters
from index._store.schema import SCHEMA_VERSION, migrate
from index._store.store import Store

SAVED = sorted((Path(__file__).parents[1] / "data").glob("schema-*.sql"))
# Something that the first step after each schema makes.
NEXT_MADE = {1: "sketches", 2: "articles_filter", 3: "vectors_input"}


@pytest.fixture(params=SAVED, ids=lambda path: path.stem)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    with closing(sqlite3.connect(home / "archive.sqlite")) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(request.param.read_text(encoding="utf-8"))
    return home


def _schema(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def _columns(path: Path) -> dict[str, str]:
    """The columns of every table."""
    with closing(sqlite3.connect(path)) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        return {
            table: ", ".join(f'"{row[1]}"' for row in db.execute(f"PRAGMA table_info({table})"))
            for table in tables
        }


def _rows(path: Path, columns: dict[str, str]) -> dict[str, list[tuple[Any, ...]]]:
    """What is in these columns; of the state, the two counters that every schema has."""
    with closing(sqlite3.connect(path)) as db:
        found = {
            t: db.execute(f"SELECT {names} FROM {t}").fetchall() for t, names in columns.items()
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
    columns = _columns(path)
    before = _rows(path, columns)
    assert all(before.values())

    with closing(Store(path)), closing(Store(tmp_path / "new.sqlite")):
        pass

    assert _rows(path, columns) == before
    assert _tables(path) == _tables(tmp_path / "new.sqlite")
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_an_old_archive_can_all_a_new_one_can(home: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    linked = _schema(home / "archive.sqlite") > 1
    embedding = HashEmbedding()
    with Archive.open(home, embedding=embedding) as archive:
        # At once: articles with offsets, and of the oldest each an origin of its own until the
        # next sync.
        for article in archive.articles():
            for piece in (*archive.sentences(article.id), *archive.passages(article.id)):
                assert article.text[piece.start : piece.end] == piece.text
        ids = [article.id for article in archive.articles()]
        copy = {"harbour-2": "harbour"} if linked else {}
        assert archive.origins(ids) == {i: i for i in ids} | copy
        assert [a.id for a in archive.origin("harbour")] == ["harbour", *copy]
        assert archive.stats()["origins"] == len(ids) - len(copy)
        assert len(archive.matching(Filters(outlet=("nordvik post",), since=date(2023, 1, 1)))) == 1
        stages = []
        archive.sync([tmp_path / "none"], progress=lambda p: stages.append((p.stage, p.done)))
        assert (("copies", 4) in stages) == (not linked)

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
    schema, columns = _schema(path), _columns(path)
    before = _rows(path, columns)
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
    assert len(images) > 4

    versions = set()
    for folder in images:
        versions.add(_schema(folder / "archive.sqlite"))
        with closing(Store(folder / "archive.sqlite")) as store:
            assert store.link_copies() == (4 if schema == 1 else 0)
            assert store.origin_count() == 3
        assert _rows(folder / "archive.sqlite", columns) == before
    assert schema in versions


def test_a_failing_step_leaves_the_schema_before(home: Path) -> None:
    path = home / "archive.sqlite"
    columns, tables = _columns(path), _tables(path)
    before = _rows(path, columns)
    made = NEXT_MADE[_schema(path)]
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"CREATE TABLE {made} (in_the_way)")
        with pytest.raises(sqlite3.OperationalError, match=made):
            migrate(db, "archive")
        assert not db.in_transaction
        db.execute(f"DROP TABLE {made}")
        assert (_rows(path, columns), _tables(path)) == (before, tables)
        migrate(db, "archive")
    assert made in {name for _, name, _ in _tables(path)}
