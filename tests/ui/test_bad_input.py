"""Everything that is wrong with files, at once: each is named, and the rest goes in."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GOOD = "A storm hit the town of Marl on Monday. The old bridge was closed, the mayor said."


def _zip(*members: tuple[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


# Name, bytes, and whether nothing of the file can be read.
NASTIES: list[tuple[str, bytes, bool]] = [
    ("zero.txt", b"", True),
    ("blank.md", b" \n\t\n", True),
    ("binary.txt", bytes(range(256)) * 20, True),
    ("nul.txt", b"A\0B" * 99, True),
    ("cut.json", b'{"text": "On', True),
    ("number.json", b"7", True),
    ("deep.json", b"[" * 100_000, True),
    ("shape.json", b'{"articles": {"a": 1}}', True),
    ("no-text.jsonl", b'{"id": "n1", "title": "t"}\n', True),
    ("zero.jsonl", b"", True),
    ("zero.pdf", b"", True),
    ("half.pdf", b"%PDF-1.7\n1 0 obj\n<<", True),
    ("zero.docx", b"", True),
    ("no.docx", _zip(("a.txt", b"x")), True),
    ("zero.zip", b"", True),
    ("half.zip", _zip(("a.txt", GOOD.encode()))[:40], True),
    ("bomb.zip", _zip(("bomb.txt", b"a" * 50_000_000)), True),
    ("no.txt.gz", b"\x1f\x8b\x08 no", True),
    ("empty.html", b"<html><body><script>var a = 1;</script></body></html>", True),
    ("no-feed.xml", b"<a><b/></a>", True),
    ("traversal.zip", _zip(("../../escaped.txt", GOOD.encode() + b" Escaped.")), False),
    ("surrogate.json", b'{"id": "sur\\ud800", "text": "Lone \\udfff one. \\u0000 NUL."}', False),
    ("dates.jsonl", b'{"id": "d1", "date": "yesterday", "text": "One."}\n'
     b'{"id": "d2", "date": "2023-02-31", "text": "Two."}\n', False),
    ("rtl.txt", "هبت عاصفة على المدينة يوم الاثنين. وأغلق الجسر القديم.".encode(), False),
    ("chinese.txt", "周一，一场风暴袭击了这座城市。旧桥被关闭了。".encode(), False),
    ("latin.txt", "Zürich wählt am Sonntag, sagte die Präsidentin.".encode("cp1252"), False),
    ("twice.jsonl", b'{"id": "x", "text": "First."}\n{"id": "x", "text": "Second."}\n', False),
    ("packed.txt.gz", gzip.compress(GOOD.encode() + b" Packed."), False),
]  # fmt: skip


def test_a_folder_of_nasties(command: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "pile"
    folder.mkdir()
    for name, data, _ in NASTIES:
        (folder / name).write_bytes(data)
    (folder / "good.txt").write_text(GOOD)
    (folder / "circle").symlink_to(folder)
    (folder / "dangling.txt").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe.txt")
    Path(os.fsdecode(os.fsencode(folder) + b"/odd\xff.txt")).write_text(GOOD + " Odd.")

    done = command("index", "sync", folder, "--json")

    assert done.code == 0, "something could be read"
    report = done.json()
    assert all(list(failure) == ["source", "reason"] for failure in report["failed"])
    assert all(failure["reason"] for failure in report["failed"])
    named = {Path(failure["source"]).name for failure in report["failed"]}
    lost = {name for name, _, fatal in NASTIES if fatal} | {"dangling.txt", "pipe.txt"}
    assert named - {"traversal.zip"} == lost | {"twice.jsonl"}
    assert report["articles"] == report["added"] > 8
    # On standard error everything is named too, also what went in all the same.
    assert "yesterday" in done.error
    assert "latin.txt" in done.error
    assert not (tmp_path.parent / "escaped.txt").exists()
    assert not (tmp_path / "escaped.txt").exists()

    listed = command("index", "list", "--json").lines()
    assert len(listed) == report["articles"]
    assert any("odd\\xff" in article["source"] for article in listed)
    assert command("index", "list").code == 0
    for article in listed:
        shown = command("index", "show", article["id"], "--json")
        assert shown.code == 0
        assert shown.json()["text"] == command("index", "show", article["id"], "--text").out
    by_id = {article["id"]: article for article in listed}
    assert by_id["d1"]["published"] is None
    assert by_id["d2"]["published"] is None
    texts = {i: command("index", "show", i, "--text").out for i in by_id}
    assert texts["x"] == "First."
    assert not any("\x00" in text or "\ud800" in text for text in texts.values())

    again = command("index", "sync", folder, "--prune", "--json").json()
    assert (again["added"], again["updated"], again["removed"]) == (0, 0, 0)
    assert again["unchanged"] == report["articles"]
    # What is lost is named every day until it is mended.
    assert sorted(f["source"] for f in again["failed"]) == sorted(
        f["source"] for f in report["failed"]
    )
    assert command("doctor").out.count("BAD") == 1, "the model, which is not here"


@pytest.mark.parametrize("name", [name for name, _, fatal in NASTIES if fatal])
def test_alone_it_is_a_failure(command: Callable[..., Any], tmp_path: Path, name: str) -> None:
    data = next(data for given, data, _ in NASTIES if given == name)
    (tmp_path / name).write_bytes(data)
    done = command("index", "sync", name, "--json")
    assert done.code == 1
    ((source, reason),) = [failure.values() for failure in done.json()["failed"]]
    assert source == name
    assert reason
    assert f"{name}: {reason}" in done.error
    extracted = command("extract", name)
    assert (extracted.code, extracted.out) == (1, "")


def test_many_tiny_files_are_one_sync(command: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    for number in range(500):
        (folder / f"{number}.txt").write_text(json.dumps(f"Number {number} is short."))
    report = command("index", "sync", folder, "--json").json()
    assert (report["added"], report["failed"]) == (500, [])
    assert command("index", "sync", folder, "--json").json()["unchanged"] == 500
