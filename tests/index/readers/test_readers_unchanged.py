"""What a daily sync asks before a file is parsed, and readers from elsewhere."""

import os
import sys
import types
from pathlib import Path

import pytest
from reading import ARTICLE, page, read, write

from index import UsageError, read_path
from index._readers import files


class _Memory:
    """A sync's memory of fingerprints."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.asked: list[str] = []

    def __call__(self, file: str, fingerprint: str) -> bool:
        self.asked.append(Path(file).name)
        same = self.known.get(file) == fingerprint
        self.known[file] = fingerprint
        return same


def _folder(path: Path) -> Path:
    write(path / "a.html", page())
    write(path / "b.txt", ARTICLE)
    write(path / "c.jsonl", '{"text": "One."}\n{"text": "Two."}\n')
    write(path / "articles.toml", '["b.txt"]\nid = "b"\n')
    return path


def test_what_is_unchanged_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, memory = _folder(tmp_path), _Memory()
    assert len(read(folder, unchanged=memory)[0]) == 4

    def unwanted(*_: object) -> None:
        pytest.fail("a file that is unchanged was parsed")

    monkeypatch.setattr(files.Kinds, "read", unwanted)

    assert read(folder, unchanged=memory) == ([], [])
    assert memory.asked == ["a.html", "b.txt", "c.jsonl"] * 2


@pytest.mark.parametrize(
    ("change", "again"),
    [
        (lambda folder: write(folder / "a.html", page() + " "), ["a.html"]),
        (lambda folder: os.utime(folder / "a.html"), []),
        (lambda folder: write(folder / "articles.toml", '["b.txt"]\nid = "b"\ntitle = "T"\n'),
         ["b.txt"]),
        (lambda folder: (folder / "articles.toml").unlink(), ["b.txt"]),
        (lambda folder: write(folder / "articles.csv", "file,outlet\na.html,Courier\n"),
         ["a.html"]),
        (lambda folder: (folder / "b.txt").rename(folder / "b.md"), ["b.md"]),
    ],
)  # fmt: skip
def test_what_makes_a_file_changed(tmp_path: Path, change: object, again: list[str]) -> None:
    folder, memory = _folder(tmp_path), _Memory()
    read(folder, unchanged=memory)
    change(folder)  # type: ignore[operator]

    documents, failures = read(folder, unchanged=memory)

    assert sorted({Path(document.file).name for document in documents}) == again
    assert not any(failure.fatal for failure in failures)


def test_another_reading_makes_every_file_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, memory = _folder(tmp_path), _Memory()
    read(folder, unchanged=memory)
    monkeypatch.setattr(files, "READING", files.READING + 1)

    assert len(read(folder, unchanged=memory)[0]) == 4


def test_asked_or_not_the_same_documents(tmp_path: Path) -> None:
    folder = _folder(tmp_path)

    assert read(folder) == read(folder, unchanged=lambda *_: False)


# --- llama-index readers ----------------------------------------------------------------------


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    from llama_index.core.readers.base import BaseReader
    from llama_index.core.schema import Document

    class Upper(BaseReader):
        def load_data(self, file: Path, **_: object) -> list[Document]:  # type: ignore[override]
            text = file.read_text()
            if text == "bad":
                raise RuntimeError("no such\nluck")
            return [
                Document(text=part.upper(), metadata={"author": "Ana Berg", "source": str(file)})
                for part in text.split("|")
            ]

    class Paged(BaseReader):
        def load_data(self, file: Path, **_: object) -> list[Document]:  # type: ignore[override]
            return [Document(text=text, metadata={"page_label": text}) for text in ("1", "2")]

    module = types.ModuleType("some_readers")
    module.Upper, module.Paged, module.number = Upper, Paged, 7  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "some_readers", module)
    return module


def test_a_reader_of_llama_index_by_name(tmp_path: Path, library: types.ModuleType) -> None:
    readers = {".abc": "some_readers:Upper", ".xyz": "some_readers:Paged"}
    write(tmp_path / "a.abc", "one|two")
    write(tmp_path / "b.abc", "bad")
    write(tmp_path / "c.abc", "one")
    write(tmp_path / "d.xyz", "")

    documents, [failure] = read(tmp_path, readers=readers)

    assert [(Path(d.file).name + d.fragment, d.text, d.author, d.outlet) for d in documents] == [
        ("a.abc#1", "ONE", "Ana Berg", None), ("a.abc#2", "TWO", "Ana Berg", None),
        ("c.abc", "ONE", "Ana Berg", None), ("d.xyz", "1\n\n2", None, None),
    ]  # fmt: skip
    assert failure.reason == "some_readers:Upper failed (RuntimeError: no such luck)"
    assert read(tmp_path) == ([], [])


@pytest.mark.parametrize(
    ("suffix", "name", "hint"),
    [
        (".abc", "no_such_package:Reader", "Install the package"),
        (".abc", "some_readers:Missing", "Check its name"),
        (".abc", "some_readers:number", "load_data"),
        (".abc", "some_readers.Upper", "package.module:Class"),
        ("abc", "some_readers:Upper", "with its dot"),
    ],
)
def test_a_reader_that_is_none_is_refused(
    tmp_path: Path, library: types.ModuleType, suffix: str, name: str, hint: str
) -> None:
    with pytest.raises(UsageError, match=r"\S") as raised:
        read_path(tmp_path, pytest.fail, readers={suffix: name})

    assert hint in raised.value.hint
