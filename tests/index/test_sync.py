"""What a sync makes of files that come, change and go; vectors are the archive's tests."""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from reading import PARAGRAPHS, page, write

from index import Archive, SyncReport, UsageError, _sync

SEEDS = Path(__file__).parents[2] / "seeds"
STORM = "The old bridge was closed after a storm. Repairs take seven weeks, the mayor said."
SHIPS = "Ships wait in the harbour. The pilots have been on strike since Monday."


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "home") as archive:
        yield archive


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text(STORM)
    (folder / "b.txt").write_text(SHIPS)
    return folder


def _counts(report: SyncReport) -> dict[str, int]:
    names = ("added", "updated", "unchanged", "removed", "duplicates")
    found = {name: getattr(report, name) for name in names} | {"failed": len(report.failed)}
    return {name: count for name, count in found.items() if count}


def _texts(archive: Archive) -> list[str]:
    return sorted(article.text for article in archive.articles())


def _describe(folder: Path, **tables: str) -> None:
    lines = [f'["{name}.txt"]\n{fields}\n' for name, fields in tables.items()]
    (folder / "articles.toml").write_text("".join(lines))


def test_added_unchanged_updated_removed(archive: Archive, folder: Path) -> None:
    report = archive.sync([folder])
    assert _counts(report) == {"added": 2}
    assert (report.articles, report.passages) == (2, 2)
    before = archive.version

    assert _counts(archive.sync([folder])) == {"unchanged": 2}
    assert archive.version == before

    (folder / "a.txt").write_text(STORM + " It rained.")
    (folder / "c.txt").write_text("A third story.")
    (folder / "b.txt").unlink()
    assert _counts(archive.sync([folder])) == {"updated": 1, "added": 1}
    assert len(archive.articles()) == 3
    # One that failed to be pruned before is found by the next sync.
    assert _counts(archive.sync([folder], prune=True)) == {"unchanged": 2, "removed": 1}
    assert _texts(archive) == sorted([STORM + " It rained.", "A third story."])
    assert [hit.article.text for hit in archive.search("ships harbour storm")] == [
        STORM + " It rained."
    ]


def test_the_documented_report(archive: Archive, folder: Path) -> None:
    (folder / "bad.json").write_text("{")
    (folder / "western.txt").write_bytes("Zürich wählt.".encode("cp1252"))
    report = archive.sync([folder])

    found = report.to_json()
    seconds = found.pop("seconds")
    failed = found.pop("failed")
    assert found == {
        "added": 3, "updated": 0, "unchanged": 0, "removed": 0, "duplicates": 0,
        "articles": 3, "passages": 3, "other_kinds": {},
    }  # fmt: skip
    assert set(seconds) == {"read", "keywords", "vectors", "total"}
    # What was lost by a fault is a failure; what went in all the same is a note.
    assert [set(entry) for entry in failed] == [{"source", "reason"}]
    assert failed[0]["source"].endswith("bad.json")
    assert [note.source for note in report.notes] == [(folder / "western.txt").as_posix()]
    json.dumps(found)


def test_ids_do_not_depend_on_how_a_path_is_written(
    archive: Archive, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "lines.jsonl").write_text('{"text": "One."}\n{"text": "Two."}\n')
    (folder / "link").symlink_to(folder)
    monkeypatch.chdir(folder.parent)

    assert _counts(archive.sync([Path("articles")])) == {"added": 4}
    for written in ("./articles/", "articles/../articles", str(folder), "articles/link"):
        assert _counts(archive.sync([Path(written)], prune=True)) == {"unchanged": 4}
    source = {a.text: a.source for a in archive.articles()}
    assert source[STORM] == "articles/a.txt"
    assert source["Two."] == "articles/lines.jsonl#2"


