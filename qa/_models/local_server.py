"""The embedded language model: llama.cpp's server in a child process, one request at a time."""

from __future__ import annotations

import json
import os
import queue
import secrets
import signal
import subprocess
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from index import EndpointError, ModelFileError, model_sha256
from qa._models.dialect import JSON_SCHEMA, ReplyFormat
from qa._models.endpoint import OpenAIModel
from qa._models.language_model import Chunk, Message, Timeouts
from qa._models.turns import Turns

_CHILD = Path(__file__).with_name("local_child.py")
_GGUF_MAGIC = b"GGUF"
_START_TIMEOUT = 180.0
_LOG_LINES = 40

# 64 tokens are read in one to three seconds by a laptop's processor: the longest time a cancelled
# request holds up the next one. Larger batches were measured to be no faster on a processor.
_BATCH = 64
# Room for a few prompts that start differently; one of 4,096 tokens takes 112 MiB with qwen-1.5b.
_PROMPT_CACHE_MIB = 256

# The same schema, but without a blank or line break between the object's parts. Models of this
# size like to indent, and a third of the tokens they generate would be white space.
_COMPACT = {"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"}
COMPACT_GRAMMAR = ReplyFormat(
    lambda schema: {
        "extra_body": {
            "grammar": "%llguidance {}\nstart: %json "
            + json.dumps({"x-guidance": _COMPACT, **schema})
        }
    },
    enforced=True,
)


class LocalModel:
    """A GGUF file as a :class:`~qa.LanguageModel`.

    The server is started by the first request, or by :meth:`warm`, and again by the next request
    should it have died. It listens on a loopback port with a key of its own, and never outlives
    this process. Requests are served in the order in which they were made.

    Args:
        path: The GGUF file.
        name: How the model is shown, e.g. ``local:qwen-1.5b``.
        threads: ``None`` for one per physical core.
        context: Size of the context in tokens.

    Raises:
        ModelFileError: There is no such file, or it is not a GGUF file.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        *,
        threads: int | None = None,
        context: int = 4096,
        timeouts: Timeouts | None = None,
        start_timeout: float = _START_TIMEOUT,
    ) -> None:
        _check_gguf(path)
        self.name = name
        self._path = path
        self._threads = threads or physical_cores()
        self._context = context
        self._timeouts = timeouts or Timeouts()
        self._start_timeout = start_timeout
        self._turns = Turns()
        self._server: _Server | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"LocalModel({self.name!r})"

    @property
    def identity(self) -> str:
        """Tells it from every other model: the SHA-256 of its file."""
        return model_sha256(self._path)

    @property
    def waiting(self) -> int:
        """Requests being served or waiting: how many would be served before a new one."""
        return len(self._turns)

    def warm(self, messages: Sequence[Message]) -> None:
        """Start the server and have it read ``messages``, a prefix that later requests share.

        Raises:
            EndpointError: The server does not start, or dies.
        """
        for _ in self.stream(messages, {"type": "object"}, max_tokens=1):
            pass

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int
    ) -> Generator[Chunk, None, None]:
        with closing(_Reply(self, messages, schema, max_tokens)) as reply:
            yield from reply

    def close(self) -> None:
        self._closed = True
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def _was_closed(self) -> EndpointError | None:
        return EndpointError(f"The model {self.name} was closed.") if self._closed else None

    def _running(self) -> _Server:
        """The server, started when there is none. Called only by whose turn it is."""
        if closed := self._was_closed():
            raise closed
        if self._server is not None and not self._server.is_alive():
            self._server.stop()
            self._server = None
        if self._server is None:
            self._server = _Server(
                self._path,
                self.name,
                threads=self._threads,
                context=self._context,
                timeouts=self._timeouts,
                start_timeout=self._start_timeout,
            )
            if closed := self._was_closed():  # meanwhile, by another thread
                self._server.stop()
                raise closed
        return self._server

    def _reply(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        max_tokens: int,
        put: Callable[[Chunk], None],
        cancelled: threading.Event,
    ) -> None:
        """Wait for this request's turn and hand its chunks to ``put`` until it is cancelled."""
        with self._turns.turn(lambda before: put(Chunk(waiting=before)), cancelled) as is_ours:
            if not is_ours:
                return
            server = self._running()
            try:
                with closing(
                    server.client.stream(messages, schema, max_tokens=max_tokens)
                ) as chunks:
                    for chunk in chunks:
                        put(chunk)
                        if cancelled.is_set():
                            return
            except EndpointError as error:
                raise self._was_closed() or server.death() or error from error


