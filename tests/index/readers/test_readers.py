import json
import os
import random
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index._readers import Failure, RawDocument, read_path

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "data"


def _read(path: Path) -> tuple[list[RawDocument], list[Failure]]:
    failures: list[Failure] = []
    return list(read_path(path, failures.append)), failures


def _write(path: Path, data: str | bytes | object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(data, str):
        data = data.encode("utf-8")
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return path


# --- text files -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"Plain.", "Plain."),
        ("Žižek – “quoted”".encode(), "Žižek – “quoted”"),
        ("Žižek".encode("utf-8-sig"), "Žižek"),
        ("Žižek".encode("utf-16"), "Žižek"),
        (b"\xfe\xff" + "Žižek".encode("utf-16-be"), "Žižek"),
        ("Žižek".encode("utf-32"), "Žižek"),
        (b"one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        ("a\u2028b\x85c".encode(), "a\u2028b\x85c"),
    ],
)
def test_text_of_a_file(tmp_path: Path, data: bytes, text: str) -> None:
    path = _write(tmp_path / "a.txt", data)

    documents, failures = _read(path)

    assert documents == [RawDocument(source=path.as_posix(), file=path.as_posix(), text=text)]
    assert failures == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"Text with \0 in it", "not text"),
        ("no mark".encode("utf-16-le"), "not text"),
        (b"\xff\xfeodd", "not text"),
        (bytes(range(1, 256)) * 4, "not text"),
        (b"\x89PNG\r\n\x1a\n" + b"\x1f\x90\xfa\xde" * 50, "not text"),
        (random.Random(5).randbytes(3000).translate(None, bytes(32)), "not text"),
    ],
)
def test_what_is_no_text_is_named(tmp_path: Path, data: bytes, reason: str) -> None:
    path = _write(tmp_path / "a.txt", data)

    documents, [failure] = _read(path)

    assert documents == []
    assert failure.source == path.as_posix()
    assert failure.reason.startswith(reason)
    assert failure.fatal