def test_an_id_stays_when_what_is_known_changes(archive: Archive, folder: Path) -> None:
    record = {
        "url": "https://post.example/2023/strike-ends.html?x=1",
        "title": "T",
        "text": "Over.",
    }
    (folder / "r.json").write_text(json.dumps(record))
    archive.sync([folder])
    before = {a.source: a.id for a in archive.articles()}
    assert before[record["url"]].startswith("strike-ends-")

    (folder / "r.json").write_text(json.dumps(record | {"title": "Corrected"}))
    _describe(folder, a='title = "Storm"\noutlet = "Harbour Post"')

    assert _counts(archive.sync([folder], prune=True)) == {"updated": 2, "unchanged": 1}
    assert {a.source: a.id for a in archive.articles()} == before


def test_copies(archive: Archive, folder: Path) -> None:
    (folder / "copy.txt").write_text(STORM)
    (folder / "other.txt").write_text(STORM)
    _describe(folder, other='outlet = "Another Outlet"')

    assert _counts(archive.sync([folder])) == {"added": 3, "duplicates": 1}
    assert _counts(archive.sync([folder])) == {"unchanged": 3, "duplicates": 1}

    # The original goes: the copy is none any more. So is one whose original was rewritten.
    (folder / "a.txt").unlink()
    assert _counts(archive.sync([folder], prune=True)) == {
        "unchanged": 2, "removed": 1, "added": 1,
    }  # fmt: skip
    (folder / "d.txt").write_text(SHIPS)
    (folder / "b.txt").write_text("Something else.")
    assert _counts(archive.sync([folder])) == {"unchanged": 2, "updated": 1, "added": 1}
    assert _texts(archive) == sorted([STORM, STORM, SHIPS, "Something else."])


def test_the_same_id_twice(archive: Archive, folder: Path) -> None:
    _describe(folder, a='id = "x#1"', b='id = "x#1"')

    report = archive.sync([folder])

    assert _counts(report) == {"added": 1, "failed": 1}
    assert "x#1" in report.failed[0].reason
    assert archive.article("x#1").text == STORM


