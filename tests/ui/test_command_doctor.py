"""Each fault is found, mended, and not there any more; nothing of the user's is touched."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

ARTICLES = [
    {"id": "bridge", "title": "Bridge closed", "text": "The bridge was closed. It rained."},
    {"id": "opera", "text": "The opera opens its season.\n\nTickets cost 25 euros."},
    {"id": "ships", "text": "Ships wait in the harbour. The pilots are on strike."},
]

Command = Callable[..., Any]


@pytest.fixture
def home(command: Command, tmp_path: Path) -> Path:
    file = tmp_path / "articles.jsonl"
    file.write_text("".join(json.dumps(article) + "\n" for article in ARTICLES))
    assert command("index", "sync", file).code == 0
    return tmp_path / "home"


def _sql(home: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(home / "archive.sqlite")) as db:
        db.execute(statement, values)
        db.commit()


def _generation(home: Path) -> Path:
    return home / "chroma" / (home / "CURRENT").read_text().splitlines()[0]


def _missing_generation(home: Path) -> None:
    shutil.rmtree(_generation(home))


def _torn_generation(home: Path) -> None:
    (_generation(home) / "chroma.sqlite3").write_bytes(b"torn" * 5000)


def _torn_pointer(home: Path) -> None:
    (home / "CURRENT").write_text("\0")


def _stale_generation(home: Path) -> None:
    folder, model, version, url = (home / "CURRENT").read_text().splitlines()
    (home / "CURRENT").write_text(f"{folder}\n{model}\n{int(version) - 1}\n{url}\n")


def _other_model(home: Path) -> None:
    folder, _, version, url = (home / "CURRENT").read_text().splitlines()
    (home / "CURRENT").write_text(f"{folder}\nanother\n{version}\n{url}\n")


def _stale_keywords(home: Path) -> None:
    _sql(home, "UPDATE state SET value = '0' WHERE key = 'keywords'")


def _no_keywords(home: Path) -> None:
    shutil.rmtree(home / "keywords")


def _counts_differ(home: Path) -> None:
    # As if the store had been put back from a copy made before the last article came.
    with closing(sqlite3.connect(home / "archive.sqlite")) as db:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("DELETE FROM articles WHERE id = 'ships'")
        db.commit()


def _bad_offset(home: Path) -> None:
    _sql(home, "UPDATE sentences SET start = start + 1 WHERE article_id = 'opera'")


def _passage_outside(home: Path) -> None:
    _sql(home, "UPDATE passages SET \"end\" = 9999 WHERE article_id = 'opera'")


def _altered_text(home: Path) -> None:
    _sql(home, "UPDATE articles SET text = replace(text, '25', '52') WHERE id = 'opera'")


def _dangling(home: Path) -> None:
    _sql(home, "INSERT INTO sentences VALUES ('nobody', 0, 0, 5, 'sentence', 'x')")


def _torn_vector(home: Path) -> None:
    _sql(home, "UPDATE vectors SET vector = zeroblob(256)")


def _unused_vector(home: Path) -> None:
    _sql(home, "INSERT INTO vectors SELECT model, 'gone', vector FROM vectors LIMIT 1")


def _old_generation(home: Path) -> None:
    shutil.copytree(_generation(home), home / "chroma" / "00000000-0123abcd")


def _temporary_files(home: Path) -> None:
    (home / "CURRENT.new").write_text("half")
    (home / "keywords" / ".tmpAb12Cd").write_text("half")
    (home / "keywords" / f"{'0a' * 16}.term").write_text("secret words")


FAULTS: list[tuple[Callable[[Path], None], str]] = [
    (_missing_generation, "vector index"),
    (_torn_generation, "vector index"),
    (_torn_pointer, "vector index"),
    (_stale_generation, "vector index"),
    (_other_model, "vector index"),
    (_stale_keywords, "keyword index"),
    (_no_keywords, "keyword index"),
    (_counts_differ, "keyword index"),
    (_bad_offset, "offsets"),
    (_passage_outside, "offsets"),
    (_altered_text, "texts"),
    (_dangling, "database"),
    (_torn_vector, "stored vectors"),
    (_unused_vector, "stored vectors"),
    (_old_generation, "leftovers"),
    (_temporary_files, "leftovers"),
]


@pytest.mark.parametrize(("spoil", "what"), FAULTS, ids=[f[0].__name__[1:] for f in FAULTS])
def test_each_fault_is_found_and_mended(
    command: Command, home: Path, spoil: Callable[[Path], None], what: str
) -> None:
    texts = {
        article["id"]: command("index", "show", article["id"], "--text").out for article in ARTICLES
    }
    (home / "mine").mkdir()
    (home / "mine" / "notes.txt").write_text("the user's own")
    (home / "chroma.txt").write_text("the user's own")
    spoil(home)

    found = _findings(command("doctor", "--json"))
    assert not found[what]["well"]
    assert found[what]["mend"] == "Run: pullquote doctor --fix"

    mended = _findings(command("doctor", "--fix", "--json"))
    assert mended[what]["well"], mended[what]
    assert mended[what]["mended"]
    again = _findings(command("doctor", "--fix", "--json"))
    assert {name for name, finding in again.items() if not finding["well"]} == {"model minilm"}
    assert not any(finding["mended"] for finding in again.values())

    assert (home / "mine" / "notes.txt").read_text() == "the user's own"
    assert (home / "chroma.txt").exists()
    listed = {article["id"] for article in command("index", "list", "--json").lines()}
    for article_id in listed:
        assert command("index", "show", article_id, "--text").out == texts[article_id]
    results = command("search", "the bridge", "--json").json()["results"]
    assert results[0]["article"] == "bridge"


def _findings(done: Any) -> dict[str, Any]:
    return {finding["what"]: finding for finding in done.lines()}


def test_what_cannot_be_mended_says_what_to_do(command: Command, home: Path) -> None:
    size = (home / "archive.sqlite").stat().st_size
    with (home / "archive.sqlite").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 8192))
    done = command("doctor", "--fix", "--json")
    assert done.code == 1
    bad = [f for f in done.lines() if not f["well"] and f["what"] in ("archive", "database")]
    assert bad
    assert "archive.sqlite" in bad[0]["mend"] + bad[0]["detail"]
    assert "away" in bad[0]["mend"]
    for arguments in (("list",), ("sync", "articles.jsonl"), ("show", "opera")):
        assert command("index", *arguments).code in (0, 1), "no traceback"


def test_a_text_that_cannot_be_made_anew_is_read_again(command: Command, home: Path) -> None:
    _sql(home, "UPDATE articles SET text = 'x', raw = 'y' WHERE id = 'opera'")
    done = command("doctor", "--fix")
    assert done.code == 1
    assert "opera" in done.out
    assert "Sync its source again." in done.out
    assert command("index", "sync", "articles.jsonl", "--json").json()["updated"] == 1
    assert command("index", "show", "opera", "--text").out == ARTICLES[1]["text"]
    assert command("doctor").out.count("BAD") == 1, "the model alone"
