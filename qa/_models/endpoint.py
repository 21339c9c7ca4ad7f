"""A language model behind an OpenAI-compatible address, and what can go wrong with one."""

from __future__ import annotations

import hashlib
import math
import socket
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from index import EndpointError
from qa._models.dialect import JSON_OBJECT, JSON_SCHEMA, PLAIN, Dialect, ReplyFormat
from qa._models.language_model import Chunk, Message, Timeouts

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAI, Stream
    from openai.types.chat import ChatCompletionChunk
    from openai.types.chat.chat_completion_chunk import Choice

OPENAI_URL = "https://api.openai.com/v1"

# Tries after the first, for failures that are over in a moment. This is the only layer that
# retries: the client's own retrying is off, because it would repeat a timeout of a minute.
_RETRIES = 2
_LONGEST_RETRY_DELAY = 8.0


class OpenAIModel:
    """A model behind an OpenAI-compatible address.

    Args:
        base_url: Up to and including ``/v1``; ``None`` for OpenAI.
        api_key: Never shown in a message or ``repr``.
        model: The model's name at the endpoint.
        name: How it is shown; from address and model when ``None``.
        formats: Ways to ask for a structured reply, best first; on a refusal the next is tried,
            and what the endpoint took is remembered.
        extra: Fields added to every request's body.
    """

    def __init__(
        self,
        *,
        base_url: str | None,
        api_key: str | None,
        model: str,
        name: str | None = None,
        timeouts: Timeouts | None = None,
        formats: Sequence[ReplyFormat] = (JSON_SCHEMA, JSON_OBJECT, PLAIN),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.address = shown_url(base_url or OPENAI_URL)
        self.model = model
        self.name = name or (f"{self.address}#{model}" if base_url else f"openai:{model}")
        self._base_url = base_url or OPENAI_URL
        self._api_key = api_key
        self._timeouts = timeouts or Timeouts()
        self._extra = dict(extra or {})
        self._dialect = Dialect(tuple(formats))
        self._opened: OpenAI | None = None

    def __repr__(self) -> str:
        return f"OpenAIModel({self.name!r})"

    @property
    def identity(self) -> str:
        """Tells it from every other model: a hash, since an address may hold a secret."""
        return hashlib.sha256(f"{self._base_url}#{self.model}".encode()).hexdigest()

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def models(self) -> list[str]:
        """Names of the models the endpoint offers.

        Raises:
            EndpointError: It cannot be asked, or does not know the question.
        """
        try:
            return [model.id for model in self._client().models.list().data or []]
        except Exception as error:  # the client also lets errors of transport and JSON through
            raise self._explain(error, asking_models=True) from error

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int
    ) -> EndpointReply:
        return EndpointReply(lambda: self._ask(messages, schema, max_tokens), self._read)

    def _client(self) -> OpenAI:
        if self._opened is None:
            import openai

            local = _is_loopback(self._base_url)
            read = self._timeouts.read or (300.0 if local else 60.0)
            self._opened = openai.OpenAI(
                base_url=self._base_url,
                # The client insists on a key, also for servers that ask for none.
                api_key=self._api_key or "none",
                max_retries=0,
                timeout=openai.Timeout(read, connect=self._timeouts.connect),
                # A proxy set for the outside world must not be asked for this machine.
                http_client=openai.DefaultHttpxClient(trust_env=False) if local else None,
            )
            if self._base_url != OPENAI_URL:
                # Taken from the environment by the client; nobody else's business.
                self._opened.organization = self._opened.project = None
        return self._opened

    def _ask(
        self, messages: Sequence[Message], schema: Mapping[str, Any], max_tokens: int
    ) -> Stream[ChatCompletionChunk]:
        """Send the request until it is taken: simplified when refused, repeated when unlucky."""
        import openai

        dialect = self._dialect
        retries = 0
        refusal: Exception | None = None
        while True:
            try:
                request = dialect.request(messages, schema, max_tokens)
                request["extra_body"] = self._extra | request.get("extra_body", {})
                reply: Stream[ChatCompletionChunk] = self._client().chat.completions.create(
                    model=self.model, stream=True, **request
                )
            except openai.APIStatusError as error:
                simpler = None
                if error.status_code in {400, 422, 501} and not _is_too_long(error):
                    simpler = dialect.simpler(str(error))
                if simpler is not None:
                    dialect, refusal = simpler, refusal or error
                    continue
                delay = _retry_delay(error.status_code, error.response.headers, retries)
                if delay is None:
                    # What the first request was refused for says more than what became of it.
                    raise self._explain(refusal or error) from error
            except openai.APITimeoutError as error:
                raise self._explain(error) from error
            except openai.APIConnectionError as error:
                if retries >= _RETRIES:
                    raise self._explain(error) from error
                delay = 0.3 * 2**retries
            else:
                self._dialect = dialect
                return reply
            retries += 1
            time.sleep(delay)

    def _read(self, reply: Stream[ChatCompletionChunk]) -> Iterator[Chunk]:
        kind = reply.response.headers.get("content-type", "").partition(";")[0]
        if kind != "text/event-stream":
            raise EndpointError(
                f"{self.address} answered with {kind or 'something unnamed'}, not with a stream "
                "of a language model's reply.",
                "Check the URL: the address of an OpenAI-compatible server usually ends in /v1.",
            )
        finished = False
        refused = ""
        try:
            for event in reply:
                chunk = _chunk(event)
                if event.choices:
                    refused += event.choices[0].delta.refusal or ""
                    reason = event.choices[0].finish_reason
                    finished = finished or reason is not None
                    if reason == "content_filter":
                        refused = refused or "the endpoint's content filter stepped in"
                if chunk != Chunk():
                    yield chunk
        except Exception as error:  # the client also lets errors of transport and JSON through
            raise self._explain(error, halfway=True) from error
        if refused:
            raise EndpointError(f"{self.name} refused to reply: {refused[:200]}", "Rephrase it.")
        if not finished:
            raise EndpointError(
                f"The reply of {self.name} broke off halfway.",
                "Ask again, or see the server's log.",
            )

    def _explain(
        self, error: Exception, *, halfway: bool = False, asking_models: bool = False
    ) -> EndpointError:
        """What went wrong, in the user's terms, with what to do about it."""
        import openai

        where = f"The language model at {self.address}"
        if isinstance(error, openai.APITimeoutError):
            if type(error.__cause__).__name__ == "ConnectTimeout":
                return EndpointError(
                    f"{where} could not be reached within {self._timeouts.connect:g} s.",
                    "Check the address and the network, or choose another --model.",
                )
            return EndpointError(
                f"{where} kept silent for too long.", "Ask again, or choose another --model."
            )
        if isinstance(error, openai.APIConnectionError):
            return EndpointError(
                f"{where} cannot be reached: {self._redact(str(error.__cause__ or error))}.",
                "Start it, check the address, or choose another --model.",
            )
        if isinstance(error, openai.APIStatusError):
            return self._explain_status(error, where, asking_models=asking_models)
        if "Timeout" in type(error).__name__:
            return EndpointError(
                f"{where} stopped in the middle of its reply.",
                "Ask again, or choose another --model.",
            )
        happened = "broke off its reply" if halfway else "gave an answer that makes no sense"
        return EndpointError(
            f"{where} {happened}: {self._redact(str(error)) or type(error).__name__}.",
            "Ask again, or see the server's log.",
        )

    def _explain_status(
        self, error: APIStatusError, where: str, *, asking_models: bool
    ) -> EndpointError:
        status = error.status_code
        if status in {401, 403}:
            return EndpointError(
                f"{where} refused the API key."
                if self._api_key
                else f"{where} asks for an API key, and none is set.",
                "Check PULLQUOTE_OPENAI_API_KEY."
                if self._api_key
                else "Set PULLQUOTE_OPENAI_API_KEY; OPENAI_API_KEY goes to OpenAI and to the base "
                "URL alone.",
            )
        if status == 404:
            return self._explain_not_found(where, asking_models=asking_models)
        if status == 429 and error.code == "insufficient_quota":
            message, hint = "the account's quota is used up", "Top it up, or use another --model."
        elif status == 429:
            message, hint = "it is asked too often (HTTP 429)", "Wait a little, then ask again."
        elif status >= 500:
            message, hint = f"it failed (HTTP {status})", "Ask again, or see the server's log."
        elif _is_too_long(error):
            message = "the prompt does not fit the model's context"
            hint = "Ask a shorter question, or choose a model with a larger context."
        else:
            message = f"it refused the request (HTTP {status}): {self._redact(str(error))}"
            hint = "Check that the model replies to chat messages, or use another --model."
        return EndpointError(f"{where}: {message}.", hint)

    def _explain_not_found(self, where: str, *, asking_models: bool) -> EndpointError:
        offered: list[str] = []
        if not asking_models:
            try:
                offered = self.models()
            except EndpointError:
                offered = []
        if offered:
            shown = ", ".join(offered[:8]) + (" …" if len(offered) > 8 else "")
            return EndpointError(f"{where} has no model {self.model!r}.", f"It offers: {shown}.")
        return EndpointError(
            f"{where} does not answer like an OpenAI-compatible server (HTTP 404).",
            "Check the URL: it usually ends in /v1.",
        )

    def _redact(self, text: str) -> str:
        """Text of a server, one line, short, and without the key should it echo it."""
        line = " ".join(text.split())
        if self._api_key:
            line = line.replace(self._api_key, "***")
        return line if len(line) <= 300 else line[:300] + "…"