class _Reply:
    """One request, served by a thread of its own.

    The turn ends when the reply is complete, not when it has been read: a reader who pauses, or
    forgets to close the iterator, keeps nobody else waiting.
    """

    def __init__(
        self,
        model: LocalModel,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        max_tokens: int,
    ) -> None:
        self._model = model
        self._items: queue.SimpleQueue[Chunk | Exception | None] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        threading.Thread(
            target=self._produce,
            args=(messages, schema, max_tokens),
            name=f"reply of {model.name}",
            daemon=True,
        ).start()

    def __iter__(self) -> Iterator[Chunk]:
        while (item := self._items.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item

    def close(self) -> None:
        self._cancelled.set()
        self._model._turns.wake()

    def _produce(
        self, messages: Sequence[Message], schema: Mapping[str, Any], max_tokens: int
    ) -> None:
        try:
            self._model._reply(messages, schema, max_tokens, self._items.put, self._cancelled)
        except Exception as error:  # raised again where the reply is read
            self._items.put(error)
        finally:
            self._items.put(None)


class _Server:
    """A running child process, ready to be spoken to.

    Raises:
        EndpointError: The process ends before it is ready, or is not ready in time.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        *,
        threads: int,
        context: int,
        timeouts: Timeouts,
        start_timeout: float,
    ) -> None:
        self._name = name
        self._log: deque[str] = deque(maxlen=_LOG_LINES)
        api_key = secrets.token_urlsafe(24)
        started: queue.SimpleQueue[subprocess.Popen[str] | OSError] = queue.SimpleQueue()
        threading.Thread(
            target=_own_process, args=(started, self._log), name=f"log of {name}", daemon=True
        ).start()
        process = started.get()
        if isinstance(process, OSError):
            raise EndpointError(f"{name} cannot be started: {process}.") from process
        self._process = process
        # At the latest when the interpreter ends, or nobody refers to this server any more.
        self.stop = weakref.finalize(self, _stop, process)
        try:
            address = self._start(
                {
                    "path": str(path),
                    "alias": name,
                    "api_key": api_key,
                    "threads": threads,
                    "context": context,
                    "batch": _BATCH,
                    "prompt_cache_mib": _PROMPT_CACHE_MIB,
                },
                start_timeout,
            )
        except BaseException:
            self.stop()
            raise
        self.client = OpenAIModel(
            base_url=f"{address}/v1",
            api_key=api_key,
            model=name,
            name=name,
            timeouts=timeouts,
            formats=(COMPACT_GRAMMAR, JSON_SCHEMA),
            extra={
                "cache_prompt": True,
                "return_progress": True,
                # How sure the model is that it can answer says more than the word it picks.
                "logprobs": True,
                "top_logprobs": 5,
            },
        )

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def death(self) -> EndpointError | None:
        """What to say when the process has ended; ``None`` while it runs."""
        try:
            # The connection breaks a moment before the process is gone.
            status = self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return None
        how = f"signal {-status}" if status < 0 else f"status {status}"
        if status == -signal.SIGKILL:
            how += ", perhaps for want of memory"
        errors = [line for line in self._log if " E " in line] or list(self._log)
        said = f" Its last words: {' / '.join(errors[-3:])}" if errors else ""
        return EndpointError(
            f"The process of {self._name} ended ({how}).{said}",
            "Ask again: it is started anew. If it ends again, use a smaller model or --model "
            "extractive.",
        )

    def _start(self, settings: Mapping[str, Any], timeout: float) -> str:
        """Tell the child its settings and wait for its address."""
        assert self._process.stdin is not None  # noqa: S101 - asked for below
        with suppress(BrokenPipeError):  # it died at once; the end of its output says so
            self._process.stdin.write(json.dumps(settings) + "\n")
            self._process.stdin.flush()
        answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=_read_line, args=(self._process, answers), daemon=True).start()
        try:
            answer = answers.get(timeout=timeout)
        except queue.Empty:
            raise EndpointError(
                f"{self._name} was not ready within {timeout:g} s.",
                "Ask again when the machine is less busy, or use --model extractive.",
            ) from None
        if not answer:
            raise self.death() or EndpointError(f"{self._name} did not start.")
        return str(json.loads(answer)["address"])


def physical_cores() -> int:
    """Processor cores this process may use: threads of one core and quotas are accounted for."""
    cores = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        usable = os.sched_getaffinity(0)
        siblings = set()
        for cpu in usable:
            topology = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
            try:
                siblings.add(topology.read_text())
            except OSError:
                siblings.add(str(cpu))
        cores = len(siblings)
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        cores = min(cores, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):  # no control groups, or "max"
        pass
    return cores


def _check_gguf(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_GGUF_MAGIC))
    except OSError as error:
        raise ModelFileError(
            f"The model file {path} cannot be read: {error.strerror}.",
            "Check the path, or run: pullquote model list",
        ) from error
    if magic != _GGUF_MAGIC:
        raise ModelFileError(
            f"{path} is not a GGUF model file.",
            "Check the path, or run: pullquote model list",
        )


def _own_process(
    started: queue.SimpleQueue[subprocess.Popen[str] | OSError], log: deque[str]
) -> None:
    """Start the child and collect what it prints until it ends.

    The thread that starts it must live as long as the child: Linux ends a child that asked for it
    together with the *thread* it was started from.
    """
    try:
        process = subprocess.Popen(
            # As a file, so that it runs from any directory; -P keeps this package's directory,
            # whose modules are nobody's top-level modules, off its import path.
            [sys.executable, "-P", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        started.put(error)
        return
    started.put(process)
    assert process.stderr is not None  # noqa: S101 - asked for above
    with process.stderr:
        for line in process.stderr:
            log.append(line.rstrip())
    process.wait()


def _read_line(process: subprocess.Popen[str], answers: queue.SimpleQueue[str]) -> None:
    assert process.stdout is not None  # noqa: S101 - asked for when it was started
    with process.stdout:
        answers.put(process.stdout.readline())


def _stop(process: subprocess.Popen[str]) -> None:
    process.kill()  # it has nothing to save
    process.wait()
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
