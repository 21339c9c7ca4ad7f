"""An archive that this process may not write to can be read, and stays as it is."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

ASK = "Why was the old bridge in Marl closed?"
ARTICLE = {
    "id": "bridge",
    "title": "Bridge closed after storm",
    "outlet": "Harbour Post",
    "published": "2021-03-02",
    "text": "The old bridge in Marl was closed on Monday after a storm, the mayor said.",
}


@pytest.fixture
def home(command: Command, tmp_path: Path) -> Iterator[Path]:
    """An archive of one article, to which nothing can be written; an answer is kept in it."""
    (tmp_path / "a.json").write_text(json.dumps(ARTICLE))
    assert command("index", "sync", tmp_path / "a.json").code == 0
    assert command("ask", ASK, "--model", "extractive").code == 0
    home = Path(os.environ["PULLQUOTE_HOME"])
    below = [home, *home.rglob("*")]
    for path in below:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield home
    for path in below:
        path.chmod(0o755 if path.is_dir() else 0o644)


def _state(home: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() if p.is_file() else b"" for p in sorted(home.rglob("*"))}


def test_all_that_reads_reads(permitted: Any, home: Path, command: Command) -> None:
    answer = command("answers", "--json").json()["id"]
    looked_up = [
        ("index", "list"),
        ("index", "show", "bridge", "--json"),
        ("answers", "--json"),
        ("verify", answer, "--json"),
        ("export", answer),
    ]
    # The archive is open to the process of this test, which sees the same.
    expected = [(0, command(*arguments).out) for arguments in looked_up]
    before = _state(home)
    assert [permitted(*arguments)[:2] for arguments in looked_up] == expected
    code, out, _ = permitted("index", "stats", "--json")
    assert (code, json.loads(out)["vectors"], json.loads(out)["keywords"]) == (0, 1, 1)
    code, out, _ = permitted("search", "brigde", "--json")
    assert [result["article"] for result in json.loads(out)["results"]] == ["bridge"]
    code, out, error = permitted("ask", ASK, "--model", "extractive", "--json")
    assert code == 0
    assert json.loads(out)["quotes"][0]["text"] == ARTICLE["text"]
    assert error.count("answers are not kept") == 1
    for arguments in (("index", "remove", "bridge"), ("index", "rebuild")):
        code, out, error = permitted(*arguments)
        assert (code, out) == (1, "")
        assert str(home) in error
        assert "permission" in error
    assert _state(home) == before


def test_nothing_was_ever_asked(permitted: Any, home: Path) -> None:
    with closing(sqlite3.connect(home / "archive.sqlite")) as db, db:
        for table in ("answers", "feedback", "replies", "records_schema"):
            db.execute(f"DROP TABLE {table}")
    code, out, error = permitted("answers")
    assert (code, out) == (0, "")
    assert "pullquote ask" in error


@pytest.mark.parametrize("beside", [True, False])
def test_what_a_writer_left_in_its_log_is_read_or_refused(
    permitted: Any, home: Path, beside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never passed over: without what belongs to it, a log cannot be read, and without the log
    the file is not what it was."""
    for path in (home, home / "archive.sqlite"):
        path.chmod(0o755)
    with closing(sqlite3.connect(home / "archive.sqlite")) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")
        with db:
            db.execute("UPDATE articles SET title = 'Only in the log'")
        copy = home.with_name("copy")
        shutil.copytree(home, copy)
        if not beside:
            (copy / "archive.sqlite-shm").unlink()
    for path in (copy, *copy.glob("archive.sqlite*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    monkeypatch.setenv("PULLQUOTE_HOME", str(copy))
    code, out, error = permitted("index", "list")
    copy.chmod(0o755)
    if beside:
        assert code == 0
        assert "Only in the log" in out
    else:
        assert (code, out) == (1, "")
        assert "Check that its folder can be written to" in error