def test_windows_1252_is_read_and_said(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.txt", "The café’s owner said “no” on Monday.".encode("cp1252"))

    [document], [failure] = _read(path)

    assert document.text == "The café’s owner said “no” on Monday."
    assert failure == Failure(path.as_posix(), "not UTF-8, read as Windows-1252", fatal=False)


def test_a_damaged_character_does_not_turn_the_others_into_nonsense(tmp_path: Path) -> None:
    data = "The café’s owner said “no”.".encode()
    path = _write(tmp_path / "a.txt", data[:-2])  # cut off in the middle of the last quote

    [document], [failure] = _read(path)

    assert document.text == "The café’s owner said “no�"
    assert "1 damaged" in failure.reason
    assert not failure.fatal


# --- records --------------------------------------------------------------------------------


def test_fields_and_their_other_names(tmp_path: Path) -> None:
    records = [
        {"id": "a", "url": "https://x.example/1", "title": "T", "outlet": "O", "author": "A",
         "published": "2023-11-05", "text": "One."},
        {"id": 7, "source": "O", "authors": ["A", "B"], "published_at": "2023-11-05T10:00:00Z",
         "body": "Two."},
        {"publisher": {"id": None, "name": "O"}, "author": {"name": "A"},
         "date": "2023-11-05 10:00:00+01:00", "content": "Three.", "extra": [1]},
        {"id": True, "author": [1], "authors": [], "title": " \n ", "outlet": None, "source": {},
         "date": "", "text": "Four."},
    ]  # fmt: skip
    path = _write(tmp_path / "a.json", records)
    name = path.as_posix()

    documents, failures = _read(path)

    assert failures == [
        Failure(name, "record 4: id True left out: not a text", fatal=False),
        Failure(name, "record 4: author [1] left out: not a text", fatal=False),
    ]
    assert documents == [
        RawDocument("https://x.example/1", name, "One.", id="a", title="T", outlet="O", author="A",
                    published="2023-11-05", url="https://x.example/1", fragment="#1"),
        RawDocument(f"{name}#2", name, "Two.", id="7", outlet="O", author="A, B",
                    published="2023-11-05T10:00:00+00:00", fragment="#2"),
        RawDocument(f"{name}#3", name, "Three.", outlet="O", author="A",
                    published="2023-11-05T10:00:00+01:00", fragment="#3"),
        RawDocument(f"{name}#4", name, "Four.", fragment="#4"),
    ]  # fmt: skip


def test_one_json_object_is_one_document(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.json", {"title": "T", "text": "One."})

    [document], [] = _read(path)

    assert document.source == path.as_posix()


@pytest.mark.parametrize(
    "stated",
    ["last week", "05/11/2023", "2023-13-01", "2023-11-05Z", 1699142400, 20231105, True, {"y": 1}],
)
def test_a_date_that_is_not_certain_stays_unknown(tmp_path: Path, stated: object) -> None:
    path = _write(tmp_path / "a.json", {"text": "One.", "date": stated})

    [document], [failure] = _read(path)

    assert document.published is None
    assert failure.reason == f"date {stated!r} left out: not a date that is certain"
    assert not failure.fatal


def test_every_date_that_is_read_has_a_day(tmp_path: Path) -> None:
    stated = ["2023-11-05", "20231105", "2023-W44-7", "2023-11-05T23:00", "2023-11-05T10:00:00.5Z"]
    path = _write(tmp_path / "a.json", [{"text": "x", "date": value} for value in stated])

    documents, failures = _read(path)

    assert failures == []
    assert [(document.published or "")[:10] for document in documents] == ["2023-11-05"] * 5


def test_bad_lines_are_named_and_the_others_read(tmp_path: Path) -> None:
    lines = [
        b'\xef\xbb\xbf{"id": "a", "text": "One."}',
        b'{"id": "b", "text": "Two.',
        b"",
        b'{"id": "c"}',
        b"[1, 2]",
        b'{"id": "d", "text": "\xff"}',
        b'{"id": "a", "text": "Again."}',
        b'{"id": "e", "text": 5}',
        b'{"id": "f", "text": " "}',
        b"[" * 100_000,
        b"9" * 10_000,
        b'{"id": "g", "text": "a\xe2\x80\xa8b\xc2\x85c"}\r',
        b'{"url": "https://x.example/", "text": "Three."}',
        b'{"url": "https://x.example/", "text": "Four."}',
        b'{"url": "https://x.example/", "id": "h", "text": "Five."}',
        b"null",
    ]
    path = _write(tmp_path / "a.jsonl", b"\n".join(lines))

    documents, failures = _read(path)

    assert [document.text for document in documents] == [
        "One.", "a\u2028b\x85c", "Three.", "Five.",
    ]  # fmt: skip
    assert [document.source for document in documents[:2]] == [
        f"{path.as_posix()}#1", f"{path.as_posix()}#12",
    ]  # fmt: skip
    reasons = [failure.reason for failure in failures]
    assert [reason.split(":")[0] for reason in reasons] == [
        "line 2", "line 4", "line 5", "line 6", "line 7", "line 8", "line 9", "line 10", "line 11",
        "line 14", "line 16",
    ]  # fmt: skip
    assert reasons[0].startswith("line 2: not valid JSON (Unterminated string")
    assert reasons[4] == "line 7: has the same id as line 1 (a)"
    assert all(failure.fatal and failure.source == path.as_posix() for failure in failures)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not valid JSON"),
        (b'{"text": "x"', "not valid JSON"),
        (b'"text"', "not a JSON object"),
        (b'{"text": ""}', "no text"),
        (b'{"text": "\xff"}', "not valid UTF-8 (byte 10)"),
        (b"[" * 100_000, "not valid JSON (nested too deeply)"),
    ],
)
def test_bad_json_files_are_named(tmp_path: Path, data: bytes, reason: str) -> None:
    path = _write(tmp_path / "a.json", data)

    documents, [failure] = _read(path)

    assert documents == []
    assert failure.reason.startswith(reason)


_JSON_TEXT = st.text(st.characters(), max_size=20)  # lone surrogates and NUL among them


