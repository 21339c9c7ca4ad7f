"""The OpenAI protocol as this project speaks it, against a scripted endpoint."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_endpoint import (
    ScriptedEndpoint,
    Step,
    cuts,
    ends_early,
    falls_silent,
    garbles,
    html,
    refuses,
    reports_error,
    says,
    status,
    takes_only,
)

from index import EndpointError, ModelFileError, UsageError
from qa._models.endpoint import OpenAIModel
from qa._models.language_model import Chunk, Timeouts
from qa._models.local_server import LocalModel
from qa._models.open import ModelSettings, open_model

KEY = "sk-very-secret"
TEXT = '{"answerable": true, "claims": [{"quotes": [1], "claim": "Café opened ‘late’ 🎉"}]}'
SCHEMA = {"type": "object", "properties": {"answerable": {"type": "boolean"}}}
SYSTEM = {"role": "system", "content": "Answer from the sentences."}
USER = {"role": "user", "content": "1. It opened late.\nWhen did it open?"}


Connect: TypeAlias = Callable[..., OpenAIModel]


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Closes what a test opened."""
    with ExitStack() as stack:
        yield stack


def new_model(base_url: str, **options: Any) -> OpenAIModel:
    options = {"api_key": KEY, "model": "scripted", "timeouts": Timeouts(read=0.5)} | options
    return OpenAIModel(base_url=base_url, **options)


@pytest.fixture
def connect(opened: ExitStack) -> Connect:
    return lambda endpoint, **options: opened.enter_context(
        closing(new_model(endpoint.base_url, **options))
    )


def ask(model: OpenAIModel) -> list[Chunk]:
    return list(model.stream([SYSTEM, USER], SCHEMA, max_tokens=50))


