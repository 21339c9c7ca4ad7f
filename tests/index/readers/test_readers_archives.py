import gzip
import io
import os
import random
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import ARTICLE, PARAGRAPHS, page, pdf, read, write

from index._readers import folders, inputs, limits


def _zip(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def _packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_every_kind_of_member(tmp_path: Path) -> None:
    path = _zip(
        tmp_path / "week.zip",
        {
            "a/page.html": page().encode(),
            "a/dump.jsonl": b'{"text": "One.", "url": "https://x.example/1"}\n{"text": "Two."}\n',
            "a/print.pdf": pdf([["The port was closed."]]),
            "a/text.txt.gz": gzip.compress(b"Packed twice."),
            "inner.zip": _packed({"deep.txt": b"Deep."}),
            "README.md": b"not an article",
            "__MACOSX/a/._page.html": b"not one either",
            ".hidden/x.txt": b"nor this",
            "picture.png": b"\x89PNG",
            "a/articles.toml": b'["page.html"]\noutlet = "The Courier"\n["gone.html"]\n',
            "a/articles.csv": b"file,author,outlet\npage.html,Ana Berg,Elsewhere\n",
        },
    )

    documents, failures = read(path)

    assert failures == []
    name = path.as_posix()
    assert {document.source: document.text for document in documents} == {
        f"{name}!a/page.html": ARTICLE,
        "https://x.example/1": "One.",
        f"{name}!a/dump.jsonl#2": "Two.",
        f"{name}!a/print.pdf": "The port was closed.",
        f"{name}!a/text.txt.gz": "Packed twice.",
        f"{name}!inner.zip!deep.txt": "Deep.",
    }
    assert {document.file for document in documents} == {name}
    assert documents[0].fragment == "!a/dump.jsonl#1"
    described = next(document for document in documents if document.text == ARTICLE)
    assert (described.outlet, described.author) == ("The Courier", "Ana Berg")


def test_what_is_wrong_with_a_member_is_named_and_the_others_read(tmp_path: Path) -> None:
    members = {
        "../../etc/cron.txt": b"x",
        "/etc/passwd.txt": b"x",
        "C:\\autoexec.txt": b"x",
        "bad\x1b[2Jname.txt": b"Escaped.",
        "broken.html.gz": gzip.compress(page().encode())[:-20],
        "empty.txt": b"",
        "good.txt": b"Good.",
        "lines.jsonl": b'{"text": "One."}\n{broken\n',
        "three.zip": _packed({"two.zip": _packed({"one.zip": _packed({"a.txt": b"x"})})}),
        "not.zip": b"PK no",
    }

    documents, failures = read(_zip(tmp_path / "a.zip", members))

    assert sorted(document.text for document in documents) == ["Escaped.", "Good.", "One."]
    name = (tmp_path / "a.zip").as_posix()
    assert f"{name}!bad\\x1b[2Jname.txt" in {document.source for document in documents}
    assert {failure.source for failure in failures} == {name}
    reasons = sorted(failure.reason for failure in failures)
    expected = [
        "member '../../etc/cron.txt': its name leads out of the archive",
        "member '/etc/passwd.txt': its name leads out of the archive",
        "member 'C:\\\\autoexec.txt': its name leads out of the archive",
        "member 'broken.html.gz': damaged or cut off",
        "member 'empty.txt': empty",
        "member 'lines.jsonl': line 2: not valid JSON",
        "member 'not.zip': not a zip file that can be read",
        "member 'three.zip': member 'two.zip': an archive in an archive in an archive",
    ]
    assert len(reasons) == len(expected)
    for reason, start in zip(reasons, expected, strict=True):
        assert reason.startswith(start)


def test_an_encrypted_member_is_named(tmp_path: Path) -> None:
    data = bytearray(_packed({"a.txt": b"Secret.", "b.txt": b"Open."}))
    # The flag of encryption, in the local header and in the directory.
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1

    [document], [failure] = read(write(tmp_path / "a.zip", bytes(data)))

    assert document.text == "Open."
    assert failure.reason.startswith("member 'a.txt': encrypted")


def test_zip_bombs_are_named_and_take_no_memory(tmp_path: Path) -> None:
    flat = b"0" * (6 << 20)
    # The directory says that the member is small: what comes out counts, not what is said.
    liar = bytearray(_packed_deflated({"a.txt": flat}))
    at = liar.index(b"PK\x01\x02") + 24
    liar[at : at + 4] = (1000).to_bytes(4, "little")
    write(tmp_path / "liar.zip", bytes(liar))
    write(tmp_path / "bomb.txt.gz", gzip.compress(flat))
    write(tmp_path / "bomb.jsonl.gz", gzip.compress(flat))
    _zip(tmp_path / "bomb.zip", {"a.jsonl": flat, "b.txt": b"Fine."})

    documents, failures = read(tmp_path)

    # A liar is cut off at the size it claims by the library, and its checksum is wrong then.
    assert [document.text for document in documents] == ["Fine."]
    reasons = {Path(failure.source).name: failure.reason for failure in failures}
    assert set(reasons) == {"liar.zip", "bomb.txt.gz", "bomb.jsonl.gz", "bomb.zip"}
    for name in ("bomb.txt.gz", "bomb.jsonl.gz", "bomb.zip"):
        assert "like a zip bomb" in reasons[name]


def _packed_deflated(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_an_archive_has_a_limit_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs.Budget.__init__, "__defaults__", (250_000,))
    text = " ".join(PARAGRAPHS * 20).encode() * 4
    members = {f"{number}.txt": text for number in range(10)}
    path = _zip(tmp_path / "a.zip", members)

    documents, [failure] = read(path)

    assert 0 < len(documents) < 10
    assert failure.reason.startswith("unpacks to more than")


def test_limits_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TEXT", 5_000)
    monkeypatch.setattr(limits, "JSON", 6_000)
    monkeypatch.setattr(limits, "PAGE", 5_000)
    write(tmp_path / "a.txt", b"x" * 5_001)
    write(tmp_path / "b.json", b'{"text": "' + b"x" * 6_000 + b'"}')
    long = b'{"text": "' + b"x" * 12_000 + b'"}\n'
    write(tmp_path / "c.jsonl", b'{"text": "One."}\n' + long + b'{"text": "Two."}\n')
    write(tmp_path / "d.txt", b"x" * 5_000)
    write(tmp_path / "e.html", page().encode() + b" " * 5_000)

    documents, failures = read(tmp_path)

    assert [document.text[:4] for document in documents] == ["One.", "Two.", "xxxx"]
    assert documents[1].source.endswith("#3")
    assert [failure.reason.split(",")[0].split(";")[0] for failure in failures] == [
        "larger than 4.88 KiB", "larger than 5.86 KiB", "line 2: longer than 4.88 KiB",
        "larger than 4.88 KiB",
    ]  # fmt: skip


def test_a_huge_file_of_one_line_is_not_read(tmp_path: Path) -> None:
    for name in ("a.txt", "b.html", "c.jsonl", "d.json"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(200 << 20)  # a hole: it takes no disk
    write(tmp_path / "e.txt", "Fine.")

    documents, failures = read(tmp_path)

    assert [document.text for document in documents] == ["Fine."]
    assert [failure.reason.split(",")[0] for failure in failures] == [
        "larger than 16 MiB", "larger than 64 MiB", "line 1: longer than 16 MiB",
        "larger than 128 MiB",
    ]  # fmt: skip


def test_a_folder_that_may_not_be_read_is_named_and_the_others_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a/one.txt", "b/two.txt", "c.txt", "d.txt"):
        write(tmp_path / name, name)
    real_scan, real_read = os.scandir, Path.read_bytes

    def scandir(path: str | os.PathLike[str]) -> object:
        if os.fspath(path).endswith("/a"):
            raise PermissionError(13, "Permission denied")
        return real_scan(path)

    def read_bytes(path: Path) -> bytes:
        if path.name == "c.txt":
            raise PermissionError(13, "Permission denied")
        return real_read(path)

    # The tests may run as root, who may read everything.
    monkeypatch.setattr(folders.os, "scandir", scandir)
    monkeypatch.setattr(Path, "read_bytes", read_bytes)

    documents, failures = read(tmp_path)

    assert [document.text for document in documents] == ["b/two.txt", "d.txt"]
    assert [(Path(failure.source).name, failure.reason, failure.fatal) for failure in failures] == [
        ("a", "permission denied", True), ("c.txt", "permission denied", True),
    ]  # fmt: skip


def test_links_to_one_file_are_one_article(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "One.")
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    os.link(tmp_path / "a.txt", tmp_path / "c.txt")

    documents, failures = read(tmp_path)

    assert [document.source for document in documents] == [(tmp_path / "a.txt").as_posix()]
    assert failures == []


def test_special_files_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.pdf")
    write(tmp_path / "b.txt", "Fine.")

    documents, [failure] = read(tmp_path)

    assert len(documents) == 1
    assert failure.reason == "not a regular file"
    assert stat.S_ISFIFO((tmp_path / "a.pdf").stat().st_mode)


@given(seed=st.integers(0, 10_000))
def test_a_damaged_archive_is_read_or_named(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    draw = random.Random(seed)
    data = bytearray(
        _packed_deflated({f"{n}.txt": text.encode() for n, text in enumerate(PARAGRAPHS)})
    )
    for _ in range(draw.randint(1, 6)):
        data[draw.randrange(len(data))] = draw.randrange(256)
    path = write(tmp_path_factory.mktemp("zip") / "a.zip", bytes(data[: draw.randrange(len(data))]))

    documents, failures = read(path)

    assert failures or len(documents) == len(PARAGRAPHS)
    assert len(failures) + len(documents) <= 2 * len(PARAGRAPHS)
