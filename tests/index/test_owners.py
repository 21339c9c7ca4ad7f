"""Which file an id belongs to: what moves goes along, what has the id by mistake is named."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Archive, SyncReport
from index._article import derive_id
from index._owners import Owners
from index._prepare import derived_id
from index._store.store import Store
from index._sync import read_into_store

FLOOD = "A flood hit the town of Tarn on Monday, the mayor said."
FIRE = "A fire burned a mill near Lund on Friday, the police said."


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "home") as archive:
        yield archive


def _write(path: Path, texts: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps({"id": i, "text": t}) + "\n" for i, t in texts.items()))
    return path


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        (lambda a: None, False),
        (lambda a: _write(a, {"1": FLOOD, "2": "Another."}), False),
        (lambda a: _write(a, {"2": FLOOD}), True),
        (lambda a: a.unlink(), True),
        # Whether it holds the id cannot be told.
        (lambda a: a.write_bytes(b"\0\0\xff"), False),
        (lambda a: a.write_text(""), False),
        (lambda a: a.write_text('{"id": "1", "te'), False),
    ],
)
@pytest.mark.parametrize("together", [False, True])
def test_an_id_of_another_file_is_taken_over_only_where_that_file_has_it_no_more(
    archive: Archive, tmp_path: Path, change: Callable[[Path], object], moved: bool, together: bool
) -> None:
    a = _write(tmp_path / "z.jsonl", {"1": FLOOD})
    archive.sync([a])
    change(a)
    b = _write(tmp_path / "b.jsonl", {"1": FIRE})

    for _ in range(2):
        report = archive.sync([b, a] if together and a.exists() else [b])
        assert archive.article("1").text == (FIRE if moved else FLOOD)
        named = [f.reason for f in report.failed if f.source.endswith("b.jsonl#1")]
        assert len(named) == (not moved)
        assert all(str(a.resolve()) in reason for reason in named)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_sync_holds_each_document_or_names_it(data: st.DataObject) -> None:
    """Whatever files held before, and whichever of them were read."""
    names = st.sampled_from(["a", "b", "c"])
    with tempfile.TemporaryDirectory() as name, closing(Store(Path(name) / "db")) as store:
        folder = Path(name).resolve()
        for _ in range(data.draw(st.integers(2, 8))):
            for file in data.draw(st.lists(names, unique=True, max_size=2)):
                words = data.draw(st.dictionaries(st.sampled_from("123"), st.sampled_from("XY")))
                _write(folder / f"{file}.jsonl", {i: f"{word} {i}." for i, word in words.items()})
            if gone := data.draw(st.none() | names):
                (folder / f"{gone}.jsonl").unlink(missing_ok=True)
            asked = data.draw(st.lists(names, unique=True, min_size=1))
            paths = [p for p in (folder / f"{file}.jsonl" for file in asked) if p.exists()]
            report = SyncReport()
            read_into_store(
                store, paths, prune=False, report=report, on_batch=lambda *_: None,
                progress=lambda _: None, readers={},
            )  # fmt: skip

            lost = {failure.source for failure in report.failed}
            texts = {article.id: article.text for article in store.articles()}
            owners = dict(store.ids_by_file())
            for path in paths:
                for n, line in enumerate(path.read_text().splitlines(), 1):
                    record = json.loads(line)
                    held = texts.get(record["id"]) == record["text"]
                    assert held != (f"{path}#{n}" in lost)
            assert store.unowned_files() == []
            # What is remembered holds what is its own alone, so it need not be read again.
            for file in store.files():
                if Path(file).exists() and Path(file) in paths:
                    ids = [json.loads(line)["id"] for line in Path(file).read_text().splitlines()]
                    assert {owners[i] for i in ids} == {file}


def test_a_file_whose_ids_an_earlier_version_gave_away_is_read_again(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = _write(tmp_path / "a.jsonl", {"1": FLOOD}), _write(tmp_path / "b.jsonl", {"1": FIRE})
    archive.sync([a])
    with monkeypatch.context() as earlier:
        earlier.setattr(Owners, "rival", lambda *_: None)
        earlier.setattr("index._store.write.give", lambda *_: None)
        assert archive.sync([b]).updated == 1

    found = {finding.what: finding for finding in archive.check()}["files"]
    assert not found.well
    assert str(a) in found.detail
    [failure] = archive.sync([a]).failed
    assert str(b) in failure.reason
    archive.check(fix=True)
    assert {finding.what: finding.well for finding in archive.check()}["files"]
    assert len(archive.sync([a]).failed) == 1


def test_what_has_a_shorter_id_keeps_it(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids of 32 bits met in large files; whoever has one keeps it, the other is held as well."""
    folder = tmp_path.resolve() / "in"
    folder.mkdir()
    file = folder / "articles.jsonl"
    first, second = _meeting("articles", str(file))
    lines = [""] * second
    lines[first - 1] = json.dumps({"text": FLOOD})
    lines[second - 1] = json.dumps({"text": FIRE})
    page = folder / "page.jsonl"
    page.write_text(json.dumps({"url": "https://example.org/tarn.html", "text": "A page."}))
    file.write_text("\n".join(lines))
    with monkeypatch.context() as earlier:
        earlier.setattr("index._owners.derived_id", partial(derived_id, digits=8))
        assert len(archive.sync([folder]).failed) == 1
    before = {article.text: article.id for article in archive.articles()}
    assert sorted(before) == sorted([FLOOD, "A page."])

    report = archive.sync([folder], prune=True)

    assert (report.added, report.unchanged, report.failed) == (1, 2, [])
    after = {article.text: article.id for article in archive.articles()}
    assert after[FIRE] == derive_id("articles", f"{file}#{second}")
    assert after == before | {FIRE: after[FIRE]}
    # Changed, and the record with an address found elsewhere: the ids stay.
    lines[first - 1] = json.dumps({"text": FLOOD + " It rained."})
    file.write_text("\n".join(lines))
    page.rename(folder / "another.jsonl")
    report = archive.sync([folder], prune=True)
    assert (report.updated, report.unchanged, report.failed) == (1, 2, [])
    assert {article.id for article in archive.articles()} == set(after.values())


def _meeting(name: str, file: str) -> tuple[int, int]:
    """Two lines of a file whose ids of eight digits are one."""
    met: dict[str, int] = {}
    for n in range(1, 1_000_000):
        other = met.setdefault(derive_id(name, f"{file}#{n}", digits=8), n)
        if other != n:
            return other, n
    raise AssertionError("no two of a million")
