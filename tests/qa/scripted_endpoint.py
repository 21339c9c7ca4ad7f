"""A scripted HTTP server that stands in for an OpenAI-compatible endpoint and its faults.

It implements the protocol, not a model: what it says, and how it fails, is a list of steps, one
per chat request, of which the last one repeats.

    with ScriptedEndpoint([status(503), says('{"answerable": false, "claims": []}')]) as endpoint:
        OpenAIModel(base_url=endpoint.base_url, ...)

From the command line, for trying the program against a fault by hand:

    python tests/qa/scripted_endpoint.py --port 8000 cuts --text '{"answerable": true'
    pullquote ask "..." --model http://127.0.0.1:8000/v1#scripted
"""

from __future__ import annotations

import argparse
import json
import select
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

DEFAULT_TEXT = '{"answerable": false, "claims": []}'


class _QuietServer(ThreadingHTTPServer):
    """A client that hangs up is part of the script, not worth a traceback on stderr."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@dataclass(frozen=True)
class Request:
    """A request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass
class Exchange:
    """A chat request and the means to answer it, well or badly."""

    request: Request
    handler: BaseHTTPRequestHandler
    disconnected: threading.Event
    model: str
    _chunks: int = field(default=0)

    def json(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        self.raw(status, "application/json", json.dumps(body).encode(), headers)

    def error(
        self, status: int, message: str, headers: Mapping[str, str] | None = None, **details: str
    ) -> None:
        self.json(status, {"error": {"message": message, **details}}, headers)

    def raw(
        self, status: int, kind: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", kind)
        self.handler.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.handler.send_header(name, value)
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def start_stream(self) -> None:
        self.handler.send_response(200)
        self.handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.handler.send_header("Transfer-Encoding", "chunked")
        self.handler.end_headers()

    def event(self, data: str) -> None:
        self._send(f"data: {data}\n\n".encode())

    def comment(self) -> None:
        """A sign of life that carries nothing, as proxies send them."""
        self._send(b": ping\n\n")

    def text(self, text: str, **delta: Any) -> None:
        self._chunk([{"index": 0, "delta": {"content": text, **delta}, "finish_reason": None}])

    def finish(self, reason: str = "stop", *, usage: tuple[int, int] | None = None) -> None:
        self._chunk([{"index": 0, "delta": {}, "finish_reason": reason}])
        if usage is not None:
            prompt, completion = usage
            counted = {"prompt_tokens": prompt, "completion_tokens": completion}
            self._chunk([], usage=counted | {"total_tokens": prompt + completion})
        self.event("[DONE]")
        self.handler.wfile.write(b"0\r\n\r\n")

    def hang_up(self) -> None:
        self.handler.close_connection = True

    def wait(self, seconds: float) -> None:
        """Do nothing for so long, or until the client hangs up."""
        end = time.monotonic() + seconds
        connection = self.handler.connection
        while (left := end - time.monotonic()) > 0:
            readable, _, _ = select.select([connection], [], [], min(left, 0.02))
            if readable and not connection.recv(1):
                self.disconnected.set()
                raise ConnectionResetError

    def _chunk(self, choices: list[dict[str, Any]], **more: Any) -> None:
        chunk = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": self.model,
            "choices": choices,
        }
        self.event(json.dumps(chunk | more))

    def _send(self, data: bytes) -> None:
        try:
            self.handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        except OSError:
            self.disconnected.set()
            raise


Step = Callable[[Exchange], None]


def says(
    text: str = DEFAULT_TEXT,
    *,
    size: int = 7,
    delay: float = 0.0,
    finish: str = "stop",
    usage: tuple[int, int] | None = (11, 7),
) -> Step:
    """The text, ``size`` characters at a time, with ``delay`` seconds before each."""

    def step(exchange: Exchange) -> None:
        exchange.start_stream()
        for start in range(0, len(text), size):
            exchange.wait(delay)
            exchange.text(text[start : start + size])
        exchange.finish(finish, usage=usage)

    return step


def status(code: int, message: str = "", **headers: str) -> Step:
    """An error status in OpenAI's form."""
    return lambda exchange: exchange.error(
        code, message or f"scripted {code}", {k.replace("_", "-"): v for k, v in headers.items()}
    )


def html() -> Step:
    """A web page, as the wrong address or a captive portal gives."""
    return lambda exchange: exchange.raw(200, "text/html", b"<html><body>Welcome</body></html>")


def cuts(text: str = DEFAULT_TEXT) -> Step:
    """The connection breaks after the text, in the middle of the stream."""

    def step(exchange: Exchange) -> None:
        exchange.start_stream()
        exchange.text(text)
        exchange.hang_up()

    return step


def ends_early(text: str = DEFAULT_TEXT) -> Step:
    """The stream ends in good order, but without saying that the reply is complete."""

    def step(exchange: Exchange) -> None:
        exchange.start_stream()
        exchange.text(text)
        exchange.handler.wfile.write(b"0\r\n\r\n")

    return step


def falls_silent(text: str = DEFAULT_TEXT, seconds: float = 60.0) -> Step:
    """Nothing more comes after the text, and the connection stays open."""

    def step(exchange: Exchange) -> None:
        exchange.start_stream()
        exchange.text(text)
        exchange.wait(seconds)

    return step


def garbles(text: str = DEFAULT_TEXT) -> Step:
    """An event that is not JSON follows the text."""

    def step(exchange: Exchange) -> None:
        exchange.start_stream()
        exchange.text(text)
        exchange.event('{"choices": [{"delta"')
        exchange.finish()

    return step


def reports_error(message: str = "out of memory", text: str = DEFAULT_TEXT) -> Step:
    """An error event follows the text: all a server can do once the stream has begun."""

    def step(exchange: Exchange) -> None:
        exchange.start_stream()
        exchange.text(text)
        exchange.event(json.dumps({"error": {"message": message, "code": 500}}))
        exchange.hang_up()

    return step


def refuses(message: str = "I cannot help with that.") -> Step:
    """A refusal in OpenAI's form for structured replies."""

    def step(exchange: Exchange) -> None:
        exchange.start_stream()
        exchange.text("", refusal=message)
        exchange.finish()

    return step


def takes_only(fields: Sequence[str], then: Step, code: int = 400) -> Step:
    """An endpoint that refuses every request field that is not named, one at a time.

    A structured reply format counts as the field ``json_schema`` or ``json_object``.
    """
    always = {"model", "messages", "stream"}

    def step(exchange: Exchange) -> None:
        for name, value in exchange.request.body.items():
            shown = value["type"] if name == "response_format" else name
            if shown not in always.union(fields):
                exchange.error(code, f"Unsupported parameter: '{shown}' is not supported.")
                return
        then(exchange)

    return step


class ScriptedEndpoint:
    """The server; a context manager that listens on a loopback port.

    Attributes:
        requests: Every chat request so far.
        disconnected: Set when a client hung up before its reply was complete.
        most_at_once: The largest number of chat requests that were open at the same time.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        models: Sequence[str] = ("scripted",),
        api_key: str | None = None,
        port: int = 0,
    ) -> None:
        self.requests: list[Request] = []
        self.disconnected = threading.Event()
        self.most_at_once = 0
        self._steps = list(steps)
        self._models = models
        self._api_key = api_key
        self._open = 0
        self._lock = threading.Lock()
        self._server = _QuietServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def __enter__(self) -> ScriptedEndpoint:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

            def do_GET(self) -> None:
                endpoint._respond(self, {})

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                endpoint._respond(self, json.loads(self.rfile.read(length) or b"{}"))

        return Handler

    def _respond(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        request = Request(handler.path, dict(handler.headers), body)
        exchange = Exchange(request, handler, self.disconnected, str(body.get("model", "")))
        if self._api_key and handler.headers.get("Authorization") != f"Bearer {self._api_key}":
            exchange.error(401, "Incorrect API key provided", code="invalid_api_key")
        elif handler.path == "/v1/models":
            listed = [{"id": name, "object": "model"} for name in self._models]
            exchange.json(200, {"object": "list", "data": listed})
        elif handler.path != "/v1/chat/completions":
            exchange.error(404, "Not found")
        elif body.get("model") not in self._models:
            exchange.error(404, f"The model {body.get('model')!r} does not exist")
        else:
            self._chat(exchange)

    def _chat(self, exchange: Exchange) -> None:
        with self._lock:
            step = self._steps[min(len(self.requests), len(self._steps) - 1)]
            self.requests.append(exchange.request)
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
        try:
            step(exchange)
        except OSError:
            exchange.hang_up()
        finally:
            with self._lock:
                self._open -= 1


def main() -> None:
    """Serve one step until interrupted."""
    text_steps: dict[str, Callable[[str], Step]] = {
        "says": says,
        "cuts": cuts,
        "ends_early": ends_early,
        "falls_silent": falls_silent,
        "garbles": garbles,
        "refuses": refuses,
    }
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "step", nargs="?", default="says", help=f"{', '.join(text_steps)}, html, or an HTTP status"
    )
    parser.add_argument("--text", default=DEFAULT_TEXT, help="what the model says")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--api-key", help="refuse every other key")
    arguments = parser.parse_args()
    if arguments.step.isdigit():
        step = status(int(arguments.step))
    elif arguments.step == "html":
        step = html()
    elif arguments.step in text_steps:
        step = text_steps[arguments.step](arguments.text)
    else:
        parser.error(f"there is no step {arguments.step!r}")
    with ScriptedEndpoint([step], api_key=arguments.api_key, port=arguments.port) as endpoint:
        print(f"{arguments.step} at {endpoint.base_url}#scripted", flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
