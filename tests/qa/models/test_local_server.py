"""The embedded model: a real one where its file can be found, and the process around it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from index import EndpointError, ModelFileError, find
from qa._models.endpoint import OpenAIModel
from qa._models.language_model import Chunk, Message
from qa._models.local_server import LocalModel, physical_cores
from qa._models.turns import Turns

ROOT = Path(__file__).parents[3]

SYSTEM: Message = {
    "role": "system",
    "content": "You answer questions from numbered sentences. Every claim names its sentences. "
    * 6,
}
QUESTION: Message = {
    "role": "user",
    "content": "1. The bridge opened on Monday.\n2. It cost 4 million.\nWhat did it cost?",
}
SCHEMA = {
    "type": "object",
    "properties": {
        "answerable": {"type": "boolean"},
        "claims": {
            "type": "array",
            "maxItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "quotes": {
                        "type": "array",
                        "items": {"type": "integer", "enum": [1, 2]},
                        "minItems": 1,
                        "maxItems": 2,
                    },
                    "claim": {"type": "string"},
                },
                "required": ["quotes", "claim"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["answerable", "claims"],
    "additionalProperties": False,
}
# A reply that is hundreds of tokens long, whatever the model makes of the question.
LONG = {"type": "array", "items": {"type": "integer", "minimum": 1000}, "minItems": 300}


@pytest.fixture(scope="module")
def model_file(models_dir: Path) -> Path:
    """The smaller model; without its file the test is skipped, but not in CI."""
    path = find("qwen-0.5b", models_dir)
    if path is None:
        reason = f"the model is not in {models_dir}: pullquote model pull qwen-0.5b"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    return path


@pytest.fixture(scope="module")
def model(model_file: Path) -> Iterator[LocalModel]:
    with closing(LocalModel(model_file, "local:qwen-0.5b")) as model:
        yield model


def ask(model: LocalModel, schema: dict[str, Any] = SCHEMA, max_tokens: int = 80) -> list[Chunk]:
    return list(model.stream([SYSTEM, QUESTION], schema, max_tokens=max_tokens))


def child(model: LocalModel) -> int:
    assert model._server is not None
    return model._server._process.pid


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def servers_of(pid: int) -> list[int]:
    """Processes of the embedded model that this process started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"local_child" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


class TestReplies:
    def test_a_reply_follows_the_schema_and_wastes_no_tokens(self, model: LocalModel) -> None:
        chunks = ask(model)
        text = "".join(chunk.text for chunk in chunks)
        reply = json.loads(text)
        assert set(reply) == {"answerable", "claims"}
        assert all(set(claim["quotes"]) <= {1, 2} for claim in reply["claims"])
        # White space outside strings would be a third of the tokens.
        assert not re.search(r"\s", re.sub(r'"(\\.|[^"\\])*"', "", text))
        counted = chunks[-1]
        assert counted.prompt_tokens is not None
        assert counted.prompt_tokens > 80
        assert counted.completion_tokens is not None
        assert 0 < counted.completion_tokens <= 80
        assert "".join(chunk.text for chunk in ask(model)) == text, "the same reply every time"

    def test_a_prompt_that_does_not_fit_is_refused_with_a_reason(self, model: LocalModel) -> None:
        long: Message = {"role": "user", "content": "word " * 5000}
        with pytest.raises(EndpointError, match="does not fit"):
            list(model.stream([long], SCHEMA, max_tokens=5))
        assert ask(model)

    def test_a_prefix_that_was_read_once_is_not_read_again(self, model: LocalModel) -> None:
        other: Message = {"role": "system", "content": "Rewrite the question. " * 40}
        list(model.stream([other, QUESTION], SCHEMA, max_tokens=2))
        model.warm([SYSTEM])

        def begins_at() -> float:
            # The first sign of life tells what of the prompt is in the cache.
            return next(c.progress for c in ask(model, max_tokens=2) if c.progress is not None)

        assert begins_at() > 0.6
        # Nor after a request with another prefix came in between.
        list(model.stream([other, QUESTION], SCHEMA, max_tokens=2))
        assert begins_at() > 0.6


class TestQueue:
    def test_a_request_waits_for_the_one_before_it_and_says_so(self, model: LocalModel) -> None:
        with closing(model.stream([SYSTEM, QUESTION], SCHEMA, max_tokens=40)) as first:
            next(first)
            assert model.waiting == 1
            second = model.stream([SYSTEM, QUESTION], SCHEMA, max_tokens=2)
            assert next(second).waiting == 1
            assert model.waiting == 2
            # The second is served although nobody reads the rest of the first.
            assert any(chunk.text for chunk in second)
            assert any(chunk.text for chunk in first), "and nothing of the first is lost"
        assert wait_until(lambda: model.waiting == 0)

    def test_closing_the_iterator_ends_the_generation(self, model: LocalModel) -> None:
        began = time.monotonic()
        with closing(model.stream([SYSTEM, QUESTION], LONG, max_tokens=1500)) as chunks:
            for seen, _ in enumerate(chunk for chunk in chunks if chunk.text):
                if seen == 4:
                    break
        spent = time.monotonic() - began
        began = time.monotonic()
        assert ask(model, max_tokens=2)
        # Generating the rest would take a hundred times what the first tokens took.
        assert time.monotonic() - began < 10 * spent + 5
        assert wait_until(lambda: model.waiting == 0, 1)

    def test_who_gives_up_waiting_lets_the_others_move_up(self) -> None:
        turns = Turns()
        gate = threading.Event()
        served: list[int] = []
        moves: dict[int, list[int]] = {n: [] for n in range(4)}
        cancelled = {n: threading.Event() for n in range(4)}

        def work(n: int) -> None:
            with turns.turn(moves[n].append, cancelled[n]) as is_ours:
                if is_ours:
                    served.append(n)
                    gate.wait(10)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for n, thread in enumerate(threads):
            thread.start()
            assert wait_until(lambda n=n: len(turns) == n + 1)
        assert wait_until(lambda: moves == {0: [], 1: [1], 2: [2], 3: [3]})
        cancelled[1].set()
        turns.wake()
        assert wait_until(lambda: moves == {0: [], 1: [1], 2: [2, 1], 3: [3, 2]})
        gate.set()
        for thread in threads:
            thread.join(10)
        assert served == [0, 2, 3]
        assert len(turns) == 0


