"""Killed at any moment, or out of disk: nothing stored is lost, and the same command completes.

    python -m pytest tests/index/test_crash.py --kills 100

kills every operation so often; in continuous integration it is a few times each.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
from hash_embedding import HashEmbedding

from index import Archive, ArchiveError, Progress, UnknownArticle, _sync, sha256_hex
from index._sentences import split_sentences

ROOT = Path(__file__).parents[2]
WIKINEWS = ROOT / "evals" / "suites" / "wikinews" / "articles.jsonl"
SEED = 20231104
BATCH = 4  # small, so that there are many commits to be killed between
REMOVED = 5

Operation = Callable[[Archive, Path], None]
Acknowledged = dict[str, str]


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes that start quickly, because what they import is there already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["llama_index.vector_stores.chroma", "index", "hash_embedding"])
    return context


@dataclass(frozen=True)
class States:
    """A corpus at two times: articles come, go and change from ``before`` to ``after``."""

    before: Path
    after: Path

    def ids(self, state: Path) -> set[str]:
        return {json.loads(line)["id"] for line in state.read_text().splitlines()}


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> States:
    folder = tmp_path_factory.mktemp("states")
    records = [json.loads(line) for line in WIKINEWS.read_text().splitlines()]
    records = [record | {"id": f"w{n}"} for n, record in enumerate(records)]
    changed = [r | {"text": r["text"] + "\n\nThis is a later version."} for r in records[:6]]
    found = States(folder / "before.jsonl", folder / "after.jsonl")
    for path, state in ((found.before, records[:15]), (found.after, changed + records[10:22])):
        path.write_text("".join(json.dumps(record) + "\n" for record in state))
    return found


# What is done; each must complete when it is done again.


def sync(archive: Archive, corpus: Path, progress: Callable[[Progress], None]) -> None:
    archive.sync([corpus], progress=progress)


def prune(archive: Archive, corpus: Path, progress: Callable[[Progress], None]) -> None:
    archive.sync([corpus], prune=True, progress=progress)


def rebuild(archive: Archive, corpus: Path, progress: Callable[[Progress], None]) -> None:
    archive.rebuild(progress=progress)


def remove(archive: Archive, corpus: Path, progress: Callable[[Progress], None]) -> None:
    with suppress(UnknownArticle):  # it had been removed before the kill
        archive.remove([f"w{n}" for n in range(REMOVED)])


OPERATIONS = {"sync": sync, "prune": prune, "rebuild": rebuild, "remove": remove}


def _stored(home: Path) -> Acknowledged:
    """Id and hash of every article that a connection of its own finds."""
    with closing(sqlite3.connect(home / "archive.sqlite")) as db:
        return dict(db.execute("SELECT id, text_sha256 FROM articles").fetchall())


def _child(name: str, home: Path, corpus: Path, pipe: Connection) -> None:
    """Does the operation, and says what is stored after every step that says it is."""
    split_sentences("Load the model. Then begin.", "a")
    _sync.BATCH = BATCH

    def acknowledge(progress: Progress) -> None:
        if progress.stage != "read":
            pipe.send(_stored(home))

    with Archive.open(home, embedding=HashEmbedding()) as archive:
        pipe.send(None)
        OPERATIONS[name](archive, corpus, acknowledge)
    pipe.send("end")


def _run(
    processes: ForkServerContext,
    name: str,
    home: Path,
    corpus: Path,
    kill_after: float | None = None,
) -> tuple[float, bool, Acknowledged]:
    """Seconds it took, whether it was killed, and what it had acknowledged last."""
    ours, theirs = processes.Pipe()
    child = processes.Process(target=_child, args=(name, home, corpus, theirs))
    child.start()
    theirs.close()
    assert ours.poll(120)
    assert ours.recv() is None
    start = time.monotonic()
    if kill_after is not None:
        time.sleep(kill_after)
        child.kill()
    acknowledged: Acknowledged = {}
    with suppress(EOFError):
        while (said := ours.recv()) != "end":
            acknowledged = said
    seconds = time.monotonic() - start
    child.join(120)
    assert child.exitcode in (0, -signal.SIGKILL)
    return seconds, child.exitcode != 0, acknowledged


def _content(archive: Archive) -> dict[str, Any]:
    return {a.id: (a, archive.sentences(a.id), archive.passages(a.id)) for a in archive.articles()}


def _check_usable(home: Path, acknowledged: Acknowledged, gone: set[str]) -> None:
    """It opens, its file is sound, what was acknowledged is there, and searching works."""
    with closing(sqlite3.connect(home / "archive.sqlite")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with Archive.open(home, embedding=HashEmbedding()) as archive:
        articles = {article.id: article for article in archive.articles()}
        stored = _stored(home)
        for article_id in acknowledged.keys() - gone:
            assert articles[article_id].text_sha256 == stored[article_id]
        for article in articles.values():
            assert sha256_hex(article.text) == article.text_sha256
            for passage in archive.passages(article.id):
                assert article.text[passage.start : passage.end] == passage.text
        for hit in archive.search("What did the government say?"):
            assert hit.article.text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert articles or not acknowledged


def _picture(home: Path) -> dict[str, Any]:
    """All that must be the same: articles, cuts, sizes of the indexes, what searches find."""
    with Archive.open(home, embedding=HashEmbedding()) as archive:
        assert [finding for finding in archive.check() if not finding.well] == []
        stats = archive.stats()
        names = ("articles", "sentences", "passages", "keywords", "vectors", "embedding")
        return {
            "articles": _content(archive),
            "stats": {name: stats[name] for name in (*names, "up_to_date")},
            "found": {
                article.id: (
                    _best(archive.keyword_ranking(article.title or "", 20)),
                    _best(archive.dense_ranking(article.title or "", 20)),
                )
                for article in sorted(archive.articles(), key=lambda a: a.id)[::4]
            },
        }


def _best(ranking: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Without those tied for the last place, of which any may be there; equals by id."""
    rounded = [(passage_id, round(score, 3)) for passage_id, score in ranking]
    kept = [pair for pair in rounded if pair[1] > rounded[-1][1]]
    return sorted(kept, key=lambda pair: (-pair[1], pair[0]))