@given(title=_JSON_TEXT, text=_JSON_TEXT, extra=st.text(max_size=5))
def test_whatever_json_holds_every_store_accepts_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, title: str, text: str, extra: str
) -> None:
    record = {"title": title, "text": f"x{text}\ud800\x00\r\n", "authors": [extra, title]}
    path = _write(tmp_path_factory.mktemp("json") / "a.json", json.dumps(record))

    [document], _ = _read(path)

    assert document.text.endswith("\ufffd\ufffd\n")
    assert "\r" not in document.text
    with sqlite3.connect(":memory:") as store:
        for value in (document.text, document.title, document.author):
            stored = store.execute("SELECT ?", (value,)).fetchone()[0]
            assert stored == value
            assert value is None or "\0" not in value
    store.close()


@given(st.binary(max_size=300))
def test_no_bytes_break_a_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    for suffix in ("txt", "md", "json", "jsonl", "html", "eml", "rss", "zip", "txt.gz", "docx"):
        documents, failures = _read(_write(folder / f"a.{suffix}", data))

        assert documents or failures
        for document in documents:
            document.text.encode("utf-8")


# --- folders --------------------------------------------------------------------------------


def test_a_folder_is_walked_in_order_and_what_is_no_article_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b.txt", "a/z.md", "a/deep/er/x.TXT", "c.json", "c/d.jsonl"):
        _write(Path("in") / name, '{"text": "x"}')
    for name in (".hidden.txt", ".git/a.txt", "README.md", "readme.txt", "a.png", "a/Makefile"):
        _write(Path("in") / name, "x")

    documents, failures = _read(Path("in"))

    assert failures == []
    assert [document.source for document in documents] == [
        "in/a/deep/er/x.TXT", "in/a/z.md", "in/b.txt", "in/c/d.jsonl#1", "in/c.json",
    ]  # fmt: skip
    # Named outright, a README is an article like any other.
    assert [document.text for document in _read(Path("in/README.md"))[0]] == ["x"]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    _write(tmp_path / "a" / "one.txt", "One.")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "b").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")

    documents, failures = _read(tmp_path)

    assert [document.text for document in documents] == ["One."]
    assert sorted(Path(failure.source).name for failure in failures) == ["gone.txt", "self.txt"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing", "no such file or folder"),
        ("missing.txt", "no such file or folder"),
        ("there.pdfx", "unsupported file type '.pdfx' (supported: .atom, .docx,"),
        ("pipe.txt", "not a regular file"),
    ],
)
def test_a_path_that_cannot_be_read_is_named(tmp_path: Path, name: str, reason: str) -> None:
    _write(tmp_path / "there.pdfx", "x")
    os.mkfifo(tmp_path / "pipe.txt")

    documents, failures = _read(tmp_path / name)

    assert documents == []
    [failure] = failures
    assert failure.source == (tmp_path / name).as_posix()
    assert failure.reason.startswith(reason)
    assert failure.fatal


@pytest.mark.skipif(os.name != "posix", reason="names of bytes are a thing of POSIX")
def test_a_name_that_is_not_utf8_gives_a_source_that_is(tmp_path: Path) -> None:
    for byte in (b"\xff", b"\xfe"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + byte + b".txt")).write_text("x")

    documents, failures = _read(tmp_path)

    assert failures == []
    assert {document.source.rpartition("/")[2] for document in documents} == {
        "\\xff.txt",
        "\\xfe.txt",
    }


# --- articles.toml --------------------------------------------------------------------------