class TestProcess:
    def test_a_file_that_only_begins_like_a_model_fails_with_the_reason(
        self, tmp_path: Path
    ) -> None:
        file = tmp_path / "broken.gguf"
        file.write_bytes(b"GGUF" + bytes(range(200)))
        with closing(LocalModel(file, "local:broken")) as model:
            with pytest.raises(EndpointError, match="local:broken") as caught:
                ask(model)
            assert "broken.gguf" in caught.value.message or "gguf" in caught.value.message
            assert caught.value.hint
            assert model.waiting == 0

    def test_an_absent_file_fails_before_anything_is_started(self, tmp_path: Path) -> None:
        with pytest.raises(ModelFileError, match="cannot be read"):
            LocalModel(tmp_path / "absent.gguf", "local:absent")

    def test_a_server_that_is_not_ready_in_time_is_given_up(self, model_file: Path) -> None:
        with (
            closing(LocalModel(model_file, "local:slow", start_timeout=0.01)) as model,
            pytest.raises(EndpointError, match="not ready within"),
        ):
            ask(model)
        assert model._server is None

    def test_the_key_is_needed_and_stands_nowhere_in_sight(self, model: LocalModel) -> None:
        model.warm([SYSTEM])
        assert model._server is not None
        client = model._server.client
        assert client._api_key
        for place in ("cmdline", "environ"):
            seen = Path(f"/proc/{child(model)}/{place}").read_bytes()
            assert client._api_key.encode() not in seen
        stranger = OpenAIModel(base_url=client._base_url, api_key="guess", model="m")
        with closing(stranger), pytest.raises(EndpointError, match="refused the API key"):
            list(stranger.stream([QUESTION], SCHEMA, max_tokens=1))

    def test_it_outlives_the_thread_that_started_it_but_not_its_owner(
        self, model_file: Path
    ) -> None:
        with closing(LocalModel(model_file, "local:qwen-0.5b")) as model:
            starter = threading.Thread(target=model.warm, args=([QUESTION],))
            starter.start()
            starter.join()
            started = child(model)
            time.sleep(0.5)
            chunks = model.stream([QUESTION], LONG, max_tokens=500)
            assert next(chunk for chunk in chunks if chunk.text)
            assert child(model) == started
        with closing(chunks), pytest.raises(EndpointError, match="was closed"):
            list(chunks)
        assert wait_until(lambda: not is_running(started))

    def test_a_death_in_the_middle_of_a_reply_is_told_and_the_next_request_starts_anew(
        self, model_file: Path
    ) -> None:
        with closing(LocalModel(model_file, "local:qwen-0.5b")) as model:
            with closing(model.stream([QUESTION], LONG, max_tokens=500)) as chunks:
                next(chunk for chunk in chunks if chunk.text)
                os.kill(child(model), signal.SIGKILL)
                with pytest.raises(EndpointError, match="signal 9") as caught:
                    list(chunks)
            assert "started anew" in caught.value.hint
            again = model.stream([QUESTION], SCHEMA, max_tokens=2)
            assert any(chunk.text for chunk in again)

    @pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
    @pytest.mark.parametrize("moment", ["loading", "generating"])
    def test_it_does_not_outlive_a_parent_that_is_killed(
        self, model_file: Path, moment: str
    ) -> None:
        script = (
            "import json, sys; from pathlib import Path; "
            "from qa._models.local_server import LocalModel; "
            "path, messages, schema = json.loads(sys.argv[1]); "
            "model = LocalModel(Path(path), 'local:qwen-0.5b'); "
            "[print(c, flush=True) for c in model.stream(messages, schema, max_tokens=1500)]"
        )
        given = json.dumps([str(model_file), [QUESTION], LONG])
        parent = subprocess.Popen(
            [sys.executable, "-c", script, given], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        try:
            assert wait_until(lambda: servers_of(parent.pid) != [], 60)
            (server,) = servers_of(parent.pid)
            assert parent.stdout is not None
            with parent.stdout:
                if moment == "generating":
                    assert next(line for line in parent.stdout if "text=''" not in line)
                assert is_running(server)
                parent.kill()
                parent.wait()
            assert wait_until(lambda: not is_running(server), 5)
        finally:
            parent.kill()
            parent.wait()


def test_threads_are_between_one_and_the_processors_there_are() -> None:
    assert 1 <= physical_cores() <= (os.cpu_count() or 1)