@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", OPERATIONS)
def test_killed_at_any_moment(
    name: str,
    tmp_path: Path,
    states: States,
    processes: ForkServerContext,
    request: pytest.FixtureRequest,
) -> None:
    base, home, undisturbed = tmp_path / "base", tmp_path / "home", tmp_path / "undisturbed"
    with Archive.open(base, embedding=HashEmbedding()) as archive:
        archive.sync([states.before])
    existing = _stored(base)
    shutil.copytree(base, undisturbed)
    seconds, _, _ = _run(processes, name, undisturbed, states.after)
    final, expected = _stored(undisturbed), _picture(undisturbed)
    gone = existing.keys() - final.keys()
    # The generator is the operation's own, so that the moments do not depend on the others.
    rng = random.Random(f"{SEED} {name}")
    kills, wanted = 0, request.config.getoption("--kills")

    for _ in range(10 * wanted):
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(base, home)
        moment = rng.uniform(0, seconds)
        took, killed, acknowledged = _run(processes, name, home, states.after, moment)
        kills += killed
        if not killed:  # the machine is less busy than it was
            seconds = min(seconds, took)
        # What was there before counts as acknowledged: it was, by the sync that put it there.
        _check_usable(home, existing | acknowledged, gone)
        for article_id, digest in acknowledged.items():
            if article_id not in gone:
                assert _stored(home)[article_id] in (digest, final[article_id])
        with Archive.open(home, embedding=HashEmbedding()) as archive:
            OPERATIONS[name](archive, states.after, lambda progress: None)
        assert _picture(home) == expected
        if kills == wanted:
            break
    assert kills == wanted


# --- no room left ---------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A folder that holds so many bytes; called again, it holds another number of them."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = False

    def resize(size: int) -> Path:
        nonlocal mounted
        options = f"size={size}" + (",remount" if mounted else "")
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"no small disk can be made here: {done.stderr.strip()}")
        mounted = True
        return folder

    if os.name != "posix" or shutil.which("mount") is None:
        pytest.skip("no small disk can be made here: there is no mount command")
    yield resize
    if mounted:
        # Lazily: the archive's files may still be mapped.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("share", [0.2, 0.35, 0.55, 0.75, 0.9])
def test_a_full_disk(
    share: float,
    tmp_path: Path,
    states: States,
    small_disk: Callable[[int], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_sync, "BATCH", BATCH)
    undisturbed = tmp_path / "undisturbed"
    with Archive.open(undisturbed, embedding=HashEmbedding()) as archive:
        archive.sync([states.after])
        needed = int(archive.stats()["bytes"])
    expected = _picture(undisturbed)
    home = small_disk(int(needed * share)) / "home"
    acknowledged: Acknowledged = {}

    def acknowledge(progress: Progress) -> None:
        if progress.stage != "read":
            acknowledged.update(_stored(home))

    with Archive.open(home, embedding=HashEmbedding()) as archive:
        with pytest.raises(ArchiveError, match="no room left") as caught:
            archive.sync([states.after], progress=acknowledge)
        assert "Free some space" in caught.value.hint
        # The same process goes on serving what was searchable.
        assert archive.search("What did the government say?") or not acknowledged
    _check_usable(home, acknowledged, set())
    small_disk(needed * 8)
    with Archive.open(home, embedding=HashEmbedding()) as archive:
        archive.sync([states.after])
    assert _picture(home) == expected


def test_a_disk_filled_by_others(
    tmp_path: Path, states: States, small_disk: Callable[[int], Path]
) -> None:
    disk = small_disk(200_000_000)
    home, question = disk / "home", "What did the government say?"
    with Archive.open(home, embedding=HashEmbedding()) as archive:
        archive.sync([states.before])
        expected = [hit.passage.id for hit in archive.search(question, k=5)]
    with (disk / "filler").open("wb", buffering=0) as filler:
        with suppress(OSError):
            while filler.write(bytes(1 << 16)):
                pass
        filler.truncate(filler.tell() - 100_000)  # room to open SQLite, and no more
    with Archive.open(home, embedding=HashEmbedding()) as archive:
        assert [hit.passage.id for hit in archive.search(question, k=5)] == expected
        for change in (
            lambda: archive.sync([states.after]),
            archive.rebuild,
            lambda: archive.remove(["w0", "w1"]),
        ):
            with pytest.raises(ArchiveError, match="no room left"):
                change()
        assert archive.search(question, k=5)
    (disk / "filler").unlink()
    with Archive.open(home, embedding=HashEmbedding()) as archive:
        archive.sync([states.after])
    with Archive.open(tmp_path / "undisturbed", embedding=HashEmbedding()) as archive:
        archive.sync([states.before])
        archive.sync([states.after])
    assert _picture(home) == _picture(tmp_path / "undisturbed")