def test_a_record_in_the_dumps_of_two_days_is_one_article(archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "dumps"
    folder.mkdir()
    record = {"url": "https://example.org/one", "text": "The bridge is open. It was closed."}
    other = {"url": "https://example.org/two", "text": "The mayor resigned. Nobody knows why."}
    (folder / "b.jsonl").write_text(f"{json.dumps(record)}\n{json.dumps(other)}\n")
    archive.sync([folder])
    # A dump whose name comes first has one of them too.
    (folder / "a.jsonl").write_text(f"{json.dumps(record)}\n")
    for _ in range(2):
        report = archive.sync([folder], prune=True)
        assert (report.unchanged, report.duplicates, report.failed) == (2, 1, [])
    (folder / "a.jsonl").unlink()
    report = archive.sync([folder], prune=True)
    assert (report.unchanged, report.duplicates, report.removed) == (2, 0, 0)
    (folder / "c.jsonl").write_text(f"{json.dumps(record)}\n")
    (folder / "b.jsonl").write_text(f"{json.dumps(other)}\n")
    report = archive.sync([folder], prune=True)
    assert (report.unchanged, report.removed, report.failed) == (2, 0, [])
    (folder / "c.jsonl").unlink()
    assert archive.sync([folder], prune=True).removed == 1


def test_a_path_that_is_not_there_changes_nothing(archive: Archive, folder: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        archive.sync([folder, folder / "nowhere"], prune=True)
    assert archive.articles() == []


def test_prune_stays_below_the_paths_given(archive: Archive, folder: Path, tmp_path: Path) -> None:
    beside = tmp_path / "articles-too"
    beside.mkdir()
    (beside / "c.txt").write_text("A third story.")
    archive.sync([folder, beside])
    shutil.rmtree(beside)
    (folder / "a.txt").unlink()

    assert _counts(archive.sync([folder], prune=True)) == {"unchanged": 1, "removed": 1}
    assert _texts(archive) == ["A third story.", SHIPS]


@pytest.mark.parametrize("fault", ["file", "line"])
def test_prune_keeps_what_could_not_be_read(archive: Archive, folder: Path, fault: str) -> None:
    deep = folder / "deep"
    deep.mkdir()
    (deep / "two.jsonl").write_text('{"id": "one", "text": "One."}\n{"id": "two", "text": "Two."}')
    archive.sync([folder])
    (folder / "a.txt").unlink()
    if fault == "file":
        (deep / "two.jsonl").write_bytes(b"\0\0\xff")
    else:
        (deep / "two.jsonl").write_text('{"id": "one", "text": "One."}\n{"id": "two", "te')

    report = archive.sync([folder], prune=True)

    # The file that is gone for certain goes.
    assert report.removed == 1
    assert report.failed
    assert _texts(archive) == ["One.", SHIPS, "Two."]
    assert any("kept" in note.reason for note in report.notes)

    (deep / "two.jsonl").write_text('{"id": "one", "text": "One."}')
    assert _counts(archive.sync([folder], prune=True)) == {"unchanged": 2, "removed": 1}


def test_prune_keeps_what_was_below_a_folder_that_is_none(archive: Archive, folder: Path) -> None:
    archive.sync([folder])
    shutil.rmtree(folder)
    os.mkfifo(folder)

    assert _counts(archive.sync([folder], prune=True)) == {"failed": 1}
    assert len(archive.articles()) == 2


def test_prune_with_a_broken_articles_toml(archive: Archive, folder: Path) -> None:
    _describe(folder, a='id = "storm"\noutlet = "Harbour Post"', b='id = "ships"')
    archive.sync([folder])
    sound = (folder / "articles.toml").read_text()
    (folder / "articles.toml").write_text(sound + "[broken")
    (folder / "b.txt").unlink()

    report = archive.sync([folder], prune=True)

    # The id of a.txt cannot be known; that b.txt is gone can.
    assert archive.article("storm").outlet == "Harbour Post"
    assert report.removed == 1
    assert any("not valid TOML" in note.reason for note in report.notes)
    # Mended, with one file too many described, which is no reason to keep anything.
    (folder / "articles.toml").write_text(sound)
    report = archive.sync([folder], prune=True)
    assert [a.id for a in archive.articles()] == ["storm"]


def test_batches_are_one_sync(
    archive: Archive, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_sync, "BATCH", 2)
    for n in range(5):
        (folder / f"more{n}.txt").write_text(f"Story {n}. It is short.")
    steps: list[tuple[str, int]] = []

    archive.sync([folder], progress=lambda p: steps.append((p.stage, p.done)))

    assert [done for stage, done in steps if stage == "read"] == list(range(1, 8))
    assert archive.stats()["keywords"] == archive.counts()["passages"] == 7
    (folder / "a.txt").write_text("Rewritten.")
    (folder / "z.txt").write_text("Another.")
    archive.sync([folder])
    assert archive.search("storm") == []
    assert archive.search("rewritten")[0].article.text == "Rewritten."


def test_seeds_go_in_as_they_are(archive: Archive) -> None:
    report = archive.sync([SEEDS])

    assert _counts(report) == {"added": 5}
    assert report.notes == []
    for article in archive.articles():
        sentences = archive.sentences(article.id)
        passages = archive.passages(article.id)
        assert all(article.text[s.start : s.end] == s.text for s in (*sentences, *passages))
        assert passages[-1].last_sentence == len(sentences) - 1


def test_pages_that_name_one_address_and_members_of_an_archive_are_articles_of_their_own(
    archive: Archive, tmp_path: Path
) -> None:
    canonical = "<link rel='canonical' href='https://courier.example/news'>"
    for name, text in zip("abc", PARAGRAPHS, strict=False):
        write(tmp_path / "in" / f"{name}.html", page(canonical, body=[text, PARAGRAPHS[3]]))
    with zipfile.ZipFile(tmp_path / "in" / "d.zip", "w") as packed:
        for name in ("x/e.txt", "y/e.txt"):
            packed.writestr(name, f"{name}: {PARAGRAPHS[0]}")

    first = archive.sync([tmp_path / "in"], prune=True)
    ids = sorted(article.id for article in archive.articles())
    again = archive.sync([tmp_path / "in" / ".." / "in"], prune=True)

    assert (first.added, first.failed) == (5, [])
    assert (again.unchanged, again.removed, again.added) == (5, 0, 0)
    assert sorted(article.id for article in archive.articles()) == ids