def test_a_sidecar_adds_to_and_wins_over_what_a_document_says(tmp_path: Path) -> None:
    _write(tmp_path / "a.txt", "Text.")
    _write(tmp_path / "b.json", {"text": "Text.", "title": "Old", "outlet": "O"})
    _write(tmp_path / "c.txt", "Text.")
    _write(
        tmp_path / "articles.toml",
        """
        ["a.txt"]
        id = "first"
        authors = ["A", "B"]
        published = 2023-11-05
        url = "https://x.example/"
        ["b.json"]
        title = "New"
        published = 2023-11-05T10:00:00Z
        """,
    )
    by_name = {Path(d.file).name: d for d in _read(tmp_path)[0]}

    assert _read(tmp_path)[1] == []
    a = by_name["a.txt"]
    assert (a.id, a.author, a.published, a.url) == (
        "first", "A, B", "2023-11-05", "https://x.example/",
    )  # fmt: skip
    assert a.source == a.file
    b = by_name["b.json"]
    assert (b.title, b.outlet, b.published) == ("New", "O", "2023-11-05T10:00:00+00:00")
    assert by_name["c.txt"].id is None
    # The same for a file that is named.
    assert _read(tmp_path / "a.txt") == ([a], [])


def test_faults_of_a_sidecar_are_named_and_files_still_read(tmp_path: Path) -> None:
    sidecar = tmp_path / "articles.toml"
    _write(tmp_path / "a.txt", "Text.")
    _write(tmp_path / "b.jsonl", '{"text": "One."}\n{"text": "Two."}\n')
    _write(sidecar, '["a.txt"\n')

    documents, [failure] = _read(tmp_path)

    assert len(documents) == 3
    assert failure.source == sidecar.as_posix()
    assert failure.reason.startswith("not valid TOML (")

    _write(
        sidecar,
        '["a.txt"]\nautor = "A"\npublished = "soon"\n["b.jsonl"]\nid = "b"\n'
        '["gone.txt"]\nid = "g"\n[other]\n',
    )
    documents, failures = _read(tmp_path)

    assert len(documents) == 3
    assert [document.id for document in documents] == [None, None, None]
    assert [(Path(failure.source).name, failure.reason) for failure in failures] == [
        ("articles.toml", "a.txt: unknown autor left out"),
        ("articles.toml", "a.txt: published 'soon' left out: not a date that is certain"),
        ("b.jsonl", "articles.toml cannot describe a file with several documents"),
        ("articles.toml", "describes 'gone.txt', which is not in this folder"),
        ("articles.toml", "describes 'other', which is not in this folder"),
    ]
    assert not any(failure.fatal for failure in failures)


# --- the whole ------------------------------------------------------------------------------


def test_content_key_changes_with_everything_stated_and_not_with_the_place() -> None:
    document = RawDocument("a.txt", "a.txt", "Text.", title="x")
    keys = {
        document.content_key(),
        RawDocument("a.txt", "a.txt", "Text!", title="x").content_key(),
        RawDocument("a.txt", "a.txt", "Text.", outlet="x").content_key(),
        RawDocument("a.txt", "a.txt", "Text.").content_key(),
        RawDocument("a.txt", "a.txt", "Text.", title="x", id="x").content_key(),
        RawDocument("a.txt", "a.txt", "Text.", title="x", author="x").content_key(),
        RawDocument("a.txt", "a.txt", "Text.", title="x", published="2023-11-05").content_key(),
        RawDocument("a.txt", "a.txt", "Text.", title="x", url="x").content_key(),
    }

    assert len(keys) == 8
    assert RawDocument("b.txt", "b.txt", "Text.", title="x").content_key() in keys


def test_seeds() -> None:
    documents, failures = _read(ROOT / "seeds")

    assert failures == []
    assert [document.id for document in documents] == [Path(d.file).stem for d in documents]
    assert len(documents) == 5
    for document in documents:
        assert document.text == Path(document.file).read_bytes().decode("utf-8")


@pytest.mark.skipif(not SHARED.exists(), reason="the shared test data is not here")
@pytest.mark.parametrize(("name", "count"), [("wikinews", 40), ("multihop-rag", 326)])
def test_real_collections(name: str, count: int) -> None:
    path = SHARED / name / "articles.jsonl"
    records = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]

    documents, failures = _read(path)

    assert failures == []
    assert len(documents) == count
    for document, record in zip(documents, records, strict=True):
        assert (document.id, document.text, document.url, document.source) == (
            record["id"], record["text"], record["url"], record["url"],
        )  # fmt: skip
        assert document.outlet == record["outlet"]
        assert document.published == record["published"]