def text_of(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


def test_a_reply_arrives_whole_with_its_token_counts(connect: Connect) -> None:
    with ScriptedEndpoint([says(TEXT, size=3, usage=(40, 12))], api_key=KEY) as endpoint:
        chunks = ask(connect(endpoint))
    assert text_of(chunks) == TEXT
    assert len(chunks) > len(TEXT) // 3
    assert chunks[-1] == Chunk(prompt_tokens=40, completion_tokens=12)
    assert not any(chunk.truncated for chunk in chunks)
    (request,) = endpoint.requests
    assert request.body["messages"] == [SYSTEM, USER]
    assert request.body["temperature"] == 0
    assert request.body["response_format"]["json_schema"]["strict"] is True
    assert request.body["response_format"]["json_schema"]["schema"] == SCHEMA


def test_a_reply_cut_at_the_limit_says_so(connect: Connect) -> None:
    with ScriptedEndpoint([says('{"answ', finish="length")]) as endpoint:
        chunks = ask(connect(endpoint))
    assert [chunk.truncated for chunk in chunks if chunk.truncated] == [True]
    assert text_of(chunks) == '{"answ'


FIELDS = ["temperature", "seed", "stream_options", "json_schema", "json_object"]


@settings(max_examples=12, deadline=None)
@given(
    taken=st.sets(st.sampled_from(FIELDS)),
    limit=st.sampled_from(["max_tokens", "max_completion_tokens"]),
    code=st.sampled_from([400, 422, 501]),
)
def test_whatever_of_the_protocol_an_endpoint_takes_it_is_spoken_to_in_that(
    taken: set[str], limit: str, code: int
) -> None:
    step = takes_only([*taken, limit], says(TEXT), code)
    with ScriptedEndpoint([step]) as e, closing(new_model(e.base_url)) as model:
        assert text_of(ask(model)) == TEXT
        learnt = len(e.requests)
        assert text_of(ask(model)) == TEXT
    assert len(e.requests) == learnt + 1, "what the endpoint takes is remembered"
    body = e.requests[-1].body
    assert body[limit] == 50
    asked = body.get("response_format", {}).get("type")
    assert asked == next((f for f in ("json_schema", "json_object") if f in taken), None)
    # Every field it takes is still used: nothing is dropped needlessly.
    assert {f for f in FIELDS[:3] if f in body} == taken & set(FIELDS[:3])
    told = body["messages"][0]["content"]
    assert (json.dumps(SCHEMA) in told) == (asked != "json_schema")
    assert told.startswith(SYSTEM["content"])


@pytest.mark.parametrize(
    ("step", "yielded", "message", "hint"),
    [
        (status(401, f"Incorrect API key provided: {KEY}"), "", "refused the API key", "API_KEY"),
        (status(404), "", "has no model 'scripted'", "It offers: scripted, other."),
        (status(429, retry_after="60"), "", "asked too often", "Wait"),
        (status(500), "", "HTTP 500", "Ask again"),
        (status(400, f"messages must alternate, {KEY}"), "", "must alternate", "chat messages"),
        (status(400, "maximum context length is 4096"), "", "does not fit", "larger context"),
        (html(), "", "text/html", "/v1"),
        (cuts(TEXT[:9]), TEXT[:9], "broke off", "Ask again"),
        (ends_early(TEXT[:9]), TEXT[:9], "broke off", "Ask again"),
        (falls_silent(TEXT[:9]), TEXT[:9], "stopped in the middle", "Ask again"),
        (falls_silent(""), "", "stopped in the middle", "Ask again"),
        (garbles(TEXT[:9]), TEXT[:9], "broke off", "Ask again"),
        (reports_error("out of memory", TEXT[:9]), TEXT[:9], "out of memory", "Ask again"),
        (refuses("I cannot help."), "", "I cannot help.", "Rephrase"),
    ],
)
def test_every_failure_names_the_address_and_what_to_do_and_never_the_key(
    step: Step, yielded: str, message: str, hint: str, connect: Connect
) -> None:
    with ScriptedEndpoint([step], models=["scripted", "other"]) as endpoint:
        model = connect(endpoint)
        received: list[Chunk] = []
        with pytest.raises(EndpointError) as caught:
            received.extend(model.stream([SYSTEM, USER], SCHEMA, max_tokens=50))
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert endpoint.base_url in caught.value.message
    assert text_of(received) == yielded
    assert KEY not in str(caught.value) + repr(model)


def test_an_endpoint_that_is_down_is_named_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    began = time.monotonic()
    with pytest.raises(EndpointError, match="cannot be reached") as caught:
        ask(new_model(url))
    assert time.monotonic() - began < 4
    assert url in str(caught.value)


def test_a_missing_key_is_told_from_a_wrong_one(connect: Connect) -> None:
    with (
        ScriptedEndpoint([says()], api_key=KEY) as endpoint,
        pytest.raises(EndpointError, match="asks for an API key, and none is set"),
    ):
        ask(connect(endpoint, api_key=None))


def test_a_moment_of_overload_is_waited_out_but_not_a_minute(connect: Connect) -> None:
    with ScriptedEndpoint([status(503), status(429, retry_after="0"), says(TEXT)]) as endpoint:
        assert text_of(ask(connect(endpoint))) == TEXT
    assert len(endpoint.requests) == 3
    with ScriptedEndpoint([status(429, retry_after="60"), says(TEXT)]) as endpoint:
        began = time.monotonic()
        with pytest.raises(EndpointError):
            ask(connect(endpoint))
        assert time.monotonic() - began < 5
    assert len(endpoint.requests) == 1


def test_a_timeout_is_not_repeated(connect: Connect) -> None:
    def never(exchange: Any) -> None:
        exchange.wait(30)

    with ScriptedEndpoint([never]) as endpoint:
        with pytest.raises(EndpointError, match="kept silent"):
            ask(connect(endpoint))
        assert endpoint.disconnected.wait(5)
    assert len(endpoint.requests) == 1


def test_closing_the_iterator_hangs_up(connect: Connect) -> None:
    with ScriptedEndpoint([says(TEXT * 100, delay=0.01), says(TEXT)]) as endpoint:
        model = connect(endpoint)
        with closing(model.stream([SYSTEM, USER], SCHEMA, max_tokens=9)) as chunks:
            assert next(chunks).text == TEXT[:7]
            assert not endpoint.disconnected.is_set()
        assert endpoint.disconnected.wait(2), "the endpoint goes on generating for nobody"
        assert text_of(ask(model)) == TEXT


def test_signs_of_life_hold_off_the_timeout(connect: Connect) -> None:
    def slow(exchange: Any) -> None:
        exchange.start_stream()
        for _ in range(5):
            exchange.wait(0.2)
            exchange.comment()
        exchange.text(TEXT)
        exchange.finish()

    with ScriptedEndpoint([slow]) as endpoint:
        assert text_of(ask(connect(endpoint))) == TEXT


def test_a_proxy_for_the_outside_world_is_not_asked_for_this_machine(
    monkeypatch: pytest.MonkeyPatch, connect: Connect
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-private")
    with ScriptedEndpoint([says(TEXT)]) as endpoint:
        assert text_of(ask(connect(endpoint))) == TEXT
    assert "org-private" not in str(endpoint.requests[0].headers)


class TestOpenModel:
    @pytest.fixture
    def models_dir(self, tmp_path: Path) -> Path:
        return tmp_path / "models"

    def test_extractive_is_no_model(self, models_dir: Path) -> None:
        assert open_model("extractive", ModelSettings(models_dir), pytest.fail) is None

    def test_auto_without_anything_says_how_to_get_a_model(self, models_dir: Path) -> None:
        notes: list[str] = []
        assert open_model("auto", ModelSettings(models_dir), notes.append) is None
        assert "pullquote model pull" in notes[0]

    def test_auto_passes_over_a_damaged_file_and_says_so(self, models_dir: Path) -> None:
        models_dir.mkdir()
        (models_dir / "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf").write_bytes(b"GGUF")
        notes: list[str] = []
        assert open_model("auto", ModelSettings(models_dir), notes.append) is None
        assert "damaged" in notes[0]
        assert "model pull qwen-1.5b" in notes[0]

    def test_auto_prefers_a_key(self, models_dir: Path) -> None:
        model = open_model("auto", ModelSettings(models_dir, openai_api_key=KEY), pytest.fail)
        assert model is not None
        assert model.name == "openai:gpt-4o-mini"

    @pytest.mark.parametrize("choice", ["auto", "openai"])
    def test_another_base_url_is_asked_for_its_models(
        self, choice: str, models_dir: Path, opened: ExitStack
    ) -> None:
        with ScriptedEndpoint([says(TEXT)], models=["first", "second"], api_key=KEY) as endpoint:
            settings = ModelSettings(models_dir, KEY, endpoint.base_url)
            model = open_model(choice, settings, pytest.fail)
            assert isinstance(model, OpenAIModel)
            opened.callback(model.close)
            assert model.name == f"{endpoint.base_url}#first"
            assert text_of(ask(model)) == TEXT

    @pytest.mark.parametrize(("path", "model"), [("", "#second"), ("/v1/", "#second"), ("", "")])
    def test_a_url_names_an_endpoint(
        self, path: str, model: str, models_dir: Path, opened: ExitStack
    ) -> None:
        with ScriptedEndpoint([says(TEXT)], models=["first", "second"]) as endpoint:
            chosen = open_model(endpoint.url + path + model, ModelSettings(models_dir), pytest.fail)
            assert isinstance(chosen, OpenAIModel)
            opened.callback(chosen.close)
            assert text_of(ask(chosen)) == TEXT
        assert endpoint.requests[0].body["model"] == (model[1:] or "first")
        assert chosen.name == f"{endpoint.url}{path.rstrip('/')}#{model[1:] or 'first'}"

    def test_secrets_in_a_url_are_not_shown(self, models_dir: Path, opened: ExitStack) -> None:
        url = f"http://user:{KEY}@127.0.0.1:9/v1?key={KEY}#m"
        model = open_model(url, ModelSettings(models_dir, KEY), pytest.fail)
        assert isinstance(model, OpenAIModel)
        opened.callback(model.close)
        assert model.name == "http://127.0.0.1:9/v1#m"
        assert KEY not in repr(model) + repr(ModelSettings(models_dir, KEY))
        with pytest.raises(EndpointError) as caught:
            ask(model)
        assert KEY not in str(caught.value)

    @pytest.mark.parametrize(
        ("own", "base", "expected"),
        [(None, "", None), ("of this endpoint", "", "of this endpoint"), (None, "same", KEY)],
    )
    def test_the_key_of_openai_goes_to_no_other_address(
        self,
        own: str | None,
        base: str,
        expected: str | None,
        models_dir: Path,
        opened: ExitStack,
    ) -> None:
        with ScriptedEndpoint([says(TEXT)]) as endpoint:
            settings = ModelSettings(
                models_dir, KEY, endpoint.base_url if base else None, endpoint_api_key=own
            )
            model = open_model(f"{endpoint.base_url}#scripted", settings, pytest.fail)
            assert isinstance(model, OpenAIModel)
            opened.callback(model.close)
            assert text_of(ask(model)) == TEXT
        sent = endpoint.requests[-1].headers.get("Authorization", "")
        assert (sent == f"Bearer {expected}") if expected else (KEY not in sent)

    def test_a_named_local_model_must_be_there(self, models_dir: Path, tmp_path: Path) -> None:
        with pytest.raises(ModelFileError, match=r"model pull qwen-0\.5b"):
            open_model("local:qwen-0.5b", ModelSettings(models_dir), pytest.fail)
        with pytest.raises(ModelFileError, match="cannot be read"):
            open_model(f"local:{tmp_path}/absent.gguf", ModelSettings(models_dir), pytest.fail)
        text = tmp_path / "text.gguf"
        text.write_text("no model")
        with pytest.raises(ModelFileError, match="not a GGUF"):
            open_model(f"local:{text}", ModelSettings(models_dir), pytest.fail)
        text.write_bytes(b"GGUF....")
        model = open_model(f"local:{text}", ModelSettings(models_dir), pytest.fail)
        assert isinstance(model, LocalModel)
        assert model.name == "local:text.gguf"

    def test_openai_without_a_key_is_unavailable(self, models_dir: Path) -> None:
        with pytest.raises(EndpointError, match="No OpenAI API key"):
            open_model("openai:gpt-4o", ModelSettings(models_dir), pytest.fail)

    @pytest.mark.parametrize("choice", ["", "locale", "local:", "openai:", "http://", "local:x"])
    def test_anything_else_is_a_usage_error(self, choice: str, models_dir: Path) -> None:
        with pytest.raises(UsageError, match="Choose one of"):
            open_model(choice, ModelSettings(models_dir, KEY), pytest.fail)