class EndpointReply(Iterator[Chunk]):
    """The chunks of one reply; the request is made when the first is asked for.

    Raises, while it is iterated:
        EndpointError: As ``LanguageModel.stream``.
    """

    def __init__(
        self,
        ask: Callable[[], Stream[ChatCompletionChunk]],
        read: Callable[[Stream[ChatCompletionChunk]], Iterator[Chunk]],
    ) -> None:
        self._ask = ask
        self._read = read
        self._reply: Stream[ChatCompletionChunk] | None = None
        self._chunks = self._run()

    def __next__(self) -> Chunk:
        return next(self._chunks)

    def _run(self) -> Generator[Chunk, None, None]:
        self._reply = self._ask()
        try:
            yield from self._read(self._reply)
        finally:
            self._reply.close()

    def close(self) -> None:
        """Cancel the request; for the thread that reads."""
        self._chunks.close()

    def cancel(self) -> None:
        """Cancel the request while another thread waits for the next chunk, which it gets not.

        Closing a socket wakes nobody who reads from it; shutting it down does. Before the reply
        has begun there is none to be had, and the timeouts of the client must do.
        """
        if self._reply is None:
            return
        network = self._reply.response.extensions.get("network_stream")
        connection = network.get_extra_info("socket") if network is not None else None
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _chunk(event: ChatCompletionChunk) -> Chunk:
    choice = event.choices[0] if event.choices else None
    usage = event.usage
    read = (event.model_extra or {}).get("prompt_progress")
    return Chunk(
        text=(choice.delta.content or "") if choice else "",
        prompt_tokens=usage.prompt_tokens if usage else read["total"] if read else None,
        completion_tokens=usage.completion_tokens if usage else None,
        progress=read["processed"] / max(read["total"], 1) if read else None,
        truncated=choice is not None and choice.finish_reason == "length",
        alternatives=_alternatives(choice) if choice else None,
    )


def _alternatives(choice: Choice) -> dict[str, float] | None:
    """Probabilities of the tokens in the place of this chunk's one; None if it is not just one."""
    tokens = (choice.logprobs.content if choice.logprobs else None) or []
    if len(tokens) != 1:
        return None
    found: dict[str, float] = {}
    for token in tokens[0].top_logprobs:
        text = token.token.strip()
        found[text] = found.get(text, 0.0) + math.exp(token.logprob)
    return found


def _is_too_long(error: APIStatusError) -> bool:
    text = f"{error.code} {error.type} {error}".lower()
    return error.status_code in {400, 413, 422} and "context" in text


def _retry_delay(status: int, headers: Mapping[str, str], retries: int) -> float | None:
    """Seconds to wait before the request is repeated; ``None`` when that is not worth it."""
    if retries >= _RETRIES or not (status in {408, 409, 429} or status >= 500):
        return None
    try:
        delay = float(headers.get("retry-after", ""))
    except ValueError:
        delay = 0.5 * 2**retries
    return delay if 0 <= delay <= _LONGEST_RETRY_DELAY else None


def shown_url(url: str) -> str:
    """The address without user, password, query and fragment, any of which may hold a secret."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")).rstrip(
        "/"
    )


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")
