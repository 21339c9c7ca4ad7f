"""``pullquote index …`` from the outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

REPOSITORY = Path(__file__).parents[2]
STORM = "The old bridge was closed after a storm. Repairs take seven weeks, the mayor said."
SHIPS = "Ships wait in the harbour. The pilots have been on strike since Monday."

Command = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "storm.txt").write_text(STORM)
    (folder / "ships.txt").write_text(SHIPS)
    return folder


def test_list_shows_what_is_unknown_as_unknown(command: Command, folder: Path) -> None:
    empty = command("index", "list")
    assert (empty.code, empty.out) == (0, "")
    assert "pullquote index sync" in empty.error
    assert "pullquote index sync" in command("index", "stats").error
    (folder / "articles.toml").write_text(
        '["storm.txt"]\nid = "storm"\noutlet = "Post"\npublished = 2023-02-01\n'
    )
    command("index", "sync", folder)
    header, *rows = [line.split("\t") for line in command("index", "list").out.splitlines()]
    assert header == ["id", "published", "outlet", "title"]
    assert ["storm", "2023-02-01", "Post", "unknown"] in rows
    assert [row[1:] for row in rows if row[0] != "storm"] == [["unknown"] * 3]
    listed = {article["id"]: article for article in command("index", "list", "--json").lines()}
    assert listed["storm"]["title"] is None


def test_show_text_is_the_frozen_text_to_the_byte(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"id": "a", "text": "Één “woord”.\r\n\r\nEnde"}))
    command("index", "sync", tmp_path / "a.json")
    # In a process of its own, whose standard output is bytes.
    done = subprocess.run(
        [sys.executable, "-m", "ui", "index", "show", "a", "--text"],
        capture_output=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONIOENCODING": "ascii"},
    )
    assert done.stdout == "Één “woord”.\n\nEnde".encode()


def test_remove_says_what_it_did(command: Command, folder: Path) -> None:
    command("index", "sync", folder)
    first, second = (article["id"] for article in command("index", "list", "--json").lines())
    for unknown in ("nobody", "\udcff"):
        done = command("index", "remove", first, unknown)
        assert (done.code, done.out) == (1, "")
        assert "Nothing was removed" in done.error
        assert "index list" in done.error
    assert command("index", "stats", "--json").json()["articles"] == 2
    done = command("index", "remove", first, first)
    assert (done.code, done.out) == (0, "1 removed; answers already saved keep their quotes\n")
    assert command("index", "show", "\udcff").code == 2
    (folder / "storm.txt").unlink()
    (folder / "ships.txt").unlink()
    done = command("index", "sync", folder, "--prune")
    assert "1 removed (answers already saved keep their quotes)" in done.out
    assert second not in command("index", "list", "--json").out


def test_files_of_other_kinds_are_counted(command: Command, folder: Path) -> None:
    other = ["photo.jpg", "a.JPG", "b.rtf.gz", "notes", "page_files/x.png", "more/clip.mp4"]
    silent = [".hidden.jpg", ".git/x.png", "README.rst", "readme", "articles.csv"]
    silent += ["__init__.py", "__pycache__/a.pyc", "__MACOSX/b.jpg"]
    (folder / "page.html").write_text(f"<html><body><p>{STORM} Again.</p></body></html>")
    for name in (*other, *silent):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"")
    (folder / "articles.csv").write_text("file,outlet\nstorm.txt,Post\n")
    done = command("index", "sync", folder, "--json")
    assert done.code == 0
    counted = {"": 1, ".jpg": 2, ".mp4": 1, ".rtf.gz": 1}
    assert done.json()["other_kinds"] == counted
    said = "5 files of other kinds left out: .jpg (2), without an ending, .mp4, .rtf.gz"
    assert said in done.error.splitlines()
    assert command("index", "sync", folder / "storm.txt", "--json").json()["other_kinds"] == {}


def test_if_empty(command: Command, folder: Path) -> None:
    assert command("index", "sync", folder, "--if-empty", "--json").json()["added"] == 2
    done = command("index", "sync", folder, "--if-empty", "--json")
    assert done.code == 0
    assert "already holds 2 articles" in done.error
    report = done.json()
    assert (report["added"], report["articles"], report["failed"]) == (0, 2, [])
    assert list(report["seconds"]) == ["read", "keywords", "vectors", "total"]


def test_another_writer_is_named(command: Command, folder: Path, tmp_path: Path) -> None:
    command("index", "sync", folder)
    with FileLock(tmp_path / "home" / ".lock"):
        for arguments in (("sync", folder), ("rebuild",), ("remove", "x")):
            done = command("index", *arguments)
            assert (done.code, done.out) == (1, "")
            assert "Another process is changing the archive" in done.error
        assert command("doctor", "--fix").code == 1
        assert "Another process" in command("doctor").error
    # Who had the lock was killed: the file is still there, the lock is not.
    assert (tmp_path / "home" / ".lock").exists()
    assert command("index", "sync", folder).code == 0


@pytest.mark.parametrize("stage", ["keywords", "vectors"])
def test_ctrl_c_says_what_is_kept(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    from index import Progress
    from ui import _command_index

    def strike(meter: object) -> Callable[[Progress], None]:
        def show(progress: Progress) -> None:
            if progress.stage == stage:
                raise KeyboardInterrupt

        return show

    with monkeypatch.context() as patch:
        patch.setattr(_command_index, "show_progress", strike)
        done = command("index", "sync", folder)
    assert (done.code, done.out) == (130, "")
    assert "2 articles are stored; the same command takes the rest." in done.error
    assert command("search", "storm", "--json").json()["results"]
    assert command("index", "sync", folder, "--json").json()["unchanged"] == 2
    assert command("index", "stats", "--json").json()["up_to_date"]


def test_nothing_heavy_is_imported_when_nothing_changed(command: Command, folder: Path) -> None:
    command("index", "sync", folder)
    script = (
        "import json, sys\n"
        "sys.path.insert(0, sys.argv[1] + '/tests')\n"
        "from hash_embedding import HashEmbedding\n"
        "import ui._open\n"
        "ui._open.embedding = lambda settings: HashEmbedding()\n"
        "from ui import main\n"
        "code = main(['index', 'sync', sys.argv[2]])\n"
        "heavy = {'chromadb', 'llama_index', 'onnxruntime', 'tokenizers', 'numpy', 'qa',\n"
        "         'nupunkt', 'trafilatura', 'watchfiles', 'gradio', 'openai', 'rensa', 'ftfy'}\n"
        "print(json.dumps([code, sorted(heavy & set(sys.modules))]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(REPOSITORY), str(folder)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )
    summary, found = done.stdout.splitlines()
    assert "2 unchanged" in summary
    assert json.loads(found) == [0, []]


# Watching -------------------------------------------------------------------------------------


class Watcher:
    """``pullquote index sync --watch`` as a process; a line of JSON for each round."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ui", "index", "sync", "--watch", "--json", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        )

    def report(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        return json.loads(line)


@pytest.fixture
def watch(command: Command) -> Iterator[Callable[..., Watcher]]:
    started: list[Watcher] = []
    # Started in the background of a shell, tests are deaf to Ctrl-C, and so would a child be.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def start(*arguments: str) -> Watcher:
        started.append(Watcher(*arguments))
        return started[-1]

    yield start
    for watcher in started:
        watcher.process.kill()
        watcher.process.communicate()
    signal.signal(signal.SIGINT, before)


def test_watch(watch: Callable[..., Watcher], command: Command, folder: Path) -> None:
    watcher = watch(str(folder), "--prune")
    assert watcher.report()["added"] == 2
    (folder / "third.txt").write_text("A zebra escaped from the circus.")
    assert watcher.report()["added"] == 1
    # Between rounds others can write: the lock is not held.
    article = command("index", "list", "--json").lines()[0]["id"]
    assert command("index", "remove", article).code == 0
    (folder / "third.txt").unlink()
    report = watcher.report()
    while not report["removed"]:
        report = watcher.report()
    # What cannot be read ends nothing.
    (folder / "bad.json").write_text("{")
    assert watcher.report()["failed"]
    # The folder goes and another takes its place.
    folder.rename(folder.with_name("old"))
    folder.mkdir()
    (folder / "new.txt").write_text("The opera opens its season.")
    report = watcher.report()
    while not report["added"]:
        report = watcher.report()
    time.sleep(0.5)  # it waits now
    watcher.process.send_signal(signal.SIGINT)
    _, error = watcher.process.communicate(timeout=60)
    assert watcher.process.returncode == 0, error
    assert "Watching for changes" in error
    assert "Traceback" not in error


def test_watch_of_nothing_is_wrong_usage(command: Command) -> None:
    assert command("index", "sync", "--watch", "nowhere").code == 2
